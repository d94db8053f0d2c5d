//go:build unix

package venv

import (
	"errors"
	"io/fs"
	"os"
	"sync"

	"golang.org/x/sys/unix"

	"github.com/ofiuco/ofiuco/unpack"
)

// spot is an open folder. What is done in it names no path but that inside, so that the kernel walks no others.
type spot int

func openSpot(path string) (spot, error) { return spot(unix.AT_FDCWD).open(path) }

// open opens a folder below.
func (s spot) open(path string) (spot, error) {
	for {
		fd, err := unix.Openat(int(s), path, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
		if err == nil {
			return spot(fd), nil
		}
		if err != unix.EINTR {
			return -1, &fs.PathError{Op: "open", Path: path, Err: err}
		}
	}
}

func (s spot) close() { _ = unix.Close(int(s)) }

func (s spot) mkdir(name string) error {
	return pathError("mkdir", name, unix.Mkdirat(int(s), name, 0o777))
}

func (s spot) symlink(target, name string) error {
	if err := unix.Symlinkat(target, int(s), name); err != nil {
		return &os.LinkError{Op: "symlink", Old: target, New: name, Err: err}
	}
	return nil
}

// link links to a file of another folder.
func (s spot) link(folder spot, file, name string) error {
	if err := unix.Linkat(int(folder), file, int(s), name, 0); err != nil {
		return &os.LinkError{Op: "link", Old: file, New: name, Err: err}
	}
	return nil
}

// stat is the identity of what has the name, also when that is a link, and its permissions.
func (s spot) stat(name string) (id identity, perm uint32, err error) {
	var st unix.Stat_t
	if err := unix.Fstatat(int(s), name, &st, unix.AT_SYMLINK_NOFOLLOW); err != nil {
		return identity{}, 0, &fs.PathError{Op: "lstat", Path: name, Err: err}
	}
	return identityOf(&st), uint32(st.Mode & 0o777), nil
}

func identityOf(st *unix.Stat_t) identity {
	return identity{size: st.Size, modified: st.Mtim.Nano(), inode: st.Ino, regular: st.Mode&unix.S_IFMT == unix.S_IFREG}
}

// readlink reads a link into a buffer, which must be longer than the target.
func (s spot) readlink(name string, buffer []byte) (int, error) {
	n, err := unix.Readlinkat(int(s), name, buffer)
	return n, pathError("readlink", name, err)
}

// create makes a new file of so many bytes and gives its identity.
func (s spot) create(name string, perm uint32, fill func(fd int) error) (identity, error) {
	fd, err := unix.Openat(int(s), name, unix.O_WRONLY|unix.O_CREAT|unix.O_EXCL|unix.O_CLOEXEC, perm)
	if err != nil {
		return identity{}, &fs.PathError{Op: "create", Path: name, Err: err}
	}
	var st unix.Stat_t
	err = fill(fd)
	if err == nil {
		err = unix.Fstat(fd, &st)
	}
	// Network file systems tell of a full disk only now.
	if closed := unix.Close(fd); err == nil {
		err = closed
	}
	return identityOf(&st), pathError("write", name, err)
}

func (s spot) write(name string, content []byte, perm uint32) (identity, error) {
	return s.create(name, perm, func(fd int) error { return writeAll(fd, content) })
}

func writeAll(fd int, content []byte) error {
	for len(content) > 0 {
		n, err := unix.Write(fd, content)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return err
		}
		content = content[n:]
	}
	return nil
}

// wholeFile is up to which size, in bytes, files are copied through memory.
const wholeFile = 256 << 10

var buffers = sync.Pool{New: func() any { return new([wholeFile]byte) }}

// copy makes a copy of a file of so many bytes.
func (s spot) copy(from, name string, perm uint32, size int64) (identity, error) {
	source, err := unix.Open(from, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return identity{}, &fs.PathError{Op: "open", Path: from, Err: err}
	}
	defer unix.Close(source)
	id, err := s.create(name, perm, func(fd int) error {
		if size < wholeFile {
			return copyThrough(fd, source)
		}
		return copyRange(fd, source, size)
	})
	if err == nil && id.size != size {
		err = &fs.PathError{Op: "copy", Path: from, Err: unpack.ErrDamaged}
	}
	return id, err
}

// copyThrough copies through memory to the end.
func copyThrough(to, from int) error {
	buffer := buffers.Get().(*[wholeFile]byte)
	defer buffers.Put(buffer)
	for {
		n, err := unix.Read(from, buffer[:])
		if err == unix.EINTR {
			continue
		}
		if err != nil || n == 0 {
			return err
		}
		if err := writeAll(to, buffer[:n]); err != nil {
			return err
		}
	}
}

// names are the names of what is in the folder; it can be asked once.
func (s spot) names() ([]string, error) {
	buffer := buffers.Get().(*[wholeFile]byte)
	defer buffers.Put(buffer)
	var names []string
	for {
		n, err := unix.ReadDirent(int(s), buffer[:])
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return nil, os.NewSyscallError("readdirent", err)
		}
		if n <= 0 {
			return names, nil
		}
		_, _, names = unix.ParseDirent(buffer[:n], -1, names)
	}
}

func pathError(op, name string, err error) error {
	if err == nil {
		return nil
	}
	if p := (*fs.PathError)(nil); errors.As(err, &p) {
		return err
	}
	return &fs.PathError{Op: op, Path: name, Err: err}
}

// noLink holds for the errors that say that a file can't be linked to here, though it can be read.
func noLink(err error) bool {
	return errors.Is(err, unix.EXDEV) || errors.Is(err, unix.EPERM) || errors.Is(err, unix.EACCES) || errors.Is(err, unix.EMLINK) ||
		errors.Is(err, unix.ENOTSUP) || errors.Is(err, unix.EOPNOTSUPP) || errors.Is(err, unix.ENOSYS)
}

// noClone holds for the errors that say that a file can't share its blocks here.
func noClone(err error) bool {
	return noLink(err) || errors.Is(err, unix.ENOTTY) || errors.Is(err, unix.EINVAL) || errors.Is(err, errors.ErrUnsupported)
}
