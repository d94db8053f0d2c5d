package venv_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/ofiuco/ofiuco/venv"
)

// rewrite changes a file in place, whatever its permissions.
func rewrite(path, text string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if err := os.Chmod(path, 0o644); err != nil {
		return err
	}
	return errors.Join(os.WriteFile(path, []byte(text), 0o644), os.Chmod(path, info.Mode().Perm()))
}

// TestCurrentNotices what was done to an environment by hand, and Make mends it.
func TestCurrentNotices(t *testing.T) {
	site := "lib/python3.12/site-packages/"
	touch := func(path string) error { return os.WriteFile(path, nil, 0o644) }
	folder := func(path string) error { return errors.Join(os.Mkdir(path, 0o755), touch(path+"/__init__.py")) }
	for name, change := range map[string]func(dir string) error{
		"a package is added":       func(dir string) error { return folder(dir + "/" + site + "extra") },
		"a module is added":        func(dir string) error { return touch(dir + "/" + site + "extra.py") },
		"a module in a shared one": func(dir string) error { return touch(dir + "/" + site + "shared/extra.py") },
		"a script is added":        func(dir string) error { return touch(dir + "/bin/extra") },
		"a package is removed":     func(dir string) error { return os.RemoveAll(dir + "/" + site + "alpha") },
		"a module is removed":      func(dir string) error { return os.Remove(dir + "/" + site + "beta.py") },
		"a script is removed":      func(dir string) error { return os.Remove(dir + "/bin/alpha-run") },
		"a script is rewritten":    func(dir string) error { return rewrite(dir+"/bin/alpha-run", "#!/bin/sh\n") },
		"pyvenv.cfg is rewritten":  func(dir string) error { return rewrite(dir+"/pyvenv.cfg", "home = /\n") },
		"a RECORD is rewritten":    func(dir string) error { return rewrite(dir+"/"+site+"alpha-1.0.dist-info/RECORD", "") },
		"pyvenv.cfg is removed":    func(dir string) error { return os.Remove(dir + "/pyvenv.cfg") },
		"python is another": func(dir string) error {
			return errors.Join(os.Remove(dir+"/bin/python"), os.Symlink("/bin/sh", dir+"/bin/python"))
		},
		"lib64 is a folder":    func(dir string) error { return errors.Join(os.Remove(dir+"/lib64"), os.Mkdir(dir+"/lib64", 0o755)) },
		"the state is removed": func(dir string) error { return os.Remove(dir + "/.ofiuco") },
		"the state is cut":     func(dir string) error { return os.Truncate(dir+"/.ofiuco", 100) },
		"the state is of a link": func(dir string) error {
			return errors.Join(os.Remove(dir+"/.ofiuco"), os.Symlink("pyvenv.cfg", dir+"/.ofiuco"))
		},
		"a real folder becomes file": func(dir string) error { return errors.Join(os.RemoveAll(dir+"/share"), touch(dir+"/share")) },
	} {
		for _, mode := range modes {
			t.Run(name+" "+string(mode), func(t *testing.T) {
				t.Parallel()
				o := venv.Options{Dir: filepath.Join(t.TempDir(), "env"), Interpreter: noPython(t), Packages: some(t, t.TempDir()), Mode: mode}
				mustMake(t, o)
				fresh := snapshot(t, o.Dir)
				if err := change(o.Dir); err != nil {
					t.Fatal(err)
				}
				if _, current := venv.Current(o.Dir, ""); current {
					t.Fatal("not noticed")
				}
				if _, err := os.Stat(o.Dir + "/pyvenv.cfg"); err != nil {
					return // Make refuses what is no environment
				}
				mustMake(t, o)
				same(t, fresh, snapshot(t, o.Dir))
				if _, current := venv.Current(o.Dir, ""); !current {
					t.Error("the mended environment is not current")
				}
			})
		}
	}
}

// TestCurrentOfCopies: in an environment of files every file counts.
func TestCurrentOfCopies(t *testing.T) {
	for _, mode := range []venv.Mode{venv.Hardlink, venv.Copy} {
		o := venv.Options{Dir: filepath.Join(t.TempDir(), "env"), Interpreter: noPython(t), Packages: some(t, t.TempDir()), Mode: mode}
		mustMake(t, o)
		if err := rewrite(filepath.Join(o.Dir, "lib/python3.12/site-packages/alpha/data/x.txt"), "y"); err != nil {
			t.Fatal(err)
		}
		if _, current := venv.Current(o.Dir, ""); current {
			t.Errorf("%s: a rewritten file was not noticed", mode)
		}
	}
}

// TestCurrentWithoutTheRest: the interpreter and the store are part of an environment.
func TestCurrentWithoutTheRest(t *testing.T) {
	for _, mode := range modes {
		store := t.TempDir()
		o := venv.Options{Dir: filepath.Join(t.TempDir(), "env"), Interpreter: noPython(t), Packages: some(t, store), Mode: mode}
		mustMake(t, o)
		python := o.Interpreter.Executable
		if err := os.Chtimes(python, time.Time{}, time.Now().Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		if _, current := venv.Current(o.Dir, ""); current {
			t.Errorf("%s: another interpreter was not noticed", mode)
		}
		mustMake(t, o)
		if err := os.Rename(o.Packages[0].Wheel.Dir, o.Packages[0].Wheel.Dir+".gone"); err != nil {
			t.Fatal(err)
		}
		if _, current := venv.Current(o.Dir, ""); current != (mode != venv.Symlink) {
			t.Errorf("%s: without its store it is current: %v", mode, current)
		}
		if err := os.Remove(python); err != nil {
			t.Fatal(err)
		}
		if _, current := venv.Current(o.Dir, ""); current {
			t.Errorf("%s: a missing interpreter was not noticed", mode)
		}
	}
}

// TestBytecodeIsIgnored: interpreters write it when they want to.
func TestBytecodeIsIgnored(t *testing.T) {
	info := hostPython(t)
	for _, mode := range modes {
		o := venv.Options{Dir: filepath.Join(t.TempDir(), "env"), Interpreter: info, Packages: some(t, t.TempDir()), Mode: mode}
		mustMake(t, o)
		python(t, o.Dir, "-c", "import alpha.cli, beta, shared.beta")
		if _, err := os.Stat(filepath.Join(o.Dir, "lib", info.Library, "site-packages", "__pycache__")); err != nil {
			t.Errorf("%s: no bytecode was written: %v", mode, err)
		}
		if _, current := venv.Current(o.Dir, ""); !current {
			t.Errorf("%s: not current for bytecode", mode)
		}
	}
}
