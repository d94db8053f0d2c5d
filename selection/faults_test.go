package selection

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ofiuco/ofiuco/lock"
	"github.com/ofiuco/ofiuco/pypa/name"
	"github.com/ofiuco/ofiuco/target"
)

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

func at(t testing.TB, text string) target.Target {
	t.Helper()
	one, err := target.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return one
}

// uvLock is a uv.lock of the project p. A package is "name version" and its dependencies as uv writes them, separated by
// bars; that of p comes first.
func uvLock(head string, packages ...string) string {
	var b strings.Builder
	b.WriteString("version = 1\nrequires-python = \">=3.10\"\n" + head)
	for i, text := range packages {
		fields := strings.Split(text, "|")
		project, number, _ := strings.Cut(strings.TrimSpace(fields[0]), " ")
		b.WriteString("[[package]]\nname = \"" + project + "\"\nversion = \"" + number + "\"\n")
		if i == 0 {
			b.WriteString("source = { virtual = \".\" }\n")
		} else {
			b.WriteString("source = { registry = \"https://pypi.org/simple\" }\n")
		}
		b.WriteString("dependencies = [\n")
		for _, d := range fields[1:] {
			b.WriteString("    " + strings.TrimSpace(d) + ",\n")
		}
		b.WriteString("]\n")
		if i > 0 {
			b.WriteString("wheels = [{ url = \"https://files.pythonhosted.org/" + project + "-" + number + "-py3-none-any.whl\", hash = \"sha256:" + strings.Repeat("0", 64) + "\" }]\n")
		}
	}
	return b.String()
}

// poetryLock is a poetry.lock of version 2.1 with packages in its own words, to each of which a file is added.
func poetryLock(packages ...string) string {
	var b strings.Builder
	for _, text := range packages {
		fields := strings.SplitN(text, "|", 3)
		project, number, _ := strings.Cut(strings.TrimSpace(fields[0]), " ")
		b.WriteString("[[package]]\nname = \"" + project + "\"\nversion = \"" + number + "\"\noptional = false\npython-versions = \"*\"\n" +
			strings.ReplaceAll(strings.TrimSpace(fields[1]), ";", "\n") + "\nfiles = [{file = \"" + project + "-" + number +
			"-py3-none-any.whl\", hash = \"sha256:" + strings.Repeat("0", 64) + "\"}]\n")
		if len(fields) > 2 {
			b.WriteString("[package.dependencies]\n" + strings.ReplaceAll(strings.TrimSpace(fields[2]), ";", "\n") + "\n")
		}
	}
	return b.String() + "[metadata]\nlock-version = \"2.1\"\npython-versions = \">=3.10\"\ncontent-hash = \"x\"\n"
}

const main21 = `groups = ["main"]`

// TestFaults is the rows of bad inputs that a selection decides, word for word.
func TestFaults(t *testing.T) {
	const linux, windows = "cp312-manylinux_2_28_x86_64", "cp312-win_amd64"
	for _, test := range []struct {
		name, path, text, target string
		want, hint               string
	}{
		{"two_at_once/uv", "uv.lock", uvLock("", `p 1 | { name = "a", version = "1" } | { name = "b" }`, `a 1`, `a 2`, `b 1 | { name = "a", version = "2" }`), linux,
			"uv.lock:30: two versions of a apply to " + linux + ": p requires 1 (line 11), and b requires 2 (line 18)", "is the lock out of date? run uv lock"},
		{"two_at_once/poetry", "poetry.lock", poetryLock("a 1|"+main21, "a 2|"+main21), linux,
			"poetry.lock:8: a 2: two versions apply to " + linux + ": 1 (line 1) and 2 (line 8)", "is the lock out of date? run poetry lock"},
		{"dep_missing/poetry", "poetry.lock", poetryLock("a 1|" + main21 + `|b = ">=2"`), linux,
			"poetry.lock:9: a requires b, which the lock does not hold", "is the lock out of date? run poetry lock"},
		{"edge_loose/poetry", "poetry.lock", poetryLock("a 1|"+main21+`|b = ">=2"`, "b 1|"+main21), linux,
			"poetry.lock:9: a requires b >=2, but the lock has 1 for " + linux + " (line 10)", "is the lock out of date? run poetry lock"},
		{"python_unmet", "uv.lock", uvLock("", `p 1`), "cp39-manylinux_2_28_x86_64",
			"uv.lock:2: the lock requires Python >=3.10, and cp39-manylinux_2_28_x86_64 has 3.9.25", "choose another target, or widen requires-python and lock again"},
		{"environment_unmet", "uv.lock", uvLock("supported-markers = [\"sys_platform == 'linux'\"]\n", `p 1`), windows,
			"uv.lock: the lock was not made for " + windows, "choose another target, or add its environment and lock again"},
		{"python of a package", "poetry.lock", strings.Replace(poetryLock("a 1|"+main21), `python-versions = "*"`, `python-versions = "<3.11"`, 1), linux,
			"poetry.lock:1: a 1: requires Python <3.11, and " + linux + " has " + at(t, linux).FullPython(), "is the lock out of date? run poetry lock"},
		{"no file fits", "poetry.lock", strings.ReplaceAll(poetryLock("a 1|"+main21), "py3-none-any", "cp312-cp312-win_amd64"), linux,
			"poetry.lock:1: a 1: no file of it runs on " + linux, "choose another version that has a wheel for this target, another target, or leave the package out"},
		{"marker without an answer", "uv.lock", uvLock("", `p 1 | { name = "a", marker = "os_name ~= 'a'" }`, `a 1`), linux,
			`uv.lock:8: marker "os_name ~= \"a\"": `, "is the lock out of date? run uv lock"},
	} {
		t.Run(test.name, func(t *testing.T) {
			l := read(t, test.path, test.text, "")
			_, err := Select(l, at(t, test.target), Options{})
			if err == nil || !strings.HasPrefix(err.Error(), test.want) || strings.Contains(err.Error(), "\n") {
				t.Fatalf("%v\nwant %s\nof\n%s", err, test.want, test.text)
			}
			var e *lock.Error
			if !errors.As(err, &e) || e.Hint != test.hint {
				t.Errorf("%#v, want the hint %q", err, test.hint)
			}
		})
	}
}

// TestUnknownChoices refuses extras and groups that the lock does not have, all at once.
func TestUnknownChoices(t *testing.T) {
	l := read(t, "uv.lock", uvLock("", `p 1`), "")
	_, err := Select(l, at(t, "cp312-win_amd64"), Options{Extras: []name.Name{"x"}, Groups: []name.Name{"docs"}})
	want := "uv.lock: no extra \"x\"\nuv.lock: no dependency group \"docs\""
	if err == nil || err.Error() != want {
		t.Errorf("%v\nwant %s", err, want)
	}
}

// TestAllThatIsWrong says two faults of different kinds in one answer.
func TestAllThatIsWrong(t *testing.T) {
	text := strings.ReplaceAll(poetryLock("a 1|"+main21+`|b = "*"`), "py3-none-any", "cp27-none-win32")
	_, err := Select(read(t, "poetry.lock", text, ""), at(t, "cp312-win_amd64"), Options{})
	if err == nil || !strings.Contains(err.Error(), "does not hold") || !strings.Contains(err.Error(), "no file of it runs") {
		t.Errorf("%v", err)
	}
}

// taken are the names and versions of what a selection takes.
func taken(t testing.TB, l *lock.Lock, where string, o Options) string {
	t.Helper()
	s, err := Select(l, at(t, where), o)
	if err != nil {
		t.Fatal(err)
	}
	var words []string
	for _, p := range s.Packages {
		words = append(words, p.Name.String()+"-"+p.Version.String())
	}
	return strings.Join(words, " ")
}

// TestMarkersByGroup: a table of markers, one for each group, decides for the groups that are asked for.
func TestMarkersByGroup(t *testing.T) {
	l := read(t, "poetry.lock", poetryLock(
		`a 1|groups = ["main", "dev"];markers = {main = "sys_platform == 'win32'", dev = "sys_platform == 'linux'"}`), "")
	for _, test := range []struct {
		target string
		o      Options
		want   string
	}{
		{"cp312-win_amd64", Options{NoDefaultGroups: true}, "a-1"},
		{"cp312-manylinux_2_28_x86_64", Options{NoDefaultGroups: true}, ""},
		{"cp312-manylinux_2_28_x86_64", Options{Groups: []name.Name{"dev"}}, "a-1"},
		{"cp312-macosx_14_0_arm64", Options{}, ""},
	} {
		if got := taken(t, l, test.target, test.o); got != test.want {
			t.Errorf("%s %v: %q, want %q", test.target, test.o, got, test.want)
		}
	}
}

// TestForks: of two versions that are locked for different environments a target takes one, and of two edges to one
// name each keeps its own marker.
func TestForks(t *testing.T) {
	l := read(t, "uv.lock", uvLock("",
		`p 1 | { name = "a", version = "1", marker = "sys_platform == 'win32'" } | { name = "a", version = "2", marker = "sys_platform != 'win32'" }`, `a 1`, `a 2`), "")
	if got := taken(t, l, "cp312-win_amd64", Options{}); got != "a-1" {
		t.Errorf("Windows takes %q", got)
	}
	if got := taken(t, l, "cp312-manylinux_2_28_x86_64", Options{}); got != "a-2" {
		t.Errorf("Linux takes %q", got)
	}
}

// TestExtraMarkers: the marker of an edge that asks for extras counts, and so do those of the extra's own edges.
func TestExtraMarkers(t *testing.T) {
	text := uvLock("", `p 1 | { name = "a", extra = ["x"], marker = "sys_platform == 'win32'" }`, `a 1`, `b 1`, `c 1`)
	text = strings.Replace(text, "name = \"a\"\nversion = \"1\"\nsource = { registry = \"https://pypi.org/simple\" }\ndependencies = [\n]\n",
		"name = \"a\"\nversion = \"1\"\nsource = { registry = \"https://pypi.org/simple\" }\noptional-dependencies = { x = [{ name = \"b\" }, { name = \"c\", marker = \"python_version < '3.12'\" }] }\n", 1)
	l := read(t, "uv.lock", text, "")
	for where, want := range map[string]string{"cp312-win_amd64": "a-1 b-1", "cp311-win_amd64": "a-1 b-1 c-1", "cp311-manylinux_2_28_x86_64": ""} {
		if got := taken(t, l, where, Options{}); got != want {
			t.Errorf("%s takes %q, want %q", where, got, want)
		}
	}
}

// TestCycle: every member of a cycle brings all others, and the chain says through whom.
func TestCycle(t *testing.T) {
	l := read(t, "uv.lock", uvLock("", `p 1 | { name = "b" } | { name = "d" }`, `a 1 | { name = "b" }`, `b 1 | { name = "c" }`, `c 1 | { name = "a" }`, `d 1 | { name = "c" }`), "")
	if got := taken(t, l, "cp312-win_amd64", Options{}); got != "a-1 b-1 c-1 d-1" {
		t.Errorf("takes %q", got)
	}
	s, err := Select(l, at(t, "cp312-win_amd64"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	var chain []string
	for _, step := range s.Packages[0].Because {
		chain = append(chain, step.From+">"+step.To)
	}
	if got := strings.Join(chain, " "); got != "p>b b>c c>a" {
		t.Errorf("a because %s", got)
	}
	for out, want := range map[name.Name]string{"a": "a", "b": "b", "c": "a c", "d": "d", "z": ""} {
		var dropped []string
		for _, p := range s.Packages {
			if s.Without([]name.Name{out})[p.Name] {
				dropped = append(dropped, p.Name.String())
			}
		}
		if got := strings.Join(dropped, " "); got != want {
			t.Errorf("without %s: %q goes, want %q", out, got, want)
		}
	}
	if got := len(s.Without([]name.Name{"b", "d"})); got != 4 {
		t.Errorf("without b and d: %d go, want the whole cycle", got)
	}
}

// TestWheelsOnly refuses an sdist that would be taken.
func TestWheelsOnly(t *testing.T) {
	text := strings.ReplaceAll(poetryLock("a 1|"+main21), "a-1-py3-none-any.whl", "a-1.tar.gz")
	l := read(t, "poetry.lock", text, "")
	if got := taken(t, l, "cp312-win_amd64", Options{}); got != "a-1" {
		t.Errorf("takes %q", got)
	}
	_, err := Select(l, at(t, "cp312-win_amd64"), Options{WheelsOnly: true})
	if want := "poetry.lock:1: a 1: no wheel of it runs on cp312-win_amd64, there is only its source"; err == nil || err.Error() != want {
		t.Errorf("%v\nwant %s", err, want)
	}
}

// TestNotes: an answer that hangs on a patch release that nobody gave is said to, and one that does not is not.
func TestNotes(t *testing.T) {
	for text, want := range map[string]int{"python_full_version < '3.11.3'": 1, "python_full_version == '3.11.4'": 1, "python_full_version < '3.12'": 0,
		"python_version < '3.12'": 0, "platform_release > '5'": 1} {
		l := read(t, "uv.lock", uvLock("", `p 1 | { name = "a", marker = "`+text+`" }`, `a 1`), "")
		one := at(t, "cp311-manylinux_2_28_x86_64")
		s, err := Select(l, one, Options{})
		if err != nil || len(s.Notes) != want {
			t.Errorf("%s: %v, %v", text, s, err)
			continue
		}
		exact, err := one.WithPython("3.11.3")
		if err != nil {
			t.Fatal(err)
		}
		if s, err = Select(l, exact, Options{}); err != nil || strings.Contains(strings.Join(s.Notes, ""), "patch") {
			t.Errorf("%s with 3.11.3: %v, %v", text, s, err)
		}
	}
}

// TestJSON is the contract of select --json.
func TestJSON(t *testing.T) {
	text := uvLock("", `p 1 | { name = "a", extra = ["x"] } | { name = "b", marker = "sys_platform == 'linux'" }`, `a 1`, `b 1`)
	text = strings.Replace(text, "https://files.", "https://user:secret@files.", 1)
	s, err := Select(read(t, "uv.lock", text, ""), at(t, "cp312-win_amd64"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	got, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"target":"cp312-win_amd64","packages":[{"name":"a","version":"1","artifact":{"kind":"wheel","filename":"a-1-py3-none-any.whl",` +
		`"url":"https://files.pythonhosted.org/a-1-py3-none-any.whl","sha256":"` + strings.Repeat("0", 64) + `","size":0},"dependencies":[],"extras":["x"]}],` +
		`"passed_over":[{"name":"b","version":"1","reason":"marker: p asks for it only where sys_platform == \"linux\""}]}`
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// TestMarkerOff holds an edge without a marker against the marker of the package it leads to: in a lock that says what
// it includes, the package's own decides.
func TestMarkerOff(t *testing.T) {
	text := poetryLock("a 1|"+main21+`|b = "*"`, `b 1|groups = ["main"];markers = "sys_platform == 'win32'"`)
	const linux = "cp312-manylinux_2_28_x86_64"
	l, err := lock.Read(lock.Input{Path: "poetry.lock", Data: []byte(text)})
	if err != nil {
		t.Fatal(err)
	}
	s, err := Select(l, at(t, linux), Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := "a requires b, which the lock does not include for " + linux + " (line 9)"
	if len(s.Packages) != 1 || len(s.Notes) != 1 || s.Notes[0] != want {
		t.Errorf("got %d packages and the notes %q, want a alone and %q", len(s.Packages), s.Notes, want)
	}
}
