package venv_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ofiuco/ofiuco/interpreter"
	"github.com/ofiuco/ofiuco/tree"
	"github.com/ofiuco/ofiuco/venv"
)

// noPython is enough of an interpreter for tests that run none.
func noPython(t testing.TB) interpreter.Info {
	t.Helper()
	path := filepath.Join(t.TempDir(), "python3.12")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	return infoOf(path)
}

// snapshot is all that is in a folder: modes, link targets and texts, by path. What is temporary is an error.
func snapshot(t testing.TB, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		if strings.Contains(entry.Name(), ".tmp-") {
			t.Errorf("%s is left", path)
		}
		text := ""
		switch {
		case info.Mode()&fs.ModeSymlink != 0:
			text, err = os.Readlink(path)
		case info.Mode().IsRegular() && entry.Name() != ".ofiuco":
			var data []byte
			data, err = os.ReadFile(path)
			text = string(data)
		}
		all[strings.TrimPrefix(path, dir)] = info.Mode().String() + " " + text
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// mustMake makes an environment that must come about.
func mustMake(t testing.TB, o venv.Options) *venv.Report {
	t.Helper()
	report, err := venv.Make(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func TestExactness(t *testing.T) {
	packages := some(t, t.TempDir())
	newer := unpacked(t, t.TempDir(), "alpha", "2.0", files{"alpha/__init__.py": "VALUE = 4\n"})
	for _, mode := range modes {
		t.Run(string(mode), func(t *testing.T) {
			parent := t.TempDir()
			o := venv.Options{Dir: filepath.Join(parent, "env"), Interpreter: noPython(t), Packages: packages, Mode: mode}
			mustMake(t, o)
			fresh := snapshot(t, o.Dir)
			for _, extra := range []string{"lib/python3.12/site-packages/extra/__init__.py", "bin/extra", "share/extra", "extra"} {
				path := filepath.Join(o.Dir, extra)
				if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, nil, 0o644)); err != nil {
					t.Fatal(err)
				}
			}
			o.Packages = []venv.Package{packages[1], newer}
			report := mustMake(t, o)
			if !slices.Equal(report.Added, []string{"alpha 2.0"}) || !slices.Equal(report.Removed, []string{"alpha 1.0", "gam-ma 3.0"}) {
				t.Errorf("got %+v", report)
			}
			if _, err := os.Stat(filepath.Join(o.Dir, "bin", "alpha-run")); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("a removed package's script: %v", err)
			}
			o.Packages = slices.Clone(packages)
			slices.Reverse(o.Packages)
			mustMake(t, o)
			same(t, fresh, snapshot(t, o.Dir))
			if entries, _ := os.ReadDir(parent); len(entries) != 1 {
				t.Errorf("beside the environment there are %v", entries)
			}
		})
	}
}

// same compares snapshots.
func same(t testing.TB, want, got map[string]string) {
	t.Helper()
	for path, text := range want {
		if got[path] != text {
			t.Errorf("%s is %q, want %q", path, got[path], text)
		}
	}
	for path := range got {
		if _, expected := want[path]; !expected {
			t.Errorf("%s is there, too", path)
		}
	}
}

// TestCollisions: whatever two packages want one path for, an error names both, and nothing has changed.
func TestCollisions(t *testing.T) {
	store := t.TempDir()
	base := unpacked(t, store, "one", "1.0", files{
		"pkg/mod.py": "1", "top.py": "1", "one-1.0.data/data/share/x/y": "1",
		"one-1.0.dist-info/entry_points.txt": "[console_scripts]\nrun = pkg:main\n",
	})
	for name, test := range map[string]struct {
		members files
		want    string
	}{
		"other bytes":               {files{"pkg/mod.py": "2"}, `one 1.0 and two 1.0 bring different files to "lib/python3.12/site-packages/pkg/mod.py": leave one of them out`},
		"at the top":                {files{"top.py": "2"}, `one 1.0 and two 1.0 bring different files to "lib/python3.12/site-packages/top.py": leave one of them out`},
		"a file for a folder":       {files{"pkg": "2"}, `"lib/python3.12/site-packages/pkg" is a file of two 1.0 and a folder of one 1.0: leave one of them out`},
		"a folder for a file":       {files{"top.py/x": "2"}, `"lib/python3.12/site-packages/top.py" is a file of one 1.0 and a folder of two 1.0: leave one of them out`},
		"a deep folder for a file":  {files{"pkg/mod.py/x": "2"}, `"lib/python3.12/site-packages/pkg/mod.py" is a file of one 1.0 and a folder of two 1.0: leave one of them out`},
		"data":                      {files{"two-1.0.data/data/share/x/y": "2"}, `one 1.0 and two 1.0 bring different files to "share/x/y": leave one of them out`},
		"data below a data file":    {files{"two-1.0.data/data/share/x/y/z": "2"}, `"share/x/y" is a file of one 1.0 and a folder of two 1.0: leave one of them out`},
		"data above a data file":    {files{"two-1.0.data/data/share/x": "2"}, `"share/x" is a file of two 1.0 and a folder of one 1.0: leave one of them out`},
		"data in packages":          {files{"two-1.0.data/data/lib/python3.12/site-packages/top.py": "2"}, `one 1.0 and two 1.0 bring different files to "lib/python3.12/site-packages/top.py": leave one of them out`},
		"data by the other name":    {files{"two-1.0.data/data/lib64/python3.12/site-packages/top.py": "2"}, `one 1.0 and two 1.0 bring different files to "lib/python3.12/site-packages/top.py": leave one of them out`},
		"a script":                  {files{"two-1.0.data/scripts/run": "2"}, `one 1.0 and two 1.0 bring different files to "bin/run": leave one of them out`},
		"the environment's own":     {files{"two-1.0.data/data/.gitignore": "2"}, `the virtual environment and two 1.0 bring different files to ".gitignore": leave one of them out`},
		"the environment's link":    {files{"two-1.0.data/data/lib64": "2"}, `the virtual environment and two 1.0 bring different files to "lib64": leave one of them out`},
		"within itself":             {files{"late.py": "1", "two-1.0.data/purelib/late.py": "2"}, `two 1.0 brings two different files to "lib/python3.12/site-packages/late.py"`},
		"the state of environments": {files{"two-1.0.data/data/.ofiuco": "2"}, `the virtual environment and two 1.0 bring different files to ".ofiuco": leave one of them out`},
	} {
		for _, mode := range modes {
			t.Run(name+" "+string(mode), func(t *testing.T) {
				other := unpacked(t, store, "two", "1.0", test.members)
				parent := t.TempDir()
				o := venv.Options{Dir: filepath.Join(parent, "env"), Interpreter: noPython(t), Packages: []venv.Package{base}, Mode: mode}
				mustMake(t, o)
				before := snapshot(t, parent)
				o.Packages = []venv.Package{other, base}
				_, err := venv.Make(t.Context(), o)
				var collision *tree.CollisionError
				if !errors.As(err, &collision) || !strings.HasSuffix(err.Error(), test.want) {
					t.Errorf("got  %v\nwant %s", err, test.want)
				}
				same(t, before, snapshot(t, parent))
			})
		}
	}
	t.Run("same bytes", func(t *testing.T) {
		other := unpacked(t, store, "two", "1.0", files{"pkg/mod.py": "1", "pkg/more.py": "2", "top.py": "1"})
		o := venv.Options{Dir: filepath.Join(t.TempDir(), "env"), Interpreter: noPython(t), Packages: []venv.Package{other, base}, Mode: venv.Symlink}
		mustMake(t, o)
		target, err := os.Readlink(filepath.Join(o.Dir, "lib/python3.12/site-packages/top.py"))
		if err != nil || target != filepath.Join(base.Wheel.Dir, "top.py") {
			t.Errorf("%q, %v", target, err)
		}
	})
}

// TestRefusals: what is no environment is not replaced, and what can't be one is not made.
func TestRefusals(t *testing.T) {
	parent := t.TempDir()
	for path, text := range map[string]string{"file": "x", "full/file": "x", "project/pyproject.toml": "x", "project/pyvenv.cfg": "x"} {
		path = filepath.Join(parent, path)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("gone", filepath.Join(parent, "dangling")); err != nil {
		t.Fatal(err)
	}
	before := snapshot(t, parent)
	info := noPython(t)
	for _, test := range []struct {
		options venv.Options
		want    string
	}{
		{venv.Options{Dir: "file"}, "is to replace a file"},
		{venv.Options{Dir: "file/env"}, "not a directory"},
		{venv.Options{Dir: "full"}, `is not empty and no virtual environment (it has no pyvenv.cfg): choose another folder, or remove it`},
		{venv.Options{Dir: "project"}, `holds a project (pyproject.toml)`},
		{venv.Options{Dir: "dangling"}, "is a link that leads nowhere"},
		{venv.Options{Dir: "a:b"}, `holds ":", which divides the folders of PATH`},
		{venv.Options{Dir: "a\nb"}, `env\na`},
		{venv.Options{Dir: "a\x1bb"}, `a\x1bb`},
		{venv.Options{Dir: "env", Prompt: "a\nb"}, `the prompt "a\nb" holds a control character`},
		{venv.Options{Dir: "env", Mode: "hard"}, `link mode "hard" is none of symlink, clone, hardlink and copy`},
	} {
		o := test.options
		o.Interpreter = info
		o.Dir = filepath.Join(parent, o.Dir)
		if strings.Contains(o.Dir, "\n") {
			test.want = `a\nb`
		}
		if _, err := venv.Make(t.Context(), o); err == nil || !strings.Contains(err.Error(), test.want) || strings.ContainsAny(err.Error(), "\n\x1b") {
			t.Errorf("%q: got %v, want %q", o.Dir, err, test.want)
		}
	}
	same(t, before, snapshot(t, parent))
}

// TestGoals: folders above are made, links are followed, and an environment of another tool is replaced.
func TestGoals(t *testing.T) {
	parent := t.TempDir()
	info := noPython(t)
	mustMake(t, venv.Options{Dir: filepath.Join(parent, "a/b/env"), Interpreter: info})
	if err := os.Mkdir(filepath.Join(parent, "empty"), 0o700); err != nil {
		t.Fatal(err)
	}
	mustMake(t, venv.Options{Dir: filepath.Join(parent, "empty"), Interpreter: info})
	link := filepath.Join(parent, "link")
	if err := os.Symlink("a/b/env", link); err != nil {
		t.Fatal(err)
	}
	other := filepath.Join(parent, "a/b/env")
	if err := os.Remove(filepath.Join(other, ".ofiuco")); err != nil {
		t.Fatal(err)
	}
	mustMake(t, venv.Options{Dir: link, Interpreter: info, Inputs: "x"})
	if info, err := os.Lstat(link); err != nil || info.Mode()&fs.ModeSymlink == 0 {
		t.Error("the link was replaced")
	}
	if _, current := venv.Current(other, "x"); !current {
		t.Error("what the link points to was not replaced")
	}
	activate, err := os.ReadFile(filepath.Join(other, "bin", "activate"))
	if err != nil || !strings.Contains(string(activate), "VIRTUAL_ENV='"+link+"'") {
		t.Error("activate has another path than the one that was asked for")
	}
}

// TestCancel leaves nothing.
func TestCancel(t *testing.T) {
	parent := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	o := venv.Options{Dir: filepath.Join(parent, "env"), Interpreter: noPython(t), Packages: some(t, t.TempDir())}
	if _, err := venv.Make(ctx, o); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if entries, err := os.ReadDir(parent); err != nil || len(entries) != 0 {
		t.Errorf("%v, %v are left", entries, err)
	}
}
