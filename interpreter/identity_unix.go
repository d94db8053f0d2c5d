//go:build linux || darwin

package interpreter

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// identify tells a file from any other, and from itself after a change: the kernel sets the change time, and no program
// can set it back. "" when there is no such file.
func identify(path string) string {
	var s unix.Stat_t
	if unix.Stat(path, &s) != nil || s.Mode&unix.S_IFMT != unix.S_IFREG {
		return ""
	}
	return fmt.Sprintf("%d:%d:%d:%d.%d:%d.%d", s.Dev, s.Ino, s.Size, s.Mtim.Sec, s.Mtim.Nsec, s.Ctim.Sec, s.Ctim.Nsec)
}

// system is the kernel's name and release, and the machine that it says it is: under setarch another than without.
func system() string {
	var name unix.Utsname
	if unix.Uname(&name) != nil {
		return ""
	}
	return unix.ByteSliceToString(name.Sysname[:]) + " " + unix.ByteSliceToString(name.Release[:]) + " " + unix.ByteSliceToString(name.Machine[:])
}
