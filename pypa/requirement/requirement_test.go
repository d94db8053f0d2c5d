package requirement

import (
	"errors"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	r, err := Parse(`Requests[security, tests,Tests] >= 2.8.1, == 2.8.* ; python_version < "2.7" or extra == "A_b"`)
	if err != nil {
		t.Fatal(err)
	}
	if want := `requests[security,tests]==2.8.*,>=2.8.1; python_version < "2.7" or extra == "a-b"`; r.String() != want {
		t.Errorf("String is %s, want %s", r, want)
	}
	r, err = Parse(`pip @ https://example.com/pip-1.0.zip#sha1=da9 ; os_name == "nt"`)
	if err != nil {
		t.Fatal(err)
	}
	if want := "https://example.com/pip-1.0.zip#sha1=da9"; r.URL != want || r.Name != "pip" || r.Marker.String() != `os_name == "nt"` {
		t.Errorf("%q has the URL %s, want %s", r, r.URL, want)
	}
}

func TestErrors(t *testing.T) {
	for _, test := range []struct{ in, msg, caret string }{
		{"", "expected a package's name", "\n^"},
		{"../a", "a package's name starts and ends with a letter or a digit", "../a\n^"},
		{"a_", "a package's name starts and ends with a letter or a digit", "a_\n^"},
		{"a[b", "this bracket is never closed", "a[b\n ^"},
		{"a[b c]", `expected "," or "]"`, "a[b c]\n    ^"},
		{"a[b,]", "expected an extra's name", "a[b,]\n    ^"},
		{"a (>=1", "this parenthesis is never closed", "a (>=1\n  ^"},
		{"a (>=1;)", `expected "," or ")"`, "a (>=1;)\n      ^"},
		{"a >=1 <2", `expected ",", ";" or the end`, "a >=1 <2\n      ^"},
		{"a 1.0", `expected a version specifier, ";" or the end`, "a 1.0\n  ^"},
		{"a >=1, <2.*", `version specifier: ".*" goes with == and != only`, "a >=1, <2.*\n       ^"},
		{"a @", `expected a URL after "@"`, "a @\n   ^"},
		{"a @ b c", `expected ";" or the end`, "a @ b c\n      ^"},
		{"a; os_name", "expected one of <=, <, !=, ==, >=, >, ~=, ===, in, not in", "a; os_name\n          ^"},
		{"a\x1b[31m", `expected a version specifier, ";" or the end`, `a\x1b[31m` + "\n ^"},
		{"a; " + strings.Repeat("(", 101), "marker is nested too deeply", "…" + strings.Repeat("(", 61) + "\n" + strings.Repeat(" ", 61) + "^"},
	} {
		_, err := Parse(test.in)
		var wrong *SyntaxError
		if !errors.As(err, &wrong) {
			t.Errorf("Parse(%q): %v", test.in, err)
		} else if wrong.Msg != test.msg || wrong.Caret() != test.caret {
			t.Errorf("Parse(%q): %v\n%s\nwant %s\n%s", test.in, err, wrong.Caret(), test.msg, test.caret)
		}
	}
}

func TestErrorsHoldNoCredentials(t *testing.T) {
	for _, test := range []struct{ in, caret string }{
		{"a @ https://me:secret@example.com/a.whl b", "a @ https://****@example.com/a.whl b\n                                   ^"},
		{"a @ https://me:sec@ret@h/x?https://me:secret@i c", "a @ https://****@h/x?https://****@i c\n                                    ^"},
		{"a @ https://secret@h ; os_name == 'b", "a @ https://****@h ; os_name == 'b\n                                ^"},
		{"a == https://me:secret@h", "a == https://****@h\n  ^"},
		{"a https://me:secret@h", "a https://****@h\n  ^"},
	} {
		_, err := Parse(test.in)
		var wrong *SyntaxError
		if !errors.As(err, &wrong) || wrong.Caret() != test.caret || strings.Contains(err.Error(), "secret") {
			t.Errorf("Parse(%q): %v\n%s\nwant\n%s", test.in, err, wrong.Caret(), test.caret)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"", "a", `Requests[security,tests] >= 2.8.1, == 2.8.* ; python_version < "2.7"`, "a @ https://u:p@h/x ; os_name=='b'",
		"a (>=1,)", "a===b,c", "a=== ;extra=='x'", "a ==\n1", "a @ ://@ x", "a_",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		r, err := Parse(s)
		var wrong *SyntaxError
		if errors.As(err, &wrong) {
			wrong.Caret()
			return
		}
		again, err := Parse(r.String())
		if err != nil || again.String() != r.String() || !again.Specifiers.Equal(r.Specifiers) || again.URL != r.URL {
			t.Errorf("Parse(%q) = %q, then %q, %v", s, r, again, err)
		}
	})
}

func BenchmarkParse(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		Parse(`importlib-metadata[test]>=4.4,<5; python_version < "3.10"`)
	}
}
