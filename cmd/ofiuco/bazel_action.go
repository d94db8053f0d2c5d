package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/ofiuco/ofiuco/internal/atomicfile"
	"github.com/ofiuco/ofiuco/target"
)

// actionTarget is the target of an action, as its instructions name it.
type actionTarget struct {
	Tag    string `json:"tag"`
	Python string `json:"python"` // the full version; "" is the newest that is known
}

func (t actionTarget) target() (target.Target, error) {
	parsed, err := target.Parse(t.Tag)
	if err == nil && t.Python != "" {
		parsed, err = parsed.WithPython(t.Python)
	}
	return parsed, err
}

// actionCommand is a command that does what a file of instructions says, and depends on nothing else.
func actionCommand[I any](use, short string, run func(context.Context, *I) error) *cobra.Command {
	return &cobra.Command{
		Use:   use + " INSTRUCTIONS.json",
		Short: short,
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var in I
			if err := readInstructions(args[0], &in); err != nil {
				return err
			}
			return run(cmd.Context(), &in)
		},
	}
}

// readInstructions refuses keys that it does not know, so that rules and binary can't differ unseen.
func readInstructions(path string, in any) error {
	data, err := readInput(path)
	if err != nil {
		return fmt.Errorf("reading the instructions: %w", err)
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(in); err != nil {
		return fmt.Errorf("reading the instructions %q: %w: are the rules and the binary of one version?", path, err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("reading the instructions %q: text after the object", path)
	}
	return nil
}

// useScratchStore has the run keep its files in the output's folder, until remove: actions share nothing but what is declared,
// a home may be missing, and no other folder need be writable.
func (a *app) useScratchStore(output string) (remove func(), err error) {
	if err := makeOutput(output); err != nil {
		return nil, err
	}
	dir, err := atomicfile.MkdirIn(output, ".store", 0o777)
	if err != nil {
		return nil, fmt.Errorf("making the action's store: %w", err)
	}
	a.cacheDir = dir
	return func() { _ = atomicfile.RemoveAll(dir) }, nil
}

// makeOutput makes the folder of an action, which Bazel may have made already.
func makeOutput(dir string) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return fmt.Errorf("making the output: %w", err)
	}
	return nil
}

// writeOutput has the folder of an action written, whose files get their place only when all are there.
func writeOutput(dir string, write func(dir string) error) error {
	if err := makeOutput(dir); err != nil {
		return err
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 {
		return fmt.Errorf("making the output: %q is not empty: %w", dir, cmp.Or(err, fs.ErrExist))
	}
	made, err := atomicfile.MkdirIn(dir, ".new", 0o777)
	if err != nil {
		return fmt.Errorf("making the output: %w", err)
	}
	defer func() { _ = atomicfile.RemoveAll(made) }()
	if err := write(made); err != nil {
		return err
	}
	return moveUp(made)
}

// moveUp moves what is in a folder to the one above.
func moveUp(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("writing the output: %w", err)
	}
	for _, entry := range entries {
		if err := os.Rename(filepath.Join(dir, entry.Name()), filepath.Join(filepath.Dir(dir), entry.Name())); err != nil {
			return fmt.Errorf("writing the output: %w", err)
		}
	}
	return nil
}
