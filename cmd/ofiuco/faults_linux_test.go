package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/ofiuco/ofiuco/internal/indextest"
)

// smallDisk mounts a file system with options such as "size=3m".
func smallDisk(t *testing.T, options string) string {
	t.Helper()
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, options); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("mounting a small disk: %v", err)
		}
		t.Skipf("mounting a small disk, which needs root: %v", err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// remount changes a small disk.
func remount(t *testing.T, dir string, flags uintptr, options string) {
	t.Helper()
	if err := unix.Mount("tmpfs", dir, "tmpfs", unix.MS_REMOUNT|flags, options); err != nil {
		t.Fatal(err)
	}
}

// TestFullDisk runs out of space in the store, in the output's folder and in the report's. The message names the
// path, nothing is half-written, and with room the same command does it.
func TestFullDisk(t *testing.T) {
	b := newBench(t, 20, indextest.Options{})
	for _, c := range []struct {
		name, size            string
		store, output, report bool // is it on the small disk?
	}{
		{name: "store", size: "size=3m", store: true},
		{name: "store without an inode left", size: "nr_inodes=12", store: true},
		{name: "output", size: "size=3m", output: true},
		{name: "report", size: "nr_inodes=1", report: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			disk := smallDisk(t, c.size)
			place := func(small bool) string {
				if small {
					return disk
				}
				return t.TempDir()
			}
			store, dir := place(c.store), place(c.output)
			out, report := filepath.Join(dir, "out.zip"), filepath.Join(place(c.report), "report.json")
			if !c.output {
				writeFiles(t, dir, map[string]string{"out.zip": "old"})
			}
			got := finish(t, b.zip(store, out, "--report", report))
			wantFailure(t, "the full disk", got, statusDisk, disk, "no space left on device")
			wantSoundStore(t, store)
			if left := temporaries(t, disk, store, dir); len(left) > 0 {
				t.Errorf("%v is left", left)
			}
			if data, err := os.ReadFile(out); c.store && string(data) != "old" || c.output && !os.IsNotExist(err) {
				t.Errorf("the output has %d bytes, error %v", len(data), err)
			}
			if _, err := os.Stat(report); !os.IsNotExist(err) {
				t.Errorf("there is a report: error %v", err)
			}
			remount(t, disk, 0, "size=100m,nr_inodes=1000")
			b.wantCalm(t, "with room", finish(t, b.zip(store, out, "--report", report)), out)
		})
	}
}

// TestReadOnly runs with a store and an output that can't be written. A store that has everything is enough.
func TestReadOnly(t *testing.T) {
	b := newBench(t, 20, indextest.Options{})
	disk := smallDisk(t, "size=100m")
	store, dir := filepath.Join(disk, "store"), t.TempDir()
	inside, outside := filepath.Join(disk, "out.zip"), filepath.Join(dir, "out.zip")
	b.wantCalm(t, "the first run", finish(t, b.zip(store, inside)), inside)
	remount(t, disk, unix.MS_RDONLY, "")

	b.wantCalm(t, "a read-only store", finish(t, b.zip(store, outside)), outside)
	if err := os.Remove(outside); err != nil {
		t.Fatal(err)
	}
	b.wantCalm(t, "offline", finish(t, b.zip(store, outside, "--offline")), outside)
	b.wantCalm(t, "nothing to do", finish(t, b.zip(store, inside)), inside)
	wantFailure(t, "another output", finish(t, b.zip(store, inside, "--layer")), statusDisk, inside, "read-only file system")
	empty := filepath.Join(disk, "empty")
	wantFailure(t, "an empty store", finish(t, b.zip(empty, outside, "--layer")), statusDisk, empty, "read-only file system")
}

// TestFullDevice writes the output, the report and the answer to a device that is always full.
func TestFullDevice(t *testing.T) {
	t.Parallel()
	const full = "/dev/full"
	b := newBench(t, 2, indextest.Options{})
	store, out := t.TempDir(), filepath.Join(t.TempDir(), "out.zip")
	wantFailure(t, "the output", finish(t, b.zip(store, full)), statusDisk, full, "no space left on device")
	wantFailure(t, "the report", finish(t, b.zip(store, out, "--report", full)), statusDisk, full, "no space left on device")
	selected := []string{"--project", b.project, "--target", benchTarget}
	for _, args := range [][]string{
		append([]string{"select"}, selected...),
		append([]string{"check"}, selected...),
		append([]string{"fetch", "--cache-dir", store, "--index-url", b.url}, selected...),
		{"cache", "dir"}, {"version"}, {"help"},
	} {
		stdout, err := os.OpenFile(full, os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		c := command(args...)
		c.Stdout = stdout
		wantFailure(t, args[0], finish(t, c), statusDisk, "no space left on device")
		stdout.Close()
	}
	if info, err := os.Stat(full); err != nil || info.Mode().IsRegular() {
		t.Errorf("the device was replaced: %v", err)
	}
}

// TestFewOpenFiles allows fewer open files than there are wheels.
func TestFewOpenFiles(t *testing.T) {
	t.Parallel()
	b := newBench(t, 20, indextest.Options{})
	store, dir := t.TempDir(), t.TempDir()
	out := filepath.Join(dir, "out.zip")
	few := b.zip(store, out)
	limited := exec.Command("sh", append([]string{"-c", `ulimit -n 20 && exec "$@"`, "sh"}, few.Args...)...)
	limited.Env = few.Env
	wantFailure(t, "20 open files", finish(t, limited), statusDisk, "too many open files")
	if left := temporaries(t, store, dir); len(left) > 0 || fileExists(out) {
		t.Errorf("%v is left", left)
	}
	wantSoundStore(t, store)
	b.wantCalm(t, "enough open files", finish(t, b.zip(store, out)), out)
}

// TestSecondInterrupt has the report go to a pipe that no one reads, which can't be interrupted: the second signal ends
// the program.
func TestSecondInterrupt(t *testing.T) {
	t.Parallel()
	b := newBench(t, 1, indextest.Options{})
	dir := t.TempDir()
	pipe, out := filepath.Join(dir, "report"), filepath.Join(dir, "out.zip")
	if err := unix.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	c := b.zip(t.TempDir(), out, "--report", pipe)
	wait := begin(t, c)
	ended := make(chan outcome, 1)
	go func() { ended <- wait() }()
	for tick := time.Tick(10 * time.Millisecond); ; {
		select {
		case got := <-ended:
			if got.status == statusDone {
				t.Error(got)
			}
			return
		case <-tick:
			if fileExists(out) { // what is left to do is the report
				_ = c.Process.Signal(os.Interrupt)
			}
		}
	}
}
