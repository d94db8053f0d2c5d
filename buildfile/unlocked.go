package buildfile

import "slices"

// dropUnlocked leaves out the extras that nothing in the lock asks for and that it lacks packages of: a lock holds only
// what it needs itself. What is asked for stays, and fails where it is used.
func (g *graph) dropUnlocked() {
	if len(g.missing) == 0 {
		return
	}
	asked := g.askedNodes()
	asking := map[*node][]*node{} // the extras that lead to a node and that nothing asks for
	for _, n := range g.nodes {
		for _, l := range n.edges {
			if !asked[n] {
				asking[l.to] = append(asking[l.to], n)
			}
		}
	}
	unlocked := map[*node]bool{}
	var queue []*node
	for _, n := range g.missing {
		queue = append(queue, n)
	}
	for len(queue) > 0 {
		for _, n := range asking[queue[0]] {
			if !unlocked[n] {
				unlocked[n] = true
				queue = append(queue, n)
			}
		}
		queue = queue[1:]
	}
	for n := range unlocked {
		delete(g.extras[n.pkg], n.extra)
	}
	g.nodes = slices.DeleteFunc(g.nodes, func(n *node) bool { return unlocked[n] })
	for requirement, n := range g.missing {
		if !asked[n] {
			delete(g.missing, requirement)
		}
	}
}

// askedNodes are all packages, and what these and the project lead to.
func (g *graph) askedNodes() map[*node]bool {
	asked := map[*node]bool{}
	var queue []*node
	add := func(n *node) {
		if !asked[n] {
			asked[n] = true
			queue = append(queue, n)
		}
	}
	for _, n := range g.nodes {
		if n.extra == "" {
			add(n)
		}
	}
	for _, l := range g.roots {
		add(l.to)
	}
	for len(queue) > 0 {
		for _, l := range queue[0].edges {
			add(l.to)
		}
		queue = queue[1:]
	}
	return asked
}
