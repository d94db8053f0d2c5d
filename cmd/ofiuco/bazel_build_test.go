package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ofiuco/ofiuco/internal/indextest"
	"github.com/ofiuco/ofiuco/internal/oracle"
)

// sdist is an archive of files, which are below its one folder.
func sdist(t testing.TB, folder string, files map[string]string) []byte {
	t.Helper()
	var out bytes.Buffer
	compressed := gzip.NewWriter(&out)
	archive := tar.NewWriter(compressed)
	for path, text := range sorted(files) {
		if err := archive.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: folder + "/" + path, Mode: 0o644, Size: int64(len(text))}); err != nil {
			t.Fatal(err)
		}
		if _, err := archive.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := archive.Close(); err != nil {
		t.Fatal(err)
	}
	if err := compressed.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// spam is an extension module that compiles only with the flags that Bazel gives.
var spam = map[string]string{
	"PKG-INFO":       "Metadata-Version: 2.1\nName: spam\nVersion: 1.0\n",
	"pyproject.toml": "[build-system]\nrequires = [\"setuptools\"]\nbuild-backend = \"setuptools.build_meta\"\n[project]\nname = \"spam\"\nversion = \"1.0\"\n",
	"setup.py":       "from setuptools import Extension, setup\nsetup(ext_modules=[Extension('spam', ['spam.c'])], py_modules=[])\n",
	"spam.c": `#include <Python.h>
#include "answer.h"
#include <system_answer.h>
int linked(void);
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "spam", "", -1, NULL};
PyMODINIT_FUNC PyInit_spam(void) {
	PyObject *m = PyModule_Create(&module);
	PyModule_AddIntConstant(m, "ANSWER", ANSWER + SYSTEM + DEFINED + linked());
	PyModule_AddStringConstant(m, "WHERE", WHERE);
	return m;
}
`,
}

// TestBuildTakesBazelsTools builds an extension module with the tools and flags that a rule hands over, whose paths are relative
// to the execution root, without network and without anything of the user.
func TestBuildTakesBazelsTools(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles for seconds")
	}
	t.Parallel()
	oracle.Python(t) // the network is there where it is
	gcc, gxx := oracle.Program(t, "gcc"), oracle.Program(t, "g++")
	info, host := queriedPython(t)
	x := newExecroot(t)
	target := object{"tag": host.String(), "python": info.FullVersion}
	archive := sdist(t, "spam-1.0", spam)
	x.input("wheels/spam-1.0.tar.gz", archive)
	e := entry("spam", "1.0", object{"filename": "spam-1.0.tar.gz", "hashes": object{"sha256": indextest.Digest(archive)}})
	fetch := object{"package": e, "target": target, "output": "out/fetched", "files": x.wheels(), "build_lock": "ofiuco.build.lock"}

	// The build lock is written by a run on the side, also by one whose compiler finds no answer.h.
	project := t.TempDir()
	writeFiles(t, project, map[string]string{"spam-1.0.tar.gz": string(archive)})
	got := finish(t, command("wheel", filepath.Join(project, "spam-1.0.tar.gz"), "--project", project, "--cache-dir", t.TempDir(), "--build-python", info.BaseExecutable, "-o", project))
	wantFailure(t, "a build without the flags", got, statusInput, "answer.h")
	x.input("ofiuco.build.lock", readFile(t, filepath.Join(project, "ofiuco.build.lock")))

	x.must("fetch", fetch)
	x.handOn("out/fetched")
	if names := x.names("out/fetched"); !slices.ContainsFunc(names, func(name string) bool { return strings.HasPrefix(name, "setuptools-") }) {
		t.Errorf("the build requirements are not there: %v", names)
	}
	x.input("external/a/include/answer.h", []byte("#define ANSWER 10\nstatic const char WHERE[] = __FILE__;\n"))
	x.input("external/b/answer.h", []byte("#error not this one\n"))
	x.input("bazel-out/system/system_answer.h", []byte("#define SYSTEM 20\n"))
	x.input("bazel-out/liblinked.a", staticLibrary(t, gcc, "int whole(void);\nint linked(void) { return 3 + whole(); }"))
	x.input("bazel-out/libwhole.lo", staticLibrary(t, gcc, "int whole(void) { return 5; }"))
	build := object{
		"package": e, "target": target, "fetched": "out/fetched", "output": "out/wheel", "interpreter": info.BaseExecutable, "build_lock": "ofiuco.build.lock",
		"cc": object{
			"cc": gcc, "cxx": gxx, "ar": "/usr/bin/ar", "strip": "/usr/bin/strip", "cxxflags": []string{}, "ldflags": []string{"-Wl,--build-id=none"},
			"libraries": []string{"bazel-out/libwhole.lo", "bazel-out/liblinked.a"},
			"cflags":    []string{"-iquote", "external/a/include", "-isystem", "bazel-out/system", "-Iexternal/b", "-DDEFINED=12"},
		},
	}
	x.must("build", build)
	first := x.tree(filepath.Join(x.dir, "out/wheel"))
	build["output"] = "out/again"
	x.must("build", build)
	if again := x.tree(filepath.Join(x.dir, "out/again")); len(again) != len(first) {
		t.Errorf("a second build has %d files and not %d", len(again), len(first))
	} else {
		for name := range first {
			if first[name] != again[name] {
				t.Errorf("%s differs in a second build", name)
			}
		}
	}
	x.handOn("out/wheel")
	x.must("install", object{"target": target, "wheel": "out/wheel", "output": "out/site"})
	c := exec.Command(info.BaseExecutable, "-c", "import spam; print(spam.ANSWER, spam.WHERE)")
	c.Env = []string{"PYTHONPATH=" + filepath.Join(x.dir, "out/site")}
	if out, err := c.CombinedOutput(); err != nil || string(out) != "50 ./external/a/include/answer.h\n" {
		t.Errorf("the module says %q, %v", out, err)
	}
	wantBuildFaults(x, build)
}

// staticLibrary compiles an archive of one object.
func staticLibrary(t *testing.T, gcc, text string) []byte {
	t.Helper()
	dir := t.TempDir()
	writeFiles(t, dir, map[string]string{"linked.c": text})
	for _, line := range [][]string{{gcc, "-fPIC", "-c", "linked.c"}, {oracle.Program(t, "ar"), "rcs", "liblinked.a", "linked.o"}} {
		c := exec.Command(line[0], line[1:]...)
		c.Dir = dir
		if out, err := c.CombinedOutput(); err != nil {
			t.Fatalf("%v: %v\n%s", line, err, out)
		}
	}
	return readFile(t, filepath.Join(dir, "liblinked.a"))
}

// wantBuildFaults changes the instructions of a build, one thing at a time.
func wantBuildFaults(x *execroot, build object) {
	x.Helper()
	for name, test := range map[string]struct {
		key   string
		value any
		words []string
	}{
		"no interpreter": {"interpreter", "", []string{"app/poetry.lock:7: spam 1.0: ", "register a Python toolchain"}},
		"other Python":   {"target", object{"tag": "cp38-manylinux_2_28_x86_64", "python": ""}, []string{"app/poetry.lock:7: spam 1.0: "}},
		"no build lock":  {"build_lock", "", []string{"spam 1.0: ", "build requirements"}},
		"no compiler": {"cc", object{"cc": "/nowhere/gcc", "cxx": "", "ar": "", "strip": "", "cflags": []string{}, "cxxflags": []string{}, "ldflags": []string{}, "libraries": []string{}},
			[]string{"app/poetry.lock:7: spam 1.0: ", "/nowhere/gcc"}},
	} {
		changed := maps.Clone(build)
		changed["output"], changed[test.key] = "out/failed", test.value
		wantFailure(x, name, x.run("build", changed), statusInput, test.words...)
		if left, err := os.ReadDir(filepath.Join(x.dir, "out/failed")); err == nil && len(left) > 0 {
			x.Errorf("%s: %v was left", name, left)
		}
	}
}
