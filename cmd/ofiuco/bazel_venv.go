package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/ofiuco/ofiuco/install"
	"github.com/ofiuco/ofiuco/interpreter"
	"github.com/ofiuco/ofiuco/target"
	"github.com/ofiuco/ofiuco/tree"
	"github.com/ofiuco/ofiuco/venv"
)

// venvInstructions say which wheels a virtual environment holds.
type venvInstructions struct {
	Output      string        `json:"output"` // folder
	Target      actionTarget  `json:"target"`
	Interpreter string        `json:"interpreter"` // absolute, or relative to the working directory
	Wheels      []placedWheel `json:"wheels"`
	Prompt      string        `json:"prompt"` // "": the output's name
	// Flat asks for a folder instead in which the packages lie side by side, as pip install --target has them.
	Flat bool `json:"flat"`
}

func (a *app) bazelVenvCommand() *cobra.Command {
	return actionCommand("venv", "Make a virtual environment of wheels that works wherever Bazel puts it", a.makePortable)
}

func (a *app) makePortable(ctx context.Context, in *venvInstructions) error {
	if in.Flat {
		return a.makeFlat(ctx, in)
	}
	environment, err := in.environment()
	if err != nil {
		return err
	}
	var open []*actionWheel
	defer func() {
		for _, w := range open {
			w.close()
		}
	}()
	trees := make([]tree.Tree, len(in.Wheels))
	for i, placed := range in.Wheels {
		w, err := openActionWheel(placed.Dir)
		if err != nil {
			return err
		}
		open = append(open, w)
		if trees[i], err = w.install(install.Options{Scheme: environment.Scheme(), Interpreter: venv.PortableInterpreter}); err != nil {
			return err
		}
	}
	whole, links, err := environment.Tree(trees...)
	if err != nil {
		return fmt.Errorf("making the virtual environment: %w", err)
	}
	return writeOutput(in.Output, func(dir string) error {
		if err := writeFolder(ctx, whole, dir, a.workers()); err != nil {
			return err
		}
		for _, link := range links {
			if err := os.Symlink(link.Target, filepath.Join(dir, filepath.FromSlash(link.Path))); err != nil {
				return fmt.Errorf("making the virtual environment: %w", err)
			}
		}
		return nil
	})
}

func (a *app) makeFlat(ctx context.Context, in *venvInstructions) error {
	t, err := in.Target.target()
	if err != nil {
		return err
	}
	content := placedContent{Wheels: in.Wheels}
	whole, closeAll, err := content.tree(t)
	defer closeAll()
	if err != nil {
		return err
	}
	return writeOutput(in.Output, func(dir string) error { return writeFolder(ctx, whole, dir, a.workers()) })
}

// environment is what the instructions say of the environment. The interpreter is not asked: it may be one of another machine.
func (in *venvInstructions) environment() (*venv.Portable, error) {
	t, err := in.Target.target()
	if err != nil {
		return nil, err
	}
	if t.OS() == target.Windows {
		return nil, errors.New("a virtual environment for Windows can't be moved to where Bazel needs it: use py_zip, or the packages' own folders")
	}
	if in.Interpreter == "" {
		return nil, fmt.Errorf("a virtual environment needs an interpreter, and the Python toolchain for %s has none", t)
	}
	python, implementation := t.Python(), "CPython"
	folder := "python" + python
	switch {
	case t.PyPy():
		implementation, folder, python = "PyPy", "pypy"+python, "pypy"+python
	case t.FreeThreaded():
		folder, python = folder+"t", python+"t"
	}
	info := interpreter.Info{
		Executable: filepath.ToSlash(in.Interpreter), Python: python, FullVersion: t.FullPython(), Implementation: implementation, Library: folder,
	}
	return &venv.Portable{Interpreter: info, Prompt: cmp.Or(in.Prompt, filepath.Base(in.Output)), Creator: "ofiuco " + release}, nil
}
