package selection

import (
	"fmt"

	"github.com/ofiuco/ofiuco/lock"
)

// include takes the packages that the lock itself includes: those of which a condition of an active group holds.
func (s *selector) include() {
	for _, pkg := range s.lock.Packages {
		if pkg.Included == nil || !s.isIncluded(pkg) {
			continue
		}
		if other := s.taken[pkg.Name]; other != nil {
			s.fail(pkg, pkg.Line, "two versions apply to %s: %s (line %d) and %s (line %d)",
				s.target, other.pkg.Version, other.pkg.Line, pkg.Version, pkg.Line)
			continue
		}
		n := &node{pkg: pkg}
		s.nodes[pkg], s.taken[pkg.Name] = n, n
		s.order = append(s.order, n)
	}
}

func (s *selector) isIncluded(pkg *lock.Package) bool {
	for _, c := range pkg.Included {
		if s.active.groups[c.Group] && s.holds(c.Marker) {
			return true
		}
	}
	return false
}

// connect follows the edges between what was included: it finds the extras asked for and what brought each package
// in, and refuses an edge that holds and leads nowhere.
func (s *selector) connect() {
	for i := range s.lock.Roots {
		root := &s.lock.Roots[i]
		if s.isLiveRoot(root) {
			s.link(nil, rootName(s.lock, root), &root.Dependency, root)
		}
	}
	s.drain()
	// What no edge of the project reaches (a lock need not know its roots) is its own beginning.
	for _, n := range s.order {
		if !s.seen[n] && !s.hasTail(n) {
			s.begin(n)
		}
	}
	s.drain()
	for _, n := range s.order {
		if !s.seen[n] {
			s.begin(n)
			s.drain()
		}
	}
}

// begin makes an included package a root: the lock lists it, whoever asked for it.
func (s *selector) begin(n *node) {
	n.first = Step{From: s.projectName(), To: n.pkg.Name.String(), Line: n.pkg.Line}
	for _, c := range n.pkg.Included {
		if s.active.groups[c.Group] && s.holds(c.Marker) {
			n.first.Marker, n.first.Group = c.Marker.String(), c.Group
			break
		}
	}
	s.roots = append(s.roots, n)
	s.see(n)
}

// hasTail says whether another included package has an edge, live or not, to n.
func (s *selector) hasTail(n *node) bool {
	if s.tails == nil {
		s.tails = map[*node]bool{}
		for _, from := range s.order {
			for i := range from.pkg.Dependencies {
				if to := s.taken[from.pkg.Dependencies[i].Name]; to != nil && to != from {
					s.tails[to] = true
				}
			}
		}
	}
	return s.tails[n]
}

func (s *selector) see(n *node) {
	if !s.seen[n] {
		s.seen[n] = true
		s.queue = append(s.queue, visit{n, ""})
	}
}

func (s *selector) drain() {
	for len(s.queue) > 0 {
		v := s.queue[0]
		s.queue = s.queue[1:]
		from := label(v.node.pkg, v.extra)
		for i := range v.node.pkg.Dependencies {
			d := &v.node.pkg.Dependencies[i]
			if d.Extra == v.extra && s.holds(d.Marker) {
				s.link(v.node, from, d, nil)
			}
		}
	}
}

// link joins an edge to the included package it leads to.
func (s *selector) link(from *node, fromName string, d *lock.Dependency, root *lock.Root) {
	step := Step{From: fromName, To: edgeText(d), Marker: d.Marker.String(), Constraint: d.Constraint, Extra: d.Extra, Line: d.Line}
	if root != nil {
		step.Group = root.Group
	}
	n := s.taken[d.Name]
	if n == nil {
		s.failMissing(fromName, d)
		return
	}
	if !n.pkg.Version.IsZero() && !d.Constraint.Allows(n.pkg.Version) || !d.Version.IsZero() && !d.Version.Equal(n.pkg.Version) {
		s.fail(nil, d.Line, "%s requires %s %s, but the lock has %s for %s (line %d)", fromName, edgeText(d), wanted(d), n.pkg.Version, s.target, n.pkg.Line)
		return
	}
	if !s.seen[n] {
		n.first, n.from = step, from
	}
	s.join(n, from, step)
	s.see(n)
	for _, extra := range d.Extras {
		s.addExtra(n, extra)
	}
}

func (s *selector) failMissing(fromName string, d *lock.Dependency) {
	if len(s.byName[d.Name]) == 0 {
		s.fail(nil, d.Line, "%s requires %s, which the lock does not hold", fromName, edgeText(d))
		return
	}
	s.fail(nil, d.Line, "%s requires %s, which the lock holds, but not for %s", fromName, edgeText(d), s.target)
}

func (s *selector) projectName() string {
	if s.lock.Project != "" {
		return s.lock.Project.String()
	}
	return fmt.Sprintf("the %s", s.lock.Format)
}
