package toolchain

import (
	"strings"
	"testing"

	"github.com/ofiuco/ofiuco/target"
)

func TestRelease(t *testing.T) {
	for version, want := range map[string]string{
		"aarch64-linux-gnu-gcc (Debian 12.2.0-14) 12.2.0\nCopyright": "12.2.0",
		"gcc (GCC) 7.3.1 20180712 (Red Hat 7.3.1-17)":                "7.3.1",
		"x86_64-linux-gnu-gcc (Ubuntu 13.2.0-23ubuntu4) 13.2.0":      "13.2.0",
		"Debian clang version 14.0.6\nTarget: x86_64":                "14.0.6",
		"Apple clang version 15.0.0 (clang-1500.3.9.4)":              "15.0.0",
		"gcc (Alpine 13.2.1_git20231014) 13.2.1 20231014\n":          "13.2.1",
		"": "", "words only": "",
	} {
		if got := release(version); got != want {
			t.Errorf("release(%q) = %q, want %q", version, got, want)
		}
	}
}

func TestPlatforms(t *testing.T) {
	for name, want := range map[string]string{
		"cp311-manylinux_2_17_aarch64": "aarch64-linux-gnu aarch64-linux-gnu aarch64-linux-gnu aarch64-linux-gnu.2.17 aarch64-unknown-linux-gnu",
		"cp310-musllinux_1_2_aarch64":  "aarch64-linux-musl aarch64-linux-musl aarch64-linux-gnu aarch64-linux-musl aarch64-unknown-linux-musl",
		"cp311-musllinux_1_2_armv7l":   "arm-linux-musleabihf arm-linux-musleabihf arm-linux-musleabihf arm-linux-musleabihf armv7-unknown-linux-musleabihf",
		"cp312-manylinux_2_5_i686":     "i386-linux-gnu i686-linux-gnu i386-linux-gnu x86-linux-gnu.2.17 i686-unknown-linux-gnu",
		"cp312-manylinux_2_17_ppc64le": "powerpc64le-linux-gnu powerpc64le-linux-gnu powerpc64le-linux-gnu powerpc64le-linux-gnu.2.19 powerpc64le-unknown-linux-gnu",
		"cp312-manylinux_2_90_s390x":   "s390x-linux-gnu s390x-linux-gnu s390x-linux-gnu s390x-linux-gnu.2.38 s390x-unknown-linux-gnu",
		"cp312-musllinux_1_2_riscv64":  "riscv64-linux-musl riscv64-linux-musl riscv64-linux-musl riscv64-linux-musl riscv64gc-unknown-linux-musl",
	} {
		parsed, err := target.Parse(name)
		if err != nil {
			t.Fatal(err)
		}
		p := platformOf(parsed)
		got := strings.Join([]string{p.triplet(), p.compilerPrefix(), p.soabiTriplet(), p.zigTarget(), p.rustTriple()}, " ")
		if got != want {
			t.Errorf("%s:\n got %s\nwant %s", name, got, want)
		}
		if !p.makes(p.compilerPrefix()) || !p.makes(p.triplet()) || !p.makes(p.rustTriple()) {
			t.Errorf("%s: not made by the compiler of that name", name)
		}
	}
}

func TestMakes(t *testing.T) {
	parsed, err := target.Parse("cp311-manylinux_2_17_x86_64")
	if err != nil {
		t.Fatal(err)
	}
	for triple, want := range map[string]bool{
		"x86_64-linux-gnu": true, "x86_64-redhat-linux": true, "x86_64-pc-linux-gnu": true, "x86_64-alpine-linux-musl": false,
		"x86_64-linux-musl": false, "aarch64-linux-gnu": false, "x86_64-w64-mingw32": false, "x86_64-apple-darwin23": false, "i686-linux-gnu": false, "": false,
	} {
		if got := platformOf(parsed).makes(triple); got != want {
			t.Errorf("makes(%q) = %v", triple, got)
		}
	}
}

func TestMacOSVersion(t *testing.T) {
	for name, want := range map[string]string{
		"cp311-macosx_14_0_arm64": "14.0", "cp39-macosx_10_16_x86_64": "10.16", "cp311-manylinux_2_17_x86_64": "", "aws-lambda-python3.11-arm64": "",
	} {
		parsed, err := target.Parse(name)
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := macOSVersion(parsed); got != want || ok != (want != "") {
			t.Errorf("%s: %q, %v", name, got, ok)
		}
	}
}

// FuzzRetarget changes each line that decides a known name, and no other.
func FuzzRetarget(f *testing.F) {
	f.Add("#define SIZEOF_LONG 8\n/* #undef WORDS_BIGENDIAN */\n# ifndef WORDS_BIGENDIAN\n#  define WORDS_BIGENDIAN 1\n#define HAVE_GCC_ASM_FOR_X64 1\n#define HAVE_FORK 1\n")
	f.Fuzz(func(t *testing.T, header string) {
		facts := map[string]string{"SIZEOF_LONG": "4", "WORDS_BIGENDIAN": "1", "HAVE_GCC_ASM_FOR_X64": ""}
		got := string(retarget([]byte(header), facts))
		if again := string(retarget([]byte(got), facts)); again != got {
			t.Fatalf("changed again: %q to %q", got, again)
		}
		before, after := strings.Split(header, "\n"), strings.Split(got, "\n")
		if len(before) != len(after) {
			t.Fatalf("%d lines became %d", len(before), len(after))
		}
		for i, line := range after {
			known := line == "#define SIZEOF_LONG 4" || line == "#define WORDS_BIGENDIAN 1" || line == "/* #undef HAVE_GCC_ASM_FOR_X64 */"
			if line != before[i] && !known {
				t.Fatalf("line %q became %q", before[i], line)
			}
		}
	})
}
