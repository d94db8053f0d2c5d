package lock

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/ofiuco/ofiuco/pypa/marker"
	"github.com/ofiuco/ofiuco/pypa/name"
)

// The locks of testdata/poetry/VERSION are of one project, each written by a Poetry of its time:
// 1.0.10, 1.1.15, 1.8.5 and 2.5.1.
func TestPoetryVersions(t *testing.T) {
	for _, version := range []string{"1.0", "1.1", "2.0", "2.1"} {
		t.Run(version, func(t *testing.T) {
			folder := filepath.Join("testdata", "poetry", version)
			l, err := Read(folderInput(t, folder, "poetry.lock"))
			if err != nil {
				t.Fatal(err)
			}
			if l.Version != version {
				t.Errorf("Version = %s, want %s", l.Version, version)
			}
			for _, p := range l.Packages {
				if (p.Included != nil) != (version == "2.1") {
					t.Errorf("%s: Included = %v", p.Name, p.Included)
				}
			}
			golden(t, filepath.Join(folder, "want.txt"), dump(l))
		})
	}
}

func TestPoetryWithoutPyproject(t *testing.T) {
	for _, version := range []string{"1.0", "1.1", "2.0"} {
		in := folderInput(t, filepath.Join("testdata", "poetry", version), "poetry.lock")
		in.Pyproject = nil
		_, err := Read(in)
		wantError(t, err, "does not say what the project asks for, and there is no pyproject.toml beside it")
	}
	in := folderInput(t, filepath.Join("testdata", "poetry", "2.1"), "poetry.lock")
	in.Pyproject = nil
	l, err := Read(in)
	if err != nil {
		t.Fatal(err)
	}
	var roots []string
	for _, r := range l.Roots {
		roots = append(roots, r.Name.String())
	}
	// zipp and pysocks are reached from importlib-metadata and urllib3.
	want := "colorama docutils importlib-metadata iniconfig six six toml toolz urllib3 urllib3"
	if got := strings.Join(roots, " "); got != want {
		t.Errorf("roots %s, want %s", got, want)
	}
	if len(l.Indexes) != 1 || l.Indexes[0].Name != "mirror" {
		t.Errorf("Indexes = %v, want the packages' own", l.Indexes)
	}
}

func TestPoetryStale(t *testing.T) {
	in := folderInput(t, filepath.Join("testdata", "poetry", "2.1"), "poetry.lock")
	in.Pyproject = []byte(strings.Replace(string(in.Pyproject), `"^0.12"`, `"^0.11"`, 1))
	l, err := Read(in)
	if err != nil {
		t.Fatal(err)
	}
	if len(l.Warnings) != 1 || !strings.Contains(l.Warnings[0].Msg, "not made for pyproject.toml as it is now") {
		t.Errorf("Warnings = %v, want one that the lock is stale", l.Warnings)
	}
}

// TestPoetryMarkersPerGroup is bug 3 of the original: 2.1's markers by group were passed on as a
// table, locks before 2.1 lost their package markers, and dependencies written as an array theirs.
func TestPoetryMarkersPerGroup(t *testing.T) {
	const text = `
[[package]]
name = "alpha"
version = "1.0"
optional = false
python-versions = "*"
groups = ["main", "dev"]
files = [{file = "alpha-1.0-py3-none-any.whl", hash = "sha256:` + digest + `"}]
markers = {main = "sys_platform == \"linux\"", dev = "sys_platform == \"win32\""}

[package.dependencies]
beta = [
    {version = "<2", markers = "python_version < \"3.9\""},
    {version = ">=2", extras = ["x"], markers = "python_version >= \"3.9\""},
]
` + metadata21
	l, err := Read(Input{Path: "poetry.lock", Data: []byte(text)})
	if err != nil {
		t.Fatal(err)
	}
	p := packageNamed(t, l, "alpha")
	for _, test := range []struct {
		group, platform string
		want            bool
	}{
		{"", "linux", true}, {"", "win32", false}, {"dev", "linux", false}, {"dev", "win32", true},
	} {
		for _, c := range p.Included {
			if c.Group == name.Name(test.group) {
				if got, err := c.Marker.Evaluate(&marker.Environment{SysPlatform: test.platform}); err != nil || got != test.want {
					t.Errorf("group %q on %s: %v, %v, want %v", test.group, test.platform, got, err, test.want)
				}
			}
		}
	}
	if len(p.Dependencies) != 2 || p.Dependencies[0].Marker == nil || p.Dependencies[1].Marker == nil {
		t.Errorf("Dependencies = %v, want two with markers", p.Dependencies)
	}

	old, err := Read(folderInput(t, filepath.Join("testdata", "poetry", "1.0"), "poetry.lock"))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range old.Roots {
		if r.Name == "colorama" && r.Marker.String() != `sys_platform == "win32" and sys_platform == "win32"` {
			t.Errorf("the marker of colorama is %q", r.Marker)
		}
	}
}

// TestPoetryExtrasKeepMarkers is bug 5 of the original: a dependency with extras lost its marker, the
// dependencies of extras lost theirs, and one that is not locked was a KeyError.
func TestPoetryExtrasKeepMarkers(t *testing.T) {
	const text = `
[[package]]
name = "Alpha.Pkg"
version = "1.0"
optional = false
python-versions = "*"
groups = ["main"]
files = [{file = "alpha_pkg-1.0-py3-none-any.whl", hash = "sha256:` + digest + `"}]

[package.dependencies]
Not_Locked = {version = ">=1", extras = ["Some.Extra"], markers = "os_name == \"nt\""}
beta = {version = "*", optional = true, markers = "sys_platform == \"linux\" and extra == \"fast\""}

[package.extras]
fast = ["beta ; sys_platform == \"linux\""]
unlocked = ["gamma"]
` + metadata21
	l, err := Read(Input{Path: "poetry.lock", Data: []byte(text)})
	if err != nil {
		t.Fatal(err)
	}
	p := packageNamed(t, l, "alpha-pkg")
	want := `not-locked[some-extra] (line 11) at >=1 if os_name == "nt"`
	if got := strings.TrimSpace(dumpEdge(p.Dependencies[0])); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	want = `beta[] (line 12) at * if sys_platform == "linux" by extra fast`
	if got := strings.TrimSpace(dumpEdge(p.Dependencies[1])); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if len(p.Provides) != 2 {
		t.Errorf("Provides = %v", p.Provides)
	}
}

func TestSplitByExtra(t *testing.T) {
	for text, want := range map[string]string{
		`extra == "a"`:                                               `a:`,
		`extra == "a" or extra == "B_c"`:                             `a: | b-c:`,
		`os_name == "nt" and (extra == "a" or extra == "b")`:         `a:os_name == "nt" | b:os_name == "nt"`,
		`os_name == "nt" or extra == "a"`:                            `:os_name == "nt" | a:`,
		`extra != "a"`:                                               `:`,
		`extra == "a" and extra == "b"`:                              ``,
		`"x" in os_name and extra == 'a'`:                            `a:"x" in os_name`,
		`extra == "a" and (os_name == "nt" or os_name == 'q"t')`:     `a:os_name == "nt" or os_name == 'q"t'`,
		`python_version < "3.9" and extra == "a" or os_name == "nt"`: `:os_name == "nt" | a:python_version < "3.9" or os_name == "nt"`,
	} {
		m, err := marker.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		r := &poetryReader{tomlFile: &tomlFile{}}
		var got []string
		for _, d := range r.splitByExtra(Dependency{Marker: m}) {
			got = append(got, d.Extra.String()+":"+strings.Trim(d.Marker.String(), "()"))
		}
		if strings.Join(got, " | ") != want {
			t.Errorf("%s: %s, want %s", text, strings.Join(got, " | "), want)
		}
	}
}

func TestPoetryHashesWithoutFiles(t *testing.T) {
	text := strings.Replace(onePackage[:strings.Index(onePackage, "groups")], "alpha", "Al_pha", 1) + strings.Replace(metadata21, "2.1", "1.0", 1) +
		"[metadata.hashes]\nal-pha = [\"" + digest + "\"]\n"
	l, err := Read(Input{Path: "poetry.lock", Data: []byte(text), Pyproject: []byte("[tool.poetry]\n"), PyprojectPath: "pyproject.toml"})
	if err != nil {
		t.Fatal(err)
	}
	if p := l.Packages[0]; len(p.Artifacts) != 0 || len(p.Hashes) != 1 || p.Hashes[0] != (Hash{"sha256", digest}) {
		t.Errorf("artifacts %v, hashes %v", p.Artifacts, p.Hashes)
	}
}

func TestPoetryUnknownKeys(t *testing.T) {
	text := strings.Replace(onePackage, "optional = false", "optional = false\nsigned-by = \"x\"", 1)
	two := strings.ReplaceAll(text, "alpha", "beta")
	l, err := Read(Input{Path: "poetry.lock", Data: []byte(text + two + metadata21)})
	if err != nil {
		t.Fatal(err)
	}
	if len(l.Warnings) != 1 || !strings.Contains(l.Warnings[0].Error(), "unknown key package.signed-by") {
		t.Errorf("Warnings = %v, want one of package.signed-by", l.Warnings)
	}
}

// TestPoetrySources reads the original's own example of every source.
func TestPoetrySources(t *testing.T) {
	l, err := Read(folderInput(t, filepath.Join("testdata", "poetry", "sources"), "poetry.lock"))
	if err != nil {
		t.Fatal(err)
	}
	golden(t, filepath.Join("testdata", "poetry", "sources", "want.txt"), dump(l))
}

func TestCRLF(t *testing.T) {
	text := strings.ReplaceAll(onePackage+metadata21, "\n", "\r\n")
	l, err := Read(Input{Path: "poetry.lock", Data: []byte(text)})
	if err != nil || len(l.Packages) != 1 {
		t.Errorf("%v, %v", l, err)
	}
}

func FuzzReadPoetry(f *testing.F) {
	// Small seeds, one feature each: whole locks keep the fuzzer busy with making them smaller.
	project := []byte("[tool.poetry.dependencies]\nalpha = [{version = \"^1\", platform = \"linux\"}, {path = \"x\"}]\n")
	for _, added := range []string{
		"", "[package.dependencies]\nb = [\"^1\", {version = \"*\", optional = true}]\n[package.extras]\nx = [\"b (>1)\"]\n",
		"[package.source]\ntype = \"git\"\nurl = \"https://h/r\"\nresolved_reference = \"" + digest[:40] + "\"\n",
		"[package.source]\ntype = \"directory\"\nurl = \"../lib\"\n", "[package.source]\ntype = \"url\"\nurl = \"https://h/alpha-1.0-py3-none-any.whl\"\n",
	} {
		f.Add([]byte(onePackage+added+metadata21), project)
		f.Add([]byte(strings.Replace(onePackage+added+metadata21, "2.1", "1.0", 1)), project)
	}
	f.Add([]byte(strings.Replace(onePackage, "files", "marker = \"os_name == 'nt'\"\nother", 1)+
		strings.Replace(metadata21, "2.1", "1.1", 1)+"[metadata.files]\nalpha = [{file = \"alpha-1.0.tar.gz\", hash = \"sha256:"+digest+"\"}]\n"), project)
	f.Fuzz(func(t *testing.T, data, pyproject []byte) {
		l, err := Read(Input{Path: "poetry.lock", Data: data, Pyproject: pyproject, PyprojectPath: "pyproject.toml"})
		checkRead(t, l, err)
	})
}

func BenchmarkReadPoetry(b *testing.B) {
	in := folderInput(b, filepath.Join(filepath.Dir(realLocks(b, "poetry.lock")[0]), "airflow"), "poetry.lock")
	b.SetBytes(int64(len(in.Data)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Read(in); err != nil {
			b.Fatal(err)
		}
	}
}
