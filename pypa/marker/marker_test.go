package marker

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/ofiuco/ofiuco/pypa/name"
)

// lambda is a Linux on arm64 with an older Python.
var lambda = Environment{
	ImplementationName: "cpython", ImplementationVersion: "3.10.14", OSName: "posix", PlatformMachine: "aarch64",
	PlatformPythonImplementation: "CPython", PlatformSystem: "Linux", PythonFullVersion: "3.10.14", PythonVersion: "3.10",
	SysPlatform: "linux", Extras: []name.Name{"crypto", "foo-bar"}, DependencyGroups: []name.Name{"dev"},
}

func parse(t testing.TB, s string) *Marker {
	t.Helper()
	m, err := Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// Markers that the first ofiuco got wrong: it did not stop at the first number that differs, and it
// knew neither "in" nor all variables.
func TestVersionsCompareWhole(t *testing.T) {
	old := lambda
	old.PythonVersion, old.PythonFullVersion = "3.9", "3.9.2"
	for _, test := range []struct {
		env    *Environment
		marker string
		want   bool
	}{
		{&lambda, `python_full_version < "3.11.3"`, true}, // redis needs async-timeout
		{&lambda, `python_full_version >= "3.11.0a7"`, false},
		{&lambda, `python_full_version == "3.10"`, false},
		{&lambda, `python_full_version == "3.10.*"`, true},
		{&old, `python_full_version ~= "3.8.1"`, false},
		{&old, `python_full_version ~= "3.8"`, true},
		{&lambda, `python_version > "3"`, true},
		{&lambda, `python_version < "3.9"`, false},
		{&lambda, `sys_platform in "linux darwin"`, true},
		{&lambda, `"64" in platform_machine`, true},
		{&lambda, `python_version in "3.9 3.10"`, true},
		{&lambda, `python_version not in "3.9 3.10"`, false},
		{&lambda, `platform_release == "" and platform_version == ""`, true},
		{&lambda, `implementation_version >= "3.10"`, true},
	} {
		if got, err := parse(t, test.marker).Evaluate(test.env); got != test.want || err != nil {
			t.Errorf("%s on %s = %v, %v", test.marker, test.env.PythonFullVersion, got, err)
		}
	}
	if _, err := Parse(`python_version > "3" nonsense`); err == nil {
		t.Error("a token that is none is ignored")
	}
}

func TestEvaluateExtras(t *testing.T) {
	for _, test := range []struct {
		marker string
		want   bool
	}{
		{`extra == "crypto"`, true},
		{`extra == "Foo_Bar"`, true},
		{`"foo.bar" == extra`, true},
		{`extra != "crypto"`, false},
		{`extra != "test"`, true},
		{`extra == "crypto" and extra == "foo-bar"`, true},
		{`extra == "test" or os_name == "posix"`, true},
		{`"crypto" in extras and "dev" in dependency_groups`, true},
		{`"docs" in dependency_groups`, false},
	} {
		if got, err := parse(t, test.marker).EvaluateExtras(&lambda); got != test.want || err != nil {
			t.Errorf("%s = %v, %v", test.marker, got, err)
		}
	}
	var always *Marker
	if got, err := always.EvaluateExtras(&lambda); !got || err != nil {
		t.Errorf("nil = %v, %v", got, err)
	}
}

func TestUndefined(t *testing.T) {
	for _, test := range []struct{ marker, want string }{
		{`os_name ~= "posix"`, `marker "os_name ~= \"posix\"" is undefined: ~= compares versions only`},
		{`os_name == "posix" or os_name === "x"`, `marker "os_name === \"x\"" is undefined: === compares versions only`},
		{`"a" == "b"`, `marker "\"a\" == \"b\"" is undefined: no operand is a variable`},
		{`extras == "a"`, `marker "extras == \"a\"" is undefined: a set can only stand on the right side of in and not in`},
		{`"a" ~= extras`, `marker "\"a\" ~= extras" is undefined: ~= compares versions only`},
	} {
		_, err := parse(t, test.marker).Evaluate(&lambda)
		var undefined *UndefinedError
		if !errors.As(err, &undefined) || err.Error() != test.want {
			t.Errorf("%s: %v, want %s", test.marker, err, test.want)
		}
	}
}

func TestJoin(t *testing.T) {
	a, b, both := parse(t, `os_name == "a"`), parse(t, `os_name == "b"`), parse(t, `os_name == "c" and os_name == "d"`)
	for _, test := range []struct {
		got  *Marker
		want string
	}{
		{And(), ""},
		{And(nil, nil), ""},
		{And(a), `os_name == "a"`},
		{And(a, nil, b), `os_name == "a" and os_name == "b"`},
		{And(Or(a, b), a), `(os_name == "a" or os_name == "b") and os_name == "a"`},
		{And(a, both), `os_name == "a" and os_name == "c" and os_name == "d"`},
		{Or(), ""},
		{Or(a, nil), ""},
		{Or(a, Or(b, a)), `os_name == "a" or os_name == "b" or os_name == "a"`},
		{Or(both, a), `(os_name == "c" and os_name == "d") or os_name == "a"`},
	} {
		if test.got.String() != test.want {
			t.Errorf("%s, want %s", test.got, test.want)
		}
	}
	if a.String() != `os_name == "a"` || both.String() != `os_name == "c" and os_name == "d"` {
		t.Error("joining changes what is joined")
	}
}

func TestJoinedTruth(t *testing.T) {
	truth := map[bool]*Marker{true: parse(t, `os_name == "posix"`), false: parse(t, `os_name == "nt"`)}
	for _, a := range []bool{true, false} {
		for _, b := range []bool{true, false} {
			for _, c := range []bool{true, false} {
				and, errAnd := And(truth[a], Or(truth[b], truth[c])).Evaluate(&lambda)
				or, errOr := Or(truth[a], And(truth[b], truth[c])).Evaluate(&lambda)
				if and != (a && (b || c)) || or != (a || b && c) || errAnd != nil || errOr != nil {
					t.Errorf("of %v, %v, %v: %v (%v) and %v (%v)", a, b, c, and, errAnd, or, errOr)
				}
			}
		}
	}
}

func TestUses(t *testing.T) {
	m := And(parse(t, `python_full_version < "3.11" or (sys.platform == "x")`), parse(t, `"dev" in dependency_groups`))
	for variable, want := range map[string]bool{
		"python_full_version": true, "sys_platform": true, "dependency_groups": true,
		"python_version": false, "extra": false, "": false, "no_variable": false,
	} {
		if m.Uses(variable) != want {
			t.Errorf("Uses(%q) is not %v", variable, want)
		}
	}
	if (*Marker)(nil).Uses("extra") {
		t.Error("nil uses a variable")
	}
}

func TestTree(t *testing.T) {
	got := parse(t, `os_name == "a" or "3" in python_version and (extra == "X" or os.name == "b")`).Tree()
	want := &Node{Op: "or", Args: []Node{
		{Op: "==", Variable: "os_name", Literal: "a"},
		{Op: "and", Args: []Node{
			{Op: "in", Variable: "python_version", Literal: "3", Reversed: true},
			{Op: "or", Args: []Node{
				{Op: "==", Variable: "extra", Literal: "x"},
				{Op: "==", Variable: "os_name", Literal: "b"},
			}},
		}},
	}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("Tree is %+v, want %+v", got, want)
	}
	if (*Marker)(nil).Tree() != nil {
		t.Error("nil has a tree")
	}
}

func TestCaret(t *testing.T) {
	for _, test := range []struct{ marker, msg, caret string }{
		{
			`python_version >> "3.8"`, "expected a variable or a quoted string",
			`python_version >> "3.8"` + "\n                ^",
		},
		{
			`os_name == "a" and (os_name == "b"`, "this parenthesis is never closed",
			`os_name == "a" and (os_name == "b"` + "\n                   ^",
		},
		{
			`os_name == "a`, "this quote is never closed",
			`os_name == "a` + "\n           ^",
		},
		{
			"os_name == 'é\x1b[31m' foo", `expected "and", "or" or the end of the marker`,
			`os_name == 'é\x1b[31m' foo` + "\n                       ^",
		},
		{
			`os_name not 'x'`, `expected "in" after "not"`,
			`os_name not 'x'` + "\n            ^",
		},
		{
			`__import__('os').system('true')`, "expected a variable or a quoted string",
			`__import__('os').system('true')` + "\n^",
		},
		{
			strings.Repeat(`os_name == "posix" and `, 10) + "os_name" + strings.Repeat(" ", 100) + "= 'x'", "expected one of <=, <, !=, ==, >=, >, ~=, ===, in, not in",
			"…" + strings.Repeat(" ", 60) + "= 'x'\n" + strings.Repeat(" ", 61) + "^",
		},
	} {
		_, err := Parse(test.marker)
		var wrong *SyntaxError
		if !errors.As(err, &wrong) || wrong.Msg != test.msg || wrong.Caret() != test.caret {
			t.Errorf("Parse(%q): %v\n%s\nwant %s\n%s", test.marker, err, wrong.Caret(), test.msg, test.caret)
		}
	}
}

func TestError(t *testing.T) {
	_, err := Parse(`os_name = "é"`)
	if want := `expected one of <=, <, !=, ==, >=, >, ~=, ===, in, not in at character 9 of "os_name = \"é\""`; err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}

func TestDepth(t *testing.T) {
	nested := func(n int) string { return strings.Repeat("(", n) + "os_name == 'posix'" + strings.Repeat(")", n) }
	if m := parse(t, nested(100)); m.String() != `os_name == "posix"` {
		t.Errorf("100 parentheses read as %s", m)
	}
	for _, text := range []string{nested(101), nested(20_000), strings.Repeat("(", 1_000_000)} {
		if _, err := Parse(text); err == nil || !strings.HasPrefix(err.Error(), "marker is nested too deeply") {
			t.Errorf("Parse of %d parentheses: %v", strings.Count(text, "("), err)
		}
	}
}

// Literals that packaging can't print so that they read the same again.
func TestLiterals(t *testing.T) {
	for _, test := range []struct{ in, literal, text string }{
		{`os_name == "a'b"`, `a'b`, `os_name == "a'b"`},
		{`os_name == 'a"b'`, `a"b`, `os_name == 'a"b'`},
		{`os_name == "a\x22'"`, `a"'`, `os_name == 'a\x22\x27'`},
		{`os_name == "a\\n"`, `a\n`, `os_name == "a\x5cn"`},
		{`os_name == '"\x27'`, `"'`, `os_name == '\x22\x27'`},
		{`os_name == "'\x22"`, `'"`, `os_name == '\x27\x22'`},
		{`os_name == "a\qb"`, `a\qb`, `os_name == "a\qb"`},
		{`os_name == "a\n"`, "a\n", `os_name == "a\x0a"`},
		{"os_name == 'a\\\nb'", "ab", `os_name == "ab"`},
		{"os_name == 'a\\\r\nb'", "ab", `os_name == "ab"`},
		{`os_name == "\101\u00e9\U0001f600\7"`, "Aé😀\a", "os_name == \"Aé😀\a\""},
	} {
		m := parse(t, test.in)
		if m.Tree().Literal != test.literal || m.String() != test.text {
			t.Errorf("%q has the literal %q and prints as %q", test.in, m.Tree().Literal, m)
		}
		if again := parse(t, m.String()); again.Tree().Literal != test.literal {
			t.Errorf("%q reads again as %q", m, again.Tree().Literal)
		}
	}
	for _, text := range []string{`os_name == "\N{DIGIT ONE}"`, `os_name == "\ud800"`, `os_name == "\x4"`, `os_name == "\xzz"`, `os_name == "\U00110000"`, `os_name == "\"`, "os_name == 'a\nb'", "os_name == 'a\x00b'", "os_name == '\xff'"} {
		if m, err := Parse(text); err == nil {
			t.Errorf("Parse(%q) = %s", text, m)
		}
	}
}

func TestEvaluateExtrasAllocatesNothing(t *testing.T) {
	m := parse(t, `python_full_version >= "3.8" and extra == "crypto" or sys_platform in "linux darwin"`)
	if n := testing.AllocsPerRun(100, func() { m.EvaluateExtras(&lambda) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"", `python_version >= "3.8" and (os_name=='a' or "x" not in extras)`, `'A' == 'extra'`, `python_version === os_name`,
		`os_name == "\x22'"`, "os_name == 'a\\\nb'", `((("a" == "b")))`, `os.name=="\q"and"3"<=python_version`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		m, err := Parse(s)
		var wrong *SyntaxError
		if errors.As(err, &wrong) {
			wrong.Caret()
			return
		}
		again, err := Parse(m.String())
		if err != nil || again.String() != m.String() || !reflect.DeepEqual(again.Tree(), m.Tree()) {
			t.Fatalf("Parse(%q) = %q, then %q, %v", s, m, again, err)
		}
		holds, err := m.Evaluate(&lambda)
		twice, errTwice := And(m, Or(m, m)).Evaluate(&lambda)
		if holds != twice || (err == nil) != (errTwice == nil) {
			t.Errorf("%q is %v, %v; with itself %v, %v", m, holds, err, twice, errTwice)
		}
	})
}

const typical = `python_version >= "3.8" and sys_platform == "linux" and platform_machine == "aarch64"`

func BenchmarkParse(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		Parse(typical)
	}
}

func BenchmarkEvaluate(b *testing.B) {
	b.ReportAllocs()
	m := parse(b, typical)
	for b.Loop() {
		m.EvaluateExtras(&lambda)
	}
}
