package main

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/ofiuco/ofiuco/fetch"
	"github.com/ofiuco/ofiuco/internal/atomicfile"
	"github.com/ofiuco/ofiuco/lock"
	"github.com/ofiuco/ofiuco/pypa/name"
	"github.com/ofiuco/ofiuco/selection"
	"github.com/ofiuco/ofiuco/target"
	"github.com/ofiuco/ofiuco/tree"
	"github.com/ofiuco/ofiuco/zipfile"
)

// layerFolder is where a Lambda layer for Python has its packages.
const layerFolder = "python"

const zipLong = `Write a zip for one target: the first-party SOURCEs and the locked packages side by side at its root, as AWS
Lambda imports them. Files that are missing from the store are fetched and verified first. The same lock, target,
sources and options give the same bytes on every host.

A SOURCE that is a file, or a folder with an __init__.py, goes to the root under its own name; of any other folder
the contents do.`

const zipExample = `  # A function: the contents of src/ and the packages for arm64, without those of the dev group
  ofiuco zip --target aws-lambda-python3.12-arm64 --no-default-groups -o function.zip src

  # Smaller: without tests, metadata, and what the runtime brings along
  ofiuco zip --target aws-lambda-python3.12-arm64 -o function.zip src \
    --exclude '**/tests/**' --exclude '**.dist-info/**' --exclude-package boto3

  # A layer with the packages only, and where the bytes are
  ofiuco zip --layer --target aws-lambda-python3.13-x86_64 -o layer.zip --report report.json`

// zipFlags are what `ofiuco zip` is asked.
type zipFlags struct {
	targetFlags
	choiceFlags
	out              string
	layer            bool
	excludes         []string
	excludedPackages []string
	keepPreinstalled bool
	report           string
}

func (a *app) zipCommand() *cobra.Command {
	var f zipFlags
	cmd := &cobra.Command{
		Use:     "zip -o FILE [SOURCE...]",
		Short:   "Write a zip for one target, e.g. an AWS Lambda function or layer",
		Long:    zipLong,
		Example: zipExample,
		RunE: func(cmd *cobra.Command, sources []string) error {
			if f.out == "" {
				return usagef(cmd, "say with --output where to write the zip, e.g. -o function.zip")
			}
			job, err := a.newZipJob(cmd, &f, sources)
			if err != nil {
				return err
			}
			return job.run(cmd.Context())
		},
	}
	f.targetFlags.register(cmd)
	f.choiceFlags.register(cmd)
	flags := cmd.Flags()
	flags.StringVarP(&f.out, "output", "o", "", "the zip to write, `FILE`")
	flags.BoolVar(&f.layer, "layer", false, "put everything under python/, as a Lambda layer has it")
	flags.StringArrayVar(&f.excludes, "exclude", nil, "leave out files whose path in the zip matches `GLOB` (* and ? don't cross /, ** does); may be repeated")
	flags.StringArrayVar(&f.excludedPackages, "exclude-package", nil, "leave out package `NAME` and what only it needs; may be repeated")
	flags.BoolVar(&f.keepPreinstalled, "keep-preinstalled", false, "pack what the runtime preinstalls, too")
	flags.StringVar(&f.report, "report", "", "write a report (JSON) of sizes and of what was left out to `FILE`")
	a.jsonFlag(cmd)
	return cmd
}

// zipJob is one run of `ofiuco zip`.
type zipJob struct {
	app      *app
	flags    *zipFlags
	target   target.Target
	options  selection.Options
	excluded []name.Name
	files    *projectFiles
	lock     *lock.Lock // nil until it is needed
	sources  []tree.File
	store    string
}

func (a *app) newZipJob(cmd *cobra.Command, f *zipFlags, sources []string) (*zipJob, error) {
	j := &zipJob{app: a, flags: f}
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
	if j.target, err = f.one(cmd.Context(), cmd, a.getenv); err != nil {
		return nil, err
	}
	if j.files, err = a.readProject(cmd); err != nil {
		return nil, err
	}
	if j.sources, err = sourceTree(sources, f.out, f.report); err != nil {
		return nil, err
	}
	if err := j.checkOutputs(cmd); err != nil {
		return nil, err
	}
	j.store, err = a.storeDir()
	return j, err
}

// checkOutputs refuses outputs that can't be written, or would replace an input, before anything is done for them.
func (j *zipJob) checkOutputs(cmd *cobra.Command) error {
	taken := map[string]string{j.files.lock: "the lock", j.files.pyprojectPath: "the project's pyproject.toml"}
	for _, output := range []struct{ what, path string }{{"zip", j.flags.out}, {"report", j.flags.report}} {
		if output.path == "" {
			continue
		}
		if folder := filepath.Dir(output.path); !isFolder(folder) {
			return fmt.Errorf("writing the %s: there is no folder %s", output.what, folder)
		}
		for path, is := range taken {
			if samePath(path, output.path) {
				return usagef(cmd, "writing the %s: %s is %s", output.what, output.path, is)
			}
		}
		taken[output.path] = "the " + output.what
		info, err := os.Stat(output.path)
		switch {
		case err != nil: // it is new
		case info.IsDir():
			return fmt.Errorf("writing the %s: %s is a folder", output.what, output.path)
		case output.what == "zip" && info.Mode()&(fs.ModeNamedPipe|fs.ModeSocket) != 0:
			return fmt.Errorf("writing the zip: %s is a pipe, but a zip is not written from front to back: write a file", output.path)
		}
	}
	return nil
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

// run does nothing when the output is what the last run made of the same inputs.
func (j *zipJob) run(ctx context.Context) error {
	inputs, err := j.inputs()
	if err != nil {
		return err
	}
	memory, err := lastRunPath(j.store, j.flags.out)
	if err != nil {
		return err
	}
	if report := unchanged(memory, j.flags.out, inputs); report != nil && (report.SHA256 != "" || !j.wantsDigest()) {
		return j.finish(report, true)
	}
	report, err := j.build(ctx)
	if err != nil {
		return err
	}
	remember(memory, j.flags.out, inputs, report)
	return j.finish(report, false)
}

// inputs is the digest of all that decides the output's bytes. A lock that names further files (-r, -c) has them
// read here, so that a change in one of them counts.
func (j *zipJob) inputs() (string, error) {
	f := j.flags
	in := newInputs(j.target.String(), j.target.Environment().PythonFullVersion, strconv.FormatBool(f.layer), strconv.FormatBool(f.keepPreinstalled),
		fmt.Sprintf("%q", f.excludes), fmt.Sprint(j.excluded), fmt.Sprintf("%+v", j.options))
	in.addBytes(j.files.lockData)
	in.addBytes(j.files.pyproject)
	if filepath.Ext(j.files.lock) == ".txt" {
		if err := j.readLock(); err != nil {
			return "", err
		}
		for _, path := range slices.Sorted(maps.Keys(j.files.included)) {
			in.add(path)
			in.addBytes(j.files.included[path])
		}
	}
	for _, source := range j.sources {
		if err := in.addFile(source); err != nil {
			return "", err
		}
	}
	return in.sum(), nil
}

// readLock reads the lock, once.
func (j *zipJob) readLock() (err error) {
	if j.lock == nil {
		j.lock, err = j.files.parse(j.app)
	}
	return err
}

// wantsDigest holds when the zip's SHA-256 is asked for: it can't be had without a pass over the whole output.
func (j *zipJob) wantsDigest() bool { return j.flags.report != "" || j.app.json }

// build makes the output.
func (j *zipJob) build(ctx context.Context) (*zipReport, error) {
	if err := j.readLock(); err != nil {
		return nil, err
	}
	selections, err := j.app.selectAll(j.lock, []target.Target{j.target}, j.options)
	if err != nil {
		return nil, err
	}
	left := exclude(selections[0], j.excluded, j.flags.keepPreinstalled)
	if note := j.groupNote(selections[0], left.dropped); note != "" {
		left.notes = append(left.notes, note)
	}
	for tries := 1; ; tries++ {
		report, err := j.attempt(ctx, selections[0], &left)
		if tries == maxAttempts || !errors.Is(err, fetch.ErrDamaged) && !errors.Is(err, fs.ErrNotExist) {
			return report, err
		}
		// The store has dropped what was damaged, or someone cleans it meanwhile: fetch what is missing again.
	}
}

// maxAttempts ends the patience with a disk that damages all it gets. One clean of the store can spoil a few attempts.
const maxAttempts = 5

// attempt makes the output, if the store is sound. Else the error is fetch.ErrDamaged, whatever came of the damage.
func (j *zipJob) attempt(ctx context.Context, s *selection.Selection, left *exclusion) (*zipReport, error) {
	wheels, err := j.app.openWheels(ctx, j.lock, s, left.dropped, j.files)
	if err != nil {
		return nil, err
	}
	defer wheels.close()
	report, err := j.write(ctx, wheels, left)
	if err != nil && ctx.Err() == nil {
		if damage := wheels.verify(ctx, j.lock); damage != nil {
			err = damage
		}
	}
	return report, err
}

// groupNote says which packages go in only because a group such as dev is on by default: few mean to ship them.
func (j *zipJob) groupNote(s *selection.Selection, dropped map[name.Name]bool) string {
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

// write hashes the wheels again, and beside that lays the zip out and writes it: only when every wheel is what the
// lock says does the output get its name.
func (j *zipJob) write(ctx context.Context, wheels openWheels, left *exclusion) (*zipReport, error) {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return wheels.verify(ctx, j.lock) })
	var report *zipReport
	var out *atomicfile.File
	group.Go(func() (err error) {
		report, out, err = j.writeUnverified(ctx, wheels, left)
		return err
	})
	err := group.Wait()
	if out != nil {
		defer out.Close()
	}
	if err != nil {
		return nil, err
	}
	if err := out.Commit(); err != nil {
		return nil, fmt.Errorf("writing the zip: %w", err)
	}
	return report, nil
}

// writeUnverified writes the zip to a file that has no name yet. The caller closes it.
func (j *zipJob) writeUnverified(ctx context.Context, wheels openWheels, left *exclusion) (*zipReport, *atomicfile.File, error) {
	whole, excluded, err := j.tree(wheels)
	if err != nil {
		return nil, nil, err
	}
	plan, err := zipfile.NewPlan(ctx, whole, j.app.workers())
	if err != nil {
		return nil, nil, err
	}
	report := newReport(j.flags.out, plan.Report(0), wheels, j.sources, left, excluded, j.target)
	if err := checkLimits(report, j.target.Runtime()); err != nil {
		return nil, nil, err
	}
	out, err := atomicfile.Create(j.flags.out, 0o666)
	if err != nil {
		return nil, nil, fmt.Errorf("writing the zip: %w", err)
	}
	var digest hash.Hash
	var inOrder io.Writer
	if j.wantsDigest() {
		digest = sha256.New()
		inOrder = digest
	}
	if err := plan.WriteAt(ctx, out, j.app.workers(), inOrder); err != nil {
		return nil, out, fmt.Errorf("writing the zip: %w", err)
	}
	if digest != nil {
		sum := digest.Sum(nil)
		report.SHA256, report.CodeSHA256 = hex.EncodeToString(sum), base64.StdEncoding.EncodeToString(sum)
	}
	return report, out, nil
}

// tree joins sources and packages without what --exclude matches, so that excludes can settle a collision; a layer
// is moved under its folder.
func (j *zipJob) tree(wheels openWheels) (whole tree.Tree, excluded []tree.Tree, err error) {
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
		if j.flags.layer {
			if trees[i], err = trees[i].Prefix(layerFolder); err != nil {
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
	return whole, excluded, err
}

// finish tells of the output, new or still there.
func (j *zipJob) finish(report *zipReport, again bool) error {
	for _, note := range report.Notes {
		j.app.note("%s", note)
	}
	j.app.printReport(report, again)
	if j.app.json {
		if err := j.app.printJSON(report); err != nil {
			return err
		}
	}
	if j.flags.report == "" {
		return nil
	}
	data, err := json.MarshalIndent(report, "", "  ")
	if err != nil {
		return err
	}
	if err := atomicfile.WriteFile(j.flags.report, append(data, '\n'), 0o666); err != nil {
		return fmt.Errorf("writing the report: %w", err)
	}
	return nil
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
