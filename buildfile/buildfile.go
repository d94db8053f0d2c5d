// Package buildfile turns a Lock into the files of a Bazel hub repository.
//
// It stands after lock, beside selection: Lock -> BUILD files. Its targets are for every platform at once, so that what
// depends on the platform stays in them as conditions, which Starlark evaluates. Rules:
//
//   - Every package is a target `:name`, and `:name[extra]` for each of its extras; where there are several versions,
//     each is `:name@version` and `:name` is the one whose conditions hold.
//   - All extras and dependency groups of the project count as asked for; of those that are declared to be in conflict the
//     first. Markers that ask about them are answered here, all others are written in their parsed form.
//   - What selection would take for a target is what `:all` leads to on it, and a package that it would not take is absent there.
//   - An edge that no target has is left out. One that a target has and the lock does not hold leads to a target that
//     fails on that target only.
//   - Packages that depend on each other in a circle are whole for each of them: one target holds the circle, since
//     Bazel's own graph can't.
//   - The text is what buildifier would write, and depends on nothing but the lock and the options.
package buildfile

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/ofiuco/ofiuco/lock"
	"github.com/ofiuco/ofiuco/pypa/name"
)

// Options are what the repository rule is told.
type Options struct {
	Hub       string // the hub's name, as messages show it
	Rules     string // the ruleset's repository: "@@ofiuco~", "@ofiuco"
	LockLabel string // of the lock: files that it names by path are labels beside it
	BuildLock string // label of the build lock, "" when there is none
	// Extras makes targets of all extras that packages have, not only of those that the lock asks for.
	Extras     bool
	Platforms  map[string]string      // the attribute `platforms` of every package
	Deps       map[name.Name][]string // labels that packages depend on beside their own dependencies, or that stand for folders
	BuildFiles map[string]string      // BUILD text for the folders of packages, by prefix of "name-version"
	// Absent is what a package is on a platform that does not have it: the attribute `absent` of every package, where "" is the
	// rule's default, or "incompatible".
	Absent string
	// Downloaded are the files of packages that are in the hub already, by path.
	Downloaded map[*lock.Package][]string
}

// File is one file of the hub.
type File struct {
	Path string // slash-separated
	Data []byte
}

// Files are the hub's files, sorted by path. The error is a *lock.Error.
func Files(l *lock.Lock, o Options) ([]File, error) {
	h := hub{graph: newGraph(l, o.Extras), options: o, names: targetNames{}, chosen: map[name.Name]string{}}
	for _, project := range slices.Sorted(maps.Keys(o.Deps)) {
		if len(h.byName[project]) == 0 {
			return nil, &lock.Error{
				Path: l.Path, Msg: fmt.Sprintf("deps names %q, which the lock does not hold", project),
				Hint: "take it out of the hub's deps, or add it to the project and lock again",
			}
		}
	}
	h.hideNodes()
	files := append(h.folders(), File{"BUILD.bazel", h.root()}, File{"requirements.bzl", h.requirements()})
	slices.SortFunc(files, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	return files, nil
}

// hub is a hub on its way.
type hub struct {
	*graph
	options Options
	names   targetNames
	guards  []guard
	chosen  map[name.Name]string // of a name with several versions the target that is one of them
}

// targetNames are the names of targets that are taken.
type targetNames map[string]bool

// ruleFile is where the rules of the root BUILD file come from, in the ruleset's repository.
const ruleFile = "//python/private:package_deps.bzl"

// native are the rules that Bazel itself has.
var native = map[string]bool{"alias": true, "config_setting": true}

const public = "//visibility:public"

// root is the text of the hub's root BUILD file.
func (h *hub) root() []byte {
	calls := h.calls()
	rules := map[string]bool{}
	for _, c := range calls {
		if !native[c.rule] {
			rules[c.rule] = true
		}
	}
	var b bytes.Buffer
	b.WriteString(generated(h.lock))
	fmt.Fprintf(&b, "load(%q", h.options.Rules+ruleFile)
	for _, rule := range slices.Sorted(maps.Keys(rules)) {
		fmt.Fprintf(&b, ", %q", rule)
	}
	b.WriteString(")\n")
	for _, c := range calls {
		c.write(&b)
	}
	return b.Bytes()
}

// generated is the comment at the top of a file.
func generated(l *lock.Lock) string {
	return fmt.Sprintf("# Written by ofiuco from %s; do not edit.\n\n", printable(l.Path))
}

// calls are the root's targets, sorted by name; those that only Bazel needs come last.
func (h *hub) calls() []call {
	var calls []call
	for _, n := range h.nodes {
		h.names[n.label] = true
	}
	for _, named := range h.byName {
		calls = append(calls, h.versions(named)...)
	}
	guards, conditions := h.guarding()
	for _, g := range h.guards {
		h.names[g.label] = true
	}
	calls = append(calls, guards...)
	for _, n := range h.nodes {
		if n.cycle >= 0 {
			calls = append(calls, h.member(n))
		} else {
			calls = append(calls, h.target(n))
		}
	}
	calls = append(calls, h.spellings()...)
	all := "all"
	for h.names[all] {
		all = "_" + all
	}
	calls = append(calls, gathering(all, "", h.allRoots(), always))
	slices.SortFunc(calls, func(a, b call) int { return strings.Compare(a.name(), b.name()) })
	calls = append(calls, conditions...)
	for number, members := range h.cycles {
		calls = append(calls, h.circle(number, members)...)
	}
	for _, label := range slices.Sorted(maps.Keys(h.missing)) {
		calls = append(calls, h.absent(h.missing[label], label))
	}
	return calls
}

func (c call) name() string {
	for _, a := range c.arguments {
		if a.name == "name" {
			return string(a.value.(text))
		}
	}
	return ""
}

func visible() argument { return argument{"visibility", list{public}} }

// allRoots are what `:all` leads to.
func (h *hub) allRoots() []link {
	if !h.flat {
		return h.roots
	}
	var links []link
	for _, named := range h.byName {
		to := h.bases[named[0]]
		if len(named) > 1 {
			to = &node{label: h.chosen[named[0].Name]}
		}
		if !named[0].Project {
			links = append(links, link{to, always})
		}
	}
	slices.SortFunc(links, func(a, b link) int { return cmp.Compare(a.to.label, b.to.label) })
	return links
}

// versions are the targets of a name that has several: the one whose conditions hold, also of each extra.
func (h *hub) versions(named []*lock.Package) []call {
	if len(named) == 1 {
		return nil
	}
	suffixes := map[string]bool{"": true}
	var conditions []condition
	for _, p := range named {
		conditions = append(conditions, h.bases[p].when)
		for extra := range h.extras[p] {
			suffixes["["+extra.String()+"]"] = true
		}
	}
	var calls []call
	for suffix := range suffixes {
		label := named[0].Name.String() + suffix
		h.names[label] = true
		label = h.hide(label, anyOf(conditions...))
		if suffix == "" {
			h.chosen[named[0].Name] = label
		}
		var versions list
		for _, p := range named {
			version := h.bases[p].label
			if n := h.extras[p][name.Name(strings.Trim(suffix, "[]"))]; n != nil {
				version = n.label
			}
			versions = append(versions, ":"+version)
		}
		slices.SortFunc(versions, compareLabels)
		calls = append(calls, call{"package_versions", []argument{
			{"name", text(label)}, {"absent", h.absence()}, {"versions", versions}, visible(),
		}})
	}
	return calls
}

// spellings are aliases for names that the lock spells in another way, or other rulesets with "_", and for their extras.
func (h *hub) spellings() []call {
	var calls []call
	add := func(label, actual string) {
		if !h.names[label] {
			h.names[label] = true
			calls = append(calls, alias(label, ":"+actual))
		}
	}
	for _, p := range h.lock.Packages {
		for _, spelling := range []string{p.Spelling, strings.ReplaceAll(p.Name.String(), "-", "_")} {
			if spelling == "" || labelPart(spelling) != spelling {
				continue
			}
			add(spelling, p.Name.String())
			for extra := range h.extras[p] {
				suffix := "[" + extra.String() + "]"
				add(spelling+suffix, p.Name.String()+suffix)
			}
		}
	}
	return calls
}

func alias(label, actual string) call {
	return call{"alias", []argument{{"name", text(label)}, {"actual", text(actual)}, visible()}}
}

// target is the target of a node that is in no circle.
func (h *hub) target(n *node) call {
	if n.hasFiles() {
		deps, markers := edges(n.edges, always)
		arguments := append(h.attributes(n), argument{"name", text(n.label)}, argument{"markers", markers}, visible())
		return call{"package", append(arguments, argument{"deps", labels(append(deps, h.options.Deps[n.pkg.Name]...))})}
	}
	own, others := "", n.edges
	if n.extra != "" {
		base := h.bases[n.pkg]
		own = ":" + base.label
		others = slices.DeleteFunc(slices.Clone(others), func(l link) bool { return l.to == base })
	}
	return gathering(n.label, own, others, n.when)
}

// gathering is a target of others: a package, "" for none, and where that is there what the edges lead to.
func gathering(label, own string, links []link, when condition) call {
	deps, markers := edges(links, when)
	return call{"package_extra", []argument{
		{"name", text(label)}, {"deps", deps}, {"markers", markers}, {"package", text(own)}, visible(),
	}}
}

// edges are the attributes `deps` and `markers` of the edges out of a node, all of which are under one condition.
func edges(links []link, under condition) (deps list, markers jsonLiteral) {
	conditions := map[string]condition{}
	for _, l := range links {
		deps = append(deps, ":"+l.to.label)
		if when := allOf(under, l.when); !when.isAlways() {
			conditions[l.to.label] = when
		}
	}
	if len(conditions) > 0 {
		markers = jsonLiteral(jsonText(conditions))
	}
	return labels(deps), markers
}
