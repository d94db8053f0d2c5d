package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"runtime"

	"github.com/spf13/cobra"

	"github.com/ofiuco/ofiuco/build"
	"github.com/ofiuco/ofiuco/buildfile"
	"github.com/ofiuco/ofiuco/buildlock"
	"github.com/ofiuco/ofiuco/fetch"
	"github.com/ofiuco/ofiuco/interpreter"
	"github.com/ofiuco/ofiuco/lock"
	"github.com/ofiuco/ofiuco/selection"
	"github.com/ofiuco/ofiuco/target"
	"github.com/ofiuco/ofiuco/toolchain"
	"github.com/ofiuco/ofiuco/unpack"
)

// newestGlibc is that of the hosts for which build requirements are brought: the wheels of all older ones fit it, too.
const newestGlibc = "_2_99_"

// buildInstructions say of which sdist a wheel is to be built.
type buildInstructions struct {
	Package     buildfile.Entry `json:"package"`
	Target      actionTarget    `json:"target"`
	Fetched     string          `json:"fetched"` // folder that fetch wrote
	Output      string          `json:"output"`  // folder
	Interpreter string          `json:"interpreter"`
	CC          *ccTools        `json:"cc"` // nil: there is no C toolchain for the target
	BuildLock   string          `json:"build_lock"`
}

func (a *app) bazelBuildCommand() *cobra.Command {
	return actionCommand("build", "Build the wheel of an sdist that was fetched, without network; pass on a wheel", a.buildFetched)
}

// buildFetched passes a wheel on, and builds that of an sdist.
func (a *app) buildFetched(ctx context.Context, in *buildInstructions) error {
	selected, l, err := (&fetchInstructions{Package: in.Package, Target: in.Target}).selection()
	if err != nil {
		return err
	}
	p := selected.Packages[0]
	return writeOutput(in.Output, func(dir string) error {
		err := passOn(in.Fetched, dir)
		if errors.Is(err, errNoWheel) {
			err = a.buildInto(ctx, in, l, p, selected.Target, dir)
		}
		if err != nil {
			return aboutWheel(l, p, err)
		}
		return nil
	})
}

// errNoWheel says that something else than a wheel was fetched.
var errNoWheel = errors.New("there is no wheel")

// passOn copies a fetched wheel. It can't be a link: a link would change its file's time, by which Bazel knows it.
func passOn(fetched, dir string) error {
	verdict := filepath.Join(fetched, verdictName)
	if _, err := os.Stat(verdict); errors.Is(err, fs.ErrNotExist) {
		return errNoWheel
	}
	w, err := openActionWheel(fetched)
	if err != nil {
		return err
	}
	defer w.close()
	return errors.Join(copyFile(verdict, filepath.Join(dir, verdictName)), copyFile(w.file.Name(), filepath.Join(dir, w.Filename)))
}

// buildInto builds a wheel of what was fetched.
func (a *app) buildInto(ctx context.Context, in *buildInstructions, l *lock.Lock, p *selection.Package, t target.Target, dir string) error {
	remove, err := a.useScratchStore(dir)
	if err != nil {
		return err
	}
	defer remove()
	a.quiet, a.offline = true, true
	a.findLinks = []string{in.Fetched}
	built, err := a.buildAction(ctx, in, l, p, t)
	var none *toolchain.NoCompilerError
	if in.CC == nil && errors.As(err, &none) {
		return fmt.Errorf("building its wheel takes a C compiler for %s, and Bazel has no toolchain for it: register one whose target_compatible_with is that platform", none.Platform)
	}
	if err != nil {
		return err
	}
	return writeActionWheel(built.Path, built.Filename, dir)
}

// buildAction builds in the scratch store.
func (a *app) buildAction(ctx context.Context, in *buildInstructions, l *lock.Lock, p *selection.Package, t target.Target) (_ fetch.Result, err error) {
	store, err := fetch.OpenStore(a.cacheDir)
	if err != nil {
		return fetch.Result{}, err
	}
	archive, err := sourceIn(in.Fetched)
	if err != nil {
		return fetch.Result{}, err
	}
	sum, err := store.Add(ctx, archive)
	if err != nil {
		return fetch.Result{}, fmt.Errorf("reading the source: %w", err)
	}
	size, _ := store.Has(sum)
	buildLock, err := build.OpenLock(in.BuildLock, true)
	if err != nil {
		return fetch.Result{}, err
	}
	bar := a.newProgress()
	defer bar.stop()
	options := build.Options{
		Files: store, Trees: unpack.Open(store), Fetcher: a.fetcher(store, &lock.Lock{}, &projectFiles{}, bar), Target: t,
		Python: in.python, Dir: ".", Lock: buildLock, Getenv: actionEnvironment, Note: a.note,
	}
	if in.CC != nil {
		if err := in.CC.apply(&options, p.Name); err != nil {
			return fetch.Result{}, err
		}
	}
	builder := build.New(options)
	defer func() { err = errors.Join(err, builder.Close()) }()
	origin := p.Source
	if origin.Kind == lock.FromGit {
		origin = lock.Source{Kind: lock.FromURL, Subdirectory: origin.Subdirectory} // it was archived
	}
	return builder.Wheel(ctx, build.Request{
		Name: p.Name, Version: p.Version, Package: packageLabel(p), Source: origin, Lock: l.Path, Line: p.Line,
		Artifact: lock.Artifact{Kind: lock.Sdist, Filename: filepath.Base(archive)},
		Archive:  fetch.Result{Filename: filepath.Base(archive), SHA256: sum, Path: store.Path(sum), Size: size},
	})
}

// sourceIn is the archive in a folder that fetch wrote.
func sourceIn(dir string) (string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return "", fmt.Errorf("reading the source: %w", err)
	}
	for _, entry := range entries {
		if name := entry.Name(); filepath.Ext(name) != ".whl" && name != choiceName {
			return filepath.Join(dir, name), nil
		}
	}
	return "", fmt.Errorf("reading the source: %q has none", dir)
}

// actionEnvironment is where programs are looked for: an action has no PATH of its own.
func actionEnvironment(name string) string {
	if name == "PATH" {
		return "/usr/local/bin:/usr/bin:/bin"
	}
	return ""
}

// python asks the interpreter that the rule found.
func (in *buildInstructions) python(ctx context.Context) (interpreter.Info, error) {
	if in.Interpreter == "" {
		return interpreter.Info{}, fmt.Errorf("there is no Python of the target's version for the machine that builds: register a Python toolchain whose exec_compatible_with is that machine")
	}
	path, err := filepath.Abs(in.Interpreter)
	if err != nil {
		return interpreter.Info{}, err
	}
	finder := &interpreter.Finder{Getenv: actionEnvironment}
	info, err := finder.Query(ctx, path)
	if err != nil {
		return info, err
	}
	return baseOf(ctx, finder, info)
}

// fetchRequirements brings the wheels that the build of an sdist takes on this machine, beside the sdist: Bazel 4 does not upload
// what describes a folder in an output folder, without which some caches don't serve it.
func (a *app) fetchRequirements(ctx context.Context, in *fetchInstructions, p *selection.Package, q *acquisition, output string) error {
	buildLock, err := build.OpenLock(cmp.Or(in.BuildLock, buildlock.Filename), true)
	if err != nil {
		return err
	}
	host, err := buildHost(q.target)
	if err != nil {
		return err
	}
	requests, err := buildLock.Requirements(packageLabel(p), host)
	if err != nil {
		return unpinnedBuild(q.lock, p, q.target, in.BuildLock != "", err)
	}
	bar := a.newProgress()
	defer bar.stop()
	results, err := a.fetcher(q.store, &lock.Lock{}, q.files, bar).Fetch(ctx, requests)
	if err != nil {
		return err
	}
	for _, r := range results {
		if err := place(r.Path, filepath.Join(output, r.Filename)); err != nil {
			return err
		}
	}
	return nil
}

// unpinnedBuild is the error for a package that must be built, while the build lock does not know with what.
func unpinnedBuild(l *lock.Lock, p *selection.Package, t target.Target, isThere bool, err error) error {
	file := path.Join(path.Dir(l.Path), buildlock.Filename) // in the workspace; the action has a copy
	what := fmt.Sprintf("%s does not pin what its build takes", file)
	if !isThere {
		what = fmt.Sprintf("there is no %s that pins what its build takes", file)
	}
	facts := selection.Nearest(p.Candidates())
	var e *lock.Error
	if errors.As(err, &e) {
		facts = append(facts, e.Facts...)
	}
	return &lock.Error{
		Path: l.Path, Line: p.Line, Package: packageLabel(p), Err: err, Facts: facts,
		Msg:  fmt.Sprintf("no wheel of it runs on %s, and %s", t, what),
		Hint: "build it once beside the lock, by ofiuco venv or ofiuco zip, which write " + buildlock.Filename + ", and commit that (before Bazel 7.1 it is seen when the BUILD file there changes); or lock a version that has a wheel",
	}
}

// buildHost is the machine that builds for a target: this one, with a Python of the target's version.
func buildHost(t target.Target) (target.Target, error) {
	arch := map[string]string{"amd64": "x86_64", "arm64": "aarch64"}[runtime.GOARCH]
	if arch == "" {
		arch = runtime.GOARCH
	}
	if runtime.GOOS == "linux" {
		return target.New(t.Python(), "manylinux"+newestGlibc+arch)
	}
	return target.New(t.Python(), runtime.GOOS+"/"+runtime.GOARCH)
}
