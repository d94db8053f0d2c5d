package interpreter_test

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// environment is a Getenv of pairs of names and values.
func environment(pairs ...string) func(string) string {
	return func(name string) string {
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i] == name {
				return pairs[i+1]
			}
		}
		return ""
	}
}

// write makes a file and the folders above it.
func write(t testing.TB, path, text string, perm os.FileMode) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), perm); err != nil {
		t.Fatal(err)
	}
}

// program writes a shell script.
func program(t testing.TB, path, script string) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the programs of this test are shell scripts")
	}
	write(t, path, "#!/bin/sh\n"+script, 0o777)
}

// fake writes an interpreter of a version ("3.12.4", "3.13.0t", "pypy3.10.16") that notes each of its starts.
func fake(t testing.TB, path, python string) {
	t.Helper()
	implementation, library := "CPython", "python"
	full, isPyPy := strings.CutPrefix(python, "pypy")
	if isPyPy {
		implementation, library = "PyPy", "pypy"
	}
	full = strings.TrimSuffix(full, "t")
	answer := fmt.Sprintf(`{"executable": "$0", "python": %q, "full_version": %q, "platform": "manylinux_2_36_x86_64", "base_executable": "$0", "implementation": %q, "library": %q}`,
		python, full, implementation, library+full[:strings.LastIndexByte(full, '.')])
	program(t, path, "echo start >> '"+path+".starts'\ncat <<END\n"+answer+"\nEND\n")
}

// starts is how often a fake was started.
func starts(t testing.TB, path string) int {
	t.Helper()
	text, err := os.ReadFile(path + ".starts")
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return strings.Count(string(text), "start")
}
