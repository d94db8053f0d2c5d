package buildfile

import (
	"cmp"
	"slices"
)

// findCycles finds the strongly connected components of more than one node, by Tarjan's algorithm. It keeps its own stack:
// a lock's chain of packages may be longer than a goroutine's.
func (g *graph) findCycles() {
	t := tarjan{index: make(map[*node]int, len(g.nodes)), low: make(map[*node]int, len(g.nodes)), onStack: map[*node]bool{}}
	for _, n := range g.nodes {
		if t.index[n] == 0 {
			t.visit(n)
		}
	}
	for _, members := range t.components {
		slices.SortFunc(members, func(a, b *node) int { return cmp.Compare(a.label, b.label) })
	}
	slices.SortFunc(t.components, func(a, b []*node) int { return cmp.Compare(a[0].label, b[0].label) })
	for number, members := range t.components {
		for _, n := range members {
			n.cycle = number
		}
	}
	g.cycles = t.components
}

// tarjan is one search.
type tarjan struct {
	index, low map[*node]int // from 1 on; 0 is not yet visited
	stack      []*node
	onStack    map[*node]bool
	components [][]*node // those of several nodes
}

// frame is a node whose edges are being followed; next is the first that was not.
type frame struct {
	n    *node
	next int
}

func (t *tarjan) visit(start *node) {
	frames := []frame{t.enter(start)}
	for len(frames) > 0 {
		f := &frames[len(frames)-1]
		if f.next < len(f.n.edges) {
			to := f.n.edges[f.next].to
			f.next++
			if t.index[to] == 0 {
				frames = append(frames, t.enter(to))
			} else if t.onStack[to] {
				t.low[f.n] = min(t.low[f.n], t.index[to])
			}
			continue
		}
		t.leave(f.n)
		frames = frames[:len(frames)-1]
		if len(frames) > 0 {
			from := frames[len(frames)-1].n
			t.low[from] = min(t.low[from], t.low[f.n])
		}
	}
}

func (t *tarjan) enter(n *node) frame {
	t.index[n] = len(t.index) + 1
	t.low[n] = t.index[n]
	t.stack = append(t.stack, n)
	t.onStack[n] = true
	return frame{n: n}
}

// leave takes a component off the stack when n is its first node.
func (t *tarjan) leave(n *node) {
	if t.low[n] != t.index[n] {
		return
	}
	var members []*node
	for last := (*node)(nil); last != n; {
		last = t.stack[len(t.stack)-1]
		t.stack = t.stack[:len(t.stack)-1]
		delete(t.onStack, last)
		members = append(members, last)
	}
	if len(members) > 1 {
		t.components = append(t.components, members)
	}
}
