package venv

import (
	"io/fs"

	"golang.org/x/sys/unix"
)

// clone makes a file that shares its blocks with another until one of them is written to.
func (s spot) clone(from, name string, perm uint32) (identity, error) {
	source, err := unix.Open(from, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return identity{}, &fs.PathError{Op: "open", Path: from, Err: err}
	}
	defer unix.Close(source)
	id, err := s.create(name, perm, func(fd int) error { return unix.IoctlFileClone(fd, source) })
	if err != nil {
		_ = unix.Unlinkat(int(s), name, 0) // who copies instead makes it anew
	}
	return id, err
}

// copyRange lets the kernel copy, which needs no memory of ours for it.
func copyRange(to, from int, size int64) error {
	for size > 0 {
		n, err := unix.CopyFileRange(from, nil, to, nil, int(min(size, 1<<30)), 0)
		switch {
		case err == unix.EINTR:
			continue
		case err != nil || n == 0:
			// Some file systems can't, and say so in many ways. What was copied is behind the offsets already.
			return copyThrough(to, from)
		}
		size -= int64(n)
	}
	return nil
}
