package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ofiuco/ofiuco/internal/oracle"
)

// sourceProject is testdata/fromsource with a git repository of its own.
func sourceProject(t *testing.T) string {
	t.Helper()
	git := oracle.Program(t, "git")
	dir := t.TempDir()
	if err := os.CopyFS(filepath.Join(dir, "project"), os.DirFS("testdata/fromsource")); err != nil {
		t.Fatal(err)
	}
	repository := filepath.Join(dir, "repository")
	pkg := filepath.Join(repository, "packages", "in-git")
	writeFiles(t, pkg, map[string]string{
		"pyproject.toml":     "[build-system]\nrequires = [\"hatchling\"]\nbuild-backend = \"hatchling.build\"\n[project]\nname = \"in-git\"\nversion = \"1.2\"\n",
		"in_git/__init__.py": "FROM = 'a commit'\n",
	})
	var commit bytes.Buffer
	for _, args := range [][]string{
		{"init", "-q"}, {"add", "."}, {"-c", "user.name=Test", "-c", "user.email=test@example.com", "commit", "-qm", "first"}, {"rev-parse", "HEAD"},
	} {
		cmd := exec.Command(git, args...)
		cmd.Dir, cmd.Stdout = repository, &commit
		if err := cmd.Run(); err != nil {
			t.Fatalf("git %s: %v", args, err)
		}
	}
	lock := filepath.Join(dir, "project", "pylock.toml")
	text, err := os.ReadFile(lock)
	if err != nil {
		t.Fatal(err)
	}
	replaced := strings.NewReplacer("$REPOSITORY", "file://"+repository, "$COMMIT", strings.TrimSpace(commit.String())).Replace(string(text))
	if err := os.WriteFile(lock, []byte(replaced), 0o666); err != nil {
		t.Fatal(err)
	}
	return filepath.Dir(lock)
}

// TestFromSource makes an environment of which nothing has a wheel: one package for each of the usual backends, with
// extension modules in C, C++, Cython and Rust, one out of a git repository's subdirectory, and an editable one.
func TestFromSource(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles for a minute")
	}
	for _, program := range []string{"gcc", "g++", "cargo", "pg_config"} {
		oracle.Program(t, program)
	}
	oracle.Python(t) // the network is there where it is
	project := sourceProject(t)
	cache := t.TempDir()
	env := filepath.Join(t.TempDir(), "env")
	ofiuco := func(args ...string) string {
		t.Helper()
		cmd := exec.Command("ofiuco", append(args, "--cache-dir", cache)...)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("ofiuco %s: %v\n%s", strings.Join(args, " "), err, out)
		}
		return string(out)
	}
	ofiuco("venv", "--project", project, "--lock", filepath.Join(project, "pylock.toml"), env)
	program := `
import contourpy, idna, iniconfig, in_git, local_pkg, markupsafe._speedups, orjson, pdm.backend, psycopg2, rpds, tomlkit, yaml
assert yaml.__with_libyaml__ in (True, False)
assert orjson.loads(orjson.dumps({"a": [1, 2]})) == {"a": [1, 2]}
assert in_git.FROM == "a commit"
print(local_pkg.__file__)
`
	out, err := exec.Command(filepath.Join(env, "bin", "python"), "-c", program).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if !strings.HasPrefix(string(out), project) {
		t.Errorf("the editable package is imported from %s", out)
	}
	if said := ofiuco("venv", "--project", project, "--lock", filepath.Join(project, "pylock.toml"), "--frozen", "--offline", env); !strings.HasPrefix(said, "unchanged") {
		t.Errorf("the second run says %s", said)
	}
	text, err := os.ReadFile(filepath.Join(project, "ofiuco.build.lock"))
	if err != nil || !strings.Contains(string(text), "setuptools") {
		t.Errorf("the build lock holds %s (%v)", text, err)
	}
}
