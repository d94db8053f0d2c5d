// Package venv makes virtual environments of unpacked wheels (PEP 405).
//
// It stands at the end of the pipeline, beside zipfile.
package venv

import (
	"context"

	"github.com/ofiuco/ofiuco/install"
	"github.com/ofiuco/ofiuco/interpreter"
	"github.com/ofiuco/ofiuco/unpack"
)

// Mode is how the files of wheels get into an environment.
type Mode string

// The modes. Auto is the fastest that holds on the file system.
const (
	Auto     Mode = ""
	Symlink  Mode = "symlink"
	Clone    Mode = "clone"
	Hardlink Mode = "hardlink"
	Copy     Mode = "copy"
)

// Package is a wheel that an environment holds.
type Package struct {
	Wheel     *unpack.Wheel
	DirectURL *install.DirectURL // nil when it came from an index
}

// Options are what an environment depends on.
type Options struct {
	Dir         string // where the environment is to be
	Interpreter interpreter.Info
	Packages    []Package // in any order
	Mode        Mode
	Prompt      string
	// Inputs is the digest of all that decided the Options; Current compares it.
	Inputs string
	Jobs   int // how many files to write at once; 0: the number of processors
}

// Report is what was done.
type Report struct {
	Mode     Mode     // the one that was used
	Packages int      // in the environment now
	Files    int      // in the environment now
	Added    []string // "numpy 2.1.0"
	Removed  []string
}

// Make makes the environment exactly what the Options say. One that is there is replaced as a whole, or stays as it is.
func Make(ctx context.Context, o Options) (*Report, error) { panic("unwritten") }

// Current tells whether the environment in dir is still what Make made of the same inputs. Nothing else is needed for it.
func Current(dir, inputs string) (*Report, bool) { panic("unwritten") }
