package main

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/ofiuco/ofiuco/internal/atomicfile"
	"github.com/ofiuco/ofiuco/zipfile"
)

// layerFolder is where a Lambda layer for Python has its packages.
const layerFolder = "python"

const zipLong = `Write a zip for one target: the first-party SOURCEs and the locked packages side by side at its root, as AWS
Lambda imports them. Files that are missing from the store are fetched and verified first. The same lock, target,
sources and options give the same bytes on every host.

A SOURCE that is a file, or a folder with an __init__.py, goes to the root under its own name; of any other folder
the contents do.`

const zipExample = `  # A function: the contents of src/ and the packages for arm64, without those of the dev group
  ofiuco zip --target aws-lambda-python3.12-arm64 --no-default-groups -o function.zip src

  # Smaller: without tests, metadata, and what the runtime brings along
  ofiuco zip --target aws-lambda-python3.12-arm64 -o function.zip src \
    --exclude '**/tests/**' --exclude '**.dist-info/**' --exclude-package boto3

  # A layer with the packages only, and where the bytes are
  ofiuco zip --layer --target aws-lambda-python3.13-x86_64 -o layer.zip --report report.json`

// zipFlags are what `ofiuco zip` is asked.
type zipFlags struct {
	contentFlags
	layer  bool
	report string
}

func (a *app) zipCommand() *cobra.Command {
	var f zipFlags
	cmd := &cobra.Command{
		Use:     "zip -o FILE [SOURCE...]",
		Short:   "Write a zip for one target, e.g. an AWS Lambda function or layer",
		Long:    zipLong,
		Example: zipExample,
		RunE: func(cmd *cobra.Command, sources []string) error {
			if f.out == "" {
				return usagef(cmd, "say with --output where to write the zip, e.g. -o function.zip")
			}
			job, err := a.newZipJob(cmd, &f, sources)
			if err != nil {
				return err
			}
			return job.run(cmd.Context())
		},
	}
	f.contentFlags.register(cmd, "zip")
	flags := cmd.Flags()
	flags.StringVarP(&f.out, "output", "o", "", "the zip to write, `FILE`")
	flags.BoolVar(&f.layer, "layer", false, "put everything under python/, as a Lambda layer has it")
	flags.StringVar(&f.report, "report", "", "write a report (JSON) of sizes and of what was left out to `FILE`")
	a.jsonFlag(cmd)
	return cmd
}

// zipJob is one run of `ofiuco zip`.
type zipJob struct {
	*contentJob
	flags *zipFlags
}

func (a *app) newZipJob(cmd *cobra.Command, f *zipFlags, sources []string) (*zipJob, error) {
	content, err := a.newContentJob(cmd, &f.contentFlags, sources, f.out, f.report)
	if err != nil {
		return nil, err
	}
	if f.layer {
		content.prefix = layerFolder
	}
	j := &zipJob{content, f}
	return j, j.checkOutputs(cmd)
}

// checkOutputs refuses outputs that can't be written, or would replace an input, before anything is done for them.
func (j *zipJob) checkOutputs(cmd *cobra.Command) error {
	taken := map[string]string{j.files.lock: "the lock", j.files.pyprojectPath: "the project's pyproject.toml"}
	for _, output := range []struct{ what, path string }{{"zip", j.flags.out}, {"report", j.flags.report}} {
		if output.path == "" {
			continue
		}
		if folder := filepath.Dir(output.path); !isFolder(folder) {
			return fmt.Errorf("writing the %s: there is no folder %s", output.what, folder)
		}
		for path, is := range taken {
			if samePath(path, output.path) {
				return usagef(cmd, "writing the %s: %s is %s", output.what, output.path, is)
			}
		}
		taken[output.path] = "the " + output.what
		info, err := os.Stat(output.path)
		switch {
		case err != nil: // it is new
		case info.IsDir():
			return fmt.Errorf("writing the %s: %s is a folder", output.what, output.path)
		case output.what == "zip" && info.Mode()&(fs.ModeNamedPipe|fs.ModeSocket) != 0:
			return fmt.Errorf("writing the zip: %s is a pipe, but a zip is not written from front to back: write a file", output.path)
		}
	}
	return nil
}

// run does nothing when the output is what the last run made of the same inputs.
func (j *zipJob) run(ctx context.Context) error {
	inputs, err := j.inputs("zip")
	if err != nil {
		return err
	}
	memory, err := lastRunPath(j.store, j.flags.out)
	if err != nil {
		return err
	}
	if report := unchanged(ctx, memory, j.flags.out, inputs); report != nil && (report.SHA256 != "" || !j.wantsDigest()) {
		return j.finish(report, true)
	}
	var report *zipReport
	err = j.gather(ctx, func(ctx context.Context, wheels openWheels, left *exclusion) (err error) {
		report, err = j.write(ctx, wheels, left)
		return err
	})
	if err != nil {
		return err
	}
	if file, err := identify(j.flags.out); err == nil {
		(&lastRun[zipReport]{Inputs: inputs, File: file, Trees: j.trees, Report: report}).remember(memory)
	}
	return j.finish(report, false)
}

// wantsDigest holds when the zip's SHA-256 is asked for: it can't be had without a pass over the whole output.
func (j *zipJob) wantsDigest() bool { return j.flags.report != "" || j.app.json }

// write hashes the wheels again, and beside that lays the zip out and writes it: only when every wheel is what the
// lock says does the output get its name.
func (j *zipJob) write(ctx context.Context, wheels openWheels, left *exclusion) (*zipReport, error) {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return wheels.verify(ctx, j.lock) })
	var report *zipReport
	var out *atomicfile.File
	group.Go(func() (err error) {
		report, out, err = j.writeUnverified(ctx, wheels, left)
		return err
	})
	err := group.Wait()
	if out != nil {
		defer out.Close()
	}
	if err != nil {
		return nil, err
	}
	if err := out.Commit(); err != nil {
		return nil, fmt.Errorf("writing the zip: %w", err)
	}
	return report, nil
}

// writeUnverified writes the zip to a file that has no name yet. The caller closes it.
func (j *zipJob) writeUnverified(ctx context.Context, wheels openWheels, left *exclusion) (*zipReport, *atomicfile.File, error) {
	whole, excluded, err := j.tree(ctx, wheels)
	if err != nil {
		return nil, nil, err
	}
	plan, err := zipfile.NewPlan(ctx, whole, j.app.workers())
	if err != nil {
		return nil, nil, err
	}
	report := newReport(j.flags.out, plan.Report(0), wheels, j.sources, left, excluded, j.target)
	if err := checkLimits(report, j.target.Runtime()); err != nil {
		return nil, nil, err
	}
	out, err := atomicfile.Create(j.flags.out, 0o666)
	if err != nil {
		return nil, nil, fmt.Errorf("writing the zip: %w", err)
	}
	var digest hash.Hash
	var inOrder io.Writer
	if j.wantsDigest() {
		digest = sha256.New()
		inOrder = digest
	}
	if err := plan.WriteAt(ctx, out, j.app.workers(), inOrder); err != nil {
		return nil, out, fmt.Errorf("writing the zip: %w", err)
	}
	if digest != nil {
		sum := digest.Sum(nil)
		report.SHA256, report.CodeSHA256 = hex.EncodeToString(sum), base64.StdEncoding.EncodeToString(sum)
	}
	return report, out, nil
}

// finish tells of the output, new or still there.
func (j *zipJob) finish(report *zipReport, again bool) error {
	for _, note := range report.Notes {
		j.app.note("%s", note)
	}
	j.app.printReport(report, again)
	if j.app.json {
		if err := j.app.printJSON(report); err != nil {
			return err
		}
	}
	if j.flags.report == "" {
		return nil
	}
	data, err := json.MarshalIndent(report, "", "  ")
	if err != nil {
		return err
	}
	if err := atomicfile.WriteFile(j.flags.report, append(data, '\n'), 0o666); err != nil {
		return fmt.Errorf("writing the report: %w", err)
	}
	return nil
}
