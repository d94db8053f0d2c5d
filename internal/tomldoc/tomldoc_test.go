package tomldoc

import (
	"errors"
	"fmt"
	"iter"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pelletier/go-toml/v2"
)

const sample = `# a lock
version = 1
names = ["a", "b"]

[[package]]
name = "alpha"
size = 0x10
wheels = [
    { url = "https://example.org/a", size = 1_000 },
    { url = "https://example.org/b", extra.deep = true },
]

[[package]]
name = "beta"
[package.metadata]
"odd key" = 1979-05-27

[other]
unread = 1
`

func parse(t testing.TB, text string) *Document {
	t.Helper()
	d, err := Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func drain(tables iter.Seq[Table]) {
	for range tables {
	}
}

func TestValues(t *testing.T) {
	d := parse(t, sample)
	var got []string
	add := func(v Value) { got = append(got, fmt.Sprintf("%d %s = %q", v.Line(), v.Path(), v.Text())) }
	add(d.Root().Get("version"))
	for p := range d.Root().Tables("package") {
		add(p.Value())
		add(p.Get("name"))
		for w := range p.Tables("wheels") {
			add(w.Get("url"))
			add(w.Table("extra").Get("deep"))
		}
		add(p.Table("metadata").Get("odd key"))
	}
	want := []string{
		`2 version = "1"`, `5 package = ""`, `6 package.name = "alpha"`,
		`9 package.wheels.url = "https://example.org/a"`, `0  = ""`,
		`10 package.wheels.url = "https://example.org/b"`, `10 package.wheels.extra.deep = "true"`, `0  = ""`,
		`13 package = ""`, `14 package.name = "beta"`, `16 package.metadata."odd key" = "1979-05-27"`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if d.Err() != nil {
		t.Error(d.Err())
	}
}

func TestUnread(t *testing.T) {
	d := parse(t, sample)
	root := d.Root()
	root.Ignore("version")
	for p := range root.Tables("package") {
		p.Ignore("name")
		for w := range p.Tables("wheels") {
			w.Ignore("url")
		}
	}
	var got []string
	for _, v := range d.Unread() {
		got = append(got, fmt.Sprintf("%d %s", v.Line(), v.Path()))
	}
	want := []string{"3 names", "7 package.size", "9 package.wheels.size", "10 package.wheels.extra", "15 package.metadata", "18 other"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestWrongKinds(t *testing.T) {
	for _, test := range []struct {
		text string
		ask  func(Table)
		want string
	}{
		{"a = 'x'", func(r Table) { r.Strings("a") }, "line 1: a must be an array, found a string"},
		{"\n[p]\na = 1", func(r Table) { r.Table("p").String("a") }, "line 3: p.a must be a string, found an integer"},
		{"a = ['x',\n 1.5]", func(r Table) { r.Strings("a") }, "line 2: each of a must be a string, found a float"},
		{"a = 1", func(r Table) { r.Table("a").String("b") }, "line 1: a must be a table, found an integer"},
		{"a = [{}, []]", func(r Table) { drain(r.Tables("a")) }, "line 1: each of a must be a table, found an array"},
		{"a = 1979-05-27", func(r Table) { r.Int("a") }, "line 1: a must be an integer, found a date"},
		{"a = 9223372036854775808", func(r Table) { r.Int("a") }, "line 1: a is out of range: 9223372036854775808"},
		{"[a]", func(r Table) { r.Bool("a") }, "line 1: a must be a boolean, found a table"},
		{"a = 1\nb = 2", func(r Table) { r.String("a"); r.String("b") }, "line 1: a must be a string, found an integer"},
	} {
		d := parse(t, test.text)
		test.ask(d.Root())
		var e *Error
		if !errors.As(d.Err(), &e) || e.Error() != test.want {
			t.Errorf("%q: got %v, want %s", test.text, d.Err(), test.want)
		}
	}
}

func TestNumbers(t *testing.T) {
	d := parse(t, "a = 0x10\nb = 1_000\nc = -9223372036854775808\nd = 0o17\ne = +5\nf = true")
	for key, want := range map[string]int64{"a": 16, "b": 1000, "c": math.MinInt64, "d": 15, "e": 5, "absent": 0} {
		if got := d.Root().Int(key); got != want {
			t.Errorf("%s: got %d, want %d", key, got, want)
		}
	}
	if !d.Root().Bool("f") || d.Root().Bool("absent") || d.Err() != nil {
		t.Errorf("f is %v; %v", d.Root().Bool("f"), d.Err())
	}
}

func TestErrors(t *testing.T) {
	for _, test := range []struct {
		text, want string
		cause      Cause
	}{
		{"a = 1\nb = [1,", `line 2: array is incomplete`, Unknown},
		{"a = 1\n\n[b]\nc = 1\nc = 2", `line 5: b.c is given twice, first at line 4`, Unknown},
		{"[a]\n[a]", `line 2: a is given twice, first at line 1`, Unknown},
		{"a = 1\n<<<<<<< HEAD\nb = 1\n=======\n", `line 2: a line of a git merge conflict, "<<<<<<<"`, Conflict},
		{"a = [\n=======\n", `line 2: a line of a git merge conflict, "======="`, Conflict},
		{"a = 1\r\n>>>>>>> branch\r\n", `line 2: a line of a git merge conflict, ">>>>>>>"`, Conflict},
		{"\n<!DOCTYPE html>\n<html>", `line 2: an HTML or XML page where TOML should be`, HTML},
		{"a = 1\nb = '\xff'", `line 2: not UTF-8 text`, Encoding},
		{"\xff\xfea\x00", `line 1: not UTF-8 text`, Encoding},
		{"a = 1\nb = 1\x00", `line 2: a NUL byte in a text file`, Encoding},
		{"\ufeffa = 1", `line 1: a byte order mark, which TOML does not allow`, Encoding},
		{"a = 1\nb = 2\rc = 3", `line 2: a carriage return without a newline`, Unknown},
		{"a = [\n1979-02-30\n]", `line 2: "1979-02-30" is no date or time`, Unknown},
	} {
		_, err := Parse([]byte(test.text))
		var e *Error
		if !errors.As(err, &e) || e.Error() != test.want || e.Cause != test.cause {
			t.Errorf("%q: got %v, want %s", test.text, err, test.want)
		}
	}
}

// Deep nesting must not exhaust the stack, which Go cannot recover from.
// TestSize checks that a document of few megabytes can't take gigabytes.
func TestSize(t *testing.T) {
	for name, text := range map[string]string{
		"array":  "a = [" + strings.Repeat("1,", maxValues) + "]",
		"arrays": "a = [" + strings.Repeat("[],", maxValues) + "]",
		"tables": strings.Repeat("[[a]]\n", maxValues),
		"keys":   strings.Repeat("b=1\n", maxValues+1),
	} {
		_, err := Parse([]byte(text))
		if err == nil || !strings.Contains(err.Error(), "more than 1048576 values") {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

func TestDepth(t *testing.T) {
	nested := func(open, middle, end string, n int) string {
		return strings.Repeat(open, n) + middle + strings.Repeat(end, n)
	}
	for name, text := range map[string]func(n int) string{
		"arrays":         func(n int) string { return "a = " + nested("[", "", "]", n) },
		"inline tables":  func(n int) string { return "a = " + nested("{ a = ", "1", "}", n) },
		"both":           func(n int) string { return "a = " + nested("[{ a = ", "1", "}]", n/2) },
		"dotted keys":    func(n int) string { return nested("a.", "a = 1", "", n) },
		"headers":        func(n int) string { return "[" + nested("a.", "a", "", n) + "]" },
		"array headers":  func(n int) string { return "[[" + nested("a.", "a", "", n) + "]]" },
		"inline, dotted": func(n int) string { return "a = " + nested("{ a.a.a.a = ", "1", "}", n/4) },
	} {
		if _, err := Parse([]byte(text(MaxDepth - 2))); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for _, n := range []int{MaxDepth + 1, 200_000} {
			_, err := Parse([]byte(text(n)))
			if err == nil || !strings.Contains(err.Error(), "nested more than") {
				t.Errorf("%s, %d levels: %v", name, n, err)
			}
		}
	}
	if _, err := Parse([]byte("a = " + strings.Repeat("[", 200_000))); err == nil {
		t.Error("an array that never ends is accepted")
	}
}

// FuzzParse compares with go-toml's own decoder, which reads TOML 1.1 too, but refuses large integers
// and allows the year 0.
func FuzzParse(f *testing.F) {
	for _, document := range corpus {
		f.Add([]byte(document))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		d, err := Parse(data)
		var any map[string]any
		theirs := toml.Unmarshal(data, &any)
		if err != nil && theirs == nil && !strings.Contains(err.Error(), "nested") && !strings.Contains(err.Error(), "is no date") {
			t.Errorf("%v; go-toml accepts it", err)
		}
		if err == nil {
			plain(d.Root().Value())
			if unread := d.Unread(); len(unread) > 0 {
				t.Errorf("%s is not read", unread[0].Path())
			}
		}
	})
}

func BenchmarkParse(b *testing.B) {
	var text strings.Builder
	for i := range 500 {
		fmt.Fprintf(&text, "[[package]]\nname = \"p%d\"\nversion = \"1.0\"\nwheels = [\n", i)
		for j := range 10 {
			fmt.Fprintf(&text, "    { url = \"https://files.example.org/packages/%064d/p%d-1.0-cp3%d-manylinux_2_17_x86_64.whl\", hash = \"sha256:%064d\", size = 1000 },\n", i, i, j, j)
		}
		text.WriteString("]\n\n")
	}
	data := []byte(text.String())
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse(data); err != nil {
			b.Fatal(err)
		}
	}
}
