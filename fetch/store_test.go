package fetch

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ofiuco/ofiuco/internal/indextest"
	"github.com/ofiuco/ofiuco/lock"
)

// makeWheel is a small valid wheel of the project alpha 1.0.
func makeWheel(t testing.TB, module string) []byte {
	t.Helper()
	files := [][2]string{
		{"alpha/__init__.py", module},
		{"alpha-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: alpha\nVersion: 1.0\n"},
		{"alpha-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"},
	}
	record := "alpha-1.0.dist-info/RECORD,,\n"
	for _, file := range files {
		digest := sha256.Sum256([]byte(file[1]))
		record += fmt.Sprintf("%s,sha256=%s,%d\n", file[0], base64.RawURLEncoding.EncodeToString(digest[:]), len(file[1]))
	}
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, file := range append(files, [2]string{"alpha-1.0.dist-info/RECORD", record}) {
		w, err := z.Create(file[0])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(file[1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// stored fetches a wheel into a store of its own.
func stored(t testing.TB, wheel []byte) (*Store, Result) {
	t.Helper()
	s := indextest.New(t, indextest.Options{})
	f := newFetcher(t, s)
	got, err := fetchOne(t, f, request(s.Add(alpha, wheel)))
	if err != nil {
		t.Fatal(text(err))
	}
	return f.Store, got
}

// damage changes a file of the store, which is read-only.
func damage(t testing.TB, path string, change func([]byte) []byte) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, change(data), 0o644); err != nil {
		t.Fatal(err)
	}
}

func flipBit(data []byte) []byte {
	data[len(data)/2] ^= 4
	return data
}

func cutShort(data []byte) []byte { return data[:len(data)/2] }

// verdicts lists the store's remembered verdicts.
func verdicts(t testing.TB, s *Store) []string {
	t.Helper()
	var all []string
	err := s.walk(context.Background(), checkedDir, func(path string, _ fs.FileInfo) error {
		all = append(all, path)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestWheel(t *testing.T) {
	ctx := context.Background()
	data := makeWheel(t, "x = 1\n")
	s, got := stored(t, data)
	for range 2 {
		w, err := s.Wheel(ctx, got.SHA256, alpha)
		if err != nil {
			t.Fatal(err)
		}
		if w.Name != "alpha" || w.Size != int64(len(data)) || len(w.Entries) != 4 {
			t.Errorf("got %+v", w.Wheel)
		}
		if err := w.Verify(ctx); err != nil {
			t.Error(err)
		}
		if err := w.Close(); err != nil {
			t.Error(err)
		}
		if len(verdicts(t, s)) != 1 {
			t.Errorf("verdicts: %v", verdicts(t, s))
		}
	}
	// Under another name it is another question, with another answer.
	if _, err := s.Wheel(ctx, got.SHA256, "beta-1.0-py3-none-any.whl"); err == nil {
		t.Error("a wheel of alpha is one of beta, too")
	}
	if _, err := s.Wheel(ctx, strings.Repeat("0", 64), alpha); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing blob: %v", err)
	}
	if len(verdicts(t, s)) != 1 {
		t.Errorf("a refusal is remembered: %v", verdicts(t, s))
	}
}

func TestDamagedBlobs(t *testing.T) {
	ctx := context.Background()
	for name, change := range map[string]func([]byte) []byte{"bit": flipBit, "cut": cutShort, "empty": func([]byte) []byte { return nil }} {
		t.Run(name, func(t *testing.T) {
			s, got := stored(t, makeWheel(t, strings.Repeat("x = 1\n", 1000)))
			// Before the first use.
			damage(t, got.Path, change)
			if _, err := s.Wheel(ctx, got.SHA256, alpha); !errors.Is(err, ErrDamaged) {
				t.Errorf("before the first use: %v", err)
			}
			if _, ok := s.Has(got.SHA256); ok || len(verdicts(t, s)) != 0 {
				t.Error("the blob or a verdict on it is still there")
			}
			// Between two uses: the verdict is known, and only Verify can tell.
			s, got = stored(t, makeWheel(t, strings.Repeat("x = 1\n", 1000)))
			w, err := s.Wheel(ctx, got.SHA256, alpha)
			if err != nil {
				t.Fatal(err)
			}
			w.Close()
			damage(t, got.Path, change)
			if w, err = s.Wheel(ctx, got.SHA256, alpha); err != nil {
				t.Fatal(err)
			}
			defer w.Close()
			if err := w.Verify(ctx); !errors.Is(err, ErrDamaged) {
				t.Errorf("between two uses: %v", err)
			}
			if _, ok := s.Has(got.SHA256); ok {
				t.Error("the damaged blob is still there")
			}
		})
	}
}

func TestDamagedVerdictIsMadeAgain(t *testing.T) {
	ctx := context.Background()
	for _, change := range []func([]byte) []byte{flipBit, cutShort, func([]byte) []byte { return nil }} {
		s, got := stored(t, makeWheel(t, "x = 1\n"))
		open := func() {
			t.Helper()
			w, err := s.Wheel(ctx, got.SHA256, alpha)
			if err != nil || len(w.Entries) != 4 {
				t.Fatal(err)
			}
			w.Close()
		}
		open()
		verdict := verdicts(t, s)[0]
		good, err := os.ReadFile(verdict)
		if err != nil {
			t.Fatal(err)
		}
		damage(t, verdict, change)
		open()
		if again, err := os.ReadFile(verdict); err != nil || !bytes.Equal(good, again) {
			t.Errorf("the verdict was not made again: %v", err)
		}
	}
}

func TestOpenStore(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenStore(file); err == nil {
		t.Error("a file is a store")
	}
	s, err := OpenStore(filepath.Join(dir, "new"))
	if err != nil {
		t.Fatal(err)
	}
	if used, err := s.Size(context.Background()); err != nil || used != (Usage{}) {
		t.Errorf("a new store has %+v, error %v", used, err)
	}
	if _, err := os.Stat(s.Dir()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("opening made the folder: %v", err)
	}
}

func TestMaintenance(t *testing.T) {
	ctx := context.Background()
	s, got := stored(t, makeWheel(t, "x = 1\n"))
	w, err := s.Wheel(ctx, got.SHA256, alpha)
	if err != nil {
		t.Fatal(err)
	}
	w.Close()
	foreign := filepath.Join(s.Dir(), "not-ours")
	if err := os.WriteFile(foreign, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	held, err := s.Size(ctx)
	if err != nil || held.Files != 3 { // the blob, the verdict, the index's answer
		t.Errorf("size %+v, error %v", held, err)
	}
	prune := func(unused time.Duration, want int64) {
		t.Helper()
		if removed, err := s.Prune(ctx, unused); err != nil || removed.Files != want {
			t.Errorf("prune removed %+v, error %v, want %d files", removed, err, want)
		}
	}
	prune(0, 0)
	prune(time.Hour, 0)
	old := time.Now().Add(-100 * time.Hour)
	age := func(path string) {
		t.Helper()
		if err := os.Chtimes(path, old, old); err != nil {
			t.Fatal(err)
		}
	}
	// Use keeps a blob.
	age(got.Path)
	if _, ok := s.Has(got.SHA256); !ok {
		t.Fatal("the blob is gone")
	}
	prune(50*time.Hour, 0)
	// A lock that a killed process left.
	left := filepath.Join(s.dir, tmpDir, strings.Repeat("0", 64)+lockSuffix)
	if err := os.WriteFile(left, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	prune(0, 0)
	age(left)
	prune(0, 1)
	// A verdict of another version of the check, then an unused blob, then its verdict.
	other := filepath.Join(s.dir, checkedDir, "0", "ab", got.SHA256+"-0")
	if err := os.MkdirAll(filepath.Dir(other), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(other, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	prune(0, 1)
	age(got.Path)
	prune(50*time.Hour, 2)
	prune(0, 0)
	if removed, err := s.Clean(ctx); err != nil || removed.Files != 1 {
		t.Errorf("clean removed %+v, error %v", removed, err)
	}
	if held, err = s.Size(ctx); err != nil || held != (Usage{}) {
		t.Errorf("after clean: %+v, error %v", held, err)
	}
	if _, err := os.Stat(foreign); err != nil {
		t.Errorf("clean removed what is not the store's: %v", err)
	}
}

func TestVerifyStore(t *testing.T) {
	ctx := context.Background()
	s, got := stored(t, makeWheel(t, "x = 1\n"))
	checked, damaged, err := s.Verify(ctx)
	if err != nil || checked.Files != 1 || len(damaged) != 0 {
		t.Errorf("%+v, %v, %v", checked, damaged, err)
	}
	damage(t, got.Path, flipBit)
	if _, damaged, err = s.Verify(ctx); err != nil || len(damaged) != 1 || damaged[0] != got.Path {
		t.Errorf("%v, %v", damaged, err)
	}
	if _, ok := s.Has(got.SHA256); ok {
		t.Error("the damaged blob is still there")
	}
}

// Whatever stands in the store, a run with it ends as one without.
func TestDamagedAliasIsNotBelieved(t *testing.T) {
	s := indextest.New(t, indextest.Options{})
	s.Add(alpha, content)
	f := newFetcher(t, s)
	r := request("")
	r.Artifact.Hashes = []lock.Hash{{Algorithm: "sha512", Hex: sha512Of(content)}}
	other, err := fetchOne(t, f, func() Request {
		r := request(s.Add("alpha-2.0-py3-none-any.whl", []byte("other")))
		r.Artifact.Filename = "alpha-2.0-py3-none-any.whl"
		return r
	}())
	if err != nil {
		t.Fatal(text(err))
	}
	f.Store.remember(aliasQuestion(r.Artifact.Hashes), other.SHA256)
	if got, err := fetchOne(t, f, r); err != nil || got.SHA256 != indextest.Digest(content) {
		t.Errorf("got %+v, error %s", got, text(err))
	}
}
