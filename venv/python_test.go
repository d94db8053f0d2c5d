package venv_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/ofiuco/ofiuco/internal/oracle"
	"github.com/ofiuco/ofiuco/interpreter"
	"github.com/ofiuco/ofiuco/venv"
)

// somePythons are pyenv's interpreters of CPython 3.8 and newer, else the host's.
func somePythons(t *testing.T) []interpreter.Info {
	t.Helper()
	root := os.Getenv("PYENV_ROOT")
	if root == "" {
		home, _ := os.UserHomeDir()
		root = filepath.Join(home, ".pyenv")
	}
	found, _ := filepath.Glob(filepath.Join(root, "versions", "3.*", "bin", "python3"))
	var all []interpreter.Info
	for _, path := range found {
		info, err := interpreter.Query(t.Context(), path)
		if err != nil || slices.Contains([]string{"python3.6", "python3.7"}, info.Library) {
			continue
		}
		all = append(all, info)
	}
	if len(all) == 0 {
		all = append(all, hostPython(t))
	}
	// The oldest and the newest tell most.
	slices.SortFunc(all, func(a, b interpreter.Info) int {
		return cmp.Or(len(a.Library)-len(b.Library), strings.Compare(a.Library, b.Library))
	})
	for len(all) > oracle.Cases(t, 2, 100) {
		all = slices.Delete(all, 1, 2)
	}
	return all
}

// describeEnvironment prints where an interpreter has everything.
const describeEnvironment = `
import json, site, sys, sysconfig
print(json.dumps({
    "prefix": sys.prefix, "exec_prefix": sys.exec_prefix, "base_prefix": sys.base_prefix, "base_exec_prefix": sys.base_exec_prefix,
    "executable": sys.executable, "base_executable": sys._base_executable, "path": sys.path[1:], "flags": list(sys.flags),
    "site": getattr(site, "getsitepackages", list)(), "user_site": site.ENABLE_USER_SITE, "paths": sysconfig.get_paths(),
}, sort_keys=True, indent=1))`

// TestLikeCPythons holds environments against those of python -m venv, of every Python.
func TestLikeCPythons(t *testing.T) {
	store := t.TempDir()
	for _, info := range somePythons(t) {
		t.Run(info.FullVersion, func(t *testing.T) {
			t.Parallel()
			parent := t.TempDir()
			ours, theirs := filepath.Join(parent, "ours"), filepath.Join(parent, "theirs")
			if out, err := exec.Command(info.Executable, "-m", "venv", "--without-pip", theirs).CombinedOutput(); err != nil {
				t.Skipf("python -m venv: %v\n%s", err, out)
			}
			packages := append(some(t, filepath.Join(store, info.FullVersion)), bundled(t, store, info, "pip")...)
			if _, err := venv.Make(t.Context(), venv.Options{Dir: ours, Interpreter: info, Packages: packages}); err != nil {
				t.Fatal(err)
			}
			for _, flag := range []string{"-E", "-I", "-S"} {
				want := strings.ReplaceAll(python(t, theirs, flag, "-c", describeEnvironment), theirs, ours)
				if diff := gocmp.Diff(strings.Split(want, "\n"), strings.Split(python(t, ours, flag, "-c", describeEnvironment), "\n")); diff != "" {
					t.Errorf("python %s: %s", flag, diff)
				}
			}
			sameFiles(t, theirs, ours)
			checkByPip(t, ours, packages)
		})
	}
}

// bundled are wheels that a Python brings for ensurepip.
func bundled(t *testing.T, store string, info interpreter.Info, name string) []venv.Package {
	t.Helper()
	paths, _ := filepath.Glob(filepath.Join(info.BasePrefix, "lib", info.Library, "ensurepip", "_bundled", name+"-*.whl"))
	if len(paths) == 0 {
		t.Skipf("%s brings no wheel of %s", info.Executable, name)
	}
	archive, err := os.ReadFile(paths[0])
	if err != nil {
		t.Fatal(err)
	}
	return []venv.Package{unpackedArchive(t, filepath.Join(store, info.FullVersion), filepath.Base(paths[0]), archive)}
}

// sameFiles fails where an environment lacks a file of another, or has it with other permissions.
func sameFiles(t *testing.T, want, got string) {
	t.Helper()
	err := filepath.WalkDir(want, func(path string, entry fs.DirEntry, err error) error {
		relative := strings.TrimPrefix(path, want)
		if err != nil || strings.HasPrefix(relative, "/include") { // which is empty
			return err
		}
		info, err := os.Lstat(got + relative)
		if err != nil {
			t.Errorf("%s is missing", relative)
			return nil
		}
		there, err := entry.Info()
		if err != nil {
			return err
		}
		if info.Mode() != there.Mode() {
			t.Errorf("%s has mode %v, CPython's %v", relative, info.Mode(), there.Mode())
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	end := func(dir string) string {
		target, err := filepath.EvalSymlinks(filepath.Join(dir, "bin", "python"))
		if err != nil {
			t.Error(err)
		}
		return target
	}
	if a, b := end(want), end(got); a != b {
		t.Errorf("python is %s, CPython's %s", b, a)
	}
}

// checkByPip asks pip and importlib.metadata what is installed.
func checkByPip(t *testing.T, dir string, packages []venv.Package) {
	t.Helper()
	want := map[string]string{}
	for _, p := range packages {
		want[p.Wheel.Name.String()] = p.Wheel.Version.String()
	}
	var listed []struct{ Name, Version string }
	out := python(t, dir, "-m", "pip", "--disable-pip-version-check", "list", "--format", "json")
	if err := json.Unmarshal([]byte(strings.Split(out, "\n")[0]), &listed); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	got := map[string]string{}
	for _, p := range listed {
		got[strings.ReplaceAll(strings.ToLower(p.Name), "_", "-")] = p.Version
	}
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Errorf("pip list: %s", diff)
	}
	if out := python(t, dir, "-m", "pip", "--disable-pip-version-check", "check"); !strings.Contains(out, "No broken requirements") {
		t.Errorf("pip check: %s", out)
	}
	program := `
import base64, csv, hashlib, importlib.metadata, os
for d in importlib.metadata.distributions():
    for f in d.files:
        data = open(f.locate(), "rb").read()
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        assert f.hash is None and f.name == "RECORD" or f.hash.value == digest and f.size == len(data), (d, f)
    assert d.read_text("INSTALLER") == "ofiuco\n", d
print(len(list(importlib.metadata.distributions())))`
	if got := python(t, dir, "-c", program); got != fmt.Sprint(len(packages)) {
		t.Errorf("importlib.metadata has %s distributions, want %d", got, len(packages))
	}
	if got := python(t, dir, "-S", "-c", "import sys; print('alpha' in sys.modules, any('site-packages' in p for p in sys.path))"); got != "False False" {
		t.Errorf("python -S: %s", got)
	}
	if got := python(t, dir, "-I", "-c", "import alpha, sys; print(alpha.VALUE, sys.gamma_pth)"); got != "1 True" {
		t.Errorf("python -I: %s", got)
	}
}
