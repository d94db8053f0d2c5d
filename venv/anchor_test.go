package venv_test

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ofiuco/ofiuco/venv"
)

// compile makes a shared library.
func compile(t *testing.T, source string, args ...string) string {
	t.Helper()
	cc, err := exec.LookPath("cc")
	if err != nil {
		t.Skip("there is no cc: apt-get install gcc")
	}
	dir := t.TempDir()
	file := filepath.Join(dir, "x.c")
	if err := os.WriteFile(file, []byte(source), 0o644); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(dir, "lib.so")
	if said, err := exec.Command(cc, append([]string{"-shared", "-fPIC", "-o", out, file}, args...)...).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	data, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// TestLibrariesFindOthers: a library finds another wheel's by a path that leads out of its own, if it is anchored.
func TestLibrariesFindOthers(t *testing.T) {
	info := hostPython(t)
	two := compile(t, "int two(void) { return 2; }", "-Wl,-soname,libtwo.so")
	beside := filepath.Join(t.TempDir(), "libtwo.so")
	if err := os.WriteFile(beside, []byte(two), 0o755); err != nil {
		t.Fatal(err)
	}
	one := compile(t, "int two(void); int one(void) { return 1 + two(); }", beside, "-Wl,--enable-new-dtags,-rpath,$ORIGIN/../../nv/two/lib")
	store := t.TempDir()
	packages := []venv.Package{
		unpacked(t, store, "one", "1.0", files{"one/lib/libone.so": one, "one/include/deep/one.h": "//", "one/__init__.py": ""}),
		unpacked(t, store, "two", "1.0", files{"nv/two/lib/libtwo.so": two}),
		unpacked(t, store, "three", "1.0", files{"nv/three/__init__.py": ""}),
	}
	for _, test := range []struct {
		mode   venv.Mode
		anchor string
		works  bool
	}{
		{venv.Symlink, "", false}, // so the anchor is what makes it work
		{venv.Symlink, "one", true}, {venv.Symlink, "one/lib", true}, {venv.Symlink, "one/lib/libone.so", true},
		{venv.Hardlink, "", true}, {venv.Copy, "", true},
	} {
		packages[0].Wheel.Anchored = nil
		if test.anchor != "" {
			packages[0].Wheel.Anchored = []string{test.anchor}
		}
		o := venv.Options{Dir: filepath.Join(t.TempDir(), "env"), Interpreter: info, Packages: packages, Mode: test.mode}
		mustMake(t, o)
		site := filepath.Join(o.Dir, "lib", info.Library, "site-packages")
		program := "import ctypes, sys; print(ctypes.CDLL(sys.argv[1]).one())"
		out, err := exec.Command(venv.Python(o.Dir, false), "-c", program, filepath.Join(site, "one/lib/libone.so")).CombinedOutput()
		if works := err == nil && string(out) == "3\n"; works != test.works || err != nil && !strings.Contains(string(out), "libtwo.so: cannot open") {
			t.Errorf("%s, anchored at %q: %v\n%s", test.mode, test.anchor, err, out)
		}
		for path, link := range map[string]bool{"one": test.anchor == "", "one/include": test.anchor != "one", "one/lib/libone.so": false} {
			info, err := os.Lstat(filepath.Join(site, path))
			if test.mode == venv.Symlink && (err != nil || info.Mode()&fs.ModeSymlink != 0 != link) && (path == "one" || test.anchor != "") {
				t.Errorf("anchored at %q, %s is %v, %v", test.anchor, path, info.Mode(), err)
			}
		}
		if _, current := venv.Current(o.Dir, ""); !current {
			t.Errorf("%s, anchored at %q: not current", test.mode, test.anchor)
		}
	}
}

// TestSharedFolders: a folder is a link unless several packages share it; a file in a real folder is linked alone.
func TestSharedFolders(t *testing.T) {
	o := venv.Options{Dir: filepath.Join(t.TempDir(), "env"), Interpreter: noPython(t), Packages: some(t, t.TempDir()), Mode: venv.Symlink}
	mustMake(t, o)
	for path, link := range map[string]bool{
		"alpha": true, "beta.py": true, "shared": false, "shared/beta.py": true, "shared/deep": false, "shared/deep/beta": true,
		"Gam_ma-3.0.dist-info": true, "alpha-1.0.dist-info": false, "alpha-1.0.dist-info/METADATA": true, "alpha-1.0.dist-info/RECORD": false,
	} {
		info, err := os.Lstat(filepath.Join(o.Dir, "lib/python3.12/site-packages", path))
		if err != nil || (info.Mode()&fs.ModeSymlink != 0) != link {
			t.Errorf("%s is %v, %v", path, info.Mode(), err)
		}
	}
}
