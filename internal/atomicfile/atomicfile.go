// Package atomicfile writes files that appear whole or not at all.
//
// What is written goes to a temporary file on the same file system as its goal, and a rename gives it
// its name at the end. Rules:
//
//   - Before Commit the goal is what it was. After it, it is the new file, whole.
//   - A temporary file is removed by Close. What kill -9 leaves behind is named *.tmp-PID and is removed
//     by the next Create for the same path, or Sweep of the folder, that finds the process gone.
//   - Nothing is synced to the disk: this guards against dying processes, full disks and readers that
//     come in the middle, not against power that fails. Who can't make the file again must sync it.
//   - A goal that is no regular file (/dev/null, a pipe) is written to as it is, since renaming
//     would replace it.
package atomicfile

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// File is a file on its way to its name. It has all of *os.File's methods but Close means Commit's opposite.
type File struct {
	*os.File
	goal string // "" when the file is written to in place
	done bool
}

// Create begins the file at path. Its permissions will be perm less the umask, also where it replaces
// another file. When path is a symbolic link, what it points to is replaced.
func Create(path string, perm fs.FileMode) (*File, error) {
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target
	}
	info, err := os.Stat(path)
	switch {
	case err == nil && info.IsDir():
		return nil, &fs.PathError{Op: "create", Path: path, Err: errIsDir}
	case err == nil && !info.Mode().IsRegular():
		f, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			return nil, err
		}
		return &File{File: f}, nil
	}
	dir, prefix := filepath.Dir(path), "."+filepath.Base(path)
	_, _ = sweep(dir, shorten(prefix)+".") // a leftover that can't be removed is in no one's way
	f, err := CreateIn(dir, prefix, perm)
	if err != nil {
		if e := (*fs.PathError)(nil); errors.As(err, &e) {
			err = &fs.PathError{Op: "create", Path: path, Err: e.Err} // who reads it knows no other path
		}
		return nil, err
	}
	f.goal = path
	return f, nil
}

var errIsDir = errors.New("it is a folder")

// CreateIn begins a file whose name is not known yet: it is made in dir, which must be on the file system
// of its later name, and begins with prefix. CommitTo names it.
func CreateIn(dir, prefix string, perm fs.FileMode) (*File, error) {
	// The name is unique, so that O_EXCL can only fail on what an attacker planted.
	name := fmt.Sprintf("%s.%.10s%s", shorten(prefix), rand.Text(), suffix())
	f, err := os.OpenFile(filepath.Join(dir, name), os.O_RDWR|os.O_CREATE|os.O_EXCL, perm)
	if err != nil {
		return nil, err
	}
	return &File{File: f}, nil
}

// shorten keeps room for what is added to a name: file systems allow 255 bytes.
func shorten(name string) string { return name[:min(len(name), 128)] }

// Commit gives the file its name.
func (f *File) Commit() error { return f.CommitTo(f.goal) }

// CommitTo gives the file the name path. On error nothing has changed at path, and Close removes
// what was written.
func (f *File) CommitTo(path string) error {
	if f.done {
		return fs.ErrClosed
	}
	// Network file systems tell of a full disk only now.
	if err := f.File.Close(); err != nil {
		return err
	}
	if path != "" {
		if err := os.Rename(f.Name(), path); err != nil {
			return err
		}
	}
	f.done = true
	return nil
}

// Close removes the temporary file unless it was committed. It is safe to call at any time, any number
// of times.
func (f *File) Close() error {
	if f.done {
		return nil
	}
	f.done = true
	err := f.File.Close()
	if errors.Is(err, fs.ErrClosed) { // by a CommitTo that went wrong
		err = nil
	}
	if info, statErr := os.Lstat(f.Name()); statErr == nil && info.Mode().IsRegular() && IsTemporary(f.Name()) {
		err = errors.Join(err, os.Remove(f.Name()))
	}
	return err
}

// WriteFile writes a whole file at path as Create and Commit do.
func WriteFile(path string, data []byte, perm fs.FileMode) error {
	f, err := Create(path, perm)
	if err != nil {
		return err
	}
	defer f.Close()
	if _, err := f.Write(data); err != nil {
		return err
	}
	return f.Commit()
}
