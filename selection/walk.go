package selection

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ofiuco/ofiuco/lock"
	"github.com/ofiuco/ofiuco/pypa/name"
)

// node is a package on its way into the Selection.
type node struct {
	pkg    *lock.Package
	extras []name.Name // asked for, in the order of asking
	// first is the edge that brought the package in, and from its tail (nil: the project). The walk is
	// breadth first, so that following from gives a shortest chain.
	first Step
	from  *node
	in    []Step // every live edge into it
	next  []*node
}

// visit is a package's edges for one of its extras, "" for those that are always on.
type visit struct {
	node  *node
	extra name.Name
}

// edge is a live edge, out of from (nil: the project).
type edge struct {
	from     *node
	fromName string
	to       *lock.Dependency
	group    name.Name
}

// walk follows the live edges from the project, and collects what they lead to.
//
// A poetry.lock before 2.1 may have several entries that one edge allows, of which its installer took the one that the
// other edges agree with. Hence such an edge waits until the others are followed.
func (s *selector) walk() {
	for i := range s.lock.Roots {
		root := &s.lock.Roots[i]
		if s.isLiveRoot(root) {
			s.follow(edge{nil, rootName(s.lock, root), &root.Dependency, root.Group}, s.lock.Format == lock.Poetry)
		}
	}
	s.followAll()
	for len(s.later) > 0 {
		e := s.later[0]
		s.later = s.later[1:]
		s.follow(e, false)
		s.followAll()
	}
}

// followAll follows the edges of what was taken.
func (s *selector) followAll() {
	for len(s.queue) > 0 {
		v := s.queue[0]
		s.queue = s.queue[1:]
		from := label(v.node.pkg, v.extra)
		for i := range v.node.pkg.Dependencies {
			d := &v.node.pkg.Dependencies[i]
			if d.Extra == v.extra && s.holds(d.Marker) {
				s.follow(edge{v.node, from, d, ""}, s.lock.Format == lock.Poetry)
			}
		}
	}
}

func (s *selector) isLiveRoot(root *lock.Root) bool {
	if !s.active.groups[root.Group] || root.Extra != "" && !s.active.extras[root.Extra] {
		return false
	}
	return s.holds(root.Marker)
}

// follow takes an edge; one that several entries fit may wait.
func (s *selector) follow(e edge, mayWait bool) {
	d := e.to
	step := Step{From: e.fromName, To: edgeText(d), Marker: d.Marker.String(), Constraint: d.Constraint, Group: e.group, Extra: d.Extra, Line: d.Line}
	fits := s.fitting(d)
	if len(fits) > 1 && mayWait {
		s.later = append(s.later, e)
		return
	}
	pkg := s.choose(e.fromName, d, fits)
	if pkg == nil {
		return
	}
	n := s.nodes[pkg]
	if n == nil {
		if other := s.taken[pkg.Name]; other != nil {
			s.failTwo(other, pkg, step)
			return
		}
		n = &node{pkg: pkg, first: step, from: e.from}
		s.nodes[pkg], s.taken[pkg.Name] = n, n
		s.order = append(s.order, n)
		s.queue = append(s.queue, visit{n, ""})
	}
	s.join(n, e.from, step)
	for _, extra := range d.Extras {
		s.addExtra(n, extra)
	}
}

// join notes the live edge step from from (nil: the project) to n.
func (s *selector) join(n, from *node, step Step) {
	n.in = append(n.in, step)
	if from == nil {
		s.roots = append(s.roots, n)
	} else {
		from.next = append(from.next, n)
	}
}

func (s *selector) addExtra(n *node, extra name.Name) {
	if slices.Contains(n.extras, extra) {
		return
	}
	n.extras = append(n.extras, extra)
	s.queue = append(s.queue, visit{n, extra})
	if len(s.lock.Conflicts) > 0 {
		s.asked = append(s.asked, n.pkg.Name+"["+extra+"]")
		if n.pkg.Project {
			s.asked = append(s.asked, extra)
		}
	}
}

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
		if s.allowsPython(pkg.RequiresPython) && s.anyHolds(pkg.Forks) {
			kept = append(kept, pkg)
		}
	}
	if len(kept) == 0 {
		return pkgs
	}
	return kept
}

func (s *selector) failTwo(n *node, other *lock.Package, step Step) {
	s.fail(nil, step.Line, "two versions of %s apply to %s: %s requires %s (line %d), and %s requires %s (line %d)",
		n.pkg.Name, s.target, n.first.From, n.pkg.Version, n.pkg.Line, step.From, other.Version, other.Line)
}

// edgeText is what the edge asks for, "fastapi[standard]".
func edgeText(d *lock.Dependency) string {
	if len(d.Extras) == 0 {
		return d.Name.String()
	}
	words := make([]string, len(d.Extras))
	for i, e := range d.Extras {
		words[i] = e.String()
	}
	return fmt.Sprintf("%s[%s]", d.Name, strings.Join(words, ","))
}

func wanted(d *lock.Dependency) string {
	switch {
	case d.Constraint.Text != "":
		return d.Constraint.Text
	case !d.Version.IsZero():
		return "==" + d.Version.String()
	}
	return ""
}

func label(pkg *lock.Package, extra name.Name) string {
	if extra == "" {
		return pkg.Name.String()
	}
	return fmt.Sprintf("%s[%s]", pkg.Name, extra)
}

func rootName(l *lock.Lock, root *lock.Root) string {
	switch {
	case root.From != "":
		return root.From.String()
	case l.Project != "":
		return l.Project.String()
	}
	return "the project"
}
