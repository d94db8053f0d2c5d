package lock

import (
	"slices"

	"github.com/ofiuco/ofiuco/internal/tomldoc"
	"github.com/ofiuco/ofiuco/pypa/marker"
	"github.com/ofiuco/ofiuco/pypa/name"
)

// poetryHint is what mends a poetry.lock.
const poetryHint = "run poetry lock"

// poetryReader reads a poetry.lock. The format, by lock-version:
//
//	1.0  files, or hashes alone, stand in [metadata]; a package has one marker for all that ask for it
//	1.1  the same, but markers stand on the dependencies
//	2.0  files stand in the package
//	2.1  a package says by which groups and under which markers it is included
//
// Before 2.1 only pyproject.toml says what the project asks for.
type poetryReader struct {
	*tomlFile
	lock     *Lock
	version  lockVersion
	metadata tomldoc.Table
	byName   map[name.Name][]*Package
	// files are those of [metadata.files], hashes those of [metadata.hashes].
	files, hashes map[name.Name]tomldoc.Value
	markersOf     map[*Package]*marker.Marker // of 1.0
}

// readPoetry reads a poetry.lock of version 1.0 to 2.x.
func readPoetry(in Input) (*Lock, error) {
	f, err := openTOML(in.Path, in.Data, poetryHint)
	if err != nil {
		return nil, err
	}
	r := &poetryReader{
		tomlFile: f, lock: &Lock{Path: in.Path, Format: Poetry},
		byName: map[name.Name][]*Package{}, markersOf: map[*Package]*marker.Marker{},
	}
	r.readMetadata()
	if r.err == nil {
		r.readPackages()
	}
	if err := r.close(); err != nil {
		return nil, err
	}
	if err := r.readProject(in); err != nil {
		return nil, err
	}
	r.placeMarkers()
	r.lock.linkEdges()
	r.lock.Warnings = append(r.lock.Warnings, r.warnings...)
	return r.lock, nil
}

// readMetadata reads [metadata] and [extras].
func (r *poetryReader) readMetadata() {
	root := r.doc.Root()
	if !root.Has("metadata") || !root.Has("package") {
		r.fail(0, "no [metadata] or no packages: cut short, or not a poetry.lock")
		return
	}
	r.metadata = root.Table("metadata")
	r.version = r.lockVersion(r.metadata, "lock-version", 1, 2)
	if r.err != nil {
		return
	}
	r.lock.Version = r.version.text
	if newest := map[int]int{1: 1, 2: 1}[r.version.major]; r.version.minor > newest {
		r.warn(r.metadata.Get("lock-version").Line(), "lock-version %s is newer than %d.%d, which this ofiuco knows: what is new in it is not understood",
			r.version.text, r.version.major, newest)
	}
	python := r.metadata.Get("python-versions")
	r.lock.RequiresPython, r.lock.RequiresPythonLine = r.constraint(python), python.Line()
	r.metadata.Ignore("content-hash")
	for extra, v := range root.Table("extras").All() {
		r.lock.Extras = append(r.lock.Extras, r.name(extra, v))
	}
	r.files, r.hashes = r.byProject("files"), r.byProject("hashes")
}

// byProject is a table of [metadata] whose keys are the names of projects.
func (r *poetryReader) byProject(key string) map[name.Name]tomldoc.Value {
	if !r.metadata.Has(key) {
		return nil
	}
	values := map[name.Name]tomldoc.Value{}
	for project, v := range r.metadata.Table(key).All() {
		values[r.name(project, v)] = v
	}
	return values
}

func (r *poetryReader) readPackages() {
	var tables []tomldoc.Table
	for t := range r.doc.Root().Tables("package") {
		p := r.readHead(t)
		if r.stop() {
			return
		}
		for _, other := range r.byName[p.Name] {
			if other.Version.Equal(p.Version) && other.Version.Local() == p.Version.Local() && other.Source == p.Source {
				r.fail(p.Line, "locked twice, first in line %d", other.Line)
				return
			}
		}
		if len(r.byName[p.Name]) == maxEntries {
			r.fail(p.Line, "more than %d entries of one name", maxEntries)
			return
		}
		r.lock.Packages = append(r.lock.Packages, p)
		r.byName[p.Name] = append(r.byName[p.Name], p)
		tables = append(tables, t)
	}
	for i, p := range r.lock.Packages { // what depends on the other entries of the name
		r.enter(p)
		r.readArtifacts(tables[i], p)
		if r.stop() {
			return
		}
	}
	r.leave()
}

// readHead reads all of a package but its artifacts.
func (r *poetryReader) readHead(t tomldoc.Table) *Package {
	p := r.identity(t)
	if r.stop() {
		return p
	}
	p.Description = t.String("description")
	t.Ignore("category")
	t.Bool("optional")
	p.RequiresPython = r.constraint(t.Get("python-versions"))
	p.Source = r.readSource(t)
	switch {
	case r.version.atLeast(2, 1):
		r.readIncluded(t, p)
	case t.Has("marker"):
		r.markersOf[p] = r.marker(t.Get("marker"))
	}
	extras := t.Table("extras")
	for extra, v := range extras.All() {
		p.Provides = append(p.Provides, r.name(extra, v))
	}
	base := ""
	if p.Source.Kind == FromDirectory {
		base = p.Source.Path
	}
	for key, v := range t.Table("dependencies").All() {
		for _, d := range r.poetryDependencies(key, v, base) {
			p.Dependencies = append(p.Dependencies, r.activate(d, extras)...)
		}
	}
	return p
}

// readIncluded reads by which groups a package is included, and under which markers.
func (r *poetryReader) readIncluded(t tomldoc.Table, p *Package) {
	groups, markers := t.Get("groups"), t.Get("markers")
	if !groups.Present() {
		r.fail(t.Line(), "no groups")
		return
	}
	p.Included = []Condition{} // even if it has none
	var always *marker.Marker
	byGroup := map[name.Name]*marker.Marker{}
	switch markers.Kind() {
	case tomldoc.Absent:
	case tomldoc.TableKind:
		for group, v := range markers.Table().All() {
			byGroup[r.name(group, v)] = r.marker(v)
		}
	default:
		always = r.marker(markers)
	}
	for v := range groups.Items() {
		group := r.name(v.String(), v)
		condition := Condition{Group: group, Marker: always}
		if m, ok := byGroup[group]; ok {
			condition.Marker = m
		}
		if group == "main" {
			condition.Group = ""
		}
		if !slices.ContainsFunc(p.Included, func(c Condition) bool { return c.Group == condition.Group }) {
			p.Included = append(p.Included, condition)
		}
	}
}

// placeMarkers puts the markers of packages, which 1.0 has, where the other versions have them: on
// the edges that lead to them, since nothing asks for a package whose marker does not hold, and on
// the packages themselves, to tell the entries of one name apart.
func (r *poetryReader) placeMarkers() {
	for p, m := range r.markersOf {
		p.Forks = []*marker.Marker{m}
	}
	if len(r.markersOf) == 0 {
		return
	}
	for _, d := range r.lock.edges() {
		var markers []*marker.Marker
		for _, p := range r.byName[d.Name] {
			if m := r.markersOf[p]; d.Constraint.Allows(p.Version) && !slices.Contains(markers, m) {
				markers = append(markers, m)
			}
		}
		if len(markers) > 0 {
			d.Marker = marker.And(d.Marker, marker.Or(markers...))
		}
	}
}
