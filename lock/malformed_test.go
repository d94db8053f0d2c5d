package lock

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode"
)

const (
	digest = "a3f5c1b2d4e6978812345678901234567890abcdefabcdefabcdefabcdef0123"

	metadata21 = `
[metadata]
lock-version = "2.1"
python-versions = "*"
content-hash = ""
`
	onePackage = `
[[package]]
name = "alpha"
version = "1.0"
description = ""
optional = false
python-versions = "*"
groups = ["main"]
files = [
    {file = "alpha-1.0-py3-none-any.whl", hash = "sha256:` + digest + `"},
]
`
	onePDM = `
[metadata]
groups = ["default"]
strategy = ["inherit_metadata"]
lock_version = "4.5.1"

[[metadata.targets]]
requires_python = ">=3.9"

[[package]]
name = "alpha"
version = "1.0"
groups = ["default"]
files = [{file = "alpha-1.0-py3-none-any.whl", hash = "sha256:` + digest + `"}]
`
)

// wantError checks that err is an *Error that names the file and says want.
func wantError(t *testing.T, err error, want string) {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("error %v, want an *Error that says %q", err, want)
	}
	text := strings.Join(append([]string{e.Error()}, e.Facts...), "\n")
	if !strings.Contains(text, want) {
		t.Errorf("error %s\nwant %s", text, want)
	}
	if e.Path == "" || e.Hint == "" {
		t.Errorf("%v has path %q and hint %q", err, e.Path, e.Hint)
	}
	checkPrintable(t, e)
}

// checkPrintable checks that nothing of an error can steer a terminal.
func checkPrintable(t *testing.T, e *Error) {
	t.Helper()
	for _, text := range append([]string{e.Error(), e.Hint}, e.Facts...) {
		if strings.ContainsFunc(text, unicode.IsControl) {
			t.Errorf("control characters in %q", text)
		}
	}
}

// checkRead checks what holds for every input: a lock with names, or an *Error that can be printed.
func checkRead(t *testing.T, l *Lock, err error) {
	t.Helper()
	if err != nil {
		var e *Error
		if l != nil || !errors.As(err, &e) || e.Path == "" {
			t.Fatalf("lock %v, error %#v", l, err)
		}
		checkPrintable(t, e)
		return
	}
	for _, w := range l.Warnings {
		checkPrintable(t, w)
	}
	for _, p := range l.Packages {
		if p.Name == "" || p.Source.Kind == "" || len(p.Artifacts)+len(p.Hashes) == 0 {
			t.Errorf("package %+v", p)
		}
	}
}

func TestMalformedPoetry(t *testing.T) {
	if l, err := Read(Input{Path: "poetry.lock", Data: []byte(onePackage + metadata21)}); err != nil || len(l.Warnings) > 0 {
		t.Fatalf("the lock that the cases spoil is not well: %v %v", l, err)
	}
	const wheel = `{file = "alpha-1.0-py3-none-any.whl", hash = "sha256:` + digest + `"}`
	for name, test := range map[string]struct{ old, new, want string }{
		"empty":              {onePackage + metadata21, "", "the file is empty"},
		"blank":              {onePackage + metadata21, " \n\t\n", "the file is empty"},
		"html":               {onePackage + metadata21, "<!doctype html><title>login</title>", "poetry.lock:1: an HTML or XML page"},
		"conflict":           {`optional = false`, "<<<<<<< HEAD\noptional = false\n=======", "poetry.lock:6: a line of a git merge conflict"},
		"truncated":          {`"},` + "\n]", "", "poetry.lock:"},
		"no metadata":        {metadata21, "", "no [metadata]"},
		"only metadata":      {onePackage, "", "no packages"},
		"nul":                {`""`, "\"\x00\"", "poetry.lock:"},
		"not UTF-8":          {`""`, "\"\xff\"", "not UTF-8"},
		"same key":           {`optional = false`, "optional = false\noptional = true", "poetry.lock:7:"},
		"deep":               {`description = ""`, "description = " + strings.Repeat("[", 200_000), "poetry.lock:5:"},
		"no version":         {`lock-version = "2.1"`, "", "poetry.lock:13: no lock-version"},
		"unknown version":    {`"2.1"`, `"99.0"`, "poetry.lock:14: lock-version 99.0; this ofiuco reads 1.x and 2.x"},
		"strange version":    {`"2.1"`, `"two"`, `poetry.lock:14: invalid lock-version "two"`},
		"version a number":   {`"2.1"`, `2.1`, "poetry.lock:14: metadata.lock-version must be a string, found a float"},
		"no name":            {`name = "alpha"`, "", "poetry.lock:2: a package without a name"},
		"name path":          {`name = "alpha"`, `name = "../../alpha"`, `poetry.lock:3: invalid name "../../alpha"`},
		"name newline":       {`name = "alpha"`, `name = "alpha\nbeta"`, `invalid name "alpha\nbeta"`},
		"name option":        {`name = "alpha"`, `name = "--index-url=x"`, `invalid name "--index-url=x"`},
		"name quote":         {`name = "alpha"`, `name = 'al"pha'`, `invalid name "al\"pha"`},
		"name escape":        {`name = "alpha"`, `name = "al\u001b[31mpha"`, `invalid name "al\x1b[31mpha"`},
		"name empty":         {`name = "alpha"`, `name = ""`, `invalid name ""`},
		"no package version": {`version = "1.0"`, "", "poetry.lock:2: alpha: no version"},
		"bad version":        {`version = "1.0"`, `version = "one"`, `poetry.lock:4: alpha: invalid version "one"`},
		"version an array":   {`version = "1.0"`, `version = ["1.0"]`, "poetry.lock:4: alpha: package.version must be a string, found an array"},
		"no groups":          {`groups = ["main"]`, "", "alpha 1.0: no groups"},
		"bad python":         {`python-versions = "*"`, `python-versions = ">=three"`, `poetry.lock:7: alpha 1.0: invalid version constraint ">=three"`},
		"no files":           {wheel + ",", "", "poetry.lock:2: alpha 1.0: no files"},
		"files missing":      {"files = [\n    " + wheel + ",\n]", "", "alpha 1.0: no files"},
		"no hash":            {`, hash = "sha256:` + digest + `"`, "", `poetry.lock:10: alpha 1.0: "alpha-1.0-py3-none-any.whl" has no hash`},
		"hash md5":           {"sha256:" + digest, "md5:" + digest[:32], "poetry.lock:10: alpha 1.0: only md5"},
		"hash sha1":          {"sha256:" + digest, "sha1:" + digest[:40], "only sha1"},
		"hash short":         {"sha256:" + digest, "sha256:" + digest[:63], "63"},
		"hash not hex":       {digest, strings.Repeat("z", 64), "hex"},
		"hash unknown":       {"sha256:", "crc32:", `crc32`},
		"hash unnamed":       {"sha256:", "", `poetry.lock:10: alpha 1.0: the hash "` + digest + `" does not say its algorithm`},
		"file climbs":        {"alpha-1.0-py3", "../alpha-1.0-py3", `poetry.lock:10: alpha 1.0: invalid file name "../alpha-1.0-py3-none-any.whl"`},
		"file other":         {"alpha-1.0-py3", "beta-1.0-py3", `"beta-1.0-py3-none-any.whl" is a file of another project`},
		"file version":       {"alpha-1.0-py3", "alpha-1.1-py3", `"alpha-1.1-py3-none-any.whl" is a file of another version`},
		"sdist other":        {"alpha-1.0-py3-none-any.whl", "alpha-beta-1.0.tar.gz", "is a file of another"},
		"sdist version":      {"alpha-1.0-py3-none-any.whl", "alpha-1.0.1.tar.gz", "is a file of another version"},
		"file no wheel":      {"alpha-1.0-py3-none-any.whl", "alpha-1.0.whl", `invalid wheel name "alpha-1.0.whl"`},
		"twice":              {onePackage, onePackage + strings.ReplaceAll(onePackage, "alpha", "Alpha"), "poetry.lock:13: alpha 1.0: locked twice, first in line 2"},
		"marker cut":         {`groups`, "markers = \"sys_platform ==\"\ngroups", "poetry.lock:8: alpha 1.0: package.markers: "},
		"marker caret":       {`groups`, "markers = \"os_name === = 'x'\"\ngroups", "\n            ^"},
		"marker call":        {`groups`, "markers = \"__import__('os')\"\ngroups", "package.markers: "},
		"marker unknown":     {`groups`, "markers = \"python == '3'\"\ngroups", "package.markers: "},
		"marker deep":        {`groups`, "markers = \"" + strings.Repeat("(", 20_000) + "\"\ngroups", "package.markers: "},
		"group marker":       {`groups`, "markers = {main = \"nope\"}\ngroups", "package.markers.main: "},
		"edge marker":        {metadata21, "[package.dependencies]\nb = {version = \"*\", markers = \"or\"}\n" + metadata21, "package.dependencies.b.markers: "},
		"edge name":          {metadata21, "[package.dependencies]\n\"b/c\" = \"*\"\n" + metadata21, `invalid name "b/c"`},
		"edge constraint":    {metadata21, "[package.dependencies]\nb = \"^x\"\n" + metadata21, `invalid version constraint "^x"`},
		"edge type":          {metadata21, "[package.dependencies]\nb = 1\n" + metadata21, "dependency b must be a string or a table, found an integer"},
		"edge array":         {metadata21, "[package.dependencies]\nb = [[\"*\"]]\n" + metadata21, "dependency b must be a string or a table, found an array"},
		"source type":        {metadata21, "[package.source]\ntype = \"ftp\"\nurl = \"ftp://x\"\n" + metadata21, `unknown type of source "ftp"`},
		"source no url":      {metadata21, "[package.source]\ntype = \"url\"\n" + metadata21, "a source without a url"},
		"url local":          {metadata21, "[package.source]\ntype = \"url\"\nurl = \"file:///etc/alpha-1.0-py3-none-any.whl\"\n" + metadata21, "is not an http or https URL"},
		"url other":          {metadata21, "[package.source]\ntype = \"url\"\nurl = \"https://h/beta-1.0-py3-none-any.whl\"\n" + metadata21, "is a file of another project"},
		"path absolute":      {metadata21, "[package.source]\ntype = \"directory\"\nurl = \"/etc\"\n" + metadata21, `"/etc" is not a path relative to the lock`},
		"git ext":            {metadata21, "[package.source]\ntype = \"git\"\nurl = \"ext::sh -c id\"\nresolved_reference = \"" + digest[:40] + "\"\n" + metadata21, "is not an https, ssh, git or file URL"},
		"git option":         {metadata21, "[package.source]\ntype = \"git\"\nurl = \"--upload-pack=id\"\nresolved_reference = \"" + digest[:40] + "\"\n" + metadata21, "is not an https, ssh, git or file URL"},
		"git host option":    {metadata21, "[package.source]\ntype = \"git\"\nurl = \"ssh://-oProxyCommand=id/x\"\nresolved_reference = \"" + digest[:40] + "\"\n" + metadata21, "is not an https, ssh, git or file URL"},
		"git branch":         {metadata21, "[package.source]\ntype = \"git\"\nurl = \"https://h/r\"\nreference = \"main\"\n" + metadata21, "a git source without a commit"},
		"git rev":            {metadata21, "[package.source]\ntype = \"git\"\nurl = \"https://h/r\"\nresolved_reference = \"-x\"\n" + metadata21, "is not a full git commit"},
		"git climb":          {metadata21, "[package.source]\ntype = \"git\"\nurl = \"https://h/r\"\nresolved_reference = \"" + digest[:40] + "\"\nsubdirectory = \"../..\"\n" + metadata21, "leads out of the source"},
	} {
		t.Run(name, func(t *testing.T) {
			text := strings.Replace(onePackage+metadata21, test.old, test.new, 1)
			if text == onePackage+metadata21 {
				t.Fatalf("%q is not in the lock", test.old)
			}
			_, err := Read(Input{Path: "poetry.lock", Data: []byte(text)})
			wantError(t, err, test.want)
		})
	}
}

func TestManyEntries(t *testing.T) {
	var poetry, pdm strings.Builder
	pdm.WriteString(onePDM)
	for i := range maxEntries + 1 {
		number := fmt.Sprintf("2.%d", i)
		poetry.WriteString(strings.ReplaceAll(onePackage, "1.0", number))
		fmt.Fprintf(&pdm, "[[package]]\nname = \"alpha\"\nversion = %q\ngroups = []\nfiles = [{file = \"alpha-%s.zip\", hash = \"sha256:%s\"}]\n", number, number, digest)
	}
	_, err := Read(Input{Path: "poetry.lock", Data: []byte(poetry.String() + metadata21)})
	wantError(t, err, "more than 100 entries of one name")
	_, err = Read(Input{Path: "pdm.lock", Data: []byte(pdm.String())})
	wantError(t, err, "more than 100 entries of one name")
}

func TestMalformedPDM(t *testing.T) {
	if l, err := Read(Input{Path: "pdm.lock", Data: []byte(onePDM)}); err != nil || len(l.Warnings) > 0 {
		t.Fatalf("the lock that the cases spoil is not well: %v %v", l, err)
	}
	for name, test := range map[string]struct{ old, new, want string }{
		"empty":           {onePDM, "", "the file is empty"},
		"only a comment":  {onePDM, "# PDM\n", "no [metadata]"},
		"no version":      {`lock_version = "4.5.1"`, "", "pdm.lock:2: no lock_version"},
		"unknown version": {"4.5.1", "99.0", "pdm.lock:5: lock_version 99.0; this ofiuco reads 4.x"},
		"old version":     {"4.5.1", "4.2", "pdm.lock:5: lock_version 4.2; this ofiuco reads 4.4 and 4.5"},
		"name path":       {`"alpha"`, `"a/b"`, `pdm.lock:11: invalid name "a/b"`},
		"no name":         {`name = "alpha"`, "", "pdm.lock:10: a package without a name"},
		"no hash":         {`, hash = "sha256:` + digest + `"`, "", "pdm.lock:14: alpha 1.0: \"alpha-1.0-py3-none-any.whl\" has no hash"},
		"file climbs":     {"alpha-1.0-py3", "../../alpha-1.0-py3", "pdm.lock:14: alpha 1.0: invalid file name"},
		"no files":        {"files = [{", "other = [{", "pdm.lock:10: alpha 1.0: no files"},
		"edge":            {"groups = [\"default\"]\nfiles", "groups = [\"default\"]\ndependencies = [\"b ; nope\"]\nfiles", "pdm.lock:14: alpha 1.0: "},
		"marker":          {"groups = [\"default\"]\nfiles", "groups = [\"default\"]\nmarker = \"os_name = 'x'\"\nfiles", "package.marker: "},
		"platform":        {`requires_python = ">=3.9"`, `platform = "amiga_m68k"`, `pdm.lock:8: unknown platform "amiga_m68k"`},
		"hg":              {`version = "1.0"`, "version = \"1.0\"\nhg = \"https://h/r\"", "of version controls only git is supported"},
		"editable git":    {`version = "1.0"`, "version = \"1.0\"\ngit = \"https://h/r\"\neditable = true", "a git source without a commit"},
		"twice":           {"[[package]]", "[[package]]\nname = \"Alpha\"\nversion = \"1.0\"\ngroups = [\"default\"]\nfiles = [{file = \"alpha-1.0-py3-none-any.whl\", hash = \"sha256:" + digest + "\"}]\n[[package]]", "locked twice"},
		"wrong type":      {`groups = ["default"]` + "\nfiles", `groups = "default"` + "\nfiles", "package.groups must be an array, found a string"},
	} {
		t.Run(name, func(t *testing.T) {
			text := strings.Replace(onePDM, test.old, test.new, 1)
			if text == onePDM {
				t.Fatalf("%q is not in the lock", test.old)
			}
			_, err := Read(Input{Path: "pdm.lock", Data: []byte(text)})
			wantError(t, err, test.want)
		})
	}
}

func TestNewerMinorWarns(t *testing.T) {
	for path, text := range map[string]string{
		"poetry.lock": strings.Replace(onePackage+metadata21, "2.1", "2.7", 1),
		"pdm.lock":    strings.Replace(onePDM, "4.5.1", "4.6", 1),
	} {
		l, err := Read(Input{Path: path, Data: []byte(text)})
		if err != nil {
			t.Error(err)
		} else if len(l.Warnings) != 1 || !strings.Contains(l.Warnings[0].Msg, "newer than") {
			t.Errorf("%s: Warnings = %v, want one", path, l.Warnings)
		}
	}
}

// TestSecretsStayOut checks that a password in a URL is kept for use and never printed.
func TestSecretsStayOut(t *testing.T) {
	source := "[package.source]\ntype = \"legacy\"\nurl = \"https://user:hunter2@index.example/simple\"\nreference = \"private\"\n"
	l, err := Read(Input{Path: "poetry.lock", Data: []byte(onePackage + source + metadata21)})
	if err != nil {
		t.Fatal(err)
	}
	if url := l.Packages[0].Source.URL; !strings.Contains(url, "hunter2") {
		t.Errorf("URL = %s, want it as locked", url)
	}
	for _, spoiled := range []string{"ftp://user:hunter2@h/x", "https://user:hunter2@h:bad port/x", "https://user:hun/ter2@h/%zz", "user:hunter2@"} {
		for _, kind := range []string{"legacy", "git", "url"} {
			source := "[package.source]\ntype = \"" + kind + "\"\nurl = \"" + spoiled + "\"\nresolved_reference = \"" + digest[:40] + "\"\n"
			_, err := Read(Input{Path: "poetry.lock", Data: []byte(onePackage + source + metadata21)})
			if err == nil || strings.Contains(err.Error(), "hun") || strings.Contains(err.Error(), "ter2") {
				t.Errorf("%s %s: error %v", kind, spoiled, err)
			}
		}
	}
}
