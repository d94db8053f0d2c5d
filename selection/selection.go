// Package selection decides what of a Lock a Target takes.
//
// It stands after lock and target and before everything that fetches or writes: Lock x Target x extras and groups ->
// Selection. It is pure, and its answer depends on nothing else. Rules:
//
//   - Where the lock itself says when a package is installed (Package.Included), that decides, and every edge that
//     holds must then lead to a package that was taken, in a version that it allows. Else the edges decide, beginning
//     with the project's.
//   - Exactly one version of a package is taken, or it is an error that names both.
//   - Cycles are whole: each member brings all others.
//   - Wheels are ranked as pip ranks them: by the place of their best tag in the target's, then by build tag. A wheel
//     goes before an sdist, and an sdist before a source tree.
//   - Every package of the lock and every artifact of a taken package is in exactly one list: taken, or passed over
//     with its reason.
//   - All that is wrong is said at once.
package selection

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/ofiuco/ofiuco/lock"
	"github.com/ofiuco/ofiuco/pypa/marker"
	"github.com/ofiuco/ofiuco/pypa/name"
	"github.com/ofiuco/ofiuco/pypa/version"
	"github.com/ofiuco/ofiuco/target"
)

// Options choose the project's extras and groups.
type Options struct {
	Extras          []name.Name
	AllExtras       bool
	Groups          []name.Name // beside the default ones
	OnlyGroups      []name.Name // nothing but these
	NoDefaultGroups bool
	// WheelsOnly refuses sdists, git and directories.
	WheelsOnly bool
}

// Selection is what a Target takes of a Lock.
type Selection struct {
	Target     target.Target
	Packages   []*Package // sorted by name
	PassedOver []PassedOver
	// Notes are what a user should know of the answer, one sentence each: what depends on a patch release that
	// was assumed, and what on a fact that no target knows.
	// A lock's own edge to a package that it does not include is such a thing, too.
	Notes []string

	roots []*Package
}

// Package is one taken package.
type Package struct {
	*lock.Package
	Artifact     lock.Artifact
	Extras       []name.Name // of the package, asked for; sorted
	Dependencies []name.Name // taken ones, sorted
	// Because is the chain of edges from the project to the package, the shortest one.
	Because []Step
	// Requirements are the live edges that ask for the package, with their constraints.
	Requirements []Step

	target target.Target
	listed []lock.Artifact // by an index, where the lock knows only digests
}

// Step is one live edge: From asks for To.
type Step struct {
	From       string // "web" (the project), "fastapi[standard]"
	To         string
	Marker     string // "" when there is none
	Constraint lock.Constraint
	Group      name.Name // of the project, "" for its own dependencies
	Extra      name.Name // of From, "" when the edge is always on
	Line       int
}

// PassedOver is a package of the lock that was not taken.
type PassedOver struct {
	Package *lock.Package
	Reason  Reason
}

// Select decides. All that is wrong is returned at once, joined; each part is a *lock.Error.
func Select(l *lock.Lock, t target.Target, o Options) (*Selection, error) {
	return newFiles(l).selectFor(t, o)
}

// selector is one decision on its way.
type selector struct {
	lock   *lock.Lock
	target target.Target
	active active
	env    marker.Environment
	python version.Version
	held   map[*marker.Marker]bool // what each marker said
	flat   bool

	byName map[name.Name][]*lock.Package
	nodes  map[*lock.Package]*node
	taken  map[name.Name]*node
	order  []*node // in the order of taking
	roots  []live
	queue  []visit
	later  []edge             // that several entries fit
	twice  map[name.Name]bool // included in two versions, which is an error
	asked  []name.Name        // extras that edges asked for, as conflict markers name them
	notes  []string
	errs   []error
}

func (f *files) selectFor(t target.Target, o Options) (*Selection, error) {
	a, errs := activate(f.lock, o)
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	s := f.decide(t, a)
	selection := s.finish(o) // also after errors, to say all that is wrong at once
	if len(s.errs) > 0 {
		return nil, errors.Join(s.errs...)
	}
	return selection, nil
}

// decide finds the packages. An edge may ask for an extra that the markers of other edges ask about, so that with
// each new one it begins again.
func (f *files) decide(t target.Target, a active) *selector {
	for {
		s := f.newSelector(t, a)
		s.checkTarget()
		if len(s.errs) > 0 {
			return s
		}
		s.walk()
		if !s.grow(&a) {
			s.checkConflicts()
			return s
		}
	}
}

func (f *files) newSelector(t target.Target, a active) *selector {
	s := &selector{
		lock: f.lock, target: t, active: a, env: *t.Environment(), held: map[*marker.Marker]bool{},
		byName: f.byName, nodes: make(map[*lock.Package]*node, len(f.lock.Packages)),
		taken: make(map[name.Name]*node, len(f.lock.Packages)), twice: map[name.Name]bool{},
	}
	s.env.Extras, s.env.DependencyGroups = environmentNames(a.extras), environmentNames(a.groups)
	s.python, _ = version.Parse(s.env.PythonFullVersion) // a target's version is a version
	s.flat = slices.ContainsFunc(f.lock.Packages, func(p *lock.Package) bool { return p.Included != nil })
	return s
}

// grow adds the extras that edges asked for to what is active, and says whether any was new.
func (s *selector) grow(a *active) bool {
	grown := false
	for _, extra := range s.asked {
		if !a.extras[extra] {
			a.extras[extra] = true
			grown = true
		}
	}
	return grown
}

// checkTarget refuses a target that the lock was not made for.
func (s *selector) checkTarget() {
	if !s.allowsPython(s.lock.RequiresPython) {
		s.errs = append(s.errs, &lock.Error{
			Path: s.lock.Path, Line: s.lock.RequiresPythonLine,
			Msg:  fmt.Sprintf("the lock requires Python %s, and %s has %s", s.lock.RequiresPython, s.target, s.python),
			Hint: "choose another target, or widen requires-python and lock again",
		})
	}
	if !s.anyHolds(s.lock.Environments, 0) {
		e := &lock.Error{Path: s.lock.Path, Msg: fmt.Sprintf("the lock was not made for %s", s.target), Hint: "choose another target, or add its environment and lock again"}
		for _, m := range s.lock.Environments {
			e.Facts = append(e.Facts, "made for: "+m.String())
		}
		s.errs = append(s.errs, e)
	}
}

func (s *selector) allowsPython(c lock.Constraint) bool { return c.Allows(s.python) }

// anyHolds says whether one of the markers holds, or there is none.
func (s *selector) anyHolds(ms []*marker.Marker, line int) bool {
	return len(ms) == 0 || slices.ContainsFunc(ms, func(m *marker.Marker) bool { return s.holds(m, line) })
}

// holds evaluates a marker, once; line is where it stands.
func (s *selector) holds(m *marker.Marker, line int) bool {
	if m == nil {
		return true
	}
	answer, known := s.held[m]
	if known {
		return answer
	}
	answer, err := m.EvaluateExtras(&s.env)
	if err != nil {
		s.fail(nil, line, "marker %q: %w", m.String(), err)
	}
	s.held[m] = answer
	return answer
}

// fail notes what is wrong. pkg may be nil.
func (s *selector) fail(pkg *lock.Package, line int, format string, args ...any) {
	err := fmt.Errorf(format, args...)
	e := &lock.Error{Path: s.lock.Path, Line: line, Msg: err.Error(), Hint: s.hint(), Err: errors.Unwrap(err)}
	if pkg != nil {
		e.Package = pkg.Name.String() + " " + pkg.Version.String()
	}
	s.errs = append(s.errs, e)
}

// hint is the command that writes the lock anew.
func (s *selector) hint() string {
	switch s.lock.Format {
	case lock.Poetry:
		return "is the lock out of date? run poetry lock"
	case lock.UV:
		return "is the lock out of date? run uv lock"
	case lock.PDM:
		return "is the lock out of date? run pdm lock"
	}
	return "write the lock anew with the tool that made it"
}

// finish turns what was taken into a Selection, and chooses the artifacts.
func (s *selector) finish(o Options) *Selection {
	result := &Selection{Target: s.target}
	packages := make(map[*node]*Package, len(s.order))
	because := chains(s.roots, len(s.order))
	for _, n := range s.order {
		if n.pkg.Project {
			continue
		}
		if !s.allowsPython(n.pkg.RequiresPython) {
			s.fail(n.pkg, n.pkg.Line, "requires Python %s, and %s has %s", n.pkg.RequiresPython, s.target, s.python)
		}
		slices.Sort(n.extras)
		p := &Package{Package: n.pkg, Extras: n.extras, Because: because[n], Requirements: n.in, target: s.target}
		if len(n.pkg.Artifacts) > 0 {
			p.Artifact = s.chooseArtifact(p, o)
		}
		packages[n] = p
		result.Packages = append(result.Packages, p)
	}
	for n, p := range packages {
		for _, l := range n.out {
			if !l.to.pkg.Project {
				p.Dependencies = append(p.Dependencies, l.to.pkg.Name)
			}
		}
		slices.Sort(p.Dependencies)
		p.Dependencies = slices.Compact(p.Dependencies)
	}
	result.roots = beginnings(s.roots, packages)
	slices.SortFunc(result.Packages, func(a, b *Package) int { return cmp.Compare(a.Name, b.Name) })
	result.PassedOver = s.passedOver()
	slices.Sort(s.notes)
	result.Notes = append(slices.Compact(s.notes), s.patchNotes()...)
	return result
}
