package sdist_test

import (
	"archive/zip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ofiuco/ofiuco/internal/oracle"
	"github.com/ofiuco/ofiuco/sdist"
)

// writeTree writes the files of a source tree.
func writeTree(t testing.TB, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// newBuild is a build of the source tree in dir, with the Python of an environment.
func newBuild(t testing.TB, dir, python string) *sdist.Build {
	t.Helper()
	system, err := sdist.ReadSystem(dir)
	if err != nil {
		t.Fatal(err)
	}
	return &sdist.Build{
		Package: "alpha 1.0", Name: "alpha", Dir: dir, System: system, Python: python, Scratch: t.TempDir(),
		Environ: []string{"CC=cc", "CFLAGS=-O2 -g0 -fPIC"},
	}
}

// inTree is a build of a tree whose backend is in the tree: testdata/backend.py and then code. It needs no requirement.
func inTree(t testing.TB, code string) *sdist.Build {
	t.Helper()
	start, err := os.ReadFile("testdata/backend.py")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	writeTree(t, dir, map[string]string{
		"pyproject.toml":     "[build-system]\nrequires = []\nbuild-backend = \"backend\"\nbackend-path = [\"tools\"]\n",
		"tools/backend.py":   string(start) + code,
		"tools/also_here.py": "",
	})
	return newBuild(t, dir, oracle.Python(t))
}

// says is what a backend prints while it builds, by code in its build_wheel.
func says(t testing.TB, change func(*sdist.Build), code ...string) string {
	t.Helper()
	b := inTree(t, "def build_wheel(folder, config_settings=None, metadata_directory=None):\n    "+
		strings.Join(code, "\n    ")+"\n    return write_wheel(folder)\n")
	var output strings.Builder
	b.Output = &output
	if change != nil {
		change(b)
	}
	build(t, b)
	return output.String()
}

// build builds a wheel.
func build(t testing.TB, b *sdist.Build) string {
	t.Helper()
	path, err := b.Wheel(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(report(err))
	}
	return path
}

// report is all that an error says.
func report(err error) string {
	var failed *sdist.Error
	if !errors.As(err, &failed) {
		return err.Error()
	}
	return failed.Error() + "\n" + failed.Hint + "\n" + strings.Join(failed.Output, "\n")
}

// failure is the error of a build that must fail.
func failure(t testing.TB, b *sdist.Build) *sdist.Error {
	t.Helper()
	path, err := b.Wheel(t.Context(), t.TempDir())
	var failed *sdist.Error
	if !errors.As(err, &failed) {
		t.Fatalf("the build gave %q and %v, want an *Error", path, err)
	}
	return failed
}

// digest is the SHA-256 of a file.
func digest(t testing.TB, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// members are the files in a wheel.
func members(t testing.TB, path string) map[string]string {
	t.Helper()
	archive, err := zip.OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	defer archive.Close()
	files := map[string]string{}
	for _, file := range archive.File {
		r, err := file.Open()
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasSuffix(file.Name, "/") {
			files[file.Name] = string(data)
		}
	}
	return files
}
