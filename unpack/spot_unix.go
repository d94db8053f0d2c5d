//go:build linux || darwin

package unpack

import (
	"errors"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// spot is an open folder. What is in it is reached by slash-separated paths, which the kernel walks from there.
type spot int

func openSpot(dir string) (spot, error) {
	return spot(unix.AT_FDCWD).open(dir)
}

func (s spot) open(path string) (spot, error) {
	fd, err := retry(func() (int, error) {
		return unix.Openat(int(s), path, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	})
	return spot(fd), pathError("open", path, err)
}

func (s spot) close() { _ = unix.Close(int(s)) }

// isFile holds for a regular file of a size that was not written to since it was unpacked, and can't be by anyone but root.
func (s spot) isFile(path string, size int64, executable bool) bool {
	var stat unix.Stat_t
	return unix.Fstatat(int(s), path, &stat, unix.AT_SYMLINK_NOFOLLOW) == nil &&
		stat.Mode&(unix.S_IFMT|0o222) == unix.S_IFREG && (stat.Mode&0o100 != 0) == executable && stat.Size == size && isUnpackedTime(&stat)
}

// isFolder holds for a folder that nothing was added to or removed from since it was unpacked.
func (s spot) isFolder(path string) bool {
	var stat unix.Stat_t
	return unix.Fstatat(int(s), path, &stat, unix.AT_SYMLINK_NOFOLLOW) == nil && stat.Mode&unix.S_IFMT == unix.S_IFDIR && isUnpackedTime(&stat)
}

func isUnpackedTime(stat *unix.Stat_t) bool {
	return int64(stat.Mtim.Sec) == unpackedTime.Unix() && stat.Mtim.Nsec == 0
}

// list gives the names in a folder.
func (s spot) list(path string) ([]string, error) {
	folder, err := s.open(path)
	if err != nil {
		return nil, err
	}
	f := os.NewFile(uintptr(folder), path)
	defer f.Close()
	return f.Readdirnames(-1)
}

func (s spot) mkdir(path string) error {
	return pathError("mkdir", path, unix.Mkdirat(int(s), path, 0o777))
}

func (s spot) remove(path string) error {
	return pathError("remove", path, unix.Unlinkat(int(s), path, 0))
}

func (s spot) chmod(path string, perm fs.FileMode) error {
	return pathError("chmod", path, unix.Fchmodat(int(s), path, uint32(perm), 0))
}

func (s spot) setTime(path string) error {
	return pathError("chtimes", path, unix.UtimesNanoAt(int(s), path, unpackedTimes[:], unix.AT_SYMLINK_NOFOLLOW))
}

var unpackedTimes = [2]unix.Timespec{{Sec: unpackedTime.Unix()}, {Sec: unpackedTime.Unix()}}

// create makes a file that did not exist.
func (s spot) create(path string, perm fs.FileMode) (*output, error) {
	fd, err := retry(func() (int, error) {
		return unix.Openat(int(s), path, unix.O_WRONLY|unix.O_CREAT|unix.O_EXCL|unix.O_NOFOLLOW|unix.O_CLOEXEC, uint32(perm))
	})
	if err != nil {
		return nil, pathError("create", path, err)
	}
	return &output{spot: s, fd: fd, path: path}, nil
}

// output is a file on its way.
type output struct {
	spot spot
	fd   int
	path string
}

// Write implements io.Writer.
func (o *output) Write(p []byte) (written int, err error) {
	for written < len(p) {
		n, err := retry(func() (int, error) { return unix.Write(o.fd, p[written:]) })
		if err != nil {
			return written, pathError("write", o.path, err)
		}
		written += n
	}
	return written, nil
}

// Close sets the file's time, too.
func (o *output) Close() error {
	err := o.spot.setTime(o.path)
	return errors.Join(err, pathError("close", o.path, unix.Close(o.fd)))
}

// retry goes on after a signal came in the middle.
func retry(call func() (int, error)) (int, error) {
	for {
		if n, err := call(); err != unix.EINTR {
			return n, err
		}
	}
}

func pathError(op, path string, err error) error {
	if err == nil {
		return nil
	}
	return &fs.PathError{Op: op, Path: path, Err: err}
}
