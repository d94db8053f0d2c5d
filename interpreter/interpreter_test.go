package interpreter_test

import (
	"cmp"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ofiuco/ofiuco/internal/oracle"
	"github.com/ofiuco/ofiuco/interpreter"
)

// TestTargetIsTheInterpreter holds what is made of an interpreter's answers against what it says of itself to packaging.
func TestTargetIsTheInterpreter(t *testing.T) {
	python := oracle.Python(t)
	info, err := interpreter.Query(t.Context(), python)
	if err != nil {
		t.Fatal(err)
	}
	target, err := info.Target()
	if err != nil {
		t.Fatal(err)
	}
	program := "from packaging import markers, tags\n" +
		"e = markers.default_environment()\n" +
		"print(e['python_full_version'], e['platform_machine'], e['sys_platform'], e['implementation_name'], next(tags.sys_tags()))"
	out, err := exec.Command(python, "-c", program).Output()
	if err != nil {
		t.Fatal(err)
	}
	env := target.Environment()
	got := strings.Join([]string{env.PythonFullVersion, env.PlatformMachine, env.SysPlatform, env.ImplementationName, target.Tags()[0].String()}, " ")
	if want := strings.TrimSpace(string(out)); got != want {
		t.Errorf("got %s, packaging says %s", got, want)
	}
	if target.PatchAssumed() {
		t.Error("the patch release was assumed, though the interpreter said it")
	}
}

// installed are pyenv's interpreters, and the system's.
func installed(t *testing.T) []string {
	t.Helper()
	root := os.Getenv("PYENV_ROOT")
	if root == "" {
		home, _ := os.UserHomeDir()
		root = filepath.Join(home, ".pyenv")
	}
	found, _ := filepath.Glob(filepath.Join(root, "versions", "*", "bin", "python"))
	if len(found) == 0 {
		t.Skip("pyenv has no Python")
	}
	// The oldest, which are too old, and the newest tell most. 3.9 is older than 3.10.
	slices.SortFunc(found, func(a, b string) int { return cmp.Or(len(a)-len(b), strings.Compare(a, b)) })
	for middle := len(found) / 2; len(found) > oracle.Cases(t, 6, 100); middle = len(found) / 2 {
		found = slices.Delete(found, middle, middle+1)
	}
	if _, err := os.Stat("/usr/bin/python3"); err == nil {
		found = append(found, "/usr/bin/python3")
	}
	return found
}

// TestInstalled asks every Python of this machine, then through an environment, and one that was made by that, whose answers
// differ in the executable alone. What is older than Python 3.8 is told to be.
func TestInstalled(t *testing.T) {
	for _, python := range installed(t) {
		t.Run(python, func(t *testing.T) {
			t.Parallel()
			said, err := exec.Command(python, "-c", "import sys; print('%d.%d.%d %d' % (sys.version_info[:3] + (sys.version_info >= (3, 8),)))").Output()
			if err != nil {
				t.Skip(err)
			}
			number, works, _ := strings.Cut(strings.TrimSpace(string(said)), " ")
			info, err := interpreter.Query(t.Context(), python)
			if works == "0" {
				if err == nil || !strings.HasSuffix(err.Error(), "Python 3.8 or newer is needed") {
					t.Errorf("of Python %s, got %v", number, err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			checkInfo(t, info, number)
			t.Run("environment", func(t *testing.T) { checkEnvironments(t, info) })
		})
	}
}

func checkInfo(t *testing.T, info interpreter.Info, number string) {
	t.Helper()
	minor := number[:strings.LastIndexByte(number, '.')]
	if info.FullVersion != number || info.Python != number || info.Implementation != "CPython" || info.Library != "python"+minor ||
		info.CacheTag != "cpython-"+strings.ReplaceAll(minor, ".", "") || info.Windows {
		t.Errorf("of Python %s, got %+v", number, info)
	}
	if info.BaseExecutable != info.Executable || !strings.HasPrefix(info.BaseExecutable, info.BasePrefix+"/bin/") {
		t.Errorf("the base executable is %q, the executable %q, the prefix %q", info.BaseExecutable, info.Executable, info.BasePrefix)
	}
	if target, err := info.Target(); err != nil || target.FullPython() != number {
		t.Errorf("the target is %v, %v", target, err)
	}
}

// checkEnvironments makes an environment, and another one by its interpreter.
func checkEnvironments(t *testing.T, info interpreter.Info) {
	python, dir := info.Executable, t.TempDir()
	finder := &interpreter.Finder{Cache: t.TempDir()}
	for _, name := range []string{"first", "second"} {
		prefix := filepath.Join(dir, name)
		if out, err := exec.Command(python, "-m", "venv", "--without-pip", prefix).CombinedOutput(); err != nil {
			t.Skipf("python -m venv: %v\n%s", err, out)
		}
		python = filepath.Join(prefix, "bin", "python")
		got, err := interpreter.Query(t.Context(), python)
		if err != nil {
			t.Fatal(err)
		}
		if got.Executable != python {
			t.Errorf("the executable of the %s environment is %q", name, got.Executable)
		}
		base, err := filepath.EvalSymlinks(got.BaseExecutable)
		if want, _ := filepath.EvalSymlinks(info.Executable); err != nil || base != want || strings.HasPrefix(got.BaseExecutable, dir) {
			t.Errorf("the base of the %s environment is %q, %v; want what %q is", name, got.BaseExecutable, err, want)
		}
		// Not asked itself, but through its base.
		if through, err := finder.Query(t.Context(), python); err != nil || through != got {
			t.Errorf("through the base, the %s environment is\n%+v, by itself\n%+v, %v", name, through, got, err)
		}
		got.Executable, got.BaseExecutable = info.Executable, info.BaseExecutable
		if got != info {
			t.Errorf("the %s environment has\n%+v, its base\n%+v", name, got, info)
		}
	}
}
