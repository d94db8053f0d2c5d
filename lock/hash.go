package lock

import (
	"fmt"
	"strings"
)

// hashDigits is the number of hexadecimal digits of each known algorithm.
var hashDigits = map[string]int{"sha256": 64, "sha384": 96, "sha512": 128, "md5": 32, "sha1": 40, "sha224": 56}

// isStrong says whether an algorithm is one to trust a file by.
func isStrong(algorithm string) bool { return hashDigits[algorithm] >= 64 }

// newHash is a hash that is strong enough to trust a file by, or what is wrong with it.
func newHash(algorithm, digest string) (h Hash, problem string) {
	hexadecimal := isHex(digest)
	if !hexadecimal {
		digest = strings.ToLower(digest)
		hexadecimal = isHex(digest)
	}
	digits, known := hashDigits[algorithm]
	switch {
	case !known:
		return h, fmt.Sprintf("unknown hash algorithm %q", shortened(algorithm))
	case !hexadecimal:
		return h, fmt.Sprintf("the %s %q is not hexadecimal", algorithm, shortened(digest))
	case len(digest) != digits:
		return h, fmt.Sprintf("the %s has %d digits, not %d", algorithm, len(digest), digits)
	case !isStrong(algorithm):
		return h, fmt.Sprintf("only %s, which is too weak to trust a file by: sha256 is needed", algorithm)
	}
	return Hash{algorithm, digest}, ""
}

// isHex says whether text has only hexadecimal digits, in lower case as nearly every lock has them.
func isHex(text string) bool {
	for i := range len(text) {
		if c := text[i]; c-'0' > 9 && c-'a' > 5 {
			return false
		}
	}
	return true
}
