package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// heapGrowth lets the heap grow to five times what lives before a collection: a run lives for
// milliseconds and its live heap is a few MB, so collecting earlier only costs time.
const heapGrowth = 400

// heapLimit is from where on collections are worth their time: no job needs more than it, whatever the wheels' size.
const heapLimit = 48 << 20 // bytes

// app is one run of the program: its streams and the flags that every subcommand shares.
type app struct {
	stdout, stderr io.Writer
	getenv         func(string) string

	project, lockFile    string
	cacheDir             string
	indexURL             string
	findLinks            []string
	offline              bool
	jobs                 int
	quiet, verbose, json bool
}

func run(ctx context.Context, args []string) int {
	debug.SetGCPercent(heapGrowth)
	debug.SetMemoryLimit(heapLimit)
	stdout := &answer{w: os.Stdout}
	a := &app{stdout: stdout, stderr: os.Stderr, getenv: os.Getenv}
	root := a.command()
	root.SetArgs(args)
	root.SetOut(a.stdout)
	root.SetErr(a.stderr)
	err := root.ExecuteContext(ctx)
	if err == nil && stdout.err != nil {
		err = fmt.Errorf("writing the answer: %w", stdout.err)
	}
	if err == nil {
		return statusDone
	}
	if cause := context.Cause(ctx); cause != nil && errors.Is(err, context.Canceled) {
		err = errInterrupted
	}
	printError(a.stderr, err)
	return exitStatus(err)
}

// answer is stdout. It keeps the first error, so that no command ends well whose answer was lost.
type answer struct {
	w   io.Writer
	err error
}

// Write implements io.Writer.
func (a *answer) Write(p []byte) (int, error) {
	if a.err != nil {
		return 0, a.err
	}
	n, err := a.w.Write(p)
	a.err = err
	return n, err
}

const rootHelp = `ofiuco turns one pyproject.toml and its lock file into what runs: AWS Lambda zips and layers for any
Python version on any platform, from any host, and virtual environments for this one. It reads
poetry.lock, uv.lock, pdm.lock, pylock.toml and requirements.txt with hashes, and needs no Python for that.`

const rootExample = `  # An AWS Lambda function: the sources in src/ and all the lock says for arm64
  ofiuco zip --target aws-lambda-python3.12-arm64 -o function.zip src

  # A virtual environment with exactly what the lock says, in .venv
  ofiuco venv

  # What would be installed, and why
  ofiuco select --target cp312-manylinux_2_34_aarch64
  ofiuco select --target cp312-manylinux_2_34_aarch64 --explain numpy

  # Is there a file for every package on every platform? (offline, milliseconds)
  ofiuco check --target cp312-manylinux_2_28_x86_64 --target cp312-macosx_14_0_arm64`

func (a *app) command() *cobra.Command {
	root := &cobra.Command{
		Use:           "ofiuco",
		Short:         "One TOML file to rule them all: lock files to Lambda zips and virtual environments",
		Long:          rootHelp,
		Example:       rootExample,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          noArguments,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			err := a.flagsFromEnvironment(cmd)
			if err == nil && a.jobs < 0 {
				err = usagef(cmd, "--jobs %d: want a positive number", a.jobs)
			}
			return err
		},
	}
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error { return usageOf(cmd, err) })
	a.commonFlags(root.PersistentFlags())
	root.AddCommand(a.selectCommand(), a.checkCommand(), a.fetchCommand(), a.venvCommand(), a.zipCommand(), a.treeCommand(), a.wheelCommand(), a.cacheCommand(), a.bazelCommand(), a.versionCommand())
	root.SetHelpCommandGroupID("")
	return root
}

func (a *app) commonFlags(f *pflag.FlagSet) {
	f.StringVar(&a.project, "project", "", "the project's `DIR` (default: the nearest folder with a pyproject.toml)")
	f.StringVar(&a.lockFile, "lock", "", "the lock `FILE` (default: the one beside pyproject.toml)")
	f.StringVar(&a.cacheDir, "cache-dir", "", "the store's `DIR` (default: the user's cache folder)")
	f.StringVar(&a.indexURL, "index-url", "", "the package index's `URL` in place of the default one (PyPI)")
	f.StringArrayVar(&a.findLinks, "find-links", nil, "also look for files in this folder or page, `DIR|URL`; may be repeated")
	f.BoolVar(&a.offline, "offline", false, "use no network: only what the store, --find-links folders and the project hold")
	f.IntVar(&a.jobs, "jobs", 0, "how many things to do at once, `N` (default: the number of processors; downloads: 8)")
	f.BoolVarP(&a.quiet, "quiet", "q", false, "print only errors")
	f.BoolVarP(&a.verbose, "verbose", "v", false, "say what is done and where files come from")
}

// flagsFromEnvironment gives every flag that is not on the command line the value of OFIUCO_<FLAG>;
// a flag that may be repeated takes a comma-separated list.
func (a *app) flagsFromEnvironment(cmd *cobra.Command) error {
	var first error
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		variable := "OFIUCO_" + strings.ToUpper(strings.ReplaceAll(f.Name, "-", "_"))
		text := a.getenv(variable)
		if f.Changed || text == "" || first != nil || f.Name == "help" {
			return
		}
		values := []string{text}
		if f.Value.Type() == "stringArray" {
			values = strings.Split(text, ",")
		}
		for _, value := range values {
			if err := cmd.Flags().Set(f.Name, value); err != nil {
				first = &usageError{command: cmd.CommandPath(), err: errors.New(variable + ": " + err.Error())}
			}
		}
	})
	return first
}

func noArguments(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	if cmd.HasSubCommands() {
		return usageOf(cmd, unknownCommand(cmd, args[0]))
	}
	return usagef(cmd, "%s takes no argument, but got %q", cmd.CommandPath(), args[0])
}

func unknownCommand(cmd *cobra.Command, word string) error {
	text := "there is no command " + quoted(word)
	cmd.SuggestionsMinimumDistance = 2 // edits; without it cobra only knows prefixes here
	if near := cmd.SuggestionsFor(word); len(near) > 0 {
		text += "; did you mean " + strings.Join(near, " or ") + "?"
	}
	return errors.New(text)
}
