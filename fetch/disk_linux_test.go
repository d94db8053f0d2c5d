package fetch

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/ofiuco/ofiuco/internal/indextest"
)

// smallDisk mounts a file system of so many bytes.
func smallDisk(t *testing.T, options string) string {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("mounting a small disk needs root")
	}
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, options); err != nil {
		t.Skipf("mounting a small disk: %v", err) // a container without the right to
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return dir
}

func TestFullDisk(t *testing.T) {
	dir := smallDisk(t, "size=3m")
	s := indextest.New(t, indextest.Options{})
	e := newErrand(t, s, 3) // 1.7 MB each
	f := newFetcher(t, s)
	var err error
	if f.Store, err = OpenStore(filepath.Join(dir, "store")); err != nil {
		t.Fatal(err)
	}
	f.Jobs = 1
	_, err = f.Fetch(t.Context(), e.Requests)
	if !errors.Is(err, syscall.ENOSPC) || !strings.HasPrefix(err.Error(), "poetry.lock:7: alpha 1.0: fetching alpha-1.1") {
		t.Errorf("got %v", err)
	}
	if n := s.Requests(e.Requests[1].Artifact.Filename); n != 1 {
		t.Errorf("a full disk was tried %d times", n)
	}
	clean(t, f.Store)
	if _, ok := f.Store.Has(e.Requests[0].Artifact.SHA256()); !ok {
		t.Error("what fitted is gone")
	}
	// With room, the next run goes on.
	if err := unix.Mount("tmpfs", dir, "tmpfs", unix.MS_REMOUNT, "size=30m"); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Fetch(t.Context(), e.Requests); err != nil || s.Requests(e.Requests[0].Artifact.Filename) != 1 {
		t.Errorf("the next run: %s", text(err))
	}
	clean(t, f.Store)
}

func TestReadOnlyStore(t *testing.T) {
	dir := smallDisk(t, "size=30m")
	s := indextest.New(t, indextest.Options{})
	wheel := makeWheel(t, "x = 1\n")
	r := request(s.Add(alpha, wheel))
	f := newFetcher(t, s)
	var err error
	if f.Store, err = OpenStore(filepath.Join(dir, "store")); err != nil {
		t.Fatal(err)
	}
	if _, err := fetchOne(t, f, r); err != nil {
		t.Fatal(text(err))
	}
	if err := unix.Mount("tmpfs", dir, "tmpfs", unix.MS_REMOUNT|unix.MS_RDONLY, ""); err != nil {
		t.Fatal(err)
	}
	if f.Store, err = OpenStore(f.Store.Dir()); err != nil {
		t.Fatal(err)
	}
	got, err := fetchOne(t, f, r)
	if err != nil {
		t.Fatal(text(err))
	}
	w, err := f.Store.Wheel(t.Context(), got.SHA256, alpha)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	if err := w.Verify(t.Context()); err != nil {
		t.Error(err)
	}
	missing := request(s.Add("alpha-2.0-py3-none-any.whl", []byte("x")))
	missing.Artifact.Filename = "alpha-2.0-py3-none-any.whl"
	if _, err := fetchOne(t, f, missing); !errors.Is(err, syscall.EROFS) {
		t.Errorf("writing to a read-only store: %v", err)
	}
}
