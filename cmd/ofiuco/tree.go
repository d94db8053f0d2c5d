package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/ofiuco/ofiuco/internal/atomicfile"
	"github.com/ofiuco/ofiuco/tree"
)

const treeLong = `Write a plain folder for one target: the first-party SOURCEs and the locked packages side by side, as pip's and uv's
--target lay them out, for any platform. It is what ofiuco zip packs, unpacked: for images that are built elsewhere,
for PYTHONPATH, or to look at what would be shipped. All files have the time 1980-01-01, so that archives of the folder
can be equal, too.

The folder appears whole, or the old one stays. One that is not empty is replaced only when ofiuco wrote it, or with
--force.`

const treeExample = `  # All that a function for arm64 needs, in build/function
  ofiuco tree --target aws-lambda-python3.12-arm64 -o build/function src

  # The packages for an image of another platform
  ofiuco tree --target cp312-manylinux_2_36_aarch64 --no-default-groups -o image/site-packages`

// treeFlags are what `ofiuco tree` is asked.
type treeFlags struct {
	contentFlags
	force bool
}

func (a *app) treeCommand() *cobra.Command {
	var f treeFlags
	cmd := &cobra.Command{
		Use:     "tree -o DIR [SOURCE...]",
		Short:   "Write a plain folder of packages and sources for one target",
		Long:    treeLong,
		Example: treeExample,
		RunE: func(cmd *cobra.Command, sources []string) error {
			if f.out == "" {
				return usagef(cmd, "say with --output which folder to write, e.g. -o build/function")
			}
			content, err := a.newContentJob(cmd, &f.contentFlags, sources, f.out)
			if err != nil {
				return err
			}
			return (&treeJob{content, &f}).run(cmd.Context())
		},
	}
	f.contentFlags.register(cmd, "folder")
	cmd.Flags().StringVarP(&f.out, "output", "o", "", "the folder to write, `DIR`")
	cmd.Flags().BoolVar(&f.force, "force", false, "replace a folder that ofiuco did not write")
	a.jsonFlag(cmd)
	return cmd
}

// treeJob is one run of `ofiuco tree`.
type treeJob struct {
	*contentJob
	flags *treeFlags
}

// treeReport is what `tree --json` prints.
type treeReport struct {
	Output   string    `json:"output"`
	Target   string    `json:"target"`
	Files    int       `json:"files"`
	Size     int64     `json:"size"` // bytes
	LeftOut  []leftOut `json:"left_out"`
	Excluded int       `json:"excluded"` // files, by --exclude
	Notes    []string  `json:"notes"`
}

// writtenTree is what is remembered of a folder: which one it was.
type writtenTree struct {
	Folder string `json:"folder"`
}

func (j *treeJob) run(ctx context.Context) error {
	out, err := filepath.Abs(j.flags.out)
	if err != nil {
		return err
	}
	memory, err := lastRunPath(j.store, out)
	if err != nil {
		return err
	}
	if err := j.checkOutput(out, memory); err != nil {
		return err
	}
	var report *treeReport
	err = j.gather(ctx, func(ctx context.Context, wheels openWheels, left *exclusion) (err error) {
		report, err = j.write(ctx, out, wheels, left)
		return err
	})
	if err != nil {
		return err
	}
	if id, err := folderIdentity(out); err == nil {
		(&lastRun[writtenTree]{Inputs: out, Report: &writtenTree{id}}).remember(memory)
	}
	return j.finish(report)
}

// checkOutput refuses to replace what ofiuco did not write.
func (j *treeJob) checkOutput(out, memory string) error {
	info, err := os.Stat(out)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("writing the folder: %w", err)
	case !info.IsDir():
		return fmt.Errorf("writing the folder: %s is a file", j.flags.out)
	}
	if entries, err := os.ReadDir(out); err != nil || len(entries) == 0 || j.flags.force {
		return err
	}
	if last := recallRun[writtenTree](memory, out); last != nil {
		if id, err := folderIdentity(out); err == nil && id == last.Report.Folder {
			return nil
		}
	}
	return fmt.Errorf("writing the folder: %s is not empty, and ofiuco did not write it: name another folder, or replace it with --force", j.flags.out)
}

// write writes the folder under another name, beside hashing the wheels again. Only when all are what the lock says
// does it get its own.
func (j *treeJob) write(ctx context.Context, out string, wheels openWheels, left *exclusion) (*treeReport, error) {
	whole, excluded, err := j.tree(ctx, wheels)
	if err != nil {
		return nil, err
	}
	parent := filepath.Dir(out)
	if err := os.MkdirAll(parent, 0o777); err != nil {
		return nil, fmt.Errorf("writing the folder: %w", err)
	}
	prefix := "." + filepath.Base(out)
	atomicfile.SweepBeside(parent, prefix)
	made, err := atomicfile.MkdirIn(parent, prefix, 0o777)
	if err != nil {
		return nil, fmt.Errorf("writing the folder: %w", err)
	}
	defer func() { _ = atomicfile.RemoveAll(made) }()
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return wheels.verify(ctx, j.lock) })
	group.Go(func() error { return writeFolder(ctx, whole, made, j.app.workers()) })
	if err := group.Wait(); err != nil {
		return nil, err
	}
	if err := atomicfile.ReplaceFolder(made, out); err != nil {
		return nil, fmt.Errorf("writing the folder: %w", err)
	}
	report := &treeReport{
		Output: filepath.ToSlash(j.flags.out), Target: j.target.String(), Files: whole.Len(), Size: whole.Size(), LeftOut: []leftOut{}, Notes: []string{},
	}
	report.LeftOut = append(report.LeftOut, left.list...)
	report.Notes = append(report.Notes, left.notes...)
	for _, t := range excluded {
		report.Excluded += t.Len()
	}
	return report, nil
}

// treeTime is the time of all files.
var treeTime = time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)

// writeFolder writes a Tree's files into dir.
func writeFolder(ctx context.Context, t tree.Tree, dir string, workers int) error {
	folders := map[string]bool{".": true}
	for _, f := range t.Files() {
		folder := path.Dir(f.Path)
		if folders[folder] {
			continue
		}
		if err := os.MkdirAll(filepath.Join(dir, filepath.FromSlash(folder)), 0o777); err != nil {
			return fmt.Errorf("writing the folder: %w", err)
		}
		folders[folder] = true
	}
	group, inside := errgroup.WithContext(ctx)
	group.SetLimit(workers)
	for _, f := range t.Files() {
		if inside.Err() != nil {
			break
		}
		group.Go(func() error {
			if err := writeTreeFile(&f, filepath.Join(dir, filepath.FromSlash(f.Path))); err != nil {
				return fmt.Errorf("writing %s of %s: %w", f.Path, f.Owner, err)
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	return context.Cause(ctx)
}

func writeTreeFile(f *tree.File, path string) error {
	perm := fs.FileMode(0o644)
	if f.Executable {
		perm = 0o755
	}
	r, err := f.Content.NewReader()
	if err != nil {
		return err
	}
	defer r.Close()
	w, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, perm)
	if err != nil {
		return err
	}
	_, err = io.Copy(w, r)
	if err := errors.Join(err, w.Close()); err != nil {
		return err
	}
	return os.Chtimes(path, treeTime, treeTime)
}

func (j *treeJob) finish(r *treeReport) error {
	for _, note := range r.Notes {
		j.app.note("%s", note)
	}
	if !j.app.quiet {
		fmt.Fprintf(j.app.stderr, "wrote %s: %s, %d files, for %s\n", printable(r.Output), megabytes(r.Size), r.Files, r.Target)
	}
	if j.app.json {
		return j.app.printJSON(r)
	}
	return nil
}
