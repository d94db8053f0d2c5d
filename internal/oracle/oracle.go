// Package oracle finds the pinned Python tools (packaging, pip, installer, uv, poetry, pex) that
// tests compare ofiuco with. It is used by tests only.
//
// The tools are installed by tools/install.sh into .tools/ at the root of the checkout, or stand
// where OFIUCO_TOOLS points. A test that needs one is skipped when it is missing, saying how to
// install it; under CI=true it fails instead, so that no comparison is skipped in silence.
package oracle

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"
)

// Python is the path of the tools' Python interpreter.
func Python(t testing.TB) string {
	t.Helper()
	return Tool(t, "python")
}

// Tool is the path of a tool ("uv", "poetry", "pex", …) of the tools' environment.
func Tool(t testing.TB, name string) string {
	t.Helper()
	path := filepath.Join(Dir(), "venv", "bin", name)
	if _, err := os.Stat(path); err != nil {
		Missing(t, name)
	}
	return path
}

// Program is the path of a system program (an apt package of tools/install.sh).
func Program(t testing.TB, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		Missing(t, name)
	}
	return path
}

// Sdist is the path of a file of tools/sdists.txt.
func Sdist(t testing.TB, file string) string {
	t.Helper()
	path := filepath.Join(Dir(), "sdists", file)
	if _, err := os.Stat(path); err != nil {
		Missing(t, file)
	}
	return path
}

// Dir is the folder that tools/install.sh fills.
func Dir() string {
	if dir := os.Getenv("OFIUCO_TOOLS"); dir != "" {
		return dir
	}
	_, file, _, _ := runtime.Caller(0)
	return filepath.Join(filepath.Dir(file), "..", "..", ".tools")
}

// Cases is how many generated cases a differential test compares: OFIUCO_CASES when it is set, else
// full under CI=true, else quick.
func Cases(t testing.TB, quick, full int) int {
	t.Helper()
	if text := os.Getenv("OFIUCO_CASES"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n <= 0 {
			t.Fatalf("OFIUCO_CASES=%q: want a positive number", text)
		}
		return n
	}
	if os.Getenv("CI") == "true" {
		return full
	}
	return quick
}

// Missing skips the test for want of what tools/install.sh installs, and fails it under CI=true.
func Missing(t testing.TB, name string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf("%s is missing: run tools/install.sh", name)
	}
	t.Skipf("%s is missing: run tools/install.sh to compare with it", name)
}
