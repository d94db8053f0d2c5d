package target

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/ofiuco/ofiuco/pypa/filename"
	"github.com/ofiuco/ofiuco/pypa/tag"
)

func TestParse(t *testing.T) {
	for _, test := range []struct{ target, want string }{
		{"cp312-manylinux_2_34_aarch64", "cp312-manylinux_2_34_aarch64"},
		{"cp38-manylinux_2_5_i686", "cp38-manylinux_2_5_i686"},
		{"cp313t-musllinux_1_2_x86_64", "cp313t-musllinux_1_2_x86_64"},
		{"cp315-manylinux_2_39_riscv64", "cp315-manylinux_2_39_riscv64"},
		{"pp310-manylinux_2_28_x86_64", "pp310-manylinux_2_28_x86_64"},
		{"cp311-macosx_14_0_arm64", "cp311-macosx_14_0_arm64"},
		{"cp311-macosx_14_6_arm64", "cp311-macosx_14_0_arm64"},
		{"cp311-macosx_10_13_x86_64", "cp311-macosx_10_13_x86_64"},
		{"cp312-win_amd64", "cp312-win_amd64"},
		{"cp312-win_arm64", "cp312-win_arm64"},
		{"cp312-win32", "cp312-win32"},
		{"cp39-manylinux1_x86_64", "cp39-manylinux_2_5_x86_64"},
		{"cp39-manylinux2010_i686", "cp39-manylinux_2_12_i686"},
		{"cp39-manylinux2014_ppc64le", "cp39-manylinux_2_17_ppc64le"},
		{"aws-lambda-python3.12-arm64", "aws-lambda-python3.12-arm64"},
	} {
		target, err := Parse(test.target)
		if err != nil {
			t.Errorf("Parse(%q): %v", test.target, err)
			continue
		}
		if target.String() != test.want {
			t.Errorf("Parse(%q) = %s, want %s", test.target, target, test.want)
		}
		if again, err := Parse(target.String()); err != nil || again.String() != target.String() {
			t.Errorf("Parse(%q) = %v, %v", target, again, err)
		}
		if !target.PatchAssumed() {
			t.Errorf("Parse(%q): PatchAssumed() = false", test.target)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for target, want := range map[string]string{ // what the error must say
		"":                              "cp312-manylinux_2_34_aarch64",
		"cp312":                         "PYTHON-PLATFORM",
		"cp3-win_amd64":                 "cp38 to cp315",
		"cp027-win_amd64":               "cp38 to cp315",
		"cp37-win_amd64":                "CPython 3.8 to 3.15",
		"cp316-win_amd64":               "CPython 3.8 to 3.15",
		"pp313-win_amd64":               "PyPy 3.8 to 3.12",
		"cp312t-win_amd64":              "free-threaded from 3.13 on",
		"pp311t-win_amd64":              "no free-threaded build",
		"py3-win_amd64":                 "no interpreter tag",
		"cp312-any":                     "no platform tag",
		"cp312-linux_x86_64":            "does not say which libc",
		"cp312-manylinux_2_28_mips":     "unknown architecture",
		"cp312-manylinux_2_4_x86_64":    "manylinux_2_5",
		"cp312-manylinux_2_16_aarch64":  "manylinux_2_17",
		"cp312-manylinux1_aarch64":      "manylinux_2_17",
		"cp312-manylinux_3_1_x86_64":    "no glibc",
		"cp312-manylinux_2_100_x86_64":  "no glibc",
		"cp312-manylinux_2_028_x86_64":  "no platform tag",
		"cp312-manylinux_2_28":          "no platform tag",
		"cp312-musllinux_2_0_x86_64":    "no musl",
		"cp312-macosx_10_15_arm64":      "macosx_11_0",
		"cp312-macosx_10_3_x86_64":      "macosx_10_4",
		"cp312-macosx_9_0_x86_64":       "macosx_10_4",
		"cp312-macosx_14_0_universal2":  "unknown architecture",
		"cp312-win_amd64-x":             "no platform tag",
		"cp312-win_ia64":                "no platform tag",
		"aws-lambda-python3.7-x86_64":   "aws-lambda-python3.12-arm64",
		"aws-lambda-python3.12-aarch64": "aws-lambda-python3.12-arm64",
		"cp312-\x1b[31m":                `"\x1b[31m"`,
	} {
		got, err := Parse(target)
		if err == nil {
			t.Errorf("Parse(%q) = %s, want an error", target, got)
		} else if !strings.Contains(err.Error(), want) || strings.ContainsAny(err.Error(), "\x1b\n") {
			t.Errorf("Parse(%q): %v; want it to say %q", target, err, want)
		}
	}
}

func TestNew(t *testing.T) {
	for _, test := range []struct{ python, platform, want, full string }{
		{"3.12", "linux/arm64", "cp312-manylinux_2_28_aarch64", "3.12.16"},
		{"3.12.4", "linux/amd64", "cp312-manylinux_2_28_x86_64", "3.12.4"},
		{"3.13t", "linux/arm64/v8", "cp313t-manylinux_2_28_aarch64", "3.13.18"},
		{"3.13+freethreaded", "linux/arm/v7", "cp313t-manylinux_2_28_armv7l", "3.13.18"},
		{"cp312", "linux/386", "cp312-manylinux_2_28_i686", "3.12.16"},
		{"cp313t", "linux/ppc64le", "cp313t-manylinux_2_28_ppc64le", "3.13.18"},
		{"pypy3.10", "linux/s390x", "pp310-manylinux_2_28_s390x", "3.10.16"},
		{"pp311", "linux/riscv64", "pp311-manylinux_2_39_riscv64", "3.11.17"},
		{"cpython3.11.9", "darwin/arm64", "cp311-macosx_13_0_arm64", "3.11.9"},
		{"cpython@3.11", "darwin/amd64", "cp311-macosx_13_0_x86_64", "3.11.18"},
		{"python3.9", "windows/amd64", "cp39-win_amd64", "3.9.25"},
		{"3.8", "windows/arm64", "cp38-win_arm64", "3.8.20"},
		{"3.14.0rc3", "linux/x86_64", "cp314-manylinux_2_28_x86_64", "3.14.0rc3"},

		{"3.12", "linux", "cp312-manylinux_2_28_x86_64", "3.12.16"},
		{"3.12", "macos", "cp312-macosx_13_0_arm64", "3.12.16"},
		{"3.12", "windows", "cp312-win_amd64", "3.12.16"},
		{"3.12", "aarch64-unknown-linux-gnu", "cp312-manylinux_2_28_aarch64", "3.12.16"},
		{"3.12", "x86_64-unknown-linux-musl", "cp312-musllinux_1_2_x86_64", "3.12.16"},
		{"3.12", "armv7-unknown-linux-gnueabihf", "cp312-manylinux_2_28_armv7l", "3.12.16"},
		{"3.12", "armv7-unknown-linux-musleabihf", "cp312-musllinux_1_2_armv7l", "3.12.16"},
		{"3.12", "powerpc64le-unknown-linux-gnu", "cp312-manylinux_2_28_ppc64le", "3.12.16"},
		{"3.12", "riscv64gc-unknown-linux-gnu", "cp312-manylinux_2_39_riscv64", "3.12.16"},
		{"3.12", "aarch64-apple-darwin", "cp312-macosx_13_0_arm64", "3.12.16"},
		{"3.12", "x86_64-apple-darwin", "cp312-macosx_13_0_x86_64", "3.12.16"},
		{"3.12", "x86_64-pc-windows-msvc", "cp312-win_amd64", "3.12.16"},
		{"3.12", "aarch64-pc-windows-msvc", "cp312-win_arm64", "3.12.16"},
		{"3.12", "i686-pc-windows-msvc", "cp312-win32", "3.12.16"},
		{"3.12", "x86_64-manylinux_2_28", "cp312-manylinux_2_28_x86_64", "3.12.16"},
		{"3.12", "aarch64-manylinux2014", "cp312-manylinux_2_17_aarch64", "3.12.16"},

		{"3.12", "manylinux_2_34_aarch64", "cp312-manylinux_2_34_aarch64", "3.12.16"},
		{"3.12", "manylinux2014_x86_64", "cp312-manylinux_2_17_x86_64", "3.12.16"},
		{"3.12", "musllinux_1_1_aarch64", "cp312-musllinux_1_1_aarch64", "3.12.16"},
		{"3.12", "macosx_11_0_arm64", "cp312-macosx_11_0_arm64", "3.12.16"},
		{"3.12", "win32", "cp312-win32", "3.12.16"},
	} {
		target, err := New(test.python, test.platform)
		if err != nil {
			t.Errorf("New(%q, %q): %v", test.python, test.platform, err)
			continue
		}
		if target.String() != test.want || target.FullPython() != test.full {
			t.Errorf("New(%q, %q) = %s with %s, want %s with %s", test.python, test.platform, target, target.FullPython(), test.want, test.full)
		}
	}
}

func TestNewRefuses(t *testing.T) {
	for _, test := range []struct{ python, platform, want string }{
		{"", "linux/arm64", "want 3.12, 3.12.4"},
		{"3", "linux/arm64", "want 3.12"},
		{"2.7", "linux/arm64", "want 3.12"},
		{"3.7", "linux/arm64", "CPython 3.8 to 3.15"},
		{"3.99", "linux/arm64", "CPython 3.8 to 3.15"},
		{"3.12t", "linux/arm64", "free-threaded from 3.13 on"},
		{"3.012", "linux/arm64", "want 3.12"},
		{"3.12.", "linux/arm64", "want 3.12"},
		{"3.12.x", "linux/arm64", "want 3.12"},
		{"3.12.1.2", "linux/arm64", "want 3.12"},
		{"3.12.1dev1", "linux/arm64", "want 3.12"},
		{">=3.12", "linux/arm64", "want 3.12"},
		{"jython3.12", "linux/arm64", "want 3.12"},
		{"3.12", "", "OCI's words"},
		{"3.12", "linux/mips64", "OCI's words"},
		{"3.12", "plan9/amd64", "OCI's words"},
		{"3.12", "darwin/386", "OCI's words"},
		{"3.12", "windows/s390x", "OCI's words"},
		{"3.12", "wasm32-unknown-unknown", "OCI's words"},
		{"3.12", "aarch64-unknown-linux-gnueabihf", "OCI's words"},
		{"3.12", "armv7-unknown-linux-gnu", "OCI's words"},
		{"3.12", "linux_x86_64", "does not say which libc"},
		{"3.12", "aarch64-manylinux_2_12", "manylinux_2_17"},
	} {
		got, err := New(test.python, test.platform)
		if err == nil {
			t.Errorf("New(%q, %q) = %s, want an error", test.python, test.platform, got)
		} else if !strings.Contains(err.Error(), test.want) {
			t.Errorf("New(%q, %q): %v; want it to say %q", test.python, test.platform, err, test.want)
		}
	}
}

func TestWithPython(t *testing.T) {
	for _, test := range []struct{ target, python, full string }{ // full "" is an error
		{"cp312-win_amd64", "3.12.4", "3.12.4"},
		{"cp312-win_amd64", "3.12", "3.12.16"},
		{"cp312-win_amd64", "cp312", "3.12.16"},
		{"cp313t-win_amd64", "3.13.1", "3.13.1"},
		{"cp313t-win_amd64", "3.13.1t", "3.13.1"},
		{"pp311-win_amd64", "3.11.15", "3.11.15"},
		{"aws-lambda-python3.12-arm64", "3.12.11", "3.12.11"},
		{"cp312-win_amd64", "3.11.4", ""},
		{"cp313-win_amd64", "3.13.1t", ""},
		{"cp311-win_amd64", "pypy3.11", ""},
		{"cp312-win_amd64", "nonsense", ""},
	} {
		target, err := Parse(test.target)
		if err != nil {
			t.Fatal(err)
		}
		got, err := target.WithPython(test.python)
		if (err == nil) != (test.full != "") {
			t.Errorf("%s with %q: %v, want %q", test.target, test.python, err, test.full)
		}
		if err != nil {
			continue
		}
		if got.FullPython() != test.full || got.String() != test.target || got.Runtime() != target.Runtime() {
			t.Errorf("%s with %q = %s with %s, want %s", test.target, test.python, got, got.FullPython(), test.full)
		}
	}
}

func TestAccessors(t *testing.T) {
	target, err := New("3.13.1t", "musllinux_1_2_aarch64")
	if err != nil {
		t.Fatal(err)
	}
	if target.Python() != "3.13" || target.PyPy() || !target.FreeThreaded() || target.OS() != Linux || target.Arch() != "aarch64" ||
		target.Libc().String() != "musl 1.2" || target.Runtime() != nil {
		t.Errorf("%s: %s %v %v %s %s %s", target, target.Python(), target.PyPy(), target.FreeThreaded(), target.OS(), target.Arch(), target.Libc())
	}
	if target, err = Parse("pp311-macosx_14_0_arm64"); err != nil {
		t.Fatal(err)
	}
	if !target.PyPy() || target.FreeThreaded() || target.OS() != MacOS || target.Arch() != "aarch64" || target.Libc() != (Libc{}) {
		t.Errorf("%s: %v %v %s %s %s", target, target.PyPy(), target.FreeThreaded(), target.OS(), target.Arch(), target.Libc())
	}
}

// A PyPy older than version 8 has another ABI, so that the full version decides which wheels fit.
func TestPyPyABI(t *testing.T) {
	for python, want := range map[string]string{
		"pypy3.11": "pypy311_pp80", "pypy3.11.16": "pypy311_pp80", "pypy3.11.15": "pypy311_pp73", "pypy3.11.11": "pypy311_pp73",
		"pypy3.11.99": "pypy311_pp80", "pypy3.10": "pypy310_pp73",
	} {
		target, err := New(python, "linux/amd64")
		if err != nil {
			t.Fatal(err)
		}
		if got := target.Tags()[0].ABI; got != want {
			t.Errorf("%s has the ABI %s, want %s", python, got, want)
		}
	}
}

// choose is the best wheel of a release on a target, "" when none fits.
func choose(t *testing.T, name string, wheels ...string) string {
	t.Helper()
	target, err := Parse(name)
	if err != nil {
		t.Fatal(err)
	}
	if places := order(t, target, wheels); len(places) > 0 {
		return wheels[places[0]]
	}
	return ""
}

// The predecessor's bugs 2, 7, 8, 9 and 10 of its list, as far as tags and targets can have them.
func TestBugsOfThePredecessor(t *testing.T) {
	// 2: a marker on aarch64 must hold on Lambda arm64 (bug: arm64), one on AMD64 on Windows (bug: x86_64).
	for name, want := range map[string]string{
		"aws-lambda-python3.12-arm64": "aarch64", "cp312-macosx_14_0_arm64": "arm64", "cp312-win_amd64": "AMD64",
	} {
		target, err := Parse(name)
		if err != nil {
			t.Fatal(err)
		}
		if got := target.Environment().PlatformMachine; got != want {
			t.Errorf("%s: platform_machine is %q, want %q", name, got, want)
		}
	}
	// 7: abi3 wheels keep their minimum, and are not for free-threaded builds.
	cryptography := []string{
		"cryptography-46.0.3-cp311-abi3-manylinux_2_28_x86_64.whl", "cryptography-46.0.3-cp38-abi3-manylinux_2_28_x86_64.whl",
		"cryptography-46.0.3-cp314-cp314t-manylinux_2_28_x86_64.whl",
	}
	for name, want := range map[string]string{
		"cp312-manylinux_2_28_x86_64": cryptography[0], "cp311-manylinux_2_28_x86_64": cryptography[0],
		"cp310-manylinux_2_28_x86_64": cryptography[1], "cp39-manylinux_2_28_x86_64": cryptography[1],
		"cp314t-manylinux_2_28_x86_64": cryptography[2], "cp313t-manylinux_2_28_x86_64": "",
	} {
		if got := choose(t, name, cryptography...); got != want {
			t.Errorf("%s takes %q, want %q", name, got, want)
		}
	}
	// 8: glibc is the target's, and a wheel that needs a newer one fits nowhere rather than being taken all the same.
	for name, want := range map[string]string{
		"aws-lambda-python3.11-arm64": "", "aws-lambda-python3.12-arm64": "a-1-cp38-abi3-manylinux_2_28_aarch64.whl",
		"cp312-musllinux_1_2_aarch64": "",
	} {
		if got := choose(t, name, "a-1-cp38-abi3-manylinux_2_28_aarch64.whl"); got != want {
			t.Errorf("%s takes %q, want %q", name, got, want)
		}
	}
	// 9: a platform wheel goes before a pure one.
	if got := choose(t, "cp312-manylinux_2_28_x86_64", "a-1-py3-none-any.whl", "a-1-cp312-cp312-manylinux2014_x86_64.whl"); !strings.Contains(got, "cp312") {
		t.Errorf("%q was taken, want the platform wheel", got)
	}
	// 10: build tags, linux_x86_64 beside manylinux, py39-none-any alone.
	for want, wheels := range map[string][]string{
		"a-1-2-py3-none-any.whl":             {"a-1-py3-none-any.whl", "a-1-2-py3-none-any.whl", "a-1-1-py3-none-any.whl"},
		"a-1-cp312-cp312-linux_x86_64.whl":   {"a-1-cp312-cp312-manylinux_2_28_x86_64.whl", "a-1-cp312-cp312-linux_x86_64.whl"},
		"a-1-py39-none-any.whl":              {"a-1-py39-none-any.whl"},
		"a-1-py310-none-any.whl":             {"a-1-py39-none-any.whl", "a-1-py310-none-any.whl", "a-1-py313-none-any.whl"},
		"a-1-py3-none-manylinux1_x86_64.whl": {"a-1-py3-none-any.whl", "a-1-py3-none-manylinux1_x86_64.whl", "a-1-cp312-cp312-linux_armv6l.whl"},
	} {
		if got := choose(t, "cp312-manylinux_2_28_x86_64", wheels...); got != want {
			t.Errorf("%q was taken of %q, want %q", got, wheels, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, name := range append(slices.Clone(choosers), Runtimes()...) {
		f.Add(name, "cp312-cp312-manylinux_2_28_x86_64.manylinux2014_x86_64")
	}
	f.Add("cp312-linux_x86_64", "py2.py3-none-any")
	f.Add("cp312-macosx_99_99_x86_64", "cp313-abi3.abi3t-macosx_11_2_universal2")
	f.Fuzz(func(t *testing.T, name, set string) {
		target, err := Parse(name)
		if err != nil {
			return
		}
		if again, err := Parse(target.String()); err != nil || again.String() != target.String() {
			t.Fatalf("Parse(%q) = %s, which parses as %v, %v", name, target, again, err)
		}
		tags, err := tag.Parse(set)
		if err != nil {
			return
		}
		_, fits := target.Rank(tags)
		if why := target.Why(tags); (why == Mismatch{}) != fits || !fits && (why.Kind == 0 || why.Detail == "") {
			t.Fatalf("%s: Why(%q) = %+v, but it fits: %v", target, set, why, fits)
		}
	})
}

func FuzzNew(f *testing.F) {
	for _, seed := range [][2]string{
		{"3.12", "linux/arm64"}, {"3.13.1t", "aarch64-apple-darwin"}, {"pypy3.11.4", "x86_64-manylinux_2_28"},
		{"cp315", "manylinux2014_i686"}, {"cpython@3.14.0rc1+freethreaded", "windows"}, {"3.12.4+", "linux_x86_64"},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, python, platform string) {
		target, err := New(python, platform)
		if err != nil {
			return
		}
		again, err := Parse(target.String())
		if err != nil || again.String() != target.String() {
			t.Fatalf("New(%q, %q) = %s, which parses as %v, %v", python, platform, target, again, err)
		}
		if with, err := again.WithPython(python); err != nil || !maps.Equal(fields(with.Environment()), fields(target.Environment())) {
			t.Fatalf("New(%q, %q): WithPython gives another environment (%v)", python, platform, err)
		}
		if rank, ok := target.RankSet("py3-none-any"); !ok || rank == 0 {
			t.Fatalf("%s: py3-none-any has rank %d, %v", target, rank, ok)
		}
	})
}

// parseTags are the tags of a wheel whose file name ends in the compressed set.
func parseTags(t *testing.T, sets string) []tag.Tag {
	t.Helper()
	wheel, err := filename.ParseWheel("a-1-" + sets + ".whl")
	if err != nil {
		t.Fatal(err)
	}
	return wheel.Tags
}
