package lock

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"github.com/ofiuco/ofiuco/internal/tomldoc"
	"github.com/ofiuco/ofiuco/pypa/marker"
	"github.com/ofiuco/ofiuco/pypa/name"
)

// pdmReader reads a pdm.lock of version 4.4 or 4.5. What it says follows from its strategies:
//
//   - inherit_metadata: packages say by which groups and under which marker they are included.
//     Without it only pyproject.toml says what the project asks for.
//   - static_urls: files have URLs in place of names.
//   - cross_platform (4.4): the lock is for every platform, not for the one that made it.
//     4.5 lists its targets instead.
//   - direct_minimal_versions says how it was solved, which is done with.
//
// An entry with extras stands beside that of the package itself and has what they add; the two
// become one Package.
type pdmReader struct {
	*tomlFile
	lock    *Lock
	version lockVersion
	inherit bool
	// entries finds packages by name, version and source.
	entries map[pdmKey]*Package
	count   map[name.Name]int
	plain   map[*Package]bool // those whose entry without extras has been read
	project *pyproject        // nil when there is no pyproject.toml
}

type pdmKey struct {
	name    name.Name
	version string
	source  Source
}

// readPDM reads a pdm.lock.
func readPDM(in Input) (*Lock, error) {
	f, err := openTOML(in.Path, in.Data, pdmHint)
	if err != nil {
		return nil, err
	}
	r := &pdmReader{
		tomlFile: f, lock: &Lock{Path: in.Path, Format: PDM},
		entries: map[pdmKey]*Package{}, count: map[name.Name]int{}, plain: map[*Package]bool{},
	}
	if in.Pyproject != nil {
		if r.project, err = readPyproject(in, PDM); err != nil {
			return nil, err
		}
	}
	r.readMetadata()
	if !r.stop() {
		r.readPackages()
	}
	if err := r.close(); err != nil {
		return nil, err
	}
	if err := r.addProject(); err != nil {
		return nil, err
	}
	r.lock.linkEdges()
	if in.Pyproject != nil {
		r.checkFresh(in)
	}
	r.lock.Warnings = r.warnings
	return r.lock, nil
}

// checkFresh warns when the lock was made for another pyproject.toml, as far as its digest can be computed.
func (r *pdmReader) checkFresh(in Input) {
	project, err := openTOML(in.PyprojectPath, in.Pyproject, pdmHint)
	if err != nil {
		return
	}
	locked := r.doc.Root().Table("metadata").Get("content_hash")
	if digest := pdmContentHash(project.doc.Root()); digest != "" && locked.Text() != "sha256:"+digest {
		r.warnings = append(r.warnings, staleError(in, locked.Line(), pdmHint))
	}
}

// readMetadata reads [metadata].
func (r *pdmReader) readMetadata() {
	root := r.doc.Root()
	if !root.Has("metadata") {
		r.fail(0, "no [metadata]: cut short, or not a pdm.lock")
		return
	}
	t := root.Table("metadata")
	r.version = r.lockVersion(t, "lock_version", 4, 4)
	r.lock.Version = r.version.text
	if v := t.Get("lock_version"); !r.stop() {
		switch {
		case !r.version.atLeast(4, 4):
			r.fail(v.Line(), "lock_version %s; this ofiuco reads 4.4 and 4.5", r.version.text)
		case r.version.minor > 5:
			r.warn(v.Line(), "lock_version %s is newer than 4.5, which this ofiuco knows: what is new in it is not understood", r.version.text)
		}
	}
	t.Ignore("content_hash", "lock_inputs")
	strategies := t.Get("strategy")
	r.inherit = slices.Contains(strategies.Strings(), "inherit_metadata")
	for item := range strategies.Items() {
		switch item.String() {
		case "inherit_metadata", "static_urls", "cross_platform", "direct_minimal_versions":
		default:
			r.warn(item.Line(), "unknown strategy %q", item.String())
		}
	}
	for _, group := range r.names(t.Get("groups")) {
		switch {
		case group == "default":
		case r.isExtra(group):
			r.lock.Extras = append(r.lock.Extras, group)
		default:
			r.lock.Groups = append(r.lock.Groups, group)
		}
	}
	if t.Has("targets") {
		r.readTargets(t)
	} else if !slices.Contains(strategies.Strings(), "cross_platform") {
		r.warn(t.Line(), "locked for one platform, which the lock does not name: pdm lock with the strategy cross_platform is for all")
	}
}

// isExtra says whether a group of the lock is an extra of the project: PDM has one word for both.
func (r *pdmReader) isExtra(group name.Name) bool {
	return r.project != nil && slices.Contains(r.project.extras, group)
}

func (r *pdmReader) readPackages() {
	for t := range r.doc.Root().Tables("package") {
		p := r.readPackage(t)
		if r.stop() {
			return
		}
		extras := r.names(t.Get("extras"))
		key := pdmKey{p.Name, p.Version.String(), p.Source}
		base := r.entries[key]
		if base == nil {
			p.Dependencies = turnedOn(p.Name, p.Dependencies, extras)
			r.entries[key], base = p, p
			r.lock.Packages = append(r.lock.Packages, p)
			if r.count[p.Name]++; r.count[p.Name] > maxEntries {
				r.fail(p.Line, "more than %d entries of one name", maxEntries)
				return
			}
		} else {
			if len(extras) == 0 && r.plain[base] {
				r.fail(p.Line, "locked twice, first in line %d", base.Line)
				return
			}
			base.join(p, extras)
		}
		r.plain[base] = r.plain[base] || len(extras) == 0
	}
	r.leave()
}

// turnedOn makes of the dependencies of an entry with extras those that each extra turns on.
func turnedOn(self name.Name, dependencies []Dependency, extras []name.Name) []Dependency {
	if len(extras) == 0 {
		return dependencies
	}
	var edges []Dependency
	for _, extra := range extras {
		for _, d := range dependencies {
			if d.Name != self || len(d.Extras) > 0 { // the entry without extras is a dependency of it
				d.Extra = extra
				edges = append(edges, d)
			}
		}
	}
	return edges
}

// join adds another entry of the same package, which has extras or, when the first one had, none.
func (p *Package) join(other *Package, extras []name.Name) {
	p.Dependencies = append(p.Dependencies, turnedOn(p.Name, other.Dependencies, extras)...)
	for _, c := range other.Included {
		i := slices.IndexFunc(p.Included, func(known Condition) bool { return known.Group == c.Group })
		if i < 0 {
			p.Included = append(p.Included, c)
		} else {
			p.Included[i].Marker = marker.Or(p.Included[i].Marker, c.Marker)
		}
	}
	for _, a := range other.Artifacts {
		same := func(b Artifact) bool { return a.Filename == b.Filename && slices.Equal(a.Hashes, b.Hashes) }
		if !slices.ContainsFunc(p.Artifacts, same) {
			p.Artifacts = append(p.Artifacts, a)
		}
	}
}

// readPackage reads one entry.
func (r *pdmReader) readPackage(t tomldoc.Table) *Package {
	p := r.identity(t)
	if r.stop() {
		return p
	}
	p.Description = t.String("summary")
	t.Ignore("targets")
	p.RequiresPython = r.constraint(t.Get("requires_python"))
	p.Source = r.readSource(t)
	if r.inherit {
		r.readIncluded(t, p)
	}
	for item := range t.Get("dependencies").Items() {
		d := r.pdmRequirement(item.String(), item)
		if d.Source != nil && d.Source.Path != "" && p.Source.Kind == FromDirectory && !path.IsAbs(d.Source.Path) {
			d.Source.Path = path.Clean(d.Source.Path)
		}
		p.Dependencies = append(p.Dependencies, d.Dependency)
	}
	r.readArtifacts(t, p)
	return p
}

// readIncluded reads by which groups a package is included, and under which marker.
func (r *pdmReader) readIncluded(t tomldoc.Table, p *Package) {
	m := r.markerText(t.String("marker"), t.Get("marker"))
	groups := r.names(t.Get("groups"))
	if len(groups) == 0 { // so PDM takes it: included whatever is chosen
		p.Included = []Condition{{Marker: m}}
		for _, group := range r.lock.Groups {
			p.Included = append(p.Included, Condition{group, m})
		}
		return
	}
	p.Included = []Condition{}
	for _, group := range groups {
		condition := Condition{Group: group, Marker: m}
		if group == "default" {
			condition.Group = ""
		} else if r.isExtra(group) {
			condition.Group, condition.Marker = "", marker.And(m, r.markerText(`extra == "`+group.String()+`"`, t.Get("groups")))
		}
		i := slices.IndexFunc(p.Included, func(known Condition) bool { return known.Group == condition.Group })
		if i < 0 {
			p.Included = append(p.Included, condition)
		} else { // several extras, or one beside the default group
			p.Included[i].Marker = marker.Or(p.Included[i].Marker, condition.Marker)
		}
	}
}

// readSource reads where a package is from: an index, unless it says otherwise.
func (r *pdmReader) readSource(t tomldoc.Table) Source {
	git, local, url := t.Get("git"), t.Get("path"), t.Get("url")
	revision, ref, editable := t.Get("revision"), t.String("ref"), t.Bool("editable")
	subdirectory := r.insidePath(t.Get("subdirectory"))
	switch {
	case git.Present():
		r.gitURL(git)
		r.commit(t, revision)
		return Source{Kind: FromGit, URL: git.String(), Reference: ref, Commit: revision.String(), Subdirectory: subdirectory, Editable: editable}
	case local.Present():
		s := Source{Kind: FromDirectory, Path: r.localPath(local), Editable: editable}
		if archiveKind(s.Path) != "" {
			s.Kind, s.Subdirectory = FromPath, subdirectory
		} else {
			s.Path = path.Join(s.Path, subdirectory)
		}
		return s
	case url.Present():
		r.webURL(url)
		return Source{Kind: FromURL, URL: url.String(), Subdirectory: subdirectory}
	}
	for _, vcs := range []string{"hg", "svn", "bzr"} {
		if t.Has(vcs) {
			r.fail(t.Get(vcs).Line(), "a %s repository: of version controls only git is supported", vcs)
		}
	}
	return Source{Kind: FromIndex}
}

// readArtifacts reads the files of a package.
func (r *pdmReader) readArtifacts(t tomldoc.Table, p *Package) {
	var files []Artifact
	for item := range t.Tables("files") {
		url := item.Get("url")
		a := Artifact{Filename: item.String("file"), URL: url.String(), Line: item.Line()}
		if url.Present() {
			r.webURL(url)
			a.Filename = cmp.Or(a.Filename, urlFile(a.URL))
		}
		a.Hashes, a.Kind = r.fileHash(item.Get("hash"), a), archiveKind(a.Filename)
		if reason := fileOf(a.Filename, p); reason != "" && p.Source.Kind == FromIndex {
			r.fail(a.Line, "%s", reason)
		}
		if a.Kind != "" || p.Source.Kind != FromIndex {
			files = append(files, a)
		}
	}
	p.Artifacts = r.artifacts(p, files)
	if len(p.Artifacts) == 0 {
		r.fail(p.Line, "no files")
	}
}

// addProject adds what pyproject.toml says.
func (r *pdmReader) addProject() error {
	if r.project == nil {
		if !r.inherit {
			return &Error{
				Path: r.path, Line: r.doc.Root().Get("metadata").Line(),
				Msg:  "a lock without the strategy inherit_metadata does not say what the project asks for, and there is no pyproject.toml beside it",
				Hint: "put the project's pyproject.toml beside the lock, or run pdm lock -S inherit_metadata",
			}
		}
		r.lock.DefaultGroups = r.lock.Groups
		r.lock.addRoots()
		return nil
	}
	p := r.project
	r.lock.Project, r.lock.Indexes = p.name, p.indexes
	if r.lock.RequiresPython.Text == "" {
		r.lock.RequiresPython, r.lock.RequiresPythonLine = p.requiresPython, p.requiresPythonLine
	}
	for _, root := range p.roots { // of what was locked
		if (root.Group == "" || slices.Contains(r.lock.Groups, root.Group)) &&
			(root.Extra == "" || slices.Contains(r.lock.Extras, root.Extra)) {
			r.lock.Roots = append(r.lock.Roots, root)
		}
	}
	r.lock.DefaultGroups = r.lock.Groups
	r.warnings = append(r.warnings, p.warnings...)
	return nil
}

// readTargets reads the environments that the lock is for. A requires-python that all share is the
// lock's own; where they differ it is part of the environments.
func (r *pdmReader) readTargets(metadata tomldoc.Table) {
	var pythons []string
	for t := range metadata.Tables("targets") {
		python := t.Get("requires_python")
		r.constraint(python)
		if text := cmp.Or(python.String(), "*"); !slices.Contains(pythons, text) {
			pythons = append(pythons, text)
		}
		r.lock.RequiresPythonLine = python.Line()
	}
	c, err := ParseConstraint(strings.Join(pythons, " || "))
	if r.stop() || err != nil || len(pythons) == 0 {
		return
	}
	r.lock.RequiresPython = c
	for t := range metadata.Tables("targets") {
		python := ""
		if len(pythons) > 1 {
			python = t.String("requires_python")
		}
		r.lock.Environments = append(r.lock.Environments, r.environment(t, python))
	}
	if slices.Contains(r.lock.Environments, nil) {
		r.lock.Environments = nil // one of them is any
	}
}

// environment is the marker of a target, nil for any environment.
func (r *pdmReader) environment(t tomldoc.Table, python string) *marker.Marker {
	var terms []string
	if text := t.String("platform"); text != "" {
		terms = pdmPlatform(text)
		if terms == nil {
			r.fail(t.Get("platform").Line(), "unknown platform %q", text)
		}
	}
	implementation := t.Get("implementation")
	if implementation.Present() {
		terms = append(terms, `implementation_name == "`+r.name(implementation.String(), implementation).String()+`"`)
	}
	t.Ignore("gil_disabled")
	if text, err := pythonMarker(cmp.Or(python, "*")); err == nil && text != "" {
		terms = append(terms, "("+text+")")
	}
	return r.markerText(strings.Join(terms, " and "), t.Value())
}
