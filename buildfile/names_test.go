package buildfile

import (
	"bytes"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.starlark.net/starlark"
	"go.starlark.net/syntax"

	"github.com/ofiuco/ofiuco/lock"
)

// namesLock has names of every kind: spelled in another way, "all", several versions, extras, stubs.
func namesLock(t testing.TB) *lock.Lock {
	return read(t, "poetry.lock",
		poetryPackage("PyYAML", "6.0", "groups = [\"main\"]\n[package.extras]\nfast = []")+
			poetryPackage("all", "1.0", `groups = ["main"]`)+
			poetryPackage("types-pyyaml", "6.0", `groups = ["main"]`)+
			poetryPackage("numpy", "1.26.4", "groups = [\"main\"]\nmarkers = \"python_version < \\\"3.11\\\"\"\n[package.extras]\nold = []")+
			poetryPackage("numpy", "2.1.0+cpu", "groups = [\"main\"]\nmarkers = \"python_version >= \\\"3.11\\\"\"")+
			poetryTail("2.1"), "")
}

func TestNames(t *testing.T) {
	got := map[string]string{}
	for label, c := range readHub(t, hubOf(t, namesLock(t))) {
		got[label] = c.rule
		if visible := slices.Equal(c.list["visibility"], []string{public}); !visible {
			t.Errorf("%s is visible for %v", label, c.list["visibility"])
		}
	}
	want := map[string]string{
		"pyyaml": "package", "PyYAML": "alias", "pyyaml[fast]": "package_extra", "PyYAML[fast]": "alias", "types-pyyaml": "package", "types_pyyaml": "alias",
		"all": "package", "_all": "package_extra",
		"numpy": "package_versions", "numpy@1.26.4": "package", "numpy@2.1.0+cpu": "package",
		"numpy[old]": "package_versions", "numpy@1.26.4[old]": "package_extra",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	a := on(t, namesLock(t), linux312)
	a.check("PyYAML", "pyyaml==6.0") // and no stubs
	a.check("_all", "all==1.0", "numpy==2.1.0+cpu", "pyyaml==6.0", "types-pyyaml==6.0")
	a.check("numpy[old]", "numpy==2.1.0+cpu")
}

// A hub without extras of its own has those that the lock asks for.
func TestOnlyAskedExtras(t *testing.T) {
	l := read(t, "uv.lock", uvHead+uvProject+"dependencies = [{ name = \"a\", extra = [\"x\", \"none\"] }]\n"+
		pypi("a", "1.0", "[package.optional-dependencies]\nx = [{ name = \"b\" }]\ny = [{ name = \"b\" }]")+pypi("b", "1.0", ""), "")
	files, err := Files(l, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"a", "a[x]", "all", "b", "web"}, slices.Sorted(maps.Keys(readHub(t, files)))); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// TestFolders reads the packages' folders, which are named as other rulesets name them.
func TestFolders(t *testing.T) {
	var paths []string
	for _, f := range hubOf(t, namesLock(t)) {
		paths = append(paths, f.Path)
	}
	want := []string{
		"BUILD.bazel", "all/BUILD.bazel", "numpy/BUILD.bazel", "pyyaml/BUILD.bazel", "requirements.bzl",
		"types-pyyaml/BUILD.bazel", "types_pyyaml/BUILD.bazel",
	}
	if diff := cmp.Diff(want, paths); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	for _, name := range []string{"data", "pkg", "whl", "dist-info"} {
		l := namesLock(t)
		l.Packages[0].Name = "data"
		l.Packages[1].Name = "pkg"
		for _, f := range hubOf(t, l) {
			if strings.HasPrefix(f.Path, name+"/") && strings.Count(string(f.Data), `name = "`+name+`"`) > 1 {
				t.Errorf("two targets of one name:\n%s", f.Data)
			}
		}
	}
}

// TestRequirements runs requirements.bzl.
func TestRequirements(t *testing.T) {
	var globals starlark.StringDict
	thread := &starlark.Thread{}
	predeclared := starlark.StringDict{
		"Label": starlark.NewBuiltin("Label", func(_ *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple, _ []starlark.Tuple) (starlark.Value, error) {
			return args[0], nil
		}),
	}
	for _, f := range hubOf(t, namesLock(t)) {
		if f.Path == "requirements.bzl" {
			var err error
			if globals, err = starlark.ExecFileOptions(&syntax.FileOptions{}, thread, f.Path, f.Data, predeclared); err != nil {
				t.Fatal(err)
			}
		}
	}
	for text, want := range map[string]string{
		"PyYAML": "//pyyaml:pkg", "types_PyYAML": "//types-pyyaml:pkg", "Types.-_PyYAML": "//types-pyyaml:pkg",
		"pyyaml[FAST]": "//:pyyaml[fast]", "numpy [old]": "//:numpy[old]",
	} {
		got, err := starlark.Call(thread, globals["requirement"], starlark.Tuple{starlark.String(text)}, nil)
		if err != nil || got != starlark.String(want) {
			t.Errorf("requirement(%q) = %v, %v; want %s", text, got, err, want)
		}
	}
	_, err := starlark.Call(thread, globals["requirement"], starlark.Tuple{starlark.String("nope")}, nil)
	if err == nil || !strings.Contains(err.Error(), "@hub: poetry.lock has no package nope") {
		t.Errorf("requirement of what is not locked: %v", err)
	}
	if got := globals["all_whl_requirements"].String(); got != `["//all:whl", "//numpy:whl", "//pyyaml:whl", "//types-pyyaml:whl"]` {
		t.Errorf("all_whl_requirements = %s", got)
	}
}

// TestSameText says that a hub's text does not depend on the order of maps.
func TestSameText(t *testing.T) {
	for path, l := range realLocks(t) {
		same := func(a, b File) bool { return a.Path == b.Path && bytes.Equal(a.Data, b.Data) }
		if !slices.EqualFunc(hubOf(t, l), hubOf(t, l), same) {
			t.Errorf("the hub of %s is another one the second time", path)
		}
	}
}
