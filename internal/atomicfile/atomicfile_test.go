package atomicfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

func read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// alone fails the test when dir has other entries than these.
func alone(t *testing.T, dir string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, entry := range entries {
		got = append(got, entry.Name())
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("the folder has %v, want %v", got, want)
	}
}

func TestCommitReplacesWhole(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "out.zip")
	for _, text := range []string{"first", "second"} {
		before, beforeErr := os.ReadFile(path)
		f, err := Create(path, 0o640)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.WriteString(text); err != nil {
			t.Fatal(err)
		}
		if now, err := os.ReadFile(path); string(now) != string(before) || (err == nil) != (beforeErr == nil) {
			t.Errorf("before Commit the file is %q, %v", now, err)
		}
		if err := f.Commit(); err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Errorf("Close after Commit: %v", err)
		}
		if got := read(t, path); got != text {
			t.Errorf("got %q, want %q", got, text)
		}
	}
	if info, err := os.Stat(path); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o640 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	alone(t, dir, "out.zip")
}

func TestCloseTakesAllBack(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "out.zip")
	if err := WriteFile(path, []byte("old"), 0o644); err != nil {
		t.Fatal(err)
	}
	f, err := Create(path, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString("new"); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
	if err := f.Commit(); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("Commit after Close: %v", err)
	}
	if got := read(t, path); got != "old" {
		t.Errorf("got %q", got)
	}
	alone(t, dir, "out.zip")
}

func TestCommitThatFails(t *testing.T) {
	dir := t.TempDir()
	f, err := CreateIn(dir, "blob", 0o444)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.CommitTo(filepath.Join(dir, "no", "folder")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
	alone(t, dir)
}

func TestGoals(t *testing.T) {
	dir := t.TempDir()
	if _, err := Create(dir, 0o644); err == nil || !strings.Contains(err.Error(), "folder") {
		t.Errorf("a folder: %v", err)
	}
	if _, err := Create(filepath.Join(dir, "no", "file"), 0o644); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no folder: %v", err)
	}
	real, link := filepath.Join(dir, "real"), filepath.Join(dir, "link")
	if err := os.WriteFile(real, []byte("old"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("real", link); err != nil {
		t.Skip(err)
	}
	if err := WriteFile(link, []byte("new"), 0o644); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&fs.ModeSymlink == 0 || read(t, real) != "new" {
		t.Errorf("a link was replaced instead of what it points to: %v, %q", err, read(t, real))
	}
	long := filepath.Join(dir, strings.Repeat("x", 250))
	if err := WriteFile(long, nil, 0o644); err != nil {
		t.Errorf("a long name: %v", err)
	}
}

// Replacing /dev/null by a regular file would harm the whole machine.
func TestDevicesAreWrittenInPlace(t *testing.T) {
	before, err := os.Stat(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	f, err := Create(os.DevNull, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString("gone"); err != nil {
		t.Error(err)
	}
	if err := f.Commit(); err != nil {
		t.Error(err)
	}
	if f, err = Create(os.DevNull, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
	if after, err := os.Stat(os.DevNull); err != nil || after.Mode() != before.Mode() {
		t.Errorf("the device is now %v, %v", after.Mode(), err)
	}
}

func TestSweep(t *testing.T) {
	// A process that has ended gives an id that no one has.
	ended := exec.Command(os.Args[0], "-test.run=^$")
	if err := ended.Run(); err != nil {
		t.Fatal(err)
	}
	gone := ended.Process.Pid
	dir := t.TempDir()
	put := func(name string, age time.Duration) {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte("12345"), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, time.Now().Add(-age), time.Now().Add(-age)); err != nil {
			t.Fatal(err)
		}
	}
	foreign := "ffffffff"
	if here() == foreign {
		foreign = "00000000"
	}
	put(fmt.Sprintf("a.x-%s.tmp-%d", here(), gone), 0)
	put(fmt.Sprintf("b.x-%s.tmp-%d", here(), os.Getpid()), 100*foreignAge)
	put(fmt.Sprintf("c.x-%s.tmp-%d", foreign, gone), 0)
	put(fmt.Sprintf("d.x-%s.tmp-%d", foreign, gone), 2*foreignAge)
	put("e.tmp-1", 100*foreignAge)
	put(fmt.Sprintf("f.x-%s.tmp-%d.zip", here(), gone), 100*foreignAge)
	// A folder goes with all that is in it, whatever its permissions.
	locked := filepath.Join(dir, fmt.Sprintf("g-%s.tmp-%d", here(), gone), "locked")
	if err := os.MkdirAll(locked, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(locked, "file"), nil, 0o444); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(locked, 0o555); err != nil {
		t.Fatal(err)
	}
	own, err := MkdirIn(dir, "h", 0o755)
	if err != nil {
		t.Fatal(err)
	}
	freed, err := Sweep(dir)
	if err != nil || freed < 10 {
		t.Errorf("freed %d bytes, error %v", freed, err)
	}
	if err := os.Remove(own); err != nil {
		t.Errorf("the folder of a living process: %v", err)
	}
	alone(t, dir, fmt.Sprintf("b.x-%s.tmp-%d", here(), os.Getpid()), fmt.Sprintf("c.x-%s.tmp-%d", foreign, gone),
		"e.tmp-1", fmt.Sprintf("f.x-%s.tmp-%d.zip", here(), gone))
	// Create removes what a killed process left on the way to the same path only.
	put(fmt.Sprintf(".out.x-%s.tmp-%d", here(), gone), 0)
	put(fmt.Sprintf(".other.x-%s.tmp-%d", here(), gone), 0)
	if err := WriteFile(filepath.Join(dir, "out"), nil, 0o644); err != nil {
		t.Error(err)
	}
	alone(t, dir, fmt.Sprintf(".other.x-%s.tmp-%d", here(), gone),
		fmt.Sprintf("b.x-%s.tmp-%d", here(), os.Getpid()), fmt.Sprintf("c.x-%s.tmp-%d", foreign, gone),
		"e.tmp-1", fmt.Sprintf("f.x-%s.tmp-%d.zip", here(), gone), "out")
	if _, err := Sweep(filepath.Join(dir, "gone")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no folder: %v", err)
	}
}

func TestReplaceFolder(t *testing.T) {
	for _, way := range []struct {
		name    string
		replace func(made, goal string) error
	}{{"in one step", ReplaceFolder}, {"in two", renameTwice}} {
		t.Run(way.name, func(t *testing.T) {
			dir := t.TempDir()
			goal := filepath.Join(dir, "goal")
			for i, text := range []string{"first", "second"} {
				made, err := MkdirIn(dir, ".goal", 0o755)
				if err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(filepath.Join(made, "file"), []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
				replace := way.replace
				if i == 0 {
					replace = ReplaceFolder // there is nothing to be put aside yet
				}
				if err := replace(made, goal); err != nil {
					t.Fatal(err)
				}
				if got := read(t, filepath.Join(goal, "file")); got != text {
					t.Errorf("the folder holds %q, want %q", got, text)
				}
				_ = os.RemoveAll(made)
			}
			alone(t, dir, "goal")
			file := filepath.Join(dir, "file")
			if err := os.WriteFile(file, nil, 0o644); err != nil {
				t.Fatal(err)
			}
			if err := ReplaceFolder(goal, file); err == nil {
				t.Error("a file was replaced by a folder")
			}
		})
	}
}
