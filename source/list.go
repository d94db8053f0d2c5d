package source

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/ofiuco/ofiuco/internal/atomicfile"
)

// ignored are the names of what no build needs: version control, environments, caches.
var ignored = map[string]bool{
	".git": true, ".hg": true, ".svn": true, ".bzr": true, "__pycache__": true, ".DS_Store": true,
	".venv": true, ".tox": true, ".nox": true, ".mypy_cache": true, ".pytest_cache": true, ".ruff_cache": true,
}

const (
	// cacheTag marks a folder as a cache, such as cargo's target (Cache Directory Tagging Specification).
	cacheTag       = "CACHEDIR.TAG"
	cacheSignature = "Signature: 8a477f597d28d172789f06886806bc55"
	// environmentFile marks a folder as a virtual environment (PEP 405).
	environmentFile = "pyvenv.cfg"
)

// item is a file or link of a source tree.
type item struct {
	path       string // in the tree, slash-separated
	from       string // the file that has its bytes
	target     string // of a link, "" for a file
	executable bool
	modified   time.Time
}

// lister lists a source tree.
type lister struct {
	ctx   context.Context
	root  string // without links
	inner []string
	items []item
}

// listTree lists the files and links of a tree, sorted by path.
func listTree(ctx context.Context, tree string) ([]item, error) {
	root, err := filepath.EvalSymlinks(tree)
	if err == nil {
		root, err = filepath.Abs(root)
	}
	if err != nil {
		return nil, fmt.Errorf("reading the source tree: %w", err)
	}
	l := &lister{ctx: ctx, root: root}
	if err := l.folder(root, ""); err != nil {
		return nil, err
	}
	slices.SortFunc(l.items, func(a, b item) int { return strings.Compare(a.path, b.path) })
	return l.items, nil
}

// folder lists the folder at full as that at at.
func (l *lister) folder(full, at string) error {
	if err := l.ctx.Err(); err != nil {
		return err
	}
	entries, err := os.ReadDir(full)
	if err != nil {
		return fmt.Errorf("reading the source tree: %w", err)
	}
	if at != "" && isNoSource(full, entries) {
		return nil
	}
	for _, entry := range entries {
		if isIgnored(entry.Name()) {
			continue
		}
		if err := l.entry(filepath.Join(full, entry.Name()), path.Join(at, entry.Name()), entry); err != nil {
			return err
		}
	}
	return nil
}

func isIgnored(name string) bool {
	return ignored[name] || strings.HasSuffix(name, ".pyc") || atomicfile.IsTemporary(name)
}

// isNoSource says whether a folder is a virtual environment or a cache.
func isNoSource(full string, entries []fs.DirEntry) bool {
	for _, entry := range entries {
		switch entry.Name() {
		case environmentFile:
			return true
		case cacheTag:
			tag, err := os.ReadFile(filepath.Join(full, cacheTag))
			if err == nil && bytes.HasPrefix(tag, []byte(cacheSignature)) {
				return true
			}
		}
	}
	return false
}

func (l *lister) entry(full, at string, entry fs.DirEntry) error {
	switch entry.Type() {
	case fs.ModeDir:
		return l.folder(full, at)
	case fs.ModeSymlink:
		return l.link(full, at)
	case 0:
		info, err := entry.Info()
		if err != nil {
			return fmt.Errorf("reading the source tree: %w", err)
		}
		return l.file(full, at, info)
	}
	return nil // a socket, pipe or device: nothing that a build reads
}

func (l *lister) file(full, at string, info fs.FileInfo) error {
	return l.add(item{path: at, from: full, executable: info.Mode()&0o100 != 0, modified: info.ModTime()})
}

func (l *lister) add(i item) error {
	if len(l.items) >= maxNodes {
		return fmt.Errorf("the source tree %s has more than %d files: is it the right folder?", l.root, maxNodes)
	}
	l.items = append(l.items, i)
	return nil
}

// link takes a link as a link when it stays in the tree or leads to nothing, else as what it leads to.
func (l *lister) link(full, at string) error {
	target, err := os.Readlink(full)
	if err != nil {
		return fmt.Errorf("reading the source tree: %w", err)
	}
	resolved, err := filepath.EvalSymlinks(full)
	if err != nil || l.stays(at, target, resolved) {
		return l.add(item{path: at, target: target})
	}
	info, err := os.Stat(resolved)
	switch {
	case err != nil:
		return fmt.Errorf("reading the source tree: %w", err)
	case info.Mode().IsRegular():
		return l.file(resolved, at, info)
	case !info.IsDir():
		return nil
	}
	for _, holder := range append(l.inner, l.root, filepath.Dir(full)) {
		if _, err := within(resolved, holder); err == nil {
			return fmt.Errorf("%s is a link to a folder that it lies in, %s: remove it", full, resolved)
		}
	}
	l.inner = append(l.inner, resolved)
	err = l.folder(resolved, at)
	l.inner = l.inner[:len(l.inner)-1]
	return err
}

// stays says whether a link means the same in a copy of the tree.
func (l *lister) stays(at, target, resolved string) bool {
	inside, err := within(l.root, resolved)
	if err != nil || len(l.inner) > 0 || filepath.IsAbs(target) {
		return false
	}
	return !slices.ContainsFunc(strings.Split(filepath.ToSlash(inside), "/"), isIgnored) &&
		filepath.IsLocal(filepath.Join(filepath.Dir(filepath.FromSlash(at)), target))
}

var errOutside = errors.New("lies outside")

// within is the path of inner relative to outer, which must hold it.
func within(outer, inner string) (string, error) {
	relative, err := filepath.Rel(outer, inner)
	if err == nil && !filepath.IsLocal(relative) {
		err = errOutside
	}
	return relative, err
}
