package binary

import (
	"cmp"
	"strings"
)

// splitVersion parts "GLIBC_2.28" in its set and its number. What has no number after its last underscore is a set of
// its own: "GLIBC_ABI_DT_RELR", "GLIBC_PRIVATE".
func splitVersion(text string) (set, number string) {
	at := strings.LastIndexByte(text, '_')
	if at <= 0 || at+1 == len(text) || strings.Trim(text[at+1:], "0123456789.") != "" {
		return text, ""
	}
	return text[:at], text[at+1:]
}

// compareNumbers compares dotted numbers of any length: 2.9 is before 2.28, and 3.4 before 3.4.1.
func compareNumbers(a, b string) int {
	for a != "" || b != "" {
		var x, y string
		x, a, _ = strings.Cut(a, ".")
		y, b, _ = strings.Cut(b, ".")
		x, y = strings.TrimLeft(x, "0"), strings.TrimLeft(y, "0")
		if c := cmp.Or(cmp.Compare(len(x), len(y)), strings.Compare(x, y)); c != 0 {
			return c
		}
	}
	return 0
}
