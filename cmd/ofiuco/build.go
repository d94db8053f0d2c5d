package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/ofiuco/ofiuco/build"
	"github.com/ofiuco/ofiuco/buildlock"
	"github.com/ofiuco/ofiuco/fetch"
	"github.com/ofiuco/ofiuco/interpreter"
	"github.com/ofiuco/ofiuco/lock"
	"github.com/ofiuco/ofiuco/pypa/name"
	"github.com/ofiuco/ofiuco/selection"
	"github.com/ofiuco/ofiuco/target"
	"github.com/ofiuco/ofiuco/unpack"
)

// buildFlags say how packages without a wheel become one.
type buildFlags struct {
	none, frozen     bool
	python           string
	cc, cxx, sysroot string
}

func (f *buildFlags) register(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&f.none, "no-build", false, "build nothing from source: a package without a wheel is an error")
	cmd.Flags().BoolVar(&f.frozen, "frozen", false, "do not change "+buildlock.Filename+": a build requirement that it lacks is an error")
	cmd.Flags().StringVar(&f.python, "build-python", "", "the `PYTHON` that runs build backends: a version, name or path (default: one of the target's version)")
	cmd.Flags().StringVar(&f.cc, "cc", "", "the C compiler for extension modules, `COMMAND` (default: found for the target)")
	cmd.Flags().StringVar(&f.cxx, "cxx", "", "the C++ compiler, `COMMAND`")
	cmd.Flags().StringVar(&f.sysroot, "sysroot", "", "the folder with the target's headers and libraries, `DIR`")
}

// String has all that may change what is built. A build lock that may not change makes an error of what would be
// written to it, and nothing else.
func (f *buildFlags) String() string {
	return fmt.Sprintf("%t %q %q %q %q", f.none, f.python, f.cc, f.cxx, f.sysroot)
}

// builds makes the builder of a command, which builds for one target.
type builds struct {
	app   *app
	flags *buildFlags
	files *projectFiles
	// host is the interpreter that is known already, such as that of the environment to be made.
	host *interpreter.Info
	// editable says that packages that the lock calls editable are to point to their source.
	editable bool
	// trees are the directories that packages were built from.
	trees []builtTree
}

// open is a Builder that brings what it needs by the fetcher. The caller closes it, and saves its lock.
func (b *builds) open(store *fetch.Store, fetcher *fetch.Fetcher, t target.Target) (*build.Builder, error) {
	settings, err := b.settings()
	if err != nil {
		return nil, err
	}
	buildLock, err := build.OpenLock(filepath.Join(b.files.dir, buildlock.Filename), b.flags.frozen)
	if err != nil {
		return nil, err
	}
	sysroot := b.flags.sysroot
	if sysroot != "" {
		if sysroot, err = filepath.Abs(sysroot); err != nil {
			return nil, err
		}
	}
	return build.New(build.Options{
		Files: store, Trees: unpack.Open(store), Fetcher: fetcher, Target: t,
		Python:   func(ctx context.Context) (interpreter.Info, error) { return b.interpreter(ctx, t) },
		Dir:      b.files.dir,
		Lock:     buildLock,
		Settings: settings,
		CC:       b.flags.cc, CXX: b.flags.cxx, Sysroot: sysroot,
		Getenv: b.app.getenv,
		Note:   b.app.note,
		Event:  func(e build.Event) { b.app.step("%s: %s", e.Package, e.Text) },
	}), nil
}

// settings reads [tool.ofiuco.build] of pyproject.toml.
func (b *builds) settings() (map[name.Name]build.Settings, error) {
	doc, err := b.files.pyprojectDocument()
	if doc == nil {
		return nil, err
	}
	settings, err := build.ReadSettings(doc)
	var wrong *build.SettingsError
	if errors.As(err, &wrong) {
		return nil, &lock.Error{Path: b.files.pyprojectPath, Line: wrong.Line, Msg: wrong.Msg, Err: err}
	}
	if err != nil {
		return nil, b.files.pyprojectError(err)
	}
	return settings, nil
}

// interpreter is the Python that runs build backends for a target: one of its minor version, since that is what
// extension modules are compiled for.
func (b *builds) interpreter(ctx context.Context, t target.Target) (interpreter.Info, error) {
	if b.flags.python == "" && b.host != nil {
		return *b.host, nil
	}
	finder, err := b.app.finder()
	if err != nil {
		return interpreter.Info{}, err
	}
	request := b.flags.python
	if request == "" {
		request = t.Python()
	}
	info, err := finder.Find(ctx, request, nil)
	if err == nil {
		info, err = baseOf(ctx, finder, info)
	}
	if err != nil {
		err = fmt.Errorf("finding the Python that runs build backends: %w", err)
	}
	return info, err
}

// sourcesRefused is the error for packages that would have to be built, under --no-build.
func sourcesRefused(l *lock.Lock, t target.Target, taken []*selection.Package) error {
	var errs []error
	for _, p := range taken {
		if p.Artifact.Kind == lock.Wheel {
			continue
		}
		what := "there is only an sdist of it"
		if p.Artifact.Kind != lock.Sdist {
			what = fmt.Sprintf("it is a source tree (%s)", p.Artifact.Kind)
		}
		errs = append(errs, &lock.Error{
			Path: l.Path, Line: p.Line, Package: packageLabel(p),
			Msg:   fmt.Sprintf("no wheel of it runs on %s: %s, and --no-build forbids to build one", t, what),
			Facts: selection.Nearest(p.Candidates()),
			Hint:  "choose a version with a wheel for this target, or leave out --no-build",
		})
	}
	return errors.Join(errs...)
}

// buildSources gives each package that is no wheel the wheel that is built of it.
func (b *builds) buildSources(ctx context.Context, fetcher *fetch.Fetcher, q *acquisition) (err error) {
	b.trees = nil
	var builder *build.Builder
	for i, p := range q.taken {
		if p.Artifact.Kind == lock.Wheel {
			continue
		}
		if builder == nil {
			if builder, err = b.open(q.store, fetcher, q.target); err != nil {
				return err
			}
			defer func() { err = errors.Join(err, b.finish(builder)) }()
		}
		q.results[i], err = b.build(ctx, builder, build.Request{
			Name: p.Name, Version: p.Version, Package: packageLabel(p), Artifact: p.Artifact, Archive: q.results[i], Source: p.Source,
			Editable: p.Source.Editable && b.editable, Lock: q.lock.Path, Line: p.Line,
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// build builds one package, and notes the directory that it was built from.
func (b *builds) build(ctx context.Context, builder *build.Builder, r build.Request) (fetch.Result, error) {
	if r.Artifact.Kind == lock.Directory {
		path := filepath.FromSlash(r.Source.Path)
		if !filepath.IsAbs(path) {
			path = filepath.Join(b.files.dir, path)
		}
		path, err := filepath.Abs(path)
		if err != nil {
			return fetch.Result{}, err
		}
		if identity, err := build.TreeIdentity(ctx, path, r.Editable); err == nil { // else the build says what is wrong
			b.trees = append(b.trees, builtTree{Path: path, Editable: r.Editable, Identity: identity})
		}
	}
	return builder.Wheel(ctx, r)
}

// finish writes the build lock, also when a build failed: what was resolved stays resolved.
func (b *builds) finish(builder *build.Builder) error {
	closed := builder.Close()
	changed, err := builder.Lock.Save()
	if changed {
		b.app.note("wrote %s: commit it beside the lock", filepath.ToSlash(builder.Lock.Path))
	}
	return errors.Join(err, closed)
}
