package sdist_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/ofiuco/ofiuco/internal/oracle"
	"github.com/ofiuco/ofiuco/sdist"
	"github.com/ofiuco/ofiuco/target"
)

// environment is one of testdata/backends.txt, which all tests share.
var environment struct {
	sync.Mutex
	dir string
}

func TestMain(m *testing.M) {
	code := m.Run()
	if environment.dir != "" {
		_ = os.RemoveAll(environment.dir)
	}
	os.Exit(code)
}

// backends is the Python of an environment with all build backends. It is installed from uv's cache, or once from PyPI.
func backends(t testing.TB) (python string) {
	t.Helper()
	uv := oracle.Tool(t, "uv")
	environment.Lock()
	defer environment.Unlock()
	if environment.dir == "" {
		dir, err := os.MkdirTemp("", "backends")
		if err != nil {
			t.Fatal(err)
		}
		run := func(args ...string) {
			t.Helper()
			cmd := exec.Command(uv, args...)
			if out, err := cmd.CombinedOutput(); err != nil {
				_ = os.RemoveAll(dir)
				t.Logf("uv %s: %v\n%s", strings.Join(args, " "), err, out)
				oracle.Missing(t, "testdata/backends.txt")
			}
		}
		venv := filepath.Join(dir, "venv")
		run("venv", "-q", "--python", oracle.Python(t), venv)
		run("pip", "install", "-q", "--require-hashes", "--no-deps", "--python", filepath.Join(venv, "bin", "python"), "-r", "testdata/backends.txt")
		environment.dir = dir
	}
	return filepath.Join(environment.dir, "venv", "bin", "python")
}

// host is the target that the backends' Python is.
func host(t testing.TB) target.Target {
	t.Helper()
	parsed, err := target.Parse("cp311-manylinux_2_99_x86_64")
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

// unpackProject writes a project of testdata to dir.
func unpackProject(t testing.TB, name, dir string) {
	t.Helper()
	archive, err := txtar.ParseFile(filepath.Join("testdata", "projects", name+".txtar"))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, file := range archive.Files {
		files[file.Name] = string(file.Data)
	}
	writeTree(t, dir, files)
}

// rustHomes let rustup's programs find their toolchain, as package toolchain does.
func rustHomes() []string {
	home, _ := os.UserHomeDir()
	return []string{"RUSTUP_HOME=" + filepath.Join(home, ".rustup"), "CARGO_HOME=" + filepath.Join(home, ".cargo")}
}

// project is a build of a project of testdata, in a folder that no other has.
func project(t testing.TB, name string) *sdist.Build {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "source")
	unpackProject(t, name, dir)
	b := newBuild(t, dir, backends(t))
	b.Version = version1
	b.Environ = append(b.Environ, rustHomes()...)
	return b
}

// finish builds and finishes a wheel.
func finish(t testing.TB, b *sdist.Build) sdist.Finished {
	t.Helper()
	finished, err := sdist.Finish(t.Context(), build(t, b), host(t), t.TempDir())
	if err != nil {
		t.Fatal(report(err))
	}
	return finished
}

// projects are those of testdata, the quickest first, and what their wheels are called. rooted are those
// that write the path of their folder into the wheel, otherwise than by a compiler.
var projects = []struct {
	name, program, wheel string
	rooted               bool
}{
	{"flit", "", "alpha-1.0-py2.py3-none-any.whl", false},
	{"setuptools", "cc", "alpha-1.0-cp311-cp311-manylinux_2_5_x86_64.whl", false},
	{"hatchling", "", "alpha-1.0-py2.py3-none-any.whl", false},
	{"legacy", "", "alpha-1.0-py3-none-any.whl", false},
	{"poetry", "", "alpha-1.0-py2.py3-none-any.whl", false},
	{"pdm", "", "alpha-1.0-py2.py3-none-any.whl", false},
	{"hatch-vcs", "", "alpha-1.0-py2.py3-none-any.whl", false},
	{"setuptools-scm", "", "alpha-1.0-py3-none-any.whl", false},
	{"pbr", "", "alpha-1.0-py3-none-any.whl", false},
	{"cython", "cc", "alpha-1.0-cp311-cp311-manylinux_2_5_x86_64.whl", false},
	{"cmake", "cmake", "alpha-1.0-cp311-cp311-manylinux_2_5_x86_64.whl", false},
	{"meson", "cc", "alpha-1.0-cp311-cp311-manylinux_2_5_x86_64.whl", true},
	{"maturin", "cargo", "alpha-1.0-py3-none-manylinux_2_5_x86_64.whl", true},
}

// TestProjects builds a project of each backend twice, in folders that differ, the second time without isolation where
// that must give the same, and compares the wheels with each other and with pip's.
func TestProjects(t *testing.T) {
	for _, p := range projects[:min(len(projects), oracle.Cases(t, 1, len(projects)))] {
		t.Run(p.name, func(t *testing.T) {
			if p.program != "" {
				oracle.Program(t, p.program)
			}
			b := project(t, p.name)
			isolated := finish(t, b)
			if got := filepath.Base(isolated.Path); !sameWheel(got, p.wheel) {
				t.Errorf("got %s, want %s", got, p.wheel)
			}
			if notes := b.Notes(); len(notes) > 0 {
				t.Errorf("the notes are %q", notes)
			}
			again := project(t, p.name)
			if !p.rooted {
				again.Isolate(false, false, false)
			}
			if second := finish(t, again); digest(t, second.Path) != digest(t, isolated.Path) {
				t.Errorf("the second wheel differs:\n%s", cmp.Diff(members(t, isolated.Path), members(t, second.Path)))
			}
			compareWithPip(t, p.name, isolated.Path)
		})
	}
}

// sameWheel compares names of wheels, but for the version of glibc, which is that of the host's compiler.
func sameWheel(got, want string) bool {
	before, after, ok := strings.Cut(want, "_2_5_")
	return got == want || ok && strings.HasPrefix(got, before+"_2_") && strings.HasSuffix(got, after)
}

// compareWithPip compares a wheel with the one that pip builds, without isolation in the same environment.
func compareWithPip(t *testing.T, name, path string) {
	t.Helper()
	dir, out := filepath.Join(t.TempDir(), "source"), t.TempDir()
	unpackProject(t, name, dir)
	python := backends(t)
	cmd := exec.Command(python, "-m", "pip", "wheel", "-q", "--no-build-isolation", "--no-deps", "--no-index", "--no-cache-dir", "-w", out, dir)
	cmd.Env = append(os.Environ(), "PATH="+filepath.Dir(python)+":"+os.Getenv("PATH"), "SETUPTOOLS_SCM_PRETEND_VERSION=1.0", "PBR_VERSION=1.0",
		"PDM_BUILD_SCM_VERSION=1.0", "CC=cc", "CFLAGS=-O2 -g0 -fPIC", "PIP_CONFIG_FILE="+os.DevNull)
	if said, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("pip: %v\n%s", err, said)
	}
	found, err := filepath.Glob(filepath.Join(out, "*.whl"))
	if err != nil || len(found) != 1 {
		t.Fatalf("pip built %q (%v)", found, err)
	}
	want, got := members(t, found[0]), members(t, path)
	for _, files := range []map[string]string{want, got} {
		for name, text := range files {
			switch {
			case strings.HasSuffix(name, ".dist-info/RECORD"):
				delete(files, name)
			case strings.HasSuffix(name, ".dist-info/WHEEL"):
				files[name] = strings.Join(slices.DeleteFunc(strings.Split(strings.TrimSpace(text), "\n"), func(line string) bool {
					return strings.HasPrefix(line, "Tag: ") || line == ""
				}), "\n")
			case strings.HasSuffix(name, ".so"), strings.HasSuffix(name, "config.py"), strings.HasSuffix(name, ".cyclonedx.json"): // these hold the folder in which pip built
				files[name] = "of the build"
			}
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("pip's wheel differs (pip -, ours +):\n%s", diff)
	}
}

// TestEditableProjects builds editable wheels, which point to the tree.
func TestEditableProjects(t *testing.T) {
	for _, name := range []string{"flit", "setuptools-scm", "pdm"}[:min(3, oracle.Cases(t, 1, 3))] {
		b := project(t, name)
		b.Editable = true
		var points bool
		for _, text := range members(t, finish(t, b).Path) {
			points = points || strings.Contains(text, b.Dir)
		}
		if !points {
			t.Errorf("%s: nothing in the wheel points to %s", name, b.Dir)
		}
	}
}

// TestRealProjects builds what was published, twice.
func TestRealProjects(t *testing.T) {
	for _, p := range []struct {
		archive, program, wheel, note string
		name                          string
	}{
		{"MarkupSafe-2.1.5.tar.gz", "cc", "markupsafe-2.1.5-cp311-cp311-manylinux_2_5_x86_64.whl", "", "markupsafe"},
		{"psycopg2-2.9.10.tar.gz", "pg_config", "psycopg2-2.9.10-cp311-cp311-linux_x86_64.whl", "it needs libpq.so.5 where it runs, since that is not in the wheel", "psycopg2"},
		{"pyyaml-6.0.2.tar.gz", "cc", "", "", "pyyaml"},
	}[:min(3, oracle.Cases(t, 0, 3))] {
		t.Run(p.name, func(t *testing.T) {
			oracle.Program(t, p.program)
			archive := oracle.Sdist(t, p.archive)
			var digests [2]string
			for i := range digests {
				dir := t.TempDir()
				if out, err := exec.Command("tar", "-xf", archive, "-C", dir, "--strip-components=1").CombinedOutput(); err != nil {
					t.Fatalf("%v\n%s", err, out)
				}
				b := newBuild(t, dir, backends(t))
				b.Name = ""
				finished := finish(t, b)
				digests[i] = digest(t, finished.Path)
				if got := filepath.Base(finished.Path); p.wheel != "" && !sameWheel(got, p.wheel) {
					t.Errorf("got %s, want %s", got, p.wheel)
				}
				if p.note != "" && !slices.Contains(finished.Notes, p.note) {
					t.Errorf("the notes are %q, want %q", finished.Notes, p.note)
				}
			}
			if digests[0] != digests[1] {
				t.Error("two builds differ")
			}
		})
	}
}
