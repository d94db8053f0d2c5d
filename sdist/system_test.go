package sdist_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ofiuco/ofiuco/sdist"
)

const legacy = "setuptools.build_meta:__legacy__"

func TestReadSystem(t *testing.T) {
	for name, test := range map[string]struct {
		files map[string]string
		want  sdist.System
	}{
		"setup.py alone": {map[string]string{"setup.py": ""}, sdist.System{Requires: []string{"setuptools>=40.8.0"}, Backend: legacy}},
		"no build-system": {
			map[string]string{"pyproject.toml": "[tool.black]\n"},
			sdist.System{Requires: []string{"setuptools>=40.8.0"}, Backend: legacy},
		},
		"no backend": {
			map[string]string{"pyproject.toml": "[build-system]\nrequires = ['Setuptools', 'Cython; python_version<\"4\"']\n"},
			sdist.System{Requires: []string{"Setuptools", `Cython; python_version<"4"`}, Backend: legacy},
		},
		"no backend and no setuptools": {
			map[string]string{"pyproject.toml": "[build-system]\nrequires = ['Cython']\n"},
			sdist.System{Requires: []string{"Cython", "setuptools>=40.8.0"}, Backend: legacy},
		},
		"all": {
			map[string]string{
				"pyproject.toml": "[build-system]\nrequires = []\nbuild-backend = 'a.b:c.d'\nbackend-path = ['.', 'tools/in']\n", "tools/in/a.py": "",
			},
			sdist.System{Backend: "a.b:c.d", BackendPath: []string{".", "tools/in"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			writeTree(t, dir, test.files)
			got, err := sdist.ReadSystem(dir)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(&test.want, got); diff != "" {
				t.Errorf("want -, got +:\n%s", diff)
			}
		})
	}
}

func TestReadSystemErrors(t *testing.T) {
	head := "[build-system]\nrequires = []\nbuild-backend = 'backend'\n"
	for name, test := range map[string]struct{ text, want string }{
		"nothing":          {"", "the source has neither pyproject.toml nor setup.py, so that nothing says how to build it"},
		"no TOML":          {"[build-system\n", "pyproject.toml:1: "},
		"no requires":      {"\n[build-system]\nbuild-backend = 'x'\n", "pyproject.toml:2: build-system has no requires, which PEP 518 demands"},
		"no list":          {"[build-system]\nrequires = 'x'\n", "pyproject.toml:2: build-system.requires must be an array, found a string"},
		"no table":         {"build-system = 1\n", "pyproject.toml:1: build-system must be a table, found an integer"},
		"no requirement":   {"[build-system]\nrequires = [\n  'a',\n  '-e .',\n]\n", "pyproject.toml:4: build-system.requires: "},
		"no object":        {"[build-system]\nrequires = []\nbuild-backend = 'os; x'\n", `pyproject.toml:3: build-system.build-backend: "os; x" names no Python object`},
		"a path alone":     {"[build-system]\nrequires = []\nbackend-path = ['.']\n", "pyproject.toml:3: build-system.backend-path needs a build-backend"},
		"outside":          {head + "backend-path = ['..']\n", `pyproject.toml:4: build-system.backend-path: ".." is not in the source`},
		"outside and back": {head + "backend-path = ['a/../../b']\n", `pyproject.toml:4: build-system.backend-path: "a/../../b" is not in the source`},
		"absolute":         {head + "backend-path = ['/tmp']\n", `pyproject.toml:4: build-system.backend-path: "/tmp" is not in the source`},
		"through a link":   {head + "backend-path = ['link']\n", `pyproject.toml:4: build-system.backend-path: "link" is not a folder of the source`},
		"not there":        {head + "backend-path = ['none']\n", `pyproject.toml:4: build-system.backend-path: "none" is not a folder of the source`},
		"a file":           {head + "backend-path = ['pyproject.toml']\n", `pyproject.toml:4: build-system.backend-path: "pyproject.toml" is no folder`},
		"escape codes":     {head + "backend-path = ['\\u001b[2J']\n", "pyproject.toml:4: "},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if test.text != "" {
				writeTree(t, dir, map[string]string{"pyproject.toml": test.text})
			}
			if err := os.Symlink("..", filepath.Join(dir, "link")); err != nil {
				t.Skip(err)
			}
			_, err := sdist.ReadSystem(dir)
			var failed *sdist.Error
			if !errors.As(err, &failed) || !strings.HasPrefix(err.Error(), test.want) || failed.Hint == "" {
				t.Errorf("got %v, want %q and a hint", err, test.want)
			}
			if err != nil && strings.ContainsAny(err.Error(), "\x1b\n") {
				t.Errorf("%q has control characters", err)
			}
		})
	}
}

func FuzzReadSystem(f *testing.F) {
	f.Add("[build-system]\nrequires = ['a>=1']\nbuild-backend = 'a.b:c'\nbackend-path = ['.']\n")
	f.Add("[build-system]\nrequires = ['']\n")
	f.Add("build-system.requires = [1]")
	f.Fuzz(func(t *testing.T, text string) {
		dir := t.TempDir()
		writeTree(t, dir, map[string]string{"pyproject.toml": text})
		system, err := sdist.ReadSystem(dir)
		var failed *sdist.Error
		switch {
		case err == nil && (system.Backend == "" || len(system.BackendPath) > 0 && system.Backend == legacy):
			t.Errorf("%+v", system)
		case err != nil && !errors.As(err, &failed):
			t.Errorf("the error is no *Error: %v", err)
		case err != nil && strings.ContainsAny(err.Error(), "\x1b\n\r"):
			t.Errorf("%q has control characters", err)
		}
	})
}
