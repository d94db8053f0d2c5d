// Package version holds versions and version specifiers (PEP 440).
//
// Locks, file names, markers and `requires-python` are read with it. It answers as the `packaging`
// project (26.3) does, which pip, poetry and pdm ask. Its rules:
//
//   - A version is read in any spelling that PEP 440 allows and kept in its normalized form:
//     "v1.0-ALPHA.1" is "1.0a1". Surrounding space is Python's, so it includes U+001C to U+001F.
//   - Numbers have no limit: they stay decimal digits, never machine integers.
//   - 1.0 and 1.0.0 are equal. A local version (1.0+cu121) is greater than its public one.
//   - <=V, ==V and !=V disregard the local part of what they are asked about, unless V has one.
//   - <V excludes the pre-releases of V unless V is itself one; >V excludes the post-releases and
//     the local versions of V unless V is a post- or developmental release.
//   - ===V compares texts, without regard to case.
//
// One spelling that `packaging` reads is refused: "ſ" for the "s" of ~=1.0.post1, which is no
// version and which packaging itself fails on when it compares.
package version

import (
	"fmt"
	"strings"
)

// Version is a version of PEP 440. The zero Version is "no version", less than every other.
//
// Versions compare with Compare and Equal; == tells apart the normalized texts, so that 1.0 and
// 1.0.0 are two map keys.
type Version struct {
	text string // normalized
	point
}

// Parse reads a version in any spelling that PEP 440 allows.
func Parse(s string) (Version, error) {
	p, ok := scan(trimSpace(s))
	if !ok {
		return Version{}, fmt.Errorf("version %.100q is not one of PEP 440, like 1.2.3 or 2.0rc1", s)
	}
	var buffer [96]byte
	b := p.appendText(buffer[:0])
	end := len(b)
	b, family, public := p.appendKey(b)
	s = string(b)
	return Version{
		text:  s[:end],
		point: point{key: s[end:], family: family - end, public: public - end},
	}, nil
}

// MustParse is Parse for constants: it panics on an error.
func MustParse(s string) Version {
	v, err := Parse(s)
	if err != nil {
		panic(err)
	}
	return v
}

// String is the normalized form, "" for the zero Version.
func (v Version) String() string { return v.text }

// IsZero says whether v is the zero Version, which is none.
func (v Version) IsZero() bool { return v.text == "" }

// Compare is -1, 0 or 1 as v is less than, equal to or greater than w in the order of PEP 440.
func (v Version) Compare(w Version) int { return strings.Compare(v.key, w.key) }

// Equal says whether v and w are equal in the order of PEP 440, as 1.0 and 1.0.0 are.
func (v Version) Equal(w Version) bool { return v.key == w.key }

// Epoch is the number before "!", in decimal digits; "0" when none is written.
func (v Version) Epoch() string {
	if epoch, _, ok := strings.Cut(v.text, "!"); ok {
		return epoch
	}
	return "0"
}

// Release is the numbers of the release segment, in decimal digits of any length, trailing zeros
// included: 1, 2, 0 of 1.2.0rc1.
func (v Version) Release() []string {
	if v.IsZero() {
		return nil
	}
	base := v.Base()
	return strings.Split(base[strings.IndexByte(base, '!')+1:], ".")
}

// Base is epoch and release alone: 1!2.0 of 1!2.0rc1.post2+local.
func (v Version) Base() string {
	end := strings.IndexByte(v.text, '!') + 1
	for end < len(v.text) && (digit(v.text[end]) || v.text[end] == '.') {
		end++
	}
	return strings.TrimSuffix(v.text[:end], ".")
}

// Public is the version without its local part.
func (v Version) Public() string {
	public, _, _ := strings.Cut(v.text, "+")
	return public
}

// Local is what follows "+" in a local version, else "".
func (v Version) Local() string {
	_, local, _ := strings.Cut(v.text, "+")
	return local
}

// IsPrerelease says whether v is an alpha, a beta, a release candidate or a developmental release.
func (v Version) IsPrerelease() bool {
	suffix := v.suffix()
	return suffix != "" && !strings.HasPrefix(suffix, ".post") || v.IsDevrelease()
}

// IsPostrelease says whether v has a post-release segment.
func (v Version) IsPostrelease() bool { return strings.Contains(v.suffix(), ".post") }

// IsDevrelease says whether v has a developmental release segment.
func (v Version) IsDevrelease() bool { return strings.Contains(v.suffix(), ".dev") }

// suffix is what stands between the base and the local part: rc1.post2.dev3.
func (v Version) suffix() string { return v.Public()[len(v.Base()):] }
