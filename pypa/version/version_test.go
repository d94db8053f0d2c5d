package version

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// ascending is versions from PEP 440's text and from the bounds of the order key.
var ascending = []string{
	"0.dev0", "0", "0.0.1", "1.dev0", "1.0.dev456", "1.0a1.dev1", "1.0a1", "1.0a1.post1.dev2", "1.0a1.post1", "1.0a2.dev456", "1.0a12.dev456", "1.0a12", "1.0b1.dev456", "1.0b2",
	"1.0b2.post345.dev456", "1.0b2.post345", "1.0rc1.dev456", "1.0rc1", "1.0", "1.0+abc.5", "1.0+abc.7", "1.0+abd", "1.0+5", "1.0+5.a", "1.0+5.0", "1.0+10", "1.0.post456.dev34", "1.0.post456", "1.0.post456+l",
	"1.0.0.1", "1.0.15", "1.1.dev1", "1.9", "1.10", "1.99", "1.100", "1.999", "1.1000",
	"1." + strings.Repeat("9", 102), "1.1" + strings.Repeat("0", 102), "1." + strings.Repeat("9", 103), "1." + strings.Repeat("9", 202), "1.1" + strings.Repeat("0", 202), "1.2" + strings.Repeat("0", 5000),
	"2", "18446744073709551616", "18446744073709551617", "1!0.1", "1!1.0", "18446744073709551616!1",
}

func TestOrder(t *testing.T) {
	versions := make([]Version, len(ascending))
	for i, text := range ascending {
		versions[i] = MustParse(text)
	}
	shuffled := slices.Clone(versions)
	rand.New(rand.NewPCG(1, 2)).Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
	slices.SortFunc(shuffled, Version.Compare)
	for i, v := range shuffled {
		if v.String() != ascending[i] {
			t.Fatalf("place %d has %.40s, want %.40s", i, v, ascending[i])
		}
	}
}

func TestEqual(t *testing.T) {
	for _, test := range []struct {
		a, b  string
		equal bool
	}{
		{"1.0", "1", true},
		{"1.0.0", "v1", true},
		{"0!1.0-1", "1.post1", true},
		{"0", "0.0", true},
		{"1.0+A_1", "1.0+a.01", true},
		{"1.0+a", "1.0", false},
		{"1!1.0", "1.0", false},
	} {
		if a, b := MustParse(test.a), MustParse(test.b); a.Equal(b) != test.equal || (a.Compare(b) == 0) != test.equal {
			t.Errorf("%s equals %s: want %v", a, b, test.equal)
		}
	}
}

func TestZero(t *testing.T) {
	var zero Version
	switch {
	case !zero.IsZero(), zero.String() != "", zero.Release() != nil, zero.Base() != "", zero.IsPrerelease(), zero.IsPostrelease(), zero.IsDevrelease(), zero.Compare(MustParse("0.dev0")) >= 0:
		t.Errorf("the zero Version is %#v", zero)
	case MustParse("0").IsZero():
		t.Error("0 is a version")
	}
}

// A version's digits are unbounded; packaging stops at 4300 only because Python's int does.
func TestHuge(t *testing.T) {
	digits := strings.Repeat("123456789", 10_000)
	v := MustParse("v" + digits + "!00" + digits + ".0a" + digits)
	if want := digits + "!" + digits + ".0a" + digits; v.String() != want || v.Epoch() != digits {
		t.Error("a huge version changes when it is parsed")
	}
	if s, err := ParseSpecifier("~=" + digits + ".0"); err != nil || !s.Contains(MustParse(digits+".7")) || s.Contains(MustParse(digits+"0")) {
		t.Errorf("~= with huge numbers: %v", err)
	}
}

func TestErrors(t *testing.T) {
	for _, test := range []struct{ in, want string }{
		{"1.0", `version specifier "1.0": want one of ==, !=, <=, >=, <, >, ~=, === and a version`},
		{">=1.*", `version specifier ">=1.*": ".*" goes with == and != only`},
		{"==1a1.*", `version specifier "==1a1.*": ".*" goes after a release only`},
		{"<1+cu121", `version specifier "<1+cu121": a local version goes with == and != only`},
		{"~=1", `version specifier "~=1": ~= wants at least two numbers, like ~=1.0`},
		{">=1 <2", `version specifier ">=1 <2": not a version of PEP 440`},
		{"===a b", `version specifier "===a b": === wants a text without space, ';' and ')'`},
		{">=\x1b[31m", `version specifier ">=\x1b[31m": not a version of PEP 440`},
	} {
		if _, err := ParseSpecifiers(test.in); err == nil || err.Error() != test.want {
			t.Errorf("ParseSpecifiers(%q): %v, want %s", test.in, err, test.want)
		}
	}
	_, err := Parse("latest")
	if want := `version "latest" is not one of PEP 440, like 1.2.3 or 2.0rc1`; err == nil || err.Error() != want {
		t.Errorf("Parse: %v, want %s", err, want)
	}
}

func TestMustParsePanics(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("MustParse of no version returns")
		}
	}()
	MustParse("latest")
}

func FuzzParse(f *testing.F) {
	for _, seed := range append([]string{"", "v1.0-ALPHA.1", "1.0--1", "1!2.0.post1.dev2+Ab-01", "1.0poſt1", "\x1c1\u3000"}, ascending[:20]...) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		v, err := Parse(s)
		if err != nil {
			return
		}
		if again, err := Parse(v.String()); err != nil || again != v {
			t.Errorf("Parse(%q) = %q, then %q, %v", s, v, again, err)
		}
		if public, err := Parse(v.Public()); err != nil || public.Compare(v) > 0 {
			t.Errorf("%q: public part %q, %v", s, public, err)
		}
	})
}

func BenchmarkParse(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		Parse("3.12.4")
	}
}

func BenchmarkCompare(b *testing.B) {
	v, w := MustParse("3.12.4"), MustParse("3.12.5")
	for b.Loop() {
		v.Compare(w)
	}
}
