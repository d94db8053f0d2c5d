package venv_test

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/ofiuco/ofiuco/internal/oracle"
	"github.com/ofiuco/ofiuco/venv"
)

// mountAt mounts a small disk at a folder.
func mountAt(t *testing.T, dir, options string) {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("mounting a disk needs root")
	}
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, options); err != nil {
		t.Skipf("mounting a disk: %v", err) // a container without the right to
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
}

func remount(t *testing.T, dir, options string, flags uintptr) {
	t.Helper()
	if err := unix.Mount("tmpfs", dir, "tmpfs", unix.MS_REMOUNT|flags, options); err != nil {
		t.Fatal(err)
	}
}

// TestFullDisk leaves the old environment.
func TestFullDisk(t *testing.T) {
	packages := some(t, t.TempDir())
	big := unpacked(t, t.TempDir(), "big", "1.0", files{"big.txt": strings.Repeat("x", 1<<20)})
	disk := t.TempDir()
	mountAt(t, disk, "size=1m")
	o := venv.Options{Dir: filepath.Join(disk, "env"), Interpreter: noPython(t), Packages: packages, Mode: venv.Copy, Inputs: "small"}
	mustMake(t, o)
	before := snapshot(t, disk)
	o.Packages, o.Inputs = append(packages, big), "big"
	if _, err := venv.Make(t.Context(), o); !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), o.Dir) {
		t.Errorf("got %v", err)
	}
	same(t, before, snapshot(t, disk))
	if _, current := venv.Current(o.Dir, "small"); !current {
		t.Error("the old environment is not what it was")
	}
	remount(t, disk, "size=9m", 0)
	mustMake(t, o)
	var used unix.Statfs_t
	if err := unix.Statfs(disk, &used); err != nil {
		t.Fatal(err)
	}
	remount(t, disk, fmt.Sprintf("nr_inodes=%d", used.Files-used.Ffree+30), 0) // for half an environment
	if _, err := venv.Make(t.Context(), o); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("got %v", err)
	}
	if _, current := venv.Current(o.Dir, "big"); !current {
		t.Error("the old environment is not what it was")
	}
}

// TestOtherDisk: hard links to a store on another disk become copies, and the report says so; the fastest mode is links.
func TestOtherDisk(t *testing.T) {
	packages := some(t, t.TempDir())
	packages[0].Wheel.Anchored = []string{"alpha"}
	disk := t.TempDir()
	mountAt(t, disk, "size=9m")
	for _, test := range []struct{ asked, got venv.Mode }{
		{venv.Auto, venv.Symlink}, {venv.Symlink, venv.Symlink}, {venv.Hardlink, venv.Copy}, {venv.Clone, venv.Copy}, {venv.Copy, venv.Copy},
	} {
		o := venv.Options{Dir: filepath.Join(disk, "env"), Interpreter: noPython(t), Packages: packages, Mode: test.asked}
		report := mustMake(t, o)
		noted := len(report.Notes) == 1 && strings.Contains(report.Notes[0], "files are copied, since "+string(test.asked)+" does not work")
		if report.Mode != test.got || noted != (test.asked == venv.Hardlink || test.asked == venv.Clone) {
			t.Errorf("%s: got %s with notes %q", test.asked, report.Mode, report.Notes)
		}
		info, err := os.Lstat(filepath.Join(o.Dir, "lib/python3.12/site-packages/alpha"))
		if err != nil || !info.IsDir() {
			t.Errorf("%s: an anchored folder is %v, %v", test.asked, info.Mode(), err)
		}
		if _, current := venv.Current(o.Dir, ""); !current {
			t.Errorf("%s: not current", test.asked)
		}
	}
}

// TestReadOnlyStore: an environment writes nothing to it.
func TestReadOnlyStore(t *testing.T) {
	disk := t.TempDir()
	mountAt(t, disk, "size=9m")
	packages := some(t, disk)
	remount(t, disk, "size=9m", unix.MS_RDONLY)
	for _, mode := range modes {
		mustMake(t, venv.Options{Dir: filepath.Join(t.TempDir(), "env"), Interpreter: noPython(t), Packages: packages, Mode: mode})
	}
}

// TestMountPoint: a folder that can't be renamed gets its parts one by one.
func TestMountPoint(t *testing.T) {
	packages := some(t, t.TempDir())
	for name, prepare := range map[string]func(t *testing.T, dir string){
		"a disk": func(t *testing.T, dir string) { mountAt(t, dir, "size=9m") },
		"a folder of the same disk": func(t *testing.T, dir string) {
			mountAt(t, t.TempDir(), "size=1m") // or skip
			if err := unix.Mount(t.TempDir(), dir, "", unix.MS_BIND, ""); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = unix.Unmount(dir, unix.MNT_DETACH) })
		},
		"a folder of a lower layer": func(t *testing.T, dir string) {
			layers := t.TempDir()
			mountAt(t, layers, "size=9m")
			for _, name := range []string{"lower/env/lib/old", "upper", "work"} {
				if err := os.MkdirAll(filepath.Join(layers, name), 0o755); err != nil {
					t.Fatal(err)
				}
			}
			if err := os.WriteFile(filepath.Join(layers, "lower/env/pyvenv.cfg"), nil, 0o644); err != nil {
				t.Fatal(err)
			}
			options := strings.ReplaceAll("lowerdir=L/lower,upperdir=L/upper,workdir=L/work", "L", layers)
			if err := unix.Mount("overlay", filepath.Dir(dir), "overlay", 0, options); err != nil {
				t.Skipf("mounting layers: %v", err)
			}
			t.Cleanup(func() { _ = unix.Unmount(filepath.Dir(dir), unix.MNT_DETACH) })
			if err := os.Rename(dir, dir+".moved"); !errors.Is(err, unix.EXDEV) {
				t.Skipf("folders of lower layers can be renamed here: %v", err)
			}
		},
		"below a read-only folder": func(t *testing.T, dir string) {
			above := filepath.Dir(dir)
			mountAt(t, above, "size=9m")
			if err := os.Mkdir(dir, 0o755); err != nil {
				t.Fatal(err)
			}
			mountAt(t, dir, "size=9m")
			remount(t, above, "size=9m", unix.MS_RDONLY)
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "env")
			if err := os.Mkdir(dir, 0o755); err != nil {
				t.Fatal(err)
			}
			prepare(t, dir)
			o := venv.Options{Dir: dir, Interpreter: noPython(t), Packages: packages[:1], Mode: venv.Copy, Inputs: "x"}
			mustMake(t, o)
			first := snapshot(t, dir)
			if err := os.WriteFile(filepath.Join(dir, "extra"), nil, 0o644); err != nil {
				t.Fatal(err)
			}
			o.Packages = packages
			if report := mustMake(t, o); len(report.Added) != 2 {
				t.Errorf("got %+v", report)
			}
			if _, current := venv.Current(dir, "x"); !current {
				t.Error("not current")
			}
			o.Packages = packages[:1]
			mustMake(t, o)
			same(t, first, snapshot(t, dir))
			killedIn(t, o)
			mustMake(t, o)
			same(t, first, snapshot(t, dir))
		})
	}
}

// killedIn leaves what a killed process leaves that began in an empty folder, at any moment.
func killedIn(t *testing.T, o venv.Options) {
	t.Helper()
	store := t.TempDir()
	some(t, store)
	for range oracle.Cases(t, 3, 40) {
		entries, err := os.ReadDir(o.Dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, entry := range entries {
			if err := os.RemoveAll(filepath.Join(o.Dir, entry.Name())); err != nil {
				t.Fatal(err)
			}
		}
		c := startChild(t, venv.Copy, o.Dir, store, o.Interpreter.Executable)
		c.awaitMade(t, 1)
		time.Sleep(rand.N(5 * time.Millisecond)) // to be anywhere
		c.kill(t)
	}
}

// TestReadOnlyParent says what is wrong where no environment is yet.
func TestReadOnlyParent(t *testing.T) {
	parent := t.TempDir()
	mountAt(t, parent, "size=1m")
	remount(t, parent, "size=1m", unix.MS_RDONLY)
	_, err := venv.Make(t.Context(), venv.Options{Dir: filepath.Join(parent, "env"), Interpreter: noPython(t)})
	if !errors.Is(err, syscall.EROFS) || !strings.Contains(err.Error(), filepath.Join(parent, "env")) {
		t.Errorf("got %v", err)
	}
	if _, err := os.Lstat(filepath.Join(parent, "env")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

// TestClone makes environments on a disk whose files can share blocks.
func TestClone(t *testing.T) {
	mkfs, err := exec.LookPath("mkfs.btrfs")
	if err != nil || os.Getuid() != 0 {
		t.Skip("a disk with clones needs root and mkfs.btrfs: apt-get install btrfs-progs")
	}
	dir := t.TempDir()
	image, disk := filepath.Join(dir, "image"), filepath.Join(dir, "disk")
	if err := errors.Join(os.Mkdir(disk, 0o755), os.WriteFile(image, nil, 0o644), os.Truncate(image, 120<<20)); err != nil {
		t.Fatal(err)
	}
	for _, command := range [][]string{{mkfs, "-q", image}, {"mount", "-o", "loop", image, disk}} {
		if out, err := exec.Command(command[0], command[1:]...).CombinedOutput(); err != nil {
			t.Skipf("%q: %v\n%s", command, err, out) // a container without the right to
		}
	}
	t.Cleanup(func() {
		if err := unix.Unmount(disk, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	packages := some(t, filepath.Join(disk, "store"))
	o := venv.Options{Dir: filepath.Join(disk, "env"), Interpreter: hostPython(t), Packages: packages, Mode: venv.Clone}
	if report := mustMake(t, o); report.Mode != venv.Clone || report.Notes != nil {
		t.Errorf("got %+v", report)
	}
	if got := python(t, o.Dir, "-c", "import alpha; print(alpha.VALUE)"); got != "1" {
		t.Errorf("got %q", got)
	}
	// What is written to a clone does not reach the store.
	file := filepath.Join(o.Dir, "lib", o.Interpreter.Library, "site-packages/alpha/data/x.txt")
	if err := os.WriteFile(file, []byte("changed"), 0o644); err != nil {
		t.Fatal(err)
	}
	kept, err := os.ReadFile(filepath.Join(packages[0].Wheel.Dir, "alpha/data/x.txt"))
	if err != nil || string(kept) != "x" {
		t.Errorf("the store has %q, %v", kept, err)
	}
	if _, current := venv.Current(o.Dir, ""); current {
		t.Error("the change was not noticed")
	}
}
