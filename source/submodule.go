package source

import (
	"context"
	"errors"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ofiuco/ofiuco/internal/quoted"
)

// submodule is another repository in a folder of a checkout.
type submodule struct {
	path   string // slash-separated
	commit string
}

// submodules checks out the submodules, and theirs. ofiuco does it by itself, not git submodule: so each is held to the
// same rules as the first repository, and comes from the cache.
func (k *checkout) submodules(ctx context.Context) error {
	wanted, err := k.gitlinks(ctx)
	if err != nil || len(wanted) == 0 {
		return err
	}
	if k.nesting == maxNesting {
		return impossible("", "has submodules in more than %d others", maxNesting)
	}
	urls, err := k.modules(ctx)
	if err != nil {
		return err
	}
	for _, s := range wanted {
		module, known := urls[s.path]
		if module.update == "none" {
			continue
		}
		if !known || module.url == "" {
			return impossible("The repository itself is broken: tell its maintainers.", "its submodule %s has no URL in .gitmodules", quoted.Always(s.path))
		}
		if err := k.submodule(ctx, s, module.url); err != nil {
			var fault *Error
			if errors.As(err, &fault) && !strings.HasPrefix(fault.Reason, "submodule ") {
				fault.Reason = "submodule " + quoted.Always(s.path) + ": " + fault.Reason
			}
			return err
		}
	}
	return nil
}

func (k *checkout) submodule(ctx context.Context, s submodule, raw string) error {
	address, err := relativeTo(k.commit.URL, raw)
	if err != nil {
		return err
	}
	c := Commit{URL: address, Commit: s.commit}
	if err := c.check(); err != nil {
		return err
	}
	own, err := protocol(k.commit.URL)
	if err != nil {
		return err
	}
	if scheme, _ := protocol(address); scheme == "file" && own != "file" {
		return impossible("", "a repository of a server must not name one of this machine, %s", quoted.Always(address))
	}
	dir, err := k.emptyAt(s.path)
	if err != nil {
		return err
	}
	inner := &checkout{git: k.git, cache: k.cache, commit: c, dir: dir, nesting: k.nesting + 1}
	return c.fault(inner.run(ctx))
}

// emptyAt is the folder of a submodule, which git made empty. On a disk that folds case a link of the same tree could
// stand in its way.
func (k *checkout) emptyAt(at string) (string, error) {
	dir := filepath.Join(k.dir, filepath.FromSlash(at))
	root, err := filepath.EvalSymlinks(k.dir)
	if err != nil {
		return "", err
	}
	real, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return "", err
	}
	entries, err := os.ReadDir(real)
	if err != nil {
		return "", err
	}
	if real != filepath.Join(root, filepath.FromSlash(at)) || len(entries) > 0 {
		return "", impossible("", "another file of the repository stands at its path")
	}
	return dir, nil
}

// gitlinks are the submodules that the commit's tree pins.
func (k *checkout) gitlinks(ctx context.Context) ([]submodule, error) {
	out, err := k.git.run(ctx, k.dir, "", "ls-files", "-z", "--stage")
	if err != nil {
		return nil, failure(err)
	}
	var all []submodule
	for entry := range strings.SplitSeq(out, "\x00") {
		// "MODE COMMIT STAGE\tPATH"
		about, at, _ := strings.Cut(entry, "\t")
		fields := strings.Fields(about)
		if len(fields) == 3 && fields[0] == "160000" {
			all = append(all, submodule{path: at, commit: fields[1]})
		}
	}
	return all, nil
}

// module is what .gitmodules says of a submodule.
type module struct{ path, url, update string }

// modules reads .gitmodules, by path.
func (k *checkout) modules(ctx context.Context) (map[string]module, error) {
	out, err := k.git.run(ctx, k.dir, "", "config", "--blob", "HEAD:.gitmodules", "--null", "--list")
	if err != nil {
		return nil, impossible("The repository itself is broken: tell its maintainers.", "it has submodules, but no .gitmodules that can be read")
	}
	byName := map[string]*module{}
	for entry := range strings.SplitSeq(out, "\x00") {
		// "submodule.NAME.KEY\nVALUE"
		key, value, _ := strings.Cut(entry, "\n")
		rest, ok := strings.CutPrefix(key, "submodule.")
		dot := strings.LastIndexByte(rest, '.')
		if !ok || dot < 0 {
			continue
		}
		m := byName[rest[:dot]]
		if m == nil {
			m = &module{}
			byName[rest[:dot]] = m
		}
		switch rest[dot+1:] {
		case "path":
			m.path = path.Clean(value)
		case "url":
			m.url = value
		case "update":
			m.update = value
		}
	}
	byPath := make(map[string]module, len(byName))
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		byPath[byName[name].path] = *byName[name]
	}
	return byPath, nil
}
