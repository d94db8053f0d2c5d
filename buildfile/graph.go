package buildfile

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/ofiuco/ofiuco/lock"
	"github.com/ofiuco/ofiuco/pypa/name"
)

// node is a target of the hub: a package, an extra of one, or where pkg is nil what only stands for others.
type node struct {
	label string // the target's name: "numpy", "numpy@2.1.0", "uvicorn[standard]"
	pkg   *lock.Package
	extra name.Name
	// when is the condition of the package itself, which its extras share.
	when  condition
	edges []link
	cycle int // the number of its strongly connected component, -1 for one that is no cycle
}

// hasFiles says whether there is something to install: extras and the project itself only gather others.
func (n *node) hasFiles() bool { return n.pkg != nil && !n.pkg.Project && n.extra == "" }

// link is an edge of the hub.
type link struct {
	to   *node
	when condition
}

// graph is a lock as the hub's targets.
type graph struct {
	lock   *lock.Lock
	asked  asked
	flat   bool // the lock itself says what is included: see lock.Package.Included
	byName map[name.Name][]*lock.Package
	into   map[name.Name][]*lock.Dependency // the edges to each name
	// leading are remembered answers of leadingTo.
	leading map[name.Name]map[*lock.Package][]condition
	labels  map[*lock.Package]string
	bases   map[*lock.Package]*node
	extras  map[*lock.Package]map[name.Name]*node
	nodes   []*node // those with a package
	// missing are the requirements that some target has and the lock does not hold.
	missing map[string]*node
	roots   []link
	cycles  [][]*node
}

// newGraph follows every edge that may hold. With allExtras, each extra that a package has is a node, else only those that
// are asked for.
func newGraph(l *lock.Lock, allExtras bool) *graph {
	g := &graph{
		lock: l, asked: everything(l), byName: map[name.Name][]*lock.Package{}, into: map[name.Name][]*lock.Dependency{},
		leading: map[name.Name]map[*lock.Package][]condition{}, labels: map[*lock.Package]string{},
		bases: map[*lock.Package]*node{}, extras: map[*lock.Package]map[name.Name]*node{}, missing: map[string]*node{},
	}
	for _, p := range l.Packages {
		g.flat = g.flat || p.Included != nil
		g.byName[p.Name] = append(g.byName[p.Name], p)
		for i := range p.Dependencies {
			if d := &p.Dependencies[i]; !p.Project || g.asksFor("", d.Extra) {
				g.into[d.Name] = append(g.into[d.Name], d)
			}
		}
	}
	for i := range l.Roots {
		if root := &l.Roots[i]; g.asksFor(root.Group, root.Extra) {
			g.into[root.Name] = append(g.into[root.Name], &root.Dependency)
		}
	}
	g.askForExtras()
	g.addNodes(allExtras)
	for _, n := range g.nodes {
		n.edges = g.out(n)
	}
	g.addRoots()
	g.dropUnlocked()
	g.findCycles()
	g.addReach()
	return g
}

// addRoots finds what `:all` leads to, beside what a lock includes by itself.
func (g *graph) addRoots() {
	if g.flat {
		return
	}
	for i := range g.lock.Roots {
		if root := &g.lock.Roots[i]; g.asksFor(root.Group, root.Extra) {
			g.roots = g.append(g.roots, &root.Dependency)
		}
	}
	g.roots = merged(g.roots)
}

// asksFor says whether the project's edges of a group and an extra count.
func (g *graph) asksFor(group, extra name.Name) bool {
	return g.asked.groups[group] && (extra == "" || g.asked.extras[extra])
}

// askForExtras adds the extras that edges ask for to those that markers ask about, as selection does. Only where there are
// conflicts do markers ask about extras of packages.
func (g *graph) askForExtras() {
	for grown := len(g.lock.Conflicts) > 0; grown; {
		grown = false
		for _, extra := range g.reachableExtras() {
			if !g.asked.extras[extra] {
				g.asked.extras[extra] = true
				grown = true
			}
		}
		clear(g.asked.answered)
	}
}

// reachableExtras are the extras that edges ask for, of those that may hold and can be reached from the project.
func (g *graph) reachableExtras() []name.Name {
	type visit struct {
		pkg   *lock.Package
		extra name.Name
	}
	var extras []name.Name
	var queue []visit
	seen := map[visit]bool{}
	follow := func(d *lock.Dependency) {
		if g.asked.condition(d.Marker).isNever() {
			return
		}
		for _, p := range g.fitting(d) {
			for _, extra := range append([]name.Name{""}, d.Extras...) {
				v := visit{p, extra}
				if seen[v] {
					continue
				}
				seen[v] = true
				queue = append(queue, v)
				if extra != "" {
					extras = append(extras, p.Name+"["+extra+"]")
				}
				if extra != "" && p.Project {
					extras = append(extras, extra)
				}
			}
		}
	}
	for i := range g.lock.Roots {
		if root := &g.lock.Roots[i]; g.asksFor(root.Group, root.Extra) {
			follow(&root.Dependency)
		}
	}
	for len(queue) > 0 {
		v := queue[0]
		queue = queue[1:]
		for i := range v.pkg.Dependencies {
			if d := &v.pkg.Dependencies[i]; d.Extra == v.extra {
				follow(d)
			}
		}
	}
	return extras
}

// addNodes makes the nodes of all packages and their extras.
func (g *graph) addNodes(allExtras bool) {
	wanted := g.wantedExtras(allExtras)
	for _, named := range g.byName {
		g.label(named)
	}
	for _, p := range g.lock.Packages {
		base := &node{label: g.labels[p], pkg: p, when: g.when(p), cycle: -1}
		g.bases[p] = base
		g.nodes = append(g.nodes, base)
		g.extras[p] = map[name.Name]*node{}
		for extra := range wanted[p] {
			n := &node{label: fmt.Sprintf("%s[%s]", base.label, extra), pkg: p, extra: extra, when: base.when, cycle: -1}
			g.extras[p][extra] = n
			g.nodes = append(g.nodes, n)
		}
	}
	slices.SortFunc(g.nodes, func(a, b *node) int { return cmp.Compare(a.label, b.label) })
}

// wantedExtras are the extras of each package that have nodes. One that is asked for and that the package does not have
// adds nothing, as for pip.
func (g *graph) wantedExtras(all bool) map[*lock.Package]map[name.Name]bool {
	wanted, has := map[*lock.Package]map[name.Name]bool{}, map[*lock.Package]map[name.Name]bool{}
	for _, p := range g.lock.Packages {
		wanted[p], has[p] = map[name.Name]bool{}, map[name.Name]bool{}
		for _, extra := range p.Provides {
			has[p][extra] = true
		}
		for i := range p.Dependencies {
			if extra := p.Dependencies[i].Extra; extra != "" {
				has[p][extra] = true
			}
		}
		if all && !p.Project {
			wanted[p] = has[p]
		}
	}
	for to, edges := range g.into {
		for _, d := range edges {
			for _, p := range g.byName[to] {
				for _, extra := range d.Extras {
					if has[p][extra] {
						wanted[p][extra] = true
					}
				}
			}
		}
	}
	return wanted
}

// label names the targets of the packages of one name: by version where there are several, and by source, too, where these
// have one version.
func (g *graph) label(named []*lock.Package) {
	if len(named) == 1 {
		g.labels[named[0]] = named[0].Name.String()
		return
	}
	taken := map[string]bool{}
	for _, p := range named {
		label := fmt.Sprintf("%s@%s", p.Name, cmp.Or(versionText(p), string(p.Source.Kind)))
		if taken[label] {
			label += "@" + cmp.Or(labelPart(p.Source.Name), string(p.Source.Kind), string(lock.FromIndex))
		}
		for unique, i := label, 2; taken[label]; i++ {
			label = fmt.Sprintf("%s-%d", unique, i)
		}
		taken[label] = true
		g.labels[p] = label
	}
}

// labelPart is what of a text may stand in any label.
func labelPart(text string) string {
	return string(slices.DeleteFunc([]byte(text), func(c byte) bool {
		return !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-' || c == '_' || c == '.')
	}))
}

// out are the edges of a node.
func (g *graph) out(n *node) []link {
	var links []link
	if n.extra != "" {
		links = append(links, link{g.bases[n.pkg], always})
	}
	for i := range n.pkg.Dependencies {
		if d := &n.pkg.Dependencies[i]; d.Extra == n.extra {
			links = g.append(links, d)
		}
	}
	return merged(slices.DeleteFunc(links, func(l link) bool { return l.to == n }))
}

// append adds the links of an edge.
func (g *graph) append(links []link, d *lock.Dependency) []link {
	when := g.asked.condition(d.Marker)
	if when.isNever() {
		return links
	}
	fits := g.fitting(d)
	if len(fits) == 0 {
		if !g.mayHold(d.Marker) {
			return links
		}
		return append(links, link{g.missed(d), when})
	}
	for _, p := range fits {
		isBare := true
		for _, extra := range d.Extras {
			if n := g.extras[p][extra]; n != nil {
				links = append(links, link{n, when})
				isBare = false
			}
		}
		if isBare {
			links = append(links, link{g.bases[p], when})
		}
	}
	return links
}

// fitting are the packages that the edge may lead to, as selection finds them; of several, their own conditions decide.
func (g *graph) fitting(d *lock.Dependency) []*lock.Package {
	var fits []*lock.Package
	for _, p := range g.byName[d.Name] {
		if !d.Version.IsZero() && !d.Version.Equal(p.Version) || d.Source != nil && *d.Source != p.Source && !g.flat {
			continue
		}
		if p.Version.IsZero() || d.Constraint.Allows(p.Version) {
			fits = append(fits, p)
		}
	}
	return fits
}

// missed is the node that stands for what an edge asks for and the lock does not hold.
func (g *graph) missed(d *lock.Dependency) *node {
	n := g.missing[d.Name.String()]
	if n == nil {
		n = &node{label: "_missing/" + d.Name.String(), cycle: -1}
		g.missing[d.Name.String()] = n
	}
	return n
}

// merged joins the links to one node: an edge holds when any of them does.
func merged(links []link) []link {
	ways := make(map[*node][]condition, len(links))
	for _, l := range links {
		ways[l.to] = append(ways[l.to], l.when)
	}
	one := make([]link, 0, len(ways))
	for to, conditions := range ways {
		one = append(one, link{to, anyOf(conditions...)})
	}
	slices.SortFunc(one, func(a, b link) int { return cmp.Compare(a.to.label, b.to.label) })
	return one
}
