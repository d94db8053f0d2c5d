package buildfile

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/ofiuco/ofiuco/lock"
	"github.com/ofiuco/ofiuco/pypa/marker"
	"github.com/ofiuco/ofiuco/pypa/name"
)

// condition is a marker whose questions about extras and dependency groups are answered, so that only the target decides
// what is left. The zero condition always holds.
type condition struct {
	op   string      // "and", "or", or "" of a comparison and of what always holds
	args []condition // of "and" and "or"; no arguments of "or" never hold
	leaf *marker.Node
	text string // what json says of a comparison, and of "and" and "or"
}

var (
	always = condition{}
	never  = compound("or", nil)
)

func (c condition) isAlways() bool { return c.op == "" && c.leaf == nil }
func (c condition) isNever() bool  { return c.op == "or" && len(c.args) == 0 }

// allOf holds when all of cs do.
func allOf(cs ...condition) condition { return join("and", cs) }

// anyOf holds when one of cs does.
func anyOf(cs ...condition) condition { return join("or", cs) }

// join is one condition of several, without those that change nothing.
func join(op string, cs []condition) condition {
	var args []condition
	seen := map[string]bool{}
	add := func(cs ...condition) {
		for _, c := range cs {
			if !seen[c.text] {
				seen[c.text] = true
				args = append(args, c)
			}
		}
	}
	for _, c := range cs {
		decides, isNeutral := c.isNever(), c.isAlways()
		if op == "or" {
			decides, isNeutral = isNeutral, decides
		}
		switch {
		case decides:
			return c
		case isNeutral:
		case c.op == op:
			add(c.args...)
		default:
			add(c)
		}
	}
	// "a or (a and b)" is a, and so is "a and (a or b)".
	args = slices.DeleteFunc(args, func(c condition) bool {
		return slices.ContainsFunc(c.args, func(arg condition) bool { return seen[arg.text] })
	})
	switch {
	case len(args) == 1:
		return args[0]
	case len(args) > 0:
		return compound(op, args)
	case op == "and":
		return always
	}
	return never
}

// opposites are the operators that answer otherwise. Between versions "<" and ">=" both refuse a pre-release of their
// bound, which no released Python is.
var opposites = map[string]string{
	"==": "!=", "!=": "==", "<": ">=", ">=": "<", "<=": ">", ">": "<=", "in": "not in", "not in": "in",
}

// not holds where c does not, and also where c has a comparison without an opposite.
func not(c condition) condition {
	if c.leaf != nil {
		leaf := *c.leaf
		leaf.Op = opposites[leaf.Op]
		isVersion := leaf.Variable == "python_version" || leaf.Variable == "python_full_version"
		if leaf.Op == "" || strings.ContainsAny(leaf.Op, "<>") && !isVersion { // "<" and ">" never hold of texts
			return always
		}
		return comparison(&leaf)
	}
	op := "and"
	if c.op != "or" {
		op = "or"
	}
	args := make([]condition, len(c.args))
	for i, arg := range c.args {
		args[i] = not(arg)
	}
	return join(op, args)
}

// json is the condition as Starlark reads it: true, {"and": […]}, {"or": […]}, or a comparison
// [variable, operator, literal], with a fourth element "reversed" when the literal was the left operand.
func (c condition) json() string {
	if c.isAlways() {
		return "true"
	}
	return c.text
}

// comparison is the condition of one comparison.
func comparison(n *marker.Node) condition {
	words := []string{n.Variable, n.Op, n.Literal}
	if n.Reversed {
		words = append(words, "reversed")
	}
	return condition{leaf: n, text: jsonText(words)}
}

// compound is "and" or "or" of conditions, as they are.
func compound(op string, args []condition) condition {
	var b strings.Builder
	b.WriteString(`{"` + op + `":[`)
	for i, arg := range args {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(arg.json())
	}
	b.WriteString("]}")
	return condition{op: op, args: args, text: b.String()}
}

// MarshalJSON writes what json says.
func (c condition) MarshalJSON() ([]byte, error) { return []byte(c.json()), nil }

// jsonText is a value of this package as JSON, which can't fail. Bazel reads BUILD files as bytes, hence no character is
// escaped that need not be.
func jsonText(v any) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return "null"
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// asked are the extras and groups that count as asked for, as markers know them.
type asked struct {
	extras, groups map[name.Name]bool
	// answered are the conditions of markers that were looked at: a lock has many edges and few markers.
	answered map[*marker.Marker]condition
}

// condition answers what a marker asks of extras and groups.
func (a asked) condition(m *marker.Marker) condition {
	if m == nil {
		return always
	}
	c, known := a.answered[m]
	if !known {
		c = a.resolve(m.Tree())
		a.answered[m] = c
	}
	return c
}

func (a asked) resolve(n *marker.Node) condition {
	if len(n.Args) > 0 {
		args := make([]condition, len(n.Args))
		for i := range n.Args {
			args[i] = a.resolve(&n.Args[i])
		}
		return join(n.Op, args)
	}
	holds, known := a.answer(n)
	switch {
	case !known:
		return comparison(n)
	case holds:
		return always
	}
	return never
}

// answer answers a comparison with extra, extras or dependency_groups as selection does; known is false of another one,
// and of one that has no answer: it is left for who evaluates it to refuse.
func (a asked) answer(n *marker.Node) (holds, known bool) {
	set := a.groups
	switch n.Variable {
	case "extra":
		switch n.Op {
		case "==":
			return a.extras[name.Name(n.Literal)], true
		case "!=":
			return !a.extras[name.Name(n.Literal)], true
		}
		return false, false
	case "extras":
		set = a.extras
	case "dependency_groups":
	default:
		return false, false
	}
	switch {
	case !n.Reversed:
		return false, false
	case n.Op == "in":
		return set[name.Normalize(n.Literal)], true
	case n.Op == "not in":
		return !set[name.Normalize(n.Literal)], true
	}
	return false, false
}

// pythons is the condition that the target's Python is one that c allows.
func pythons(c lock.Constraint) condition {
	if len(c.AnyOf) == 0 {
		return always
	}
	var alternatives []condition
	for _, set := range c.AnyOf {
		var terms []condition
		for s := range set.All() {
			terms = append(terms, comparison(&marker.Node{Op: s.Operator(), Variable: "python_full_version", Literal: s.Version()}))
		}
		alternatives = append(alternatives, allOf(terms...))
	}
	return anyOf(alternatives...)
}

// Asked are the extras and dependency groups that a hub counts as asked for, sorted: all, but of those that are declared to
// be in conflict the first only.
func Asked(l *lock.Lock) (extras, groups []name.Name) {
	a := everything(l)
	delete(a.groups, "")
	return slices.Sorted(maps.Keys(a.extras)), slices.Sorted(maps.Keys(a.groups))
}

// everything asks for all extras and groups of the project; of those that are declared to be in conflict for the first
// only, where the project's own dependencies come first.
func everything(l *lock.Lock) asked {
	a := asked{extras: map[name.Name]bool{}, groups: map[name.Name]bool{"": true}, answered: map[*marker.Marker]condition{}}
	for _, extra := range l.Extras {
		a.extras[extra] = true
	}
	for _, group := range slices.Concat(l.Groups, l.DefaultGroups) {
		a.groups[group] = true
	}
	for _, set := range l.Conflicts {
		var on []lock.Choice
		for _, c := range set {
			own := l.Project == "" || c.Project == l.Project
			switch {
			case own && c.Extra == "" && c.Group == "":
				on = append([]lock.Choice{c}, on...)
			case own && c.Extra != "" && a.extras[c.Extra], own && c.Group != "" && a.groups[c.Group]:
				on = append(on, c)
			}
		}
		for i, c := range on {
			switch {
			case i == 0:
			case c.Extra != "":
				delete(a.extras, c.Extra)
			default:
				delete(a.groups, c.Group)
			}
		}
	}
	return a
}
