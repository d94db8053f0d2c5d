package venv

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ofiuco/ofiuco/internal/atomicfile"
)

// configFile is what makes an environment of a folder (PEP 405).
const configFile = "pyvenv.cfg"

// goal is the place of an environment.
type goal struct {
	path  string // absolute; no link, though folders above it may be
	there bool
}

// findGoal finds where the environment in dir is to be, and refuses to replace what is none.
func findGoal(dir string) (*goal, error) {
	path, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("finding the virtual environment: %w", err)
	}
	info, err := os.Lstat(path)
	if err == nil && info.Mode()&fs.ModeSymlink != 0 {
		if path, err = filepath.EvalSymlinks(path); err != nil {
			return nil, fmt.Errorf("the virtual environment %q is a link that leads nowhere: remove it: %w", dir, err)
		}
		info, err = os.Lstat(path)
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			return nil, fmt.Errorf("making the folder of the virtual environment: %w", err)
		}
		return &goal{path: path}, nil
	case err != nil:
		return nil, fmt.Errorf("finding the virtual environment: %w", err)
	case !info.IsDir():
		return nil, fmt.Errorf("the virtual environment %q is to replace a file: choose another folder, or remove it", dir)
	}
	return &goal{path: path, there: true}, checkReplaceable(path, dir)
}

// projectFiles are what the root of a project has, and no environment that is only one.
var projectFiles = [...]string{"pyproject.toml", "setup.py", ".git"}

// checkReplaceable refuses a folder that holds what is not of an environment.
func checkReplaceable(path, shown string) error {
	entries, err := os.ReadDir(path)
	if err != nil {
		return fmt.Errorf("reading the virtual environment: %w", err)
	}
	var names []string
	interrupted := false
	for _, entry := range entries {
		if atomicfile.IsTemporary(entry.Name()) {
			interrupted = true // its parts were replaced one by one
			continue
		}
		names = append(names, entry.Name())
	}
	for _, name := range projectFiles {
		if slices.Contains(names, name) {
			return fmt.Errorf("the folder %q holds a project (%s), which making a virtual environment of it would remove: choose another folder", shown, name)
		}
	}
	if len(names) > 0 && !interrupted && !slices.Contains(names, configFile) {
		return fmt.Errorf("the folder %q is not empty and no virtual environment (it has no %s): choose another folder, or remove it", shown, configFile)
	}
	return nil
}

// replace builds the environment and gives it its place.
func (g *goal) replace(ctx context.Context, b *builder) (*Report, error) {
	if !g.mustReplaceParts() {
		report, err := g.replaceWhole(ctx, b)
		if err == nil || !g.there || !errors.Is(err, errInPlace) {
			return report, err
		}
	}
	return g.replaceParts(ctx, b)
}

// errInPlace says that the folder itself can't get another name.
var errInPlace = errors.New("the folder can't be renamed")

// replaceWhole builds the environment beside its place.
func (g *goal) replaceWhole(ctx context.Context, b *builder) (*Report, error) {
	parent, prefix := filepath.Dir(g.path), "."+filepath.Base(g.path)
	atomicfile.SweepBeside(parent, prefix)
	made, err := atomicfile.MkdirIn(parent, prefix, 0o777)
	if err != nil {
		if g.there && (errors.Is(err, fs.ErrPermission) || isReadOnly(err)) {
			err = errors.Join(errInPlace, err)
		}
		return nil, fmt.Errorf("making the virtual environment %q: %w", b.dir, err)
	}
	defer atomicfile.RemoveAll(made)
	report, err := b.build(ctx, made)
	if err != nil {
		return nil, fmt.Errorf("making the virtual environment %q: %w", b.dir, err)
	}
	unlock := lockFolder(parent)
	defer unlock()
	before, err := os.Lstat(made)
	if err != nil {
		return nil, err
	}
	if err := atomicfile.ReplaceFolder(made, g.path); err != nil {
		if now, lost := os.Lstat(g.path); lost == nil && os.SameFile(before, now) {
			report.Notes = append(report.Notes, err.Error()) // the old one can't be removed
			return report, nil
		}
		if isMountPoint(err) {
			err = errors.Join(errInPlace, err)
		}
		return nil, fmt.Errorf("replacing the virtual environment %q: %w", b.dir, err)
	}
	return report, nil
}

// replaceParts builds the environment inside its place and moves its parts there one by one, the state first of all away and last
// of all in. Who looks in between sees parts of both.
func (g *goal) replaceParts(ctx context.Context, b *builder) (*Report, error) {
	const prefix = ".ofiuco-new"
	unlock := lockFolder(g.path)
	defer unlock()
	atomicfile.SweepBeside(g.path, prefix)
	made, err := atomicfile.MkdirIn(g.path, prefix, 0o777)
	if err != nil {
		return nil, fmt.Errorf("making the virtual environment %q: %w", b.dir, err)
	}
	defer atomicfile.RemoveAll(made)
	fresh := filepath.Join(made, "new")
	if err := os.Mkdir(fresh, 0o777); err != nil {
		return nil, err
	}
	report, err := b.build(ctx, fresh)
	if err != nil {
		return nil, fmt.Errorf("making the virtual environment %q: %w", b.dir, err)
	}
	if err := g.moveParts(fresh, filepath.Join(made, "old")); err != nil {
		return nil, fmt.Errorf("replacing the virtual environment %q, which is not whole now (make it again): %w", b.dir, err)
	}
	return report, nil
}

// moveParts moves what is in fresh into the place, and what was there to old.
func (g *goal) moveParts(fresh, old string) error {
	if err := os.Mkdir(old, 0o777); err != nil {
		return err
	}
	var names []string
	for _, dir := range [...]string{fresh, g.path} {
		entries, err := os.ReadDir(dir)
		if err != nil {
			return err
		}
		for _, entry := range entries {
			if name := entry.Name(); name != configFile && name != stateFile && !atomicfile.IsTemporary(name) {
				names = append(names, name)
			}
		}
	}
	slices.Sort(names)
	// Without a state the environment is not current, whatever else was done.
	if err := os.Remove(filepath.Join(g.path, stateFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, name := range append(slices.Compact(names), configFile, stateFile) {
		if err := moveAway(filepath.Join(g.path, name), filepath.Join(old, name)); err != nil {
			return err
		}
		if err := os.Rename(filepath.Join(fresh, name), filepath.Join(g.path, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// moveAway moves a file or folder, unless there is none. What can't be moved, such as a folder of a lower layer of a container's
// image, is removed.
func moveAway(from, to string) error {
	err := os.Rename(from, to)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil && isMountPoint(err):
		return atomicfile.RemoveAll(from)
	}
	return err
}

// distInfoSuffix ends the name of the folder that tells of an installed package (PEP 376).
const distInfoSuffix = ".dist-info"

// installedIn are the names of the .dist-info folders of an environment, of whatever Python.
func installedIn(dir string) []string {
	var found []string
	sites := []string{filepath.Join(dir, "Lib", "site-packages")}
	libraries, _ := os.ReadDir(filepath.Join(dir, "lib"))
	for _, library := range libraries {
		sites = append(sites, filepath.Join(dir, "lib", library.Name(), "site-packages"))
	}
	for _, site := range sites {
		at, err := os.Open(site)
		if err != nil {
			continue
		}
		names, _ := at.Readdirnames(-1)
		at.Close()
		for _, name := range names {
			if strings.HasSuffix(name, distInfoSuffix) {
				found = append(found, name)
			}
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}
