package buildfile

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ofiuco/ofiuco/lock"
	"github.com/ofiuco/ofiuco/pypa/marker"
	"github.com/ofiuco/ofiuco/pypa/name"
)

// FuzzFiles puts texts into every place of a hub that may hold any. The files are read as Starlark, and are as buildifier
// writes them.
func FuzzFiles(f *testing.F) {
	f.Add(`Say "hello"`, "uv.lock", "@//cc:lib", "python_version < '3.11'", "{\"a\": 1}")
	f.Add("two\nlines\\", "a'b\"c/uv.lock", "'''", `os_name == "\x22'"`, "")
	f.Add("\x1b[31m\x00\x7f", "%s", "//a/b:b", "extra == 'x' and 'y' not in extras", "naïve 🐍")
	f.Fuzz(func(t *testing.T, description, path, label, text, words string) {
		for _, s := range []*string{&description, &path, &label, &words} {
			*s = strings.ToValidUTF8(*s, "?")
		}
		m, err := marker.Parse(text)
		if err != nil {
			m = nil
		}
		l := web(3, 2)
		l.Path = path
		l.Packages[0].Description = description
		l.Packages[0].Spelling = words
		l.Packages[1].Artifacts[0].Path = path
		for _, p := range l.Packages {
			for i := range p.Dependencies {
				p.Dependencies[i].Marker = m
			}
		}
		files, err := Files(l, Options{
			Hub: words, Rules: "@ofiuco", LockLabel: label, BuildLock: label, Extras: true, Platforms: map[string]string{words: description},
			Deps: map[name.Name][]string{syntheticName(1): {label}}, Absent: words,
			Downloaded: map[*lock.Package][]string{l.Packages[2]: {path}},
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			checkFormatted(t, file)
		}
		targets := readHub(t, files)
		first := targets[syntheticName(0).String()]
		if first.rule == "package_member" {
			first = targets["_cycle/"+syntheticName(0).String()]
		}
		if got := first.text["description"]; got != description {
			t.Errorf("description %q came out as %q", description, got)
		}
		if diff := cmp.Diff(map[string]string{words: description}, first.dict["platforms"]); diff != "" {
			t.Error(diff)
		}
	})
}

// FuzzEntry reads entries that were written by hand.
func FuzzEntry(f *testing.F) {
	f.Add("numpy", "2.1.0", "poetry.lock", "numpy-2.1.0-cp312-cp312-win_amd64.whl", "https://user:secret@files.example.org/a", "sha256", strings.Repeat("ab", 32), ">=3.8")
	f.Add("a", "", "\x1b[31m", "../../etc/passwd", "file:///etc/passwd", "md5", "", "^3")
	f.Fuzz(func(t *testing.T, project, version, path, file, url, algorithm, digest, python string) {
		e := Entry{
			Name: project, Version: version, Path: path, RequiresPython: python, LockRequiresPython: python,
			Source:    &Source{Kind: lock.FromURL, URL: url, Subdirectory: file},
			Artifacts: []Artifact{{Filename: file, URL: url, Path: path, Hashes: map[string]string{algorithm: digest}}},
			Indexes:   []Index{{Name: project, URL: url}}, Environments: []string{python},
		}
		l, err := e.Lock()
		if err != nil {
			if strings.ContainsAny(err.Error(), "\x00\x1b\n\r") {
				t.Errorf("a control character in %q", err)
			}
			return
		}
		if strings.ContainsAny(l.Packages[0].Artifacts[0].Filename, "/\\\x00") {
			t.Errorf("file name %q", file)
		}
		again, err := NewEntry(l, l.Packages[0]).Lock()
		if err != nil {
			t.Fatalf("%+v read once: %v", e, err)
		}
		if again.Packages[0].Name != l.Packages[0].Name || !again.Packages[0].Version.Equal(l.Packages[0].Version) {
			t.Errorf("%v came out as %v", l.Packages[0], again.Packages[0])
		}
	})
}
