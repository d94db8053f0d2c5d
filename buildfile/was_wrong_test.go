package buildfile

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ofiuco/ofiuco/lock"
	"github.com/ofiuco/ofiuco/target"
)

// The tests of this file each hold one thing that the first ofiuco, which this one replaces, got wrong.

// read reads a lock, and a pyproject.toml beside it where there is one.
func read(t testing.TB, path, text, pyproject string) *lock.Lock {
	t.Helper()
	in := lock.Input{Path: path, Data: []byte(text), PyprojectPath: "pyproject.toml"}
	if pyproject != "" {
		in.Pyproject = []byte(pyproject)
	}
	l, err := lock.Read(in)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// on analyses a lock's hub for a target.
func on(t testing.TB, l *lock.Lock, where string) *analysis {
	t.Helper()
	one, err := target.Parse(where)
	if err != nil {
		t.Fatal(err)
	}
	return &analysis{t: t, targets: readHub(t, hubOf(t, l)), env: one.Environment(), held: map[string]bool{}}
}

// check compares what a target brings.
func (a *analysis) check(label string, want ...string) {
	a.t.Helper()
	a.refused = nil
	if diff := cmp.Diff(want, a.closure(label)); diff != "" || a.refused != nil {
		a.t.Errorf("%s: refused %v (-want +got)\n%s", label, a.refused, diff)
	}
}

const (
	linux310   = "cp310-manylinux_2_28_x86_64"
	linux312   = "cp312-manylinux_2_28_x86_64"
	windows310 = "cp310-win_amd64"
	windows312 = "cp312-win_amd64"
)

// pypi is a uv.lock's package with one wheel; rest are more lines.
func pypi(name, version, rest string) string {
	return fmt.Sprintf(`
[[package]]
name = %q
version = %q
source = { registry = "https://pypi.org/simple" }
wheels = [{ url = "https://files.example.org/%s-%s-py3-none-any.whl", hash = "sha256:%064d" }]
%s
`, name, version, strings.ReplaceAll(name, "-", "_"), version, 0, rest)
}

const uvHead = "version = 1\nrequires-python = \">=3.9\"\n"

const uvProject = `
[[package]]
name = "web"
version = "1.0"
source = { virtual = "." }
`

// poetryPackage is a poetry.lock's package with one wheel; rest are more lines, also tables.
func poetryPackage(name, version, rest string) string {
	return fmt.Sprintf(`
[[package]]
name = %q
version = %q
description = ""
optional = false
python-versions = ">=3.8"
files = [{file = "%s-%s-py3-none-any.whl", hash = "sha256:%064d"}]
%s
`, name, version, strings.ReplaceAll(name, "-", "_"), version, 0, rest)
}

func poetryTail(version string) string {
	return fmt.Sprintf("\n[metadata]\nlock-version = %q\npython-versions = \">=3.8\"\ncontent-hash = \"%064d\"\n", version, 0)
}

// Markers by group broke the evaluation.
func TestMarkersByGroup(t *testing.T) {
	l := read(t, "poetry.lock", poetryPackage("a", "1.0", `groups = ["main", "dev"]
markers = {main = "python_version < \"3.11\"", dev = "sys_platform == \"win32\""}`)+poetryTail("2.1"), "")
	on(t, l, linux310).check("all", "a==1.0")
	on(t, l, windows312).check("a", "a==1.0")
	on(t, l, linux312).check("all")
}

// All versions of a package were included where the lock has no markers on packages, as before Poetry 2.1, and the markers
// of dependencies in a list were lost.
func TestVersionsWithoutMarkers(t *testing.T) {
	l := read(t, "poetry.lock",
		poetryPackage("six", "1.15.0", "")+poetryPackage("six", "1.16.0", "")+
			poetryPackage("a", "1.0", "[package.dependencies]\nsix = [\n{version = \"1.15.0\", markers = \"python_version < \\\"3.11\\\"\"},\n"+
				"{version = \"1.16.0\", markers = \"python_version >= \\\"3.11\\\"\"},\n]")+
			poetryPackage("b", "1.0", "[package.dependencies]\nsix = \"*\"")+poetryTail("2.0"),
		"[tool.poetry]\nname = \"web\"\nversion = \"1\"\n[tool.poetry.dependencies]\npython = \">=3.8\"\na = \"*\"\nb = \"*\"\n")
	for where, version := range map[string]string{linux310: "1.15.0", linux312: "1.16.0"} {
		a := on(t, l, where)
		a.check("all", "a==1.0", "b==1.0", "six=="+version)
		a.check("b", "b==1.0", "six=="+version)
		a.check("six", "six=="+version)
	}
}

// resolution-markers were ignored, and of two edges to one name the last marker counted.
func TestResolutionMarkers(t *testing.T) {
	l := read(t, "uv.lock", uvHead+uvProject+`dependencies = [
 { name = "numpy", version = "1.26.4", source = { registry = "https://pypi.org/simple" }, marker = "python_full_version < '3.11'" },
 { name = "numpy", version = "2.1.0", source = { registry = "https://pypi.org/simple" }, marker = "python_full_version >= '3.11'" },
 { name = "tz", marker = "sys_platform == 'win32'" },
 { name = "tz", marker = "python_full_version < '3.11'" },
]
`+pypi("numpy", "1.26.4", `resolution-markers = ["python_full_version < '3.11'"]`)+
		pypi("numpy", "2.1.0", `resolution-markers = ["python_full_version >= '3.11'"]`)+pypi("tz", "1.0", ""), "")
	on(t, l, linux310).check("all", "numpy==1.26.4", "tz==1.0")
	on(t, l, linux312).check("all", "numpy==2.1.0")
	on(t, l, windows312).check("web", "numpy==2.1.0", "tz==1.0")
	on(t, l, linux312).check("numpy", "numpy==2.1.0")
	on(t, l, linux310).check("numpy", "numpy==1.26.4")
}

// Markers on a dependency that asks for extras were lost, and so were those inside an extra.
func TestMarkersWithExtras(t *testing.T) {
	l := read(t, "uv.lock", uvHead+uvProject+`dependencies = [{ name = "server", extra = ["fast"], marker = "sys_platform != 'win32'" }]
`+pypi("server", "1.0", "[package.optional-dependencies]\nfast = [{ name = \"loop\", marker = \"python_full_version < '3.11'\" }, { name = \"tools\" }]")+
		pypi("loop", "1.0", "")+pypi("tools", "1.0", ""), "")
	on(t, l, linux310).check("web", "loop==1.0", "server==1.0", "tools==1.0")
	on(t, l, linux312).check("web", "server==1.0", "tools==1.0")
	on(t, l, windows312).check("web")
	on(t, l, windows312).check("server[fast]")
	on(t, l, linux312).check("server[fast]", "server==1.0", "tools==1.0")
	on(t, l, linux310).check("server", "server==1.0")
}

// An extra whose packages are not locked was a dangling label, and so was a dependency that no target has.
func TestNotLocked(t *testing.T) {
	l := read(t, "poetry.lock", poetryPackage("a", "1.0", `groups = ["main"]
[package.dependencies]
old = {version = "*", markers = "python_version < \"3.8\""}
sphinx = {version = "*", optional = true, markers = "extra == \"docs\""}
[package.extras]
docs = ["sphinx"]`)+poetryTail("2.1"), "")
	a := on(t, l, linux312)
	a.check("a", "a==1.0")
	if a.targets["a[docs]"] != nil {
		t.Error("there is a target for an extra that is not locked")
	}
	if text := a.targets["a"].text["markers"]; strings.Contains(text, "old") {
		t.Errorf("an edge that no target has is left: %s", text)
	}
}

// What some target needs and the lock does not hold fails on that target, and only there.
func TestMissing(t *testing.T) {
	l := read(t, "uv.lock", uvHead+uvProject+"dependencies = [{ name = \"a\" }]\n"+pypi("a", "1.0", "dependencies = [{ name = \"b\" }]")+pypi("b", "1.0", ""), "")
	d := &l.Packages[1].Dependencies[0]
	m, err := pythonBefore311()
	if err != nil {
		t.Fatal(err)
	}
	d.Name, d.Marker = "gone", m
	on(t, l, linux312).check("a", "a==1.0")
	a := on(t, l, linux310)
	if a.closure("a"); !slices.Equal(a.refused, []string{"gone"}) {
		t.Errorf("refused %v", a.refused)
	}
}

// One edge of a cycle was deleted, so that one member lacked the other.
func TestCyclesAreWhole(t *testing.T) {
	l := read(t, "uv.lock", uvHead+uvProject+"dependencies = [{ name = \"a\" }]\n"+
		pypi("a", "1.0", "dependencies = [{ name = \"b\", marker = \"sys_platform == 'linux'\" }, { name = \"c\" }]")+
		pypi("b", "1.0", "dependencies = [{ name = \"a\", extra = [\"x\"] }, { name = \"out\", marker = \"python_full_version < '3.11'\" }]\n")+
		pypi("c", "1.0", "")+pypi("d", "1.0", "dependencies = [{ name = \"b\" }]")+pypi("out", "1.0", ""), "")
	l.Packages[1].Provides = append(l.Packages[1].Provides, "x")
	l.Packages[1].Dependencies = append(l.Packages[1].Dependencies, lock.Dependency{Name: "d", Extra: "x"})
	whole := []string{"a==1.0", "b==1.0", "c==1.0", "d==1.0"}
	for _, label := range []string{"a", "b", "d", "a[x]", "web"} {
		on(t, l, linux312).check(label, whole...)
		on(t, l, linux310).check(label, append(slices.Clone(whole), "out==1.0")...)
	}
	on(t, l, windows312).check("a", "a==1.0", "c==1.0")
	on(t, l, windows312).check("b", whole...)
}

// The search for cycles had no set of what was seen: 44 packages took 3.8 s.
func TestManyPaths(t *testing.T) {
	start := time.Now()
	Files(web(300, 299), Options{})
	if taken := time.Since(start); taken > 20*time.Second {
		t.Errorf("%s for 300 packages", taken)
	}
}

// web is a lock of n packages, each of which depends on the next ones, and the last on the first.
func web(n, next int) *lock.Lock {
	l := &lock.Lock{Path: "uv.lock", Format: lock.UV}
	for i := range n {
		p := syntheticPackage(i)
		for j := i + 1; j <= i+next && j < n; j++ {
			p.Dependencies = append(p.Dependencies, lock.Dependency{Name: syntheticName(j)})
		}
		l.Packages = append(l.Packages, p)
	}
	l.Packages[n-1].Dependencies = []lock.Dependency{{Name: syntheticName(0)}}
	l.Roots = []lock.Root{{Dependency: lock.Dependency{Name: syntheticName(0)}}}
	return l
}

// A search that calls itself would need a stack as deep as the longest chain.
func TestLongChain(t *testing.T) {
	files, err := Files(web(5_000, 1), Options{})
	if err != nil || len(files) < 5_000 {
		t.Errorf("%d files, %v", len(files), err)
	}
}

// One version from two sources made two targets of one name.
func TestOneVersionOfTwoSources(t *testing.T) {
	l := read(t, "uv.lock", uvHead+uvProject+`dependencies = [
 { name = "torch", version = "2.1.0", source = { registry = "https://pypi.org/simple" }, marker = "sys_platform == 'win32'" },
 { name = "torch", version = "2.1.0", source = { registry = "https://download.example.org/cpu" }, marker = "sys_platform != 'win32'" },
]
`+pypi("torch", "2.1.0", "resolution-markers = [\"sys_platform == 'win32'\"]")+
		strings.Replace(pypi("torch", "2.1.0", "resolution-markers = [\"sys_platform != 'win32'\"]"), "https://pypi.org/simple", "https://download.example.org/cpu", 1), "")
	for where, index := range map[string]string{linux312: "download.example.org", windows312: "pypi.org"} {
		a := on(t, l, where)
		a.check("all", "torch==2.1.0")
		a.check("torch", "torch==2.1.0")
		for label, c := range a.targets {
			if c.rule == "package" && a.isPresent(label) && !strings.Contains(c.text["entry"], index) {
				t.Errorf("on %s %s is present: %s", where, label, c.text["entry"])
			}
		}
	}
}

// A description that ends in a quote broke the BUILD file.
func TestDescriptions(t *testing.T) {
	for _, description := range []string{
		`Say "hello"`, `'''`, `"""`, `ends in \`, "two\nlines\r\n\ttab", "naïve 🐍 שלום", "\x1b[31m\x00\x7f", `{%s} {}`, "a\u2028b\ufeff", "",
	} {
		l := read(t, "uv.lock", uvHead+uvProject+pypi("a", "1.0", ""), "")
		l.Packages[1].Description = description
		files := hubOf(t, l)
		if got := readHub(t, files)["a"].text["description"]; got != description {
			t.Errorf("%q came out as %q", description, got)
		}
		for _, f := range files {
			checkFormatted(t, f)
		}
	}
}

// A file that is known by sha512 only was not taken.
func TestOtherHashes(t *testing.T) {
	l := read(t, "uv.lock", uvHead+uvProject+pypi("a", "1.0", ""), "")
	l.Packages[1].Artifacts[0].Hashes = []lock.Hash{{Algorithm: "sha512", Hex: strings.Repeat("ab", 64)}}
	want := map[string]string{"a-1.0-py3-none-any.whl": "sha512:" + strings.Repeat("ab", 64)}
	if diff := cmp.Diff(want, readHub(t, hubOf(t, l))["a"].dict["files"]); diff != "" {
		t.Error(diff)
	}
}

// Git, URL and file packages were repositories named by the package only, so that the first of two hubs won.
func TestHubsShareNothing(t *testing.T) {
	entry := func(commit string) string {
		l := read(t, "uv.lock", uvHead+uvProject+fmt.Sprintf(`
[[package]]
name = "a"
version = "1.0"
source = { git = "https://git.example.org/a?rev=main#%[1]s" }
`, strings.Repeat(commit, 40)), "")
		for _, f := range hubOf(t, l) {
			if strings.Contains(string(f.Data), "git_repository") || strings.Contains(string(f.Data), "http_archive") {
				t.Errorf("%s names another repository", f.Path)
			}
		}
		return readHub(t, hubOf(t, l))["a"].text["entry"]
	}
	if one, other := entry("a"), entry("b"); one == other || !strings.Contains(one, strings.Repeat("a", 40)) {
		t.Errorf("%s and %s", one, other)
	}
}
