package selection

import (
	"slices"
	"strings"

	"github.com/ofiuco/ofiuco/lock"
)

// fitting are the entries that the edge may lead to; of several, those that were locked for the target.
func (s *selector) fitting(d *lock.Dependency) []*lock.Package {
	var fits []*lock.Package
	for _, pkg := range s.byName[d.Name] {
		if s.fits(pkg, d) {
			fits = append(fits, pkg)
		}
	}
	if len(fits) > 1 {
		fits = s.inFork(fits)
	}
	return fits
}

// chosenBy is the entry that the edge leads to, of those that fit; nil after an error.
func (s *selector) chosenBy(e edge, fits []*lock.Package) *node {
	pkg := s.choose(e.fromName, e.to, fits)
	if pkg == nil {
		return nil
	}
	if n := s.nodes[pkg]; n != nil {
		return n
	}
	if other := s.taken[pkg.Name]; other != nil {
		s.failTwo(other, pkg, e)
		return nil
	}
	return s.add(pkg)
}

// choose is the entry of the lock that the edge leads to, of those that fit; nil after an error.
func (s *selector) choose(from string, d *lock.Dependency, fits []*lock.Package) *lock.Package {
	named := s.byName[d.Name]
	if len(fits) > 1 && s.lock.Format == lock.Poetry {
		if n := s.taken[d.Name]; n != nil && slices.Contains(fits, n.pkg) {
			return n.pkg
		}
		return slices.MaxFunc(fits, func(a, b *lock.Package) int { return a.Version.Compare(b.Version) })
	}
	switch {
	case len(fits) == 1:
		return fits[0]
	case len(named) == 0:
		s.fail(nil, d.Line, "%s requires %s, which the lock does not hold", from, edgeText(d))
	case len(fits) == 0:
		var have []string
		for _, pkg := range named {
			have = append(have, pkg.Version.String())
		}
		s.fail(nil, d.Line, "%s requires %s, but the lock holds %s", from, strings.TrimSpace(edgeText(d)+" "+wanted(d)), strings.Join(have, " and "))
	default:
		s.fail(nil, d.Line, "%s requires %s, and both %s %s (line %d) and %s (line %d) apply to %s",
			from, edgeText(d), d.Name, fits[0].Version, fits[0].Line, fits[1].Version, fits[1].Line, s.target)
	}
	return nil
}

// fits says whether the edge may lead to the entry.
func (s *selector) fits(pkg *lock.Package, d *lock.Dependency) bool {
	if !d.Version.IsZero() && !d.Version.Equal(pkg.Version) || d.Source != nil && *d.Source != pkg.Source {
		return false
	}
	return pkg.Version.IsZero() || d.Constraint.Allows(pkg.Version)
}

// inFork keeps the entries whose own Python and fork agree with the target, if that leaves any.
func (s *selector) inFork(pkgs []*lock.Package) []*lock.Package {
	var kept []*lock.Package
	for _, pkg := range pkgs {
		if s.allowsPython(pkg.RequiresPython) && s.anyHolds(pkg.Forks, pkg.Line) {
			kept = append(kept, pkg)
		}
	}
	if len(kept) == 0 {
		return pkgs
	}
	return kept
}

func (s *selector) failTwo(n *node, other *lock.Package, e edge) {
	s.fail(nil, e.to.Line, "two versions of %s apply to %s: %s requires %s (line %d), and %s requires %s (line %d)",
		n.pkg.Name, s.target, n.in[0].From, n.pkg.Version, n.pkg.Line, e.fromName, other.Version, other.Line)
}
