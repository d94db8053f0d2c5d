//go:build unix

package venv

import (
	"io/fs"

	"golang.org/x/sys/unix"
)

// fileIdentity is the identity of a file, or of what a link leads to.
func fileIdentity(path string) (identity, error) {
	var st unix.Stat_t
	if err := unix.Stat(path, &st); err != nil {
		return identity{}, &fs.PathError{Op: "stat", Path: path, Err: err}
	}
	return identityOf(&st), nil
}
