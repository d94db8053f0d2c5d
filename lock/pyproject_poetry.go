package lock

import (
	"slices"
	"strings"

	"github.com/ofiuco/ofiuco/internal/tomldoc"
	"github.com/ofiuco/ofiuco/pypa/name"
)

// readPoetry reads [tool.poetry], which may stand in place of [project] and [dependency-groups] or
// beside them, where it adds sources and the like to what they say.
func (r *projectReader) readPoetry(t tomldoc.Table) {
	if n, err := name.Parse(t.String("name")); err == nil && r.project.name == "" {
		r.project.name = n
	}
	main := r.group("", t.Line())
	for key, v := range t.Table("dependencies").All() {
		if strings.EqualFold(key, "python") {
			if v.Kind() == tomldoc.String && r.project.requiresPythonLine == 0 {
				r.project.requiresPython, r.project.requiresPythonLine = r.constraint(v), v.Line()
			}
			continue
		}
		main.poetry = append(main.poetry, r.poetryDependencies(key, v, "")...)
	}
	if len(main.standard) == 0 && len(r.project.extras) == 0 {
		r.readPoetryExtras(t.Table("extras"), main)
	}
	for key, v := range t.Table("group").All() {
		r.readPoetryGroup(r.name(key, v), v.Table())
	}
	if dev := t.Get("dev-dependencies"); dev.Present() { // Poetry 1.0 and 1.1
		r.addPoetryGroup(r.group("dev", dev.Line()), dev.Table())
	}
	r.readPoetrySources(t)
}

// readPoetryExtras reads [tool.poetry.extras], which names dependencies that are optional.
func (r *projectReader) readPoetryExtras(t tomldoc.Table, main *group) {
	for key, v := range t.All() {
		extra := r.name(key, v)
		r.project.extras = append(r.project.extras, extra)
		for _, project := range v.Strings() {
			for i := range main.poetry {
				d := &main.poetry[i]
				if d.Name == name.Normalize(project) && !slices.Contains(d.inExtras, extra) {
					d.inExtras = append(d.inExtras, extra)
				}
			}
		}
	}
}

// readPoetryGroup reads [tool.poetry.group.NAME].
func (r *projectReader) readPoetryGroup(n name.Name, t tomldoc.Table) {
	if n == "main" {
		n = ""
	}
	g := r.group(n, t.Line())
	g.optional = t.Bool("optional")
	for item := range t.Get("include-groups").Items() {
		g.includes = append(g.includes, include{r.name(item.String(), item), item.Line()})
	}
	r.addPoetryGroup(g, t.Table("dependencies"))
}

func (r *projectReader) addPoetryGroup(g *group, dependencies tomldoc.Table) {
	for key, v := range dependencies.All() {
		if !strings.EqualFold(key, "python") {
			g.poetry = append(g.poetry, r.poetryDependencies(key, v, "")...)
		}
	}
}

// readPoetrySources reads [[tool.poetry.source]].
//
// Index.Default is never set: a package that Poetry takes from a source of the project names it in
// the lock, and one that does not is PyPI's, also where a primary source has replaced PyPI.
func (r *projectReader) readPoetrySources(t tomldoc.Table) {
	for s := range t.Tables("source") {
		index := Index{Name: s.String("name"), URL: s.String("url")}
		priority := s.Get("priority")
		switch strings.ToLower(priority.String()) {
		case "", "primary", "default", "secondary", "supplemental":
		case "explicit":
			index.Explicit = true
		default:
			r.fail(priority.Line(), "unknown priority %q of source %q", priority.String(), index.Name)
		}
		if url := s.Get("url"); url.Present() {
			r.webURL(url)
			r.project.indexes = append(r.project.indexes, index)
		}
	}
}

// merged are the dependencies of a group as Poetry 2 merges them: those of the standard tables,
// each with what Poetry's own tables say of the same project. Where the standard tables have none,
// Poetry's stand alone; where they have only optional ones or only others, Poetry's add the rest.
func (r *projectReader) merged(g *group) []poetryDependency {
	if len(g.poetry) == 0 {
		return g.standard
	}
	if len(g.standard) == 0 {
		return g.poetry
	}
	all := g.standard
	if g.dynamic {
		optional := func(d poetryDependency) bool { return d.optional }
		switch mixed := slices.ContainsFunc(all, optional); {
		case !mixed:
			all = slices.Concat(all, slices.DeleteFunc(slices.Clone(g.poetry), func(d poetryDependency) bool { return !d.optional }))
		case !slices.ContainsFunc(all, func(d poetryDependency) bool { return !d.optional }):
			all = slices.Concat(all, slices.DeleteFunc(slices.Clone(g.poetry), optional))
		}
	}
	var result []poetryDependency
	for _, d := range all {
		enriched := false
		for _, own := range g.poetry {
			if own.Name == d.Name {
				result, enriched = append(result, r.both(d, own)), true
			}
			if r.stop() {
				return nil
			}
		}
		if !enriched {
			result = append(result, d)
		}
	}
	return result
}
