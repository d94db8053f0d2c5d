package starlarktest

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/bazelbuild/buildtools/build"
	"github.com/bazelbuild/buildtools/warn"
)

// isBazel tells whether Bazel reads a file, by its name.
func isBazel(name string) bool {
	switch name {
	case "BUILD", "BUILD.bazel", "WORKSPACE", "WORKSPACE.bazel", "MODULE.bazel":
		return true
	}
	return strings.HasSuffix(name, ".bzl")
}

// TestFormat holds every file of the ruleset, of its examples and its benchmark to buildifier's format and all that it warns of.
func TestFormat(t *testing.T) {
	repository := filepath.Dir(Root())
	for _, root := range []string{Root(), filepath.Join(repository, "examples", "bazel"), filepath.Join(repository, "bench", "bazel")} {
		reader := warn.NewFileReader(func(name string) ([]byte, error) {
			data, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(name)))
			if errors.Is(err, fs.ErrNotExist) {
				return nil, nil // of another repository
			}
			return data, err
		})
		files := 0
		err := filepath.WalkDir(root, func(full string, entry fs.DirEntry, err error) error {
			if err == nil && entry.IsDir() && strings.HasPrefix(entry.Name(), "bazel-") {
				return filepath.SkipDir
			}
			if err != nil || entry.IsDir() || !isBazel(entry.Name()) {
				return err
			}
			files++
			relative, err := filepath.Rel(root, full)
			if err != nil {
				return err
			}
			data, err := os.ReadFile(full)
			if err != nil {
				return err
			}
			t.Run(filepath.ToSlash(relative), func(t *testing.T) { checkFormat(t, filepath.ToSlash(relative), data, reader) })
			return nil
		})
		if err != nil || files == 0 {
			t.Errorf("%s: %d files, %v", root, files, err)
		}
	}
}

// warnings are buildifier's own choice, but for those that native rules be loaded from repositories, which Bazel 4 does without.
func warnings() []string {
	return slices.DeleteFunc(slices.Clone(warn.DefaultWarnings), func(category string) bool { return strings.HasPrefix(category, "native-") })
}

func checkFormat(t *testing.T, name string, data []byte, reader *warn.FileReader) {
	t.Helper()
	f, err := build.Parse(name, data)
	if err != nil {
		t.Fatal(err)
	}
	if f.Pkg = path.Dir(name); f.Pkg == "." {
		f.Pkg = ""
	}
	f.Label = path.Base(name)
	for _, finding := range warn.FileWarnings(f, warnings(), nil, warn.ModeWarn, reader) {
		t.Errorf("%s:%d: %s: %s", name, finding.Start.Line, finding.Category, finding.Message)
	}
	if !bytes.Equal(build.Format(f), data) {
		t.Errorf("%s is not formatted: run buildifier %s", name, name)
	}
}
