package lock

import (
	"cmp"
	"path"

	"github.com/ofiuco/ofiuco/internal/tomldoc"
	"github.com/ofiuco/ofiuco/pypa/marker"
	"github.com/ofiuco/ofiuco/pypa/name"
)

// poetryDependency is a dependency in Poetry's notation, in a pyproject.toml or a poetry.lock.
type poetryDependency struct {
	Dependency
	// optional dependencies are on only when an extra asks for them.
	optional bool
	// inExtras are those extras, where the dependency's place says so.
	inExtras []name.Name
}

// poetryDependencies reads the value of one key of a table of dependencies:
//
//	value = constraint / table / array of constraint / table
func (f *tomlFile) poetryDependencies(key string, v tomldoc.Value, base string) []poetryDependency {
	n := f.name(key, v)
	if v.Kind() != tomldoc.Array {
		return []poetryDependency{f.poetryDependency(n, v, base)}
	}
	var dependencies []poetryDependency
	for item := range v.Items() {
		dependencies = append(dependencies, f.poetryDependency(n, item, base))
	}
	return dependencies
}

func (f *tomlFile) poetryDependency(n name.Name, v tomldoc.Value, base string) poetryDependency {
	d := poetryDependency{Dependency: Dependency{Name: n, Line: v.Line()}}
	switch v.Kind() {
	case tomldoc.String:
		d.Constraint = f.constraint(v)
	case tomldoc.TableKind:
		f.dependencyTable(&d, v.Table(), base)
	default:
		f.fail(v.Line(), "dependency %s must be a string or a table, found %s", n, v.Kind())
	}
	return d
}

// dependencyTable reads a dependency written as a table. Paths in it are relative to base.
func (f *tomlFile) dependencyTable(d *poetryDependency, t tomldoc.Table, base string) {
	t.Ignore("allow-prereleases", "allows-prereleases") // how to solve, which is done with
	d.optional = t.Bool("optional")
	d.Extras = f.names(t.Get("extras"))
	d.Marker = f.dependencyMarker(t)
	d.Source = dependencySource(t, base)
	if constraint := t.Get("version"); d.Source == nil || d.Source.Kind == FromIndex {
		d.Constraint = f.constraint(constraint)
	}
}

// dependencyMarker is the conjunction of what a dependency asks of the environment.
func (f *tomlFile) dependencyMarker(t tomldoc.Table) *marker.Marker {
	var all []*marker.Marker
	for _, part := range []struct {
		key  string
		text func(string) (string, error)
	}{
		{"markers", poetryMarker}, {"python", pythonMarker}, {"platform", platformMarker},
	} {
		v := t.Get(part.key)
		if v.String() == "" {
			continue
		}
		text, err := part.text(v.String())
		if err != nil {
			f.fail(v.Line(), "%s: %s", v.Path(), err)
			return nil
		}
		all = append(all, f.markerText(text, v))
	}
	return marker.And(all...)
}

// poetryMarker is a marker as Poetry writes it, in PEP 508's words: Poetry has one more spelling
// each for what always and what never holds.
func poetryMarker(text string) (string, error) {
	switch text {
	case "*":
		return "", nil
	case "<empty>":
		return neverHolds, nil
	}
	return text, nil
}

// dependencySource is where a dependency is to come from, nil for any index.
func dependencySource(t tomldoc.Table, base string) *Source {
	git, file, local, url, index := t.String("git"), t.String("file"), t.String("path"), t.String("url"), t.String("source")
	branch, tag, rev := t.String("branch"), t.String("tag"), t.String("rev")
	subdirectory, develop := t.String("subdirectory"), t.Bool("develop")
	if file != "" {
		local = file
	}
	switch {
	case git != "":
		return &Source{Kind: FromGit, URL: git, Reference: cmp.Or(branch, tag, rev), Subdirectory: subdirectory, Editable: develop}
	case local != "" && (file != "" || archiveKind(local) != ""):
		return &Source{Kind: FromPath, Path: path.Join(base, local), Subdirectory: subdirectory}
	case local != "":
		// Poetry locks a folder's subdirectory as a folder.
		return &Source{Kind: FromDirectory, Path: path.Join(base, local, subdirectory), Editable: develop}
	case url != "":
		return &Source{Kind: FromURL, URL: url, Subdirectory: subdirectory}
	case index != "":
		return &Source{Kind: FromIndex, Name: index}
	}
	return nil
}
