package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/ofiuco/ofiuco/lock"
	"github.com/ofiuco/ofiuco/locktool"
)

// workspaceVariable is where `bazel run` tells the workspace's folder.
const workspaceVariable = "BUILD_WORKSPACE_DIRECTORY"

// lockInstructions say which lock the user's own tool is to write anew. Paths of the project are relative to the workspace.
type lockInstructions struct {
	Tool      string            `json:"tool"`    // "poetry" or "uv"
	Program   string            `json:"program"` // of the tool, relative to the working directory; "" has it looked for in PATH
	Pyproject string            `json:"pyproject"`
	Lock      string            `json:"lock"`
	Versions  locktool.Versions `json:"versions"`
}

func (a *app) bazelLockCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "lock INSTRUCTIONS.json [ARGUMENT]… [-- COMMAND…]",
		Short: "Have the project's own tool write its lock, in the workspace; `bazel run` runs it",
		// All arguments but the first are the tool's.
		DisableFlagParsing: true,
		Args:               cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var in lockInstructions
			if err := readInstructions(args[0], &in); err != nil {
				return err
			}
			workspace := os.Getenv(workspaceVariable)
			if workspace == "" {
				return fmt.Errorf("%s is not set: run the target by bazel run", workspaceVariable)
			}
			job := &locktool.Job{
				Tool: in.Tool, Program: in.Program, Versions: in.Versions, Args: args[1:],
				Pyproject: filepath.Join(workspace, filepath.FromSlash(in.Pyproject)),
				Lock:      filepath.Join(workspace, filepath.FromSlash(in.Lock)),
				Stdin:     cmd.InOrStdin(), Stdout: cmd.OutOrStdout(), Stderr: cmd.ErrOrStderr(),
			}
			return job.Run(cmd.Context())
		},
	}
}

// checkInstructions say which lock is to be held against which pyproject.toml.
type checkInstructions struct {
	Lock      string `json:"lock"`
	Pyproject string `json:"pyproject"`
	Target    string `json:"target"` // label of the target that writes the lock, for what to do
}

func (a *app) bazelCheckCommand() *cobra.Command {
	return actionCommand("check", "Fail when a lock was not made for pyproject.toml as it is now", checkFresh)
}

func checkFresh(_ context.Context, in *checkInstructions) error {
	data, err := readInput(in.Lock)
	if err != nil {
		return fmt.Errorf("reading the lock: %w", err)
	}
	pyproject, err := readInput(in.Pyproject)
	if err != nil {
		return fmt.Errorf("reading pyproject.toml: %w", err)
	}
	err = lock.CheckFresh(lock.Input{Path: in.Lock, Data: data, Pyproject: pyproject, PyprojectPath: in.Pyproject})
	var e *lock.Error
	if in.Target != "" && errors.As(err, &e) {
		e.Hint = "bazel run " + in.Target
	}
	return err
}
