package main

import (
	"archive/zip"
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// The tests below hold what the first ofiuco got wrong, as far as actions decide it.

// chosen is the file that the action chooses for a target.
func chosen(t *testing.T, tag string, files ...string) string {
	t.Helper()
	x := newExecroot(t)
	name, version := "beta", "1.0"
	var artifacts []object
	for _, file := range files {
		artifacts = append(artifacts, x.wheel(file, map[string]string{"beta.py": file}))
	}
	output := "out"
	x.must("fetch", object{"package": entry(name, version, artifacts...), "target": object{"tag": tag, "python": ""}, "output": output, "files": x.wheels(), "build_lock": ""})
	var made choice
	if err := json.Unmarshal(readFile(t, filepath.Join(x.dir, output, choiceName)), &made); err != nil {
		t.Fatal(err)
	}
	if len(made.PassedOver) != len(files)-1 {
		t.Errorf("passed over are %v", made.PassedOver)
	}
	for _, other := range made.PassedOver {
		if other.Reason == "" {
			t.Errorf("%s is passed over without a reason", other.Filename)
		}
	}
	if !slices.Contains(x.names(output), made.Filename) {
		t.Errorf("the output holds %v and not %s", x.names(output), made.Filename)
	}
	return made.Filename
}

// TestAbi3WheelHasItsLeastPython: bug 7, one wheel of the stable ABI for every Python.
func TestAbi3WheelHasItsLeastPython(t *testing.T) {
	files := []string{"beta-1.0-cp311-abi3-manylinux_2_28_x86_64.whl", "beta-1.0-cp38-abi3-manylinux_2_28_x86_64.whl", "beta-1.0-py3-none-any.whl"}
	for tag, want := range map[string]string{
		"cp312-manylinux_2_34_x86_64": files[0], "cp311-manylinux_2_34_x86_64": files[0], "cp310-manylinux_2_34_x86_64": files[1],
		"cp39-manylinux_2_34_x86_64": files[1], "cp313t-manylinux_2_34_x86_64": files[2],
	} {
		if got := chosen(t, tag, files...); got != want {
			t.Errorf("%s takes %s, want %s", tag, got, want)
		}
	}
}

// TestLambdasGlibcIsItsOwn: bug 8, wheels for a newer C library than the target's.
func TestLambdasGlibcIsItsOwn(t *testing.T) {
	files := []string{"beta-1.0-cp311-cp311-manylinux_2_28_x86_64.whl", "beta-1.0-cp311-cp311-manylinux_2_17_x86_64.whl", "beta-1.0-cp311-cp311-musllinux_1_2_x86_64.whl"}
	for tag, want := range map[string]string{
		"aws-lambda-python3.11-x86_64": files[1], "cp311-manylinux_2_28_x86_64": files[0], "cp311-musllinux_1_2_x86_64": files[2],
	} {
		if got := chosen(t, tag, files...); got != want {
			t.Errorf("%s takes %s, want %s", tag, got, want)
		}
	}
	x := newExecroot(t)
	got := x.run("fetch", object{"package": entry("beta", "1.0", x.wheel(files[0], nil)), "target": object{"tag": "aws-lambda-python3.11-x86_64"}, "output": "out", "files": x.wheels(), "build_lock": ""})
	wantFailure(t, "only a wheel for a newer glibc", got, statusInput, "app/poetry.lock:7: beta 1.0: ", files[0])
}

// TestPlatformWheelBeforeAny: bug 9, a pure wheel that always won.
func TestPlatformWheelBeforeAny(t *testing.T) {
	files := []string{"beta-1.0-py3-none-any.whl", "beta-1.0-cp312-cp312-manylinux_2_17_aarch64.whl", "beta-1.0-cp312-cp312-win_amd64.whl"}
	for tag, want := range map[string]string{"cp312-manylinux_2_34_aarch64": files[1], "cp312-win_amd64": files[2], "cp312-macosx_14_0_arm64": files[0]} {
		if got := chosen(t, tag, files...); got != want {
			t.Errorf("%s takes %s, want %s", tag, got, want)
		}
	}
}

// TestWheelsAreInstalled: bug 11, .data folders that stayed, no console scripts, BUILD files that hid their folders and a top-level
// target/ that was left out.
func TestWheelsAreInstalled(t *testing.T) {
	x := newExecroot(t)
	x.fetch(entry("alpha", "1.0", x.wheel(alphaFile, alpha)), arm, "w")
	x.must("install", object{"target": arm, "wheel": "w", "output": "site"})
	got := x.names("site")
	for _, want := range []string{
		"alpha/BUILD.bazel", "alpha/sub/BUILD", "alpha/sub/data.txt", "alpha/x=y.txt", "alpha/late.py", "target/__init__.py",
		"bin/alpha", "bin/alpha-script", "share/alpha.txt", "include/alpha/alpha.h", "alpha-1.0.dist-info/RECORD", "alpha-1.0.dist-info/INSTALLER",
	} {
		if !slices.Contains(got, want) {
			t.Errorf("there is no %s in %v", want, got)
		}
	}
	for _, name := range got {
		if strings.Contains(name, ".data/") {
			t.Errorf("%s stayed where it was", name)
		}
	}
	for _, script := range []string{"bin/alpha", "bin/alpha-script"} {
		if text := x.tree(filepath.Join(x.dir, "site"))[script]; !strings.HasPrefix(text, "x#!/usr/bin/env python3\n") {
			t.Errorf("%s is no program: %q", script, text)
		}
	}
}

// TestZipsOfAnyNames: bug 12, modes 0600 and 0700, file names with "=", and patterns that did not reach into packages.
func TestZipsOfAnyNames(t *testing.T) {
	x := newExecroot(t)
	x.fetch(entry("alpha", "1.0", x.wheel(alphaFile, alpha)), arm, "w")
	files := []object{}
	for _, name := range []string{"a=b.py", "a b.py", "ü,;'\".py", "bin/run"} {
		files = append(files, object{"path": x.input("src/"+name, []byte(name)), "name": "_main/" + name})
	}
	x.must("zip", object{
		"output": "out.zip", "target": arm, "wheels": []object{{"dir": "w", "prefix": "ofiuco~~poetry~poetry/3.12/aarch64-unknown-linux-gnu/alpha"}},
		"files": files, "exclude": []string{"**.dist-info/**", "ofiuco**/share/**"}, "executable": []string{"_main/bin/*"}, "shebang": "",
	})
	r, err := zip.OpenReader(filepath.Join(x.dir, "out.zip"))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var names []string
	for _, f := range r.File {
		names = append(names, f.Name)
		want := "-rw-r--r--"
		if strings.Contains(f.Name, "/bin/") {
			want = "-rwxr-xr-x"
		}
		if f.Mode().String() != want {
			t.Errorf("%s has mode %s, want %s", f.Name, f.Mode(), want)
		}
		if !f.Modified.Equal(time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)) {
			t.Errorf("%s is of %s", f.Name, f.Modified)
		}
		if strings.Contains(f.Name, ".dist-info/") || strings.Contains(f.Name, "share/") {
			t.Errorf("%s was to be left out", f.Name)
		}
	}
	if !slices.IsSorted(names) {
		t.Errorf("the names are not sorted: %v", names)
	}
	for _, want := range []string{"_main/a=b.py", "_main/a b.py", "_main/ü,;'\".py", "ofiuco~~poetry~poetry/3.12/aarch64-unknown-linux-gnu/alpha/alpha/x=y.txt"} {
		if !slices.Contains(names, want) {
			t.Errorf("there is no %s in %v", want, names)
		}
	}
}
