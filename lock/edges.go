package lock

import (
	"path"
	"slices"
	"strings"

	"github.com/ofiuco/ofiuco/pypa/name"
)

// maxEntries bounds how many entries of one name a lock may hold, since each edge to the name looks
// at all of them.
const maxEntries = 100

// byName are the packages of each name, in file order.
func (l *Lock) byName() map[name.Name][]*Package {
	byName := make(map[name.Name][]*Package, len(l.Packages))
	for _, p := range l.Packages {
		byName[p.Name] = append(byName[p.Name], p)
	}
	return byName
}

// edges are all edges, for a reader to complete.
func (l *Lock) edges() []*Dependency {
	var edges []*Dependency
	for _, p := range l.Packages {
		for i := range p.Dependencies {
			edges = append(edges, &p.Dependencies[i])
		}
	}
	for i := range l.Roots {
		edges = append(edges, &l.Roots[i].Dependency)
	}
	return edges
}

// addRoots makes roots where no pyproject.toml tells them: an edge to each package that no other
// one leads to, and to one of each cycle.
func (l *Lock) addRoots() {
	byName := l.byName()
	reached := map[name.Name]bool{}
	follow := func(start name.Name) {
		for queue := []name.Name{start}; len(queue) > 0; {
			n := queue[0]
			queue = queue[1:]
			for _, p := range byName[n] {
				for _, d := range p.Dependencies {
					if !reached[d.Name] {
						reached[d.Name] = true
						queue = append(queue, d.Name)
					}
				}
			}
		}
	}
	asked := map[name.Name]bool{}
	for _, p := range l.Packages {
		for _, d := range p.Dependencies {
			asked[d.Name] = asked[d.Name] || d.Name != p.Name
		}
	}
	for _, cycles := range []bool{false, true} {
		for _, p := range l.Packages {
			if reached[p.Name] || asked[p.Name] != cycles {
				continue
			}
			for _, c := range p.Included {
				l.Roots = append(l.Roots, Root{
					Dependency: Dependency{Name: p.Name, Version: p.Version, Source: &p.Source, Marker: c.Marker, Line: p.Line},
					Group:      c.Group,
				})
			}
			follow(p.Name)
		}
	}
}

// linkEdges pins every edge that asks for a certain source to the package that has it, so that its
// Source and Version are that package's own.
func (l *Lock) linkEdges() {
	byName := l.byName()
	for _, d := range l.edges() {
		if d.Source == nil {
			continue
		}
		var found []*Package
		for _, p := range byName[d.Name] {
			if sourceMeets(p.Source, *d.Source) {
				found = append(found, p)
			}
		}
		if len(found) > 1 && d.Source.Reference != "" {
			found = slices.DeleteFunc(found, func(p *Package) bool { return p.Source.Reference != d.Source.Reference })
		}
		switch len(found) {
		case 0:
			d.Source = nil // spelled in another way: name and constraint must do
		case 1:
			d.Source, d.Version = &found[0].Source, found[0].Version
		default:
			if d.Source.Kind == FromIndex {
				d.Source = &found[0].Source // one index, several versions
			} else {
				d.Source = nil
			}
		}
	}
}

// sourceMeets says whether the source of a locked package is the one that an edge asks for.
func sourceMeets(locked, asked Source) bool {
	switch asked.Kind {
	case FromGit:
		return locked.Kind == FromGit && sameRepository(locked.URL, asked.URL) && path.Clean(locked.Subdirectory) == path.Clean(asked.Subdirectory)
	case FromURL:
		withoutFragment := func(url string) string { url, _, _ = strings.Cut(url, "#"); return url }
		return locked.Kind == FromURL && withoutFragment(locked.URL) == withoutFragment(asked.URL)
	case FromPath, FromDirectory:
		return (locked.Kind == FromPath || locked.Kind == FromDirectory) && locked.Path == asked.Path
	default:
		if strings.EqualFold(asked.Name, "pypi") {
			return locked.Kind == FromIndex && (locked.Name == "" || strings.EqualFold(locked.Name, "pypi"))
		}
		return locked.Kind == FromIndex && strings.EqualFold(locked.Name, asked.Name)
	}
}

// sameRepository compares git URLs, of which "….git" and "…" are the same repository.
func sameRepository(a, b string) bool {
	trim := func(url string) string { return strings.TrimSuffix(strings.TrimSuffix(url, "/"), ".git") }
	return trim(a) == trim(b)
}
