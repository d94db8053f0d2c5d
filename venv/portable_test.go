package venv_test

import (
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/ofiuco/ofiuco/install"
	"github.com/ofiuco/ofiuco/tree"
	"github.com/ofiuco/ofiuco/venv"
	"github.com/ofiuco/ofiuco/wheel"
)

// portable writes a portable environment with one package that has a program and a script.
func portable(t testing.TB, p *venv.Portable, dir string) {
	t.Helper()
	filename, archive := makeWheel(t, "alpha", "1.0", files{
		"alpha.py":                              "import os, subprocess, sys\ndef main():\n    print('alpha', sys.prefix, sys.prefix != sys.base_prefix, os.environ.get('PYTHONHOME'))\n",
		"alpha-1.0.dist-info/entry_points.txt":  "[console_scripts]\nalpha = alpha:main\n",
		"alpha-1.0.data/scripts/alpha-script":   "#!python\nimport alpha\nalpha.main()\n",
		"alpha-1.0.data/data/share/alpha/a.txt": "a",
	})
	w, err := wheel.Check(bytes.NewReader(archive), int64(len(archive)), filename)
	if err != nil {
		t.Fatal(err)
	}
	installed, err := install.Tree(w, bytes.NewReader(archive), install.Options{Scheme: p.Scheme(), Interpreter: venv.PortableInterpreter})
	if err != nil {
		t.Fatal(err)
	}
	whole, links, err := p.Tree(installed)
	if err != nil {
		t.Fatal(err)
	}
	writeTree(t, whole, dir)
	for _, link := range links {
		if err := os.Symlink(link.Target, filepath.Join(dir, link.Path)); err != nil {
			t.Fatal(err)
		}
	}
}

func writeTree(t testing.TB, whole tree.Tree, dir string) {
	t.Helper()
	for _, f := range whole.Files() {
		text, err := f.Content.ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, f.Path)
		perm := fs.FileMode(0o644)
		if f.Executable {
			perm = 0o755
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, text, perm); err != nil {
			t.Fatal(err)
		}
	}
}

func run(t testing.TB, path string, args ...string) string {
	t.Helper()
	out, err := exec.Command(path, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %q: %v\n%s", path, args, err, out)
	}
	return string(out)
}

// TestPortableIsMoved moves an environment, and runs it where it is then: by its path, by links to its programs and from links
// to all its files, as in a sandbox of Bazel.
func TestPortableIsMoved(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("for Unix only")
	}
	info := hostPython(t)
	above := t.TempDir()
	for _, test := range []struct{ name, executable string }{
		{"absolute", info.BaseExecutable},
		{"built", "external/python/bin/python3"},
	} {
		t.Run(test.name, func(t *testing.T) {
			info := info
			info.Executable, info.BaseExecutable = test.executable, ""
			made := filepath.Join(t.TempDir(), "made")
			portable(t, &venv.Portable{Interpreter: info, Prompt: "mine"}, made)
			if err := os.MkdirAll(filepath.Join(above, "external"), 0o777); err != nil {
				t.Fatal(err)
			}
			_ = os.Symlink(info.BasePrefix, filepath.Join(above, "external", "python")) // once
			env := filepath.Join(above, "bazel-out", "it's "+test.name)
			if err := os.MkdirAll(filepath.Dir(env), 0o777); err != nil {
				t.Fatal(err)
			}
			if err := os.Rename(made, env); err != nil {
				t.Fatal(err)
			}
			want := "alpha " + env + " True None\n"
			for _, program := range []string{"alpha", "alpha-script"} {
				if got := run(t, filepath.Join(env, "bin", program)); got != want {
					t.Errorf("%s says %q, want %q", program, got, want)
				}
				link := filepath.Join(t.TempDir(), "link")
				if err := os.Symlink(filepath.Join(env, "bin", program), link); err != nil {
					t.Fatal(err)
				}
				if got := run(t, link); got != want {
					t.Errorf("a link to %s says %q, want %q", program, got, want)
				}
			}
			for _, python := range []string{"python", "python3", filepath.Base(info.Library)} {
				if got := run(t, filepath.Join(env, "bin", python), "-c", "import alpha; alpha.main()"); got != want {
					t.Errorf("%s says %q, want %q", python, got, want)
				}
			}
			farm := filepath.Join(t.TempDir(), "farm")
			linkAll(t, env, farm)
			if got := run(t, filepath.Join(farm, "bin", "python"), "-c", "import alpha; alpha.main()"); got != "alpha "+farm+" True None\n" {
				t.Errorf("through links to all files: %q", got)
			}
		})
	}
}

// linkAll makes a folder of links to all files of another.
func linkAll(t testing.TB, from, to string) {
	t.Helper()
	err := filepath.WalkDir(from, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		goal := filepath.Join(to, strings.TrimPrefix(path, from))
		if entry.IsDir() {
			return os.MkdirAll(goal, 0o777)
		}
		return os.Symlink(path, goal)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestPortableInRunfiles finds an interpreter that is built along in runfiles, where it is without "external/".
func TestPortableInRunfiles(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("for Unix only")
	}
	info := hostPython(t)
	runfiles := t.TempDir()
	prefix := info.BasePrefix
	info.Executable = "external/python_3/bin/python3"
	env := filepath.Join(runfiles, "_main", "pkg", "env")
	portable(t, &venv.Portable{Interpreter: info}, env)
	out, err := exec.Command(filepath.Join(env, "bin", "alpha")).CombinedOutput()
	if err == nil || !strings.Contains(string(out), "there is no interpreter in a folder above") {
		t.Errorf("without an interpreter: %v, %q", err, out)
	}
	if err := os.Symlink(prefix, filepath.Join(runfiles, "python_3")); err != nil {
		t.Fatal(err)
	}
	if got, want := run(t, filepath.Join(env, "bin", "alpha")), "alpha "+env+" True None\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestPortableHoldsNoPath makes an environment twice: it knows neither where it is made nor by whom.
func TestPortableHoldsNoPath(t *testing.T) {
	info := hostPython(t)
	p := &venv.Portable{Interpreter: info, Prompt: "x", Creator: "test 1"}
	first, second := filepath.Join(t.TempDir(), "one"), filepath.Join(t.TempDir(), "two")
	portable(t, p, first)
	portable(t, p, second)
	if out, err := exec.Command("diff", "-r", first, second).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	if out, err := exec.Command("grep", "-rF", filepath.Dir(first), first).CombinedOutput(); err == nil {
		t.Errorf("a file holds the folder's path:\n%s", out)
	}
}

func TestPortableActivate(t *testing.T) {
	info := hostPython(t)
	env := filepath.Join(t.TempDir(), `it's "$HOME" é`)
	portable(t, &venv.Portable{Interpreter: info, Prompt: "mine"}, env)
	posix := `. "$SCRIPT"; cd /; echo "$VIRTUAL_ENV|$VIRTUAL_ENV_PROMPT|${PATH%%:*}"; python -c 'import sys; print(sys.prefix)'; deactivate; echo "${VIRTUAL_ENV-none}"`
	for _, shell := range []struct {
		name, script, program string
		args                  []string
	}{
		{"bash", "activate", posix, []string{"--norc", "-eu"}},
		{"zsh", "activate", posix, []string{"-f", "-eu"}},
		{"fish", "activate.fish", `source $SCRIPT; cd /; echo "$VIRTUAL_ENV|$VIRTUAL_ENV_PROMPT|$PATH[1]"; python -c 'import sys; print(sys.prefix)'; deactivate; set -q VIRTUAL_ENV; or echo none`, []string{"--no-config"}},
	} {
		t.Run(shell.name, func(t *testing.T) {
			path, err := exec.LookPath(shell.name)
			if err != nil {
				t.Skipf("there is no %s: apt-get install %[1]s", shell.name)
			}
			cmd := exec.Command(path, append(shell.args, "-c", shell.program)...)
			cmd.Dir = env
			cmd.Env = []string{"SCRIPT=bin/" + shell.script, "PATH=" + os.Getenv("PATH"), "HOME=" + env, "LANG=C.UTF-8", "CDPATH=/tmp"}
			want := env + "|mine|" + env + "/bin\n" + env + "\nnone\n"
			if out, err := cmd.CombinedOutput(); err != nil || string(out) != want {
				t.Errorf("%v, got\n%s\nwant\n%s", err, out, want)
			}
		})
	}
	cmd := exec.Command("sh", "-c", `. "$0"; echo "${VIRTUAL_ENV-none}"`, filepath.Join(env, "bin", "activate"))
	if link, err := filepath.EvalSymlinks("/bin/sh"); err == nil && filepath.Base(link) == "dash" {
		if out, err := cmd.CombinedOutput(); err != nil || !strings.HasPrefix(string(out), "activate needs bash or zsh") || !strings.HasSuffix(string(out), "\nnone\n") {
			t.Errorf("in dash: %v, %q", err, out)
		}
	}
}

func TestPortableRefusals(t *testing.T) {
	info := hostPython(t)
	content := func(text string) tree.Tree {
		made, err := tree.New([]tree.File{{Path: "bin/activate", Owner: "alpha 1.0", Content: tree.BytesContent([]byte(text))}})
		if err != nil {
			t.Fatal(err)
		}
		return made
	}
	p := &venv.Portable{Interpreter: info}
	if _, _, err := p.Tree(content("mine")); err == nil || !strings.Contains(err.Error(), "alpha 1.0 and the virtual environment bring different files to") {
		t.Errorf("a package that brings activate: %v", err)
	}
	p.Prompt = "a\nb"
	if _, _, err := p.Tree(); err == nil || !strings.Contains(err.Error(), "control character") {
		t.Errorf("a prompt of two lines: %v", err)
	}
}
