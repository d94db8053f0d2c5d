package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/ofiuco/ofiuco/fetch"
	"github.com/ofiuco/ofiuco/interpreter"
	"github.com/ofiuco/ofiuco/lock"
	"github.com/ofiuco/ofiuco/pypa/version"
	"github.com/ofiuco/ofiuco/selection"
	"github.com/ofiuco/ofiuco/target"
	"github.com/ofiuco/ofiuco/unpack"
	"github.com/ofiuco/ofiuco/venv"
)

// defaultVenv is where an environment is made when no folder is named: beside pyproject.toml.
const defaultVenv = ".venv"

const venvLong = `Make a virtual environment that holds exactly what the lock says for its Python: what is missing is added, what is
extra is removed, and when nothing changed, nothing is done. DIR is .venv beside pyproject.toml unless it is named.
The environment appears whole, or the old one stays.

The project itself, and the packages that the lock calls editable, point to their source; --no-editable installs
copies of them.

Wheels are unpacked once, in the store, and environments link to them. --link-mode says how:
  symlink   links to folders of the store: the fastest. The store's files are read-only, and one that was rewritten
            nevertheless (by root) is found and unpacked again when the next environment needs it.
  clone     copies that share their blocks on the disk until one is written to, where the file system has them
  hardlink  links to files of the store, which are read-only
  copy      copies: what happens in the environment never reaches the store, nor the other way round
Without it, the first of these that the disk allows is taken.`

const venvExample = `  # .venv, by the Python that the project asks for
  ofiuco venv

  # For a certain Python: a version, a name on PATH, or a path
  ofiuco venv --python 3.12 .venv
  ofiuco venv --python /usr/bin/python3.11 build/venv

  # Self-contained, for a container image, without the dev group
  ofiuco venv --link-mode copy --no-editable --no-default-groups /opt/app`

// venvFlags are what `ofiuco venv` is asked.
type venvFlags struct {
	choiceFlags
	buildFlags
	python, target        string
	mode, prompt          string
	noProject, noEditable bool
	binaryCheck           bool
}

func (a *app) venvCommand() *cobra.Command {
	var f venvFlags
	cmd := &cobra.Command{
		Use:     "venv [DIR]",
		Short:   "Make a virtual environment from the lock, exactly",
		Long:    venvLong,
		Example: venvExample,
		Args:    atMostOne,
		RunE: func(cmd *cobra.Command, args []string) error {
			job, err := a.newVenvJob(cmd, &f, args)
			if err != nil {
				return err
			}
			return job.run(cmd.Context())
		},
	}
	f.choiceFlags.register(cmd)
	f.buildFlags.register(cmd)
	flags := cmd.Flags()
	flags.StringVar(&f.python, "python", "", "the `PYTHON` to use: a version, name or path (default: that of the environment, of .python-version, or the first on PATH that fits)")
	flags.StringVar(&f.target, "target", "", "choose wheels for `T`, which this machine must be able to run, such as an older glibc")
	flags.StringVar(&f.mode, "link-mode", "", "how files get into the environment, `MODE`: symlink, clone, hardlink or copy (default: the fastest that the disk allows)")
	flags.StringVar(&f.prompt, "prompt", "", "the `TEXT` that activate shows (default: the folder's name)")
	flags.BoolVar(&f.noProject, "no-project", false, "without the project itself")
	flags.BoolVar(&f.noEditable, "no-editable", false, "install copies of what the lock calls editable, and of the project")
	flags.BoolVar(&f.binaryCheck, "binary-check", false, "check that every library and extension module runs on this Python's platform")
	a.jsonFlag(cmd)
	return cmd
}

// atMostOne allows one argument.
func atMostOne(cmd *cobra.Command, args []string) error {
	if len(args) > 1 {
		return usagef(cmd, "%s takes one folder, but got %d", cmd.CommandPath(), len(args))
	}
	return nil
}

// venvJob is one run of `ofiuco venv`.
type venvJob struct {
	lockedProject
	flags   *venvFlags
	dir     string // absolute
	mode    venv.Mode
	options selection.Options
	content string // digest of all that decides which packages go in, but for directories and the interpreter
	python  interpreter.Info
	target  target.Target
	store   *fetch.Store
	memory  string // where the last run is remembered
}

func (a *app) newVenvJob(cmd *cobra.Command, f *venvFlags, args []string) (*venvJob, error) {
	j := &venvJob{lockedProject: lockedProject{app: a}, flags: f}
	var err error
	if j.options, err = f.options(cmd); err != nil {
		return nil, err
	}
	if j.mode, err = venv.ParseMode(f.mode); err != nil {
		return nil, usageOf(cmd, fmt.Errorf("--link-mode: %w", err))
	}
	if j.files, err = a.readProject(cmd); err != nil {
		return nil, err
	}
	dir := filepath.Join(filepath.Dir(j.files.pyprojectPath), defaultVenv)
	if len(args) > 0 {
		dir = args[0]
	}
	if dir == "" {
		return nil, usagef(cmd, "the folder of the environment is an empty text: name one, or none for %s", defaultVenv)
	}
	if j.dir, err = filepath.Abs(dir); err != nil {
		return nil, err
	}
	store, err := a.storeDir()
	if err != nil {
		return nil, err
	}
	if j.store, err = fetch.OpenStore(store); err != nil {
		return nil, err
	}
	j.memory, err = lastRunPath(store, j.dir)
	return j, err
}

// digestContent is the digest of all that decides which packages go in, but for directories and the interpreter.
func (j *venvJob) digestContent() (string, error) {
	f := j.flags
	in := newInputs("venv", j.files.dir, fmt.Sprintf("%+v", j.options), fmt.Sprint(f.noProject, f.noEditable, f.binaryCheck), f.buildFlags.String())
	if err := j.addTo(in); err != nil {
		return "", err
	}
	return in.sum(), nil
}

// inputs is the digest of all that the environment depends on, but for directories and the interpreter.
func (j *venvJob) inputs() string {
	return newInputs(j.content, j.dir, j.flags.python, j.flags.target, string(j.mode), j.flags.prompt).sum()
}

// run does nothing when the environment is what the last run made of the same inputs.
func (j *venvJob) run(ctx context.Context) (err error) {
	if j.content, err = j.digestContent(); err != nil {
		return err
	}
	inputs := j.inputs()
	if report := j.unchanged(ctx, inputs); report != nil {
		return j.finish(report, true)
	}
	if err := j.findPython(ctx); err != nil {
		return err
	}
	plan := j.recallPlan(ctx)
	for tries := 1; ; tries++ {
		report, err := j.attempt(ctx, plan, inputs, tries == 1)
		switch {
		case err == nil:
			return j.finish(report, false)
		case tries == maxAttempts:
			return err
		case errors.Is(err, unpack.ErrDamaged): // the next attempt mends it
		case errors.Is(err, fetch.ErrDamaged) || errors.Is(err, fs.ErrNotExist):
			plan = nil // the store lacks something: fetch and build what is missing
		default:
			return err
		}
	}
}

// findPython finds the interpreter: the one that is asked for, else that of the environment that is there already, else
// the first that the lock allows.
func (j *venvJob) findPython(ctx context.Context) error {
	requires, err := j.requiresPython()
	if err != nil {
		return err
	}
	accepts := func(info interpreter.Info) error {
		v, err := version.Parse(info.FullVersion)
		if err != nil || requires.Allows(v) {
			return err
		}
		return fmt.Errorf("it is %s, and %s requires Python %s", info.FullVersion, j.files.lock, requires)
	}
	finder, err := j.app.finder()
	if err != nil {
		return err
	}
	finder.Dir, finder.Prefer = filepath.Dir(j.files.pyprojectPath), j.dir
	found, err := finder.Find(ctx, j.flags.python, accepts)
	if err != nil {
		return err
	}
	if j.python, err = baseOf(ctx, finder, found); err != nil {
		return err
	}
	if j.target, err = j.python.Target(); err != nil || j.flags.target == "" {
		return err
	}
	return j.useTarget()
}

// requiresPython are the versions that the lock allows. They are remembered, so that a lock whose packages are known, too,
// is not read again.
func (j *venvJob) requiresPython() (lock.Constraint, error) {
	question := []string{"requires-python", j.content}
	var text string
	if j.store.Recall(question, &text) {
		if requires, err := lock.ParseConstraint(text); err == nil {
			return requires, nil
		}
	}
	if err := j.readLock(); err != nil {
		return lock.Constraint{}, err
	}
	j.store.Remember(question, j.lock.RequiresPython.String())
	return j.lock.RequiresPython, nil
}

// useTarget chooses for --target, which must be something that the interpreter runs.
func (j *venvJob) useTarget() error {
	asked, err := target.Parse(j.flags.target)
	if err != nil {
		return err
	}
	if asked.OS() != j.target.OS() || asked.Arch() != j.target.Arch() || asked.Libc() != j.target.Libc() || asked.Python() != j.target.Python() {
		return fmt.Errorf("a virtual environment is of the Python and the machine that it is made with, and %s is not %s: "+
			"for another platform, make a zip (ofiuco zip) or a plain folder (ofiuco tree)", asked, j.target)
	}
	j.target = asked
	return nil
}

// attempt makes the environment, if the store is sound. Hopeful, it takes what is unpacked already as it is, and has it looked
// at where it is used.
func (j *venvJob) attempt(ctx context.Context, plan *venvPlan, inputs string, hopeful bool) (*venvReport, error) {
	if plan == nil {
		var err error
		if plan, err = j.makePlan(ctx); err != nil {
			return nil, err
		}
	}
	packages, look, err := j.unpack(ctx, plan, hopeful)
	if err != nil {
		return nil, err
	}
	j.rememberPlan(plan)
	if j.flags.binaryCheck {
		allowed, err := j.files.allowed()
		if err == nil {
			err = j.app.checkUnpacked(ctx, packages, j.target, j.python, allowed)
		}
		if err != nil {
			return nil, err
		}
	}
	made, err := venv.Make(ctx, venv.Options{
		Dir: j.dir, Interpreter: j.python, Packages: packages, Mode: j.mode, Prompt: j.flags.prompt, Creator: "ofiuco " + release,
		Inputs: inputs, Jobs: j.app.workers(), Look: look,
	})
	if err != nil && look != nil { // what came of damage does not say so
		err = cmp.Or(look(), err)
	}
	if err != nil {
		return nil, plan.locate(err)
	}
	for _, note := range made.Notes {
		j.app.note("%s", note)
	}
	unpack.Open(j.store).Register(j.dir, linkedDirs(made.Mode, packages))
	report := newVenvReport(j, made)
	(&lastRun[venvReport]{Inputs: inputs, Trees: plan.Trees, Report: report}).remember(j.memory)
	return report, nil
}

// linkedDirs are the unpacked wheels that an environment goes on needing.
func linkedDirs(mode venv.Mode, packages []venv.Package) []string {
	if mode != venv.Symlink {
		return nil
	}
	dirs := make([]string, len(packages))
	for i, p := range packages {
		dirs[i] = p.Wheel.Dir
	}
	return dirs
}

// unpack gives the wheels of a plan, unpacked, and what is to look at them, nil when they were looked at.
func (j *venvJob) unpack(ctx context.Context, plan *venvPlan, hopeful bool) (packages []venv.Package, look func() error, err error) {
	requests := make([]unpack.Request, len(plan.Packages))
	for i, p := range plan.Packages {
		requests[i] = unpack.Request{SHA256: p.SHA256, Filename: p.Filename}
	}
	store, jobs := unpack.Open(j.store), j.app.workers()
	wheels, errs := []*unpack.Wheel(nil), make([]error, len(requests))
	if hopeful && !j.flags.binaryCheck { // which reads the files
		if recalled, ok := store.Recall(requests, jobs); ok {
			wheels, look = recalled, func() error { return unpack.Look(recalled, jobs) }
		}
	}
	if wheels == nil {
		wheels, errs = store.Wheels(ctx, requests, jobs)
	}
	packages = make([]venv.Package, len(plan.Packages))
	for i, p := range plan.Packages {
		if errs[i] == nil {
			errs[i] = wheels[i].Refusal(p.Allowed...)
		}
		if errs[i] != nil {
			errs[i] = &lock.Error{Path: p.Lock, Line: p.Line, Package: p.Package, Msg: errs[i].Error(), Err: errs[i]}
			continue
		}
		packages[i] = venv.Package{Wheel: wheels[i], DirectURL: p.DirectURL}
	}
	return packages, look, errors.Join(errs...)
}

// unchanged is the last run's report when nothing that it depends on is different now.
func (j *venvJob) unchanged(ctx context.Context, inputs string) *venvReport {
	last := recallRun[venvReport](j.memory, inputs)
	if last == nil || !last.sameTrees(ctx) {
		return nil
	}
	if _, current := venv.Current(j.dir, inputs); !current {
		return nil
	}
	return last.Report
}
