package selection

import (
	"fmt"

	"github.com/ofiuco/ofiuco/lock"
)

// include takes the packages that the lock itself includes: those of which a condition of an active group holds.
func (s *selector) include() {
	for _, pkg := range s.lock.Packages {
		if s.whyIncluded(pkg) == nil {
			continue
		}
		if other := s.taken[pkg.Name]; other != nil {
			s.twice[pkg.Name] = true
			s.fail(pkg, pkg.Line, "two versions apply to %s: %s (line %d) and %s (line %d)",
				s.target, other.pkg.Version, other.pkg.Line, pkg.Version, pkg.Line)
			continue
		}
		s.add(pkg)
	}
}

// whyIncluded is the first condition of a package that holds, nil when none does.
func (s *selector) whyIncluded(pkg *lock.Package) *lock.Condition {
	for i := range pkg.Included {
		if c := &pkg.Included[i]; s.active.groups[c.Group] && s.holds(c.Marker, pkg.Line) {
			return c
		}
	}
	return nil
}

// includedBy is the included package that an edge leads to. An edge that holds and leads out of the lock is an error;
// one to a package that the lock does not include for the target gets a note, since here not the edges decide.
func (s *selector) includedBy(e edge) *node {
	d := e.to
	n := s.taken[d.Name]
	switch {
	case s.twice[d.Name]: // which has been said
	case n == nil && len(s.byName[d.Name]) == 0:
		s.fail(nil, d.Line, "%s requires %s, which the lock does not hold", e.fromName, edgeText(d))
	case n == nil:
		s.notes = append(s.notes, fmt.Sprintf("%s requires %s, which the lock does not include for %s (line %d)", e.fromName, edgeText(d), s.target, d.Line))
	case !n.pkg.Version.IsZero() && !d.Constraint.Allows(n.pkg.Version), !d.Version.IsZero() && !d.Version.Equal(n.pkg.Version):
		s.fail(nil, d.Line, "%s requires %s %s, but the lock has %s for %s (line %d)",
			e.fromName, edgeText(d), wanted(d), n.pkg.Version, s.target, n.pkg.Line)
	default:
		return n
	}
	return nil
}

// beginRest makes roots of the packages that no edge of the project reaches, since a lock need not know its roots:
// first of those that no package asks for, then of one of each cycle.
func (s *selector) beginRest() {
	tails := map[*node]bool{}
	for _, from := range s.order {
		for i := range from.pkg.Dependencies {
			if to := s.taken[from.pkg.Dependencies[i].Name]; to != nil && to != from {
				tails[to] = true
			}
		}
	}
	for _, inCycle := range []bool{false, true} {
		for _, n := range s.order {
			if !n.seen && tails[n] == inCycle {
				s.begin(n)
				s.followAll(false)
			}
		}
	}
}

// begin makes an included package a root: the lock lists it, whoever asked for it.
func (s *selector) begin(n *node) {
	n.listed = &Step{From: s.projectName(), To: n.pkg.Name.String(), Line: n.pkg.Line}
	if c := s.whyIncluded(n.pkg); c != nil {
		n.listed.Marker, n.listed.Group = c.Marker.String(), c.Group
	}
	s.join(nil, live{to: n, place: -1})
}
