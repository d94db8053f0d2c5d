//go:build !unix

package venv

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/ofiuco/ofiuco/unpack"
)

// spot is a folder, by its path.
type spot string

func openSpot(path string) (spot, error) {
	info, err := os.Stat(path)
	if err == nil && !info.IsDir() {
		err = &fs.PathError{Op: "open", Path: path, Err: errors.New("it is no folder")}
	}
	return spot(path), err
}

// open opens a folder below.
func (s spot) open(path string) (spot, error) { return openSpot(s.path(path)) }

func (s spot) path(name string) string { return filepath.Join(string(s), filepath.FromSlash(name)) }

func (s spot) close() {}

func (s spot) mkdir(name string) error { return os.Mkdir(s.path(name), 0o777) }

func (s spot) symlink(target, name string) error { return os.Symlink(target, s.path(name)) }

func (s spot) link(folder spot, file, name string) error {
	return os.Link(folder.path(file), s.path(name))
}

// stat is the identity of what has the name, also when that is a link, and its permissions.
func (s spot) stat(name string) (id identity, perm uint32, err error) {
	info, err := os.Lstat(s.path(name))
	if err != nil {
		return identity{}, 0, err
	}
	return identityOf(info), uint32(info.Mode().Perm()), nil
}

func identityOf(info fs.FileInfo) identity {
	return identity{size: info.Size(), modified: info.ModTime().UnixNano(), regular: info.Mode().IsRegular()}
}

// fileIdentity is the identity of a file, or of what a link leads to.
func fileIdentity(path string) (identity, error) {
	info, err := os.Stat(path)
	if err != nil {
		return identity{}, err
	}
	return identityOf(info), nil
}

// readlink reads a link into a buffer, which must be longer than the target.
func (s spot) readlink(name string, buffer []byte) (int, error) {
	target, err := os.Readlink(s.path(name))
	return copy(buffer, target), err
}

func (s spot) write(name string, content []byte, perm uint32) (identity, error) {
	return s.create(name, perm, func(f *os.File) error {
		_, err := f.Write(content)
		return err
	})
}

func (s spot) create(name string, perm uint32, fill func(*os.File) error) (identity, error) {
	f, err := os.OpenFile(s.path(name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, fs.FileMode(perm))
	if err != nil {
		return identity{}, err
	}
	err = errors.Join(fill(f), f.Close())
	if err != nil {
		return identity{}, err
	}
	id, _, err := s.stat(name) // when it is closed: the time of an open file changes
	return id, err
}

// copy makes a copy of a file of so many bytes.
func (s spot) copy(from, name string, perm uint32, size int64) (identity, error) {
	source, err := os.Open(from)
	if err != nil {
		return identity{}, err
	}
	defer source.Close()
	id, err := s.create(name, perm, func(f *os.File) error {
		_, err := io.Copy(f, source)
		return err
	})
	if err == nil && id.size != size {
		err = &fs.PathError{Op: "copy", Path: from, Err: unpack.ErrDamaged}
	}
	return id, err
}

// names are the names of what is in the folder.
func (s spot) names() ([]string, error) {
	dir, err := os.Open(string(s))
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	return dir.Readdirnames(-1)
}

// noLink holds for the errors that say that a file can't be linked to here: any, as the copy that is made instead says what is wrong.
func noLink(error) bool { return true }

func noClone(error) bool { return true }
