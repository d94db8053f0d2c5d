package buildlock

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ofiuco/ofiuco/pypa/name"
	"github.com/ofiuco/ofiuco/pypa/version"
	"github.com/ofiuco/ofiuco/resolve"
	"github.com/ofiuco/ofiuco/target"
)

const (
	cp312 = "cp312-manylinux_2_28_x86_64"
	cp39  = "cp39-manylinux_2_28_x86_64"
	arm   = "cp312-manylinux_2_34_aarch64"
)

func mustTarget(t testing.TB, text string) target.Target {
	t.Helper()
	parsed, err := target.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

// pin is a pin with wheels of the given tags; each sha256 repeats the digit.
func pin(project, number, digit string, tags ...string) resolve.Pin {
	p := resolve.Pin{Name: name.Name(project), Version: version.MustParse(number)}
	for _, tag := range tags {
		file := strings.ReplaceAll(project, "-", "_") + "-" + number + "-" + tag + ".whl"
		p.Files = append(p.Files, resolve.File{Filename: file, SHA256: strings.Repeat(digit, 64), Size: 10, URL: "https://example.com/" + file})
	}
	return p
}

func requiring(p resolve.Pin, requires ...string) resolve.Pin {
	p.Requires = requires
	return p
}

func key(t testing.TB, of, target string, requirements ...string) Key {
	return Key{Package: of, Requirements: requirements, Target: mustTarget(t, target)}
}

// found is what Lookup finds, in one line.
func found(l *Lock, k Key) string {
	pins, ok := l.Lookup(k)
	if !ok {
		return "-"
	}
	var texts []string
	for _, p := range pins {
		texts = append(texts, p.Wheel.Filename)
	}
	return strings.Join(texts, " ")
}

// reread writes and reads a lock.
func reread(t *testing.T, l *Lock) *Lock {
	t.Helper()
	read, err := Parse(Filename, l.Encode())
	if err != nil {
		t.Fatalf("%v\n%s", err, l.Encode())
	}
	if diff := cmp.Diff(string(l.Encode()), string(read.Encode())); diff != "" {
		t.Fatalf("written again, it differs:\n%s", diff)
	}
	return read
}

// sample is a lock of a few builds, whose entries were added in the order.
func sample(t *testing.T, order []int) *Lock {
	t.Helper()
	setuptools := pin("setuptools", "75.1.0", "a", "py3-none-any")
	setuptools.RequiresPython = ">=3.8"
	numpy := pin("numpy", "2.1.0", "b", "cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64", "cp312-cp312-manylinux_2_17_aarch64", "cp39-cp39-win_amd64")
	scm := requiring(pin("setuptools-scm", "8.1.0", "c", "py3-none-any"), "setuptools", `tomli>=1; python_version < "3.11"`, `rich; extra == "rich"`)
	scm.Extras = []name.Name{"toml"}
	local := pin("tool", "1.0", "d", "py3-none-any")
	local.Direct = local.Files[0].URL
	other := pin("inner", "3", "e", "py3-none-any")
	other.Files[0].Index = "internal"
	l := &Lock{}
	adds := []func() error{
		func() error {
			return l.Add(key(t, "MarkupSafe 2.1.5", cp312, "setuptools >= 61"), []resolve.Pin{setuptools})
		},
		func() error {
			return l.Add(key(t, "markupsafe 2.1.5", arm, "Setuptools>=61"), []resolve.Pin{setuptools})
		},
		func() error {
			return l.Add(key(t, "myproject @ ./libs/x", cp312, "numpy", "setuptools_scm[toml]>=8"), []resolve.Pin{scm, numpy, setuptools})
		},
		func() error {
			return l.Add(key(t, "direct 1", cp312, "tool @ https://example.com/tool-1.0-py3-none-any.whl#sha256="+strings.Repeat("d", 64), "inner"), []resolve.Pin{local, other})
		},
		func() error { return l.Add(key(t, "nothing 1", cp312), nil) },
	}
	for _, i := range order {
		if err := adds[i](); err != nil {
			t.Fatal(err)
		}
	}
	return l
}

func TestEncode(t *testing.T) {
	text := sample(t, []int{0, 1, 2, 3, 4}).Encode()
	golden := filepath.Join("testdata", Filename)
	if os.Getenv("UPDATE_GOLDENS") != "" {
		if err := os.WriteFile(golden, text, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(text)); diff != "" {
		t.Errorf("-want +got (UPDATE_GOLDENS=1 rewrites it):\n%s", diff)
	}
	for _, order := range [][]int{{4, 3, 2, 1, 0}, {1, 0, 0, 4, 3, 2}, {2, 2, 0, 3, 1, 4}} {
		if l := sample(t, order); !bytes.Equal(l.Encode(), text) {
			t.Errorf("added in the order %d, the text differs:\n%s", order, cmp.Diff(string(text), string(l.Encode())))
		}
	}
	reread(t, sample(t, []int{0, 1, 2, 3, 4}))
	if empty := string(reread(t, &Lock{}).Encode()); empty != header {
		t.Errorf("the empty lock is %q", empty)
	}
}

func TestLookup(t *testing.T) {
	l := sample(t, []int{0, 1, 2, 3, 4})
	tests := []struct {
		about string
		key   Key
		want  string // "-" for none
		why   string // Explain's message
	}{
		{"as added", key(t, "markupsafe 2.1.5", cp312, "setuptools>=61"), "setuptools-75.1.0-py3-none-any.whl", ""},
		{"in other spellings", key(t, "Markup_Safe 2.1.5", cp312, "Setuptools  >=61", "setuptools>=61"), "-", "its build requirements are not pinned"},
		{"spelt otherwise", key(t, "MarkupSafe v2.1.5", cp312, "Setuptools  >=61", "setuptools>=61"), "setuptools-75.1.0-py3-none-any.whl", ""},
		{"for another Python", key(t, "markupsafe 2.1.5", cp39, "setuptools>=61"), "setuptools-75.1.0-py3-none-any.whl", ""},
		{"for none that has a wheel", key(t, "markupsafe 2.1.5", "pp310-win_amd64", "setuptools>=61"), "setuptools-75.1.0-py3-none-any.whl", ""},
		{"other requirements", key(t, "markupsafe 2.1.5", cp312, "setuptools>=62"), "-", "its build requirements changed"},
		{"another version", key(t, "markupsafe 2.1.6", cp312, "setuptools>=61"), "-", "its build requirements are not pinned"},
		{"the best of the wheels", key(t, "myproject @ ./libs/x", cp312, "numpy", "setuptools-scm[toml]>=8"),
			"numpy-2.1.0-cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64.whl setuptools-75.1.0-py3-none-any.whl setuptools_scm-8.1.0-py3-none-any.whl", ""},
		{"another architecture", key(t, "myproject @ ./libs/x", arm, "numpy", "setuptools-scm[toml]>=8"),
			"numpy-2.1.0-cp312-cp312-manylinux_2_17_aarch64.whl setuptools-75.1.0-py3-none-any.whl setuptools_scm-8.1.0-py3-none-any.whl", ""},
		{"a release without a wheel for it", key(t, "myproject @ ./libs/x", cp39, "numpy", "setuptools-scm[toml]>=8"), "-",
			"its build requirements are not pinned for cp39-manylinux_2_28_x86_64: numpy 2.1.0 has no wheel for cp39-manylinux_2_28_x86_64"},
		{"what another Python requires in addition", key(t, "myproject @ ./libs/x", "cp39-win_amd64", "numpy", "setuptools-scm[toml]>=8"), "-",
			"its build requirements are not pinned for cp39-win_amd64: tomli is required, and not pinned"},
		{"by URL", key(t, "direct 1", cp39, "tool @ https://example.com/tool-1.0-py3-none-any.whl#sha256="+strings.Repeat("d", 64), "inner"),
			"inner-3-py3-none-any.whl tool-1.0-py3-none-any.whl", ""},
		{"nothing required", key(t, "nothing 1", arm), "", ""},
		{"what is no requirement", key(t, "nothing 1", arm, ">>"), "-", `the build requirement ">>" cannot be read: expected a package's name at character 1 of ">>"`},
	}
	for _, test := range tests {
		t.Run(test.about, func(t *testing.T) {
			for _, l := range []*Lock{l, reread(t, l)} {
				if got := found(l, test.key); got != test.want {
					t.Errorf("got  %s\nwant %s", got, test.want)
				}
				why := ""
				if e := l.Explain(test.key); e != nil {
					why = e.Msg
				}
				if why != test.why {
					t.Errorf("why  %s\nwant %s", why, test.why)
				}
			}
		})
	}
}

func TestExplain(t *testing.T) {
	l := reread(t, sample(t, []int{0, 1}))
	e := l.Explain(key(t, "markupsafe 2.1.5", cp312, "setuptools>=62", "wheel"))
	want := []string{`pinned for "setuptools>=61"`, `required are "setuptools>=62", "wheel"`}
	if e == nil || e.Line != 4 || e.Path != Filename || e.Package != "markupsafe 2.1.5" || !slices.Equal(e.Facts, want) {
		t.Errorf("got %+v", e)
	}
}

// Two targets may need different versions, of which each then finds its own.
func TestTargetsApart(t *testing.T) {
	old, recent := pin("numpy", "1.26", "a", "cp39-cp39-manylinux_2_17_x86_64", "py3-none-any"), pin("numpy", "2", "b", "py3-none-any")
	l := &Lock{}
	for _, add := range []struct {
		target string
		pin    resolve.Pin
	}{{cp39, old}, {arm, old}, {cp312, old}, {cp312, recent}} {
		if err := l.Add(key(t, "x 1", add.target, "numpy"), []resolve.Pin{add.pin}); err != nil {
			t.Fatal(err)
		}
	}
	for target, want := range map[string]string{
		cp39: "numpy-1.26-cp39-cp39-manylinux_2_17_x86_64.whl", arm: "numpy-1.26-py3-none-any.whl", cp312: "numpy-2-py3-none-any.whl",
	} {
		if got := found(reread(t, l), key(t, "x 1", target, "numpy")); got != want {
			t.Errorf("%s: got %s, want %s", target, got, want)
		}
	}
	if got := fmt.Sprint(l.Versions()); got != "map[numpy:2]" {
		t.Errorf("versions are %s", got)
	}
	var kinds []string
	for _, b := range l.Builds() {
		kinds = append(kinds, fmt.Sprint(b.For, b.Pins))
	}
	if want := []string{"[cp312-manylinux_aarch64 cp39-manylinux_x86_64] [numpy 1.26]", "[cp312-manylinux_x86_64] [numpy 2]"}; !slices.Equal(kinds, want) {
		t.Errorf("got %q, want %q", kinds, want)
	}
}

func TestAddRefuses(t *testing.T) {
	direct := pin("setuptools", "75.1.0", "a", "py3-none-any")
	direct.Direct = direct.Files[0].URL
	elsewhere := pin("setuptools", "75.1.0", "a", "py3-none-any")
	elsewhere.Files[0].Index = "internal"
	for want, p := range map[string]resolve.Pin{
		`"setuptools-75.1.0-py3-none-any.whl" is locked with the sha256 ` + strings.Repeat("a", 64) + ", and now has " + strings.Repeat("f", 64): pin("setuptools", "75.1.0", "f", "py3-none-any"),
		`it is locked from the default index, and now comes from the URL "https://example.com/setuptools-75.1.0-py3-none-any.whl"`:               direct,
		`it is locked from the default index, and now comes from the index "internal"`:                                                           elsewhere,
		"it has no files": pin("empty", "1", "a"),
	} {
		l := sample(t, []int{0})
		before := l.Encode()
		err := l.Add(key(t, "another 1", cp312, "setuptools"), []resolve.Pin{p})
		if err == nil || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
		if !bytes.Equal(l.Encode(), before) {
			t.Errorf("%s: the lock has changed", want)
		}
	}
}

func TestPrune(t *testing.T) {
	all := []int{0, 1, 2, 3, 4}
	tests := []struct {
		keep []Key
		want string
	}{
		{nil, ""},
		{[]Key{{Package: "MarkupSafe 2.1.5"}, {Package: "gone 1"}}, "markupsafe 2.1.5"},
		{[]Key{{Package: "markupsafe 2.1.5", Requirements: []string{"setuptools>=62"}}, {Package: "nothing 1", Requirements: []string{}}}, "nothing 1"},
		{[]Key{{Package: "markupsafe 2.1.5", Requirements: []string{"setuptools >=61"}}, {Package: "myproject @ ./libs/x"}}, "markupsafe 2.1.5, myproject @ ./libs/x"},
	}
	for _, test := range tests {
		l := sample(t, all)
		l.Prune(test.keep)
		var left []string
		for _, b := range reread(t, l).Builds() {
			left = append(left, b.Package)
		}
		if got := strings.Join(left, ", "); got != test.want {
			t.Errorf("kept %q, want %q", got, test.want)
		}
	}
}

// A new wheel of a release joins those that are locked.
func TestAddMerges(t *testing.T) {
	first := requiring(pin("numpy", "2", "a", "cp312-cp312-win_amd64"), "x")
	second := requiring(pin("numpy", "2", "b", "cp313-cp313-win_amd64"), "y", "x")
	second.RequiresPython = ">=3.9"
	l := &Lock{}
	for target, p := range map[string]resolve.Pin{"cp312-win_amd64": first, "cp313-win_amd64": second} {
		if err := l.Add(key(t, "x 1", target, "numpy"), []resolve.Pin{p}); err != nil {
			t.Fatal(err)
		}
	}
	for target, want := range map[string]string{
		"cp312-win_amd64": "numpy-2-cp312-cp312-win_amd64.whl", "cp313-win_amd64": "numpy-2-cp313-cp313-win_amd64.whl", "cp311-win_amd64": "-",
	} {
		if got := found(reread(t, l), key(t, "x 1", target, "numpy")); got != want {
			t.Errorf("%s: got %s, want %s", target, got, want)
		}
	}
}
