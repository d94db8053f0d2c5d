package resolve

import (
	"slices"
	"strings"

	"github.com/ofiuco/ofiuco/pypa/marker"
	"github.com/ofiuco/ofiuco/pypa/name"
	"github.com/ofiuco/ofiuco/pypa/requirement"
)

// pins are what was decided.
func (s *solver) pins() []Pin {
	extras := map[name.Name][]name.Name{}
	for k, v := range s.variables {
		if k.extra != "" && v.decided != absent {
			extras[k.project] = append(extras[k.project], k.extra)
		}
	}
	var pins []Pin
	for k, v := range s.variables {
		if k.extra != "" || v.decided == absent {
			continue
		}
		c := v.project.candidates[v.decided-1]
		slices.Sort(extras[k.project])
		pins = append(pins, Pin{
			Name: k.project, Version: c.version, Files: c.files, Wheel: c.wheel, Direct: v.project.direct,
			RequiresPython: c.metadata.RequiresPython, Requires: keeps(c.requires, extras[k.project]), Extras: extras[k.project],
		})
	}
	slices.SortFunc(pins, func(a, b Pin) int { return strings.Compare(string(a.Name), string(b.Name)) })
	return pins
}

// keeps are the requirements that a pin keeps, sorted: all but those that hang on extras that were not asked for.
func keeps(requires []requirement.Requirement, extras []name.Name) []string {
	var kept []string
	for _, r := range requires {
		if !r.Marker.Uses("extra") || mentions(r.Marker.Tree(), extras) {
			kept = append(kept, r.String())
		}
	}
	slices.Sort(kept)
	return slices.Compact(kept)
}

// mentions says whether a marker compares with one of the extras, or in another way than by ==.
func mentions(n *marker.Node, extras []name.Name) bool {
	if n.Variable == "extra" && (n.Op != "==" || slices.Contains(extras, name.Normalize(n.Literal))) {
		return true
	}
	for i := range n.Args {
		if mentions(&n.Args[i], extras) {
			return true
		}
	}
	return false
}
