package toolchain

import (
	"strconv"
	"strings"

	"github.com/ofiuco/ofiuco/target"
)

// machine is what the tools call a processor, and what C makes of it. Its facts are those of Linux.
type machine struct {
	gnu     string // first word of Debian's multiarch triplet
	eabi    string // what follows gnu or musl in it
	zig     string
	rust    string // first word of Rust's triple
	rustABI string // what follows gnu or musl in it
	family  string // Meson's cpu_family
	pointer int    // bytes
	big     bool   // the most significant byte first
	// longDouble is sizeof(long double) with glibc, maxAlign the alignment of max_align_t.
	longDouble, maxAlign int
	oldestGlibc          int // minor version of the oldest that zig has
}

var machines = map[string]machine{
	"x86_64":  {gnu: "x86_64", zig: "x86_64", rust: "x86_64", family: "x86_64", pointer: 8, longDouble: 16, maxAlign: 16, oldestGlibc: 17},
	"i686":    {gnu: "i386", zig: "x86", rust: "i686", family: "x86", pointer: 4, longDouble: 12, maxAlign: 16, oldestGlibc: 17},
	"aarch64": {gnu: "aarch64", zig: "aarch64", rust: "aarch64", family: "aarch64", pointer: 8, longDouble: 16, maxAlign: 16, oldestGlibc: 17},
	"armv7l":  {gnu: "arm", eabi: "eabihf", zig: "arm", rust: "armv7", rustABI: "eabihf", family: "arm", pointer: 4, longDouble: 8, maxAlign: 8, oldestGlibc: 17},
	"ppc64le": {gnu: "powerpc64le", zig: "powerpc64le", rust: "powerpc64le", family: "ppc64", pointer: 8, longDouble: 16, maxAlign: 16, oldestGlibc: 19},
	"s390x":   {gnu: "s390x", zig: "s390x", rust: "s390x", family: "s390x", pointer: 8, big: true, longDouble: 16, maxAlign: 8, oldestGlibc: 17},
	"riscv64": {gnu: "riscv64", zig: "riscv64", rust: "riscv64gc", family: "riscv64", pointer: 8, longDouble: 16, maxAlign: 16, oldestGlibc: 27},
}

// platform is a Linux target in the words of compilers.
type platform struct {
	machine
	arch    string // Target.Arch
	libc    target.Libc
	version string // of Python, "3.11"
}

func platformOf(t target.Target) platform {
	return platform{machines[t.Arch()], t.Arch(), t.Libc(), t.Python()}
}

func (p platform) musl() bool { return p.libc.Name == "musl" }

func (p platform) environment() string {
	if p.musl() {
		return "musl"
	}
	return "gnu"
}

// triplet is Debian's multiarch name ("aarch64-linux-gnu"), which names folders and extension modules.
func (p platform) triplet() string {
	return p.gnu + "-linux-" + p.environment() + p.eabi
}

// compilerPrefix is the triplet that cross compilers' names begin with: Debian's for 32-bit x86 is not its multiarch name.
func (p platform) compilerPrefix() string {
	if p.arch == "i686" {
		return "i686-linux-" + p.environment()
	}
	return p.triplet()
}

// soabiTriplet is the triplet in the names of extension modules. CPython tells musl apart since 3.11 only.
func (p platform) soabiTriplet() string {
	if minor, err := strconv.Atoi(strings.TrimPrefix(p.version, "3.")); err == nil && minor < 11 {
		return p.gnu + "-linux-gnu" + p.eabi
	}
	return p.triplet()
}

func (p platform) rustTriple() string {
	return p.rust + "-unknown-linux-" + p.environment() + p.rustABI
}

// newestGlibc is the newest glibc that zig is asked for, as its minor version: older releases of zig have no newer one, and
// no extension module needs one.
const newestGlibc = 38

// zigTarget is what zig's -target takes ("aarch64-linux-gnu.2.17").
func (p platform) zigTarget() string {
	name := p.zig + "-linux-" + p.environment() + p.eabi
	if p.musl() {
		return name
	}
	return name + ".2." + strconv.Itoa(min(max(p.libc.Minor, p.oldestGlibc), newestGlibc))
}

// debianCompiler is the name of Debian's package of a compiler ("gcc-x86-64-linux-gnu").
func (p platform) debianCompiler(language string) string {
	return language + "-" + strings.ReplaceAll(p.compilerPrefix(), "_", "-")
}

// String is as messages say it: "aarch64 Linux", "aarch64 Linux with musl".
func (p platform) String() string {
	if p.musl() {
		return p.arch + " Linux with musl"
	}
	return p.arch + " Linux"
}

// makes tells whether a compiler that calls its platform by the triple makes programs for p. A triple that names no libc
// passes for both.
func (p platform) makes(triple string) bool {
	first, rest, _ := strings.Cut(triple, "-")
	if normalArch(first) != p.arch || !strings.Contains(rest, "linux") {
		return false
	}
	return strings.Contains(rest, "musl") == p.musl() || !strings.Contains(rest, "gnu") && !strings.Contains(rest, "musl")
}

// normalArch is a triple's processor as Target.Arch has it.
func normalArch(s string) string {
	switch {
	case s == "amd64":
		return "x86_64"
	case len(s) == 4 && s[0] == 'i' && s[2:] == "86", s == "x86":
		return "i686"
	case s == "arm64":
		return "aarch64"
	case strings.HasPrefix(s, "arm"), strings.HasPrefix(s, "thumb"):
		return "armv7l"
	case s == "powerpc64le":
		return "ppc64le"
	case s == "riscv64gc":
		return "riscv64"
	}
	return s
}

// macOSVersion is the oldest macOS that the target's wheels may need: "14.0" of cp312-macosx_14_0_arm64.
func macOSVersion(t target.Target) (string, bool) {
	_, tag, _ := strings.Cut(t.String(), "-")
	words := strings.SplitN(tag, "_", 4)
	if t.OS() != target.MacOS || len(words) < 4 {
		return "", false
	}
	return words[1] + "." + words[2], true
}
