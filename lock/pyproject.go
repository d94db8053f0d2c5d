package lock

import (
	"path"
	"slices"
	"strings"

	"github.com/ofiuco/ofiuco/internal/tomldoc"
	"github.com/ofiuco/ofiuco/pypa/marker"
	"github.com/ofiuco/ofiuco/pypa/name"
	"github.com/ofiuco/ofiuco/pypa/requirement"
)

// pyproject is what a pyproject.toml says that some locks do not: what the project asks for, its
// groups and its indexes.
type pyproject struct {
	name               name.Name // "" when there is none, or none that is valid
	requiresPython     Constraint
	requiresPythonLine int
	roots              []Root
	extras             []name.Name
	groups             []name.Name
	defaultGroups      []name.Name
	indexes            []Index
	// contentHash is what Poetry keeps in the lock to see when that is stale, earlierHash what it
	// kept before 2.3; "" when unknown.
	contentHash, earlierHash string
	dynamic                  bool // its build backend says what else it depends on
	warnings                 []*Error
}

// projectReader reads a pyproject.toml.
type projectReader struct {
	*tomlFile
	project *pyproject
	groups  map[name.Name]*group
}

// group is a dependency group, in any of the tables that may declare one.
type group struct {
	name     name.Name
	line     int
	optional bool
	// standard are the requirements of PEP 735 (or of [project], for the group ""), poetry those of
	// Poetry's own tables.
	standard, poetry []poetryDependency
	includes         []include
	// dynamic means that Poetry's tables may add to the standard ones.
	dynamic bool
}

// include is one group taken into another.
type include struct {
	group name.Name
	line  int
}

// readPyproject reads the pyproject.toml beside a lock of the format, as the tool that wrote the
// lock does.
func readPyproject(in Input, format Format) (*pyproject, error) {
	f, err := openTOML(in.PyprojectPath, in.Pyproject, "correct pyproject.toml, then write the lock anew")
	if err != nil {
		return nil, err
	}
	r := &projectReader{tomlFile: f, project: &pyproject{}, groups: map[name.Name]*group{}}
	root := f.doc.Root()
	r.readProjectTable(root.Table("project"))
	r.readGroups(root.Table("dependency-groups"))
	tool := root.Table("tool")
	switch format {
	case Poetry:
		r.readPoetry(tool.Table("poetry"))
		r.project.contentHash, r.project.earlierHash = contentHashes(root)
	case UV:
		r.readUV(tool.Table("uv"))
	case PDM:
		r.readPDM(tool.Table("pdm"))
	}
	for _, g := range r.sortedGroups() {
		r.addRoots(g)
	}
	if r.stop() {
		return nil, r.err
	}
	r.project.warnings = r.warnings
	return r.project, nil
}

// readProjectTable reads [project] (PEP 621).
func (r *projectReader) readProjectTable(t tomldoc.Table) {
	if n, err := name.Parse(t.String("name")); err == nil {
		r.project.name = n
	}
	python := t.Get("requires-python")
	r.project.requiresPython, r.project.requiresPythonLine = r.constraint(python), python.Line()
	main := r.group("", t.Line())
	for _, key := range t.Strings("dynamic") {
		main.dynamic = main.dynamic || key == "dependencies" || key == "optional-dependencies"
	}
	r.project.dynamic = main.dynamic
	for item := range t.Get("dependencies").Items() {
		main.standard = append(main.standard, r.requirement(item))
	}
	for extra, v := range t.Table("optional-dependencies").All() {
		n := r.name(extra, v)
		r.project.extras = append(r.project.extras, n)
		for item := range v.Items() {
			d := r.requirement(item)
			d.optional, d.inExtras = true, []name.Name{n}
			main.standard = append(main.standard, d)
		}
	}
}

// readGroups reads [dependency-groups] (PEP 735).
func (r *projectReader) readGroups(t tomldoc.Table) {
	for key, v := range t.All() {
		n := r.name(key, v)
		if _, twice := r.groups[n]; twice {
			r.fail(v.Line(), "dependency group %q stands here twice", n)
			return
		}
		g := r.group(n, v.Line())
		for item := range v.Items() {
			if item.Kind() == tomldoc.String {
				g.standard = append(g.standard, r.requirement(item))
				continue
			}
			included := item.Table().Get("include-group")
			if item.Table().Len() != 1 || !included.Present() {
				r.fail(item.Line(), "dependency group %q: an entry must be a requirement or {include-group = …}", n)
				return
			}
			g.includes = append(g.includes, include{r.name(included.String(), included), item.Line()})
		}
	}
}

// group is the group of that name, made when it is new.
func (r *projectReader) group(n name.Name, line int) *group {
	g := r.groups[n]
	if g == nil {
		g = &group{name: n, line: line}
		r.groups[n] = g
	}
	return g
}

// sortedGroups are the groups in file order, the project's own dependencies first.
func (r *projectReader) sortedGroups() []*group {
	var groups []*group
	for _, g := range r.groups {
		groups = append(groups, g)
	}
	slices.SortFunc(groups, func(a, b *group) int {
		if a.name == "" || b.name == "" {
			return strings.Compare(string(a.name), string(b.name))
		}
		if a.line != b.line {
			return a.line - b.line
		}
		return strings.Compare(string(a.name), string(b.name))
	})
	return groups
}

// maxRoots bounds a project's dependencies, which groups multiply by including each other.
const maxRoots = 100_000

// addRoots makes roots of a group and of those it includes.
func (r *projectReader) addRoots(g *group) {
	if g.name != "" {
		r.project.groups = append(r.project.groups, g.name)
		if !g.optional {
			r.project.defaultGroups = append(r.project.defaultGroups, g.name)
		}
	}
	for _, included := range r.closure(g) {
		for _, d := range r.merged(included) {
			extras := []name.Name{""}
			if d.optional && g.name == "" {
				extras = d.inExtras // in none: nothing ever turns it on
			}
			for _, extra := range extras {
				edge := d.Dependency
				edge.Extra = extra
				r.project.roots = append(r.project.roots, Root{Dependency: edge, From: r.project.name, Group: g.name})
				if len(r.project.roots) > maxRoots {
					r.fail(g.line, "dependency group %q: more than %d dependencies in all", g.name, maxRoots)
					return
				}
			}
		}
	}
}

// closure is g and the groups that it includes, each once.
func (r *projectReader) closure(g *group) []*group {
	var found []*group
	state := map[*group]int{} // 1 while its own includes are looked at, 2 after
	var visit func(g *group, depth int)
	visit = func(g *group, depth int) {
		state[g] = 1
		found = append(found, g)
		for _, i := range g.includes {
			next := r.groups[i.group]
			switch {
			case next == nil || next.name == "":
				r.fail(i.line, "dependency group %q includes %q, which is not defined", g.name, i.group)
			case state[next] == 1:
				r.fail(i.line, "dependency group %q includes itself through %q", i.group, g.name)
			case depth > tomldoc.MaxDepth:
				r.fail(i.line, "dependency groups include each other more than %d deep", tomldoc.MaxDepth)
			case state[next] == 0:
				visit(next, depth+1)
			}
			if r.stop() {
				return
			}
		}
		state[g] = 2
	}
	visit(g, 1)
	return found
}

// requirement is a dependency in PEP 508's notation.
func (r *projectReader) requirement(v tomldoc.Value) poetryDependency {
	parsed, err := requirement.Parse(v.String())
	if err != nil {
		r.fail(v.Line(), "%s", err)
		return poetryDependency{}
	}
	return poetryDependency{Dependency: requirementEdge(parsed, v.Line())}
}

// requirementEdge is the edge that a PEP 508 requirement stands for.
func requirementEdge(q requirement.Requirement, line int) Dependency {
	d := Dependency{Name: q.Name, Extras: q.Extras, Marker: q.Marker, Constraint: constraintOf(q.Specifiers), Line: line}
	if q.URL != "" {
		d.Source = urlSource(q.URL)
	}
	return d
}

// urlSource is the source that the URL of a PEP 508 requirement names:
//
//	git+https://host/repository@reference#subdirectory=folder
//	https://host/archive.whl#subdirectory=folder
//	file:///folder (an absolute path, or ${PROJECT_ROOT}/…)
func urlSource(text string) *Source {
	address, fragment, _ := strings.Cut(text, "#")
	s := &Source{Kind: FromURL, URL: address}
	for part := range strings.SplitSeq(fragment, "&") {
		if folder, found := strings.CutPrefix(part, "subdirectory="); found {
			s.Subdirectory = folder
		}
	}
	if repository, found := strings.CutPrefix(address, "git+"); found {
		s.Kind, s.URL = FromGit, repository
		slash := strings.LastIndexByte(repository, '/')
		if at := strings.LastIndexByte(repository, '@'); at > slash {
			s.URL, s.Reference = repository[:at], repository[at+1:]
		}
		return s
	}
	if local, found := strings.CutPrefix(address, "file://"); found {
		s.Kind, s.URL, s.Path = FromDirectory, "", path.Clean(strings.TrimPrefix(local, "/${PROJECT_ROOT}/"))
		if archiveKind(local) != "" {
			s.Kind = FromPath
		}
	}
	return s
}

// both is what two edges to one project ask for together.
func (r *projectReader) both(standard, enriched poetryDependency) poetryDependency {
	d := enriched
	if standard.Source != nil {
		d.Source = standard.Source
	}
	d.Extras, d.optional, d.inExtras = standard.Extras, standard.optional, standard.inExtras
	if n := len(standard.Constraint.AnyOf) * len(enriched.Constraint.AnyOf); n > maxAlternatives {
		r.fail(enriched.Line, "dependency %s: together with line %d its version has %d alternatives, more than %d", d.Name, standard.Line, n, maxAlternatives)
		return d
	}
	d.Constraint = standard.Constraint.and(enriched.Constraint)
	d.Marker = marker.And(standard.Marker, enriched.Marker)
	d.Line = standard.Line
	return d
}
