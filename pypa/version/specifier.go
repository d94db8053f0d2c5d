package version

import (
	"errors"
	"fmt"
	"strings"
)

// Specifier is one version specifier of PEP 440, such as >=1.2.
type Specifier struct {
	operator string
	version  string // as written, without the space around it
	test     test
	negated  bool
	point           // of the version, without ".*"; none for ===
	high     string // a key

	implied bool // it names a pre-release, and so asks for them
}

// test is how a specifier decides.
type test byte

const (
	from        test = iota // >=
	till                    // <=, of the public part
	below                   // < high
	inRange                 // >= and < high
	after                   // >, of the public part
	afterFamily             // >, and neither a post-release nor a local version of it
	same                    // the public part is the same
	sameLocal               // the same, with its local part
	sameText                // ===
)

// operators is in the order in which they are tried: one stands before those that it begins with.
var operators = [...]string{"===", "==", "~=", "!=", "<=", ">=", "<", ">"}

// ParseSpecifier reads one specifier.
func ParseSpecifier(s string) (Specifier, error) {
	operator, text := cutOperator(trimSpace(s))
	parsed := Specifier{operator: operator, version: trimSpace(text)}
	if err := parsed.build(); err != nil {
		return Specifier{}, fmt.Errorf("version specifier %.100q: %w", s, err)
	}
	return parsed, nil
}

func cutOperator(s string) (operator, rest string) {
	for _, operator := range operators {
		if rest, ok := strings.CutPrefix(s, operator); ok {
			return operator, rest
		}
	}
	return "", s
}

// build finds the test for operator and version.
func (s *Specifier) build() error {
	switch s.operator {
	case "":
		return errors.New("want one of ==, !=, <=, >=, <, >, ~=, === and a version")
	case "===":
		return s.buildText()
	}
	stem, wildcard := strings.CutSuffix(s.version, ".*")
	p, ok := scan(stem)
	equality := s.operator == "==" || s.operator == "!="
	s.negated = s.operator == "!="
	switch {
	case !ok:
		return errors.New("not a version of PEP 440")
	case wildcard && !equality:
		return errors.New(`".*" goes with == and != only`)
	case p.local != "" && !equality:
		return errors.New("a local version goes with == and != only")
	case wildcard && (p.isPrerelease() || p.post || p.local != ""):
		return errors.New(`".*" goes after a release only`)
	case s.operator == "~=" && !strings.Contains(p.release, "."):
		return errors.New("~= wants at least two numbers, like ~=1.0")
	case wildcard:
		s.test = inRange
		s.point, s.high = prefix(p.epoch, p.release)
		return nil
	}
	s.implied = p.isPrerelease() && !s.negated
	s.point = pointOf(&p)
	s.order(&p)
	return nil
}

// order finds the test of every operator that orders versions.
func (s *Specifier) order(p *parts) {
	switch s.operator {
	case "==", "!=":
		s.test = same
		if p.local != "" {
			s.test = sameLocal
		}
	case ">=":
		s.test = from
	case "<=":
		s.test = till
	case ">":
		s.test = afterFamily
		if p.post || p.dev {
			s.test = after
		}
	case "<":
		// The earliest pre-release of a final version bounds it, so that <1.0 excludes 1.0a1.
		bound := *p
		if !p.isPrerelease() {
			bound.dev = true
		}
		s.test, s.high = below, pointOf(&bound).key
	case "~=":
		s.test = inRange
		_, s.high = prefix(p.epoch, p.release[:strings.LastIndexByte(p.release, '.')])
	}
}

func (s *Specifier) buildText() error {
	if i := strings.IndexFunc(s.version, func(r rune) bool { return isSpace(r) || r == ';' || r == ')' }); i >= 0 {
		return errors.New("=== wants a text without space, ';' and ')'")
	}
	s.test = sameText
	p, ok := scan(s.version)
	s.implied = ok && p.isPrerelease()
	return nil
}

// prefix is the range of all versions whose release begins with the numbers given: from its first
// developmental release to that of the next release.
func prefix(epoch, release string) (low point, high string) {
	first := parts{epoch: epoch, release: release, dev: true}
	next := parts{epoch: epoch, release: increment(release), dev: true}
	return pointOf(&first), pointOf(&next).key
}

// increment adds one to the last number of a release.
func increment(release string) string {
	digits := []byte(release)
	for i := len(digits) - 1; i >= 0 && digits[i] != '.'; i-- {
		if digits[i] < '9' {
			digits[i]++
			return string(digits)
		}
		digits[i] = '0'
	}
	last := strings.LastIndexByte(release, '.') + 1
	return release[:last] + "1" + string(digits[last:])
}

// Operator is one of ==, !=, <=, >=, <, >, ~= and ===.
func (s Specifier) Operator() string { return s.operator }

// Version is the version as it was written, maybe with ".*" at its end; after === it is any text.
func (s Specifier) Version() string { return s.version }

// String is operator and version, without space.
func (s Specifier) String() string { return s.operator + s.version }

// Contains says whether the specifier allows v. Pre-releases are not treated apart.
func (s Specifier) Contains(v Version) bool {
	if s.test == sameText {
		return lower(v.text) == lower(s.version)
	}
	return s.allows(v.point)
}

// ContainsText is Contains for a version as it was written, which matters to ===. What is no
// version is contained in no specifier but an equal ===.
func (s Specifier) ContainsText(text string) bool {
	if s.test == sameText {
		return lower(text) == lower(s.version)
	}
	p, ok := scan(trimSpace(text))
	if !ok {
		return false
	}
	var buffer [48]byte
	key, family, public := p.appendKey(buffer[:0])
	return s.allows(point{key: string(key), family: family, public: public})
}

func (s *Specifier) allows(v point) bool {
	var allowed bool
	switch s.test {
	case from:
		allowed = v.key >= s.key
	case till:
		allowed = v.publicKey() <= s.key
	case below:
		allowed = v.key < s.high
	case inRange:
		allowed = v.key >= s.key && v.key < s.high
	case after:
		allowed = v.publicKey() > s.key
	case afterFamily:
		allowed = v.key > s.key && v.familyKey() != s.familyKey()
	case same:
		allowed = v.publicKey() == s.key
	case sameLocal:
		allowed = v.key == s.key
	}
	return allowed != s.negated
}

// equal is packaging's ==: versions count, not spellings, except that ~=1.0 and ~=1.0.0 differ.
func (s *Specifier) equal(o *Specifier) bool {
	if s.operator != o.operator {
		return false
	}
	wildcard := strings.HasSuffix(s.version, ".*") || strings.HasSuffix(o.version, ".*")
	if wildcard || s.test == sameText {
		return s.version == o.version
	}
	return s.key == o.key && s.high == o.high
}

// lower is Python's str.lower, which gives "İ" two characters.
func lower(s string) string {
	return strings.ToLower(strings.ReplaceAll(s, "İ", "i\u0307"))
}
