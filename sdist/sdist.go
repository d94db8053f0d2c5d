// Package sdist builds a wheel of a source tree through its build backend (PEP 517, 518, 660).
//
// It stands after source, which brings the tree, and before wheel, which checks what was built.
package sdist

import (
	"context"

	"github.com/ofiuco/ofiuco/target"
)

// System is the [build-system] table of a source tree.
type System struct {
	Requires    []string
	Backend     string   // "setuptools.build_meta:__legacy__" where the tree says none
	BackendPath []string // folders in the tree, slash-separated
}

// ReadSystem reads the build system of the source tree in dir. Path is how messages name its pyproject.toml.
func ReadSystem(dir string) (*System, error) { panic("unwritten") }

// Build is one build.
type Build struct {
	Package string // "markupsafe 2.1.5", as messages show it
	Dir     string // the source tree, absolute; the build may write to it
	System  *System
	// Python is the interpreter of an environment that holds the build requirements.
	Python   string
	Editable bool
	Settings map[string][]string // config_settings
	// Environ is added to the scrubbed environment: a toolchain's variables.
	Environ []string
	// Network lets the build use the network.
	Network bool
	Scratch string // an empty folder for what the build needs beside the tree
}

// Requirements are what the backend asks for beside System.Requires (get_requires_for_build_wheel).
func (b *Build) Requirements(ctx context.Context) ([]string, error) { panic("unwritten") }

// Wheel builds, and gives the path of the wheel in out, an existing folder. The error is an *Error when the build failed.
func (b *Build) Wheel(ctx context.Context, out string) (path string, err error) { panic("unwritten") }

// Error is a build that failed.
type Error struct {
	Package string
	Msg     string   // what is wrong, one line
	Output  []string // the backend's last lines
	Hint    string   // what to do, such as which library to install
}

func (e *Error) Error() string { return e.Package + ": " + e.Msg }

// Finish makes the wheel at path, as a backend wrote it, the same bytes on every host, and names it by the platform that
// it really needs: a wheel of manylinux_2_17 where its libraries need no more. It writes to out, an existing folder.
func Finish(ctx context.Context, path string, t target.Target, out string) (finished string, err error) {
	panic("unwritten")
}
