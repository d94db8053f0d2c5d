package build

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ofiuco/ofiuco/fetch"
	"github.com/ofiuco/ofiuco/lock"
	"github.com/ofiuco/ofiuco/pypa/name"
	"github.com/ofiuco/ofiuco/pypa/requirement"
	"github.com/ofiuco/ofiuco/pypa/version"
	"github.com/ofiuco/ofiuco/resolve"
	"github.com/ofiuco/ofiuco/sdist"
	"github.com/ofiuco/ofiuco/venv"
)

// furnish makes the environment that the backend runs in, and gives what is in it. A backend may ask for more than
// the tree says: then it gets a second one.
func (j *job) furnish(ctx context.Context, b *sdist.Build) ([]resolve.Pin, error) {
	requirements := slices.Concat(b.System.Requires, j.settings.Requires)
	pins, err := j.pins(ctx, requirements, nil)
	if err != nil {
		return nil, err
	}
	if b.Python, err = j.environment(ctx, "environment", pins); err != nil {
		return nil, err
	}
	if b.Scratch, err = j.folder("scratch"); err != nil {
		return nil, err
	}
	more, err := b.Requirements(ctx)
	if err != nil {
		return nil, err
	}
	if more = slices.DeleteFunc(more, func(r string) bool { return slices.Contains(requirements, r) }); len(more) > 0 {
		requirements = append(requirements, more...)
		prefer := map[name.Name]version.Version{}
		for _, pin := range pins {
			prefer[pin.Name] = pin.Version
		}
		if pins, err = j.pins(ctx, requirements, prefer); err != nil {
			return nil, err
		}
		if b.Python, err = j.environment(ctx, "environment2", pins); err != nil {
			return nil, err
		}
	}
	j.Files.Remember(j.requirementsQuestion(), requirements)
	return pins, nil
}

// pins are the build lock's for the requirements; it gets them when it has none and may change.
func (j *job) pins(ctx context.Context, requirements []string, prefer map[name.Name]version.Version) ([]resolve.Pin, error) {
	key := j.key(requirements)
	if pins, ok := j.Lock.lookup(key); ok {
		return pins, nil
	}
	if err := j.Lock.mayChange(key); err != nil {
		return nil, err
	}
	parsed := make([]requirement.Requirement, len(requirements))
	for i, text := range requirements {
		r, err := requirement.Parse(text)
		if err != nil {
			return nil, fmt.Errorf("its build requirement %q: %w", text, err)
		}
		parsed[i] = r
	}
	j.event(j.request, "resolving its build requirements")
	pins, err := resolve.Resolve(ctx, j.shop.releases, j.shop.target, parsed, j.Lock.prefer(prefer))
	var unmet *resolve.Error
	if errors.As(err, &unmet) {
		return nil, &lock.Error{Msg: "its build requirements: " + unmet.Msg, Facts: unmet.Facts, Hint: unmet.Hint, Err: err}
	}
	if err != nil {
		return nil, fmt.Errorf("resolving its build requirements: %w", err)
	}
	return pins, j.Lock.add(key, pins)
}

// environment makes an environment of pins, and gives its interpreter.
func (j *job) environment(ctx context.Context, folder string, pins []resolve.Pin) (string, error) {
	requests := make([]fetch.Request, len(pins))
	for i, pin := range pins {
		requests[i] = fetch.Request{
			Name: pin.Name, Package: pin.Name.String() + " " + pin.Version.String(), Artifact: wheelArtifact(pin.Wheel), Source: pinSource(pin), Lock: j.Lock.Path,
		}
	}
	results, err := j.Fetcher.Fetch(ctx, requests)
	if err != nil {
		return "", err
	}
	packages := make([]venv.Package, len(results))
	for i, result := range results {
		w, err := j.Trees.Wheel(ctx, result.SHA256, result.Filename)
		if err != nil {
			return "", fmt.Errorf("its build requirement %s: %w", requests[i].Package, err)
		}
		packages[i].Wheel = w
	}
	dir := filepath.Join(j.scratch, folder)
	if _, err := venv.Make(ctx, venv.Options{Dir: dir, Interpreter: j.shop.python, Packages: packages}); err != nil {
		return "", fmt.Errorf("making the environment of its build: %w", err)
	}
	return venv.Python(dir, j.shop.python.Windows), nil
}

// pinSource is where the files of a pin are.
func pinSource(pin resolve.Pin) lock.Source {
	switch place := pin.Wheel.Index; {
	case pin.Direct != "":
		return lock.Source{Kind: lock.FromURL, URL: pin.Direct}
	case strings.Contains(place, "://"):
		return lock.Source{Kind: lock.FromIndex, URL: place}
	default:
		return lock.Source{Kind: lock.FromIndex, Name: place}
	}
}
