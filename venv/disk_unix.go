//go:build unix

package venv

import (
	"errors"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// lockFolder waits until no other process replaces an environment in a folder. It leaves no file behind. File systems
// without locks have none here either: each replaces in one step, or is repaired by the next.
func lockFolder(dir string) (unlock func()) {
	fd, err := unix.Open(dir, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return func() {}
	}
	for unix.Flock(fd, unix.LOCK_EX) == unix.EINTR {
	}
	return func() { _ = unix.Close(fd) }
}

// mustReplaceParts holds for the folder that a disk is mounted at.
func (g *goal) mustReplaceParts() bool {
	var here, above unix.Stat_t
	return g.there && unix.Lstat(g.path, &here) == nil && unix.Lstat(filepath.Dir(g.path), &above) == nil && here.Dev != above.Dev
}

// isMountPoint holds for the errors of giving a mount point another name.
func isMountPoint(err error) bool {
	return errors.Is(err, unix.EBUSY) || errors.Is(err, unix.EXDEV)
}

func isReadOnly(err error) bool { return errors.Is(err, unix.EROFS) }
