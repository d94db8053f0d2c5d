package target

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/ofiuco/ofiuco/pypa/tag"
)

// OS is an operating system.
type OS string

// The operating systems.
const (
	Linux   OS = "linux"
	MacOS   OS = "macos"
	Windows OS = "windows"
)

// Libc is the C library of a Linux platform.
type Libc struct {
	Name         string // "glibc" or "musl"
	Major, Minor int
}

func (l Libc) String() string { return fmt.Sprintf("%s %d.%d", l.Name, l.Major, l.Minor) }

// libcKind tells the platform tags of Linux apart.
type libcKind int

const (
	noLibc libcKind = iota // other systems, and the bare linux_ARCH
	glibc
	musl
)

// platform is what a platform tag says.
type platform struct {
	os   OS
	kind libcKind
	// major and minor are the version of the libc or of macOS.
	major, minor int
	// arch is in the words of Linux on every system ("aarch64" for Apple's arm64). A tag that is not
	// a target's own can have others: "universal2", "intel", "armv6l".
	arch string
}

// linuxArchs are the architectures of Linux targets.
var linuxArchs = []string{"x86_64", "i686", "aarch64", "armv7l", "ppc64le", "s390x", "riscv64"}

// maxMinor bounds the minor version of a libc and both numbers of a macOS; none is near it.
const maxMinor = 99

// readPlatformTag reads any platform tag that names a system known here, also those no target can have.
func readPlatformTag(s string) (platform, bool) {
	switch s {
	case "win_amd64":
		return platform{os: Windows, arch: "x86_64"}, true
	case "win_arm64":
		return platform{os: Windows, arch: "aarch64"}, true
	case "win32":
		return platform{os: Windows, arch: "i686"}, true
	}
	family, rest, _ := strings.Cut(s, "_")
	p := platform{os: Linux}
	switch family {
	case "manylinux1":
		p.kind, p.major, p.minor = glibc, 2, 5
	case "manylinux2010":
		p.kind, p.major, p.minor = glibc, 2, 12
	case "manylinux2014":
		p.kind, p.major, p.minor = glibc, 2, 17
	case "manylinux":
		p.kind = glibc
	case "musllinux":
		p.kind = musl
	case "macosx":
		p.os = MacOS
	case "linux":
	default:
		return platform{}, false
	}
	if family == "manylinux" || family == "musllinux" || family == "macosx" {
		major, afterMajor, _ := strings.Cut(rest, "_")
		minor, arch, _ := strings.Cut(afterMajor, "_")
		var majorOK, minorOK bool
		p.major, majorOK = number(major)
		p.minor, minorOK = number(minor)
		if !majorOK || !minorOK {
			return platform{}, false
		}
		rest = arch
	}
	if p.os == MacOS && rest == "arm64" {
		rest = "aarch64"
	}
	p.arch = rest
	return p, rest != ""
}

// parsePlatform reads the platform tag of a target.
func parsePlatform(s string) (platform, error) {
	p, ok := readPlatformTag(s)
	if !ok {
		return platform{}, fmt.Errorf("%.100q is no platform tag: want manylinux_2_N_ARCH, musllinux_1_N_ARCH, "+
			"macosx_N_0_arm64, macosx_N_M_x86_64, win_amd64, win_arm64 or win32", s)
	}
	if p.os == MacOS && p.major > 10 {
		p.minor = 0 // from macOS 11 on, tags know the major version only
	}
	return p, p.check(s)
}

// check refuses the platforms that no wheel can be for; s is what was written.
func (p platform) check(s string) error {
	switch p.os {
	case Linux:
		return p.checkLinux(s)
	case MacOS:
		return p.checkMacOS(s)
	default:
		return nil
	}
}

func (p platform) checkLinux(s string) error {
	oldest := tag.OldestGlibc(p.arch)
	switch {
	case !slices.Contains(linuxArchs, p.arch):
		return fmt.Errorf("%.100q has an unknown architecture %.100q: want one of %s", s, p.arch, strings.Join(linuxArchs, ", "))
	case p.kind == noLibc:
		return fmt.Errorf("%.100q does not say which libc: want manylinux_2_%d_%s (glibc) or musllinux_1_%d_%s (musl)",
			s, DefaultGlibc, p.arch, DefaultMusl, p.arch)
	case p.kind == glibc && (p.major != 2 || p.minor < oldest || p.minor > maxMinor):
		return fmt.Errorf("%.100q has no glibc that wheels are made for: on %s manylinux begins with manylinux_2_%d", s, p.arch, oldest)
	case p.kind == musl && (p.major != 1 || p.minor > maxMinor):
		return fmt.Errorf("%.100q has no musl that wheels are made for: want musllinux_1_1 or later", s)
	}
	return nil
}

func (p platform) checkMacOS(s string) error {
	oldest := [2]int{10, 4} // packaging knows no older one
	switch p.arch {
	case "aarch64":
		oldest = [2]int{11, 0}
	case "x86_64":
	default:
		return fmt.Errorf("%.100q has an unknown architecture %.100q: want arm64 or x86_64", s, p.arch)
	}
	version := [2]int{p.major, p.minor}
	if slices.Compare(version[:], oldest[:]) < 0 || p.major > maxMinor || p.minor > maxMinor {
		return fmt.Errorf("%.100q has no macOS that wheels are made for: arm64 begins with macosx_11_0, x86_64 with macosx_10_4", s)
	}
	return nil
}

// tag is the newest platform tag that the platform can run.
func (p platform) tag() string {
	version := strconv.Itoa(p.major) + "_" + strconv.Itoa(p.minor) + "_"
	switch {
	case p.kind == glibc:
		return "manylinux_" + version + p.arch
	case p.kind == musl:
		return "musllinux_" + version + p.arch
	case p.os == MacOS:
		return "macosx_" + version + p.spelledArch()
	case p.arch == "x86_64":
		return "win_amd64"
	case p.arch == "aarch64":
		return "win_arm64"
	default:
		return "win32"
	}
}

// tags are all platform tags that the platform can run, best first.
func (p platform) tags() []string {
	switch {
	case p.kind == glibc:
		return tag.Glibc(p.minor, p.arch)
	case p.kind == musl:
		return tag.Musl(p.minor, p.arch)
	case p.os == MacOS:
		return tag.MacOS(p.major, p.minor, p.spelledArch())
	default:
		return []string{p.tag()}
	}
}

// spelledArch is the architecture as the platform's own tags spell it.
func (p platform) spelledArch() string {
	if p.os == MacOS && p.arch == "aarch64" {
		return "arm64"
	}
	return p.arch
}

func (p platform) libc() Libc {
	switch p.kind {
	case glibc:
		return Libc{"glibc", p.major, p.minor}
	case musl:
		return Libc{"musl", p.major, p.minor}
	default:
		return Libc{}
	}
}
