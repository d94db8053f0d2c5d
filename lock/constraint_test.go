package lock

import (
	"strings"
	"testing"

	"github.com/ofiuco/ofiuco/pypa/version"
)

func TestParseConstraint(t *testing.T) {
	for _, test := range []struct{ constraint, allowed, refused string }{
		{"^1.2.3", "1.2.3 1.9 1.2.3+cpu", "1.2.2 2.0a1 2.0"},
		{"^0.2.3", "0.2.3 0.2.9", "0.3.0 0.3.0.dev1"},
		{"^0.0.3", "0.0.3", "0.0.4"},
		{"~1.2.3", "1.2.3 1.2.9", "1.3"},
		{"~1", "1.0 1.9", "2.0"},
		{"~=1.4.5", "1.4.5 1.4.9", "1.5"},
		{"1.2.*", "1.2 1.2.9 1.2a1", "1.3 1.1"},
		{"!=1.2.*", "1.1 1.3", "1.2.9"},
		{"*", "0 1!2 3.dev0", ""},
		{"1.2", "1.2.0 1.2+cpu", "1.2.1"},
		{">=1 <2", "1 1.9", "2 0.9"},
		{"^1.2 || >=3", "1.2 3 9", "2.0 1.1"},
		{"2.2.1+cu121", "2.2.1+cu121", "2.2.1 2.2.1+cpu"},
		{">=2,<1", "", "1 2"},
		{"^99999999999999999999", "99999999999999999999.5", "100000000000000000000"},
		{"^1.2 || *", "0.1 7", ""},
	} {
		c, err := ParseConstraint(test.constraint)
		if err != nil {
			t.Errorf("ParseConstraint(%q): %v", test.constraint, err)
			continue
		}
		for _, v := range strings.Fields(test.allowed) {
			if !c.Allows(version.MustParse(v)) {
				t.Errorf("%q refuses %s", test.constraint, v)
			}
		}
		for _, v := range strings.Fields(test.refused) {
			if c.Allows(version.MustParse(v)) {
				t.Errorf("%q allows %s", test.constraint, v)
			}
		}
	}
	for _, text := range []string{"", "^", "===1.0", "one", "1 - 2", ">=1,,<2", "^1.2.*", "!=1.0a1.*", "||", strings.Repeat("1|", 300) + "1"} {
		if c, err := ParseConstraint(text); err == nil {
			t.Errorf("ParseConstraint(%q) = %v, want an error", text, c.AnyOf)
		}
	}
}

func TestConstraintAnd(t *testing.T) {
	for _, test := range []struct{ a, b, allowed, refused string }{
		{"^1 || ^3", ">=1.5", "1.5 3.1", "1.4 2.0"},
		{"*", "^2", "2.1", "3"},
		{"^2", "*", "2.1", "3"},
		{"^2", "^2", "2.1", "3"},
	} {
		a, err := ParseConstraint(test.a)
		if err != nil {
			t.Fatal(err)
		}
		b, err := ParseConstraint(test.b)
		if err != nil {
			t.Fatal(err)
		}
		both := a.and(b)
		for _, v := range strings.Fields(test.allowed) {
			if !both.Allows(version.MustParse(v)) {
				t.Errorf("%q and %q refuse %s", test.a, test.b, v)
			}
		}
		for _, v := range strings.Fields(test.refused) {
			if both.Allows(version.MustParse(v)) {
				t.Errorf("%q and %q allow %s", test.a, test.b, v)
			}
		}
	}
}

func TestPlatformMarker(t *testing.T) {
	for constraint, want := range map[string]string{
		"*":               "",
		"linux":           `(sys_platform == "linux")`,
		"!=win32":         `(sys_platform != "win32")`,
		"== darwin":       `(sys_platform == "darwin")`,
		"linux || darwin": `(sys_platform == "linux") or (sys_platform == "darwin")`,
		"!=linux,!=win32": `(sys_platform != "linux" and sys_platform != "win32")`,
		"linux-x86_64":    `(sys_platform == "linux-x86_64")`,
	} {
		if got, err := platformMarker(constraint); err != nil || got != want {
			t.Errorf("platformMarker(%q) = %q, %v, want %q", constraint, got, err, want)
		}
	}
}

func FuzzParseConstraint(f *testing.F) {
	for _, c := range knownConstraints {
		f.Add(c)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := ParseConstraint(text)
		if err != nil {
			return
		}
		c.Allows(version.MustParse("1.0"))
		if _, err := pythonMarker(text); err != nil {
			t.Errorf("%q is a constraint, but %v", text, err)
		}
	})
}
