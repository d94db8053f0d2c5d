//go:build !linux && !darwin

package unpack

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// spot is a folder. What is in it is reached by slash-separated paths.
type spot string

func openSpot(dir string) (spot, error) {
	info, err := os.Lstat(dir)
	if err == nil && !info.IsDir() {
		err = &fs.PathError{Op: "open", Path: dir, Err: errors.New("it is not a folder")}
	}
	return spot(dir), err
}

func (s spot) close() {}

func (s spot) at(path string) string { return filepath.Join(string(s), filepath.FromSlash(path)) }

// isFile holds for a regular file of a size that was not written to since it was unpacked. Who may execute it is no mode of
// the file here.
func (s spot) isFile(path string, size int64, _ bool) bool {
	info, err := os.Lstat(s.at(path))
	return err == nil && info.Mode().IsRegular() && info.Mode()&0o222 == 0 && info.Size() == size && info.ModTime().Equal(unpackedTime)
}

// isFolder holds for a folder that nothing was added to or removed from since it was unpacked.
func (s spot) isFolder(path string) bool {
	info, err := os.Lstat(s.at(path))
	return err == nil && info.IsDir() && info.ModTime().Equal(unpackedTime)
}

// list gives the names in a folder.
func (s spot) list(path string) ([]string, error) {
	f, err := os.Open(s.at(path))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return f.Readdirnames(-1)
}

func (s spot) mkdir(path string) error { return os.Mkdir(s.at(path), 0o777) }

func (s spot) remove(path string) error { return os.Remove(s.at(path)) }

func (s spot) chmod(path string, perm fs.FileMode) error { return os.Chmod(s.at(path), perm) }

func (s spot) setTime(path string) error { return os.Chtimes(s.at(path), unpackedTime, unpackedTime) }

// create makes a file that did not exist.
func (s spot) create(path string, perm fs.FileMode) (*output, error) {
	f, err := os.OpenFile(s.at(path), os.O_WRONLY|os.O_CREATE|os.O_EXCL, perm)
	return &output{f}, err
}

// output is a file on its way.
type output struct{ *os.File }

// Close sets the file's time, too.
func (o *output) Close() error {
	err := o.File.Close()
	return errors.Join(err, os.Chtimes(o.Name(), unpackedTime, unpackedTime))
}
