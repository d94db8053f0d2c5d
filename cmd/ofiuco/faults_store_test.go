package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ofiuco/ofiuco/internal/indextest"
)

// damages are what disks and people do to a file; a nil result removes it.
var damages = map[string]func([]byte) []byte{
	"bit flipped at the start":  func(b []byte) []byte { b[0] ^= 1; return b },
	"bit flipped in the middle": func(b []byte) []byte { b[len(b)/2] ^= 1; return b },
	"bit flipped at the end":    func(b []byte) []byte { b[len(b)-1] ^= 1; return b },
	"cut":                       func(b []byte) []byte { return b[:len(b)/2] },
	"emptied":                   func([]byte) []byte { return []byte{} },
	"longer":                    func(b []byte) []byte { return append(b, 0) },
	"zeros":                     func(b []byte) []byte { return make([]byte, len(b)) },
	"removed":                   func([]byte) []byte { return nil },
}

// TestDamagedStore damages each kind of file that the store has. Whatever it is, the next run writes the calm run's bytes
// and report, and has repaired the store.
func TestDamagedStore(t *testing.T) {
	b := newBench(t, 4, indextest.Options{})
	for name, damage := range sorted(damages) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store, dir := filepath.Join(t.TempDir(), "store"), t.TempDir()
			out, report := filepath.Join(dir, "out.zip"), filepath.Join(dir, "report.json")
			b.wantCalm(t, "the first run", finish(t, b.zip(store, out, "--report", report)), out)
			first := readFile(t, report)
			const blobs, verdicts = "files/sha256/*/*", "checked/*/*/*"
			for _, kind := range []string{blobs, verdicts, "lookup/*/*", "outputs/*.json", blobs + " " + verdicts} {
				for pattern := range strings.FieldsSeq(kind) {
					spoil(t, filepath.Join(store, filepath.FromSlash(pattern)), damage)
				}
				if kind != "outputs/*.json" { // which only counts while the output is there
					if err := os.Remove(out); err != nil {
						t.Fatal(err)
					}
				}
				b.wantCalm(t, kind, finish(t, b.zip(store, out, "--report", report)), out)
				if !bytes.Equal(readFile(t, report), first) {
					t.Errorf("%s: the report has changed", kind)
				}
				wantSoundStore(t, store)
			}
		})
	}
}

// spoil damages all files that match a pattern.
func spoil(t *testing.T, pattern string, damage func([]byte) []byte) {
	t.Helper()
	paths, err := filepath.Glob(pattern)
	if err != nil || len(paths) == 0 {
		t.Fatalf("nothing is at %s, error %v", pattern, err)
	}
	for _, path := range paths {
		data := damage(readFile(t, path))
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		if data == nil {
			continue
		}
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// TestDamagedStoreOffline can't fetch again what was damaged: it says so, keeps the old output, and never believes the
// damaged file afterwards.
func TestDamagedStoreOffline(t *testing.T) {
	t.Parallel()
	b := newBench(t, 4, indextest.Options{})
	store, dir := t.TempDir(), t.TempDir()
	out := filepath.Join(dir, "out.zip")
	b.wantCalm(t, "the first run", finish(t, b.zip(store, out)), out)
	writeFiles(t, dir, map[string]string{"out.zip": "old"})
	sum := indextest.Digest(benchWheels()[benchWheel(1)])
	spoil(t, filepath.Join(store, "files", "sha256", "*", sum), damages["bit flipped in the middle"])
	for _, what := range []string{"the first use", "the second use"} {
		got := finish(t, b.zip(store, out, "--offline"))
		wantFailure(t, what, got, statusInput, "part01 1.0", "not in the store")
		if strings.Contains(got.stderr, "part00") || string(readFile(t, out)) != "old" || len(temporaries(t, store, dir)) > 0 {
			t.Errorf("%s: %s", what, got)
		}
	}
	b.wantCalm(t, "with the index", finish(t, b.zip(store, out)), out)
}

// TestForeignThingsInTheStore puts folders and pipes where the store has files.
func TestForeignThingsInTheStore(t *testing.T) {
	t.Parallel()
	b := newBench(t, 2, indextest.Options{})
	store, out := t.TempDir(), filepath.Join(t.TempDir(), "out.zip")
	b.wantCalm(t, "the first run", finish(t, b.zip(store, out)), out)
	for _, kind := range []string{"checked/*/*/*", "lookup/*/*", "outputs/*.json", "files/sha256/*/*"} {
		paths, err := filepath.Glob(filepath.Join(store, filepath.FromSlash(kind)))
		if err != nil || len(paths) == 0 {
			t.Fatalf("nothing is at %s, error %v", kind, err)
		}
		spoil(t, paths[0], damages["removed"])
		if err := os.MkdirAll(filepath.Join(paths[0], "in it"), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.Remove(out); err != nil {
			t.Fatal(err)
		}
		got := finish(t, b.zip(store, out))
		if kind != "files/sha256/*/*" {
			b.wantCalm(t, kind, got, out)
			continue
		}
		wantFailure(t, kind, got, statusInput, paths[0])
		if fileExists(out) {
			t.Error("there is an output")
		}
	}
}

// TestClock has files in the store that were made in the future or long ago: no decision depends on that.
func TestClock(t *testing.T) {
	t.Parallel()
	b := newBench(t, 2, indextest.Options{})
	store, out := t.TempDir(), filepath.Join(t.TempDir(), "out.zip")
	b.wantCalm(t, "the first run", finish(t, b.zip(store, out)), out)
	for _, year := range []int{1970, 2040} {
		then := time.Date(year, time.January, 2, 0, 0, 0, 0, time.UTC)
		err := filepath.WalkDir(store, func(path string, _ fs.DirEntry, err error) error {
			return errors.Join(err, os.Chtimes(path, then, then))
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Remove(out); err != nil {
			t.Fatal(err)
		}
		b.wantCalm(t, fmt.Sprintf("a store of %d", year), finish(t, b.zip(store, out, "--offline")), out)
	}
}

// TestCleanMeanwhile cleans the store while runs use it: they fetch again what was taken from them.
func TestCleanMeanwhile(t *testing.T) {
	t.Parallel()
	b := newBench(t, 6, indextest.Options{})
	store, dir := t.TempDir(), t.TempDir()
	out := filepath.Join(dir, "out.zip")
	for range 6 {
		wait := begin(t, b.zip(store, out))
		if got := finish(t, command("cache", "clean", "--cache-dir", store)); got.status != statusDone {
			t.Error(got)
		}
		b.wantCalm(t, "beside a clean", wait(), out)
		if err := os.Remove(out); err != nil {
			t.Fatal(err)
		}
	}
	if got := finish(t, command("cache", "clean", "--cache-dir", store)); got.status != statusDone {
		t.Error(got)
	}
	if left, err := os.ReadDir(store); err != nil || len(left) > 0 {
		t.Errorf("a clean store has %v, error %v", left, err)
	}
}
