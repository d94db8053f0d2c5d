package lock

import (
	"github.com/ofiuco/ofiuco/internal/tomldoc"
	"github.com/ofiuco/ofiuco/pypa/name"
	"github.com/ofiuco/ofiuco/pypa/version"
)

// asking is who asks for a requirement: which extra or group of the project, or neither.
type asking struct{ project, extra, group name.Name }

// addRoots makes roots of the edges of p, from which a selection starts, and of its groups.
func (r *uvReader) addRoots(p *Package, t, metadata tomldoc.Table) {
	constraints := r.constraintsOf(metadata)
	add := func(d Dependency, group name.Name) {
		if !r.overrides[d.Name] {
			d.Constraint = constraints[asking{d.Name, d.Extra, group}]
		}
		r.lock.Roots = append(r.lock.Roots, Root{Dependency: d, From: p.Name, Group: group})
	}
	for _, d := range p.Dependencies {
		add(d, "")
	}
	r.lock.Extras = append(r.lock.Extras, p.Provides...)
	for _, key := range []string{"dev-dependencies", "dependency-groups"} { // the latter is an alias
		for group, v := range t.Table(key).All() {
			n := r.name(group, v)
			r.lock.Groups = append(r.lock.Groups, n)
			for _, d := range r.dependencies(nil, v, "") {
				add(d, n)
			}
		}
	}
	switch v := t.Get("default-groups"); {
	case v.Kind() == tomldoc.String && v.String() == "all":
		r.lock.DefaultGroups = append(r.lock.DefaultGroups, r.lock.Groups...)
	default:
		r.lock.DefaultGroups = append(r.lock.DefaultGroups, r.names(v)...)
	}
}

// constraintsOf are the version requirements that the project declares. Where it asks for a name
// several times, each under its own marker, any of them will do: the edges say which version it is.
func (r *uvReader) constraintsOf(metadata tomldoc.Table) map[asking]Constraint {
	constraints := map[asking]Constraint{}
	add := func(t tomldoc.Table, group name.Name) {
		t.Ignore("extras", "index", "conflict", "url", "git", "path", "directory", "editable", "virtual", "subdirectory")
		project := t.Get("name")
		who := asking{project: r.name(project.String(), project), group: group}
		c := r.specifiers(t.Get("specifier"))
		extras := []name.Name{""}
		if asked := conflictItem.FindAllStringSubmatch(t.String("marker"), -1); asked != nil {
			extras = nil
			for _, item := range asked {
				extras = append(extras, name.Normalize(item[2]))
			}
		}
		for _, who.extra = range extras {
			if before, twice := constraints[who]; twice {
				constraints[who] = eitherOf(before, c)
			} else {
				constraints[who] = c
			}
		}
	}
	for t := range metadata.Tables("requires-dist") {
		add(t, "")
	}
	for _, key := range []string{"requires-dev", "dependency-groups"} {
		for group, v := range metadata.Table(key).All() {
			for t := range v.Tables() {
				add(t, r.name(group, v))
			}
		}
	}
	return constraints
}

// eitherOf allows what a or b allows.
func eitherOf(a, b Constraint) Constraint {
	if len(a.AnyOf) == 0 || len(b.AnyOf) == 0 {
		return Constraint{}
	}
	if a.Text == b.Text {
		return a
	}
	return Constraint{Text: a.Text + " || " + b.Text, AnyOf: append(append([]version.Specifiers(nil), a.AnyOf...), b.AnyOf...)}
}

// readManifestRoots reads what a script, or a workspace without a project, asks for.
func (r *uvReader) readManifestRoots(manifest tomldoc.Table) {
	for t := range manifest.Tables("requirements") {
		r.addManifestRoot(t, "")
	}
	for key, v := range manifest.Table("dependency-groups").All() {
		group := r.name(key, v)
		r.lock.Groups = append(r.lock.Groups, group)
		for t := range v.Tables() {
			r.addManifestRoot(t, group)
		}
	}
}

func (r *uvReader) addManifestRoot(t tomldoc.Table, group name.Name) {
	t.Ignore("index", "conflict", "url", "git", "path", "directory", "editable", "virtual", "subdirectory")
	project := t.Get("name")
	d := Dependency{
		Name: r.name(project.String(), project), Extras: r.names(t.Get("extras")), Line: t.Line(),
		Constraint: r.specifiers(t.Get("specifier")),
	}
	d.Marker = r.conflictMarker(t.Get("marker"), d.Name, d.Extras)
	if r.overrides[d.Name] {
		d.Constraint = Constraint{}
	}
	if len(r.byName[d.Name]) == 0 {
		r.fail(d.Line, "the project depends on %s, which the lock does not hold", d.Name)
	}
	r.lock.Roots = append(r.lock.Roots, Root{Dependency: d, Group: group})
}

// specifiers is a constraint in PEP 440's language; an absent value allows all.
func (f *tomlFile) specifiers(v tomldoc.Value) Constraint {
	s, err := version.ParseSpecifiers(v.String())
	if err != nil {
		f.fail(v.Line(), "%s: %s", v.Path(), err)
		return Constraint{}
	}
	return constraintOf(s)
}
