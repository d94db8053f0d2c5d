package buildfile

import (
	"cmp"
	"fmt"
	"slices"
)

// incompatible is the value of Options.Absent with which targets of what a platform does not have are incompatible with it.
const incompatible = "incompatible"

// guard is a target that is incompatible with the platforms on which a condition does not hold. Bazel passes over it and all that
// needs it there. So no target of the hub may lead to it: a package does without what its own marker leaves out.
type guard struct {
	label, actual string
	when          condition
}

// hide gives the label of the target that others lead to: with conditions that need a guard the one behind it.
func (h *hub) hide(label string, when condition) string {
	if h.options.Absent != incompatible || when.isAlways() {
		return label
	}
	actual := "_any/" + label
	h.guards = append(h.guards, guard{label, actual, when})
	return actual
}

// absence is the attribute `absent` of targets of packages.
func (h *hub) absence() text {
	if h.options.Absent == incompatible {
		return ""
	}
	return text(h.options.Absent)
}

// hideNodes hides the targets of packages and their extras.
func (h *hub) hideNodes() {
	for _, n := range h.nodes {
		if !n.pkg.Project {
			n.label = h.hide(n.label, n.when)
		}
	}
}

// guarding are the guards' targets, and those that answer their conditions, of which many have the same.
func (h *hub) guarding() (public, private []call) {
	numbers := map[string]int{}
	slices.SortFunc(h.guards, func(a, b guard) int { return cmp.Compare(a.label, b.label) })
	for _, g := range h.guards {
		key := g.when.json()
		number, known := numbers[key]
		if !known {
			number = len(numbers)
			numbers[key] = number
			name := fmt.Sprintf("_condition_%d", number)
			private = append(private,
				call{"package_condition", []argument{{"name", text(name)}, {"platforms", dict(h.options.Platforms)}, {"when", jsonLiteral(key)}}},
				call{"config_setting", []argument{{"name", text(name + "_holds")}, {"flag_values", dict{":" + name: "yes"}}}},
			)
		}
		only := compatible{text(fmt.Sprintf(":_condition_%d_holds", number)), text(h.options.Rules + "//platforms:incompatible")}
		public = append(public, call{"package_extra", []argument{
			{"name", text(g.label)}, {"package", text(":" + g.actual)}, {"target_compatible_with", only}, visible(),
		}})
	}
	return public, private
}
