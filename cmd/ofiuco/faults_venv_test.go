package main

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/ofiuco/ofiuco/internal/indextest"
	"github.com/ofiuco/ofiuco/internal/oracle"
)

// shop is a project whose pylock.toml names six wheels, and whose pylock.old.toml names four of them and one that is gone
// in the new one. A run's environment is one or the other's, whole.
type shop struct {
	project string // folder
	wheels  string // folder, which stands for an index
	python  string
}

const (
	newLock = "pylock.toml"
	oldLock = "pylock.old.toml"
)

// hostPython is the path of a Python that environments are made with.
var hostPython = sync.OnceValue(func() string {
	out, err := exec.Command("python3", "-c", "import sys; print(sys.executable)").Output()
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(out))
})

// shopWheels are the wheels of a shop: packages of their own, two that share a namespace, a script, an entry point, data.
func shopWheels() map[string][]byte {
	var seed [32]byte
	noise := rand.NewChaCha8(seed)
	wheels := map[string][]byte{}
	for i, project := range []string{"alpha", "beta", "gamma", "delta", "epsilon", "zeta", "omega"} {
		info := project + "-1.0.dist-info/"
		members := map[string]string{project + "/__init__.py": "VALUE = 1\n", "shared/" + project + ".py": "VALUE = 2\n"}
		for j := range 3 + 4*i {
			content := make([]byte, 1<<(j%16))
			_, _ = noise.Read(content) // never fails
			members[fmt.Sprintf("%s/part%d/noise%02d.bin", project, j%3, j)] = string(content)
		}
		members[project+"-1.0.data/data/share/"+project+".txt"] = "data\n"
		members[project+"-1.0.data/scripts/"+project+"-script"] = "#!python\nprint(1)\n"
		members[info+"entry_points.txt"] = "[console_scripts]\n" + project + "-run = " + project + ":main\n"
		file := project + "-1.0-py3-none-any.whl"
		wheels[file] = buildWheel(file, members)
	}
	return wheels
}

func newShop(t *testing.T) *shop {
	t.Helper()
	s := &shop{project: filepath.Join(t.TempDir(), "project"), python: hostPython()}
	if s.python == "" {
		oracle.Missing(t, "python3")
	}
	s.wheels = filepath.Join(s.project, "wheels")
	sums := map[string]string{}
	for file, data := range sorted(shopWheels()) {
		writeFiles(t, s.wheels, map[string]string{file: string(data)})
		sums[file[:strings.Index(file, "-")]] = indextest.Digest(data)
	}
	text := func(projects ...string) string {
		lock := "lock-version = \"1.0\"\ncreated-by = \"test\"\n"
		for _, p := range projects {
			lock += fmt.Sprintf("\n[[packages]]\nname = %q\nversion = \"1.0\"\nwheels = [{url = \"https://index.invalid/%[1]s-1.0-py3-none-any.whl\", hashes = {sha256 = %q}}]\n", p, sums[p])
		}
		return lock
	}
	writeFiles(t, s.project, map[string]string{
		newLock: text("alpha", "beta", "gamma", "delta", "epsilon", "zeta"),
		oldLock: text("alpha", "beta", "gamma", "delta", "omega"),
	})
	return s
}

// venv is a run that makes an environment.
func (s *shop) venv(lock, store, env string, more ...string) *exec.Cmd {
	return command(append([]string{
		"venv", "--project", s.project, "--lock", filepath.Join(s.project, lock), "--offline", "--find-links", s.wheels,
		"--python", s.python, "--cache-dir", store, env,
	}, more...)...)
}

// make is venv when nothing is in its way, and gives what it makes.
func (s *shop) make(t testing.TB, lock, store, env string, more ...string) map[string]string {
	t.Helper()
	if got := finish(t, s.venv(lock, store, env, more...)); got.status != statusDone {
		t.Fatal(got)
	}
	return contents(t, env)
}

// ownState is what an environment remembers of itself: it holds inodes and times.
const ownState = ".ofiuco"

// contents describes all that is in an environment, by path: files by mode and bytes, links by their text. What a link to a folder or file
// of the store leads to is described, too. It is empty when nothing is there.
func contents(t testing.TB, env string) map[string]string {
	t.Helper()
	found := map[string]string{}
	if err := describe(found, env, "."); err != nil {
		t.Errorf("reading %s: %v", env, err)
	}
	return found
}

func describe(found map[string]string, dir, at string) error {
	entries, err := os.ReadDir(filepath.Join(dir, at))
	if os.IsNotExist(err) && at == "." {
		return nil
	}
	for _, entry := range entries {
		inner := filepath.Join(at, entry.Name())
		full := filepath.Join(dir, inner)
		if inner == ownState || entry.Name() == "__pycache__" {
			continue
		}
		info, err := os.Lstat(full)
		if err != nil {
			return err
		}
		if info.Mode()&fs.ModeSymlink != 0 {
			target, err := os.Readlink(full)
			found[inner] = "link to " + target
			if err != nil || !filepath.IsAbs(target) || filepath.Base(at) == "bin" {
				continue // within the environment, or to the interpreter
			}
			if info, err = os.Stat(full); err != nil {
				return err
			}
		}
		if info.IsDir() {
			found[inner] += "folder"
			if err := describe(found, dir, inner); err != nil {
				return err
			}
			continue
		}
		data, err := os.ReadFile(full)
		if err != nil {
			return err
		}
		found[inner] += fmt.Sprintf("%o %s", info.Mode().Perm()&0o111, indextest.Digest(data))
	}
	return err
}

// wantContents fails the test unless an environment is what it should be.
func wantContents(t testing.TB, what string, got, want map[string]string) {
	t.Helper()
	if len(want) == 0 {
		t.Fatalf("%s: nothing is wanted", what)
	}
	if d := difference(got, want); d != "" {
		t.Errorf("%s: %s", what, d)
	}
}

// difference tells the first path that differs; "" when none does.
func difference(got, want map[string]string) string {
	if maps.Equal(got, want) {
		return ""
	}
	for path, is := range sorted(got) {
		if want[path] != is {
			return fmt.Sprintf("%d paths, wanted %d: %s is %q, wanted %q", len(got), len(want), path, is, want[path])
		}
	}
	for path := range sorted(want) {
		if _, ok := got[path]; !ok {
			return fmt.Sprintf("%d paths, wanted %d: %s is missing", len(got), len(want), path)
		}
	}
	return ""
}

// TestVenvProcesses starts six runs at once: on one environment, and on one cold store.
func TestVenvProcesses(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	modes := []string{"symlink", "copy", "hardlink"}
	for _, mode := range modes[:min(oracle.Cases(t, 1, len(modes)), len(modes))] {
		store, dir := filepath.Join(t.TempDir(), "store"), t.TempDir()
		shared, old := filepath.Join(dir, "shared"), filepath.Join(dir, "old")
		calm := s.make(t, newLock, t.TempDir(), shared, "--link-mode", "copy")
		s.make(t, oldLock, t.TempDir(), shared, "--link-mode", "copy")
		s.make(t, oldLock, t.TempDir(), old, "--link-mode", "copy")
		var waits []func() outcome
		for i := range 6 {
			env := shared
			if i > 3 {
				env = filepath.Join(dir, fmt.Sprint("own", i))
			}
			waits = append(waits, begin(t, s.venv(newLock, store, env, "--link-mode", mode)))
		}
		for i, wait := range waits {
			if got := wait(); got.status != statusDone {
				t.Errorf("%s, process %d: %s", mode, i, got)
			}
		}
		if left := temporaries(t, store, dir); len(left) > 0 {
			t.Errorf("%s: %v is left", mode, left)
		}
		wantSoundStore(t, store)
		wantContents(t, mode, contents(t, shared), s.make(t, newLock, store, shared, "--link-mode", mode))
		wantContents(t, mode+", as a copy", s.make(t, newLock, store, shared, "--link-mode", "copy"), calm)
	}
}

// unpackedFile is where the store has a file of an unpacked wheel.
func unpackedFile(t *testing.T, store, path string) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(store, "u", "*", filepath.FromSlash(path)))
	if err != nil || len(found) != 1 {
		t.Fatalf("%s is unpacked as %q, error %v", path, found, err)
	}
	return found[0]
}

// rewrite changes a file in place, so that hard links to it change, too.
func rewrite(change func([]byte) []byte) func(path string) error {
	return func(path string) error {
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return errors.Join(os.Chmod(path, 0o644), os.WriteFile(path, change(data), 0o644))
	}
}

// TestVenvDamagedStore changes an unpacked file behind the program's back: no environment that is made then has the damage,
// and one that had it is mended by its next run.
func TestVenvDamagedStore(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	for name, damage := range sorted(map[string]func(path string) error{
		"flipped": rewrite(damages["bit flipped in the middle"]),
		"cut":     rewrite(damages["cut"]),
		"longer":  rewrite(damages["longer"]),
		"removed": os.Remove,
		"link":    func(path string) error { return errors.Join(os.Remove(path), os.Symlink("/etc/passwd", path)) },
		"folder":  func(path string) error { return errors.Join(os.Remove(path), os.Mkdir(path, 0o755)) },
		"added": func(path string) error {
			return os.WriteFile(filepath.Join(filepath.Dir(path), "added.py"), nil, 0o644)
		},
		"empty": func(path string) error { return os.RemoveAll(filepath.Dir(path)) },
	}) {
		for _, mode := range []string{"symlink", "hardlink", "copy"} {
			t.Run(name+", "+mode, func(t *testing.T) {
				t.Parallel()
				store, dir := t.TempDir(), t.TempDir()
				env, kept := filepath.Join(dir, "env"), filepath.Join(dir, "kept")
				want := s.make(t, newLock, store, env, "--link-mode", mode)
				wantKept := s.make(t, newLock, store, kept, "--link-mode", mode)
				file := unpackedFile(t, store, "alpha/__init__.py")
				if err := errors.Join(os.Chmod(filepath.Dir(file), 0o755), os.Chmod(file, 0o644), damage(file), os.RemoveAll(env)); err != nil {
					t.Fatal(err)
				}
				wantContents(t, "the next environment", s.make(t, newLock, store, env, "--link-mode", mode), want)
				wantContents(t, "one that was there", s.make(t, newLock, store, kept, "--link-mode", mode), wantKept)
			})
		}
	}
}

// TestVenvLostStore removes what environments need: all of the store, the wheels, what is unpacked. The next run brings it back.
func TestVenvLostStore(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	for _, lost := range []string{".", "files", "checked", "u"} {
		for _, mode := range []string{"symlink", "copy"} {
			if mode == "copy" && lost != "u" {
				continue // what is copied needs no store
			}
			store, env := filepath.Join(t.TempDir(), "store"), filepath.Join(t.TempDir(), "env")
			want := s.make(t, newLock, store, env, "--link-mode", mode)
			if err := os.RemoveAll(filepath.Join(store, lost)); err != nil {
				t.Fatal(err)
			}
			what := fmt.Sprintf("%s without %s", mode, lost)
			wantContents(t, what, s.make(t, newLock, store, env, "--link-mode", mode), want)
			if err := errors.Join(os.RemoveAll(filepath.Join(store, lost)), os.RemoveAll(env)); err != nil {
				t.Fatal(err)
			}
			wantContents(t, what+", and no environment", s.make(t, newLock, store, env, "--link-mode", mode), want)
		}
	}
}

// TestVenvDamagedBlob has an unpacked wheel that must be unpacked again, from a wheel that is damaged, too.
func TestVenvDamagedBlob(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	store, env := t.TempDir(), filepath.Join(t.TempDir(), "env")
	want := s.make(t, newLock, store, env, "--link-mode", "copy")
	for _, name := range []string{"bit flipped in the middle", "cut", "removed"} {
		spoil(t, filepath.Join(store, "files", "sha256", "*", "*"), damages[name])
		if err := errors.Join(os.RemoveAll(filepath.Join(store, "u")), os.RemoveAll(env)); err != nil {
			t.Fatal(err)
		}
		wantContents(t, name, s.make(t, newLock, store, env, "--link-mode", "copy"), want)
		wantSoundStore(t, store)
	}
}

// TestVenvPlaces makes environments where paths are odd, and refuses places that are none.
func TestVenvPlaces(t *testing.T) {
	needSignals(t) // Windows has no such names
	t.Parallel()
	s := newShop(t)
	store, dir := t.TempDir(), t.TempDir()
	for _, name := range []string{"with space", "é ü", `quotes ' and "`, "$HOME`id`", "%s%41", "-dash", "deep/er/env", strings.Repeat("long", 50)} {
		env := filepath.Join(dir, filepath.FromSlash(name))
		want := s.make(t, newLock, store, env)
		got := finish(t, exec.Command(filepath.Join(env, "bin", "alpha-script")))
		if got.stdout != "1\n" {
			t.Errorf("%q: a script does not run: %s", name, got)
		}
		activated := finish(t, exec.Command("sh", "-c", `. "$0/bin/activate" && python -c 'import sys; print(sys.prefix)'`, env))
		if activated.stdout != env+"\n" {
			t.Errorf("%q: activate does not lead there: %s", name, activated)
		}
		wantContents(t, name, contents(t, env), want)
	}
	writeFiles(t, dir, map[string]string{"file": "precious", "folder/file": "precious", "project/pyvenv.cfg": "", "project/pyproject.toml": ""})
	if err := os.Symlink("nowhere", filepath.Join(dir, "dangling")); err != nil {
		t.Fatal(err)
	}
	before := contents(t, dir)
	for _, c := range []struct{ place, words string }{
		{"file", "file"}, {"file/env", "file"}, {"folder", "not empty"}, {"project", "holds a project"}, {"dangling", "leads nowhere"},
		{"a:b", "PATH"}, {"new\nline", "control character"}, {"esc\x1b[1m", "control character"}, {strings.Repeat("0", 300), "too long"},
	} {
		wantFailure(t, c.place, finish(t, s.venv(newLock, store, filepath.Join(dir, c.place))), statusInput, c.words)
	}
	wantContents(t, "places that are refused", contents(t, dir), before)
	if left := temporaries(t, store, dir); len(left) > 0 {
		t.Errorf("%v is left", left)
	}
}

// TestVenvThroughALink has an environment that is reached by a link: what it leads to is replaced, and the link stays.
func TestVenvThroughALink(t *testing.T) {
	needSignals(t)
	t.Parallel()
	s := newShop(t)
	store, dir := t.TempDir(), t.TempDir()
	link := filepath.Join(dir, "link")
	s.make(t, oldLock, store, filepath.Join(dir, "real"))
	if err := os.Symlink("real", link); err != nil {
		t.Fatal(err)
	}
	want := s.make(t, newLock, store, link)
	if target, err := os.Readlink(link); err != nil || target != "real" {
		t.Errorf("the link leads to %q, error %v", target, err)
	}
	wantContents(t, "what the link leads to", contents(t, filepath.Join(dir, "real")), want)
}
