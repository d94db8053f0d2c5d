package lock

import (
	"slices"

	"github.com/ofiuco/ofiuco/internal/tomldoc"
	"github.com/ofiuco/ofiuco/pypa/name"
	"github.com/ofiuco/ofiuco/pypa/version"
)

// uvHint is what mends a uv.lock.
const uvHint = "run uv lock"

// uvVersion is the version of the format that this package reads; its revisions only add keys.
const uvVersion = 1

// uvReader reads a uv.lock. What the format means:
//
//   - Every edge leads to one entry. It says the version and source where the name alone is not
//     enough, so that its marker decides alone: resolution-markers, which become Package.Forks, only
//     say where the entries without such an edge (those of the manifest) belong.
//   - Markers take for granted that requires-python and the supported environments hold.
//   - A selection starts from the project, which is the package whose source is the lock's own folder,
//     or in a workspace without one from all members. Lock.Roots has these and no other.
//   - Other members are reached by edges, as any source tree is; their own groups play no part.
//
// Where the project declares conflicts, markers ask which of them are active, by names such as
// extra == 'extra-4-conf-cpu'. These are rewritten so that they can be evaluated (see conflictMarker).
type uvReader struct {
	*tomlFile
	lock      *Lock
	pyproject *pyproject
	// starts are the packages that a selection starts from.
	starts    map[name.Name]bool
	members   map[name.Name]bool
	overrides map[name.Name]bool // whose version requirements do not count

	byName  map[name.Name][]*Package
	sources map[sourceText]*Source
}

// readUV reads a uv.lock of version 1, whatever its revision.
func readUV(in Input) (*Lock, error) {
	f, err := openTOML(in.Path, in.Data, uvHint)
	if err != nil {
		return nil, err
	}
	r := &uvReader{
		tomlFile: f, lock: &Lock{Path: in.Path, Format: UV}, pyproject: &pyproject{},
		starts: map[name.Name]bool{}, members: map[name.Name]bool{}, overrides: map[name.Name]bool{},
		byName: map[name.Name][]*Package{}, sources: map[sourceText]*Source{},
	}
	if in.Pyproject != nil {
		if r.pyproject, err = readPyproject(in, UV); err != nil {
			return nil, err
		}
		r.lock.Indexes, r.lock.Warnings = r.pyproject.indexes, r.pyproject.warnings
	}
	r.readVersion()
	if !r.stop() {
		r.readAll()
	}
	if in.Pyproject != nil && !r.stop() {
		r.checkFresh(in)
	}
	if err := r.close(); err != nil {
		return nil, err
	}
	r.lock.Warnings = append(r.lock.Warnings, r.warnings...)
	return r.lock, nil
}

// checkFresh warns when the lock was made for another pyproject.toml. What it can't read, it does not judge.
func (r *uvReader) checkFresh(in Input) {
	sources, err := uvSources(in)
	if err != nil {
		return
	}
	apart := &tomlFile{doc: r.doc, path: r.path, hint: r.hint, constraints: r.constraints}
	facts, line := (&uvFreshness{tomlFile: apart, project: r.pyproject, sources: sources}).compare()
	if len(facts) > 0 && !apart.stop() {
		r.warnings = append(r.warnings, staleError(in, line, uvHint, facts...))
	}
}

// readVersion checks the version of the format.
func (r *uvReader) readVersion() {
	root := r.doc.Root()
	root.Ignore("revision", "options") // options are of the resolution, which is done with
	v := root.Get("version")
	switch n := v.Int(); {
	case !v.Present():
		r.fail(0, "no version: cut short, or not a uv.lock")
	case r.stop():
	case n != uvVersion:
		r.fail(v.Line(), "version %d; this ofiuco reads %d", n, uvVersion)
		r.err.Hint = "upgrade ofiuco or " + uvHint
	}
	r.lock.Version = v.Text()
}

func (r *uvReader) readAll() {
	root := r.doc.Root()
	python := root.Get("requires-python")
	r.lock.RequiresPython, r.lock.RequiresPythonLine = r.specifiers(python), python.Line()
	manifest := root.Table("manifest")
	manifest.Ignore("constraints", "excludes", "build-constraints", "dependency-metadata")
	for _, member := range r.names(manifest.Get("members")) {
		r.members[member] = true
	}
	for t := range manifest.Tables("overrides") {
		t.Ignore("extras", "marker", "specifier", "index", "url", "git", "path", "directory", "editable", "virtual", "subdirectory")
		override := t.Get("name")
		r.overrides[r.name(override.String(), override)] = true
	}
	packages := slices.Collect(root.Tables("package"))
	r.findStarts(packages)
	for v := range root.Get("supported-markers").Items() {
		r.lock.Environments = append(r.lock.Environments, r.conflictMarker(v, "", nil))
	}
	root.Ignore("resolution-markers", "required-markers")
	r.readConflicts(root.Get("conflicts"))
	for _, t := range packages {
		r.readPackage(t)
		if r.stop() {
			return
		}
	}
	r.leave()
	r.readManifestRoots(manifest)
	r.checkEdges()
	r.setDefaultGroups()
}

// findStarts finds the project, or else the members of a workspace without one.
func (r *uvReader) findStarts(packages []tomldoc.Table) {
	for _, t := range packages {
		source := t.Table("source")
		for _, kind := range []string{"editable", "virtual", "directory"} {
			if source.Has(kind) && source.String(kind) == "." {
				r.lock.Project = name.Normalize(t.String("name"))
				r.starts[r.lock.Project] = true
				return
			}
		}
	}
	for member := range r.members {
		r.starts[member] = true
	}
	manifest := r.doc.Root().Table("manifest")
	if len(r.starts) == 0 && !manifest.Has("requirements") && !manifest.Has("dependency-groups") {
		r.fail(0, "no package is the project: cut short, or the lock of something else")
	}
}

// readConflicts reads which extras and groups exclude each other.
func (r *uvReader) readConflicts(v tomldoc.Value) {
	for set := range v.Items() {
		var choices []Choice
		for t := range set.Tables() {
			project, extra, group := t.Get("package"), t.Get("extra"), t.Get("group")
			choice := Choice{Project: r.name(project.String(), project)}
			if extra.Present() {
				choice.Extra = r.name(extra.String(), extra)
			}
			if group.Present() {
				choice.Group = r.name(group.String(), group)
			}
			choices = append(choices, choice)
		}
		r.lock.Conflicts = append(r.lock.Conflicts, choices)
	}
}

// readPackage reads one [[package]].
func (r *uvReader) readPackage(t tomldoc.Table) {
	p := r.identify(t)
	if r.stop() {
		return
	}
	for _, other := range r.byName[p.Name] {
		if other.Source == p.Source && other.Version.Equal(p.Version) && other.Version.Local() == p.Version.Local() {
			r.fail(p.Line, "locked twice, first in line %d", other.Line)
			return
		}
	}
	r.lock.Packages = append(r.lock.Packages, p)
	r.byName[p.Name] = append(r.byName[p.Name], p)
	for v := range t.Get("resolution-markers").Items() {
		p.Forks = append(p.Forks, r.conflictMarker(v, "", nil))
	}
	p.Dependencies = r.dependencies(p.Dependencies, t.Get("dependencies"), "")
	for key, v := range t.Table("optional-dependencies").All() {
		p.Dependencies = r.dependencies(p.Dependencies, v, r.name(key, v))
	}
	r.readArtifacts(t, p)
	metadata := t.Table("metadata")
	metadata.Ignore("requires-dist", "requires-dev", "dependency-groups")
	p.Provides = r.names(metadata.Get("provides-extras"))
	if groups := t.Get("dev-dependencies"); r.starts[p.Name] {
		r.addRoots(p, t, metadata)
	} else if groups.Kind() == tomldoc.TableKind {
		t.Ignore("dependency-groups", "default-groups")
		for range groups.Table().All() { // no part of this installation
		}
	}
}

// identify is a package with its name, version and source.
func (r *uvReader) identify(t tomldoc.Table) *Package {
	r.leave()
	p := &Package{Line: t.Line()}
	project, number, source := t.Get("name"), t.Get("version"), t.Get("source")
	if !project.Present() {
		r.fail(t.Line(), "a package without a name")
		return p
	}
	p.Name = r.name(project.String(), project)
	p.spell(project.String())
	if number.Present() {
		var err error
		if p.Version, err = version.Parse(number.String()); err != nil {
			r.fail(number.Line(), "%s: invalid version %q", p.Name, number.String())
		}
	}
	r.enter(p)
	if !source.Present() {
		r.fail(t.Line(), "no source")
		return p
	}
	if s := r.source(source.Table()); s != nil {
		p.Source = *s
	}
	if !number.Present() && p.Source.Kind != FromDirectory && p.Source.Kind != FromGit {
		r.fail(t.Line(), "no version")
	}
	p.Project = r.starts[p.Name] || source.Table().Has("virtual") // uv installs no virtual one either
	return p
}

// dependencies appends the edges that v lists, which an extra turns on unless it is "".
func (r *uvReader) dependencies(edges []Dependency, v tomldoc.Value, extra name.Name) []Dependency {
	edges = slices.Grow(edges, v.Len())
	for t := range v.Tables() {
		edges = append(edges, r.dependency(t, extra))
	}
	return edges
}

func (r *uvReader) dependency(t tomldoc.Table, extra name.Name) Dependency {
	d := Dependency{Extra: extra, Line: t.Line(), Extras: r.names(t.Get("extra"))}
	project := t.Get("name")
	if !project.Present() {
		r.fail(t.Line(), "a dependency without a name")
		return d
	}
	d.Name = r.name(project.String(), project)
	d.Marker = r.conflictMarker(t.Get("marker"), d.Name, d.Extras)
	if number := t.Get("version"); number.Present() {
		var err error
		if d.Version, err = version.Parse(number.String()); err != nil {
			r.fail(number.Line(), "dependency %s: invalid version %q", d.Name, number.String())
		}
	}
	if source := t.Get("source"); source.Present() {
		d.Source = r.source(source.Table())
	}
	return d
}

// checkEdges refuses edges that lead to no entry, or to more than one.
func (r *uvReader) checkEdges() {
	for _, p := range r.lock.Packages {
		r.enter(p)
		for i := range p.Dependencies {
			if d := &p.Dependencies[i]; !r.leadsToOne(d) {
				return
			}
		}
	}
	r.leave()
}

func (r *uvReader) leadsToOne(d *Dependency) bool {
	found := 0
	for _, p := range r.byName[d.Name] {
		if (d.Version.IsZero() || d.Version.Equal(p.Version)) && (d.Source == nil || *d.Source == p.Source) {
			found++
		}
	}
	if found == 1 {
		return true
	}
	asked := d.Name.String()
	if !d.Version.IsZero() {
		asked += " " + d.Version.String()
	}
	if found == 0 {
		r.fail(d.Line, "depends on %s, which the lock does not hold", asked)
	} else {
		r.fail(d.Line, "depends on %s, of which the lock holds %d entries", asked, found)
	}
	return false
}

// setDefaultGroups sets which groups are installed when none is asked for: those that pyproject.toml
// names, else those of the lock, else "dev".
func (r *uvReader) setDefaultGroups() {
	slices.Sort(r.lock.Groups)
	r.lock.Groups = slices.Compact(r.lock.Groups)
	defaults := r.lock.DefaultGroups
	if r.pyproject.groups != nil {
		defaults = r.pyproject.defaultGroups
	} else if defaults == nil {
		defaults = []name.Name{"dev"}
	}
	r.lock.DefaultGroups = nil
	for _, group := range r.lock.Groups {
		if slices.Contains(defaults, group) {
			r.lock.DefaultGroups = append(r.lock.DefaultGroups, group)
		}
	}
}
