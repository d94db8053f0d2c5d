//go:build linux || darwin

package unpack

import (
	"os"

	"golang.org/x/sys/unix"
)

// spot is a folder whose files are looked at by their paths in it.
type spot int

func openSpot(dir string) (spot, error) {
	fd, err := unix.Open(dir, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC|unix.O_NOFOLLOW, 0)
	if err != nil {
		return -1, &os.PathError{Op: "open", Path: dir, Err: err}
	}
	return spot(fd), nil
}

func (s spot) close() { unix.Close(int(s)) }

// isFile holds for a regular file of a size (any, when it is negative) that was not written to since it was unpacked.
func (s spot) isFile(path string, size int64, executable bool) bool {
	var stat unix.Stat_t
	return unix.Fstatat(int(s), path, &stat, unix.AT_SYMLINK_NOFOLLOW) == nil &&
		stat.Mode&unix.S_IFMT == unix.S_IFREG && (size < 0 || stat.Size == size) && (stat.Mode&0o100 != 0) == executable &&
		int64(stat.Mtim.Sec) == unpackedTime.Unix() && stat.Mtim.Nsec == 0
}

// isFolder holds for a folder that nothing was added to or removed from since it was unpacked.
func (s spot) isFolder(path string) bool {
	var stat unix.Stat_t
	return unix.Fstatat(int(s), path, &stat, unix.AT_SYMLINK_NOFOLLOW) == nil &&
		stat.Mode&unix.S_IFMT == unix.S_IFDIR && int64(stat.Mtim.Sec) == unpackedTime.Unix() && stat.Mtim.Nsec == 0
}
