package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/ofiuco/ofiuco/binary"
	"github.com/ofiuco/ofiuco/interpreter"
	"github.com/ofiuco/ofiuco/lock"
	"github.com/ofiuco/ofiuco/pypa/name"
	"github.com/ofiuco/ofiuco/target"
	"github.com/ofiuco/ofiuco/tree"
	"github.com/ofiuco/ofiuco/unpack"
	"github.com/ofiuco/ofiuco/venv"
	"github.com/ofiuco/ofiuco/wheel"
)

// binaryCheckJSON is one target's line in `check --binary-check --json`.
type binaryCheckJSON struct {
	Target   string          `json:"target"`
	OK       bool            `json:"ok"`
	Files    int             `json:"files"` // linked files
	Problems []binaryProblem `json:"problems"`
	Notes    []binaryProblem `json:"notes"` // worth to know, but no reason to fail
}

// binaryProblem is what is wrong with one file.
type binaryProblem struct {
	Path string `json:"path"`
	Text string `json:"text"`
	Hint string `json:"hint,omitempty"`
}

// checkBinaryPath holds what is at a path against the targets that are asked for, else against what the path itself
// says that it is for, else against the host.
func (a *app) checkBinaryPath(cmd *cobra.Command, flags *targetFlags, excludes []string, path string) error {
	ctx := cmd.Context()
	found, err := identifyOutput(path)
	if err != nil {
		return err
	}
	var targets []target.Target
	if len(flags.targets) == 0 && flags.python == "" && flags.platform == "" {
		targets, err = a.ownTargets(ctx, found)
	}
	if err == nil && len(targets) == 0 {
		targets, err = flags.resolve(ctx, cmd, a)
	}
	if err != nil {
		return err
	}
	// An image may hold one for each target; all else is read once.
	each := len(targets)
	if found.kind == imageOutput {
		each = 1
	}
	var rows []binaryCheckJSON
	var errs []error
	for some := range slices.Chunk(targets, each) {
		output := binary.NewOutput(some...)
		output.Image = found.kind == imageOutput || found.kind == folderOutput
		if found.kind == venvOutput {
			output.System = hostLibraries(found.python)
		}
		s := &binaryScan{output: output, excludes: tree.CompilePatterns(excludes), workers: a.workers()}
		if err := s.scan(ctx, found, some[0]); err != nil {
			return fmt.Errorf("checking %s: %w", path, err)
		}
		for _, t := range some {
			row, err := checkBinaryTarget(path, output, t)
			rows, errs = append(rows, row), append(errs, err)
		}
	}
	if a.json {
		errs = append(errs, a.printJSON(rows))
	} else {
		a.printBinaryChecks(rows)
	}
	return errors.Join(errs...)
}

func checkBinaryTarget(path string, output *binary.Output, t target.Target) (binaryCheckJSON, error) {
	row := binaryCheckJSON{Target: t.String(), Files: output.Len(), Problems: []binaryProblem{}, Notes: []binaryProblem{}}
	problems := output.Problems(t)
	for _, p := range problems {
		if p.Info {
			row.Notes = append(row.Notes, binaryProblem{p.Path, p.Text, p.Hint})
		} else {
			row.Problems = append(row.Problems, binaryProblem{p.Path, p.Text, p.Hint})
		}
	}
	row.OK = len(row.Problems) == 0
	return row, binaryErrors(problems, hintExclude, func(string) (string, []string) { return path, nil })
}

func (a *app) printBinaryChecks(rows []binaryCheckJSON) {
	for _, row := range rows {
		state := "ok"
		if !row.OK {
			state = fmt.Sprintf("no, problems: %d", len(row.Problems))
		}
		fmt.Fprintf(a.stdout, "%s: %s, libraries and programs: %d\n", row.Target, state, row.Files)
		if !a.verbose {
			continue
		}
		for _, n := range row.Notes {
			a.note("%s %s", n.Path, n.Text)
		}
	}
}

// hintExclude goes on where an output can be without a file.
const hintExclude = " What is never loaded can be left out with --exclude."

// hintAllow goes on where pyproject.toml is at hand.
const hintAllow = " What is never loaded can be allowed: [tool.ofiuco.allow] PACKAGE = \"binary\"."

// allowBinary is the code in [tool.ofiuco.allow] of a package whose libraries and programs need not run on the target.
const allowBinary = "binary"

// namesakes is how many files with the same problem are named.
const namesakes = 8

// binaryErrors makes an error of each problem that is one. Files of one owner with the same problem share it.
// owner gives what a file belongs to, and facts of it.
// hint is added to what to do.
func binaryErrors(problems []binary.Problem, hint string, owner func(path string) (label string, facts []string)) error {
	type key struct{ owner, text string }
	groups := map[key]*lock.Error{}
	counts := map[key]int{}
	var errs []error
	for _, p := range problems {
		if p.Info {
			continue
		}
		label, facts := owner(p.Path)
		k := key{label, p.Text}
		counts[k]++
		e := groups[k]
		switch {
		case e == nil:
			e = &lock.Error{Package: label, Msg: p.Path + " " + p.Text, Facts: facts, Hint: p.Hint + hint}
			groups[k] = e
			errs = append(errs, e)
		case counts[k] <= namesakes:
			e.Facts = append(e.Facts, "the same holds for "+p.Path)
		}
	}
	for k, e := range groups {
		if more := counts[k] - namesakes; more > 0 {
			e.Facts = append(e.Facts, fmt.Sprintf("and for %d more files", more))
		}
	}
	return errors.Join(errs...)
}

// checkBinaries holds all linked files of a Tree that is going to be an output against its target. wheels are those
// that it is made of, so that a problem names the one to replace; allowed is [tool.ofiuco.allow].
func (a *app) checkBinaries(ctx context.Context, t tree.Tree, to target.Target, wheels openWheels, allowed map[name.Name][]string) error {
	output := binary.NewOutput(to)
	group, inside := errgroup.WithContext(ctx)
	group.SetLimit(a.workers())
	for _, f := range t.Files() {
		if inside.Err() != nil {
			break
		}
		group.Go(func() error {
			r, err := f.Content.NewReader()
			if err == nil {
				defer r.Close()
				err = addLinked(output, f.Path, r)
			}
			if err != nil {
				return fmt.Errorf("checking %s of %s: %w", f.Path, f.Owner, err)
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	owners := make(map[string]*wheel.Wheel, len(wheels))
	for _, w := range wheels {
		owners[packageLabel(w.taken)] = w.Wheel.Wheel
	}
	return a.refuseBinaries(output.Problems(to), hintExclude+hintAllow, allowed, func(path string) (string, *wheel.Wheel) {
		f, _ := t.Lookup(path)
		return f.Owner, owners[f.Owner]
	})
}

// checkUnpacked holds the linked files of unpacked wheels, which an environment of an interpreter is going to be made of,
// against its target; allowed is [tool.ofiuco.allow].
func (a *app) checkUnpacked(ctx context.Context, packages []venv.Package, to target.Target, python interpreter.Info, allowed map[name.Name][]string) error {
	output := binary.NewOutput(to)
	output.System = hostLibraries(python)
	owners := map[string]*unpack.Wheel{}
	s := &binaryScan{output: output}
	group, inside := errgroup.WithContext(ctx)
	group.SetLimit(a.workers())
	for _, p := range packages {
		for _, e := range p.Wheel.Entries {
			if inside.Err() != nil {
				break
			}
			owners[e.Path] = p.Wheel
			group.Go(func() error { return s.addFile(filepath.Join(p.Wheel.Dir, filepath.FromSlash(e.Path)), e.Path) })
		}
	}
	if err := group.Wait(); err != nil {
		return err
	}
	return a.refuseBinaries(output.Problems(to), hintAllow, allowed, func(path string) (string, *wheel.Wheel) {
		w := owners[path]
		return w.Name.String() + " " + w.Version.String(), w.Wheel
	})
}

// refuseBinaries makes errors of problems, and with --verbose notes of what is none, or is allowed. owner gives the package
// that a file is of, and its wheel; "" and nil where it is of none.
func (a *app) refuseBinaries(problems []binary.Problem, hint string, allowed map[name.Name][]string, owner func(path string) (string, *wheel.Wheel)) error {
	for i := range problems {
		p := &problems[i]
		if _, w := owner(p.Path); w != nil && slices.Contains(allowed[w.Name], allowBinary) {
			p.Info = true
		}
		if p.Info && a.verbose {
			a.note("%s %s", p.Path, p.Text)
		}
	}
	return binaryErrors(problems, hint, func(path string) (string, []string) {
		label, w := owner(path)
		if w == nil {
			return label, nil
		}
		return label, []string{"the file is of " + w.Filename}
	})
}

// addLinked adds a file to an output if it is a linked one: of others only the first bytes are read.
func addLinked(output *binary.Output, path string, r io.Reader) error {
	start := make([]byte, 8)
	n, err := io.ReadFull(r, start)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return err
	}
	if !binary.MayBe(start[:n]) {
		return nil
	}
	data, err := spool(io.MultiReader(strings.NewReader(string(start[:n])), r))
	if err != nil {
		return err
	}
	defer data.Close()
	return output.Add(path, data, data.size)
}
