package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// helperFile is the wheel that the backends of newHelpedYard require.
const helperFile = "helper-1.0-py3-none-any.whl"

// newHelpedYard is a yard whose backend requires the project helper, of which there is a wheel.
func newHelpedYard(t *testing.T, behave string) *yard {
	t.Helper()
	y := newYard(t, nil)
	y.lockSdist(packGzip(packTar(t, requiring(yardTree(behave), "helper>=1"))))
	writeFiles(t, y.files, map[string]string{helperFile: string(helperWheel("sound"))})
	return y
}

func helperWheel(value string) []byte {
	return buildWheel(helperFile, map[string]string{"helper/__init__.py": fmt.Sprintf("VALUE = %q\n", value)})
}

// requiring is a tree with a build requirement.
func requiring(tree []tarMember, requirement string) []tarMember {
	for i := range tree {
		if tree[i].Name == "pkg-1.0/pyproject.toml" {
			tree[i] = regular(tree[i].Name, strings.Replace(tree[i].content, "requires = []", fmt.Sprintf("requires = [%q]", requirement), 1))
		}
	}
	return tree
}

func (y *yard) buildLock() string { return filepath.Join(y.project, "ofiuco.build.lock") }

const helpedBehaviour = "def build(out):\n    import helper\n    if helper.VALUE != 'sound': raise SystemExit('helper is not the locked one')\n"

// TestBuildLockDamaged damages the build lock, as disks, merges and people do. No backend runs with what it does not hold, the file stays
// as it is, and the message leads to it.
func TestBuildLockDamaged(t *testing.T) {
	t.Parallel()
	replace := func(pattern, by string) func(string) string {
		return func(text string) string { return regexp.MustCompile(pattern).ReplaceAllString(text, by) }
	}
	zeros := strings.Repeat("0", 64)
	const behave = "raise SystemExit('the backend ran')"
	first := newHelpedYard(t, behave)
	wantFailure(t, "the first run", finish(t, first.venv()), statusInput, "the backend ran")
	locked := string(readFile(t, first.buildLock()))
	for _, c := range []struct {
		name   string
		damage func(string) string
		words  string
	}{
		{"syntax", func(text string) string { return text + "[[\n" }, "ofiuco.build.lock:"},
		{"merge conflict", func(text string) string { return "<<<<<<< HEAD\n" + text + "=======\n" + text + ">>>>>>> branch\n" }, "conflict"},
		{"cut", func(text string) string { return text[:len(text)*2/3] }, "ofiuco.build.lock:"},
		{"not UTF-8", func(text string) string { return text + "# \xff\n" }, "UTF-8"},
		{"newer", replace(`(?m)^version = 1$`, "version = 99"), "99"},
		{"wrong hash", replace(`sha256 = "[0-9a-f]{64}"`, `sha256 = "`+zeros+`"`), zeros},
		{"short hash", replace(`sha256 = "[0-9a-f]{64}"`, `sha256 = "00"`), "sha256"},
		{"no hash", replace(`, sha256 = "[0-9a-f]{64}"`, ""), "sha256"},
		{"no file", replace(`(?s)files = \[.*?\n?\]`, "files = []"), "helper"},
		{"another file", replace(`helper-1.0-py3`, "other-1.0-py3"), "other-1.0"},
		{"a file that climbs", replace(`helper-1.0-py3`, "../helper-1.0-py3"), "../helper"},
		{"no package", replace(`(?s)\[\[package\]\].*`, ""), "helper"},
		{"two versions", func(text string) string { return text + strings.TrimPrefix(text, "version = 1\n") }, "ofiuco.build.lock:"},
	} {
		t.Run(c.name, func(t *testing.T) {
			y := newHelpedYard(t, behave)
			damaged := c.damage(locked)
			writeFiles(t, y.project, map[string]string{"ofiuco.build.lock": damaged})
			for _, y.store = range []string{first.store, t.TempDir()} {
				got := finish(t, y.venv())
				wantFailure(t, c.name, got, statusInput, "ofiuco.build.lock", c.words)
				if strings.Contains(got.stderr, "the backend ran") {
					t.Errorf("the backend ran: %s", got)
				}
				if string(readFile(t, y.buildLock())) != damaged {
					t.Errorf("the build lock was changed: %s", readFile(t, y.buildLock()))
				}
			}
			y.wantNothing(c.name)
		})
	}
}

// TestBuildLockFrozen has a build lock that may not change.
func TestBuildLockFrozen(t *testing.T) {
	t.Parallel()
	y := newHelpedYard(t, helpedBehaviour)
	wantFailure(t, "no build lock", finish(t, y.venv("--frozen")), statusInput, "ofiuco.build.lock", "pkg 1.0", "--frozen")
	y.wantNothing("no build lock")
	if fileExists(y.buildLock()) {
		t.Error("a build lock was written")
	}
	if got := finish(t, y.venv()); got.status != statusDone || !strings.Contains(got.stderr, "ofiuco.build.lock: commit it") {
		t.Fatal(got)
	}
	locked := string(readFile(t, y.buildLock()))
	writeFiles(t, y.files, map[string]string{"helper-2.0-py3-none-any.whl": string(buildWheel("helper-2.0-py3-none-any.whl", map[string]string{"helper/__init__.py": "VALUE = 'new'\n"}))})
	y.store = t.TempDir()
	for _, more := range [][]string{{"--frozen"}, {"--link-mode", "copy"}} {
		if got := finish(t, y.venv(more...)); got.status != statusDone {
			t.Errorf("with a build lock: %s", got)
		}
		if string(readFile(t, y.buildLock())) != locked {
			t.Errorf("the build lock was changed: %s", readFile(t, y.buildLock()))
		}
	}
	y.lockSdist(packGzip(packTar(t, requiring(yardTree(helpedBehaviour), "helper>=2"))))
	wantFailure(t, "a requirement that is not locked", finish(t, y.venv("--frozen")), statusInput, "ofiuco.build.lock", "pkg 1.0", "--frozen")
	if string(readFile(t, y.buildLock())) != locked {
		t.Errorf("the build lock was changed: %s", readFile(t, y.buildLock()))
	}
}

// TestBuildRequirementReplaced puts another file in the place of a locked build requirement: no build takes it.
func TestBuildRequirementReplaced(t *testing.T) {
	t.Parallel()
	y := newHelpedYard(t, helpedBehaviour)
	if got := finish(t, y.venv()); got.status != statusDone {
		t.Fatal(got)
	}
	writeFiles(t, y.files, map[string]string{helperFile: string(helperWheel("replaced"))})
	y.store, y.env = t.TempDir(), y.env+"2"
	wantFailure(t, "a replaced requirement", finish(t, y.venv()), statusInput, "ofiuco.build.lock", "helper 1.0", helperFile)
	y.wantNothing("a replaced requirement")
}

// TestBuildRequirementsRefused has sources that ask for what is no requirement, or is nowhere.
func TestBuildRequirementsRefused(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ requirement, words string }{
		{"--index-url=https://index.invalid/", "--index-url"},
		{"helper; os.system('id')", "helper; os"},
		{"helper>=7", "helper"},
		{"nowhere", "nowhere"},
		{"../helper", "../helper"},
		{"helper @ file:///etc/passwd", "passwd"},
		{"esc\x1b[31m", "esc"},
	} {
		t.Run(c.words, func(t *testing.T) {
			t.Parallel()
			y := newHelpedYard(t, "")
			text := strings.ReplaceAll(c.requirement, "\x1b", `\u001b`)
			tree := requiring(yardTree("raise SystemExit('the backend ran')"), "PLACE")
			for i := range tree {
				tree[i] = regular(tree[i].Name, strings.Replace(tree[i].content, "PLACE", text, 1))
			}
			y.lockSdist(packGzip(packTar(t, tree)))
			got := finish(t, y.venv())
			wantFailure(t, c.requirement, got, statusInput, "pylock.toml"+yardLine, c.words)
			if strings.ContainsRune(got.stderr, '\x1b') || strings.Contains(got.stderr, "the backend ran") || fileExists(y.buildLock()) {
				t.Errorf("an escape code is printed, the backend ran, or there is a build lock: %q", got.stderr)
			}
			y.wantNothing(c.requirement)
		})
	}
}

// TestBuildProcesses starts four runs that build the same package, on a cold store.
func TestBuildProcesses(t *testing.T) {
	t.Parallel()
	y := newHelpedYard(t, helpedBehaviour)
	alone := newHelpedYard(t, helpedBehaviour)
	if got := finish(t, alone.venv()); got.status != statusDone {
		t.Fatal(got)
	}
	env := y.env
	var waits []func() outcome
	for i := range 4 {
		y.env = env + fmt.Sprint(i/2)
		waits = append(waits, begin(t, y.venv()))
	}
	for i, wait := range waits {
		if got := wait(); got.status != statusDone {
			t.Errorf("process %d: %s", i, got)
		}
	}
	if string(readFile(t, y.buildLock())) != string(readFile(t, alone.buildLock())) {
		t.Errorf("the build lock is %s", readFile(t, y.buildLock()))
	}
	if left := temporaries(t, y.store, y.dir); len(left) > 0 {
		t.Errorf("%v is left", left)
	}
	wantSoundStore(t, y.store)
}

// TestBuildLockPlaces has something else in the place of the build lock.
func TestBuildLockPlaces(t *testing.T) {
	t.Parallel()
	y := newHelpedYard(t, helpedBehaviour)
	if err := os.Mkdir(y.buildLock(), 0o777); err != nil {
		t.Fatal(err)
	}
	wantFailure(t, "a folder", finish(t, y.venv()), statusInput, "ofiuco.build.lock")
	y.wantNothing("a folder")
}
