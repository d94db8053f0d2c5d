package atomicfile

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// MkdirIn makes a temporary folder in dir, whose name begins with prefix. It is named and swept as a
// temporary file is: what fills it renames it, or removes it with RemoveAll.
func MkdirIn(dir, prefix string, perm fs.FileMode) (string, error) {
	path := filepath.Join(dir, fmt.Sprintf("%s.%.10s%s", shorten(prefix), rand.Text(), suffix()))
	return path, os.Mkdir(path, perm)
}

// SweepBeside removes what dead processes left of temporary files and folders whose names begin with prefix in dir.
func SweepBeside(dir, prefix string) { _, _ = sweep(dir, shorten(prefix)+".") }

// RemoveAll removes path and all that is in it, also folders that may not be written to.
func RemoveAll(path string) error {
	err := os.RemoveAll(path)
	if !errors.Is(err, fs.ErrPermission) {
		return err
	}
	_ = filepath.WalkDir(path, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() {
			_ = os.Chmod(path, 0o700) // RemoveAll says what is in the way
		}
		return nil
	})
	return os.RemoveAll(path)
}
