package selection

import (
	"slices"

	"github.com/ofiuco/ofiuco/pypa/name"
)

// beginnings are the packages that the project itself asks for. Behind a project package, which is not in the
// Selection, they are what it leads to.
func beginnings(roots []live, packages map[*node]*Package) []*Package {
	var all []*Package
	seen := map[*node]bool{}
	for stack := slices.Clone(roots); len(stack) > 0; {
		n := stack[len(stack)-1].to
		stack = stack[:len(stack)-1]
		if seen[n] {
			continue
		}
		seen[n] = true
		if p := packages[n]; p != nil {
			all = append(all, p)
		} else {
			stack = append(stack, n.out...)
		}
	}
	return all
}

// Without is the set of packages to drop when those named are left out: they, and what only they need. What the
// project or a package that stays needs stays, also in a cycle.
func (s *Selection) Without(names []name.Name) map[name.Name]bool {
	out := map[name.Name]bool{}
	for _, n := range names {
		out[n] = true
	}
	byName := make(map[name.Name]*Package, len(s.Packages))
	for _, p := range s.Packages {
		byName[p.Name] = p
	}
	stays := map[name.Name]bool{}
	for stack := append([]*Package(nil), s.roots...); len(stack) > 0; {
		p := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if out[p.Name] || stays[p.Name] {
			continue
		}
		stays[p.Name] = true
		for _, d := range p.Dependencies {
			stack = append(stack, byName[d])
		}
	}
	drop := map[name.Name]bool{}
	for _, p := range s.Packages {
		if !stays[p.Name] {
			drop[p.Name] = true
		}
	}
	return drop
}
