package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ofiuco/ofiuco/fetch"
	"github.com/ofiuco/ofiuco/pypa/name"
	"github.com/ofiuco/ofiuco/selection"
	"github.com/ofiuco/ofiuco/target"
	"github.com/ofiuco/ofiuco/tree"
)

// contentFlags say what goes into an output of first-party sources and packages side by side: a zip, a folder.
type contentFlags struct {
	targetFlags
	choiceFlags
	buildFlags
	out              string
	excludes         []string
	excludedPackages []string
	keepPreinstalled bool
	binaryCheck      bool
}

func (f *contentFlags) register(cmd *cobra.Command, what string) {
	f.targetFlags.register(cmd)
	f.choiceFlags.register(cmd)
	f.buildFlags.register(cmd)
	flags := cmd.Flags()
	flags.StringArrayVar(&f.excludes, "exclude", nil, "leave out files whose path in the "+what+" matches `GLOB` (* and ? don't cross /, ** does); may be repeated")
	flags.StringArrayVar(&f.excludedPackages, "exclude-package", nil, "leave out package `NAME` and what only it needs; may be repeated")
	flags.BoolVar(&f.keepPreinstalled, "keep-preinstalled", false, "also pack what the runtime preinstalls")
	flags.BoolVar(&f.binaryCheck, "binary-check", false, "write nothing unless every library, extension module and program runs on the target")
}

// contentJob gathers what goes into such an output.
type contentJob struct {
	lockedProject
	flags    *contentFlags
	prefix   string // folder of the output that everything goes to, "" for its root
	target   target.Target
	options  selection.Options
	excluded []name.Name
	sources  []tree.File
	trees    []builtTree // of the packages that were built
	store    string
}

// newContentJob understands the flags, and reads the project and the sources; outputs are the paths of what the run writes.
func (a *app) newContentJob(cmd *cobra.Command, f *contentFlags, sources []string, outputs ...string) (*contentJob, error) {
	j := &contentJob{lockedProject: lockedProject{app: a}, flags: f}
	var err error
	if j.options, err = f.options(cmd); err != nil {
		return nil, err
	}
	for _, text := range f.excludedPackages {
		n, err := name.Parse(text)
		if err != nil {
			return nil, usagef(cmd, "--exclude-package %q: %w", text, err)
		}
		j.excluded = append(j.excluded, n)
	}
	if j.target, err = f.one(cmd.Context(), cmd, a); err != nil {
		return nil, err
	}
	if j.files, err = a.readProject(cmd); err != nil {
		return nil, err
	}
	if j.sources, err = sourceTree(sources, outputs...); err != nil {
		return nil, err
	}
	j.store, err = a.storeDir()
	return j, err
}

// inputs is the digest of all that decides the output's bytes but for directories that packages are built from.
func (j *contentJob) inputs(kind string) (string, error) {
	f := j.flags
	in := newInputs(kind, j.target.String(), j.target.Environment().PythonFullVersion, j.prefix, strconv.FormatBool(f.keepPreinstalled), strconv.FormatBool(f.binaryCheck),
		fmt.Sprintf("%q", f.excludes), fmt.Sprint(j.excluded), fmt.Sprintf("%+v", j.options), f.buildFlags.String())
	if err := j.addTo(in); err != nil {
		return "", err
	}
	for _, source := range j.sources {
		if err := in.addFile(source); err != nil {
			return "", err
		}
	}
	return in.sum(), nil
}

// gather selects the packages and has write make the output of their wheels, again while the store turns out damaged.
func (j *contentJob) gather(ctx context.Context, write func(context.Context, openWheels, *exclusion) error) error {
	if err := j.readLock(); err != nil {
		return err
	}
	selections, err := j.app.selectAll(j.lock, []target.Target{j.target}, j.options)
	if err != nil {
		return err
	}
	left := exclude(selections[0], j.excluded, j.flags.keepPreinstalled)
	if note := j.groupNote(selections[0], left.dropped); note != "" {
		left.notes = append(left.notes, note)
	}
	for tries := 1; ; tries++ {
		err := j.attempt(ctx, selections[0], &left, write)
		if tries == maxAttempts || !errors.Is(err, fetch.ErrDamaged) && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		// The store has dropped what was damaged, or someone cleans it meanwhile: fetch what is missing again.
	}
}

// maxAttempts ends the patience with a disk that damages all it gets. One clean of the store can spoil a few attempts.
const maxAttempts = 5

// attempt makes the output, if the store is sound. Else the error is fetch.ErrDamaged, whatever came of the damage.
func (j *contentJob) attempt(ctx context.Context, s *selection.Selection, left *exclusion, write func(context.Context, openWheels, *exclusion) error) error {
	b := &builds{app: j.app, flags: &j.flags.buildFlags, files: j.files}
	wheels, err := j.app.openWheels(ctx, j.lock, s, left.dropped, j.files, b)
	j.trees = b.trees
	if err != nil {
		return err
	}
	defer wheels.close()
	err = write(ctx, wheels, left)
	if err != nil && ctx.Err() == nil {
		if damage := wheels.verify(ctx, j.lock); damage != nil {
			err = damage
		}
	}
	return err
}

// groupNote says which packages go in only because a group such as dev is on by default: few mean to ship them.
func (j *contentJob) groupNote(s *selection.Selection, dropped map[name.Name]bool) string {
	if len(j.lock.DefaultGroups) == 0 || j.options.NoDefaultGroups || len(j.options.OnlyGroups) > 0 {
		return ""
	}
	options := j.options
	options.NoDefaultGroups = true
	without, err := selection.Select(j.lock, j.target, options)
	if err != nil {
		return "" // what is wrong with less is of no interest
	}
	needed := map[name.Name]bool{}
	for _, p := range without.Packages {
		needed[p.Name] = true
	}
	count := 0
	for _, p := range s.Packages {
		if !needed[p.Name] && !dropped[p.Name] {
			count++
		}
	}
	if count == 0 {
		return ""
	}
	return fmt.Sprintf("packages that go in only for the default groups (%[2]s): %[1]d; --no-default-groups leaves them out", count, joinNames(j.lock.DefaultGroups))
}

// tree joins sources and packages without what --exclude matches, so that excludes can settle a collision,
// and moves them under the prefix.
func (j *contentJob) tree(ctx context.Context, wheels openWheels) (whole tree.Tree, excluded []tree.Tree, err error) {
	trees, err := wheels.trees(j.target)
	if err != nil {
		return whole, nil, err
	}
	sources, err := tree.New(j.sources)
	if err != nil {
		return whole, nil, err
	}
	trees = append(trees, sources)
	excluded = make([]tree.Tree, len(trees))
	patterns := tree.CompilePatterns(j.flags.excludes)
	for i := range trees {
		if j.prefix != "" {
			if trees[i], err = trees[i].Prefix(j.prefix); err != nil {
				return whole, nil, err
			}
		}
		trees[i], excluded[i] = trees[i].Exclude(patterns)
	}
	whole, err = tree.Merge(trees...)
	var collision *tree.CollisionError
	if errors.As(err, &collision) {
		err = fmt.Errorf("%w with --exclude or --exclude-package", err)
	}
	if err == nil && j.flags.binaryCheck {
		var allowed map[name.Name][]string
		if allowed, err = j.files.allowed(); err == nil {
			err = j.app.checkBinaries(ctx, whole, j.target, wheels, allowed)
		}
	}
	return whole, excluded, err
}

// samePath tells whether two paths lead to one file, be it there yet or not.
func samePath(a, b string) bool {
	infoA, errA := os.Stat(a)
	infoB, errB := os.Stat(b)
	if errA == nil && errB == nil {
		return os.SameFile(infoA, infoB)
	}
	absoluteA, errA := filepath.Abs(a)
	absoluteB, errB := filepath.Abs(b)
	return errA == nil && errB == nil && absoluteA == absoluteB
}

func joinNames(names []name.Name) string {
	words := make([]string, len(names))
	for i, n := range names {
		words[i] = n.String()
	}
	return strings.Join(words, ", ")
}

// workers is --jobs, else the number of processors.
func (a *app) workers() int {
	if a.jobs > 0 {
		return a.jobs
	}
	return runtime.GOMAXPROCS(0)
}
