package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/spf13/cobra"

	"github.com/ofiuco/ofiuco/image"
	"github.com/ofiuco/ofiuco/registry"
)

// pushInstructions say which image goes where. Paths are those of runfiles, relative to the folder of the workspace.
type pushInstructions struct {
	Image      string   `json:"image"`   // folder, an OCI image layout
	Program    string   `json:"program"` // that pushes
	Workspace  string   `json:"workspace"`
	Repository string   `json:"repository"`
	Tags       []string `json:"tags"`
}

// instructionsFolder is where rules put instructions, beside a program.
const instructionsFolder = "_ofiuco"

// pushArguments are the arguments of a run. A program of py_image_push is ofiuco under its own name: rules that run other rules'
// programs, such as rules_multirun's, pass on none of their args, so that it is told by its name where its instructions are.
func pushArguments(args []string) []string {
	dir, name := filepath.Split(args[0])
	file := filepath.Join(dir, instructionsFolder, strings.TrimSuffix(name, ".exe")+".push.json")
	if info, err := os.Stat(file); dir == "" || err != nil || !info.Mode().IsRegular() {
		return args[1:]
	}
	return slices.Concat([]string{"bazel", "push", file, "--program=" + args[0]}, args[1:])
}

func (a *app) bazelPushCommand() *cobra.Command {
	var program, repository string
	var tags []string
	cmd := &cobra.Command{
		Use:   "push INSTRUCTIONS.json",
		Short: "Push an OCI image to a registry; `bazel run` runs it",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var in pushInstructions
			if err := readInstructions(args[0], &in); err != nil {
				return err
			}
			if repository != "" {
				in.Repository = repository
			}
			if in.Repository == "" {
				return usagef(cmd, "say with --repository where the image is to go: its rule names none")
			}
			in.Tags = append(in.Tags, tags...)
			return a.push(cmd, &in, in.imageFolder(program))
		},
	}
	cmd.Flags().StringVarP(&repository, "repository", "r", "", "push to `REPOSITORY` instead of the one that the rule names")
	cmd.Flags().StringArrayVarP(&tags, "tag", "t", nil, "also give the image this `TAG`; may be repeated")
	cmd.Flags().StringVar(&program, "program", "", "the program that runs, `FILE`")
	return cmd
}

// imageFolder is where the image is. Bazel runs a program in its runfiles, other programs do so from their own, and people from
// bazel-bin.
func (in *pushInstructions) imageFolder(program string) string {
	image := filepath.FromSlash(in.Image)
	roots := []string{}
	if program != "" {
		roots = append(roots, filepath.Join(program+".runfiles", in.Workspace))
		if root, ok := strings.CutSuffix(program, filepath.FromSlash(in.Program)); ok {
			roots = append(roots, root)
		}
	}
	for _, root := range roots {
		if folder := filepath.Join(root, image); isFolder(folder) {
			return folder
		}
	}
	return image
}

func (a *app) push(cmd *cobra.Command, in *pushInstructions, folder string) error {
	layout, err := image.OpenLayout(os.DirFS(folder))
	if err != nil {
		return fmt.Errorf("reading the image %q: %w", folder, err)
	}
	a.progressf("pushing to %s", in.Repository)
	var sent struct {
		sync.Mutex
		blobs int
		bytes int64
	}
	job := &registry.Push{
		Layout: layout, Repository: in.Repository, Tags: in.Tags, Jobs: a.jobs, UserAgent: "ofiuco/" + release,
		Uploaded: func(blob string, size int64) {
			sent.Lock()
			defer sent.Unlock()
			sent.blobs++
			sent.bytes += size
			a.progressf("uploaded %s: %s", blob, megabytes(size))
		},
	}
	reference, err := job.Run(cmd.Context())
	if err != nil {
		return err
	}
	a.progressf("pushed %d blobs, %s; what else there is was there", sent.blobs, megabytes(sent.bytes))
	_, err = fmt.Fprintln(a.stdout, reference)
	return err
}

// progressf prints a line of how a job goes.
func (a *app) progressf(format string, args ...any) {
	if !a.quiet {
		fmt.Fprintln(a.stderr, printable(fmt.Sprintf(format, args...)))
	}
}
