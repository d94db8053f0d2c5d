package name

import "testing"

func TestParse(t *testing.T) {
	for _, test := range []struct {
		in   string
		want Name // "" for an error
	}{
		{"numpy", "numpy"},
		{"Foo.Bar__baz", "foo-bar-baz"},
		{"a-._b", "a-b"},
		{"7zip", "7zip"},
		{"", ""},
		{"a/../b", ""},
		{"--index-url", ""},
		{"a\nb", ""},
		{"a_", ""},
		{"naïve", ""},
		{"\x1b[31mred", ""},
	} {
		got, err := Parse(test.in)
		if got != test.want || (err == nil) != (test.want != "") {
			t.Errorf("Parse(%q) = %q, %v; want %q", test.in, got, err, test.want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"numpy", "Foo.Bar__baz", "a_", "", "İ", "\xff"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if normal := Normalize(s); Normalize(normal.String()) != normal {
			t.Errorf("Normalize(%q) = %q, which is not normal", s, normal)
		}
		n, err := Parse(s)
		if err != nil {
			return
		}
		if again, err := Parse(n.String()); err != nil || again != n {
			t.Errorf("Parse(%q) = %q, then %q, %v", s, n, again, err)
		}
	})
}

func BenchmarkNormalize(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		Normalize("importlib-metadata")
	}
}
