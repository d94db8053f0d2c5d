package interpreter_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ofiuco/ofiuco/internal/oracle"
	"github.com/ofiuco/ofiuco/interpreter"
)

func environment(pairs ...string) func(string) string {
	return func(name string) string {
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i] == name {
				return pairs[i+1]
			}
		}
		return ""
	}
}

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

func TestFindPrefersTheVirtualEnvironment(t *testing.T) {
	python := oracle.Python(t)
	got, err := interpreter.Find(environment("VIRTUAL_ENV", filepath.Dir(filepath.Dir(python))))
	if err != nil || filepath.Clean(got) != filepath.Clean(python) {
		t.Errorf("got %q, %v; want %q", got, err, python)
	}
}

func TestFindWithoutPython(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	if got, err := interpreter.Find(environment()); !errors.Is(err, interpreter.ErrNone) {
		t.Errorf("got %q, %v; want ErrNone", got, err)
	}
}

// TestQueryOfWhatIsNoPython quotes the last line that the program said.
func TestQueryOfWhatIsNoPython(t *testing.T) {
	for _, test := range []struct{ script, want string }{
		{"#!/bin/sh\necho first >&2; echo 'no \033module' >&2; exit 3\n", `exit status 3: "no \x1bmodule"`},
		{"#!/bin/sh\necho hello\n", `it answered "hello"`},
	} {
		path := filepath.Join(t.TempDir(), "python3")
		if err := os.WriteFile(path, []byte(test.script), 0o755); err != nil {
			t.Fatal(err)
		}
		if _, err := interpreter.Query(t.Context(), path); err == nil || !strings.HasSuffix(err.Error(), test.want) {
			t.Errorf("got %v, want the end %s", err, test.want)
		}
	}
}
