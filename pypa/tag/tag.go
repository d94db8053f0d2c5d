// Package tag holds platform compatibility tags: what a wheel says it runs on, and the ordered list
// of what one Python on one platform accepts (PEP 425, 600, 656, 703, 803).
//
// It is vocabulary: package filename reads tags out of a wheel's name, package target asks for the
// ordered list of its Python and platform. Nothing is ever read from the host. Its rules, all those
// of packaging 26.3:
//
//   - A tag is interpreter-abi-platform, in lower case.
//   - A compressed set ("py2.py3-none-any") is the product of its three parts.
//   - The order is interpreter, then ABI, then platform; native extensions come before pure Python.
//   - On Linux the bare linux_ARCH comes first, then each manylinux_2_N down to the oldest glibc of the
//     architecture, each legacy name (manylinux2014, 2010, 1) right after the version it stands for.
//   - abi3 wheels of older Pythons are accepted by newer ones, but never by free-threaded builds,
//     which take abi3t in the same places.
//
// One divergence: a compressed set of more than MaxSet tags is refused, so that a lock cannot make the
// product of its parts exhaust memory.
package tag

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/ofiuco/ofiuco/internal/pytext"
)

// MaxSet is the largest number of tags in a compressed set; real wheels have about 40 at most.
const MaxSet = 4096

// Tag is one interpreter-abi-platform tag, in lower case.
type Tag struct{ Interpreter, ABI, Platform string }

// String is the tag as file names spell it, "cp312-abi3-win_amd64".
func (t Tag) String() string { return t.Interpreter + "-" + t.ABI + "-" + t.Platform }

// Compare orders tags by interpreter, ABI and platform, as text.
func (t Tag) Compare(u Tag) int {
	return cmp.Or(
		strings.Compare(t.Interpreter, u.Interpreter),
		strings.Compare(t.ABI, u.ABI),
		strings.Compare(t.Platform, u.Platform),
	)
}

// Parse expands a compressed tag set ("py2.py3-none-any"), sorted and without duplicates.
// It accepts what packaging.tags.parse_tag accepts: three components separated by dashes, each one or
// more non-empty parts separated by dots, those of the first being identifiers.
func Parse(s string) ([]Tag, error) {
	interpreters, abis, platforms, err := split(s)
	if err != nil {
		return nil, err
	}
	size := parts(interpreters) * parts(abis) * parts(platforms)
	tags := make([]Tag, 0, size)
	for interpreter, is := nextPart(interpreters); interpreter != ""; interpreter, is = nextPart(is) {
		for abi, as := nextPart(abis); abi != ""; abi, as = nextPart(as) {
			for platform, ps := nextPart(platforms); platform != ""; platform, ps = nextPart(ps) {
				tags = append(tags, Tag{interpreter, abi, platform})
			}
		}
	}
	if size > 1 {
		slices.SortFunc(tags, Tag.Compare)
		tags = slices.Compact(tags)
	}
	return tags, nil
}

// split checks a compressed set and returns its three components.
func split(s string) (interpreters, abis, platforms string, err error) {
	if !utf8.ValidString(s) {
		return "", "", "", fmt.Errorf("tag %.200q is not UTF-8", s)
	}
	interpreters, rest, _ := strings.Cut(s, "-")
	abis, platforms, found := strings.Cut(rest, "-")
	if !found || strings.Contains(platforms, "-") {
		return "", "", "", fmt.Errorf("tag %.200q has not exactly three components", s)
	}
	size := 1
	for _, component := range []string{interpreters, abis, platforms} {
		if component == "" || component[0] == '.' || component[len(component)-1] == '.' || strings.Contains(component, "..") {
			return "", "", "", fmt.Errorf("tag %.200q has an empty component: %.200q", s, component)
		}
		// Each count is bounded before it is multiplied, so that the product cannot overflow.
		if size *= min(parts(component), MaxSet+1); size > MaxSet {
			return "", "", "", fmt.Errorf("tag set %.80q… stands for more than %d tags", s, MaxSet)
		}
	}
	for interpreter := range strings.SplitSeq(interpreters, ".") {
		if !pytext.IsIdentifier(interpreter) {
			return "", "", "", fmt.Errorf("tag %.200q has an invalid interpreter: %.200q", s, interpreter)
		}
	}
	return interpreters, abis, platforms, nil
}

// nextPart is the first part of a component that split has checked, in lower case, and the parts after
// it; both are "" at the end.
func nextPart(component string) (part, rest string) {
	part, rest, _ = strings.Cut(component, ".")
	return pytext.Lower(part), rest
}

// parts is how many parts a component has.
func parts(component string) int { return strings.Count(component, ".") + 1 }
