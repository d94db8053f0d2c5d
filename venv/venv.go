// Package venv makes virtual environments of unpacked wheels (PEP 405).
//
// It stands at the end of the pipeline, beside zipfile: unpacked Wheels x Interpreter -> environment. Make replaces an
// environment as a whole, Current says that there is nothing to do. Its rules:
//
//   - An environment holds what the Options say and nothing else. What was in it before goes with it.
//   - It is made beside its place and gets its name in one step, so that kill -9, a full disk and another process leave the old
//     one or the new one, whole. Where that can't be (its folder is a mount point, or the folder above may not be
//     written to), its parts are replaced one by one, and the next Make repairs what a killed one left.
//   - Two packages may bring the same bytes to one path; for different ones there is a tree.CollisionError
//     before anything has changed. A folder that is no virtual environment is not replaced.
//   - A package's folder is one link where it can be. It becomes a real folder where several packages share it
//     (namespace packages), and where the Wheel says that it is anchored; then its files are hard links, so that a library finds
//     others by "$ORIGIN/../.." within the environment.
//   - A .dist-info folder that depends on nothing of the environment comes from the store. Else RECORD, INSTALLER and
//     direct_url.json are written, as package install makes them.
//   - Bytecode is no part of an environment: __pycache__ folders come and go.
//
// How the modes stand to a program that rewrites a file of the environment:
//
//	Symlink   the store's files are read-only. Root, or who changes that, changes all environments; it is found
//	          and mended when the wheel is next asked of package unpack.
//	Hardlink  likewise.
//	Clone     the environment alone changes.
//	Copy      the environment alone changes.
//
// The texts of activate are our own. They hold to the names of variables that CPython's use, so that
// activating one environment leaves another's.
package venv

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

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

// ParseMode reads the name of a mode; "" is Auto.
func ParseMode(name string) (Mode, error) {
	if m := Mode(name); slices.Contains([]Mode{Auto, Symlink, Clone, Hardlink, Copy}, m) {
		return m, nil
	}
	return "", fmt.Errorf("link mode %q is none of symlink, clone, hardlink and copy", name)
}

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
	Prompt      string // that activate shows; "" is the name of Dir
	// Creator is the program that makes the environment, as pyvenv.cfg names it, such as "ofiuco 1.0"; may be "".
	Creator string
	// Inputs is the digest of all that decided the Options; Current compares it.
	Inputs string
	Jobs   int // how many files to write at once; 0: the number of processors
	// Look makes sure that no file of the Packages was changed, where whole folders are linked; its error ends Make. In the
	// other modes each file is looked at when it is linked or copied. It may be nil.
	Look func() error
}

// Report is what was done.
type Report struct {
	Mode     Mode     // the one that was used
	Packages int      // in the environment now
	Files    int      // in the environment now
	Added    []string // "numpy 2.1.0"
	Removed  []string
	Notes    []string // what was done otherwise than asked, and why
}

// Python is the path of the interpreter of the environment in dir.
func Python(dir string, windows bool) string {
	if windows {
		return filepath.Join(dir, "Scripts", "python.exe")
	}
	return filepath.Join(dir, "bin", "python")
}

// Make makes the environment exactly what the Options say. One that is there is replaced as a whole, or stays as it is.
// The error is a *tree.CollisionError where two packages contradict each other.
func Make(ctx context.Context, o Options) (*Report, error) {
	b, err := newBuilder(o)
	if err != nil {
		return nil, err
	}
	goal, err := findGoal(o.Dir)
	if err != nil {
		return nil, err
	}
	before := installedIn(goal.path)
	report, err := goal.replace(ctx, b)
	if err != nil {
		return nil, err
	}
	report.Added, report.Removed = compare(before, distInfos(b.packages))
	return report, nil
}

// forbidden are the characters that no path of an environment may hold: PATH is divided by the first.
func forbidden(windows bool) string {
	if windows {
		return ";"
	}
	return ":"
}

// checkTexts refuses what can't be written into pyvenv.cfg, PATH and scripts.
func (o *Options) checkTexts() error {
	control := func(c rune) bool { return c < ' ' || c == 0x7f }
	if strings.ContainsFunc(o.Dir, control) {
		return fmt.Errorf("the path %q of the virtual environment holds a control character: choose another folder", o.Dir)
	}
	if separator := forbidden(o.Interpreter.Windows); strings.Contains(o.Dir[len(filepath.VolumeName(o.Dir)):], separator) {
		return fmt.Errorf("the path %q of the virtual environment holds %q, which divides the folders of PATH: choose another folder", o.Dir, separator)
	}
	if strings.ContainsFunc(o.Prompt, control) {
		return fmt.Errorf("the prompt %q holds a control character", o.Prompt)
	}
	return nil
}
