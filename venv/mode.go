package venv

import (
	"fmt"
	"os"
	"path/filepath"
)

// probe is the name that links are tried under.
const probe = ".probe"

// choose finds the fastest mode that holds between the store and a folder. The note says when it is not the one that was asked for.
func (b *builder) choose(dir string) (Mode, string) {
	wanted := b.options.Mode
	order := []Mode{wanted}
	switch {
	case wanted == Auto && b.options.Interpreter.Windows: // links to folders need rights that few users have
		order = []Mode{Hardlink}
	case wanted == Auto:
		order = []Mode{Symlink, Clone, Hardlink}
	}
	sample := b.sample()
	var reason error
	for _, mode := range order {
		if sample == "" || mode == Copy {
			return mode, ""
		}
		if reason = try(mode, sample, dir); reason == nil {
			return mode, ""
		}
	}
	if wanted == Auto {
		return Copy, ""
	}
	return Copy, fmt.Sprintf("files are copied, since %s does not work from the store to %s: %v", wanted, filepath.Dir(b.dir), cause(reason))
}

// try makes a link, or a clone, as a mode does.
func try(mode Mode, sample, dir string) error {
	to := filepath.Join(dir, probe)
	defer os.Remove(to)
	switch mode {
	case Symlink:
		return os.Symlink(sample, to)
	case Hardlink:
		return os.Link(sample, to)
	}
	at, err := openSpot(dir)
	if err != nil {
		return err
	}
	defer at.close()
	_, err = at.clone(sample, probe, 0o644)
	return err
}

// sample is some file of the store that is to come into the environment; "" when there is none.
func (b *builder) sample() string {
	for _, p := range b.packages {
		for i := range p.Wheel.Entries {
			if e := &p.Wheel.Entries[i]; e.Size > 0 && e.Path != p.Wheel.DistInfo+"/RECORD" {
				return filepath.Join(p.Wheel.Dir, filepath.FromSlash(e.Path))
			}
		}
	}
	return ""
}
