package venv_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/ofiuco/ofiuco/interpreter"
	"github.com/ofiuco/ofiuco/venv"
)

func TestBase(t *testing.T) {
	root := t.TempDir()
	for _, path := range []string{"usr/bin/python3.12", "usr/lib/python3.12/os.py", "opt/py/bin/python3.12", "opt/py/lib/python3.12/os.py", "lost/bin/python3"} {
		path = filepath.Join(root, path)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, nil, 0o755)); err != nil {
			t.Fatal(err)
		}
	}
	for link, target := range map[string]string{
		"usr/bin/python3": "python3.12", "usr/bin/python": "python3",
		"usr/bin/loop": "loop", "local": "opt/py", "home/bin/python": "../../opt/py/bin/python3.12",
	} {
		link = filepath.Join(root, link)
		if err := errors.Join(os.MkdirAll(filepath.Dir(link), 0o755), os.Symlink(target, link)); err != nil {
			t.Fatal(err)
		}
	}
	for executable, want := range map[string]string{
		"usr/bin/python":       "usr/bin/python3.12",    // an update of python3 changes nothing
		"usr/bin/loop":         "usr/bin/loop",          //
		"local/bin/python3.12": "local/bin/python3.12",  // Homebrew's opt, which stays when its target is updated
		"home/bin/python":      "opt/py/bin/python3.12", // the library is found from there only
		"lost/bin/python3":     "lost/bin/python3",
	} {
		got := venv.Base(interpreter.Info{BaseExecutable: filepath.Join(root, executable), Library: "python3.12"})
		if got != filepath.Join(root, want) {
			t.Errorf("%s: got %s, want %s", executable, got, want)
		}
	}
}
