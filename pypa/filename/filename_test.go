package filename

import (
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseWheel(t *testing.T) {
	for _, test := range []struct {
		filename string
		want     string // name, version, build and tags separated by spaces; "" is an error
	}{
		{"pip-18.0-py3-none-any.whl", "pip 18.0 - py3-none-any"},
		{"Foo.Bar_Baz-1.0-py2.py3-none-any.whl", "foo-bar-baz 1.0 - py2-none-any py3-none-any"},
		{"a-1.0-1-py3-none-any.whl", "a 1.0 1 py3-none-any"},
		{"a-1.0-007abc_x.y-py3-none-any.whl", "a 1.0 7abc_x.y py3-none-any"},
		{"a-1.0-000-py3-none-any.whl", "a 1.0 0 py3-none-any"},
		{"a-1!2.0+Local.1-py3-none-any.whl", "a 1!2.0+local.1 - py3-none-any"},
		{"a-01.0.RC1-py3-none-any.whl", "a 1.0rc1 - py3-none-any"},
		{"a-1-cp38-abi3-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
			"a 1 - cp38-abi3-manylinux2014_x86_64 cp38-abi3-manylinux_2_17_x86_64"},
		{"_-1.0-py3-none-any.whl", "- 1.0 - py3-none-any"},
		{"ÉCOLE-1.0-py3-none-any.whl", "école 1.0 - py3-none-any"},

		{"", ""},
		{".whl", ""},
		{"a-1.0-py3-none-any.WHL", ""},
		{"a-1.0-py3-none-any.zip", ""},
		{"a-1.0-py3-none.whl", ""},
		{"a-1.0-x-py3-none-any.whl", ""},
		{"a-1.0-1-2-py3-none-any.whl", ""},
		{"a__b-1.0-py3-none-any.whl", ""},
		{"a b-1.0-py3-none-any.whl", ""},
		{"../a-1.0-py3-none-any.whl", ""},
		{"-1.0-py3-none-any.whl", ""},
		{"a--py3-none-any.whl", ""},
		{"a-bad-py3-none-any.whl", ""},
		{"a-1.0-py3--any.whl", ""},
		{"a-1.0-3py-none-any.whl", ""},
		{"a-1.0-py3-none-any\xff.whl", ""},
		{"a\xff-1.0-py3-none-any.whl", ""},
		{"a-1.0-" + strings.Repeat("1", maxBuildDigits+1) + "-py3-none-any.whl", ""},
	} {
		wheel, err := ParseWheel(test.filename)
		got := ""
		if err == nil {
			parts := []string{wheel.Name.String(), wheel.Version.String(), wheel.Build.String()}
			if wheel.Build == (Build{}) {
				parts[2] = "-"
			}
			for _, tag := range wheel.Tags {
				parts = append(parts, tag.String())
			}
			got = strings.Join(parts, " ")
		}
		if got != test.want {
			t.Errorf("ParseWheel(%.60q) = %q, %v; want %q", test.filename, got, err, test.want)
		}
	}
}

func TestParseSdist(t *testing.T) {
	for _, test := range []struct{ filename, want string }{
		{"foo-1.0.tar.gz", "foo 1.0"},
		{"Foo_Bar-1.0.zip", "foo-bar 1.0"},
		{"foo-bar-1.0rc1.tar.gz", "foo-bar 1.0rc1"},
		{"foo--1.0.tar.gz", "foo- 1.0"},
		{"foo-1.0-1.tar.gz", "foo-1-0 1"},
		{"foo-1.0.tar.bz2", ""},
		{"foo-1.0.tgz", ""},
		{"foo.tar.gz", ""},
		{"-1.0.tar.gz", ""},
		{"foo-.tar.gz", ""},
		{"foo-bar.tar.gz", ""},
		{".zip", ""},
	} {
		sdist, err := ParseSdist(test.filename)
		got := ""
		if err == nil {
			got = sdist.Name.String() + " " + sdist.Version.String()
		}
		if got != test.want {
			t.Errorf("ParseSdist(%q) = %q, %v; want %q", test.filename, got, err, test.want)
		}
	}
}

func TestBuildOrder(t *testing.T) {
	ordered := []Build{
		{}, {"0", ""}, {"1", ""}, {"1", "a"}, {"1", "b"}, {"2", ""}, {"10", ""}, {"10", "-"},
		{"18446744073709551616", ""}, {"18446744073709551617", ""},
	}
	for i, a := range ordered {
		for j, b := range ordered {
			want := big.NewInt(int64(i)).Cmp(big.NewInt(int64(j)))
			if got := a.Compare(b); got != want {
				t.Errorf("%q.Compare(%q) = %d, want %d", a, b, got, want)
			}
		}
	}
}

// WheelTags must agree with ParseWheel on every name that this accepts.
func TestWheelTags(t *testing.T) {
	for _, filename := range []string{
		"a-1.0-py3-none-any.whl", "a-1.0-1b-py2.py3-none-any.whl", "a-1-cp38-abi3-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
	} {
		wheel, err := ParseWheel(filename)
		if err != nil {
			t.Fatal(err)
		}
		set, build, ok := WheelTags(filename)
		if want := strings.TrimSuffix(filename[strings.LastIndex(filename[:strings.LastIndex(filename[:strings.LastIndex(filename, "-")], "-")], "-")+1:], ".whl"); !ok || set != want || build != wheel.Build {
			t.Errorf("WheelTags(%q) = %q, %q, %v; want %q", filename, set, build, ok, want)
		}
	}
	for _, filename := range []string{"a-1.0.tar.gz", "a-1.0-py3-any.whl", "a-1.0-x-py3-none-any.whl"} {
		if set, _, ok := WheelTags(filename); ok {
			t.Errorf("WheelTags(%q) = %q, want none", filename, set)
		}
	}
	if n := testing.AllocsPerRun(100, func() { WheelTags("a-1.0-1b-py2.py3-none-any.whl") }); n != 0 {
		t.Errorf("WheelTags allocates %v times", n)
	}
}

func FuzzParseWheel(f *testing.F) {
	for _, filename := range generateWheels(50) {
		f.Add(filename)
	}
	f.Fuzz(func(t *testing.T, filename string) {
		wheel, err := ParseWheel(filename)
		if err != nil {
			return
		}
		if len(wheel.Tags) == 0 || wheel.Version.IsZero() || wheel.Name == "" {
			t.Fatalf("ParseWheel(%q) = %+v", filename, wheel)
		}
		if wheel.Build.Compare(wheel.Build) != 0 || wheel.Build != (Build{}) && wheel.Build.Compare(Build{}) <= 0 {
			t.Fatalf("build tag %q does not sort behind none", wheel.Build)
		}
		if _, build, ok := WheelTags(filename); !ok || build != wheel.Build {
			t.Fatalf("WheelTags(%q) has build %q, %v; want %q", filename, build, ok, wheel.Build)
		}
	})
}

func FuzzParseSdist(f *testing.F) {
	for _, filename := range generateSdists(50) {
		f.Add(filename)
	}
	f.Fuzz(func(t *testing.T, filename string) {
		sdist, err := ParseSdist(filename)
		if err == nil && (sdist.Name == "" || sdist.Version.IsZero()) {
			t.Fatalf("ParseSdist(%q) = %+v", filename, sdist)
		}
	})
}

func BenchmarkParseWheel(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ParseWheel("charset_normalizer-3.4.2-cp312-cp312-manylinux_2_17_aarch64.manylinux2014_aarch64.whl"); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkWheelTags(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		WheelTags("charset_normalizer-3.4.2-cp312-cp312-manylinux_2_17_aarch64.manylinux2014_aarch64.whl")
	}
}

// answers are the parsed forms of file names as testdata/parse.py writes them.
func wheelAnswer(filename string) any {
	wheel, err := ParseWheel(filename)
	if err != nil {
		return nil
	}
	build := []any{}
	if wheel.Build != (Build{}) {
		build = []any{wheel.Build.Number, wheel.Build.Suffix}
	}
	tags := []any{}
	for _, tag := range wheel.Tags {
		tags = append(tags, []any{tag.Interpreter, tag.ABI, tag.Platform})
	}
	return []any{wheel.Name.String(), wheel.Version.String(), build, tags}
}

func sdistAnswer(filename string) any {
	sdist, err := ParseSdist(filename)
	if err != nil {
		return nil
	}
	return []any{sdist.Name.String(), sdist.Version.String()}
}

// sortTags sorts the tags of a wheel's answer by bytes: Python sorts by code points, which is the same, but
// the comparison below should not depend on it.
func sortTags(answer any) any {
	if parts, ok := answer.([]any); ok && len(parts) == 4 {
		slices.SortFunc(parts[3].([]any), func(a, b any) int {
			return slices.CompareFunc(a.([]any), b.([]any), func(a, b any) int { return strings.Compare(a.(string), b.(string)) })
		})
	}
	return answer
}

func differ(t *testing.T, filename string, got, want any) {
	t.Helper()
	if diff := cmp.Diff(sortTags(want), got); diff != "" {
		t.Errorf("%q (-packaging +ours):\n%s", filename, diff)
	}
}
