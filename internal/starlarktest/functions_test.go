package starlarktest

import (
	"io/fs"
	"path/filepath"
	"strings"
	"testing"

	"go.starlark.net/starlark"
)

// TestFunctions calls the functions test_* of every tests/*_test.bzl. Bazel calls those in the file's TESTS, so that none
// may be missing there.
func TestFunctions(t *testing.T) {
	files := 0
	err := filepath.WalkDir(Root(), func(path string, _ fs.DirEntry, err error) error {
		if err != nil || filepath.Base(filepath.Dir(path)) != "tests" || !strings.HasSuffix(path, "_test.bzl") {
			return err
		}
		files++
		dir, err := filepath.Rel(Root(), filepath.Dir(path))
		label := "//" + filepath.ToSlash(dir) + ":" + filepath.Base(path)
		t.Run(label, func(t *testing.T) {
			m := Load(t, label)
			listed := map[starlark.Value]bool{}
			if tests, ok := m.Globals["TESTS"].(*starlark.List); ok {
				for test := range tests.Elements() {
					listed[test] = true
				}
			}
			for name, function := range m.Globals {
				if !strings.HasPrefix(name, "test_") {
					continue
				}
				if !listed[function] {
					t.Errorf("%s is not in TESTS", name)
				}
				t.Run(name, func(t *testing.T) { Load(t, label).Call(name) })
			}
		})
		return err
	})
	if err != nil || files == 0 {
		t.Errorf("%d files of tests, %v", files, err)
	}
}
