//go:build !unix

package venv

import (
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"

	"github.com/rogpeppe/go-internal/lockedfile"
)

// lockFolder waits until no other process replaces an environment in a folder.
func lockFolder(dir string) (unlock func()) {
	name := fmt.Sprintf("ofiuco-%08x.lock", crc32.ChecksumIEEE([]byte(dir)))
	unlock, err := lockedfile.MutexAt(filepath.Join(os.TempDir(), name)).Lock()
	if err != nil {
		return func() {}
	}
	return unlock
}

func (g *goal) mustReplaceParts() bool { return false }

func isMountPoint(error) bool { return false }

func isReadOnly(error) bool { return false }
