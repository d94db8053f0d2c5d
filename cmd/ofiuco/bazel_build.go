package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ofiuco/ofiuco/build"
	"github.com/ofiuco/ofiuco/buildfile"
	"github.com/ofiuco/ofiuco/buildlock"
	"github.com/ofiuco/ofiuco/fetch"
	"github.com/ofiuco/ofiuco/interpreter"
	"github.com/ofiuco/ofiuco/lock"
	"github.com/ofiuco/ofiuco/pypa/name"
	"github.com/ofiuco/ofiuco/selection"
	"github.com/ofiuco/ofiuco/target"
	"github.com/ofiuco/ofiuco/unpack"
)

// requirementsDir is the folder, beside an sdist that was fetched, of the wheels that its build takes.
const requirementsDir = "build"

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

// ccTools are the tools of Bazel's C toolchain. Paths in them are relative to the working directory, or absolute.
type ccTools struct {
	CC       string   `json:"cc"`
	CXX      string   `json:"cxx"`
	AR       string   `json:"ar"`
	Strip    string   `json:"strip"`
	CFlags   []string `json:"cflags"`
	CXXFlags []string `json:"cxxflags"`
	LDFlags  []string `json:"ldflags"`
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
	verdict := filepath.Join(in.Fetched, verdictName)
	if _, err := os.Stat(verdict); err == nil {
		w, err := openActionWheel(in.Fetched)
		if err != nil {
			return aboutWheel(l, p, err)
		}
		defer w.close()
		return errors.Join(makeOutput(in.Output), place(verdict, filepath.Join(in.Output, verdictName)), place(w.file.Name(), filepath.Join(in.Output, w.Filename)))
	}
	remove, err := a.useScratchStore(in.Output)
	if err != nil {
		return err
	}
	defer remove()
	a.quiet, a.offline = true, true
	a.findLinks = []string{filepath.Join(in.Fetched, requirementsDir)}
	built, err := a.buildAction(ctx, in, l, p, selected.Target)
	if err != nil {
		return err
	}
	if err := writeActionWheel(built.Path, built.Filename, in.Output); err != nil {
		return aboutWheel(l, p, err)
	}
	return nil
}

// buildAction builds in the scratch store.
func (a *app) buildAction(ctx context.Context, in *buildInstructions, l *lock.Lock, p *selection.Package, t target.Target) (_ fetch.Result, err error) {
	store, err := fetch.OpenStore(a.cacheDir)
	if err != nil {
		return fetch.Result{}, err
	}
	archive := filepath.Join(in.Fetched, p.Artifact.Filename)
	sum, err := store.Add(ctx, archive)
	if err != nil {
		return fetch.Result{}, aboutWheel(l, p, fmt.Errorf("reading the sdist: %w", err))
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
	if err := in.CC.apply(&options, p.Name); err != nil {
		return fetch.Result{}, err
	}
	builder := build.New(options)
	defer func() { err = errors.Join(err, builder.Close()) }()
	return builder.Wheel(ctx, build.Request{
		Name: p.Name, Version: p.Version, Package: packageLabel(p), Artifact: p.Artifact, Source: p.Source, Lock: l.Path, Line: p.Line,
		Archive: fetch.Result{Filename: p.Artifact.Filename, SHA256: sum, Path: store.Path(sum), Size: size},
	})
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

// apply has builds of a package use the tools, and the flags as backends understand them.
func (c *ccTools) apply(o *build.Options, project name.Name) error {
	if c == nil {
		return nil
	}
	env := map[string]string{}
	for variable, flags := range map[string][]string{
		"CFLAGS": c.CFlags, "CXXFLAGS": c.CXXFlags, "LDFLAGS": c.LDFlags, "AR": {c.AR}, "STRIP": {c.Strip},
	} {
		absolute, err := absoluteFlags(flags)
		if err != nil {
			return err
		}
		if text := strings.Join(absolute, " "); text != "" {
			env[variable] = text
		}
	}
	tools, err := absoluteFlags([]string{c.CC, c.CXX})
	if err != nil {
		return err
	}
	o.CC, o.CXX = tools[0], tools[1]
	o.Settings = map[name.Name]build.Settings{project: {Env: env, Config: map[string][]string{}}}
	return nil
}

// pathFlags are what flags begin with that have a path in them.
var pathFlags = []string{"-I", "-L", "-B", "--sysroot=", "-F", ""}

// absoluteFlags are flags for a compiler that runs in another folder.
func absoluteFlags(flags []string) ([]string, error) {
	all := make([]string, len(flags))
	for i, flag := range flags {
		all[i] = flag
		for _, prefix := range pathFlags {
			path, ok := strings.CutPrefix(flag, prefix)
			if !ok || path == "" || filepath.IsAbs(path) || !strings.Contains(path, "/") {
				continue
			}
			if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
				continue
			}
			absolute, err := filepath.Abs(path)
			if err != nil {
				return nil, err
			}
			all[i] = prefix + absolute
			break
		}
	}
	return all, nil
}

// fetchRequirements brings the wheels that the build of an sdist takes on this machine.
func (a *app) fetchRequirements(ctx context.Context, in *fetchInstructions, p *selection.Package, q *acquisition) error {
	path := in.BuildLock
	if path == "" {
		path = buildlock.Filename
	}
	buildLock, err := build.OpenLock(path, true)
	if err != nil {
		return err
	}
	host, err := buildHost(q.target)
	if err != nil {
		return err
	}
	requests, err := buildLock.Requirements(packageLabel(p), host)
	if err != nil {
		var e *lock.Error
		if errors.As(err, &e) {
			e.Hint = "write it with ofiuco wheel or ofiuco venv beside the lock, and commit " + buildlock.Filename
		}
		return err
	}
	bar := a.newProgress()
	defer bar.stop()
	results, err := a.fetcher(q.store, &lock.Lock{}, q.files, bar).Fetch(ctx, requests)
	if err != nil {
		return err
	}
	dir := filepath.Join(in.Output, requirementsDir)
	if err := makeOutput(dir); err != nil {
		return err
	}
	for _, r := range results {
		if err := place(r.Path, filepath.Join(dir, r.Filename)); err != nil {
			return err
		}
	}
	return nil
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
