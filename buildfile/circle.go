package buildfile

import (
	"fmt"
	"maps"
	"slices"
)

// member is the target of a node of a circle: all that can be reached from it.
func (h *hub) member(n *node) call {
	return call{"package_member", []argument{
		{"name", text(n.label)}, {"cycle", text(fmt.Sprintf(":_cycle_%d", n.cycle))}, {"start", text(n.label)}, visible(),
	}}
}

// circle are the targets that its members share: each package by itself, and the edges between them and out of the
// circle.
func (h *hub) circle(number int, members []*node) []call {
	var calls []call
	packages, outside := dict{}, map[string]bool{}
	edges, leaving := map[string]map[string]condition{}, map[string]map[string]condition{}
	for _, n := range members {
		edges[n.label] = map[string]condition{}
		if n.hasFiles() {
			label := "_cycle/" + n.label
			packages[":"+label] = n.label
			calls = append(calls, call{"package", append(h.attributes(n), argument{"name", text(label)}, argument{"deps", labels(h.options.Deps[n.pkg.Name])})})
		}
		for _, l := range n.edges {
			when := allOf(n.when, l.when)
			if l.to.cycle == number {
				edges[n.label][l.to.label] = when
				continue
			}
			if leaving[n.label] == nil {
				leaving[n.label] = map[string]condition{}
			}
			leaving[n.label][":"+l.to.label] = when
			outside[":"+l.to.label] = true
		}
	}
	arguments := []argument{
		{"name", text(fmt.Sprintf("_cycle_%d", number))},
		{"deps", labels(slices.Collect(maps.Keys(outside)))},
		{"edges", jsonLiteral(jsonText(edges))},
		{"members", packages},
	}
	if len(leaving) > 0 {
		arguments = append(arguments, argument{"outside", jsonLiteral(jsonText(leaving))})
	}
	return append(calls, call{"package_cycle", arguments})
}

// absent is the target that stands for what the lock does not hold. It fails where a target's edge leads to it.
func (h *hub) absent(n *node, requirement string) call {
	return call{"package", []argument{
		{"name", text(n.label)}, {"absent", text("error")}, {"constraint", text(requirement)}, {"when", jsonLiteral(never.json())},
	}}
}
