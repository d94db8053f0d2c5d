package lock

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// testdata/pylock has what uv 0.13.9 exported from the locks of the same name in testdata/uv, and
// "spec", which uses what PEP 751 has.
func TestPylock(t *testing.T) {
	for _, folder := range []string{"forks", "sources", "spec"} {
		t.Run(folder, func(t *testing.T) {
			folder := filepath.Join("testdata", "pylock", folder)
			data, err := os.ReadFile(filepath.Join(folder, "pylock.toml"))
			if err != nil {
				t.Fatal(err)
			}
			l, err := Read(Input{Path: "pylock.toml", Data: data})
			if err != nil {
				t.Fatal(err)
			}
			golden(t, filepath.Join(folder, "want.txt"), dump(l))
		})
	}
}

const onePylock = `lock-version = "1.0"
created-by = "hand"
requires-python = ">=3.9"

[[packages]]
name = "alpha"
version = "1.0"
index = "https://pypi.org/simple"
wheels = [
    { url = "https://example.org/alpha-1.0-py3-none-any.whl", hashes = { sha256 = "` + digest + `" } },
]
`

func TestMalformedPylock(t *testing.T) {
	if l, err := Read(Input{Path: "pylock.toml", Data: []byte(onePylock)}); err != nil || len(l.Warnings) > 0 {
		t.Fatalf("the lock that the cases spoil is not well: %v %v", l, err)
	}
	const hashes = `{ sha256 = "` + digest + `" }`
	const files = "wheels = [\n    { url = \"https://example.org/alpha-1.0-py3-none-any.whl\", hashes = " + hashes + " },\n]\n"
	for name, test := range map[string]struct{ old, new, want string }{
		"empty":            {onePylock, "\n", "pylock.toml: the file is empty"},
		"html":             {onePylock, "<!DOCTYPE html>", "pylock.toml:1: an HTML or XML page"},
		"conflict":         {`version = "1.0"` + "\nindex", "=======\nindex", "pylock.toml:7: a line of a git merge conflict"},
		"truncated":        {"},\n]", "", "pylock.toml:10: "},
		"nul":              {`"hand"`, "\"\x00\"", "pylock.toml:2: a NUL byte"},
		"not UTF-8":        {`"hand"`, "\"\xff\"", "pylock.toml:2: not UTF-8"},
		"same key":         {`name = "alpha"`, "name = \"alpha\"\nname = \"beta\"", "pylock.toml:7: packages.name is given twice"},
		"deep":             {`"hand"`, strings.Repeat("[", 200_000), "pylock.toml:2:"},
		"no version":       {`lock-version = "1.0"`, "", "pylock.toml: no lock-version"},
		"version 2":        {`"1.0"`, `"2.0"`, "pylock.toml:1: lock-version 2.0; this ofiuco reads 1.x"},
		"no creator":       {`created-by = "hand"`, "", "pylock.toml: no created-by"},
		"no name":          {`name = "alpha"`, "", "pylock.toml:5: a package without a name"},
		"name path":        {`name = "alpha"`, `name = "../alpha"`, `pylock.toml:6: invalid name "../alpha"`},
		"bad version":      {"\nversion = \"1.0\"", "\nversion = \"one\"", `pylock.toml:7: alpha: invalid version "one"`},
		"no hashes":        {", hashes = " + hashes, "", "pylock.toml:10: alpha 1.0: a file without a hash"},
		"hash md5":         {hashes, `{ md5 = "` + digest[:32] + `" }`, "pylock.toml:10: alpha 1.0: only md5"},
		"hash short":       {digest, digest[:63], "pylock.toml:10: alpha 1.0: the sha256 has 63 digits, not 64"},
		"hash not hex":     {digest, strings.Repeat("z", 64), "is not hexadecimal"},
		"hash unknown":     {"sha256", "crc", "pylock.toml:10: alpha 1.0: only crc"},
		"hash weak beside": {hashes, `{ md5 = "x", sha256 = "` + digest[:63] + `" }`, "the sha256 has 63 digits"},
		"file climbs":      {"{ url", `{ name = "../alpha-1.0-py3-none-any.whl", url`, `pylock.toml:10: alpha 1.0: invalid file name`},
		"file other":       {"/alpha-1.0-py3", "/beta-1.0-py3", "is a file of another project"},
		"file version":     {"/alpha-1.0-py3", "/alpha-1.1-py3", "is a file of another version"},
		"file at another":  {"{ url = \"https://example.org/alpha-1.0", `{ name = "alpha-1.0-py3-none-any.whl", url = "https://example.org/beta-2.0`, `"alpha-1.0-py3-none-any.whl" is found at "beta-2.0-py3-none-any.whl"`},
		"size negative":    {"{ url", "{ size = -1, url", "pylock.toml:10: alpha 1.0: the size -1, which no file has"},
		"size zero":        {"{ url", "{ size = 0, url", "the size 0, which no file has"},
		"url port":         {"https://example.org/alpha", "https://example.org:port/alpha", "is not an http or https URL"},
		"url local":        {"https://example.org/alpha", "file:///alpha", "is not an http or https URL"},
		"path absolute":    {`url = "https://example.org`, `path = "`, "is not a path relative to the lock"},
		"marker cut":       {"index", "marker = \"python_version <\"\nindex", "pylock.toml:8: alpha 1.0: packages.marker: "},
		"marker deep":      {"index", "marker = \"" + strings.Repeat("(", 20_000) + "\"\nindex", "pylock.toml:8: alpha 1.0: packages.marker: "},
		"wrong type":       {files, "wheels = 1\n", "pylock.toml:9: alpha 1.0: packages.wheels must be an array, found an integer"},
		"no source":        {files, "", "pylock.toml:5: alpha 1.0: no source"},
		"two sources":      {files, "directory = { path = \"x\" }\n" + files, "both directory and files of an index"},
		"vcs hg":           {files, `vcs = { type = "hg", url = "https://h/r", commit-id = "` + digest[:40] + `" }`, `a repository of type "hg"`},
		"git branch":       {files, `vcs = { type = "git", url = "https://h/r", commit-id = "main" }`, `"main" is not a full git commit`},
		"git option":       {files, `vcs = { type = "git", url = "--upload-pack=id", commit-id = "` + digest[:40] + `" }`, "is not an https, ssh, git or file URL"},
		"git climb":        {files, `vcs = { type = "git", url = "https://h/r", commit-id = "` + digest[:40] + `", subdirectory = "../x" }`, "leads out of the source"},
	} {
		t.Run(name, func(t *testing.T) {
			text := strings.Replace(onePylock, test.old, test.new, 1)
			if text == onePylock {
				t.Fatalf("%q is not in the lock", test.old)
			}
			_, err := Read(Input{Path: "pylock.toml", Data: []byte(text)})
			wantError(t, err, test.want)
		})
	}
}

// What ofiuco accepts beside what it needs.
func TestPylockLenient(t *testing.T) {
	for name, test := range map[string]struct{ old, new, warning string }{
		"newer minor":        {`"1.0"`, `"1.3"`, "pylock.toml:1: lock-version 1.3 is newer than 1.0"},
		"unknown key":        {"index", "colour = 1\nindex", "pylock.toml:8: unknown key packages.colour"},
		"name to normalize":  {`"alpha"`, `"Al_pha"`, ""},
		"weak beside strong": {"{ sha256", `{ md5 = "x", other = "y", sha256`, ""},
		"crlf":               {"\n", "\r\n", ""},
	} {
		text := strings.ReplaceAll(onePylock, test.old, test.new)
		if name == "newer minor" {
			text = strings.Replace(onePylock, test.old, test.new, 1)
		}
		if name == "name to normalize" {
			text = strings.ReplaceAll(text, "/alpha-", "/al_pha-")
		}
		l, err := Read(Input{Path: "pylock.toml", Data: []byte(text)})
		switch {
		case err != nil:
			t.Errorf("%s: %v", name, err)
		case test.warning == "" && len(l.Warnings) > 0, test.warning != "" && (len(l.Warnings) != 1 || !strings.Contains(l.Warnings[0].Error(), test.warning)):
			t.Errorf("%s: warnings %v, want %q", name, l.Warnings, test.warning)
		case l.Packages[0].Artifacts[0].SHA256() != digest:
			t.Errorf("%s: %+v", name, l.Packages[0].Artifacts[0])
		}
	}
}

func FuzzReadPylock(f *testing.F) {
	f.Add([]byte(onePylock))
	for _, folder := range []string{"forks", "sources", "spec"} {
		data, err := os.ReadFile(filepath.Join("testdata", "pylock", folder, "pylock.toml"))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		l, err := Read(Input{Path: "pylock.toml", Data: data})
		checkRead(t, l, err)
	})
}
