package build

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/ofiuco/ofiuco/buildlock"
	"github.com/ofiuco/ofiuco/internal/atomicfile"
	"github.com/ofiuco/ofiuco/pypa/name"
	"github.com/ofiuco/ofiuco/pypa/version"
	"github.com/ofiuco/ofiuco/resolve"
)

// LockFile is the build lock of a project, on disk. It is not safe for concurrent use.
type LockFile struct {
	Path string
	// Frozen forbids to change it: what it lacks is an error.
	Frozen bool

	lock *buildlock.Lock
	data []byte // as it was read
}

// OpenLock reads the build lock at path; one that is not there is empty.
func OpenLock(path string, frozen bool) (*LockFile, error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return &LockFile{Path: path, Frozen: frozen, lock: &buildlock.Lock{}}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the build lock: %w", err)
	}
	l, err := buildlock.Parse(path, data)
	if err != nil {
		return nil, err
	}
	return &LockFile{Path: path, Frozen: frozen, lock: l, data: data}, nil
}

// Save writes the file when something was added, and says whether it did.
func (f *LockFile) Save() (changed bool, err error) {
	data := f.lock.Encode()
	if f.data == nil && f.lock.Len() == 0 || bytes.Equal(data, f.data) {
		return false, nil
	}
	if err := atomicfile.WriteFile(f.Path, data, 0o666); err != nil {
		return false, fmt.Errorf("writing the build lock: %w", err)
	}
	f.data = data
	return true, nil
}

func (f *LockFile) lookup(key buildlock.Key) ([]resolve.Pin, bool) { return f.lock.Lookup(key) }

func (f *LockFile) add(key buildlock.Key, pins []resolve.Pin) error { return f.lock.Add(key, pins) }

// mayChange is an error when the lock is frozen.
func (f *LockFile) mayChange(key buildlock.Key) error {
	if !f.Frozen {
		return nil
	}
	return f.explain(key)
}

// explain is the error for a build that the lock does not know, and nil for one that it knows.
func (f *LockFile) explain(key buildlock.Key) error {
	e := f.lock.Explain(key)
	if e == nil {
		return nil
	}
	e.Path = filepath.ToSlash(f.Path)
	e.Hint = "run the command once without --frozen, and commit the build lock"
	return e
}

// prefer are the versions that the lock has already, and over them those given.
func (f *LockFile) prefer(over map[name.Name]version.Version) map[name.Name]version.Version {
	versions := f.lock.Versions()
	for n, v := range over {
		versions[n] = v
	}
	return versions
}
