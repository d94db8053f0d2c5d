// Package marker reads, evaluates, joins and prints environment markers (PEP 508, PEP 751).
//
// Locks keep markers on packages and on edges between them; selection asks them of one target's
// Environment. It answers as the `packaging` project (26.3) does. Its rules:
//
//   - python_version, python_full_version, implementation_version and platform_release compare as
//     versions when operator and literal make a version specifier (PEP 440). Everything else
//     compares as text: "<" and ">" never hold, "<=" and ">=" mean "==", and "~=" and "===" are an
//     UndefinedError.
//   - Both sides of "and" and "or" are always evaluated, so that an error is never hidden.
//   - The variable is the left operand when that is one. With the literal on the left the variable's
//     value makes the specifier: "3.8" <= python_version asks whether 3.8 is in "<=3.12".
//   - A python_full_version that ends in "+", as of a Python built from a checkout, gets "local".
//   - Literals compared with extra, extras or dependency_groups are normalized (PEP 685) when read.
//   - extras and dependency_groups are sets, which only "in" and "not in" ask; on the left side they
//     are an UndefinedError.
//   - A literal is a Python string, escapes included; "\N{…}" and surrogates are refused.
//   - Parentheses nest at most 100 deep.
package marker

import (
	"strings"
)

// Marker is a parsed marker. A nil *Marker always holds.
type Marker struct {
	terms list
	used  variables
}

// list is a sequence of terms between "and" and "or", where "and" binds tighter.
type list []term

// term is a comparison, or a list in parentheses, and how it is joined to the term before it.
type term struct {
	or         bool // joined with "or"; the first term is joined to nothing
	group      list // at least two terms, else nil
	comparison *comparison
}

// And is the conjunction; nil markers are dropped. And of nothing always holds.
func And(ms ...*Marker) *Marker { return join(ms, false) }

// Or is the disjunction; a nil marker makes it nil, which always holds. Or of nothing is nil too.
func Or(ms ...*Marker) *Marker {
	for _, m := range ms {
		if m == nil {
			return nil
		}
	}
	return join(ms, true)
}

func join(ms []*Marker, or bool) *Marker {
	var joined Marker
	for _, m := range ms {
		if m == nil {
			continue
		}
		joined.used |= m.used
		joined.terms = m.terms.appendTo(joined.terms, or)
	}
	if joined.terms == nil {
		return nil
	}
	return &joined
}

// appendTo joins l to dst. Its terms need no parentheses when they are joined in the same way.
func (l list) appendTo(dst list, or bool) list {
	for _, t := range l[1:] {
		if t.or != or {
			return append(dst, term{or: or, group: l})
		}
	}
	start := len(dst)
	dst = append(dst, l...)
	dst[start].or = or
	return dst
}

// Uses says whether the marker asks for a variable, such as "python_full_version".
func (m *Marker) Uses(variable string) bool {
	return m != nil && m.used.has(variableNamed(variable))
}

// Equal says whether both markers are written alike, apart from space, quotes, needless parentheses
// and the spelling of extras.
func (m *Marker) Equal(o *Marker) bool { return m.String() == o.String() }

// String is the marker as packaging prints it; "" for nil.
func (m *Marker) String() string {
	if m == nil {
		return ""
	}
	var b strings.Builder
	m.terms.write(&b)
	return b.String()
}

func (l list) write(b *strings.Builder) {
	for i, t := range l {
		switch {
		case i > 0 && t.or:
			b.WriteString(" or ")
		case i > 0:
			b.WriteString(" and ")
		}
		if t.group == nil {
			t.comparison.write(b)
			continue
		}
		b.WriteByte('(')
		t.group.write(b)
		b.WriteByte(')')
	}
}
