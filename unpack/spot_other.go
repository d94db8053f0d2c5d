//go:build !linux && !darwin

package unpack

import (
	"os"
	"path/filepath"
)

// spot is a folder whose files are looked at by their paths in it.
type spot string

func openSpot(dir string) (spot, error) {
	_, err := os.Lstat(dir)
	return spot(dir), err
}

func (s spot) close() {}

// isFile holds for a regular file of a size (any, when it is negative) that was not written to since it was unpacked.
func (s spot) isFile(path string, size int64, _ bool) bool {
	info, err := os.Lstat(filepath.Join(string(s), filepath.FromSlash(path)))
	return err == nil && info.Mode().IsRegular() && (size < 0 || info.Size() == size) && info.ModTime().Equal(unpackedTime)
}

// isFolder holds for a folder that nothing was added to or removed from since it was unpacked.
func (s spot) isFolder(path string) bool {
	info, err := os.Lstat(filepath.Join(string(s), filepath.FromSlash(path)))
	return err == nil && info.IsDir() && info.ModTime().Equal(unpackedTime)
}
