package filename

import (
	"cmp"
	"fmt"
	"strings"
)

// maxBuildDigits is how many digits packaging can make a number of: Python's limit for int().
const maxBuildDigits = 4300

// Build is a wheel's build tag; the zero Build is none and sorts first.
type Build struct {
	Number string // decimal, without leading zeros, unbounded
	Suffix string
}

// Compare orders build tags: none first, then by number, then by suffix as text. Of two wheels that
// fit a target equally well, the one with the greater build tag is taken.
func (b Build) Compare(c Build) int {
	return cmp.Or(
		cmp.Compare(len(b.Number), len(c.Number)),
		strings.Compare(b.Number, c.Number),
		strings.Compare(b.Suffix, c.Suffix),
	)
}

// String is the build tag as a file name spells it, "" for none.
func (b Build) String() string { return b.Number + b.Suffix }

// parseBuild parses a build tag: digits, then anything up to a line feed.
func parseBuild(s string) (Build, error) {
	digits := 0
	for digits < len(s) && '0' <= s[digits] && s[digits] <= '9' {
		digits++
	}
	if digits == 0 {
		return Build{}, fmt.Errorf("build tag %.200q does not begin with a digit", s)
	}
	if digits > maxBuildDigits {
		return Build{}, fmt.Errorf("build tag %.40q… has more than %d digits", s, maxBuildDigits)
	}
	zeros := 0
	for zeros < digits-1 && s[zeros] == '0' {
		zeros++
	}
	suffix, _, _ := strings.Cut(s[digits:], "\n")
	return Build{Number: s[zeros:digits], Suffix: suffix}, nil
}
