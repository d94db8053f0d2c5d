package source_test

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ofiuco/ofiuco/source"
)

// writeTree writes files ("bin/x*": executable) and links ("NAME -> TARGET") to a folder.
func writeTree(t testing.TB, dir string, files map[string]string) {
	t.Helper()
	for _, name := range slices.Sorted(maps.Keys(files)) {
		at, target, isLink := strings.Cut(name, " -> ")
		at, executable := strings.CutSuffix(at, "*")
		full := filepath.Join(dir, filepath.FromSlash(at))
		err := os.MkdirAll(filepath.Dir(full), 0o755)
		mode := os.FileMode(0o644)
		if executable {
			mode = 0o755
		}
		switch {
		case err != nil:
		case isLink:
			err = os.Symlink(target, full)
		default:
			err = os.WriteFile(full, []byte(files[name]), mode)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// snapshot copies a tree, and checks that Digest agrees.
func snapshot(t *testing.T, tree string) (dir, sum string) {
	t.Helper()
	dir = t.TempDir()
	sum, err := source.Snapshot(t.Context(), tree, dir)
	if err != nil {
		t.Fatal(err)
	}
	if again := digestOf(t, tree); again != sum {
		t.Errorf("Snapshot says %s, Digest %s", sum, again)
	}
	return dir, sum
}

func digestOf(t *testing.T, tree string) string {
	t.Helper()
	sum, err := source.Digest(t.Context(), tree)
	if err != nil {
		t.Fatal(err)
	}
	return sum
}

func TestSnapshot(t *testing.T) {
	around := t.TempDir()
	tree := filepath.Join(around, "tree")
	writeTree(t, around, map[string]string{
		"README.md": "outside", "shared/deep/s.py": "s", "shared/up -> ../README.md": "",
		"tree/pyproject.toml": "x", "tree/src/a.py": "a", "tree/bin/run*": "r", "tree/b -> src/a.py": "", "tree/dir -> src": "",
		"tree/README.md -> ../README.md": "", "tree/shared -> ../shared": "", "tree/gone -> nowhere": "", "tree/absolute -> " + tree + "/src/a.py": "",
		"tree/.git/HEAD": "no repository", "tree/src/__pycache__/a.pyc": "", "tree/b.pyc": "", "tree/.venv/x": "", "tree/env/pyvenv.cfg": "", "tree/env/x": "",
		"tree/target/CACHEDIR.TAG": "Signature: 8a477f597d28d172789f06886806bc55\n", "tree/target/x": "",
		"tree/kept/CACHEDIR.TAG": "Signature: something else\n", "tree/.gitignore": "src\n", "tree/cached -> .venv/x": "",
	})
	dir, sum := snapshot(t, tree)
	want := []string{
		`.gitignore f "src\n"`, `README.md f "outside"`, `absolute f "a"`, "b -> src/a.py", "bin/", `bin/run x "r"`, `cached f ""`, "dir -> src",
		"gone -> nowhere", "kept/", `kept/CACHEDIR.TAG f "Signature: something else\n"`, `pyproject.toml f "x"`,
		"shared/", "shared/deep/", `shared/deep/s.py f "s"`, `shared/up f "outside"`, "src/", `src/a.py f "a"`,
	}
	if diff := cmp.Diff(want, listing(t, dir)); diff != "" {
		t.Error(diff)
	}
	if _, again := snapshot(t, dir); again != sum {
		t.Error("the copy has another digest")
	}
}

// TestDigestChanges has what changes a digest and what must not.
func TestDigestChanges(t *testing.T) {
	tree := t.TempDir()
	writeTree(t, tree, map[string]string{"a": "1", "b/c": "2", "l -> a": ""})
	first := digestOf(t, tree)
	same := func(what string, change func() error) {
		t.Helper()
		if err := change(); err != nil {
			t.Fatal(err)
		}
		if digestOf(t, tree) != first {
			t.Errorf("%s changes the digest", what)
		}
	}
	other := func(what string, change, back func() error) {
		t.Helper()
		if err := change(); err != nil {
			t.Fatal(err)
		}
		if digestOf(t, tree) == first {
			t.Errorf("%s does not change the digest", what)
		}
		same("undone: "+what, back)
	}
	at := func(name string) string { return filepath.Join(tree, name) }
	write := func(name, data string) func() error {
		return func() error { return os.WriteFile(at(name), []byte(data), 0o644) }
	}
	remove := func(name string) func() error { return func() error { return os.Remove(at(name)) } }
	same("a time", func() error { return os.Chtimes(at("a"), time.Now(), time.Unix(0, 0)) })
	same("a mode", func() error { return os.Chmod(at("a"), 0o640) })
	same("an empty folder", func() error { return os.Mkdir(at("empty"), 0o700) })
	same("a cache", write("x.pyc", "x"))
	other("bytes", write("a", "3"), write("a", "1"))
	other("a new file", write("d", ""), remove("d"))
	other("a newline in a name", write("d\nf 1 e", ""), remove("d\nf 1 e"))
	other("executable", func() error { return os.Chmod(at("a"), 0o755) }, func() error { return os.Chmod(at("a"), 0o644) })
	other("a moved file", func() error { return os.Rename(at("a"), at("b/a")) }, func() error { return os.Rename(at("b/a"), at("a")) })
	other("a link's target", func() error { _ = os.Remove(at("l")); return os.Symlink("b/c", at("l")) },
		func() error { _ = os.Remove(at("l")); return os.Symlink("a", at("l")) })
}

// TestDigestIsFrozen holds the digest of a tree still: wheels in users' stores are kept under it.
func TestDigestIsFrozen(t *testing.T) {
	tree := t.TempDir()
	writeTree(t, tree, map[string]string{"a": "1", "b/é": "2", "bin/x*": "3", "l -> a": ""})
	const want = "f9d731ddcaf866b5ba323627423aabaea3ca5110d7312782bb5e30a81384d5fc"
	if got := digestOf(t, tree); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestSnapshotLoop(t *testing.T) {
	around := t.TempDir()
	for link, at := range map[string]string{"..": "tree/up", ".": "other/self"} {
		writeTree(t, around, map[string]string{"tree/a": "", "other/a": "", "tree/other -> ../other": ""})
		if err := os.Symlink(link, filepath.Join(around, filepath.FromSlash(at))); err != nil {
			t.Fatal(err)
		}
		_, err := source.Digest(t.Context(), filepath.Join(around, "tree"))
		if err == nil || !strings.Contains(err.Error(), "a folder that it lies in") {
			t.Errorf("%s: got %v", at, err)
		}
		around = t.TempDir()
	}
}

// TestSnapshotOfRepository has a build that asks git, and one that does not.
func TestSnapshotOfRepository(t *testing.T) {
	r := newRepository(t)
	r.commit(map[string]string{"pyproject.toml": "requires = ['hatchling']\n", "a": "1"})
	plain := digestOf(t, r.dir)
	r.git("tag", "v1")
	if got := digestOf(t, r.dir); got != plain {
		t.Error("a tag changes the digest of a tree whose build asks for none")
	}
	r.commit(map[string]string{"pyproject.toml": "requires = ['hatch-vcs']\n", "sub/b": ""})
	commit := r.git("rev-parse", "--short", "HEAD")
	dir, sum := snapshot(t, r.dir)
	copied := &repository{t, dir}
	if got := copied.git("describe", "--tags", "--dirty"); got != "v1-1-g"+commit {
		t.Errorf("git describe says %s", got)
	}
	if got := copied.git("status", "--porcelain"); got != "" {
		t.Errorf("git finds changes: %s", got)
	}
	if got := copied.git("ls-files"); got != "a\npyproject.toml\nsub/b" {
		t.Errorf("git lists %q", got)
	}
	r.git("tag", "v2")
	if digestOf(t, r.dir) == sum {
		t.Error("a tag does not change the digest")
	}
	writeTree(t, r.dir, map[string]string{"a": "changed"})
	dir, _ = snapshot(t, r.dir)
	if got := (&repository{t, dir}).git("describe", "--tags", "--dirty"); got != "v2-dirty" {
		t.Errorf("git describe says %s", got)
	}
}

func TestSnapshotErrors(t *testing.T) {
	if _, err := source.Digest(t.Context(), filepath.Join(t.TempDir(), "none")); err == nil {
		t.Error("a tree that is not there has a digest")
	}
}

func BenchmarkDigest(b *testing.B) {
	tree := b.TempDir()
	files := map[string]string{}
	for i := range 1000 {
		files["src/"+strings.Repeat("d/", i%5)+"f"+strings.Repeat("x", i%50)+string(rune('a'+i%26))] = strings.Repeat("line\n", 1000)
	}
	writeTree(b, tree, files)
	for b.Loop() {
		if _, err := source.Digest(b.Context(), tree); err != nil {
			b.Fatal(err)
		}
	}
}
