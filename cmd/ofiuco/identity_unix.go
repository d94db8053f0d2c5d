//go:build unix && !darwin

package main

import (
	"os"
	"syscall"
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
	info, err := os.Lstat(path)
	if err != nil {
		return fileIdentity{}, err
	}
	s, ok := info.Sys().(*syscall.Stat_t)
	if !ok || !info.Mode().IsRegular() {
		return fileIdentity{}, nil
	}
	return fileIdentity{
		Device: uint64(s.Dev), Inode: s.Ino, Size: s.Size,
		ModifiedSeconds: int64(s.Mtim.Sec), ModifiedNanos: int64(s.Mtim.Nsec),
		ChangedSeconds: int64(s.Ctim.Sec), ChangedNanos: int64(s.Ctim.Nsec),
	}, nil
}
