// Package pytext asks of text what Python's str asks, where Go's answer differs.
//
// Names of projects and tags are ASCII in practice, and quick here. The tables are for the rest of what
// pypa/packaging lets pass, so that it and the packages that parse file names agree on every name whatsoever.
package pytext

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// IsIdentifier is Python's str.isidentifier: XID_Start or "_", then XID_Continue (Unicode annex 31).
func IsIdentifier(s string) bool {
	for i, r := range s {
		switch {
		case r == '_' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z':
		case i > 0 && '0' <= r && r <= '9':
		case r < 0x80:
			return false
		case isXIDStart(r):
		case i == 0 || !isXIDContinue(r):
			return false
		}
	}
	return s != ""
}

func isXIDStart(r rune) bool {
	return unicode.In(r, unicode.L, unicode.Nl, unicode.Other_ID_Start) &&
		!unicode.In(r, unicode.Pattern_Syntax, unicode.Pattern_White_Space, notXIDStart)
}

func isXIDContinue(r rune) bool {
	return unicode.In(r, unicode.L, unicode.Nl, unicode.Other_ID_Start,
		unicode.Mn, unicode.Mc, unicode.Nd, unicode.Pc, unicode.Other_ID_Continue) &&
		!unicode.In(r, unicode.Pattern_Syntax, unicode.Pattern_White_Space, notXIDContinue)
}

// notXIDStart and notXIDContinue are the characters of ID_Start and ID_Continue whose NFKC form would
// not be an identifier (Unicode annex 31, section 5.1).
var notXIDStart = &unicode.RangeTable{R16: []unicode.Range16{
	{0x037a, 0x037a, 1},
	{0x0e33, 0x0eb3, 0x80},
	{0x309b, 0x309c, 1},
	{0xfc5e, 0xfc63, 1},
	{0xfdfa, 0xfdfb, 1},
	{0xfe70, 0xfe74, 2},
	{0xfe76, 0xfe7e, 2},
	{0xff9e, 0xff9f, 1},
}}

var notXIDContinue = &unicode.RangeTable{R16: []unicode.Range16{
	{0x037a, 0x037a, 1},
	{0x309b, 0x309c, 1},
	{0xfc5e, 0xfc63, 1},
	{0xfdfa, 0xfdfb, 1},
	{0xfe70, 0xfe74, 2},
	{0xfe76, 0xfe7e, 2},
}}

// Lower is Python's str.lower, which unlike strings.ToLower follows the two unconditional and
// contextual rules of Unicode's SpecialCasing: "İ" becomes two characters, and a capital sigma at
// the end of a word becomes a final one.
func Lower(s string) string {
	if isLowerASCII(s) {
		return s
	}
	if !strings.ContainsAny(s, "İΣ") {
		return strings.ToLower(s)
	}
	runes := []rune(s)
	var b strings.Builder
	for i, r := range runes {
		switch {
		case r == 'İ':
			b.WriteString("i\u0307")
		case r == 'Σ' && isFinal(runes, i):
			b.WriteRune('ς')
		default:
			b.WriteRune(unicode.ToLower(r))
		}
	}
	return b.String()
}

func isLowerASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf || 'A' <= s[i] && s[i] <= 'Z' {
			return false
		}
	}
	return true
}

// isFinal says whether a cased letter stands before place i and none after it, characters that case
// ignores left aside.
func isFinal(runes []rune, i int) bool {
	before, after := i-1, i+1
	for before >= 0 && isCaseIgnorable(runes[before]) {
		before--
	}
	for after < len(runes) && isCaseIgnorable(runes[after]) {
		after++
	}
	return before >= 0 && isCased(runes[before]) && (after == len(runes) || !isCased(runes[after]))
}

func isCased(r rune) bool {
	return unicode.In(r, unicode.Lu, unicode.Ll, unicode.Lt, unicode.Other_Uppercase, unicode.Other_Lowercase)
}

func isCaseIgnorable(r rune) bool {
	return strings.ContainsRune("'.:\u00b7\u0387\u055f\u05f4\u2018\u2019\u2024\u2027\ufe13\ufe52\ufe55\uff07\uff0e\uff1a", r) ||
		unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf, unicode.Lm, unicode.Sk)
}
