package version

import (
	"slices"
	"strings"
	"testing"
)

func TestContains(t *testing.T) {
	for _, test := range []struct {
		specifiers string
		in, out    string // versions
	}{
		{"", "0.dev0 1!1.0+local", ""},
		{"<1.0", "0.9 0.9.post1 0.9+l", "1.0a1 1.0.dev0 1.0 1.0+l"},
		{"<1.0rc1", "1.0b1 1.0rc1.dev1", "1.0rc1 1.0"},
		{"<1.0.post1", "1.0 1.0+l", "1.0.post1.dev0 1.0.post1"},
		{"<=1.0", "1.0 1.0+l 1.0.0 1.0a1", "1.0.post1 1.0.1"},
		{">1.0", "1.0.1 1.1.dev0 2", "1.0 1.0+l 1.0.post1 1.0.0.post1.dev1"},
		{">1.0a1", "1.0a2.dev0 1.0", "1.0a1 1.0a1.post1 1.0a1+l"},
		{">1.0.post1", "1.0.post2.dev0 1.0.1", "1.0.post1 1.0.post1+l 1.0"},
		{">1.0.dev1", "1.0.dev2 1.0a1 1.0.post1", "1.0.dev1 1.0.dev1+l"},
		{"==1.0", "1 1.0.0 1.0+l", "1.0.post1 1.0a1 1.0.1"},
		{"==1.0+l", "1.0+L 1.0.0+l", "1.0 1.0+l.1"},
		{"!=1.0", "1.0.post1 1.1", "1.0 1.0+l"},
		{"==1.0.*", "1 1.0.9 1.0a1 1.0.dev0 1.0+l 1.0.post1 1.0.9.9", "1.1.dev0 1.10 0.9"},
		{"!=1.9.*", "1.10 1.8 2", "1.9 1.9.5"},
		{"~=1.4.5a4", "1.4.5a4 1.4.6 1.4.5+l", "1.4.5a3 1.5 1.5.dev0"},
		{"~=2.2.0", "2.2.0 2.2.9", "2.3 2.1"},
		{"~=1!2.99", "1!2.99 1!2.100", "1!3 2.99"},
		{"===1.0-ALPHA", "", "1.0a0"},
		{"===1.0A0", "1.0a0", "1.0"},
		{">=1.0,<2,!=1.5", "1.0 1.4 1.5.post1", "1.5 2 2.0a1"},
	} {
		s, err := ParseSpecifiers(test.specifiers)
		if err != nil {
			t.Fatal(err)
		}
		for v := range strings.FieldsSeq(test.in) {
			if !s.Contains(MustParse(v)) {
				t.Errorf("%s is not in %q", v, s)
			}
		}
		for v := range strings.FieldsSeq(test.out) {
			if s.Contains(MustParse(v)) {
				t.Errorf("%s is in %q", v, s)
			}
		}
	}
}

func TestFilter(t *testing.T) {
	for _, test := range []struct{ specifiers, versions, want string }{
		{"", "1.0 2.0a1", "1.0"},
		{"", "2.0a1 2.0.dev1", "2.0a1 2.0.dev1"},
		{">=1.0", "2.0a1 1.5 2.0", "1.5 2.0"},
		{">=1.0a1", "2.0a1 1.5 2.0", "2.0a1 1.5 2.0"},
		{"!=1.0a1", "2.0a1 1.5", "1.5"},
		{">=3", "1 2", ""},
	} {
		s, err := ParseSpecifiers(test.specifiers)
		if err != nil {
			t.Fatal(err)
		}
		var versions []Version
		for v := range strings.FieldsSeq(test.versions) {
			versions = append(versions, MustParse(v))
		}
		var kept []string
		for _, v := range s.Filter(versions) {
			kept = append(kept, v.String())
		}
		if got := strings.Join(kept, " "); got != test.want {
			t.Errorf("%q of %s: %s, want %s", s, test.versions, got, test.want)
		}
	}
}

func TestSpecifiersText(t *testing.T) {
	s, err := ParseSpecifiers(" >= 1.0-ALPHA , ==v2.*,,!=1,!=1.0 ")
	if err != nil {
		t.Fatal(err)
	}
	if want := "!=1,==v2.*,>=1.0-ALPHA"; s.String() != want {
		t.Errorf("String is %q, want %q", s, want)
	}
	var parts []string
	for specifier := range s.All() {
		parts = append(parts, specifier.Operator(), specifier.Version())
	}
	if want := []string{">=", "1.0-ALPHA", "==", "v2.*", "!=", "1", "!=", "1.0"}; !slices.Equal(parts, want) {
		t.Errorf("All yields %q, want %q", parts, want)
	}
}

func TestSpecifiersEqual(t *testing.T) {
	for _, test := range []struct {
		a, b  string
		equal bool
	}{
		{"", "", true},
		{">=1.0,<2", "<2,>=1.0.0", true},
		{"<1", "<1.dev0", false},
		{"~=1.0", "~=1.0.0", false},
		{"==1.*", "==1.0.*", false},
		{"===a", "===A", false},
		{"==1", "!=1", false},
	} {
		a, errA := ParseSpecifiers(test.a)
		b, errB := ParseSpecifiers(test.b)
		if errA != nil || errB != nil || a.Equal(b) != test.equal || b.Equal(a) != test.equal {
			t.Errorf("%q equals %q: want %v (%v, %v)", a, b, test.equal, errA, errB)
		}
	}
}

func TestContainsText(t *testing.T) {
	for _, test := range []struct {
		specifier, text string
		want            bool
	}{
		{">=3.8", "3.12.4", true},
		{">=3.8", " v3.12 ", true},
		{">=3.8", "5.10.0-18-amd64", false},
		{"!=3.8", "no version", false},
		{"===no-version", "NO-version", true},
		{"===1.0", "1.0.0", false},
		{"===İ", "i", false},
	} {
		s, err := ParseSpecifier(test.specifier)
		if err != nil || s.ContainsText(test.text) != test.want {
			t.Errorf("%q contains %q: want %v (%v)", s, test.text, test.want, err)
		}
	}
}

func FuzzParseSpecifiers(f *testing.F) {
	for _, seed := range []string{"", ">=1.0,<2,!=1.5.*", "~=1!9.9", "===a,==1+l", "== =1", ">=1.0poſt1", "==\n1"} {
		f.Add(seed, "1.5.post1")
	}
	f.Fuzz(func(t *testing.T, text, version string) {
		s, err := ParseSpecifiers(text)
		if err != nil {
			return
		}
		again, err := ParseSpecifiers(s.String())
		if err != nil || !again.Equal(s) {
			t.Fatalf("%q reads as %q, then %q, %v", text, s, again, err)
		}
		v, err := Parse(version)
		if err != nil {
			return
		}
		if s.Contains(v) != again.Contains(v) {
			t.Errorf("%q and %q disagree on %s", text, again, v)
		}
		if kept := s.Filter([]Version{v}); (len(kept) == 1) != s.Contains(v) {
			t.Errorf("%q filters %s to %v", text, v, kept)
		}
	})
}

func BenchmarkParseSpecifiers(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		ParseSpecifiers(">=3.8,<4")
	}
}

func BenchmarkContains(b *testing.B) {
	b.ReportAllocs()
	s, _ := ParseSpecifier(">=3.8")
	v := MustParse("3.12.4")
	for b.Loop() {
		s.Contains(v)
	}
}

func BenchmarkContainsText(b *testing.B) {
	b.ReportAllocs()
	s, _ := ParseSpecifier(">=3.8")
	for b.Loop() {
		s.ContainsText("3.12.4")
	}
}
