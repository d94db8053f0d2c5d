package lock

import (
	"os"
	"path/filepath"
	"testing"
)

// TestFreshLocks checks every lock that a tool wrote against the pyproject.toml it wrote it for.
func TestFreshLocks(t *testing.T) {
	var locks []string
	for _, pattern := range []string{"testdata/uv/*/uv.lock", "testdata/poetry/*/poetry.lock"} {
		found, err := filepath.Glob(filepath.FromSlash(pattern))
		if err != nil || len(found) == 0 {
			t.Fatalf("%s: %d, %v", pattern, len(found), err)
		}
		locks = append(locks, found...)
	}
	for _, path := range locks {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		pyproject, err := os.ReadFile(filepath.Join(filepath.Dir(path), "pyproject.toml"))
		if err != nil {
			continue
		}
		if err := CheckFresh(Input{Path: path, Data: data, Pyproject: pyproject, PyprojectPath: "pyproject.toml"}); err != nil {
			t.Errorf("%s: %v, %q", path, err, err.(*Error).Facts)
		}
	}
}
