package selection

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ofiuco/ofiuco/lock"
	"github.com/ofiuco/ofiuco/pypa/name"
)

// active is what of the project is installed.
type active struct {
	extras map[name.Name]bool
	groups map[name.Name]bool // "" stands for the project's own dependencies
}

// activate checks the options against what the lock knows, and says what is on.
func activate(l *lock.Lock, o Options) (active, []error) {
	a := active{extras: map[name.Name]bool{}, groups: map[name.Name]bool{}}
	var errs []error
	for _, e := range o.Extras {
		if !slices.Contains(l.Extras, e) {
			errs = append(errs, unknown(l, "extra", e, l.Extras))
		}
		a.extras[e] = true
	}
	for _, g := range slices.Concat(o.Groups, o.OnlyGroups) {
		if !slices.Contains(l.Groups, g) {
			errs = append(errs, unknown(l, "dependency group", g, l.Groups))
		}
		a.groups[g] = true
	}
	if o.AllExtras {
		for _, e := range l.Extras {
			a.extras[e] = true
		}
	}
	only := len(o.OnlyGroups) > 0
	// What a pylock.toml lists without a marker is always installed: it does not say what the project itself needs.
	a.groups[""] = !only || l.Format == lock.Pylock
	if !only && !o.NoDefaultGroups {
		for _, g := range l.DefaultGroups {
			a.groups[g] = true
		}
	}
	return a, errs
}

func unknown(l *lock.Lock, kind string, wanted name.Name, known []name.Name) error {
	hint := fmt.Sprintf("the lock has no %s at all", kind)
	if len(known) > 0 {
		words := make([]string, len(known))
		for i, k := range known {
			words[i] = k.String()
		}
		slices.Sort(words)
		hint = fmt.Sprintf("it has %s", strings.Join(words, ", "))
	}
	return &lock.Error{Path: l.Path, Msg: fmt.Sprintf("no %s %q", kind, wanted), Hint: hint}
}

// environmentNames are the active names as markers ask for them.
func environmentNames(on map[name.Name]bool) []name.Name {
	names := make([]name.Name, 0, len(on))
	for n := range on {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}

// checkConflicts refuses two active choices that the lock declares to be in conflict. What else is wrong follows from
// that, and is not said.
func (s *selector) checkConflicts() {
	var conflicts []error
	for _, set := range s.lock.Conflicts {
		var on []string
		for _, c := range set {
			own := s.lock.Project == "" || c.Project == s.lock.Project
			switch {
			case c.Extra != "":
				if own && s.active.extras[c.Extra] || s.active.extras[c.Project+"["+c.Extra+"]"] {
					on = append(on, fmt.Sprintf("extra %q", c.Extra))
				}
			case own && c.Group != "" && s.active.groups[c.Group]:
				on = append(on, fmt.Sprintf("group %q", c.Group))
			case own && c.Group == "" && s.active.groups[""]:
				on = append(on, "the project's own dependencies")
			}
		}
		if len(on) > 1 {
			conflicts = append(conflicts, &lock.Error{
				Path: s.lock.Path, Msg: fmt.Sprintf("%s are declared to be in conflict", strings.Join(on, " and ")), Hint: "ask for one of them only",
			})
		}
	}
	if len(conflicts) > 0 {
		s.errs = conflicts
	}
}
