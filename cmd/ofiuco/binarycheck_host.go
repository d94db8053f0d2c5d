package main

import (
	"path/filepath"
	"runtime"

	"github.com/ofiuco/ofiuco/interpreter"
)

// hostFolders are where loaders look for libraries that nothing names the folder of. On Debian those of the machine's own
// architecture are one deeper.
var hostFolders = []string{"/lib", "/usr/lib", "/lib64", "/usr/lib64", "/usr/local/lib", "/usr/local/lib64", "/lib/*-linux-gnu*", "/usr/lib/*-linux-gnu*", "/usr/local/lib/*-linux-gnu*"}

// hostLibraries tells which libraries the machine has beside those that all have: an environment on it may use them.
func hostLibraries(python interpreter.Info) func(library string) bool {
	if runtime.GOOS != "linux" {
		return nil
	}
	folders := []string{filepath.Join(python.BasePrefix, "lib")}
	for _, pattern := range hostFolders {
		found, err := filepath.Glob(pattern)
		if err == nil {
			folders = append(folders, found...)
		}
	}
	return func(library string) bool {
		if filepath.Base(library) != library {
			return false
		}
		for _, folder := range folders {
			if isFile(filepath.Join(folder, library)) {
				return true
			}
		}
		return false
	}
}
