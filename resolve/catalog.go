package resolve

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/ofiuco/ofiuco/pypa/filename"
	"github.com/ofiuco/ofiuco/pypa/marker"
	"github.com/ofiuco/ofiuco/pypa/name"
	"github.com/ofiuco/ofiuco/pypa/requirement"
	"github.com/ofiuco/ofiuco/pypa/version"
	"github.com/ofiuco/ofiuco/target"
)

// maxMetadata is of how many wheels the metadata is asked for in one resolution.
const maxMetadata = 2000

// catalog is what is known of projects: what from was asked for, each once.
type catalog struct {
	from     Releases
	target   target.Target
	python   version.Version
	prefer   map[name.Name]version.Version
	projects map[name.Name]*project
	asked    int // for metadata
}

// project is a project's releases.
type project struct {
	name       name.Name
	candidates []*candidate // newest first
	passed     []passedOver // newest first
	direct     string       // the URL of its only candidate
	pinned     map[int]bool // the yanked candidates that some requirement pins
}

// candidate is a release with a wheel for the target.
type candidate struct {
	project *project
	version version.Version
	files   []File
	wheel   File
	yanked  bool

	known    bool // of the wheel's metadata
	metadata Metadata
	requires []requirement.Requirement
	broken   string // why it cannot be taken, after all
}

// passedOver is a release without a wheel for the target.
type passedOver struct {
	version version.Version
	reason  string
}

func newCatalog(from Releases, t target.Target, prefer map[name.Name]version.Version) *catalog {
	// A target's full version is always a version.
	python, _ := version.Parse(t.FullPython())
	return &catalog{from: from, target: t, python: python, prefer: prefer, projects: map[name.Name]*project{}}
}

// project asks for a project's releases.
func (c *catalog) project(ctx context.Context, n name.Name) (*project, error) {
	if p := c.projects[n]; p != nil {
		return p, nil
	}
	files, err := c.from.Files(ctx, n)
	if err != nil {
		return nil, err
	}
	p := &project{name: n, pinned: map[int]bool{}}
	for _, release := range releasesOf(n, files) {
		if candidate, reason := c.candidate(p, release); candidate != nil {
			p.candidates = append(p.candidates, candidate)
		} else {
			p.passed = append(p.passed, passedOver{release[0].version, reason})
		}
	}
	c.projects[n] = p
	return p, nil
}

// listed is a file with what its name says. An sdist has no wheel.
type listed struct {
	File
	version version.Version
	wheel   *filename.Wheel
}

// releasesOf groups a project's files by version, newest first. Files of other projects and those of no version are dropped.
func releasesOf(n name.Name, files []File) [][]listed {
	var all []listed
	for _, f := range files {
		if wheel, err := filename.ParseWheel(f.Filename); err == nil && wheel.Name == n {
			all = append(all, listed{f, wheel.Version, &wheel})
		} else if sdist, err := filename.ParseSdist(f.Filename); err == nil && sdist.Name == n {
			all = append(all, listed{f, sdist.Version, nil})
		}
	}
	slices.SortStableFunc(all, func(a, b listed) int {
		return cmp.Or(b.version.Compare(a.version), cmp.Compare(a.Filename, b.Filename))
	})
	all = slices.CompactFunc(all, func(a, b listed) bool { return a.Filename == b.Filename })
	var releases [][]listed
	for i, f := range all {
		if i > 0 && f.version.Equal(all[i-1].version) {
			releases[len(releases)-1] = append(releases[len(releases)-1], f)
		} else {
			releases = append(releases, []listed{f})
		}
	}
	return releases
}

// candidate is a release as a candidate, or the reason why it is none.
func (c *catalog) candidate(p *project, release []listed) (*candidate, string) {
	var best *listed
	found := &candidate{project: p}
	reasons := reasons{target: c.target}
	rank := 0
	for i := range release {
		f := &release[i]
		if f.wheel == nil {
			reasons.sdist = true
			continue
		}
		if f.SHA256 != "" {
			found.files = append(found.files, f.File)
		}
		r, fits := c.target.Rank(f.wheel.Tags)
		switch {
		case !fits:
			reasons.tags = append(reasons.tags, f.wheel.Tags...)
		case !c.runs(f.RequiresPython):
			reasons.python = f.RequiresPython
		case f.SHA256 == "":
			reasons.hash = f.Filename
		case best == nil || better(f, r, best, rank):
			best, rank = f, r
		}
	}
	if best == nil {
		return nil, reasons.String()
	}
	found.version, found.wheel, found.yanked = best.version, best.File, best.Yanked
	return found, ""
}

// better says whether a wheel is to be taken rather than the best one so far.
func better(f *listed, rank int, best *listed, bestRank int) bool {
	if f.Yanked != best.Yanked {
		return best.Yanked
	}
	if rank != bestRank {
		return rank < bestRank
	}
	return f.wheel.Build.Compare(best.wheel.Build) > 0
}

// runs says whether the target's Python meets a Requires-Python. One that cannot be read excludes nothing, as in pip.
func (c *catalog) runs(requiresPython string) bool {
	specifiers, err := version.ParseSpecifiers(requiresPython)
	return err != nil || specifiers.Contains(c.python)
}

// read asks for a candidate's metadata.
func (c *catalog) read(ctx context.Context, of *candidate) error {
	if of.known {
		return nil
	}
	if c.asked++; c.asked > maxMetadata {
		return &Error{Msg: fmt.Sprintf("gave up after reading the metadata of %d wheels", maxMetadata), Hint: givenUpHint}
	}
	metadata, err := c.from.Metadata(ctx, of.project.name, of.wheel)
	if err != nil {
		return err
	}
	of.known, of.metadata = true, metadata
	if !c.runs(metadata.RequiresPython) {
		of.broken = "requires Python " + shown(metadata.RequiresPython)
	}
	for _, text := range metadata.Requires {
		r, err := requirement.Parse(text)
		if err != nil {
			of.broken = "has a requirement that cannot be read, " + shown(err.Error())
			break
		}
		of.requires = append(of.requires, r)
	}
	return nil
}

// asks are the requirements of a candidate that hold on the target, sorted by name: its own for extra "", else what
// the extra adds; or the reason why the candidate cannot be taken.
func (c *catalog) asks(of *candidate, extra name.Name) (held []requirement.Requirement, reason string) {
	if of.broken != "" {
		return nil, of.broken
	}
	held, err := holding(of.requires, c.target.Environment(), extra)
	if err != nil {
		return nil, err.Error()
	}
	for _, r := range held {
		if r.URL != "" {
			return nil, fmt.Sprintf("asks for %s by URL, which only a build itself may", r.Name)
		}
	}
	return held, ""
}

// holding are the requirements that hold in an environment, sorted by name: those without an extra for "", else those
// that the extra adds.
func holding(requires []requirement.Requirement, environment *marker.Environment, extra name.Name) ([]requirement.Requirement, error) {
	var held []requirement.Requirement
	plain, with := *environment, *environment
	plain.Extra, with.Extra = "", string(extra)
	for _, r := range requires {
		always, err := r.Marker.Evaluate(&plain)
		added := false
		if err == nil && extra != "" && !always {
			added, err = r.Marker.Evaluate(&with)
		}
		if err != nil {
			return nil, fmt.Errorf("has the requirement %q, whose marker has no answer: %w", display(r), err)
		}
		if extra == "" && always || added {
			held = append(held, r)
		}
	}
	slices.SortStableFunc(held, compareRequirements)
	return held, nil
}

// errPinned ends a run of the solver in which a yanked candidate turned out to be pinned: what was concluded before does not hold.
var errPinned = errors.New("a yanked release is pinned")

// allowed are the candidates of p that a requirement allows, as values of p's variable, and whether the requirement pins a
// yanked one of them for the first time.
func (p *project) allowed(r requirement.Requirement) (values set, pinned bool) {
	values = newSet(len(p.candidates) + 1)
	pins := isPin(r.Specifiers)
	for i, c := range p.candidates {
		if r.URL == "" && !r.Specifiers.Contains(c.version) {
			continue
		}
		if c.yanked && pins && !p.pinned[i] {
			p.pinned[i], pinned = true, true
		}
		if !c.yanked || p.pinned[i] || p.direct != "" {
			values.add(i + 1)
		}
	}
	return values, pinned
}

// isPin says whether specifiers name one exact version.
func isPin(specifiers version.Specifiers) bool {
	for s := range specifiers.All() {
		if s.Operator() == "===" || s.Operator() == "==" && !isWildcard(s) {
			return true
		}
	}
	return false
}

func isWildcard(s version.Specifier) bool {
	v := s.Version()
	return len(v) > 2 && v[len(v)-2:] == ".*"
}

// namesPrerelease says whether specifiers ask for pre-releases by naming one (PEP 440).
func namesPrerelease(specifiers version.Specifiers) bool {
	for s := range specifiers.All() {
		if v, err := version.Parse(s.Version()); err == nil && s.Operator() != "!=" && v.IsPrerelease() {
			return true
		}
	}
	return false
}
