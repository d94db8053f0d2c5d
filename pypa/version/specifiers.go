package version

import (
	"iter"
	"slices"
	"strings"
)

// Specifiers is a set of version specifiers, all of which must hold. The zero value has none and
// allows every version.
type Specifiers struct {
	specifiers []Specifier // as written
}

// ParseSpecifiers reads specifiers between commas. An empty text, and empty ones between commas,
// are allowed.
func ParseSpecifiers(s string) (Specifiers, error) {
	if trimSpace(s) == "" {
		return Specifiers{}, nil
	}
	parsed := make([]Specifier, 0, strings.Count(s, ",")+1)
	for text := range strings.SplitSeq(s, ",") {
		if text = trimSpace(text); text == "" {
			continue
		}
		specifier, err := ParseSpecifier(text)
		if err != nil {
			return Specifiers{}, err
		}
		parsed = append(parsed, specifier)
	}
	return Specifiers{specifiers: parsed}, nil
}

// IsZero says whether there is no specifier at all.
func (s Specifiers) IsZero() bool { return len(s.specifiers) == 0 }

// All yields the specifiers in the order in which they were written.
func (s Specifiers) All() iter.Seq[Specifier] { return slices.Values(s.specifiers) }

// Contains says whether v is in the set, pre-releases included (packaging's prereleases=True): what
// an installer asks of a version that is already locked.
func (s Specifiers) Contains(v Version) bool {
	for i := range s.specifiers {
		if !s.specifiers[i].Contains(v) {
			return false
		}
	}
	return true
}

// Filter keeps the versions of vs that are in the set, in their order. Pre-releases are kept when a
// specifier names one, or when nothing else is in the set: packaging's default, from PEP 440.
func (s Specifiers) Filter(vs []Version) []Version {
	var final, all []Version
	for _, v := range vs {
		if !s.Contains(v) {
			continue
		}
		all = append(all, v)
		if !v.IsPrerelease() {
			final = append(final, v)
		}
	}
	implied := slices.ContainsFunc(s.specifiers, func(s Specifier) bool { return s.implied })
	if implied || len(final) == 0 {
		return all
	}
	return final
}

// Equal says whether both sets have the same specifiers, in any order: >=1.0,<2 equals <2,>=1.0.0.
func (s Specifiers) Equal(o Specifiers) bool {
	return slices.EqualFunc(s.sorted(), o.sorted(), func(a, b Specifier) bool { return a.equal(&b) })
}

// String is the specifiers sorted as text, without repetition, between commas.
func (s Specifiers) String() string {
	var b strings.Builder
	for i, specifier := range s.sorted() {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(specifier.operator)
		b.WriteString(specifier.version)
	}
	return b.String()
}

// sorted orders the specifiers as text; of equal ones the first stays.
func (s Specifiers) sorted() []Specifier {
	if len(s.specifiers) < 2 {
		return s.specifiers
	}
	ordered := slices.Clone(s.specifiers)
	slices.SortStableFunc(ordered, func(a, b Specifier) int { return strings.Compare(a.String(), b.String()) })
	unique := ordered[:0]
	for _, candidate := range ordered {
		if !slices.ContainsFunc(unique, func(u Specifier) bool { return u.equal(&candidate) }) {
			unique = append(unique, candidate)
		}
	}
	return unique
}
