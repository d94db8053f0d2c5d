package filename

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/ofiuco/ofiuco/internal/pytext"
	"github.com/ofiuco/ofiuco/pypa/name"
)

// isWheelName says whether s may be the name in a wheel's file name: letters, digits, "_" and ".",
// of any script, but no "__", since the escape of a run of separators is one "_" (PEP 427).
func isWheelName(s string) bool {
	if s == "" || strings.Contains(s, "__") || !utf8.ValidString(s) {
		return false
	}
	for _, r := range s {
		switch {
		case 'a' <= r && r <= 'z', '0' <= r && r <= '9', 'A' <= r && r <= 'Z', r == '_', r == '.':
		case r < utf8.RuneSelf || !unicode.IsLetter(r) && !unicode.IsNumber(r):
			return false
		}
	}
	return true
}

// normalize is packaging's canonicalize_name, which lowers letters of any script as Python does.
func normalize(s string) name.Name { return name.Normalize(pytext.Lower(s)) }
