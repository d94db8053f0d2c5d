package marker

// Node is a marker's parsed form, for code that writes it in another notation. It is one of
//
//   - a conjunction or disjunction: Op is "and" or "or", Args has at least two nodes;
//   - a comparison: Op is the operator, Variable and Literal its operands. Reversed says that the
//     literal stands on the left.
type Node struct {
	Op       string
	Args     []Node
	Variable string
	Literal  string
	Reversed bool
}

// Tree is the marker as Nodes, "or" outside of "and"; nil for nil.
func (m *Marker) Tree() *Node {
	if m == nil {
		return nil
	}
	n := m.terms.tree()
	return &n
}

func (l list) tree() Node {
	var runs []Node
	for start := 0; start < len(l); {
		end := start + 1
		for end < len(l) && !l[end].or {
			end++
		}
		var run []Node
		for _, t := range l[start:end] {
			run = append(run, t.tree())
		}
		runs = append(runs, nodeOf("and", run))
		start = end
	}
	return nodeOf("or", runs)
}

func nodeOf(op string, args []Node) Node {
	if len(args) == 1 {
		return args[0]
	}
	return Node{Op: op, Args: args}
}

func (t term) tree() Node {
	if t.group != nil {
		return t.group.tree()
	}
	c := t.comparison
	variable := c.variable.String()
	if c.variable == unknown {
		variable = c.quoted
	}
	return Node{Op: c.operator, Variable: variable, Literal: c.literal, Reversed: c.reversed}
}
