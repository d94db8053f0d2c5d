//go:build linux || darwin

package main

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// fileIdentity tells one file from any other, and from itself after a change: the kernel sets the inode and the
// change time, and no program can set the latter back. It is only compared for equality: no decision depends on
// what a clock said.
type fileIdentity struct {
	Device, Inode   uint64
	Size            int64
	ModifiedSeconds int64
	ModifiedNanos   int64
	ChangedSeconds  int64
	ChangedNanos    int64
}

func identify(path string) (fileIdentity, error) {
	var s unix.Stat_t
	if err := unix.Lstat(path, &s); err != nil || s.Mode&unix.S_IFMT != unix.S_IFREG {
		return fileIdentity{}, err
	}
	return fileIdentity{
		Device: uint64(s.Dev), Inode: s.Ino, Size: s.Size,
		ModifiedSeconds: int64(s.Mtim.Sec), ModifiedNanos: int64(s.Mtim.Nsec),
		ChangedSeconds: int64(s.Ctim.Sec), ChangedNanos: int64(s.Ctim.Nsec),
	}, nil
}

// folderIdentity tells one folder from any other.
func folderIdentity(path string) (string, error) {
	var s unix.Stat_t
	if err := unix.Lstat(path, &s); err != nil {
		return "", err
	}
	return fmt.Sprintf("%d:%d", s.Dev, s.Ino), nil
}
