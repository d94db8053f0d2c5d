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
	in     []Step      // every live edge into it
	out    []live
	listed *Step // what stands for an edge, of a package that only the lock itself asks for
	seen   bool  // its edges are followed, or will be
}

// live is a live edge to a node.
type live struct {
	to    *node
	place int         // in to.in; -1 stands for to.listed
	extra name.Name   // of the tail, which turns it on
	asks  []name.Name // the extras asked of to
}

func (l live) step() Step {
	if l.place < 0 {
		return *l.to.listed
	}
	return l.to.in[l.place]
}

// visit is a package's edges for one of its extras, "" for those that are always on.
type visit struct {
	node  *node
	extra name.Name
}

// edge is a live edge to be followed, out of from (nil: the project).
type edge struct {
	from     *node
	fromName string
	to       *lock.Dependency
	group    name.Name
}

// walk follows the live edges from the project to the packages that the lock includes, or where it does not say so
// collects what they lead to.
//
// A poetry.lock before 2.1 may have several entries that one edge allows, of which its installer took the one that the
// other edges agree with. Hence such an edge waits until the others are followed.
func (s *selector) walk() {
	mayWait := s.lock.Format == lock.Poetry && !s.flat
	if s.flat {
		s.include()
	}
	for i := range s.lock.Roots {
		root := &s.lock.Roots[i]
		if s.isLiveRoot(root) {
			s.follow(edge{nil, s.rootName(root), &root.Dependency, root.Group}, mayWait)
		}
	}
	s.followAll(mayWait)
	for len(s.later) > 0 {
		e := s.later[0]
		s.later = s.later[1:]
		s.follow(e, false)
		s.followAll(mayWait)
	}
	if s.flat {
		s.beginRest()
	}
}

// followAll follows the edges of what was taken.
func (s *selector) followAll(mayWait bool) {
	for len(s.queue) > 0 {
		v := s.queue[0]
		s.queue = s.queue[1:]
		from := label(v.node.pkg, v.extra)
		for i := range v.node.pkg.Dependencies {
			d := &v.node.pkg.Dependencies[i]
			if d.Extra == v.extra && s.holds(d.Marker, d.Line) {
				s.follow(edge{v.node, from, d, ""}, mayWait)
			}
		}
	}
}

func (s *selector) isLiveRoot(root *lock.Root) bool {
	if !s.active.groups[root.Group] || root.Extra != "" && !s.active.extras[root.Extra] {
		return false
	}
	return s.holds(root.Marker, root.Line)
}

// follow takes an edge; one that several entries fit may wait.
func (s *selector) follow(e edge, mayWait bool) {
	var n *node
	if s.flat {
		n = s.includedBy(e)
	} else {
		fits := s.fitting(e.to)
		if len(fits) > 1 && mayWait {
			s.later = append(s.later, e)
			return
		}
		n = s.chosenBy(e, fits)
	}
	if n == nil {
		return
	}
	d := e.to
	n.in = append(n.in, Step{
		From: e.fromName, To: edgeText(d), Marker: d.Marker.String(), Constraint: d.Constraint,
		Group: e.group, Extra: d.Extra, Line: d.Line,
	})
	s.join(e.from, live{n, len(n.in) - 1, d.Extra, d.Extras})
	for _, extra := range d.Extras {
		s.addExtra(n, extra)
	}
}

// join notes the live edge l out of from (nil: the project).
func (s *selector) join(from *node, l live) {
	if from == nil {
		s.roots = append(s.roots, l)
	} else {
		from.out = append(from.out, l)
	}
	if !l.to.seen {
		l.to.seen = true
		s.queue = append(s.queue, visit{l.to, ""})
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

// add takes a package.
func (s *selector) add(pkg *lock.Package) *node {
	n := &node{pkg: pkg}
	s.nodes[pkg], s.taken[pkg.Name] = n, n
	s.order = append(s.order, n)
	return n
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

// rootName is whose edge a root is.
func (s *selector) rootName(root *lock.Root) string {
	if root.From != "" {
		return root.From.String()
	}
	return s.projectName()
}

func (s *selector) projectName() string {
	if s.lock.Project != "" {
		return s.lock.Project.String()
	}
	return "the project"
}
