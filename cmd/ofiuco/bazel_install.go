package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/ofiuco/ofiuco/install"
	"github.com/ofiuco/ofiuco/target"
	"github.com/ofiuco/ofiuco/tree"
)

// installInstructions say which wheel is to be laid out as a folder.
type installInstructions struct {
	Target actionTarget `json:"target"`
	Wheel  string       `json:"wheel"`  // folder that an action wrote
	Output string       `json:"output"` // folder
}

func (a *app) bazelInstallCommand() *cobra.Command {
	return actionCommand("install", "Lay a wheel out as a folder that Python imports from", a.installWheel)
}

func (a *app) installWheel(ctx context.Context, in *installInstructions) error {
	t, err := in.Target.target()
	if err != nil {
		return err
	}
	w, err := openActionWheel(in.Wheel)
	if err != nil {
		return err
	}
	defer w.close()
	installed, err := w.tree(t)
	if err != nil {
		return err
	}
	return writeOutput(in.Output, func(dir string) error { return writeFolder(ctx, installed, dir, a.workers()) })
}

// tree is the wheel as it is installed for a target into one folder.
func (w *actionWheel) tree(t target.Target) (tree.Tree, error) {
	options := install.Options{Scheme: install.Flat()}
	if r := t.Runtime(); r != nil {
		options.Interpreter = r.Interpreter
	}
	return w.install(options)
}

// install lays the wheel out.
func (w *actionWheel) install(options install.Options) (tree.Tree, error) {
	installed, err := install.Tree(w.Wheel, w, options)
	if err != nil {
		err = fmt.Errorf("%s %s: %w", w.Name, w.Version, err)
	}
	return installed, err
}
