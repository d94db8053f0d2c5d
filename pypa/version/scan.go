package version

import (
	"strings"
	"unicode"
)

// parts is a version cut into its segments. Numbers are decimal digits as they were written, maybe
// with leading zeros or none at all, which is 0.
type parts struct {
	epoch     string
	release   string // "1.02.0"
	pre       preRank
	preNumber string

	post, dev             bool
	postNumber, devNumber string

	local string // as written, "" for none
}

// isPrerelease says whether the version is an alpha, beta, candidate or developmental release.
func (p *parts) isPrerelease() bool { return p.pre != notPre || p.dev }

// preRank is the kind of a pre-release, in the order of PEP 440.
type preRank byte

const (
	notPre preRank = iota
	alpha
	beta
	candidate
)

var preLetters = [...]string{alpha: "a", beta: "b", candidate: "rc"}

// word is a spelling of a segment's name. A word stands before those that it begins with.
type word struct {
	text string
	rank preRank // of pre-releases
}

var (
	preWords = []word{
		{"alpha", alpha}, {"a", alpha}, {"beta", beta}, {"b", beta},
		{"preview", candidate}, {"pre", candidate}, {"c", candidate}, {"rc", candidate},
	}
	postWords = []word{{text: "post"}, {text: "rev"}, {text: "r"}}
	devWords  = []word{{text: "dev"}}
)

// scan cuts a version without space around it:
//
//	version = "v"? (digits "!")? release pre? post? dev? ("+" local)?
//	release = digits ("." digits)*
//	pre     = segment("alpha" | "a" | "beta" | "b" | "preview" | "pre" | "c" | "rc")
//	post    = "-" digits | segment("post" | "rev" | "r")
//	dev     = segment("dev")
//	segment(words) = separator? words separator? digits?
//	local   = alphanumerics (separator alphanumerics)*
func scan(s string) (parts, bool) {
	p, rest, ok := scanRelease(s)
	if !ok || rest == "" {
		return p, ok
	}
	if w, number, after, ok := cutSegment(rest, preWords); ok {
		p.pre, p.preNumber, rest = w.rank, number, after
	}
	if number, after := cutDigits(strings.TrimPrefix(rest, "-")); number != "" && rest[0] == '-' {
		p.post, p.postNumber, rest = true, number, after
	} else if _, number, after, ok := cutSegment(rest, postWords); ok {
		p.post, p.postNumber, rest = true, number, after
	}
	if _, number, after, ok := cutSegment(rest, devWords); ok {
		p.dev, p.devNumber, rest = true, number, after
	}
	if local, ok := strings.CutPrefix(rest, "+"); ok {
		p.local = local
		return p, isLocal(local)
	}
	return p, rest == ""
}

// scanRelease cuts the epoch and the release off a version.
func scanRelease(s string) (p parts, rest string, ok bool) {
	if s != "" && s[0]|0x20 == 'v' {
		s = s[1:]
	}
	digits, rest := cutDigits(s)
	if strings.HasPrefix(rest, "!") && digits != "" {
		p.epoch = digits
		s = rest[1:]
		digits, rest = cutDigits(s)
	}
	if digits == "" {
		return p, rest, false
	}
	for len(rest) > 1 && rest[0] == '.' && digit(rest[1]) {
		_, rest = cutDigits(rest[1:])
	}
	p.release = s[:len(s)-len(rest)]
	return p, rest, true
}

// cutSegment cuts one segment, which begins with one of words, off s.
func cutSegment(s string, words []word) (w word, number, rest string, ok bool) {
	named := cutSeparator(s)
	if named == "" || digit(named[0]) || named[0] == '+' {
		return word{}, "", s, false
	}
	for _, w := range words {
		if len(named) >= len(w.text) && equalFold(named[:len(w.text)], w.text) {
			number, rest = cutDigits(cutSeparator(named[len(w.text):]))
			return w, number, rest, true
		}
	}
	return word{}, "", s, false
}

// cutSeparator cuts at most one separator off s.
func cutSeparator(s string) string {
	if s != "" && separator(s[0]) {
		return s[1:]
	}
	return s
}

func cutDigits(s string) (digits, rest string) {
	i := 0
	for i < len(s) && digit(s[i]) {
		i++
	}
	return s[:i], s[i:]
}

// isLocal checks a local version: alphanumeric words between single separators.
func isLocal(s string) bool {
	separated := true
	for i := range len(s) {
		switch {
		case alphanumeric(s[i]):
			separated = false
		case separator(s[i]) && !separated:
			separated = true
		default:
			return false
		}
	}
	return !separated
}

// equalFold compares s with a lower-case word. strings.EqualFold would take "ſ" for "s".
func equalFold(s, word string) bool {
	for i := range len(word) {
		if s[i]|0x20 != word[i] {
			return false
		}
	}
	return true
}

func digit(c byte) bool { return '0' <= c && c <= '9' }

func separator(c byte) bool { return c == '.' || c == '-' || c == '_' }

func alphanumeric(c byte) bool { return digit(c) || 'a' <= c|0x20 && c|0x20 <= 'z' }

// trimSpace is Python's str.strip.
func trimSpace(s string) string {
	if s != "" && alphanumeric(s[0]) && alphanumeric(s[len(s)-1]) {
		return s
	}
	return strings.TrimFunc(s, isSpace)
}

// isSpace is Python's str.isspace for one character.
func isSpace(r rune) bool { return unicode.IsSpace(r) || 0x1c <= r && r <= 0x1f }
