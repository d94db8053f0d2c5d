package tree

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// The table of the original's globstar, whose patterns must go on matching.
func TestPatternsOfTheOriginal(t *testing.T) {
	for _, test := range []struct {
		glob      string
		match, no []string
	}{
		{"a", []string{"a"}, []string{"", "aa", "a/"}},
		{"a/", []string{"a/"}, []string{"a"}},
		{"/a/b/", []string{"/a/b/"}, []string{"a/b", "/a/b"}},
		{"*", []string{"", "express"}, []string{"@eslint/plugin-foo"}},
		{"**", []string{"", "express", "@eslint/plugin-foo"}, nil},
		{"*****", []string{"", "express", "@eslint/plugin-foo"}, nil},
		{"?", []string{"a", "b"}, []string{"", "/", "aa", "bb"}},
		{"??", []string{"aa", "ba"}, []string{"/", "a", "b"}},
		{"f?n", []string{"fun", "fin"}, []string{"funny", "fit", "bob", "f/n"}},
		{"f?n*", []string{"fun", "fin", "funny"}, []string{"fit", "bob", "f/n", "f/n/uny"}},
		{"eslint-*", []string{"eslint-plugin-foo"}, []string{"@eslint/plugin-foo", "express", "eslint", "-eslint"}},
		{"*plugin*", []string{"eslint-plugin-foo"}, []string{"@eslint/plugin-foo", "express"}},
		{"a*c", []string{"ac", "abc", "accc", "acacac", "a1234c", "a12c34c"}, []string{"abcd"}},
		{"*-positive", []string{"is-positive"}, []string{"is-positive-not"}},
		{"foo*/**", []string{"foo/fum/bar", "foostar/fum/bar"}, []string{"fo/fum/bar", "fostar/fum/bar", "foo", "foostar"}},
		{"**/foo*", []string{"fum/bar/foo", "fum/bar/foostar"}, []string{"fum/bar/fo", "fum/bar/fostar", "foo", "foostar"}},
		{"**/foo*/**", []string{"fum/bar/foo/fum/bar", "fum/bar/foostar/fum/bar"}, []string{"fum/bar/fo/fum/bar", "fum/bar/fostar/fum/bar", "foo", "foostar"}},
		{"", []string{""}, []string{"f", "foo", "foo/star"}},
		// The patterns that its users write.
		{"ofiuco**/boto3**", []string{"ofiuco++parse+poetry/boto3/session.py"}, []string{"_main/boto3/session.py"}},
		{"**/bin/*", []string{"x/bin/tool", "x/y/bin/tool"}, []string{"bin/tool", "x/bin/y/tool"}},
		{"**.dist-info/**", []string{"six-1.dist-info/RECORD", "x/six-1.dist-info/licenses/MIT"}, []string{"six.dist-info"}},
		// Brackets, braces and backslashes are nothing special.
		{"a[bc]", []string{"a[bc]"}, []string{"ab", "ac"}},
		{"{a,b}", []string{"{a,b}"}, []string{"a", "b"}},
		{`\*`, []string{`\`, `\a`}, []string{"*"}},
		// One character is not one byte.
		{"gr??e", []string{"größe"}, []string{"grße"}},
		{"日*語", []string{"日語", "日本語"}, []string{"日/語", "日本"}},
		// Several words of states.
		{strings.Repeat("ab", 80) + "**z", []string{strings.Repeat("ab", 80) + "/z"}, []string{strings.Repeat("ab", 80) + "/y", "abz"}},
		{strings.Repeat("*a", 100), []string{strings.Repeat("a", 100), strings.Repeat("ba", 150)}, []string{strings.Repeat("a", 99), strings.Repeat("a", 100) + "b"}},
	} {
		pattern := CompilePattern(test.glob)
		for _, path := range test.match {
			if !pattern.Match(path) {
				t.Errorf("%q does not match %q", test.glob, path)
			}
		}
		for _, path := range test.no {
			if pattern.Match(path) {
				t.Errorf("%q matches %q", test.glob, path)
			}
		}
		if pattern.String() != test.glob {
			t.Errorf("String is %q, want %q", pattern, test.glob)
		}
	}
}

// slowMatch is the definition: a star is tried at every length.
func slowMatch(glob, path []rune) bool {
	if len(glob) == 0 {
		return len(path) == 0
	}
	switch {
	case len(glob) > 1 && glob[0] == '*' && glob[1] == '*':
		return slowMatch(glob[1:], path) || len(path) > 0 && slowMatch(glob, path[1:])
	case glob[0] == '*':
		return slowMatch(glob[1:], path) || len(path) > 0 && path[0] != '/' && slowMatch(glob, path[1:])
	case len(path) == 0:
		return false
	case glob[0] == '?':
		return path[0] != '/' && slowMatch(glob[1:], path[1:])
	}
	return glob[0] == path[0] && slowMatch(glob[1:], path[1:])
}

func FuzzPattern(f *testing.F) {
	for _, seed := range [][2]string{{"**/a*", "b/ab"}, {"*?/", "a/"}, {"é?*", "éa/"}, {"***", "/"}, {"a**b*c", "a/bxc"}, {"?*?", "ab"}} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, glob, path string) {
		if len(glob) > 12 || len(path) > 16 || !utf8.ValidString(path) {
			return // the reference takes exponential time; a Tree has no such path
		}
		if got, want := CompilePattern(glob).Match(path), slowMatch([]rune(glob), []rune(path)); got != want {
			t.Errorf("%q on %q: got %v, want %v", glob, path, got, want)
		}
	})
}

func BenchmarkPattern(b *testing.B) {
	patterns := CompilePatterns([]string{"**/tests/**", "**.dist-info/**", "boto3/**", "**/*.pyi", "**.so.*"})
	path := "numpy/_core/include/numpy/__multiarray_api.h"
	for b.Loop() {
		if patterns.Match(path) {
			b.Fatal("matched")
		}
	}
}
