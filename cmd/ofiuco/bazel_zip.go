package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/ofiuco/ofiuco/internal/atomicfile"
	"github.com/ofiuco/ofiuco/target"
	"github.com/ofiuco/ofiuco/tree"
	"github.com/ofiuco/ofiuco/zipfile"
)

// placedWheel is a wheel of an output, and the folder of the output that it goes to; "" is its root.
type placedWheel struct {
	Dir    string `json:"dir"` // that an action wrote
	Prefix string `json:"prefix"`
}

// placedFile is a first-party file of an output.
type placedFile struct {
	Path       string `json:"path"`
	Name       string `json:"name"`       // in the output, slash-separated
	Executable *bool  `json:"executable"` // nil: as the file is
}

// zipInstructions say what goes into a zip.
type zipInstructions struct {
	Output  string        `json:"output"`
	Target  actionTarget  `json:"target"`
	Wheels  []placedWheel `json:"wheels"`
	Files   []placedFile  `json:"files"`
	Exclude []string      `json:"exclude"` // patterns of names in the zip
	Shebang string        `json:"shebang"` // first line of the file, "" for none
}

func (a *app) bazelZipCommand() *cobra.Command {
	return actionCommand("zip", "Write a zip of wheels and first-party files", a.zipContents)
}

func (a *app) zipContents(ctx context.Context, in *zipInstructions) error {
	t, err := in.Target.target()
	if err != nil {
		return err
	}
	whole, closeAll, err := placedTree(in.Wheels, in.Files, in.Exclude, t)
	defer closeAll()
	if err != nil {
		return err
	}
	plan, err := zipfile.NewPlan(ctx, whole, a.workers())
	if err != nil {
		return err
	}
	out, err := atomicfile.Create(in.Output, 0o666)
	if err != nil {
		return fmt.Errorf("writing the zip: %w", err)
	}
	defer out.Close()
	var to io.WriterAt = out
	if in.Shebang != "" {
		// Readers find a zip by its end, and so pass over what stands before it.
		line := in.Shebang + "\n"
		if _, err := out.WriteAt([]byte(line), 0); err != nil {
			return fmt.Errorf("writing the zip: %w", err)
		}
		to = io.NewOffsetWriter(out, int64(len(line)))
	}
	if err := plan.WriteAt(ctx, to, a.workers(), nil); err != nil {
		return fmt.Errorf("writing the zip: %w", err)
	}
	if err := out.Commit(); err != nil {
		return fmt.Errorf("writing the zip: %w", err)
	}
	return nil
}

// placedTree joins wheels and first-party files without what the patterns match. closeAll ends the use of the wheels.
func placedTree(wheels []placedWheel, files []placedFile, exclude []string, t target.Target) (whole tree.Tree, closeAll func(), err error) {
	var open []*actionWheel
	closeAll = func() {
		for _, w := range open {
			w.close()
		}
	}
	patterns := tree.CompilePatterns(exclude)
	var trees []tree.Tree
	for _, placed := range wheels {
		w, err := openActionWheel(placed.Dir)
		if err != nil {
			return whole, closeAll, err
		}
		open = append(open, w)
		installed, err := w.tree(t)
		if err == nil && placed.Prefix != "" {
			installed, err = installed.Prefix(placed.Prefix)
		}
		if err != nil {
			return whole, closeAll, err
		}
		kept, _ := installed.Exclude(patterns)
		trees = append(trees, kept)
	}
	own, err := firstParty(files)
	if err != nil {
		return whole, closeAll, err
	}
	kept, _ := own.Exclude(patterns)
	whole, err = tree.Merge(append(trees, kept)...)
	return whole, closeAll, err
}

// firstParty are the files that a rule named.
func firstParty(files []placedFile) (tree.Tree, error) {
	all := make([]tree.File, len(files))
	for i, placed := range files {
		info, err := os.Stat(placed.Path)
		if err != nil {
			return tree.Tree{}, fmt.Errorf("reading %q: %w", placed.Name, err)
		}
		if all[i], err = sourceFile(placed.Path, placed.Name, info); err != nil {
			return tree.Tree{}, err
		}
		if placed.Executable != nil {
			all[i].Executable = *placed.Executable
		}
	}
	return tree.New(all)
}
