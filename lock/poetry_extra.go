package lock

import (
	"slices"
	"strings"

	"github.com/ofiuco/ofiuco/internal/tomldoc"
	"github.com/ofiuco/ofiuco/pypa/marker"
	"github.com/ofiuco/ofiuco/pypa/name"
)

// activate makes the edges of a package's dependency, one for each extra that turns it on: its
// marker names them, and in 1.0, which has none, the package's list of extras does.
func (r *poetryReader) activate(d poetryDependency, extras tomldoc.Table) []Dependency {
	if d.Marker.Uses("extra") {
		return r.splitByExtra(d.Dependency)
	}
	if !d.optional {
		return []Dependency{d.Dependency}
	}
	var edges []Dependency
	for extra, v := range extras.All() {
		asks := func(requirement string) bool { return requirementName(requirement) == d.Name }
		if slices.ContainsFunc(v.Strings(), asks) {
			edge := d.Dependency
			edge.Extra = r.name(extra, v)
			edges = append(edges, edge)
		}
	}
	return edges
}

// requirementName is the name at the start of a requirement, "PySocks (>=1.5.6)".
func requirementName(text string) name.Name {
	end := strings.IndexAny(text, " ([;<>=!~@")
	if end < 0 {
		end = len(text)
	}
	return name.Normalize(text[:end])
}

// splitByExtra makes of an edge whose marker asks for extras of its own package one edge for each of
// these, and one without if it can be live without, so that the markers ask of the environment alone.
func (r *poetryReader) splitByExtra(d Dependency) []Dependency {
	tree := d.Marker.Tree()
	var edges []Dependency
	for _, extra := range append([]name.Name{""}, extrasIn(*tree, nil)...) {
		text, truth := underExtra(*tree, extra)
		if truth == impossible {
			continue
		}
		edge := d
		edge.Extra = extra
		var err error
		if edge.Marker, err = r.markers.parse(text); err != nil {
			r.fail(d.Line, "dependency %s: %s", d.Name, err)
		}
		if extra != "" && len(edges) > 0 && edges[0].Extra == "" && edges[0].Marker == edge.Marker {
			continue // the extra makes no difference
		}
		edges = append(edges, edge)
	}
	return edges
}

// extrasIn appends the extras that a marker names, each once.
func extrasIn(n marker.Node, extras []name.Name) []name.Name {
	for _, arg := range n.Args {
		extras = extrasIn(arg, extras)
	}
	if extra := name.Normalize(n.Literal); n.Variable == "extra" && !slices.Contains(extras, extra) {
		extras = append(extras, extra)
	}
	return extras
}

// truth is what is known of a marker.
type truth int

const (
	undecided truth = iota // the environment decides
	certain
	impossible
)

// underExtra is what a marker asks when extra is the only extra, or there is none when it is "". The
// text is "" when nothing is left to ask.
func underExtra(n marker.Node, extra name.Name) (text string, known truth) {
	switch {
	case n.Op == "and" || n.Op == "or":
		return underExtraAll(n, extra)
	case n.Variable == "extra":
		if (name.Normalize(n.Literal) == extra) == (n.Op == "==") {
			return "", certain
		}
		return "", impossible
	}
	quote := `"`
	if strings.Contains(n.Literal, quote) {
		quote = "'"
	}
	left, right := n.Variable, quote+n.Literal+quote
	if n.Reversed {
		left, right = right, left
	}
	return left + " " + n.Op + " " + right, undecided
}

// underExtraAll is underExtra of a conjunction or disjunction.
func underExtraAll(n marker.Node, extra name.Name) (text string, known truth) {
	decisive, neutral := impossible, certain
	if n.Op == "or" {
		decisive, neutral = certain, impossible
	}
	var parts []string
	for _, arg := range n.Args {
		part, known := underExtra(arg, extra)
		switch known {
		case decisive:
			return "", decisive
		case undecided:
			if len(arg.Args) > 0 {
				part = "(" + part + ")"
			}
			parts = append(parts, part)
		}
	}
	if len(parts) == 0 {
		return "", neutral
	}
	return strings.Join(parts, " "+n.Op+" "), undecided
}
