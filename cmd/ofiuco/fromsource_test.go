package main

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
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
// extension modules in C, Cython and Rust, one out of a git repository's subdirectory, and an editable one.
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
import idna, iniconfig, in_git, local_pkg, markupsafe._speedups, orjson, pdm.backend, psycopg2, tomlkit, yaml
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

// TestFromSourceForARM64 cross-compiles extension modules, twice, and has a real arm64 CPython import them under emulation.
func TestFromSourceForARM64(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles for half a minute")
	}
	oracle.Program(t, "aarch64-linux-gnu-gcc")
	qemu := oracle.Program(t, "qemu-aarch64-static")
	cross := filepath.Join(oracle.Dir(), "cross")
	sysroot := filepath.Join(cross, "sysroot")
	python := filepath.Join(sysroot, "usr", "bin", "python3.11")
	if _, err := os.Stat(python); err != nil {
		oracle.Missing(t, "the arm64 system root for cross builds")
	}
	project, site := t.TempDir(), t.TempDir()
	digests := map[string][32]byte{}
	for _, cache := range []string{t.TempDir(), t.TempDir()} {
		out := t.TempDir()
		for _, sdist := range []string{"MarkupSafe-2.1.5.tar.gz", "psycopg2-2.9.10.tar.gz"} {
			cmd := exec.Command("ofiuco", "wheel", "--project", project, "--cache-dir", cache, "--target", "cp311-manylinux_2_36_aarch64",
				"--sysroot", sysroot, "-o", out, oracle.Sdist(t, sdist))
			if text, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, text)
			}
		}
		for _, name := range []string{"markupsafe-2.1.5-cp311-cp311-manylinux_2_17_aarch64.whl", "psycopg2-2.9.10-cp311-cp311-linux_aarch64.whl"} {
			wheel, err := os.ReadFile(filepath.Join(out, name))
			if err != nil {
				t.Fatal(err)
			}
			if first, built := digests[name]; built && first != sha256.Sum256(wheel) {
				t.Errorf("two builds of %s are not the same", name)
			}
			digests[name] = sha256.Sum256(wheel)
			r, err := zip.NewReader(bytes.NewReader(wheel), int64(len(wheel)))
			if err != nil {
				t.Fatal(err)
			}
			if err := os.CopyFS(filepath.Join(site, filepath.Base(cache), name), r); err != nil {
				t.Fatal(err)
			}
		}
	}
	folders, err := filepath.Glob(filepath.Join(site, "*", "*"))
	if err != nil {
		t.Fatal(err)
	}
	program := "import markupsafe._speedups, psycopg2; print(markupsafe._speedups.escape('<'), psycopg2.__libpq_version__ > 150000)"
	cmd := exec.Command(qemu, "-L", sysroot, "-E", "PYTHONPATH="+strings.Join(folders, ":"), python, "-c", program)
	if text, err := cmd.CombinedOutput(); err != nil || strings.TrimSpace(string(text)) != "&lt; True" {
		t.Errorf("%v\n%s", err, text)
	}
}
