package lock

import (
	"fmt"
	"strings"

	"github.com/ofiuco/ofiuco/pypa/version"
)

// Constraint is what versions an edge allows: a union of PEP 440 specifier sets, so that Poetry's
// "^1.2 || >=3" fits too. The zero Constraint allows every version.
type Constraint struct {
	Text string // as the lock has it
	// AnyOf is the union; empty allows every version.
	AnyOf []version.Specifiers
}

// Allows says whether v is allowed, pre-releases included.
func (c Constraint) Allows(v version.Version) bool {
	if len(c.AnyOf) == 0 {
		return true
	}
	for _, s := range c.AnyOf {
		if s.Contains(v) {
			return true
		}
	}
	return false
}

func (c Constraint) String() string { return c.Text }

// ParseConstraint reads Poetry's version constraint language, as poetry-core 2.5 does:
//
//	constraint = all *( ("|" / "||") all )
//	all        = one *( ("," / " ") one )
//	one        = "*" / [ "^" / "~" / "~=" / "==" / "=" / "!=" / "<" / "<=" / ">" / ">=" ] version [ ".*" ]
//
// "^1.2.3" allows what keeps the first part that is not zero, "~1.2.3" what keeps the minor, and
// a bare version is that version alone. "===" is an error, in poetry-core too.
//
// Poetry computes with ranges where this package joins specifiers, which differs in four corners
// that no lock which Poetry wrote depends on:
//
//   - "!=V" beside another term makes Poetry refuse post-releases of V too; here it is PEP 440's.
//   - ">V" joined with a term that ends there ("V || >V", ">V,>=V.post1") makes Poetry allow
//     post-releases of V, which ">V" alone excludes; here it always does.
//   - A local label of a bound ("^2.1+cu121") is dropped, since PEP 440 has no such comparison.
//   - "!=1.0a1.*", a wildcard that PEP 440 has no form of either, is an error.
func ParseConstraint(text string) (Constraint, error) {
	c := Constraint{Text: text}
	alternatives, err := parseAlternatives(text)
	if err != nil {
		return Constraint{}, err
	}
	if len(alternatives) > maxAlternatives {
		return Constraint{}, fmt.Errorf("a version constraint of %d alternatives, more than %d", len(alternatives), maxAlternatives)
	}
	for _, terms := range alternatives {
		if len(terms) == 0 {
			return Constraint{Text: text}, nil // one alternative allows all, hence the union does
		}
		s, err := version.ParseSpecifiers(specifiersText(terms))
		if err != nil {
			return Constraint{}, err
		}
		c.AnyOf = append(c.AnyOf, s)
	}
	return c, nil
}

// maxAlternatives bounds unions, of which some are multiplied.
const maxAlternatives = 256

// specifiersText is the PEP 440 specifier set that terms, all of which must hold, amount to.
func specifiersText(terms []term) string {
	var b strings.Builder
	for i, t := range terms {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(t.specifier())
	}
	return b.String()
}

// constraintOf is the constraint that a PEP 440 specifier set is.
func constraintOf(s version.Specifiers) Constraint {
	if s.IsZero() {
		return Constraint{}
	}
	return Constraint{Text: s.String(), AnyOf: []version.Specifiers{s}}
}

// and is what both constraints allow.
func (c Constraint) and(d Constraint) Constraint {
	switch {
	case len(d.AnyOf) == 0:
		return c
	case len(c.AnyOf) == 0 || c.Text == d.Text:
		return d
	}
	both := Constraint{Text: c.Text + " and " + d.Text}
	for _, a := range c.AnyOf {
		for _, b := range d.AnyOf {
			s, err := version.ParseSpecifiers(a.String() + "," + b.String())
			if err == nil { // always so: each of the two has been parsed
				both.AnyOf = append(both.AnyOf, s)
			}
		}
	}
	return both
}
