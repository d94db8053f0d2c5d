// Package build makes wheels of the packages that have none: sdists, archives, git commits and directories.
//
// It stands between fetch and unpack, and joins what each know only their part: source brings the tree,
// buildlock and resolve say what the build backend runs with, unpack and venv make an environment of that,
// toolchain finds the compiler, and sdist runs the backend. Its rules:
//
//   - What takes part in a build is hashed: the source by its lock, a git commit by its id, a directory by
//     its contents, the build requirements by the build lock. One that is missing in the build lock is
//     resolved and written there, or an error where the lock must not change.
//   - A built wheel is kept in the store under all that determines it, so that it is built once.
//   - A build works on a copy of the tree, in a folder of the store that is removed when it ends. Only an
//     editable build, whose wheel points to the tree, works on the tree itself.
//   - A built wheel is checked as any wheel is, and must be of the project and version that the lock names.
package build

import (
	"context"
	"errors"
	"strings"
	"sync"

	"github.com/ofiuco/ofiuco/fetch"
	"github.com/ofiuco/ofiuco/internal/atomicfile"
	"github.com/ofiuco/ofiuco/interpreter"
	"github.com/ofiuco/ofiuco/lock"
	"github.com/ofiuco/ofiuco/pypa/name"
	"github.com/ofiuco/ofiuco/pypa/version"
	"github.com/ofiuco/ofiuco/sdist"
	"github.com/ofiuco/ofiuco/source"
	"github.com/ofiuco/ofiuco/target"
	"github.com/ofiuco/ofiuco/toolchain"
	"github.com/ofiuco/ofiuco/unpack"
)

// GitDir is the store's folder of git repositories.
const GitDir = "git"

// Request asks for the wheel of a package.
type Request struct {
	Name    name.Name
	Version version.Version // zero where the lock knows none
	Package string          // "markupsafe 2.1.5", as messages show it
	// Artifact is an sdist, a git commit or a directory. That of an sdist is in the store, as Archive.
	Artifact lock.Artifact
	Archive  fetch.Result
	Source   lock.Source
	Editable bool
	// Lock and Line are where the lock names it.
	Lock string
	Line int
}

// Options are what builds depend on.
type Options struct {
	Files   *fetch.Store
	Trees   *unpack.Store
	Fetcher *fetch.Fetcher // brings build requirements, from its Places
	Target  target.Target
	// Python finds the interpreter that runs build backends. It is called once, when there is something to build.
	Python func(context.Context) (interpreter.Info, error)
	Dir    string // that paths in the lock are relative to
	Lock   *LockFile
	// Settings are those of [tool.ofiuco.build], by package.
	Settings map[name.Name]Settings
	// CC, CXX and Sysroot are those of a toolchain.Request.
	CC, CXX, Sysroot string
	Getenv           func(string) string
	Note             func(format string, args ...any) // what a user should know; nil: no one listens
	Event            func(Event)                      // nil: no one listens
}

// Event tells what a Builder does for a package.
type Event struct {
	Package string
	Text    string // "resolving its build requirements", "building its wheel"
}

// Builder builds wheels for one Target, one at a time: a build may use all processors.
type Builder struct {
	Options

	mu   sync.Mutex
	shop *workshop
}

// New is a Builder. Close it.
func New(o Options) *Builder { return &Builder{Options: o} }

// workshop is what all builds of a Builder share.
type workshop struct {
	dir      string // of the toolchain's files
	python   interpreter.Info
	target   target.Target // of python: build requirements run there
	tools    *toolchain.Toolchain
	releases *releases
}

// Wheel gives the wheel of a package, which is built when the store has none yet. The error is a *lock.Error that names
// the package and what to do, unless ctx ended.
func (b *Builder) Wheel(ctx context.Context, r Request) (fetch.Result, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	result, err := b.wheel(ctx, &r)
	if err != nil {
		return result, r.fault(err)
	}
	return result, nil
}

func (b *Builder) wheel(ctx context.Context, r *Request) (fetch.Result, error) {
	if b.shop == nil {
		shop, err := b.open(ctx)
		if err != nil {
			return fetch.Result{}, err
		}
		b.shop = shop
	}
	j := &job{Builder: b, request: r, settings: b.Settings[r.Name]}
	if err := j.identify(ctx); err != nil {
		return fetch.Result{}, err
	}
	if result, ok := j.known(); ok {
		return result, nil
	}
	scratch, err := b.Files.Scratch()
	if err != nil {
		return fetch.Result{}, err
	}
	defer func() { _ = atomicfile.RemoveAll(scratch) }()
	j.scratch = scratch
	return j.run(ctx)
}

// open finds the interpreter and the toolchain.
func (b *Builder) open(ctx context.Context) (*workshop, error) {
	python, err := b.Python(ctx)
	if err != nil {
		return nil, err
	}
	own, err := python.Target()
	if err != nil {
		return nil, err
	}
	dir, err := b.Files.Scratch()
	if err != nil {
		return nil, err
	}
	tools, err := toolchain.Find(ctx, toolchain.Request{
		Build: python, Target: b.Target, CC: b.CC, CXX: b.CXX, Sysroot: b.Sysroot, Getenv: b.Getenv,
	}, dir)
	if err != nil {
		_ = atomicfile.RemoveAll(dir)
		return nil, err
	}
	return &workshop{dir: dir, python: python, target: own, tools: tools, releases: newReleases(b.Files, b.Fetcher)}, nil
}

// Close removes what the builds shared.
func (b *Builder) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.shop == nil {
		return nil
	}
	dir := b.shop.dir
	b.shop = nil
	return atomicfile.RemoveAll(dir)
}

func (b *Builder) note(format string, args ...any) {
	if b.Note != nil {
		b.Note(format, args...)
	}
}

func (b *Builder) event(r *Request, text string) {
	if b.Event != nil {
		b.Event(Event{Package: r.Package, Text: text})
	}
}

// fault puts the lock's line and the package before what is wrong.
func (r *Request) fault(err error) error {
	if errors.Is(err, context.Canceled) {
		return err
	}
	e := &lock.Error{Path: r.Lock, Line: r.Line, Package: r.Package, Msg: err.Error(), Err: err}
	var own *lock.Error
	var failed *sdist.Error
	var unsafe *source.Error
	switch {
	case errors.As(err, &own) && own.Package != "":
		return err
	case errors.As(err, &own):
		e.Msg, e.Facts, e.Hint = own.Msg, own.Facts, own.Hint
	case errors.As(err, &unsafe):
		e.Msg, _, _ = strings.Cut(unsafe.Error(), "\n")
		e.Facts, e.Hint = unsafe.Facts, unsafe.Hint
	case errors.As(err, &failed):
		e.Msg, e.Facts, e.Hint = failed.Msg, failed.Output, failed.Hint
	}
	return e
}
