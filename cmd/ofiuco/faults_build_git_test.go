package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ofiuco/ofiuco/internal/oracle"
)

// gitYard is a project whose lock names a commit of a repository of pkg 1.0. Its git leaves a mark whenever it runs.
type gitYard struct {
	*yard
	url, commit string
	path        string // PATH with that git
}

func newGitYard(t *testing.T) *gitYard {
	t.Helper()
	git := oracle.Program(t, "git")
	y := &gitYard{yard: newYard(t, nil)}
	repository, programs := filepath.Join(y.dir, "repository"), filepath.Join(y.dir, "programs")
	for _, m := range yardTree("def build(out): pass") {
		writeFiles(t, repository, map[string]string{strings.TrimPrefix(m.Name, "pkg-1.0/"): m.content})
	}
	if err := os.Symlink("..", filepath.Join(repository, "up")); err != nil {
		t.Skip(err) // Windows
	}
	script := "git init -q && git add . && git -c user.name=Test -c user.email=test@example.com commit -qm first && git rev-parse HEAD"
	made := exec.Command("sh", "-c", script)
	made.Dir = repository
	out, err := made.Output()
	if err != nil {
		t.Fatal(err)
	}
	writeFiles(t, programs, map[string]string{"git": fmt.Sprintf("#!/bin/sh\necho \"$@\" >>%q\nexec %q \"$@\"\n", y.mark, git)})
	if err := os.Chmod(filepath.Join(programs, "git"), 0o755); err != nil {
		t.Fatal(err)
	}
	y.url, y.commit = "file://"+filepath.ToSlash(repository), strings.TrimSpace(string(out))
	y.path = "PATH=" + programs + string(filepath.ListSeparator) + os.Getenv("PATH")
	return y
}

// gitLocks are the formats of locks that name a commit, with places for the URL, the commit, the reference and the subdirectory.
var gitLocks = map[string]func(url, commit, reference, subdirectory string) string{
	"pylock.toml": func(url, commit, reference, subdirectory string) string {
		return fmt.Sprintf("lock-version = \"1.0\"\ncreated-by = \"test\"\n[[packages]]\nname = \"pkg\"\nversion = \"1.0\"\n"+
			"vcs = {type = \"git\", url = %q, commit-id = %q, requested-revision = %q, subdirectory = %q}\n", url, commit, reference, subdirectory)
	},
	"poetry.lock": func(url, commit, reference, subdirectory string) string {
		return fmt.Sprintf("[[package]]\nname = \"pkg\"\nversion = \"1.0\"\noptional = false\npython-versions = \"*\"\ngroups = [\"main\"]\nfiles = []\n"+
			"[package.source]\ntype = \"git\"\nurl = %q\nreference = %q\nresolved_reference = %q\nsubdirectory = %q\n"+
			"[metadata]\nlock-version = \"2.1\"\npython-versions = \"*\"\ncontent-hash = \"\"\n", url, reference, commit, subdirectory)
	},
	"uv.lock": func(url, commit, reference, subdirectory string) string {
		return fmt.Sprintf("version = 1\nrevision = 3\nrequires-python = \">=3.8\"\n[[package]]\nname = \"app\"\nversion = \"0.1.0\"\n"+
			"source = { virtual = \".\" }\ndependencies = [{ name = \"pkg\" }]\n[[package]]\nname = \"pkg\"\nversion = \"1.0\"\n"+
			"source = { git = %q }\n", url+"?subdirectory="+subdirectory+"&rev="+reference+"#"+commit)
	},
}

// venv is a run with a lock of a format; offline only for what needs no repository.
func (y *gitYard) venv(format, url, commit, reference, subdirectory string) *exec.Cmd {
	y.t.Helper()
	dir := filepath.Join(y.t.TempDir(), "project")
	writeFiles(y.t, dir, map[string]string{format: gitLocks[format](url, commit, reference, subdirectory)})
	c := command("venv", "--project", dir, "--lock", filepath.Join(dir, format), "--python", hostPython(), "--cache-dir", y.store, y.env)
	c.Env = append(c.Env, y.path)
	return c
}

// TestBuildGit has locks whose URLs, commits, references and subdirectories are options, commands or paths out of the source.
func TestBuildGit(t *testing.T) {
	t.Parallel()
	y := newGitYard(t)
	pwned := filepath.Join(y.dir, "pwned")
	for format := range sorted(gitLocks) {
		for _, c := range []struct {
			name, url, commit, reference, subdirectory string
			words                                      string
			git                                        bool // git has to look
		}{
			{name: "option as a URL", url: "--upload-pack=touch " + pwned, words: "--upload-pack=touch"},
			{name: "short option as a URL", url: "-utouch " + pwned, words: "-utouch"},
			{name: "ext", url: "ext::sh -c touch% " + pwned, words: "ext::"},
			{name: "fd", url: "fd::17/foo", words: "fd::"},
			{name: "http", url: "http://index.invalid/pkg.git", words: "http://index.invalid/pkg.git"},
			{name: "option as a host", url: "ssh://-oProxyCommand=touch%20" + pwned + "/pkg", words: "ProxyCommand"},
			{name: "option as a user", url: "ssh://-oProxyCommand=touch@index.invalid/pkg", words: "dash"},
			{name: "relative path", url: "../repository", words: "../repository"},
			{name: "escape code", url: "https://index.invalid/\x1b[31m", words: "index.invalid"},
			{name: "secret", url: "ftp://user:hunter2@index.invalid/pkg.git", words: "ftp://"},
			{name: "option as a commit", commit: "--output=" + pwned, words: "--output="},
			{name: "branch as a commit", commit: "main", words: "main"},
			{name: "short commit", commit: "0123456", words: "0123456"},
			{name: "blank commit", commit: " ", words: "commit"},
			{name: "option as a reference", reference: "--upload-pack=touch " + pwned, words: "--upload-pack=touch"},
			{name: "reference that climbs", reference: "../../../../etc/passwd", words: "../../../../etc/passwd"},
			{name: "missing commit", commit: strings.Repeat("0123", 10), words: strings.Repeat("0123", 10), git: true},
			{name: "missing repository", url: y.url + "-missing", words: "repository-missing", git: true},
			{name: "subdirectory that climbs", subdirectory: "../../..", words: "../../..", git: true},
			{name: "absolute subdirectory", subdirectory: "/etc", words: "/etc", git: true},
			{name: "subdirectory through a link", subdirectory: "up", words: "up", git: true},
			{name: "subdirectory that is missing", subdirectory: "missing", words: "missing", git: true},
		} {
			if c.git && format != "pylock.toml" {
				continue // what git says does not depend on the lock's format
			}
			t.Run(format+", "+c.name, func(t *testing.T) {
				_ = os.Remove(y.mark)
				url, commit := c.url, c.commit
				if url == "" {
					url = y.url
				}
				if commit == "" {
					commit = y.commit
				}
				got := finish(t, y.venv(format, url, commit, c.reference, c.subdirectory))
				wantFailure(t, c.name, got, statusInput, format+":", "pkg 1.0", c.words)
				if strings.ContainsRune(got.stderr, '\x1b') || strings.Contains(got.stderr, "hunter2") || fileExists(pwned) {
					t.Errorf("an escape code or a secret is printed, or something ran: %q", got.stderr)
				}
				if ran, err := os.ReadFile(y.mark); err == nil && !c.git {
					t.Errorf("git ran: %s", ran)
				}
				y.wantNothing(c.name)
			})
		}
		if got := finish(t, y.venv(format, y.url, y.commit, "", "")); got.status != statusDone {
			t.Errorf("%s: a sound commit: %s", format, got)
		}
		if err := os.RemoveAll(y.env); err != nil {
			t.Fatal(err)
		}
		y.store = t.TempDir()
	}
}
