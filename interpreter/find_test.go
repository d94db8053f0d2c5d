package interpreter_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ofiuco/ofiuco/interpreter"
)

// machine has fakes in two folders of PATH, in pyenv's and in uv's folder, and an environment.
func machine(t *testing.T) (dir string, finder *interpreter.Finder) {
	t.Helper()
	dir = t.TempDir()
	for path, version := range map[string]string{
		"bin/python3": "3.11.7", "bin/python": "3.11.7", "bin/python3.9": "3.9.18",
		"bin2/python3.12": "3.12.4", "bin2/pypy3.10": "pypy3.10.16", "bin2/python3.13t": "3.13.0t", "bin2/python3.99-config": "3.99.0",
		"pyenv/versions/3.8.18/bin/python": "3.8.18", "pyenv/versions/3.13.2/bin/python": "3.13.2", "pyenv/versions/3.13.10/bin/python": "3.13.10",
		"pyenv/versions/odd/bin/python": "3.14.3", "pyenv/versions/3.15.0rc1/bin/python": "3.15.0rc1",
		"uv/cpython-3.14.0-linux-x86_64-gnu/bin/python": "3.14.0",
		"uv/pypy-3.11.15-linux-x86_64-gnu/bin/python":   "pypy3.11.15",
		"uv/cpython-3.14.1+freethreaded-x/bin/python":   "3.14.1t",
		"project/.venv/bin/python":                      "3.10.1",
	} {
		fake(t, filepath.Join(dir, path), version)
	}
	write(t, filepath.Join(dir, "project/.venv/pyvenv.cfg"), "", 0o666)
	return dir, &interpreter.Finder{Getenv: environment(
		"PATH", filepath.Join(dir, "bin")+":relative::"+filepath.Join(dir, "bin2")+":"+filepath.Join(dir, "none"),
		"PYENV_ROOT", filepath.Join(dir, "pyenv"), "UV_PYTHON_INSTALL_DIR", filepath.Join(dir, "uv"))}
}

func TestFind(t *testing.T) {
	dir, finder := machine(t)
	for _, test := range []struct{ asked, want string }{
		{"", "bin/python3"}, {"3", "bin/python3"}, {"3.11", "bin/python3"}, {"3.11.7", "bin/python3"}, {"python3", "bin/python3"},
		{"3.12", "bin2/python3.12"}, {"312", "bin2/python3.12"}, {"cp312", "bin2/python3.12"}, {"cpython@3.12", "bin2/python3.12"}, {"python3.12", "bin2/python3.12"},
		{">=3.12,<3.13", "bin2/python3.12"}, {">3.11.7", "bin2/python3.12"}, {"~=3.12.1", "bin2/python3.12"}, {"==3.9.*", "bin/python3.9"},
		{"3.9", "bin/python3.9"}, {"3.8", "pyenv/versions/3.8.18/bin/python"}, {"cpython3.8", "pyenv/versions/3.8.18/bin/python"},
		{"3.13", "pyenv/versions/3.13.10/bin/python"}, {"3.13.2", "pyenv/versions/3.13.2/bin/python"}, {"python3.13", "pyenv/versions/3.13.10/bin/python"},
		{"3.13t", "bin2/python3.13t"}, {"3.13+freethreaded", "bin2/python3.13t"}, {"python3.13t", "bin2/python3.13t"}, {"3.14t", "uv/cpython-3.14.1+freethreaded-x/bin/python"},
		{"3.14", "uv/cpython-3.14.0-linux-x86_64-gnu/bin/python"}, {"3.14.3", "pyenv/versions/odd/bin/python"}, {"cpython-3.14.0-linux-x86_64-gnu", "uv/cpython-3.14.0-linux-x86_64-gnu/bin/python"},
		{"3.15", "pyenv/versions/3.15.0rc1/bin/python"}, {"3.15.0rc1", "pyenv/versions/3.15.0rc1/bin/python"}, {"==3.15.0rc1", "pyenv/versions/3.15.0rc1/bin/python"},
		{"pypy3.10", "bin2/pypy3.10"}, {"pypy3", "bin2/pypy3.10"}, {"pp310", "bin2/pypy3.10"}, {"pypy", "bin2/pypy3.10"}, {"pypy@3.11", "uv/pypy-3.11.15-linux-x86_64-gnu/bin/python"},
		{filepath.Join(dir, "bin/python3.9"), "bin/python3.9"}, {filepath.Join(dir, "project/.venv"), "project/.venv/bin/python"},
		{filepath.Join(dir, "pyenv/versions/odd"), "pyenv/versions/odd/bin/python"},
	} {
		info, err := finder.Find(t.Context(), test.asked, nil)
		if err != nil || info.Executable != filepath.Join(dir, test.want) {
			t.Errorf("%q: got %s, %v; want %s", test.asked, info.Executable, err, test.want)
		}
	}
}

// TestFindNothing holds the errors of requests that nothing fits, or that are none.
func TestFindNothing(t *testing.T) {
	dir, finder := machine(t)
	for _, test := range []struct{ asked, want string }{
		{"3.7", `there is no Python "3.7"`}, {"2.7", `there is no Python "2.7"`}, {"3.11.8", "bin/python3: it is CPython 3.11.7\n"},
		{"3.12t", "bin2/python3.12: it is CPython 3.12.4, but no free-threaded build\n"}, {"pypy3.9", `there is no Python "pypy3.9"`},
		{">=4", `there is no Python ">=4"`}, {"python3.7", `there is no Python "python3.7"`}, {"ruby", `there is no Python "ruby"`},
		{"3.9.1", "bin/python3.9: it is CPython 3.9.18\n"}, {"3.10", "uv python install 3.10, pyenv install 3.10"},
		{"--version", `"--version" names no Python: want`}, {"=>3", `the Python "=>3": `}, {"a b", `"a b" names no Python: want`}, {"3.12\n", `"3.12\n" names no Python: want`},
		{filepath.Join(dir, "none"), "none what it is: there is no such file"}, {t.TempDir() + "/", "what it is: it is a folder without an interpreter"},
		{filepath.Join(dir, "project/.venv/pyvenv.cfg"), "pyvenv.cfg what it is: it is no executable file"},
	} {
		info, err := finder.Find(t.Context(), test.asked, nil)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%q: got %s, %v; want %q", test.asked, info.Executable, err, test.want)
		}
	}
}

// TestNamesTell holds that no interpreter is started whose name is another version's.
func TestNamesTell(t *testing.T) {
	dir, finder := machine(t)
	if err := os.Symlink("python3.9", filepath.Join(dir, "bin", "python4")); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(filepath.Join(dir, "bin", "python3"), filepath.Join(dir, "bin", "python3.11")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("python3.11", filepath.Join(dir, "bin", "python3")); err != nil {
		t.Fatal(err)
	}
	if _, err := finder.Find(t.Context(), ">=3.12,<3.13", nil); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]int{"bin/python3": 0, "bin/python3.11": 0, "bin/python3.9": 0, "bin2/python3.13t": 0, "bin2/pypy3.10": 0, "bin2/python3.12": 1} {
		if got := starts(t, filepath.Join(dir, path)); got != want {
			t.Errorf("%s was started %d times, want %d", path, got, want)
		}
	}
}

func TestFindWhatIsAccepted(t *testing.T) {
	dir, finder := machine(t)
	accepts := func(info interpreter.Info) error {
		if !strings.HasPrefix(info.FullVersion, "3.12") {
			return errors.New("the project wants 3.12")
		}
		return nil
	}
	if info, err := finder.Find(t.Context(), "", accepts); err != nil || info.Executable != filepath.Join(dir, "bin2/python3.12") {
		t.Errorf("got %s, %v", info.Executable, err)
	}
	want := "there is no Python \"3.9\"\n" + filepath.Join(dir, "bin/python3.9") + ": the project wants 3.12\n"
	if _, err := finder.Find(t.Context(), "3.9", accepts); err == nil || !strings.HasPrefix(err.Error(), want) || errors.Is(err, interpreter.ErrNone) {
		t.Errorf("got %v; want %s", err, want)
	}
	want = filepath.Join(dir, "bin/python3.9") + " is not the Python that is needed: the project wants 3.12"
	if _, err := finder.Find(t.Context(), filepath.Join(dir, "bin/python3.9"), accepts); err == nil || err.Error() != want {
		t.Errorf("got %v; want %s", err, want)
	}
	// All are asked before it is given up, each once.
	asked := starts(t, filepath.Join(dir, "bin2/python3.12"))
	_, err := finder.Find(t.Context(), "", func(interpreter.Info) error { return errors.New("no") })
	if n := strings.Count(err.Error(), "\n"); err == nil || n < 12 || !strings.HasPrefix(err.Error(), "no Python that was found will do\n") {
		t.Errorf("got %d lines: %v", n, err)
	}
	if n := starts(t, filepath.Join(dir, "bin2/python3.12")) - asked; n != 1 {
		t.Errorf("Python 3.12 was started %d times", n)
	}
	if n := starts(t, filepath.Join(dir, "bin2/pypy3.10")); n != 0 {
		t.Errorf("PyPy was started %d times, though no one asked for it", n)
	}
}

func TestFindWithoutPython(t *testing.T) {
	finder := &interpreter.Finder{Getenv: environment("PATH", t.TempDir(), "HOME", t.TempDir())}
	_, err := finder.Find(t.Context(), "", nil)
	if !errors.Is(err, interpreter.ErrNone) || !strings.HasPrefix(err.Error(), "no Python is on PATH\ninstall one") {
		t.Errorf("got %v; want ErrNone", err)
	}
}

func TestFindTheActiveAndThePreferred(t *testing.T) {
	dir, finder := machine(t)
	inner := finder.Getenv
	finder.Getenv = func(name string) string {
		if name == "VIRTUAL_ENV" {
			return filepath.Join(dir, "project", ".venv")
		}
		return inner(name)
	}
	for _, test := range []struct{ prefer, asked, want string }{
		{"", "", "3.10.1"}, {"", "3.10", "3.10.1"}, {"", "3.11", "3.11.7"}, {"", ">=3.8", "3.10.1"}, {"", "python3", "3.11.7"},
		{"pyenv/versions/odd", "", "3.14.3"}, {"pyenv/versions/odd/bin/python", "", "3.14.3"}, {"pyenv/versions/odd", "3.14", "3.14.3"},
		{"pyenv/versions/odd", "3.10", "3.10.1"}, {"none", "", "3.10.1"},
	} {
		if finder.Prefer = ""; test.prefer != "" {
			finder.Prefer = filepath.Join(dir, test.prefer)
		}
		if info, err := finder.Find(t.Context(), test.asked, nil); err != nil || info.FullVersion != test.want {
			t.Errorf("%q, preferring %q: got %s, %v; want %s", test.asked, test.prefer, info.FullVersion, err, test.want)
		}
	}
}

// TestPins holds that .python-version is obeyed where it names versions, and that it is named where there is no such Python.
func TestPins(t *testing.T) {
	dir, finder := machine(t)
	pin := filepath.Join(dir, "project", ".python-version")
	finder.Dir = filepath.Join(dir, "project", "deep")
	for _, test := range []struct{ text, want string }{
		{"# mine\n3.13\n", "3.13.10"}, {"3.9.18\n", "3.9.18"}, {"3.8 # old\r\n", "3.8.18"}, {"3.7\n3.12\n", "3.12.4"}, {"pypy3.10-7.3.19\n", "3.10.16"},
		{"cpython-3.14.0-linux-x86_64-gnu\n", "3.14.0"}, {"3.15-dev", "3.15.0rc1"}, {">=3.12", "3.12.4"},
		{"my-environment\n", "3.11.7"}, {"system\n", "3.11.7"}, {"", "3.11.7"}, {"\x00\xff", "3.11.7"}, {"../../bin/python\n", "3.11.7"},
	} {
		write(t, pin, test.text, 0o666)
		if info, err := finder.Find(t.Context(), "", nil); err != nil || info.FullVersion != test.want {
			t.Errorf("%q: got %s, %v; want %s", test.text, info.FullVersion, err, test.want)
		}
	}
	write(t, pin, "3.7\n", 0o666)
	if _, err := finder.Find(t.Context(), "", nil); err == nil || !strings.HasPrefix(err.Error(), `there is no Python "3.7" of `+pin+"\n") {
		t.Errorf("got %v", err)
	}
	if info, err := finder.Find(t.Context(), "3.12", nil); err != nil || info.FullVersion != "3.12.4" {
		t.Errorf("a request gives way to .python-version: got %s, %v", info.FullVersion, err)
	}
}

// TestShims holds that in place of pyenv's shims the interpreters are asked that they would start.
func TestShims(t *testing.T) {
	dir, finder := machine(t)
	for _, name := range []string{"python", "python3", "python3.13"} {
		program(t, filepath.Join(dir, "pyenv", "shims", name), "echo start >> '"+dir+"/shim.starts'; exit 127\n")
	}
	work := filepath.Join(dir, "work", "below")
	if err := os.MkdirAll(work, 0o777); err != nil {
		t.Fatal(err)
	}
	t.Chdir(work)
	selected := ""
	finder.Getenv = func(name string) string {
		return environment("PATH", filepath.Join(dir, "pyenv", "shims")+":"+filepath.Join(dir, "bin"), "PYENV_ROOT", filepath.Join(dir, "pyenv"), "PYENV_VERSION", selected)(name)
	}
	for _, test := range []struct{ global, local, variable, want string }{
		{"", "", "", "3.11.7"}, {"3.8.18\n", "", "", "3.8.18"}, {"3.8.18\n", "odd\n", "", "3.14.3"}, {"3.8.18\n", "odd\n", "3.13.2", "3.13.2"},
		{"3.13\n", "", "", "3.13.10"}, {"system\n", "", "", "3.11.7"}, {"3.7.1\n3.13.2\n", "", "", "3.13.2"}, {"", "", "../../bin", "3.11.7"}, {"", "", "none:odd", "3.14.3"},
	} {
		write(t, filepath.Join(dir, "pyenv", "version"), test.global, 0o666)
		write(t, filepath.Join(dir, "work", ".python-version"), test.local, 0o666)
		selected = test.variable
		if info, err := finder.Find(t.Context(), "", nil); err != nil || info.FullVersion != test.want {
			t.Errorf("%+v: got %s, %v", test, info.FullVersion, err)
		}
	}
	if n := starts(t, filepath.Join(dir, "shim")); n != 0 {
		t.Errorf("shims were started %d times", n)
	}
}

// TestFindIsInterrupted holds that nothing else is asked when the caller has given up.
func TestFindIsInterrupted(t *testing.T) {
	_, finder := machine(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := finder.Find(ctx, "", nil); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
