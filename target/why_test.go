package target

import "testing"

func TestWhy(t *testing.T) {
	for _, test := range []struct {
		target, set string
		kind        MismatchKind
		detail      string
	}{
		// What fits has no mismatch.
		{"cp312-manylinux_2_28_x86_64", "py3-none-any", 0, ""},
		{"cp312-manylinux_2_28_x86_64", "cp311.cp312-cp311.cp312-manylinux_2_28_x86_64", 0, ""},

		{"cp312-manylinux_2_28_x86_64", "cp311-cp311-manylinux_2_28_x86_64", MismatchPython, "cp311 is not cp312"},
		{"cp312-manylinux_2_28_x86_64", "pp311-pypy311_pp73-win_amd64", MismatchPython, "pp311 is not cp312"},
		{"cp312-manylinux_2_28_x86_64", "py2-none-any", MismatchPython, "py2 is not py3"},
		{"cp312-manylinux_2_28_x86_64", "py313-none-any", MismatchPython, "py313 > py312"},
		{"cp312-manylinux_2_28_x86_64", "cp3-none-any", MismatchPython, "cp3 is not cp312"},
		{"cp313t-manylinux_2_28_x86_64", "cp312-cp312-manylinux_2_28_x86_64", MismatchPython, "cp312 is not cp313t"},
		{"pp310-manylinux_2_28_x86_64", "cp310-cp310-manylinux_2_28_x86_64", MismatchPython, "cp310 is not pp310"},
		{"pp310-manylinux_2_28_x86_64", "cp39-abi3-manylinux_2_28_x86_64", MismatchPython, "cp39 is not pp310"},
		// The same implementation is nearer than another one, whatever the order in the name.
		{"cp312-manylinux_2_28_x86_64", "pp311.cp311-none-manylinux_2_28_x86_64", MismatchPython, "cp311 is not cp312"},

		{"cp312-manylinux_2_28_x86_64", "cp313-abi3-manylinux_2_28_x86_64", MismatchABI, "abi3 from cp313 on"},
		{"cp312-manylinux_2_28_x86_64", "cp315-abi3t-manylinux_2_28_x86_64", MismatchABI, "abi3t is for free-threaded builds only"},
		{"cp314t-manylinux_2_28_x86_64", "cp315-abi3t-manylinux_2_28_x86_64", MismatchABI, "abi3t from cp315 on"},
		{"cp313t-manylinux_2_28_x86_64", "cp38-abi3-manylinux_2_28_x86_64", MismatchABI, "abi3 is not for free-threaded builds"},
		{"cp313t-manylinux_2_28_x86_64", "cp313-cp313-manylinux_2_28_x86_64", MismatchABI, "cp313 is not cp313t"},
		{"cp313-manylinux_2_28_x86_64", "cp313-cp313t-manylinux_2_28_x86_64", MismatchABI, "cp313t is not cp313"},
		{"cp312-manylinux_2_28_x86_64", "cp312-cp312d-manylinux_2_28_x86_64", MismatchABI, "cp312d is not cp312"},
		{"pp311-manylinux_2_28_x86_64", "pp311-pypy311_pp73-manylinux_2_28_x86_64", MismatchABI, "pypy311_pp73 is not pypy311_pp80"},
		{"cp312-manylinux_2_28_x86_64", "py3-cp312-manylinux_2_28_x86_64", MismatchABI, "abi cp312 does not go with py3"},

		{"cp311-manylinux_2_26_x86_64", "cp311-cp311-manylinux_2_28_x86_64", MismatchPlatform, "glibc 2.28 > 2.26"},
		{"cp311-manylinux_2_26_aarch64", "cp39-abi3-manylinux_2_34_aarch64", MismatchPlatform, "glibc 2.34 > 2.26"},
		{"cp311-manylinux_2_12_x86_64", "cp311-cp311-manylinux2014_x86_64", MismatchPlatform, "glibc 2.17 > 2.12"},
		{"cp311-manylinux_2_26_x86_64", "cp311-cp311-manylinux_2_31_x86_64.manylinux_2_28_x86_64", MismatchPlatform, "glibc 2.28 > 2.26"},
		{"cp311-manylinux_2_26_x86_64", "cp311-cp311-manylinux_3_0_x86_64", MismatchPlatform, "glibc 3.0 > 2.26"},
		{"cp311-musllinux_1_1_x86_64", "cp311-cp311-musllinux_1_2_x86_64", MismatchPlatform, "musl 1.2 > 1.1"},
		{"cp311-macosx_14_0_arm64", "cp311-cp311-macosx_15_0_arm64", MismatchPlatform, "macOS 15.0 > 14.0"},
		{"cp311-macosx_10_9_x86_64", "cp311-cp311-macosx_10_13_universal2", MismatchPlatform, "macOS 10.13 > 10.9"},
		{"cp311-manylinux_2_28_x86_64", "cp311-cp311-manylinux_2_28_aarch64", MismatchPlatform, "aarch64 is not x86_64"},
		{"cp311-manylinux_2_28_x86_64", "cp311-cp311-linux_armv6l", MismatchPlatform, "armv6l is not x86_64"},
		{"cp311-macosx_14_0_arm64", "cp311-cp311-macosx_11_0_x86_64", MismatchPlatform, "x86_64 is not arm64"},
		{"cp311-macosx_14_0_x86_64", "cp311-cp311-macosx_11_0_arm64", MismatchPlatform, "arm64 is not x86_64"},
		{"cp311-win_amd64", "cp311-cp311-win32", MismatchPlatform, "win32 is not win_amd64"},
		{"cp311-manylinux_2_28_x86_64", "cp311-cp311-musllinux_1_2_x86_64", MismatchPlatform, "musllinux is not glibc"},
		{"cp311-musllinux_1_2_x86_64", "cp311-cp311-manylinux2014_x86_64", MismatchPlatform, "manylinux is not musl"},
		{"cp311-manylinux_2_28_x86_64", "cp311-cp311-win_amd64", MismatchPlatform, "win_amd64 is not linux"},
		{"cp311-win_amd64", "cp311-cp311-manylinux_2_28_x86_64", MismatchPlatform, "manylinux_2_28_x86_64 is not windows"},
		{"cp311-macosx_14_0_arm64", "cp311-cp311-win_amd64", MismatchPlatform, "win_amd64 is not macos"},
		{"cp311-manylinux_2_28_x86_64", "cp311-cp311-emscripten_3_wasm32", MismatchPlatform, "emscripten_3_wasm32 is not manylinux_2_28_x86_64"},
		{"cp311-macosx_14_0_arm64", "cp311-cp311-macosx_13_3_arm64", MismatchPlatform, "no arm64 macOS has the tag macosx_13_3_arm64"},
		{"cp311-manylinux_2_28_aarch64", "cp311-cp311-manylinux1_aarch64", MismatchPlatform, "no aarch64 glibc has the tag manylinux1_aarch64"},
		{"cp311-manylinux_2_28_x86_64", "cp311-cp311-any", MismatchPlatform, "any does not go with cp311-cp311"},

		// Several reasons: the one nearest to fitting.
		{"cp311-manylinux_2_26_x86_64", "cp311-cp311-win_amd64.manylinux_2_28_x86_64.manylinux_2_17_aarch64", MismatchPlatform, "glibc 2.28 > 2.26"},
		{"cp311-manylinux_2_26_x86_64", "cp310.cp311-cp310.cp311-manylinux_2_28_x86_64", MismatchPlatform, "glibc 2.28 > 2.26"},
		{"cp311-manylinux_2_26_x86_64", "cp310-cp310-macosx_11_0_arm64", MismatchPython, "cp310 is not cp311"},
	} {
		target, err := Parse(test.target)
		if err != nil {
			t.Fatal(err)
		}
		if got := target.Why(parseTags(t, test.set)); got.Kind != test.kind || got.Detail != test.detail {
			t.Errorf("%s: Why(%s) = %s, %q; want %s, %q", test.target, test.set, got.Kind, got.Detail, test.kind, test.detail)
		}
	}
	target, err := Parse("cp312-win_amd64")
	if err != nil {
		t.Fatal(err)
	}
	if got := target.Why(nil); got != (Mismatch{}) {
		t.Errorf("Why(nil) = %v", got)
	}
}
