package locktool_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/ofiuco/ofiuco/internal/oracle"
	"github.com/ofiuco/ofiuco/locktool"
)

const project = `[project]
name = "demo"
version = "1"
requires-python = ">=3.9"
dependencies = []

[tool.uv]
package = false

[tool.poetry]
package-mode = false
`

// write makes a file, and its folder.
func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// job is one on a new project, without network.
func job(t *testing.T, tool, lock string) (*locktool.Job, *bytes.Buffer) {
	t.Helper()
	t.Setenv("UV_OFFLINE", "1")
	t.Setenv("UV_PYTHON", oracle.Python(t))
	t.Setenv("UV_CACHE_DIR", t.TempDir())
	t.Setenv("POETRY_CACHE_DIR", t.TempDir())
	t.Setenv("POETRY_VIRTUALENVS_CREATE", "false")
	dir := t.TempDir()
	write(t, filepath.Join(dir, "pyproject.toml"), project)
	var out bytes.Buffer
	return &locktool.Job{
		Tool: tool, Program: oracle.Tool(t, tool), Pyproject: filepath.Join(dir, "pyproject.toml"), Lock: filepath.Join(dir, lock),
		Stdout: &out, Stderr: &out,
	}, &out
}

// TestLocks has each tool write its lock: a new one, one in the place of an empty file, and one elsewhere.
func TestLocks(t *testing.T) {
	for tool, usual := range map[string]string{"poetry": "poetry.lock", "uv": "uv.lock"} {
		for _, test := range []struct {
			name, lock string
			empty      bool
			versions   locktool.Versions
		}{
			{name: "new", lock: usual},
			{name: "empty", lock: usual, empty: true, versions: locktool.Newest},
			{name: "elsewhere", lock: "locks/other.lock", empty: true, versions: locktool.Keep},
		} {
			t.Run(tool+"/"+test.name, func(t *testing.T) {
				j, out := job(t, tool, test.lock)
				j.Versions = test.versions
				if test.empty {
					write(t, j.Lock, "")
				}
				runs := 2 // the second time the lock is there
				if tool == "poetry" {
					runs = 1 // each takes a second
				}
				for range runs {
					if err := j.Run(context.Background()); err != nil {
						t.Fatalf("%v\n%s", err, out)
					}
				}
				if text := read(t, j.Lock); !strings.Contains(text, "python") {
					t.Errorf("the lock is %q", text)
				}
				if beside := filepath.Join(filepath.Dir(j.Pyproject), usual); beside != j.Lock {
					if _, err := os.Stat(beside); err == nil {
						t.Errorf("%s was left", beside)
					}
				}
			})
		}
	}
}

// TestCommand runs another command of the tool.
func TestCommand(t *testing.T) {
	j, out := job(t, "uv", "uv.lock")
	j.Args = []string{"--", "version", "--short"}
	if err := j.Run(context.Background()); err != nil || strings.TrimSpace(out.String()) != "1" {
		t.Errorf("uv version --short: %v, %q", err, out)
	}
}

// TestFailure keeps the lock of a project that the tool refuses, and tells its status.
func TestFailure(t *testing.T) {
	for _, lock := range []string{"uv.lock", "other.lock"} {
		j, _ := job(t, "uv", lock)
		write(t, j.Pyproject, "[project]\nname = \"demo\"\n")
		write(t, j.Lock, "")
		var exit *exec.ExitError
		if err := j.Run(context.Background()); !errors.As(err, &exit) || exit.ExitCode() != 2 {
			t.Errorf("%s: %v", lock, err)
		}
		if text := read(t, j.Lock); text != "" {
			t.Errorf("%s is %q", lock, text)
		}
	}
}

func TestRefusals(t *testing.T) {
	j, _ := job(t, "uv", "other.lock")
	usual := filepath.Join(filepath.Dir(j.Pyproject), "uv.lock")
	write(t, usual, "mine")
	if err := j.Run(context.Background()); err == nil || !strings.Contains(err.Error(), "name that one as lock") || read(t, usual) != "mine" {
		t.Errorf("another lock beside pyproject.toml: %v", err)
	}
	j.Lock, j.Program = usual, filepath.Join(t.TempDir(), "uv")
	if err := j.Run(context.Background()); err == nil || !strings.Contains(err.Error(), "install it (pipx install uv)") {
		t.Errorf("no program: %v", err)
	}
	j.Pyproject = filepath.Join(t.TempDir(), "other.toml")
	if err := j.Run(context.Background()); err == nil || !strings.Contains(err.Error(), `not "other.toml"`) {
		t.Errorf("other.toml: %v", err)
	}
	j.Tool = "pip"
	if err := j.Run(context.Background()); err == nil || !strings.Contains(err.Error(), "want poetry or uv") {
		t.Errorf("pip: %v", err)
	}
}

// TestFlags looks at the arguments that a Poetry gets, by its version.
func TestFlags(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the programs of this test are shell scripts")
	}
	for _, test := range []struct {
		version  string
		versions locktool.Versions
		want     []string
	}{
		{"Poetry (version 1.8.3)", locktool.AsTool, []string{"lock", "-v"}},
		{"Poetry (version 1.8.3)", locktool.Keep, []string{"lock", "--no-update", "-v"}},
		{"Poetry (version 1.8.3)", locktool.Newest, []string{"lock", "-v"}},
		{"Poetry (version 2.3.2)", locktool.Keep, []string{"lock", "-v"}},
		{"Poetry (version 2.3.2)", locktool.Newest, []string{"lock", "--regenerate", "-v"}},
	} {
		dir := t.TempDir()
		program := filepath.Join(dir, "poetry")
		write(t, program, "#!/bin/sh\ncase $1 in --version) echo '"+test.version+"';; *) printf '%s\\n' \"$@\";; esac\n")
		if err := os.Chmod(program, 0o755); err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(dir, "pyproject.toml"), project)
		var out bytes.Buffer
		j := locktool.Job{
			Tool: "poetry", Program: program, Pyproject: filepath.Join(dir, "pyproject.toml"), Lock: filepath.Join(dir, "poetry.lock"),
			Versions: test.versions, Args: []string{"-v"}, Stdout: &out,
		}
		if err := j.Run(context.Background()); err != nil || !slices.Equal(strings.Fields(out.String()), test.want) {
			t.Errorf("%s, %q: %v, %q, want %q", test.version, test.versions, err, out.String(), test.want)
		}
	}
}
