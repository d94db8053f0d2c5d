package lock

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestFreshLocks checks every lock that a tool wrote against the pyproject.toml it wrote it for.
func TestFreshLocks(t *testing.T) {
	var locks []string
	for _, pattern := range []string{"testdata/uv/*/uv.lock", "testdata/poetry/*/poetry.lock"} {
		found, err := filepath.Glob(filepath.FromSlash(pattern))
		if err != nil || len(found) == 0 {
			t.Fatalf("%s: %d, %v", pattern, len(found), err)
		}
		locks = append(locks, found...)
	}
	for _, path := range locks {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		pyproject, err := os.ReadFile(filepath.Join(filepath.Dir(path), "pyproject.toml"))
		if err != nil {
			continue
		}
		in := Input{Path: path, Data: data, Pyproject: pyproject, PyprojectPath: "pyproject.toml"}
		if err := CheckFresh(in); err != nil {
			t.Errorf("%s: %v, %q", path, err, err.(*Error).Facts)
		}
		l, err := Read(in)
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range l.Warnings {
			if strings.Contains(w.Msg, "not made for") {
				t.Errorf("%s: %v", path, w)
			}
		}
	}
}

// TestUVStale reads a uv.lock beside a pyproject.toml that asks for one package more.
func TestUVStale(t *testing.T) {
	project := "[project]\nname = \"a\"\nversion = \"1\"\nrequires-python = \">=3.10\"\ndependencies = [\"attrs\"]\n"
	locked := "version = 1\nrequires-python = \">=3.10\"\n[[package]]\nname = \"a\"\nversion = \"1\"\nsource = {virtual = \".\"}\n"
	l, err := Read(Input{Path: "uv.lock", Data: []byte(locked), Pyproject: []byte(project), PyprojectPath: "pyproject.toml"})
	if err != nil {
		t.Fatal(err)
	}
	if len(l.Warnings) != 1 || !strings.Contains(l.Warnings[0].Msg, "not made for pyproject.toml as it is now") ||
		!slices.Contains(l.Warnings[0].Facts, "attrs is asked for, and not in the lock") || l.Warnings[0].Hint != "run uv lock" {
		t.Errorf("Warnings = %v, want one that the lock is stale", l.Warnings)
	}
}

func TestStaleLocks(t *testing.T) {
	const poetryProject = "[tool.poetry.dependencies]\npython = \"^3.9\"\n"
	for name, test := range map[string]struct{ path, lock, pyproject, want string }{
		"poetry":           {"poetry.lock", "[metadata]\ncontent-hash = \"0\"\n", poetryProject, "poetry.lock:2: the lock was not made for pyproject.toml as it is now"},
		"an empty file":    {"p.lock", "\n", poetryProject, "p.lock: the file is empty"},
		"another format":   {"requirements.txt", "idna==3.7\n", poetryProject, "requirements.txt: its format does not tell which pyproject.toml the lock was made for"},
		"a broken lock":    {"uv.lock", "version = ", "", "uv.lock:1: "},
		"a broken project": {"uv.lock", "version = 1\n", "[project", "pyproject.toml:1: "},
		"a wrong type":     {"uv.lock", "package = [{name = 1, source = {virtual = \".\"}}]\n", "[project]\nname = \"a\"\n", "uv.lock:1: "},
		"another project":  {"uv.lock", "[[package]]\nname = \"b\"\nsource = {virtual = \".\"}\n", "[project]\nname = \"a\"\n", "uv.lock: the lock was not made for pyproject.toml as it is now"},
	} {
		t.Run(name, func(t *testing.T) {
			err := CheckFresh(Input{Path: test.path, Data: []byte(test.lock), Pyproject: []byte(test.pyproject), PyprojectPath: "pyproject.toml"})
			if err == nil || !strings.HasPrefix(err.Error(), test.want) {
				t.Errorf("error %v, want %q", err, test.want)
			}
		})
	}
}

// TestStaleFacts says what differs, and not too much of it.
func TestStaleFacts(t *testing.T) {
	lock := "requires-python = \">=3.9\"\n[[package]]\nname = \"a\"\nsource = {virtual = \".\"}\n[package.metadata]\nrequires-dist = [{name = \"old\", specifier = \">=1\"}]\n"
	project := "[project]\nname = \"a\"\nrequires-python = \">=3.10\"\ndependencies = [\"new[b,a]<3,>=2\"]\n[dependency-groups]\ndev = [\"tool\"]\n"
	facts := func(project string) []string {
		err := CheckFresh(Input{Path: "uv.lock", Data: []byte(lock), Pyproject: []byte(project), PyprojectPath: "pyproject.toml"})
		var stale *Error
		if !errors.As(err, &stale) {
			t.Fatalf("error %v", err)
		}
		return stale.Facts
	}
	want := []string{
		`requires-python is ">=3.10", and the lock was made for ">=3.9"`,
		"new[a,b] <3,>=2 is asked for, and not in the lock",
		`tool in the group "dev" is asked for, and not in the lock`,
		"old >=1 is in the lock, and no longer asked for",
	}
	if got := facts(project); !slices.Equal(got, want) {
		t.Errorf("facts %q, want %q", got, want)
	}
	if got := facts(project + "more = [\"c\", \"d\", \"e\"]\n"); len(got) != maxStaleFacts || got[maxStaleFacts-1] != "and 3 more" {
		t.Errorf("facts %q", got)
	}
}

func FuzzCheckFresh(f *testing.F) {
	for _, path := range []string{"testdata/uv/flat", "testdata/uv/conflict", "testdata/uv/sources", "testdata/uv/members"} {
		lock, err := os.ReadFile(filepath.Join(path, "uv.lock"))
		if err != nil {
			f.Fatal(err)
		}
		project, err := os.ReadFile(filepath.Join(path, "pyproject.toml"))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(lock, project)
	}
	f.Fuzz(func(t *testing.T, lock, project []byte) {
		err := CheckFresh(Input{Path: "uv.lock", Data: lock, Pyproject: project, PyprojectPath: "pyproject.toml"})
		var e *Error
		if err != nil && !errors.As(err, &e) {
			t.Errorf("error %T: %v", err, err)
		}
	})
}
