package resolve

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/ofiuco/ofiuco/pypa/filename"
	"github.com/ofiuco/ofiuco/pypa/name"
	"github.com/ofiuco/ofiuco/pypa/requirement"
	"github.com/ofiuco/ofiuco/pypa/version"
	"github.com/ofiuco/ofiuco/target"
)

// Within finds, among pins that were resolved before, maybe for another target, those that meet requirements on
// the target; sorted by name, their Wheels chosen. It asks nobody: a pin has all that decides. Of each name there is one
// pin at most. The error says what the pins lack.
func Within(t target.Target, requirements []requirement.Requirement, pins []Pin) ([]Pin, error) {
	w := &walk{target: t, locked: map[name.Name]Pin{}, seen: map[key]bool{}}
	w.python, _ = version.Parse(t.FullPython())
	for _, p := range pins {
		w.locked[p.Name] = p
	}
	held, err := holding(requirements, t.Environment(), "")
	if err != nil {
		return nil, fmt.Errorf("the build %w", err)
	}
	w.open = held
	for len(w.open) > 0 {
		r := w.open[0]
		w.open = w.open[1:]
		if err := w.follow(r); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(w.found, func(a, b Pin) int { return cmp.Compare(a.Name, b.Name) })
	return w.found, nil
}

// walk goes from requirements to pins, and from these to what they require.
type walk struct {
	target target.Target
	python version.Version
	locked map[name.Name]Pin
	seen   map[key]bool
	open   []requirement.Requirement
	found  []Pin
}

// follow checks the pin that a requirement asks for, and opens what that requires.
func (w *walk) follow(r requirement.Requirement) error {
	pin, ok := w.locked[r.Name]
	switch {
	case !ok:
		return fmt.Errorf("%s is required, and not pinned", r.Name)
	case r.URL != "" && !pin.is(r.URL):
		return fmt.Errorf("%s %s is not the file of %q", pin.Name, pin.Version, display(r))
	case r.URL == "" && !r.Specifiers.Contains(pin.Version):
		return fmt.Errorf("%s %s is pinned, and %q required", pin.Name, pin.Version, display(r))
	}
	for _, extra := range append([]name.Name{""}, r.Extras...) {
		k := key{r.Name, extra}
		if w.seen[k] {
			continue
		}
		w.seen[k] = true
		if extra == "" {
			if err := w.take(pin); err != nil {
				return err
			}
		} else if !slices.Contains(pin.Extras, extra) {
			return fmt.Errorf("%s[%s] is required, and %s %s is pinned without that extra", r.Name, extra, pin.Name, pin.Version)
		}
		asked, err := pin.asks(w.target, extra)
		if err != nil {
			return err
		}
		w.open = append(w.open, asked...)
	}
	return nil
}

// asks are the pin's requirements that hold on the target: its own, or those that an extra adds.
func (p Pin) asks(t target.Target, extra name.Name) ([]requirement.Requirement, error) {
	var all []requirement.Requirement
	for _, text := range p.Requires {
		r, err := requirement.Parse(text)
		if err != nil {
			return nil, fmt.Errorf("%s %s has a requirement that cannot be read: %w", p.Name, p.Version, err)
		}
		all = append(all, r)
	}
	held, err := holding(all, t.Environment(), extra)
	if err != nil {
		return nil, fmt.Errorf("%s %s %w", p.Name, p.Version, err)
	}
	return held, nil
}

// take notes a pin with its best wheel.
func (w *walk) take(pin Pin) error {
	specifiers, err := version.ParseSpecifiers(pin.RequiresPython)
	if err == nil && !specifiers.Contains(w.python) {
		return fmt.Errorf("%s %s requires Python %s", pin.Name, pin.Version, specifiers)
	}
	var best *listed
	rank := 0
	for _, f := range pin.Files {
		wheel, err := filename.ParseWheel(f.Filename)
		if err != nil {
			return fmt.Errorf("%s %s: %w", pin.Name, pin.Version, err)
		}
		candidate := &listed{f, wheel.Version, &wheel}
		if r, fits := w.target.Rank(wheel.Tags); fits && (best == nil || better(candidate, r, best, rank)) {
			best, rank = candidate, r
		}
	}
	if best == nil {
		return fmt.Errorf("%s %s has no wheel for %s", pin.Name, pin.Version, w.target)
	}
	pin.Wheel = best.File
	w.found = append(w.found, pin)
	return nil
}

// is says whether a pin is the file that a requirement's URL names.
func (p Pin) is(url string) bool {
	u, sha256 := splitURL(url)
	return p.Direct == u && len(p.Files) == 1 && p.Files[0].SHA256 == sha256
}
