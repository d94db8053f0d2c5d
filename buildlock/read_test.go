package buildlock

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ofiuco/ofiuco/lock"
)

// sound is a build lock in which nothing is wrong; its lines are numbered in the tests.
const sound = `version = 1
[[build]]
package = "alpha 1.0"
for = ["cp312-manylinux_x86_64"]
requires = ["beta[x]>=2"]
pins = ["beta 2.0"]

[[package]]
name = "beta"
version = "2.0"
requires-python = ">=3.8"
requires = ["gamma; extra == 'x'"]
extras = ["x"]
index = "https://example.com/simple"
files = [
    { file = "beta-2.0-py3-none-any.whl", sha256 = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", size = 7 },
]
`

// secondFile is another file of beta.
const secondFile = `{ file = "beta-2.0-1-py3-none-any.whl", sha256 = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef" },`

const beta = "beta 2.0"

func TestParseRefuses(t *testing.T) {
	digest := "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	tests := []struct {
		about    string
		old, new string // in the sound lock; old "" replaces all of it
		want     string // line: package: message
	}{
		{"empty", "", " \n", "the file is empty"},
		{"HTML", "", "<!DOCTYPE html>\n<html></html>", "1: an HTML or XML page where TOML should be"},
		{"cut short", "", sound[:len(sound)-10], "16: "},
		{"conflict marks", "[[build]]", "<<<<<<< HEAD\n[[build]]", "2: "},
		{"not UTF-8", "alpha", "\xff", "3: "},
		{"NUL", "alpha", "\x00", "3: "},
		{"a key twice", "version = 1\n[", "version = 1\nversion = 1\n[", "2: "},
		{"deep", "extras = [\"x\"]", "extras = " + strings.Repeat("[", 200000), "13: "},
		{"no version", "version = 1\n[", "\n[", "no version: cut short, or not a build lock"},
		{"another version", "version = 1\n[", "version = 99\n[", "1: version 99; this ofiuco reads version 1"},
		{"a version of another type", "version = 1\n[", "version = \"1\"\n[", "1: version must be an integer, found a string"},
		{"builds of another type", "[[build]]", "[build]", "2: build must be an array, found a table"},
		{"requires of another type", `requires = ["beta[x]>=2"]`, `requires = "beta"`, "5: alpha 1.0: build.requires must be an array, found a string"},
		{"a requirement of another type", `["beta[x]>=2"]`, `[1]`, "5: alpha 1.0: each of build.requires must be a string, found an integer"},
		{"no package", `package = "alpha 1.0"`, ``, "2: no package"},
		{"a path for a name", "alpha 1.0", "../alpha 1.0", `3: invalid name "../alpha"`},
		{"an option for a name", "alpha 1.0", "-alpha 1.0", `3: invalid name "-alpha"`},
		{"a line break in a location", "alpha 1.0", `alpha @ x\ny`, `3: invalid location "x\ny"`},
		{"an invalid version of a build", "alpha 1.0", "alpha one", `3: invalid version "one"`},
		{"no target", `for = ["cp312-manylinux_x86_64"]`, ``, "2: alpha 1.0: it is for no Python and platform"},
		{"an invalid target", `for = ["cp312-manylinux_x86_64"]`, `for = ["\u001b[31m"]`, `4: alpha 1.0: "\x1b[31m" is no Python and platform such as cp312-manylinux_x86_64`},
		{"no requires", `requires = ["beta[x]>=2"]`, ``, "2: alpha 1.0: no requires"},
		{"no pins", `pins = ["beta 2.0"]`, ``, "2: alpha 1.0: no pins"},
		{"an invalid requirement", "beta[x]>=2", "beta >>", `5: alpha 1.0: `},
		{"a marker that calls", "beta[x]>=2", "beta; __import__('os')", `5: alpha 1.0: `},
		{"a marker nested too deep", "beta[x]>=2", "beta; " + strings.Repeat("(", 20000), `5: alpha 1.0: `},
		{"a secret in a requirement", "beta[x]>=2", "beta @ https://user:secret@example.com/b.whl", "5: alpha 1.0: build.requires holds credentials, which nobody should commit"},
		{"a pin without a package", `["beta 2.0"]`, `["beta 2.1"]`, "6: alpha 1.0: beta 2.1 is pinned, and there is no such [[package]]"},
		{"a pin that is none", `["beta 2.0"]`, `["beta"]`, `6: alpha 1.0: "beta" is no name and version`},
		{"a pin twice", `["beta 2.0"]`, `["beta 2.0", "Beta 2.0"]`, `6: alpha 1.0: beta is pinned twice`},
		{"a build twice", "[[package]]", "[[build]]\npackage = \"Alpha 1.0\"\nfor = [\"cp312-manylinux_x86_64\"]\nrequires = [\"beta[X] >=2\"]\npins = []\n[[package]]",
			"8: alpha 1.0: its requirements are pinned for cp312-manylinux_x86_64 twice, also in line 2"},
		{"no name", `name = "beta"`, ``, "8: no name"},
		{"an invalid name", `"beta"`, `"be\nta"`, `9: invalid name "be\nta"`},
		{"no version of a package", `version = "2.0"`, ``, `8: no version`},
		{"an invalid version", `"2.0"`, `"two"`, `10: invalid version "two"`},
		{"a package twice", "[[build]]", "[[package]]\nname = \"Beta\"\nversion = \"2.0\"\nfiles = [" + secondFile + "]\n[[build]]", "12: beta 2.0: it is locked twice, also in line 2"},
		{"an invalid requires-python", ">=3.8", "3.8", `11: beta 2.0: requires-python "3.8" cannot be read`},
		{"an invalid requirement of a package", "gamma; extra == 'x'", "gamma; extra", `12: beta 2.0: `},
		{"an invalid extra", `extras = ["x"]`, `extras = ["-x"]`, `13: beta 2.0: invalid name "-x"`},
		{"an empty index", "https://example.com/simple", "", `14: beta 2.0: the index "" is none`},
		{"a secret in an index", "https://example.com", "https://user:secret@example.com", `14: beta 2.0: package.index holds credentials, which nobody should commit`},
		{"an index of another scheme", "https://example.com", "file://example.com", `14: beta 2.0: package.index is no http or https URL`},
		{"an index and a url", "index =", "url = \"https://example.com/beta-2.0-py3-none-any.whl\"\nindex =", `14: beta 2.0: both an index and a url`},
		{"a url of another file", "index = \"https://example.com/simple\"", "url = \"https://example.com/beta-2.0-py2-none-any.whl\"",
			`14: beta 2.0: the url ends in another name than "beta-2.0-py3-none-any.whl"`},
		{"no files", "    {", "    #{", "15: beta 2.0: no files"},
		{"a file without a name", `file = "beta-2.0-py3-none-any.whl", `, "", "16: beta 2.0: a file without a name"},
		{"a file of another project", "beta-2.0-py3", "alpha-2.0-py3", `16: beta 2.0: "alpha-2.0-py3-none-any.whl" is a file of another project`},
		{"a file of another version", "beta-2.0-py3", "beta-2.1-py3", `16: beta 2.0: "beta-2.1-py3-none-any.whl" is a file of another version`},
		{"an sdist", "beta-2.0-py3-none-any.whl", "beta-2.0.tar.gz", `16: beta 2.0: "beta-2.0.tar.gz" is no name of a wheel`},
		{"a path", "beta-2.0-py3", "../beta-2.0-py3", `16: beta 2.0: "../beta-2.0-py3-none-any.whl" is no name of a wheel`},
		{"a file twice", "    {", "{ file = \"beta-2.0-py3-none-any.whl\", sha256 = \"" + digest + "\" },\n    {", `17: beta 2.0: "beta-2.0-py3-none-any.whl" is listed twice`},
		{"no hash", `, sha256 = "` + digest + `"`, "", `16: beta 2.0: "beta-2.0-py3-none-any.whl" has no sha256`},
		{"a short hash", digest, digest[1:], "16: beta 2.0: the sha256 has 63 digits, not 64"},
		{"an empty hash", digest, "", "16: beta 2.0: the sha256 has 0 digits, not 64"},
		{"a hash that is not hexadecimal", digest, "g" + digest[1:], `16: beta 2.0: the sha256 "g` + digest[1:] + `" is not hexadecimal`},
		{"a weak hash", "sha256", "md5", `16: beta 2.0: "beta-2.0-py3-none-any.whl" has no sha256`},
		{"a hash of another type", `"` + digest + `"`, "1", "16: beta 2.0: package.files.sha256 must be a string, found an integer"},
		{"a negative size", "size = 7", "size = -7", "16: beta 2.0: the size -7, which no file has"},
	}
	for _, test := range tests {
		t.Run(test.about, func(t *testing.T) {
			text := test.new
			if test.old != "" {
				if text = strings.Replace(sound, test.old, test.new, 1); text == sound {
					t.Fatal("the sound lock has nothing to replace")
				}
			}
			_, err := Parse("x.lock", []byte(text))
			var e *lock.Error
			if !errors.As(err, &e) {
				t.Fatalf("the error is %v", err)
			}
			got := e.Msg
			if e.Package != "" {
				got = e.Package + ": " + got
			}
			if e.Line > 0 {
				got = fmt.Sprintf("%d: %s", e.Line, got)
			}
			exact := !strings.HasSuffix(test.want, " ")
			if exact && got != test.want || !strings.HasPrefix(got, test.want) {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
			if e.Path != "x.lock" || e.Hint == "" || strings.Contains(err.Error(), "secret") || strings.ContainsAny(err.Error(), "\x1b\n\x00") {
				t.Errorf("%+v", e)
			}
		})
	}
}

func TestParseAccepts(t *testing.T) {
	plain, err := Parse("x.lock", []byte(sound))
	if err != nil {
		t.Fatal(err)
	}
	for about, change := range map[string][2]string{
		"CRLF":                       {"\n", "\r\n"},
		"names to normalize":         {`"beta"`, `"BETA"`},
		"hashes in upper case":       {"abcdef", "ABCDEF"},
		"requirements to normalize":  {"beta[x]>=2", "Beta [X] >= 2"},
		"a package that nobody pins": {"[[package]]", "[[package]]\nname = \"unused\"\nversion = \"1\"\nfiles = [{ file = \"unused-1-py3-none-any.whl\", sha256 = \"" + strings.Repeat("0", 64) + "\" }]\n[[package]]"},
	} {
		read, err := Parse("x.lock", []byte(strings.ReplaceAll(sound, change[0], change[1])))
		if err != nil {
			t.Errorf("%s: %v", about, err)
		} else if !bytes.Equal(read.Encode(), plain.Encode()) {
			t.Errorf("%s: it reads otherwise:\n%s", about, read.Encode())
		} else if len(read.Warnings) > 0 {
			t.Errorf("%s: %v", about, read.Warnings)
		}
	}
}

// A key that is not known is passed over with a warning.
func TestUnknownKeys(t *testing.T) {
	l, err := Parse("x.lock", []byte(strings.ReplaceAll(sound, "extras =", "new = 1\nextras =")))
	if err != nil {
		t.Fatal(err)
	}
	if len(l.Warnings) != 1 || l.Warnings[0].Line != 13 || l.Warnings[0].Msg != "unknown key package.new: this ofiuco does not know what it means" {
		t.Errorf("%v", l.Warnings)
	}
}

// What is read is written so that it reads the same again.
func FuzzParse(f *testing.F) {
	golden, err := os.ReadFile(filepath.Join("testdata", Filename))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(golden)
	f.Add([]byte(sound))
	f.Add([]byte(strings.Replace(sound, "gamma; extra == 'x'", `gamma; extra == \"it's \\\\ \u0085\"`, 1)))
	f.Fuzz(func(t *testing.T, data []byte) {
		l, err := Parse("x.lock", data)
		if err != nil {
			if !errors.As(err, new(*lock.Error)) {
				t.Errorf("%T is no *lock.Error", err)
			}
			return
		}
		text := l.Encode()
		again, err := Parse("x.lock", text)
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		if !bytes.Equal(again.Encode(), text) || len(again.Warnings) > 0 {
			t.Errorf("it reads otherwise:\n%s\n%s", text, again.Encode())
		}
	})
}
