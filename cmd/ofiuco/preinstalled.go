package main

import (
	"fmt"

	"github.com/ofiuco/ofiuco/pypa/name"
	"github.com/ofiuco/ofiuco/pypa/version"
	"github.com/ofiuco/ofiuco/selection"
	"github.com/ofiuco/ofiuco/target"
)

// leftOut is a package that an output does not carry, and why.
type leftOut struct {
	Name    name.Name       `json:"name"`
	Version version.Version `json:"-"`
	Locked  string          `json:"version"`
	Reason  string          `json:"reason"`
}

// exclusion is what an output leaves out, and what the user should know about it.
type exclusion struct {
	dropped map[name.Name]bool
	list    []leftOut // sorted by name
	notes   []string
}

// exclude decides what an output leaves out: the packages named, those that the runtime preinstalls in a version
// that satisfies the lock, and what only these need.
//
// The runtime's version satisfies the lock when it is the locked one, or when every requirement on the package
// in the lock is known and allows it. A preinstalled package that imports another one which the output carries in
// a version of its own stays in too: the runtime's boto3 beside a locked botocore would be a pair nobody tested.
func exclude(s *selection.Selection, named []name.Name, keepPreinstalled bool) exclusion {
	why := map[name.Name]string{}
	for _, n := range named {
		why[n] = "excluded by --exclude-package"
	}
	runtime := s.Target.Runtime()
	e := exclusion{dropped: map[name.Name]bool{}}
	var refused map[name.Name]string
	if runtime != nil {
		e.notes = namedNotes(s, runtime, why)
		if !keepPreinstalled {
			refused = satisfied(s, runtime, why)
		}
	}
	roots := make([]name.Name, 0, len(why))
	for n := range why {
		roots = append(roots, n)
	}
	for n := range s.Without(roots) {
		e.dropped[n] = true
	}
	for _, p := range s.Packages {
		if !e.dropped[p.Name] {
			if reason := refused[p.Name]; reason != "" {
				e.notes = append(e.notes, fmt.Sprintf("%s %s goes in though %s has %s: %s (leave it out with --exclude-package %s)",
					p.Name, p.Version, runtime.Name, runtime.Packages[p.Name], reason, p.Name))
			}
			continue
		}
		reason, ok := why[p.Name]
		if !ok {
			reason = "only needed by packages that are left out"
		}
		e.list = append(e.list, leftOut{Name: p.Name, Version: p.Version, Locked: p.Version.String(), Reason: reason})
	}
	return e
}

// namedNotes says, of the packages excluded by name, which version production will import instead.
func namedNotes(s *selection.Selection, runtime *target.Runtime, why map[name.Name]string) []string {
	var notes []string
	for _, p := range s.Packages {
		have, preinstalled := runtime.Packages[p.Name]
		if _, named := why[p.Name]; named && preinstalled && !have.IsZero() && !have.Equal(p.Version) {
			notes = append(notes, fmt.Sprintf("%s is left out: production imports the %s of %s, the lock has %s", p.Name, have, runtime.Name, p.Version))
		}
	}
	return notes
}

// satisfied adds to why what the runtime can stand in for, and returns the reason for each preinstalled package that it
// can't.
func satisfied(s *selection.Selection, runtime *target.Runtime, why map[name.Name]string) map[name.Name]string {
	stands := map[name.Name]bool{}
	reasons := map[name.Name]string{}
	for _, p := range s.Packages {
		have, preinstalled := runtime.Packages[p.Name]
		if _, named := why[p.Name]; named || !preinstalled || have.IsZero() {
			continue
		}
		if refusal := refuses(p, have); refusal != "" {
			reasons[p.Name] = refusal
		} else {
			stands[p.Name] = true
		}
	}
	for changed := true; changed; {
		changed = false
		for _, p := range s.Packages {
			if !stands[p.Name] {
				continue
			}
			for _, d := range p.Dependencies {
				if _, preinstalled := runtime.Packages[d]; preinstalled && !stands[d] && why[d] == "" && d != p.Name {
					delete(stands, p.Name)
					reasons[p.Name] = fmt.Sprintf("it needs %s, which the output carries in another version", d)
					changed = true
					break
				}
			}
		}
	}
	for n := range stands {
		why[n] = fmt.Sprintf("%s has %s", runtime.Name, runtime.Packages[n])
	}
	return reasons
}

// refuses says why version have does not satisfy the lock, "" when it does.
func refuses(p *selection.Package, have version.Version) string {
	if have.Equal(p.Version) {
		return ""
	}
	if len(p.Requirements) == 0 {
		return "the lock has " + p.Version.String()
	}
	for _, r := range p.Requirements {
		if r.Constraint.Text == "" {
			return fmt.Sprintf("the lock does not say which versions %s accepts", r.From)
		}
		if !r.Constraint.Allows(have) {
			return fmt.Sprintf("%s requires %s", r.From, r.Constraint)
		}
	}
	return ""
}
