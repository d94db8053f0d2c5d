// Package sdist builds a wheel of a source tree through its build backend (PEP 517, 518, 660).
//
// It stands after source, which brings the tree, and toolchain, which finds the compiler; package build joins them. It
// is the one that runs what a package's authors wrote, and makes of the result a wheel like any other. Its rules:
//
//   - A backend gets an environment with nothing of the user in it: no variables but those listed here and those that
//     the caller adds, an empty home, the same locale, time zone, umask and hash seed everywhere, and
//     1980-01-01 as the time (SOURCE_DATE_EPOCH).
//   - It has no network but its own loopback. On Linux that is a network namespace; elsewhere, and where the kernel
//     forbids namespaces, only the variables that turn pip, uv, Cargo and Go off-line.
//   - It always finds its tree, its environment and its scratch folder at the same paths (under /ofiuco), since
//     compilers and backends write paths into what they make. On Linux that is a mount namespace; elsewhere
//     compilers are told to write other paths. An editable build keeps its tree's real path, to which its wheel points.
//   - Where a host allows less than that, the build goes on: see Build.Notes.
//   - The version that the lock knows is told to what would ask git for it, since an archive of a repository has no
//     history.
//   - A wheel must be of the project and version that the caller expects.
//   - A wheel is finished (Finish): written anew so that its bytes depend on its files alone, and named by the platform
//     that its extension modules need.
//   - What a backend says is bounded, has neither control characters nor credentials when it is shown, and is
//     searched for what is missing: a compiler, a header, a library, a build requirement.
//
// Sandboxing is no aim: a build runs with the rights of its user and can read what the user can read. macOS has no
// documented way to take the network from one process (sandbox-exec is deprecated), so that its builds can reach it.
package sdist

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/ofiuco/ofiuco/pypa/filename"
	"github.com/ofiuco/ofiuco/pypa/name"
	"github.com/ofiuco/ofiuco/pypa/requirement"
	"github.com/ofiuco/ofiuco/pypa/version"
)

// Version is that of what this package makes of a source. It changes when a wheel would come out otherwise, so that
// those that were kept are built again.
const Version = 1

// Build is one build. Its methods are for one goroutine.
type Build struct {
	Package string // "markupsafe 2.1.5", as messages show it
	// Name and Version are what the wheel must be of; zero where they are not known.
	Name    name.Name
	Version version.Version
	Dir     string // the source tree, absolute; the build may write to it
	// Root is the folder of the whole source, where Dir is a part of it; "" for Dir.
	Root   string
	System *System
	// Python is the interpreter of an environment that holds the build requirements.
	Python   string
	Editable bool
	Settings map[string][]string // config_settings
	// Environ is added to the scrubbed environment: a toolchain's variables.
	Environ []string
	// Bin is a folder to search for programs before all others, such as a toolchain's; "" for none.
	Bin string
	// Network lets the build use the network.
	Network bool
	Scratch string // an empty folder for what the build needs beside the tree, absolute
	// Output gets what the backend says while it runs, as it is; may be nil.
	Output io.Writer
	// Getenv reads the host's environment: where programs are. Nil: os.Getenv.
	Getenv func(string) string

	level *isolation // what the host allows; nil until it was tried
	notes []string
	said  []string // the last lines of the last call
}

// Requirements are what the backend asks for beside System.Requires (get_requires_for_build_wheel, or its editable
// form). Each is a valid requirement.
func (b *Build) Requirements(ctx context.Context) ([]string, error) {
	hook := "get_requires_for_build_wheel"
	if b.Editable {
		hook = "get_requires_for_build_editable"
	}
	var requires []string
	if _, err := b.call(ctx, hook, "", &requires); err != nil {
		return nil, err
	}
	for _, text := range requires {
		parsed, err := requirement.Parse(text)
		if parsed.Name == rustInstaller && !b.Network {
			e := b.fault("%s", noRust.msg)
			e.Hint = noRust.hint
			return nil, e
		}
		if err != nil {
			return nil, b.fault("its build backend %s asks for %q, which is no requirement: %v", b.System.Backend, text, err)
		}
	}
	return requires, nil
}

// Wheel builds, and gives the path of the wheel in out, an existing, empty folder given by its absolute path. The error
// is an *Error when the build failed.
func (b *Build) Wheel(ctx context.Context, out string) (path string, err error) {
	hook := "build_wheel"
	if b.Editable {
		hook = "build_editable"
	}
	var base string
	missing, err := b.call(ctx, hook, out, &base)
	if err != nil {
		return "", err
	}
	if missing {
		return "", b.noHook(hook)
	}
	path, err = b.built(out, base)
	if err != nil {
		return "", err
	}
	if err := b.notePure(path); err != nil {
		return "", err
	}
	return path, nil
}

// noHook is the error of a backend without a hook that it needs.
func (b *Build) noHook(hook string) *Error {
	e := b.fault("its build backend %s has no %s", b.System.Backend, hook)
	if b.Editable {
		e.Hint = "It knows no editable installation (PEP 660): use a newer version of it (setuptools 64 or later), or do not install this package as editable."
	}
	return e
}

// built finds the wheel that a backend says it wrote, and checks that it is the one that was asked for.
func (b *Build) built(out, base string) (string, error) {
	found, err := filepath.Glob(filepath.Join(escapeGlob(out), "*.whl"))
	if err != nil {
		return "", err
	}
	path := filepath.Join(out, base)
	info, err := os.Lstat(path)
	switch {
	case base == "" || base != filepath.Base(base) || errors.Is(err, os.ErrNotExist):
		return "", b.fault("its build backend %s says that it built %q, which is not there", b.System.Backend, base)
	case err != nil:
		return "", err
	case !info.Mode().IsRegular():
		return "", b.fault("its build backend %s built %q, which is no regular file", b.System.Backend, base)
	case len(found) != 1:
		return "", b.fault("its build backend %s wrote %d wheels instead of one", b.System.Backend, len(found))
	}
	wheel, err := filename.ParseWheel(base)
	if err != nil {
		return "", b.fault("its build backend %s built %q, which is no name of a wheel: %v", b.System.Backend, base, err)
	}
	if b.Name != "" && wheel.Name != b.Name {
		e := b.fault("the source is of another project: it builds %s, not %s", wheel.Name, b.Name)
		e.Hint = "The lock names the wrong source, or the source is not what it claims to be. Lock it again."
		if wheel.Name == "unknown" {
			e.Hint = "The source does not say its name: its build requirements may be too old to read it from pyproject.toml (setuptools 61 or later does)."
		}
		return "", e
	}
	if b.Version != (version.Version{}) && !wheel.Version.Equal(b.Version) {
		e := b.fault("the source is of another version: it builds %s %s, not %s", wheel.Name, wheel.Version, b.Version)
		e.Hint = "Lock it again; a source that asks git for its version may build another one on every machine."
		return "", e
	}
	return path, nil
}

// escapeGlob is a path that filepath.Glob takes as it is. There is no way to escape on Windows, where [ is rare.
func escapeGlob(path string) string {
	if os.PathSeparator == '\\' {
		return path
	}
	return strings.NewReplacer(`*`, `\*`, `?`, `\?`, `[`, `\[`, `\`, `\\`).Replace(path)
}

// Notes are what a user should know of the calls so far: which isolation the host did not allow, and that a wheel has no
// extension module although its source has some.
func (b *Build) Notes() []string { return b.notes }

func (b *Build) note(format string, args ...any) {
	b.notes = append(b.notes, fmt.Sprintf(format, args...))
}

// Error is a build that failed.
type Error struct {
	Package string
	Msg     string   // what is wrong, one line
	Output  []string // the backend's last lines
	Hint    string   // what to do, such as which library to install
	Err     error    // the cause in terms of the system, such as syscall.ENOSPC; may be nil
}

func (e *Error) Error() string {
	if e.Package == "" {
		return e.Msg
	}
	return e.Package + ": " + e.Msg
}

func (e *Error) Unwrap() error { return e.Err }

// fault makes an Error.
func (b *Build) fault(format string, args ...any) *Error {
	return &Error{Package: b.Package, Msg: fmt.Sprintf(format, args...)}
}
