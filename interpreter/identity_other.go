//go:build !linux && !darwin

package interpreter

import (
	"fmt"
	"os"
	"runtime"
)

// identify tells a file from itself after a change, as far as size and time do. "" when there is no such file.
func identify(path string) string {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() {
		return ""
	}
	return fmt.Sprintf("%d:%d", info.Size(), info.ModTime().UnixNano())
}

// system is the kind of system.
func system() string { return runtime.GOOS + " " + runtime.GOARCH }
