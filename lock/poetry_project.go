package lock

import (
	"fmt"
	"slices"

	"github.com/ofiuco/ofiuco/pypa/name"
	"github.com/ofiuco/ofiuco/pypa/version"
)

// poetry23 is the first Poetry whose content-hash covers [dependency-groups].
var poetry23 = version.MustParse("2.3.0")

// readProject adds what the pyproject.toml beside the lock says: the edges out of the project, its
// groups and its indexes. From 2.1 on a lock can do without.
func (r *poetryReader) readProject(in Input) error {
	r.lock.Groups = r.lockedGroups()
	if in.Pyproject == nil {
		if !r.version.atLeast(2, 1) {
			return &Error{
				Path: in.Path, Line: r.metadata.Get("lock-version").Line(),
				Msg:  fmt.Sprintf("a lock of lock-version %s does not say what the project asks for, and there is no pyproject.toml beside it", r.version.text),
				Hint: "put the project's pyproject.toml beside the lock, or run poetry lock with Poetry 2",
			}
		}
		r.lock.DefaultGroups = r.lock.Groups
		r.lock.addRoots()
		r.addIndexes()
		return nil
	}
	project, err := readPyproject(in, Poetry)
	if err != nil {
		return err
	}
	r.lock.Project, r.lock.Roots, r.lock.Indexes = project.name, project.roots, project.indexes
	r.lock.DefaultGroups = project.defaultGroups
	for _, g := range r.lock.Groups {
		if !slices.Contains(project.groups, g) {
			project.groups = append(project.groups, g)
		}
	}
	r.lock.Groups = project.groups
	r.warnings = append(r.warnings, project.warnings...)
	r.checkFresh(in, project)
	r.addIndexes()
	return nil
}

// checkFresh warns when the lock was made for another pyproject.toml.
func (r *poetryReader) checkFresh(in Input, project *pyproject) {
	locked := r.metadata.Get("content-hash")
	if project.contentHash != "" && !project.matches(locked.Text(), in.Data) {
		r.warn(locked.Line(), "the lock was not made for %s as it is now", in.PyprojectPath)
	}
}

// lockedGroups are the groups that packages are included by, in file order.
func (r *poetryReader) lockedGroups() []name.Name {
	var groups []name.Name
	for _, p := range r.lock.Packages {
		for _, c := range p.Included {
			if c.Group != "" && !slices.Contains(groups, c.Group) {
				groups = append(groups, c.Group)
			}
		}
	}
	return groups
}

// addIndexes adds the indexes that packages come from and the project does not name.
func (r *poetryReader) addIndexes() {
	for _, p := range r.lock.Packages {
		s := p.Source
		known := slices.ContainsFunc(r.lock.Indexes, func(i Index) bool { return i.Name == s.Name })
		if s.Kind == FromIndex && s.URL != "" && !known {
			r.lock.Indexes = append(r.lock.Indexes, Index{Name: s.Name, URL: s.URL})
		}
	}
}
