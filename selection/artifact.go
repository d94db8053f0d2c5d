package selection

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/ofiuco/ofiuco/lock"
	"github.com/ofiuco/ofiuco/pypa/filename"
	"github.com/ofiuco/ofiuco/pypa/name"
	"github.com/ofiuco/ofiuco/target"
)

// Candidate is one artifact of a taken package and why it was (not) taken.
type Candidate struct {
	Artifact lock.Artifact
	Rank     int // place of its best tag in the target's tags, 0 the best; -1 when it does not fit or is no wheel
	Reason   Reason
}

// Reason is why something was passed over, or that it was taken.
type Reason struct {
	Code   ReasonCode
	Detail string
}

func (r Reason) String() string {
	if r.Detail == "" {
		return string(r.Code)
	}
	return string(r.Code) + ": " + r.Detail
}

// ReasonCode is a stable word for machines.
type ReasonCode string

// The reasons. The first five are an artifact's, the others a package's.
const (
	Taken    ReasonCode = "taken"
	Python   ReasonCode = "python"   // the wheel is for another Python
	ABI      ReasonCode = "abi"      // the wheel is for another ABI
	Platform ReasonCode = "platform" // the wheel is for another platform
	Worse    ReasonCode = "worse"    // it fits, and another fits better
	Unnamed  ReasonCode = "unnamed"  // its file name says nothing that can be understood

	OtherVersion ReasonCode = "other-version"
	MarkerFalse  ReasonCode = "marker"
	NotAsked     ReasonCode = "not-asked" // its group or extra was not asked for
	Unreached    ReasonCode = "unreached"
)

// files is a lock with its packages by name, made once for all targets.
type files struct {
	lock   *lock.Lock
	byName map[name.Name][]*lock.Package
}

func newFiles(l *lock.Lock) *files {
	f := &files{lock: l, byName: make(map[name.Name][]*lock.Package, len(l.Packages))}
	for _, pkg := range l.Packages {
		f.byName[pkg.Name] = append(f.byName[pkg.Name], pkg)
	}
	return f
}

// fit is how well an artifact fits a target.
type fit struct {
	class int
	rank  int
	build filename.Build
}

// The classes of fits, the best first.
const (
	fitsAsWheel = iota
	fitsAsSdist
	fitsAsTree
	misfits
)

func fitOf(a lock.Artifact, t target.Target) fit {
	switch a.Kind {
	case lock.Wheel:
		if set, build, ok := filename.WheelTags(a.Filename); ok {
			if rank, ok := t.RankSet(set); ok {
				return fit{fitsAsWheel, rank, build}
			}
		}
		return fit{class: misfits, rank: -1}
	case lock.Sdist:
		return fit{class: fitsAsSdist, rank: -1}
	}
	return fit{class: fitsAsTree, rank: -1}
}

func (f fit) compare(g fit) int {
	return cmp.Or(cmp.Compare(f.class, g.class), cmp.Compare(f.rank, g.rank), g.build.Compare(f.build))
}

// best is the artifact that fits a target best; ok is false when none fits.
func best(artifacts []lock.Artifact, t target.Target) (chosen lock.Artifact, ok bool) {
	found := fit{class: misfits}
	for _, a := range artifacts {
		f := fitOf(a, t)
		if order := f.compare(found); f.class != misfits && (!ok || order < 0 || order == 0 && a.Filename < chosen.Filename) {
			chosen, found, ok = a, f, true
		}
	}
	return chosen, ok
}

// Candidates are all artifacts of the package, the best for the target first, each with its reason. They are worked
// out when they are asked for: of nearly every package, nobody asks.
func (p *Package) Candidates() []Candidate {
	artifacts := p.Artifacts
	if p.listed != nil {
		artifacts = p.listed
	}
	type placed struct {
		Candidate
		fit  fit
		near int
	}
	all := make([]placed, len(artifacts))
	for i, a := range artifacts {
		f := fitOf(a, p.target)
		all[i] = placed{Candidate{Artifact: a, Rank: f.rank}, f, 0}
		if f.class == misfits {
			all[i].Reason, all[i].near = whyMisfit(a, p.target)
		}
	}
	slices.SortStableFunc(all, func(a, b placed) int {
		return cmp.Or(a.fit.compare(b.fit), cmp.Compare(closeness[a.Reason.Code], closeness[b.Reason.Code]),
			cmp.Compare(b.near, a.near), cmp.Compare(a.Artifact.Filename, b.Artifact.Filename))
	})
	candidates := make([]Candidate, len(all))
	for i, c := range all {
		switch {
		case c.fit.class == misfits:
		case i == 0:
			c.Reason = Reason{Code: Taken}
		default:
			c.Reason = Reason{Worse, worse(c.Candidate)}
		}
		candidates[i] = c.Candidate
	}
	return candidates
}

// closeness orders candidates by how near they are to fitting: a wheel for another platform tells a user more than one for
// another Python.
var closeness = map[ReasonCode]int{Platform: 1, ABI: 2, Python: 3, Unnamed: 4}

// Choose takes, for a package of which the lock knows only digests, the best of the artifacts that an index listed. The
// error is a *lock.Error when none fits.
func (p *Package) Choose(l *lock.Lock, artifacts []lock.Artifact) error {
	p.listed = artifacts
	chosen, ok := best(artifacts, p.target)
	if !ok {
		return misfit(l, p)
	}
	p.Artifact = chosen
	return nil
}

func worse(c Candidate) string {
	switch c.Artifact.Kind {
	case lock.Wheel:
		return fmt.Sprintf("it fits, at place %d of the target's tags", c.Rank)
	case lock.Sdist:
		return "an sdist, and there is a wheel"
	}
	return "a source tree, and there is a file"
}

// whyMisfit says why a wheel does not fit, and how near it is to fitting among those that do not for a like reason.
func whyMisfit(a lock.Artifact, t target.Target) (why Reason, near int) {
	wheel, err := filename.ParseWheel(a.Filename)
	if err != nil {
		return Reason{Unnamed, err.Error()}, 0
	}
	m := t.Why(wheel.Tags)
	codes := map[target.MismatchKind]ReasonCode{target.MismatchPython: Python, target.MismatchABI: ABI, target.MismatchPlatform: Platform}
	return Reason{codes[m.Kind], m.Detail}, m.Near
}

// nearestShown is how many files an error names that nearly fit.
const nearestShown = 3

// chooseArtifact is the best artifact; an error when none fits.
func (s *selector) chooseArtifact(p *Package, o Options) lock.Artifact {
	chosen, ok := best(p.Artifacts, s.target)
	if !ok || o.WheelsOnly && chosen.Kind != lock.Wheel {
		s.errs = append(s.errs, misfit(s.lock, p))
	}
	return chosen
}

// misfit says that no artifact of a package can be taken, and why those that nearly could not.
func misfit(l *lock.Lock, p *Package) *lock.Error {
	candidates := p.Candidates()
	e := &lock.Error{
		Path: l.Path, Line: p.Line, Package: p.Name.String() + " " + p.Version.String(),
		Msg:   fmt.Sprintf("no file of it runs on %s", p.target),
		Facts: Nearest(candidates),
		Hint:  "choose another version that has a wheel for this target, another target, or leave the package out",
	}
	if len(candidates) > 0 && candidates[0].Reason.Code == Taken {
		e.Msg = fmt.Sprintf("no wheel of it runs on %s, there is only its source", p.target)
	}
	return e
}

// Nearest says, a line each, why the wheels among the candidates do not fit, those that miss by the least first.
func Nearest(candidates []Candidate) []string {
	var wheels []Candidate
	for _, c := range candidates {
		if c.Artifact.Kind == lock.Wheel {
			wheels = append(wheels, c)
		}
	}
	var facts []string
	for i, c := range wheels {
		if i == nearestShown {
			facts = append(facts, fmt.Sprintf("and %d more wheels", len(wheels)-i))
			break
		}
		facts = append(facts, c.Artifact.Filename+": "+c.Reason.Detail)
	}
	if len(wheels) == 0 {
		facts = append(facts, "it has no wheel at all")
	}
	return facts
}
