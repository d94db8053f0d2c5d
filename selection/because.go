package selection

// arrival is the first way to a package with one of its extras ("" for the package itself).
type arrival struct {
	visit
	by   live
	from *arrival // nil: the project
}

// chains finds for each package a shortest chain of live edges from the project. What an extra brings in is reached
// from where the extra was asked for, not from where the package was.
func chains(roots []live, packages int) map[*node][]Step {
	first := make(map[visit]*arrival, packages)
	var queue []*arrival
	arrive := func(l live, from *arrival) {
		for i := -1; i < len(l.asks); i++ {
			v := visit{l.to, ""}
			if i >= 0 {
				v.extra = l.asks[i]
			}
			if first[v] == nil {
				first[v] = &arrival{v, l, from}
				queue = append(queue, first[v])
			}
		}
	}
	for _, l := range roots {
		arrive(l, nil)
	}
	chains := make(map[*node][]Step, packages)
	for i := 0; i < len(queue); i++ {
		a := queue[i]
		if a.extra == "" {
			chains[a.node] = a.chain()
		}
		for _, l := range a.node.out {
			if l.extra == a.extra {
				arrive(l, a)
			}
		}
	}
	return chains
}

// chain is the edges from the project to a.
func (a *arrival) chain() []Step {
	length := 0
	for b := a; b != nil; b = b.from {
		length++
	}
	steps := make([]Step, length)
	for b := a; b != nil; b = b.from {
		length--
		steps[length] = b.by.step()
	}
	return steps
}
