package buildfile

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"go.starlark.net/starlark"
	"go.starlark.net/syntax"

	"github.com/ofiuco/ofiuco/pypa/marker"
)

// targetCall is a target of a BUILD file.
type targetCall struct {
	rule string
	text map[string]string
	list map[string][]string
	dict map[string]map[string]string
}

// readHub runs the root BUILD file as Bazel does.
func readHub(t testing.TB, files []File) map[string]*targetCall {
	t.Helper()
	targets := map[string]*targetCall{}
	define := func(_ *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
		c := &targetCall{b.Name(), map[string]string{}, map[string][]string{}, map[string]map[string]string{}}
		for _, kwarg := range kwargs {
			c.set(string(kwarg[0].(starlark.String)), kwarg[1])
		}
		name := c.text["name"]
		if name == "" || targets[name] != nil || len(args) > 0 {
			return nil, fmt.Errorf("target %q without a name of its own", name)
		}
		targets[name] = c
		return starlark.None, nil
	}
	rules := starlark.StringDict{}
	for _, rule := range []string{"package", "package_condition", "package_cycle", "package_extra", "package_member", "package_versions"} {
		rules[rule] = starlark.NewBuiltin(rule, define)
	}
	thread := &starlark.Thread{Load: func(*starlark.Thread, string) (starlark.StringDict, error) { return rules, nil }}
	predeclared := starlark.StringDict{
		"alias": starlark.NewBuiltin("alias", define), "config_setting": starlark.NewBuiltin("config_setting", define),
		"select": starlark.NewBuiltin("select", firstChoice),
	}
	for _, f := range files {
		if f.Path == "BUILD.bazel" {
			if _, err := starlark.ExecFileOptions(&syntax.FileOptions{}, thread, f.Path, f.Data, predeclared); err != nil {
				t.Fatalf("%v\n%s", err, f.Data)
			}
		}
	}
	return targets
}

// firstChoice has a select be the label that it asks first.
func firstChoice(_ *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple, _ []starlark.Tuple) (starlark.Value, error) {
	return args[0].(*starlark.Dict).Keys()[0], nil
}

func (c *targetCall) set(name string, v starlark.Value) {
	switch v := v.(type) {
	case starlark.String:
		c.text[name] = string(v)
	case *starlark.List:
		for item := range v.Elements() {
			c.list[name] = append(c.list[name], string(item.(starlark.String)))
		}
	case *starlark.Dict:
		c.dict[name] = map[string]string{}
		for key, value := range v.Entries() {
			c.dict[name][string(key.(starlark.String))] = string(value.(starlark.String))
		}
	}
}

// analysis evaluates a hub's targets on one platform, as the rules do.
type analysis struct {
	t       testing.TB
	targets map[string]*targetCall
	env     *marker.Environment
	held    map[string]bool
	refused []string
}

// holds evaluates a marker in its parsed form.
func (a *analysis) holds(text string) bool {
	a.t.Helper()
	if answer, known := a.held[text]; known {
		return answer
	}
	var m any
	if err := json.Unmarshal([]byte(text), &m); err != nil {
		a.t.Fatalf("marker %s: %v", text, err)
	}
	a.held[text] = a.evaluate(m)
	return a.held[text]
}

func (a *analysis) evaluate(m any) bool {
	switch m := m.(type) {
	case bool:
		return m
	case map[string]any:
		for op, args := range m {
			answer := op == "and"
			for _, arg := range args.([]any) {
				if a.evaluate(arg) != answer {
					return !answer
				}
			}
			return answer
		}
	case []any:
		left, right := m[0].(string), `"`+m[2].(string)+`"`
		if len(m) > 3 {
			left, right = right, left
		}
		parsed, err := marker.Parse(left + " " + m[1].(string) + " " + right)
		if err != nil {
			a.t.Fatal(err)
		}
		answer, err := parsed.Evaluate(a.env)
		if err != nil {
			a.t.Fatal(err)
		}
		return answer
	}
	a.t.Fatalf("no marker: %v", m)
	return false
}

func (a *analysis) target(label string) *targetCall {
	a.t.Helper()
	c := a.targets[strings.TrimPrefix(label, ":")]
	if c == nil {
		a.t.Fatalf("dangling label %q", label)
	}
	return c
}

func (a *analysis) isPresent(label string) bool {
	switch c := a.target(label); c.rule {
	case "package":
		return c.text["when"] == "" || a.holds(c.text["when"])
	case "package_extra":
		return a.isPresent(c.text["package"])
	case "package_member":
		start, _, _ := strings.Cut(c.text["start"], "[")
		return a.isPresent("_cycle/" + start)
	case "package_versions":
		return slices.ContainsFunc(c.list["versions"], a.isPresent)
	}
	a.t.Fatalf("%q has no presence", label)
	return false
}

// followed are the deps whose markers hold.
func (a *analysis) followed(c *targetCall) []string {
	var markers map[string]json.RawMessage
	if text := c.text["markers"]; text != "" {
		if err := json.Unmarshal([]byte(text), &markers); err != nil {
			a.t.Fatal(err)
		}
	}
	var kept []string
	for _, dep := range c.list["deps"] {
		marker, conditional := markers[strings.TrimPrefix(dep, ":")]
		if !conditional || a.holds(string(marker)) {
			kept = append(kept, dep)
		}
	}
	return kept
}

// closure are the packages that a target brings, "name==version".
func (a *analysis) closure(label string) []string {
	a.t.Helper()
	found, seen := map[string]bool{}, map[string]bool{}
	queue := []string{label}
	for len(queue) > 0 {
		c := a.target(queue[0])
		queue = queue[1:]
		if seen[c.text["name"]] {
			continue
		}
		seen[c.text["name"]] = true
		queue = append(queue, a.next(c, found)...)
	}
	return slices.Sorted(maps.Keys(found))
}

// next notes the target's own package, and are the targets to follow.
func (a *analysis) next(c *targetCall, found map[string]bool) []string {
	switch c.rule {
	case "alias":
		return []string{c.text["actual"]}
	case "package":
		if !a.isPresent(c.text["name"]) {
			if c.text["absent"] == "error" {
				a.refused = append(a.refused, c.text["constraint"])
			}
			return nil
		}
		found[c.text["constraint"]] = true
		return a.followed(c)
	case "package_extra":
		if own := c.text["package"]; own != "" {
			return append(a.followed(c), own)
		}
		return a.followed(c)
	case "package_versions":
		taken := slices.DeleteFunc(slices.Clone(c.list["versions"]), func(v string) bool { return !a.isPresent(v) })
		if len(taken) > 1 {
			a.refused = append(a.refused, strings.Join(taken, " and "))
		}
		return taken
	}
	return a.member(c)
}

// member are the packages of a circle that can be reached from the start of a package_member, and what they lead to.
func (a *analysis) member(c *targetCall) []string {
	cycle := a.target(c.text["cycle"])
	var edges, outside map[string]map[string]json.RawMessage
	if err := json.Unmarshal([]byte(cycle.text["edges"]), &edges); err != nil {
		a.t.Fatal(err)
	}
	if text := cycle.text["outside"]; text != "" {
		if err := json.Unmarshal([]byte(text), &outside); err != nil {
			a.t.Fatal(err)
		}
	}
	if edges[c.text["start"]] == nil {
		a.t.Fatalf("%q is no member", c.text["start"])
	}
	packages := map[string]string{}
	for label, name := range cycle.dict["members"] {
		packages[name] = label
	}
	var reached []string
	seen, queue := map[string]bool{}, []string{c.text["start"]}
	for len(queue) > 0 {
		name := queue[0]
		queue = queue[1:]
		if seen[name] {
			continue
		}
		seen[name] = true
		if label := packages[name]; label != "" {
			reached = append(reached, label)
		}
		for to, m := range edges[name] {
			if a.holds(string(m)) {
				queue = append(queue, to)
			}
		}
		for to, m := range outside[name] {
			if !slices.Contains(cycle.list["deps"], to) {
				a.t.Fatalf("%q is not in deps", to)
			}
			if a.holds(string(m)) {
				reached = append(reached, to)
			}
		}
	}
	return reached
}
