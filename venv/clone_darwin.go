package venv

import (
	"io/fs"

	"golang.org/x/sys/unix"
)

// clone makes a file that shares its blocks with another until one of them is written to.
func (s spot) clone(from, name string, perm uint32) (identity, error) {
	if err := unix.Clonefileat(unix.AT_FDCWD, from, int(s), name, unix.CLONE_NOFOLLOW); err != nil {
		return identity{}, &fs.PathError{Op: "clone", Path: from, Err: err}
	}
	// The clone has the permissions of the store's file, which none may write to.
	// The folder, which was made with all, has those that the umask leaves.
	var folder unix.Stat_t
	if err := unix.Fstat(int(s), &folder); err != nil {
		return identity{}, &fs.PathError{Op: "stat", Path: name, Err: err}
	}
	if err := unix.Fchmodat(int(s), name, perm&uint32(folder.Mode), 0); err != nil {
		return identity{}, &fs.PathError{Op: "chmod", Path: name, Err: err}
	}
	id, _, err := s.stat(name)
	return id, err
}
