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

// files is what a lock's file names say, parsed once for all targets.
type files struct {
	lock   *lock.Lock
	byName map[name.Name][]*lock.Package
	wheels map[*lock.Package][]parsed
}

// parsed is an artifact's file name, understood.
type parsed struct {
	wheel filename.Wheel
	err   error
}

func newFiles(l *lock.Lock) *files {
	f := &files{lock: l, byName: make(map[name.Name][]*lock.Package, len(l.Packages)), wheels: map[*lock.Package][]parsed{}}
	for _, pkg := range l.Packages {
		f.byName[pkg.Name] = append(f.byName[pkg.Name], pkg)
	}
	return f
}

func (f *files) parse(pkg *lock.Package) []parsed {
	all, known := f.wheels[pkg]
	if known {
		return all
	}
	all = make([]parsed, len(pkg.Artifacts))
	for i, a := range pkg.Artifacts {
		if a.Kind == lock.Wheel {
			all[i].wheel, all[i].err = filename.ParseWheel(a.Filename)
		}
	}
	f.wheels[pkg] = all
	return all
}

// rank orders a package's artifacts for a target, the best first, each with its reason.
func (f *files) rank(pkg *lock.Package, t target.Target) []Candidate {
	return rankParsed(pkg.Artifacts, f.parse(pkg), t)
}

// Choose ranks the artifacts that an index listed for a package of which the lock knows only digests, as Select ranks
// those of a lock: the first is taken. It is a *lock.Error when none fits.
func Choose(l *lock.Lock, pkg *lock.Package, artifacts []lock.Artifact, t target.Target) ([]Candidate, error) {
	f := &files{wheels: map[*lock.Package][]parsed{}}
	candidates := f.rank(&lock.Package{Artifacts: artifacts}, t)
	if len(candidates) == 0 || candidates[0].Reason.Code != Taken {
		return nil, misfit(l, pkg, candidates, t)
	}
	return candidates, nil
}

func rankParsed(artifacts []lock.Artifact, names []parsed, t target.Target) []Candidate {
	type ranked struct {
		Candidate
		order int // wheels that fit, sdists, trees, what does not fit
		build filename.Build
	}
	all := make([]ranked, len(artifacts))
	for i, a := range artifacts {
		r := ranked{Candidate: Candidate{Artifact: a, Rank: -1}, build: names[i].wheel.Build}
		switch {
		case a.Kind == lock.Sdist:
			r.order = 1
		case a.Kind != lock.Wheel:
			r.order = 2
		case names[i].err != nil:
			r.order, r.Reason = 3, Reason{Unnamed, names[i].err.Error()}
		default:
			rank, fits := t.Rank(names[i].wheel.Tags)
			if fits {
				r.Rank = rank
			} else {
				r.order, r.Reason = 3, mismatch(t.Why(names[i].wheel.Tags))
			}
		}
		all[i] = r
	}
	slices.SortStableFunc(all, func(a, b ranked) int {
		return cmp.Or(cmp.Compare(a.order, b.order), cmp.Compare(a.Rank, b.Rank), b.build.Compare(a.build), cmp.Compare(a.Artifact.Filename, b.Artifact.Filename))
	})
	candidates := make([]Candidate, len(all))
	for i, r := range all {
		candidates[i] = r.Candidate
		if r.order == 3 {
			continue
		}
		if i == 0 {
			candidates[i].Reason = Reason{Code: Taken}
		} else {
			candidates[i].Reason = Reason{Worse, worse(r.Candidate)}
		}
	}
	return candidates
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

func mismatch(m target.Mismatch) Reason {
	codes := map[target.MismatchKind]ReasonCode{target.MismatchPython: Python, target.MismatchABI: ABI, target.MismatchPlatform: Platform}
	return Reason{codes[m.Kind], m.Detail}
}

// nearestShown is how many files an error names that nearly fit.
const nearestShown = 3

// chooseArtifact is the best artifact; an error when none fits.
func (s *selector) chooseArtifact(p *Package, o Options) lock.Artifact {
	best := p.Candidates[0]
	if best.Reason.Code == Taken && (best.Artifact.Kind == lock.Wheel || !o.WheelsOnly) {
		return best.Artifact
	}
	s.errs = append(s.errs, misfit(s.lock, p.Package, p.Candidates, s.target))
	return lock.Artifact{}
}

// misfit says that no artifact of a package can be taken, and why those that nearly could not.
func misfit(l *lock.Lock, pkg *lock.Package, candidates []Candidate, t target.Target) *lock.Error {
	e := &lock.Error{
		Path: l.Path, Line: pkg.Line, Package: pkg.Name.String() + " " + pkg.Version.String(),
		Msg:   fmt.Sprintf("no file of it runs on %s", t),
		Facts: Nearest(candidates),
		Hint:  "choose another version that has a wheel for this target, another target, or leave the package out",
	}
	if len(candidates) > 0 && candidates[0].Reason.Code == Taken {
		e.Msg = fmt.Sprintf("no wheel of it runs on %s, there is only its source", t)
	}
	return e
}

// Nearest says, a line each, why the wheels among the candidates do not fit, those that miss by the least first.
func Nearest(candidates []Candidate) []string {
	closeness := map[ReasonCode]int{Platform: 0, ABI: 1, Python: 2, Unnamed: 3}
	var wheels []Candidate
	for _, c := range candidates {
		if c.Artifact.Kind == lock.Wheel {
			wheels = append(wheels, c)
		}
	}
	slices.SortStableFunc(wheels, func(a, b Candidate) int { return cmp.Compare(closeness[a.Reason.Code], closeness[b.Reason.Code]) })
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
