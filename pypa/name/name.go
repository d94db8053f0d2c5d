// Package name holds the names of projects, extras and dependency groups.
//
// It is the first word of every other package: a lock's packages, a wheel's file name and a
// marker's extras are compared as Names. Its rules:
//
//   - A name is ASCII letters, digits, "-", "_" and ".", and starts and ends with a letter or a
//     digit (PEP 508). Parse refuses everything else, so that no path, label or argument is ever
//     made of it.
//   - Names are compared normalized (PEP 503 for projects, PEP 685 for extras, PEP 735 for groups):
//     in lower case, with each run of "-", "_" and "." as one "-".
package name

import (
	"fmt"
	"strings"
)

// Name is a normalized name. Projects, extras and groups are all Names.
type Name string

// Parse checks s against the name rule of PEP 508 and normalizes it.
func Parse(s string) (Name, error) {
	if !valid(s) {
		return "", fmt.Errorf("name %.100q: want letters, digits, '-', '_' and '.', with a letter or digit first and last", s)
	}
	return Normalize(s), nil
}

// Normalize normalizes s without checking it, as PEP 503 writes it: a name that Parse refuses may
// keep a "-" at its ends.
func Normalize(s string) Name {
	if normal(s) {
		return Name(s)
	}
	var b strings.Builder
	b.Grow(len(s))
	separated := false
	for _, r := range lower(s) {
		switch r {
		case '-', '_', '.':
			if !separated {
				b.WriteByte('-')
			}
			separated = true
		default:
			b.WriteRune(r)
			separated = false
		}
	}
	return Name(b.String())
}

// String is the name as text.
func (n Name) String() string { return string(n) }

func valid(s string) bool {
	if s == "" || !alphanumeric(s[0]) || !alphanumeric(s[len(s)-1]) {
		return false
	}
	for i := range len(s) {
		if !alphanumeric(s[i]) && !separator(s[i]) {
			return false
		}
	}
	return true
}

// normal says whether s is its own normalized form. It may answer false for one that is.
func normal(s string) bool {
	for i := range len(s) {
		c := s[i]
		lowercase := 'a' <= c && c <= 'z' || '0' <= c && c <= '9'
		if !lowercase && (c != '-' || i > 0 && s[i-1] == '-') {
			return false
		}
	}
	return true
}

func alphanumeric(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}

func separator(c byte) bool { return c == '-' || c == '_' || c == '.' }

// lower is Python's str.lower, which gives "İ" two characters; strings.ToLower would make it "i",
// and so let a name in that looks like another.
func lower(s string) string {
	return strings.ToLower(strings.ReplaceAll(s, "İ", "i\u0307"))
}
