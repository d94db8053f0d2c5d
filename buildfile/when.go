package buildfile

import (
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/ofiuco/ofiuco/lock"
	"github.com/ofiuco/ofiuco/pypa/marker"
	"github.com/ofiuco/ofiuco/pypa/name"
	"github.com/ofiuco/ofiuco/pypa/version"
	"github.com/ofiuco/ofiuco/target"
)

// when is the condition on a package itself: what the lock says of its inclusion, or, where only edges decide and there
// are several versions, what tells them apart.
func (g *graph) when(p *lock.Package) condition {
	if g.flat {
		var ways []condition
		for _, c := range p.Included {
			if g.asked.groups[c.Group] {
				ways = append(ways, g.asked.condition(c.Marker))
			}
		}
		return anyOf(ways...)
	}
	named := g.byName[p.Name]
	if len(named) == 1 {
		return always
	}
	if slices.ContainsFunc(named, func(p *lock.Package) bool { return p.Forks != nil }) && g.lock.Format != lock.Poetry {
		return g.fork(p)
	}
	return allOf(g.fork(p), anyOf(g.led(p, named)...))
}

// fork is the condition under which the version was locked.
func (g *graph) fork(p *lock.Package) condition {
	return allOf(g.anyMarker(p.Forks), pythons(p.RequiresPython))
}

func (g *graph) anyMarker(ms []*marker.Marker) condition {
	if len(ms) == 0 {
		return always
	}
	alternatives := make([]condition, len(ms))
	for i, m := range ms {
		alternatives[i] = g.asked.condition(m)
	}
	return anyOf(alternatives...)
}

// led are the conditions under which an edge leads to p and to no other version. In a poetry.lock, of versions that no
// edge tells apart the newest is taken, too.
func (g *graph) led(p *lock.Package, named []*lock.Package) []condition {
	leading := g.leadingTo(p.Name)
	if g.lock.Format != lock.Poetry {
		return leading[p]
	}
	var others []condition
	for _, one := range named {
		switch order := one.Version.Compare(p.Version); {
		case one == p:
		case order > 0:
			others = append(others, g.fork(one))
			fallthrough
		default:
			others = append(others, allOf(g.fork(one), anyOf(leading[one]...)))
		}
	}
	return slices.Concat(leading[p], []condition{not(anyOf(others...))})
}

// leadingTo are, for each version of a name, the conditions of the edges that lead to no other.
func (g *graph) leadingTo(project name.Name) map[*lock.Package][]condition {
	if known := g.leading[project]; known != nil {
		return known
	}
	leading := map[*lock.Package][]condition{}
	for _, d := range g.into[project] {
		if fits := g.fitting(d); len(fits) == 1 {
			leading[fits[0]] = append(leading[fits[0]], g.asked.condition(d.Marker))
		}
	}
	for p, conditions := range leading {
		leading[p] = []condition{anyOf(conditions...)}
	}
	g.leading[project] = leading
	return leading
}

// mayHold says whether a marker holds on any target that the lock was made for, of a sample that has every kind.
func (g *graph) mayHold(m *marker.Marker) bool {
	extras, groups := slices.Collect(maps.Keys(g.asked.extras)), slices.Collect(maps.Keys(g.asked.groups))
	for _, t := range sample() {
		env := *t.Environment()
		env.Extras, env.DependencyGroups = extras, groups
		if holds, err := m.EvaluateExtras(&env); (holds || err != nil) && g.isFor(&env) {
			return true
		}
	}
	return false
}

// isFor says whether the lock was made for an environment.
func (g *graph) isFor(env *marker.Environment) bool {
	python, err := version.Parse(env.PythonFullVersion)
	if err != nil || !g.lock.RequiresPython.Allows(python) {
		return false
	}
	return len(g.lock.Environments) == 0 || slices.ContainsFunc(g.lock.Environments, func(m *marker.Marker) bool {
		holds, err := m.EvaluateExtras(env)
		return holds && err == nil
	})
}

// sample are targets of every Python on every kind of platform, of each Python its first and its newest patch release.
var sample = sync.OnceValue(func() []target.Target {
	var all []target.Target
	for minor := 8; minor <= 15; minor++ {
		for _, python := range []string{"cp", "pp"} {
			for _, platform := range []string{
				"manylinux_2_28_x86_64", "manylinux_2_28_aarch64", "macosx_14_0_arm64", "macosx_14_0_x86_64", "win_amd64", "win_arm64",
			} {
				t, err := target.Parse(fmt.Sprintf("%s3%d-%s", python, minor, platform))
				if err != nil {
					continue // no PyPy of that minor version
				}
				all = append(all, t)
				if first, err := t.WithPython(fmt.Sprintf("3.%d.0", minor)); err == nil {
					all = append(all, first)
				}
			}
		}
	}
	return all
})
