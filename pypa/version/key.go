package version

import "strings"

// point is where a version stands in the order of PEP 440.
//
// The key is made so that the order of versions is the order of keys as byte strings, whatever the
// number of digits and segments:
//
//	key     = number(epoch) number* 0x01 pre post dev local?
//	pre     = 0x01 for a developmental release of a final one, 0x02 to 0x04 number(n) for a, b, rc,
//	          0x05 for none
//	post    = 0x01 for none, 0x02 number(n)
//	dev     = 0x01 number(n), 0x02 for none
//	local   = (0x02 letters 0x01 | number)*
//
// The release has no trailing zeros, so that 1.0 and 1.0.0 have one key. A number starts with a
// byte of at least 0x04, more than what ends or is missing in its place.
type point struct {
	key    string
	family int // length of the key up to pre: a version and its post-releases share it
	public int // length of the key without the local part
}

// publicKey is the key of the version without its local part.
func (p point) publicKey() string { return p.key[:p.public] }

// familyKey is what a version shares with its post-releases.
func (p point) familyKey() string { return p.key[:p.family] }

// Bytes of a key; see point.
const (
	endOfRelease = 0x01
	endOfWord    = 0x01

	preOfDev   = 0x01
	preOfFirst = 0x02 - byte(alpha)
	preNone    = 0x05

	postNone = 0x01
	postSome = 0x02

	devSome = 0x01
	devNone = 0x02

	localWord = 0x02

	smallNumber = 0x04              // 0 to 99 are one byte
	largeNumber = smallNumber + 100 // then come the numbers of three to 102 digits
	hugeNumber  = 0xff              // counts 100 digits more
)

// pointOf makes the point of a version.
func pointOf(p *parts) point {
	var buffer [48]byte
	key, family, public := p.appendKey(buffer[:0])
	return point{key: string(key), family: family, public: public}
}

// appendKey appends the key, and says where in dst the family and the public part of it end.
func (p *parts) appendKey(dst []byte) (key []byte, family, public int) {
	dst = appendNumber(dst, trimZeros(p.epoch))
	dst = appendRelease(dst, p.release)
	switch {
	case p.pre != notPre:
		dst = append(dst, preOfFirst+byte(p.pre))
		dst = appendNumber(dst, trimZeros(p.preNumber))
	case p.dev && !p.post:
		dst = append(dst, preOfDev)
	default:
		dst = append(dst, preNone)
	}
	family = len(dst)
	if p.post {
		dst = appendNumber(append(dst, postSome), trimZeros(p.postNumber))
	} else {
		dst = append(dst, postNone)
	}
	if p.dev {
		dst = appendNumber(append(dst, devSome), trimZeros(p.devNumber))
	} else {
		dst = append(dst, devNone)
	}
	public = len(dst)
	for word := range localWords(p.local) {
		if isNumber(word) {
			dst = appendNumber(dst, trimZeros(word))
		} else {
			dst = append(dst, localWord)
			dst = appendLower(dst, word)
			dst = append(dst, endOfWord)
		}
	}
	return dst, family, public
}

func appendRelease(dst []byte, release string) []byte {
	end := len(dst)
	for number := range strings.SplitSeq(release, ".") {
		number = trimZeros(number)
		dst = appendNumber(dst, number)
		if number != "0" {
			end = len(dst)
		}
	}
	return append(dst[:end], endOfRelease)
}

// appendNumber appends digits without leading zeros so that more digits come later.
func appendNumber(dst []byte, digits string) []byte {
	switch n := len(digits); n {
	case 1:
		return append(dst, smallNumber+digits[0]-'0')
	case 2:
		return append(dst, smallNumber+10*(digits[0]-'0')+digits[1]-'0')
	default:
		for n -= 3; n >= 100; n -= 100 {
			dst = append(dst, hugeNumber)
		}
		return append(append(dst, largeNumber+byte(n)), digits...)
	}
}

// appendText appends the normalized form of PEP 440.
func (p *parts) appendText(dst []byte) []byte {
	if epoch := trimZeros(p.epoch); epoch != "0" {
		dst = append(append(dst, epoch...), '!')
	}
	for number := range strings.SplitSeq(p.release, ".") {
		dst = append(append(dst, trimZeros(number)...), '.')
	}
	dst = dst[:len(dst)-1]
	if p.pre != notPre {
		dst = append(append(dst, preLetters[p.pre]...), trimZeros(p.preNumber)...)
	}
	if p.post {
		dst = append(append(dst, ".post"...), trimZeros(p.postNumber)...)
	}
	if p.dev {
		dst = append(append(dst, ".dev"...), trimZeros(p.devNumber)...)
	}
	mark := byte('+')
	for word := range localWords(p.local) {
		dst = append(dst, mark)
		if isNumber(word) {
			dst = append(dst, trimZeros(word)...)
		} else {
			dst = appendLower(dst, word)
		}
		mark = '.'
	}
	return dst
}

// localWords yields the words of a local version; none of an empty one.
func localWords(local string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for local != "" {
			end := strings.IndexAny(local, "._-")
			if end < 0 {
				yield(local)
				return
			}
			if !yield(local[:end]) {
				return
			}
			local = local[end+1:]
		}
	}
}

func isNumber(s string) bool {
	_, rest := cutDigits(s)
	return rest == ""
}

// trimZeros cuts leading zeros; no digits at all are 0.
func trimZeros(digits string) string {
	for len(digits) > 1 && digits[0] == '0' {
		digits = digits[1:]
	}
	if digits == "" {
		return "0"
	}
	return digits
}

func appendLower(dst []byte, word string) []byte {
	for i := range len(word) {
		dst = append(dst, word[i]|0x20) // digits have that bit already
	}
	return dst
}
