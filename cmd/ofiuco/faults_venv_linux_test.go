package main

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/ofiuco/ofiuco/internal/oracle"
)

// TestVenvFullDisk runs out of space, or of inodes, in the store and where the environment is to be. The old environment stays, and
// with room the same command makes the new one.
func TestVenvFullDisk(t *testing.T) {
	s := newShop(t)
	for _, c := range []struct {
		name, size, mode string
		store, env       bool // is it on the small disk?
	}{
		{name: "store", size: "size=512k", mode: "symlink", store: true},
		{name: "store without an inode left", size: "nr_inodes=60", mode: "symlink", store: true},
		{name: "environment", size: "size=600k", mode: "copy", env: true},
		{name: "environment without an inode left", size: "nr_inodes=60", mode: "symlink", env: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			disk, store, dir := smallDisk(t, c.size), filepath.Join(t.TempDir(), "store"), t.TempDir()
			if c.store {
				store = filepath.Join(disk, "store")
			}
			env := filepath.Join(dir, "env")
			var before map[string]string
			if c.env {
				env = filepath.Join(disk, "env")
				s.make(t, newLock, store, filepath.Join(dir, "other")) // the store has all
			} else {
				before = s.make(t, oldLock, t.TempDir(), env, "--link-mode", "copy")
			}
			got := finish(t, s.venv(newLock, store, env, "--link-mode", c.mode))
			wantFailure(t, "the full disk", got, statusDisk, disk, "no space left on device")
			if d := difference(contents(t, env), before); d != "" {
				t.Errorf("the environment is another: %s", d)
			}
			wantSoundStore(t, store)
			if left := temporaries(t, disk, store, dir); len(left) > 0 {
				t.Errorf("%v is left", left)
			}
			remount(t, disk, 0, "size=100m,nr_inodes=10000")
			s.make(t, newLock, store, env, "--link-mode", c.mode)
			want := s.make(t, newLock, t.TempDir(), env, "--link-mode", "copy")
			if err := os.RemoveAll(env); err != nil {
				t.Fatal(err)
			}
			wantContents(t, "with room", s.make(t, newLock, store, env, "--link-mode", "copy"), want)
		})
	}
}

// TestVenvReadOnly has a store, an environment and a folder that can't be written to.
func TestVenvReadOnly(t *testing.T) {
	s := newShop(t)
	disk, dir := smallDisk(t, "size=100m"), t.TempDir()
	store, inside, outside := filepath.Join(disk, "store"), filepath.Join(disk, "env"), filepath.Join(dir, "env")
	s.make(t, newLock, store, inside)
	s.make(t, oldLock, store, filepath.Join(dir, "other"))
	empty := filepath.Join(disk, "empty")
	if err := os.Mkdir(empty, 0o777); err != nil {
		t.Fatal(err)
	}
	remount(t, disk, unix.MS_RDONLY, "")
	for _, mode := range []string{"symlink", "hardlink", "copy"} {
		want := s.make(t, newLock, t.TempDir(), outside, "--link-mode", "copy")
		if err := os.RemoveAll(outside); err != nil {
			t.Fatal(err)
		}
		got := s.make(t, newLock, store, outside, "--link-mode", mode)
		if mode != "symlink" {
			wantContents(t, "a read-only store, "+mode, got, want)
		}
	}
	before := contents(t, inside)
	if got := finish(t, s.venv(newLock, store, inside)); got.status != statusDone {
		t.Errorf("nothing to do: %s", got)
	}
	wantFailure(t, "another environment", finish(t, s.venv(oldLock, store, inside)), statusDisk, inside, "read-only file system")
	wantFailure(t, "a new environment", finish(t, s.venv(oldLock, store, inside+"2")), statusDisk, inside+"2", "read-only file system")
	wantFailure(t, "an empty store", finish(t, s.venv(newLock, empty, filepath.Join(dir, "new"))), statusDisk, empty, "read-only file system")
	wantContents(t, "the environment", contents(t, inside), before)
	if left := temporaries(t, disk, dir); len(left) > 0 || fileExists(filepath.Join(dir, "new")) {
		t.Errorf("%v is left", left)
	}
}

// TestVenvMountPoint has environments whose folder can't be renamed: it is a disk of its own, in a folder that may be read-only. One
// that was killed in the middle is whole after the next run.
func TestVenvMountPoint(t *testing.T) {
	s := newShop(t)
	parent, store := smallDisk(t, "size=1m"), t.TempDir()
	env := filepath.Join(parent, "env")
	if err := os.Mkdir(env, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mount("tmpfs", env, "tmpfs", 0, "size=50m"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = unix.Unmount(env, unix.MNT_DETACH) })
	want := s.make(t, newLock, store, env, "--link-mode", "copy")
	before := s.make(t, oldLock, store, env, "--link-mode", "copy")
	if difference(want, before) == "" {
		t.Fatal("the environments are the same")
	}
	remount(t, parent, unix.MS_RDONLY, "")
	start := time.Now()
	wantContents(t, "a read-only folder above", s.make(t, newLock, store, env, "--link-mode", "copy"), want)
	length := time.Since(start)
	random := rand.New(rand.NewPCG(3, 4))
	for range oracle.Cases(t, 4, 50) {
		s.make(t, oldLock, store, env, "--link-mode", "copy")
		c := s.venv(newLock, store, env, "--link-mode", "copy")
		wait := begin(t, c)
		timer := time.AfterFunc(time.Duration(random.Int64N(int64(length))), func() { _ = c.Process.Kill() })
		wait()
		timer.Stop()
		wantContents(t, "after a kill", s.make(t, newLock, store, env, "--link-mode", "copy"), want)
		if left := temporaries(t, parent); len(left) > 0 {
			t.Errorf("%v is left", left)
		}
	}
}
