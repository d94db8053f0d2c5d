package buildfile

import "github.com/ofiuco/ofiuco/lock"

// longestReach is in bytes of JSON. A condition beyond it, as no lock that was seen has, is not worth its evaluation.
const longestReach = 4096

// addReach has a package that the project leads to only on some platforms be absent from the others, in locks in which no
// package has a marker, only what depends on one. It never takes away what a target of the hub leads to: a package counts as
// reached with all its extras, members of a circle when one of them is, and what nothing that is asked for leads to stays.
func (g *graph) addReach() {
	if g.flat {
		return
	}
	r := newReach(g)
	for p, base := range g.bases {
		c, reached := r.conditions[r.nodes[p]]
		if !reached || p.Project {
			continue
		}
		base.when = allOf(base.when, c)
		for _, extra := range g.extras[p] {
			extra.when = base.when
		}
	}
}

// reach is the graph of packages, each together with its extras.
type reach struct {
	nodes      map[*lock.Package]*node
	conditions map[*node]condition // of those that are reached
	circles    [][]*node
}

func newReach(g *graph) *reach {
	r := &reach{nodes: map[*lock.Package]*node{}, conditions: map[*node]condition{}}
	for p, base := range g.bases {
		r.nodes[p] = &node{label: base.label, pkg: p, cycle: -1}
	}
	for _, n := range g.nodes {
		from := r.nodes[n.pkg]
		from.edges = append(from.edges, r.links(n.edges)...)
	}
	packages := graph{}
	for _, n := range g.nodes {
		if n.extra == "" {
			packages.nodes = append(packages.nodes, r.nodes[n.pkg])
		}
	}
	packages.findCycles()
	r.circles = packages.cycles
	r.follow(&node{label: "", edges: r.links(g.roots), cycle: -1})
	return r
}

// links are edges between packages.
func (r *reach) links(edges []link) []link {
	var links []link
	for _, l := range edges {
		if l.to.pkg != nil {
			links = append(links, link{r.nodes[l.to.pkg], l.when})
		}
	}
	return links
}

// follow finds the conditions of all that can be reached from the start, in topological order, a circle being one step.
func (r *reach) follow(start *node) {
	waiting := r.entries(start)
	ways := map[*node][]condition{}
	r.conditions[start] = always
	queue := []*node{start}
	for len(queue) > 0 {
		n := queue[0]
		queue = queue[1:]
		for _, member := range r.circle(n) {
			for _, l := range member.edges {
				to := r.circle(l.to)[0]
				if to == r.circle(n)[0] {
					continue
				}
				ways[to] = append(ways[to], allOf(r.conditions[n], l.when))
				if waiting[to]--; waiting[to] == 0 {
					r.reached(to, anyOf(ways[to]...))
					queue = append(queue, to)
				}
			}
		}
	}
}

func (r *reach) reached(n *node, when condition) {
	if len(when.json()) > longestReach {
		when = always
	}
	for _, member := range r.circle(n) {
		r.conditions[member] = when
	}
}

// entries counts, for the first member of each circle and each other node, the edges from outside that can be reached.
func (r *reach) entries(start *node) map[*node]int {
	count, seen := map[*node]int{}, map[*node]bool{start: true}
	queue := []*node{start}
	for len(queue) > 0 {
		n := queue[0]
		queue = queue[1:]
		for _, member := range r.circle(n) {
			for _, l := range member.edges {
				to := r.circle(l.to)[0]
				if to == r.circle(n)[0] {
					continue
				}
				count[to]++
				if !seen[to] {
					seen[to] = true
					queue = append(queue, to)
				}
			}
		}
	}
	return count
}

// circle are the nodes that lead to each other, of which n is one.
func (r *reach) circle(n *node) []*node {
	if n.cycle < 0 {
		return []*node{n}
	}
	return r.circles[n.cycle]
}
