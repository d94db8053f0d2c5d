package target

import (
	"fmt"
	"strings"
)

// What a platform word means that names no version: what uv 0.13.9 takes it for, so that one word selects
// the same wheels in both tools.
const (
	// DefaultGlibc is the minor version of glibc 2: 2.28, of RHEL 8 and Debian 10.
	DefaultGlibc = 28
	// DefaultGlibcRISCV is DefaultGlibc for riscv64, whose manylinux images begin with glibc 2.39.
	DefaultGlibcRISCV = 39
	// DefaultMusl is the minor version of musl 1: 1.2, of Alpine 3.13.
	DefaultMusl = 2
	// DefaultMacOS is the major version of macOS, on either architecture.
	DefaultMacOS = 13
)

const platformForms = "want OCI's words (linux/amd64, linux/arm64, darwin/arm64, windows/amd64), " +
	"a triple (aarch64-unknown-linux-gnu, x86_64-manylinux_2_28, aarch64-apple-darwin, x86_64-pc-windows-msvc) " +
	"or a platform tag (manylinux_2_28_aarch64, musllinux_1_2_x86_64, macosx_14_0_arm64, win_amd64)"

// parsePlatformWord reads --platform.
func parsePlatformWord(s string) (platform, error) {
	if _, isTag := readPlatformTag(s); isTag {
		return parsePlatform(s)
	}
	p, ok := parseOCI(s)
	if !ok {
		p, ok = parseTriple(s)
	}
	if !ok {
		return platform{}, fmt.Errorf("%.100q is no platform: %s", s, platformForms)
	}
	return p, p.check(s)
}

// ociArchs are the architectures of OCI image indexes (GOARCH with its variant) in the words of Linux,
// with the other spellings that container tools take for them.
var ociArchs = map[string]string{
	"amd64": "x86_64", "x86_64": "x86_64", "amd64/v1": "x86_64",
	"arm64": "aarch64", "aarch64": "aarch64", "arm64/v8": "aarch64",
	"arm": "armv7l", "arm/v7": "armv7l",
	"386": "i686", "ppc64le": "ppc64le", "s390x": "s390x", "riscv64": "riscv64",
}

// parseOCI reads "linux/arm64": OS/ARCH or OS/ARCH/VARIANT.
func parseOCI(s string) (platform, bool) {
	system, arch, found := strings.Cut(s, "/")
	arch, known := ociArchs[arch]
	if !found || !known {
		return platform{}, false
	}
	switch system {
	case "linux":
		return newest(Linux, glibc, arch)
	case "darwin", "macos":
		return newest(MacOS, noLibc, arch)
	case "windows":
		return newest(Windows, noLibc, arch)
	}
	return platform{}, false
}

// tripleArchs are the architectures of Rust's triples in the words of Linux.
var tripleArchs = map[string]string{
	"x86_64": "x86_64", "i686": "i686", "aarch64": "aarch64", "arm64": "aarch64",
	"armv7": "armv7l", "armv7l": "armv7l", "powerpc64le": "ppc64le", "ppc64le": "ppc64le",
	"s390x": "s390x", "riscv64": "riscv64", "riscv64gc": "riscv64",
}

// parseTriple reads Rust's target triples, uv's short words for three of them, and uv's
// ARCH-manylinux_2_N.
func parseTriple(s string) (platform, bool) {
	switch s {
	case "linux":
		s = "x86_64-unknown-linux-gnu"
	case "macos":
		s = "aarch64-apple-darwin"
	case "windows":
		s = "x86_64-pc-windows-msvc"
	}
	word, system, _ := strings.Cut(s, "-")
	arch, known := tripleArchs[word]
	if !known {
		return platform{}, false
	}
	switch system {
	case "unknown-linux-gnu", "unknown-linux-gnueabihf", "unknown-linux":
		// Hard-float is the only ABI that manylinux knows on 32-bit ARM (packaging._manylinux), so a
		// triple must say it there, and may not elsewhere.
		if (arch == "armv7l") != (system == "unknown-linux-gnueabihf") {
			return platform{}, false
		}
		return newest(Linux, glibc, arch)
	case "unknown-linux-musl", "unknown-linux-musleabihf":
		if (arch == "armv7l") != (system == "unknown-linux-musleabihf") {
			return platform{}, false
		}
		return newest(Linux, musl, arch)
	case "apple-darwin":
		return newest(MacOS, noLibc, arch)
	case "pc-windows-msvc":
		return newest(Windows, noLibc, arch)
	}
	if strings.HasPrefix(system, "manylinux") || strings.HasPrefix(system, "musllinux") {
		return readPlatformTag(system + "_" + arch)
	}
	return platform{}, false
}

// newest is the platform that a word means which names no version; ok is false where there is no such platform.
func newest(system OS, kind libcKind, arch string) (p platform, ok bool) {
	p = platform{os: system, kind: kind, arch: arch}
	switch {
	case kind == glibc && arch == "riscv64":
		p.major, p.minor = 2, DefaultGlibcRISCV
	case kind == glibc:
		p.major, p.minor = 2, DefaultGlibc
	case kind == musl:
		p.major, p.minor = 1, DefaultMusl
	case system == MacOS:
		p.major = DefaultMacOS
		return p, arch == "x86_64" || arch == "aarch64"
	default:
		return p, arch == "x86_64" || arch == "aarch64" || arch == "i686"
	}
	return p, true
}
