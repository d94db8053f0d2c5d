package lock

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ofiuco/ofiuco/pypa/marker"
	"github.com/ofiuco/ofiuco/pypa/name"
)

// testdata/uv has what uv 0.13.9 wrote for the pyproject.toml beside each lock.
func TestUV(t *testing.T) {
	for _, folder := range []string{"conflict", "flat", "forks", "members", "sources", "virtual", "workspace"} {
		t.Run(folder, func(t *testing.T) {
			folder := filepath.Join("testdata", "uv", folder)
			l, err := Read(folderInput(t, folder, "uv.lock"))
			if err != nil {
				t.Fatal(err)
			}
			golden(t, filepath.Join(folder, "want.txt"), dump(l))
		})
	}
}

func readFolder(t testing.TB, elements ...string) *Lock {
	t.Helper()
	l, err := Read(folderInput(t, filepath.Join(append([]string{"testdata", "uv"}, elements...)...), "uv.lock"))
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// Bug 4 of the predecessor: resolution-markers were ignored, so that both versions got in, and of
// two edges to one name the last marker won.
func TestUVForksKeepTheirMarkers(t *testing.T) {
	l := readFolder(t, "forks")
	got := map[string]string{}
	for _, r := range l.Roots {
		if r.Name == "iniconfig" {
			got[r.Version.String()] = r.Marker.String()
		}
	}
	if len(got) != 2 || got["1.1.1"] != `sys_platform == "linux"` || got["2.0.0"] != `sys_platform != "linux"` {
		t.Errorf("edges to iniconfig: %v", got)
	}
	for _, p := range l.byName()["iniconfig"] {
		want := map[string]string{"1.1.1": `sys_platform == "linux"`, "2.0.0": `sys_platform == "darwin"`}[p.Version.String()]
		if len(p.Forks) != 1 || p.Forks[0].String() != want {
			t.Errorf("iniconfig %s is of the forks %v, want %s", p.Version, p.Forks, want)
		}
	}
	if len(l.Environments) != 2 || l.Environments[0].String() != `sys_platform == "darwin"` {
		t.Errorf("environments %v", l.Environments)
	}
}

// What conflicts decides which of two versions an edge leads to.
func TestUVConflicts(t *testing.T) {
	l := readFolder(t, "conflict")
	if len(l.Conflicts) != 2 || l.Conflicts[0][0] != (Choice{Project: "conf", Extra: "a"}) || l.Conflicts[1][1] != (Choice{Project: "conf", Group: "old"}) {
		t.Errorf("conflicts %v", l.Conflicts)
	}
	for _, test := range []struct {
		extra, python, want string
	}{
		{"a", "3.10.4", "1.16.0"}, {"b", "3.10.4", "1.15.0"}, {"a", "3.12.1", ""}, {"b", "3.12.1", ""},
	} {
		env := marker.Environment{PythonFullVersion: test.python, Extras: []name.Name{name.Name(test.extra)}, DependencyGroups: []name.Name{"", "dev"}}
		var taken []string
		for _, p := range l.byName()["python-dateutil"] {
			for _, d := range p.Dependencies {
				holds, err := d.Marker.EvaluateExtras(&env)
				if err != nil {
					t.Fatal(err)
				}
				if d.Name == "six" && holds {
					taken = append(taken, d.Version.String())
				}
			}
		}
		if got := strings.Join(taken, " "); got != test.want {
			t.Errorf("with extra %s on %s the edge leads to six %q, want %q", test.extra, test.python, got, test.want)
		}
	}
}

func TestUVConflictQuestions(t *testing.T) {
	r := &uvReader{starts: map[name.Name]bool{"my-app": true}}
	for text, want := range map[string]string{
		"extra-6-my-app-cpu":     "'cpu' in extras",
		"extra-6-my-app-a-b":     "'a-b' in extras",
		"group-6-my-app-dev":     "'dev' in dependency_groups",
		"project-6-my-app":       "'' in dependency_groups",
		"extra-3-lib-cpu":        "'lib[cpu]' in extras",
		"group-3-lib-dev":        "'lib:dev' in dependency_groups",
		"project-3-lib":          "'lib:' in dependency_groups",
		"extra-6-my-app":         "",
		"project-6-my-app-extra": "",
		"extra-99-lib-cpu":       "",
		"extra--1-lib":           "",
		"cpu":                    "",
	} {
		got, opposite := r.conflictQuestion(text)
		if got != want || opposite != strings.Replace(want, " in ", " not in ", 1) {
			t.Errorf("%s: %q and %q, want %q", text, got, opposite, want)
		}
	}
}

// An edge may depend on the extras that it asks for, which uv takes for active then.
func TestUVConflictsOfMembers(t *testing.T) {
	l := readFolder(t, "members")
	for _, d := range packageNamed(t, l, "rootc").Dependencies {
		if d.Name != "m" || len(d.Extras) == 0 {
			continue
		}
		for _, chosen := range []name.Name{"cpu", "gpu"} {
			holds, err := d.Marker.EvaluateExtras(&marker.Environment{
				PythonVersion: "3.12", PythonFullVersion: "3.12.1", Extras: []name.Name{chosen}, DependencyGroups: []name.Name{""},
			})
			if err != nil || holds != (chosen == d.Extras[0]) {
				t.Errorf("with extra %s, the edge to m%v holds: %v, %v", chosen, d.Extras, holds, err)
			}
		}
	}
}

// The project is not the lock's folder: a workspace without a project starts from all members.
func TestUVWorkspaces(t *testing.T) {
	l := readFolder(t, "virtual")
	var from []string
	for _, r := range l.Roots {
		from = append(from, r.From.String()+"/"+r.Group.String()+":"+r.Name.String())
	}
	if got, want := strings.Join(from, " "), "m1/:six m2/:idna /dev:iniconfig"; got != want || l.Project != "" {
		t.Errorf("roots %s of %q, want %s", got, l.Project, want)
	}
	l = readFolder(t, "workspace")
	if l.Project != "root" || !packageNamed(t, l, "root").Project || packageNamed(t, l, "a").Project {
		t.Errorf("project %q", l.Project)
	}
	if len(l.DefaultGroups) != 1 || l.DefaultGroups[0] != "docs" {
		t.Errorf("default groups %v", l.DefaultGroups)
	}
}

// Without a pyproject.toml, the lock tells the default groups from revision 5 on, else they are "dev".
func TestUVWithoutPyproject(t *testing.T) {
	for folder, want := range map[string]string{"workspace": "docs", "conflict": "dev", "forks": ""} {
		in := folderInput(t, filepath.Join("testdata", "uv", folder), "uv.lock")
		in.Pyproject = nil
		l, err := Read(in)
		if err != nil {
			t.Fatal(err)
		}
		var groups []string
		for _, g := range l.DefaultGroups {
			groups = append(groups, g.String())
		}
		if got := strings.Join(groups, " "); got != want {
			t.Errorf("%s: default groups %q, want %q", folder, got, want)
		}
	}
}

const oneUV = `version = 1
revision = 5
requires-python = ">=3.9"

[[package]]
name = "app"
version = "0.1"
source = { virtual = "." }
dependencies = [
    { name = "alpha" },
]

[package.metadata]
requires-dist = [{ name = "alpha", specifier = ">=1" }]

[[package]]
name = "alpha"
version = "1.0"
source = { registry = "https://pypi.org/simple" }
wheels = [
    { url = "https://example.org/alpha-1.0-py3-none-any.whl", hash = "sha256:` + digest + `", size = 1000 },
]
`

func TestMalformedUV(t *testing.T) {
	if l, err := Read(Input{Path: "uv.lock", Data: []byte(oneUV)}); err != nil || len(l.Warnings) > 0 {
		t.Fatalf("the lock that the cases spoil is not well: %v %v", l, err)
	}
	const wheel = `{ url = "https://example.org/alpha-1.0-py3-none-any.whl", hash = "sha256:` + digest + `", size = 1000 }`
	const registry = `{ registry = "https://pypi.org/simple" }`
	for name, test := range map[string]struct{ old, new, want string }{
		"empty":              {oneUV, "", "uv.lock: the file is empty"},
		"html":               {oneUV, "<html>", "uv.lock:1: an HTML or XML page"},
		"conflict":           {`version = "0.1"`, "<<<<<<< HEAD\nversion = \"0.1\"\n=======\n", "uv.lock:7: a line of a git merge conflict"},
		"truncated":          {"},\n]\n\n[package.metadata]", "", "uv.lock:"},
		"nul":                {`"0.1"`, "\"\x00\"", "uv.lock:7: a NUL byte"},
		"not UTF-8":          {`"0.1"`, "\"\xff\"", "uv.lock:7: not UTF-8"},
		"same key":           {`version = "0.1"`, "version = \"0.1\"\nversion = \"0.1\"", "uv.lock:8: package.version is given twice, first at line 7"},
		"deep":               {`version = "0.1"`, "x = " + strings.Repeat("[", 200_000), "uv.lock:7:"},
		"size negative":      {"size = 1000", "size = -1", "uv.lock:21: alpha 1.0: the size -1, which no file has"},
		"url port":           {"https://example.org/alpha", "https://example.org:port/alpha", "is not an http or https URL"},
		"no format":          {"version = 1\n", "", "uv.lock: no version"},
		"format 2":           {"version = 1\n", "version = 2\n", "uv.lock:1: version 2; this ofiuco reads 1"},
		"format a string":    {"version = 1\n", "version = \"1\"\n", "uv.lock:1: version must be an integer, found a string"},
		"no name":            {`name = "alpha"` + "\n", "", "uv.lock:16: a package without a name"},
		"name path":          {`name = "alpha"` + "\n", `name = "../alpha"` + "\n", `uv.lock:17: invalid name "../alpha"`},
		"name newline":       {`name = "alpha"` + "\n", `name = "al\npha"` + "\n", `invalid name "al\npha"`},
		"no package version": {`version = "1.0"` + "\n", "", "uv.lock:16: alpha: no version"},
		"bad version":        {`version = "1.0"`, `version = "one"`, `uv.lock:18: alpha: invalid version "one"`},
		"version an array":   {`version = "1.0"`, `version = ["1.0"]`, "uv.lock:18: package.version must be a string, found an array"},
		"no source":          {"source = " + registry + "\n", "", "uv.lock:16: alpha 1.0: no source"},
		"source unknown":     {registry, `{ ftp = "x" }`, "uv.lock:19: alpha 1.0: a source of an unknown kind"},
		"source file":        {registry, `{ registry = "file:///etc" }`, `"file:///etc" is not an http or https URL`},
		"path absolute":      {registry, `{ path = "/etc/alpha-1.0-py3-none-any.whl" }`, `is not a path relative to the lock`},
		"no files":           {"    " + wheel + ",\n", "", "uv.lock:16: alpha 1.0: no files"},
		"wheels a table":     {"wheels = [\n    " + wheel + ",\n]", "wheels = " + wheel, "alpha 1.0: package.wheels must be an array, found a table"},
		"no hash":            {`, hash = "sha256:` + digest + `"`, "", `uv.lock:21: alpha 1.0: "alpha-1.0-py3-none-any.whl" has no sha256`},
		"hash md5":           {"sha256:" + digest, "md5:" + digest[:32], "uv.lock:21: alpha 1.0: only md5"},
		"hash short":         {"sha256:" + digest, "sha256:" + digest[:60], "uv.lock:21: alpha 1.0: the sha256 has 60 digits, not 64"},
		"hash unknown":       {"sha256:", "crc:", `unknown hash algorithm "crc"`},
		"file climbs":        {"example.org/alpha-1.0", "example.org/%2e%2e%2falpha-1.0", "uv.lock:21: alpha 1.0: "},
		"file other":         {"/alpha-1.0-py3", "/beta-1.0-py3", `uv.lock:21: alpha 1.0: "beta-1.0-py3-none-any.whl" is a file of another project`},
		"file version":       {"/alpha-1.0-py3", "/alpha-1.1-py3", `is a file of another version`},
		"file no wheel":      {"/alpha-1.0-py3-none-any.whl", "/alpha-1.0.tar.gz", `"alpha-1.0.tar.gz" is no wheel`},
		"url local":          {"https://example.org/alpha", "file:///etc/alpha", "is not an http or https URL"},
		"marker cut":         {`{ name = "alpha" }`, `{ name = "alpha", marker = "python_version <" }`, "uv.lock:10: app 0.1: package.dependencies.marker: "},
		"marker deep":        {`{ name = "alpha" }`, `{ name = "alpha", marker = "` + strings.Repeat("(", 20_000) + `" }`, "uv.lock:10: app 0.1: package.dependencies.marker: "},
		"marker unknown":     {`{ name = "alpha" }`, `{ name = "alpha", marker = "colour == 'red'" }`, "uv.lock:10: app 0.1: package.dependencies.marker: "},
		"conflict unknown":   {`{ name = "alpha" }`, `{ name = "alpha", marker = "extra == 'cpu'" }`, `uv.lock:10: app 0.1: marker asks for an unknown kind of extra, "cpu"`},
		"dependency missing": {`{ name = "alpha" }`, `{ name = "beta" }`, "uv.lock:10: app 0.1: depends on beta, which the lock does not hold"},
		"dependency version": {`{ name = "alpha" }`, `{ name = "alpha", version = "2.0" }`, "uv.lock:10: app 0.1: depends on alpha 2.0, which the lock does not hold"},
		"dependency type":    {`{ name = "alpha" }`, `"alpha"`, "uv.lock:10: app 0.1: each of package.dependencies must be a table, found a string"},
		"python":             {">=3.9", "three", "uv.lock:3: requires-python: "},
		"no project":         {`{ virtual = "." }`, `{ virtual = "other" }`, "uv.lock: no package is the project"},
		"git branch":         {registry, `{ git = "https://h/r?branch=main" }`, "a git source without a full commit"},
		"git option":         {registry, `{ git = "--upload-pack=id#` + digest[:40] + `" }`, "is not an https, ssh, git or file URL"},
		"git ext":            {registry, `{ git = "ext::sh -c id#` + digest[:40] + `" }`, "is not an https, ssh, git or file URL"},
		"git climb":          {registry, `{ git = "https://h/r?subdirectory=../x#` + digest[:40] + `" }`, `"../x" leads out of the source`},
	} {
		t.Run(name, func(t *testing.T) {
			text := strings.Replace(oneUV, test.old, test.new, 1)
			if text == oneUV {
				t.Fatalf("%q is not in the lock", test.old)
			}
			_, err := Read(Input{Path: "uv.lock", Data: []byte(text)})
			wantError(t, err, test.want)
		})
	}
}

func TestUVLockedTwice(t *testing.T) {
	_, alpha, _ := strings.Cut(oneUV, "\n[[package]]\nname = \"alpha\"")
	_, err := Read(Input{Path: "uv.lock", Data: []byte(oneUV + "\n[[package]]\nname = \"alpha\"" + alpha)})
	wantError(t, err, "uv.lock:24: alpha 1.0: locked twice, first in line 16")
}

func TestUVGit(t *testing.T) {
	commit := digest[:40]
	text := strings.Replace(oneUV, `{ registry = "https://pypi.org/simple" }`, `{ git = "https://user:secret@h/r?subdirectory=sub&rev=v1#`+commit+`" }`, 1)
	l, err := Read(Input{Path: "uv.lock", Data: []byte(text)})
	if err != nil {
		t.Fatal(err)
	}
	p := packageNamed(t, l, "alpha")
	want := Source{Kind: FromGit, URL: "https://user:secret@h/r", Reference: "v1", Commit: commit, Subdirectory: "sub"}
	if p.Source != want || len(p.Artifacts) != 1 || p.Artifacts[0].Kind != Git {
		t.Errorf("source %+v, artifacts %v", p.Source, p.Artifacts)
	}
}

func TestUVUnknownKeys(t *testing.T) {
	text := strings.Replace(oneUV, "size = 1000", "size = 1000, shape = 1", 1) + "colour = \"red\"\n[options]\nexclude-newer = \"x\"\n"
	l, err := Read(Input{Path: "uv.lock", Data: []byte(text)})
	if err != nil {
		t.Fatal(err)
	}
	if len(l.Warnings) != 2 || !strings.Contains(l.Warnings[0].Error(), "uv.lock:21: unknown key package.wheels.shape") {
		t.Errorf("warnings %v", l.Warnings)
	}
}

func FuzzReadUV(f *testing.F) {
	f.Add([]byte(oneUV))
	for _, folder := range []string{"conflict", "flat", "forks", "members", "sources", "virtual", "workspace"} {
		f.Add(folderInput(f, filepath.Join("testdata", "uv", folder), "uv.lock").Data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		l, err := Read(Input{Path: "uv.lock", Data: data})
		checkRead(t, l, err)
	})
}

func BenchmarkReadUV(b *testing.B) {
	file := os.Getenv("OFIUCO_BENCH_LOCK") // a real one; else a small one
	if file == "" {
		file = filepath.Join("testdata", "uv", "workspace", "uv.lock")
	}
	data, err := os.ReadFile(file)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Read(Input{Path: "uv.lock", Data: data}); err != nil {
			b.Fatal(err)
		}
	}
}
