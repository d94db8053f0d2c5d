package selection

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/ofiuco/ofiuco/lock"
	"github.com/ofiuco/ofiuco/pypa/marker"
)

// passedOver gives every package that was not taken its reason, in order of name and version.
func (s *selector) passedOver() []PassedOver {
	var over []PassedOver
	reached := s.deadEdges()
	for _, pkg := range s.lock.Packages {
		if s.nodes[pkg] == nil && !pkg.Project {
			over = append(over, PassedOver{Package: pkg, Reason: s.whyNot(pkg, reached)})
		}
	}
	slices.SortStableFunc(over, func(a, b PassedOver) int {
		return cmp.Or(cmp.Compare(a.Package.Name, b.Package.Name), a.Package.Version.Compare(b.Package.Version))
	})
	return over
}

func (s *selector) whyNot(pkg *lock.Package, dead map[*lock.Package]string) Reason {
	if n := s.taken[pkg.Name]; n != nil {
		return Reason{OtherVersion, fmt.Sprintf("%s is taken", n.pkg.Version)}
	}
	if pkg.Included != nil {
		var groups, markers []string
		for _, c := range pkg.Included {
			if s.active.groups[c.Group] {
				markers = append(markers, c.Marker.String())
			} else {
				groups = append(groups, c.Group.String())
			}
		}
		if len(markers) > 0 {
			return Reason{MarkerFalse, strings.Join(slices.Compact(markers), " or ")}
		}
		return Reason{NotAsked, "only in group " + strings.Join(groups, ", ")}
	}
	if why, ok := dead[pkg]; ok {
		return Reason{MarkerFalse, why}
	}
	return Reason{Unreached, "no taken package asks for it"}
}

// deadEdges are the markers that keep a package out although a taken one has an edge to it.
func (s *selector) deadEdges() map[*lock.Package]string {
	dead := map[*lock.Package]string{}
	note := func(from string, d *lock.Dependency) {
		if s.taken[d.Name] != nil || s.holds(d.Marker, d.Line) {
			return
		}
		for _, pkg := range s.byName[d.Name] {
			if _, known := dead[pkg]; !known && s.fits(pkg, d) {
				dead[pkg] = fmt.Sprintf("%s asks for it only where %s", from, d.Marker)
			}
		}
	}
	for i := range s.lock.Roots {
		root := &s.lock.Roots[i]
		if s.active.groups[root.Group] && (root.Extra == "" || s.active.extras[root.Extra]) {
			note(s.rootName(root), &root.Dependency)
		}
	}
	for _, n := range s.order {
		for i := range n.pkg.Dependencies {
			d := &n.pkg.Dependencies[i]
			if d.Extra == "" || slices.Contains(n.extras, d.Extra) {
				note(label(n.pkg, d.Extra), d)
			}
		}
	}
	return dead
}

// patchNotes says of which markers the answer depends on a patch release that the target only assumes, and which
// ask for what no target knows.
func (s *selector) patchNotes() []string {
	var notes []string
	for m := range s.held {
		if s.target.PatchAssumed() && s.dependsOnPatch(m) {
			notes = append(notes, fmt.Sprintf("%s is taken for Python %s: the answer of %q depends on the patch release (say which with --python)",
				s.target, s.env.PythonFullVersion, m))
		}
		if m.Uses("platform_release") || m.Uses("platform_version") {
			notes = append(notes, fmt.Sprintf("the marker %q asks for the release of the operating system, which no target knows", m))
		}
	}
	slices.Sort(notes)
	return slices.Compact(notes)
}

// latestPatch is higher than the last patch release of any Python so far.
const latestPatch = 30

// dependsOnPatch says whether a marker answers differently for two patch releases of the target's Python.
func (s *selector) dependsOnPatch(m *marker.Marker) bool {
	if !m.Uses("python_full_version") && !m.Uses("implementation_version") || !strings.Contains(m.String(), s.env.PythonVersion+".") {
		return false
	}
	env := s.env
	for patch := range latestPatch {
		env.PythonFullVersion = fmt.Sprintf("%s.%d", s.env.PythonVersion, patch)
		if env.ImplementationName == "cpython" {
			env.ImplementationVersion = env.PythonFullVersion
		}
		if answer, err := m.EvaluateExtras(&env); err == nil && answer != s.held[m] {
			return true
		}
	}
	return false
}
