package target

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ofiuco/ofiuco/pypa/tag"
)

// Mismatch says why no tag of a wheel fits a target.
type Mismatch struct {
	Kind   MismatchKind
	Detail string // "glibc 2.28 > 2.26", "cp311 is not cp312", "aarch64 is not x86_64"
	Near   int    // how near it is to fitting, among those of its kind: more is nearer
}

// MismatchKind is what of a wheel does not fit: its python, its abi or its platform.
type MismatchKind int

// The kinds, from the farthest miss to the nearest: of a wheel whose Python is wrong, the platform is not asked.
const (
	MismatchPython MismatchKind = iota + 1
	MismatchABI
	MismatchPlatform
)

// String is the kind in one word: "python", "abi" or "platform".
func (k MismatchKind) String() string {
	switch k {
	case MismatchPython:
		return "python"
	case MismatchABI:
		return "abi"
	case MismatchPlatform:
		return "platform"
	default:
		return "none"
	}
}

// Why says what keeps all of tags from fitting: of several reasons the one that is nearest to fitting,
// since it is what could be changed (a newer glibc rather than another operating system). The zero
// Mismatch means that a tag fits, or that there is none.
func (t Target) Why(tags []tag.Tag) Mismatch {
	var best Mismatch
	ordered := t.d.ordered()
	for _, candidate := range tags {
		if _, ok := ordered.Rank(candidate); ok {
			return Mismatch{}
		}
		if m := t.why(ordered, candidate); m.Kind > best.Kind || m.Kind == best.Kind && m.Near > best.Near {
			best = m
		}
	}
	return best
}

func (t Target) why(ordered *tag.Ordered, candidate tag.Tag) Mismatch {
	switch {
	case !ordered.HasPair(candidate.Interpreter, candidate.ABI):
		return t.d.python.why(candidate.Interpreter, candidate.ABI)
	case candidate.Platform == "any":
		return platformMiss(0, "any does not go with %s-%s", candidate.Interpreter, candidate.ABI)
	default:
		return t.d.platform.why(candidate.Platform)
	}
}

// How near a Python or an ABI is.
const (
	otherPython = iota
	sameImplementation
	samePython
)

// why explains an interpreter-abi pair that is not in the list of p.
func (p python) why(interpreter, abi string) Mismatch {
	own := strings.TrimSuffix(p.interpreter(), "t")
	stable := abi == "abi3" || abi == "abi3t"
	minor, isCPython := suffixNumber(interpreter, "cp3")
	if stable && isCPython && !p.pypy {
		switch {
		case p.freeThreaded && abi == "abi3":
			return abiMiss(samePython, "abi3 is not for free-threaded builds")
		case !p.freeThreaded && abi == "abi3t":
			return abiMiss(samePython, "abi3t is for free-threaded builds only")
		case minor > p.minor:
			return abiMiss(samePython, "%s from %s on", abi, interpreter)
		}
	}
	generic := strings.HasPrefix(interpreter, "py")
	minor, isGeneric3 := suffixNumber(interpreter, "py3")
	switch {
	case interpreter == own:
		return abiMiss(samePython, "%s is not %s", abi, p.abi())
	case generic && abi != "none":
		return abiMiss(otherPython, "abi %s does not go with %s", abi, interpreter)
	case isGeneric3 && minor > p.minor:
		return pythonMiss(sameImplementation, "%s > py3%d", interpreter, p.minor)
	case generic:
		return pythonMiss(otherPython, "%s is not py3", interpreter)
	case strings.HasPrefix(interpreter, own[:len("cp")]):
		return pythonMiss(sameImplementation, "%s is not %s", interpreter, p.interpreter())
	default:
		return pythonMiss(otherPython, "%s is not %s", interpreter, p.interpreter())
	}
}

// How near a platform is. Of versions that are too new, the oldest is the nearest.
const (
	otherSystem = iota
	sameSystem
	sameArch
	sameLibc
	nearestVersion = 1 << 20
)

// why explains a platform tag that is not in the list of p.
func (p platform) why(platformTag string) Mismatch {
	wheel, ok := readPlatformTag(platformTag)
	switch {
	case !ok:
		return platformMiss(otherSystem, "%s is not %s", platformTag, p.tag())
	case wheel.os != p.os:
		return platformMiss(otherSystem, "%s is not %s", platformTag, p.os)
	case p.os == Windows:
		return platformMiss(sameSystem, "%s is not %s", platformTag, p.tag())
	case p.os == MacOS && !slices.Contains(macFormats[p.arch], wheel.arch):
		return platformMiss(sameSystem, "%s is not %s", wheel.spelledArch(), p.spelledArch())
	case p.os == Linux && wheel.arch != p.arch:
		return platformMiss(sameSystem, "%s is not %s", wheel.arch, p.arch)
	case wheel.kind != p.kind:
		family, _, _ := strings.Cut(platformTag, "_")
		return platformMiss(sameArch, "%s is not %s", strings.TrimRight(family, "0123456789"), p.libc().Name)
	}
	name := "macOS"
	if p.os == Linux {
		name = p.libc().Name
	}
	if wheel.major > p.major || wheel.major == p.major && wheel.minor > p.minor {
		return platformMiss(nearestVersion-1000*wheel.major-wheel.minor,
			"%s %d.%d > %d.%d", name, wheel.major, wheel.minor, p.major, p.minor)
	}
	return platformMiss(sameLibc, "no %s %s has the tag %s", p.spelledArch(), name, platformTag)
}

// macFormats are the binary formats that a Mac runs, by its architecture.
var macFormats = map[string][]string{
	"aarch64": {"aarch64", "universal2"},
	"x86_64":  {"x86_64", "intel", "fat64", "fat3", "universal2", "universal"},
}

// suffixNumber is the number after prefix, when s is no more than these two.
func suffixNumber(s, prefix string) (n int, ok bool) {
	digits, found := strings.CutPrefix(s, prefix)
	if !found {
		return 0, false
	}
	return number(digits)
}

func pythonMiss(near int, format string, args ...any) Mismatch {
	return Mismatch{MismatchPython, fmt.Sprintf(format, args...), near}
}

func abiMiss(near int, format string, args ...any) Mismatch {
	return Mismatch{MismatchABI, fmt.Sprintf(format, args...), near}
}

func platformMiss(near int, format string, args ...any) Mismatch {
	return Mismatch{MismatchPlatform, fmt.Sprintf(format, args...), near}
}
