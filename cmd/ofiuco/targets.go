package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/ofiuco/ofiuco/interpreter"
	"github.com/ofiuco/ofiuco/target"
)

// targetFlags are the three ways to name a target.
type targetFlags struct {
	targets  []string
	python   string
	platform string
}

func (f *targetFlags) register(cmd *cobra.Command) {
	cmd.Flags().StringArrayVar(&f.targets, "target", nil, "what to build for, `T`: cp312-manylinux_2_34_aarch64, aws-lambda-python3.12-arm64, …")
	cmd.Flags().StringVar(&f.python, "python", "", "the Python `VERSION`: 3.12, 3.12.4, 3.13t, pypy3.10")
	cmd.Flags().StringVar(&f.platform, "platform", "", "the `PLATFORM`: linux/arm64, aarch64-unknown-linux-gnu, manylinux_2_28_x86_64, …")
	_ = cmd.RegisterFlagCompletionFunc("target", func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return target.Runtimes(), cobra.ShellCompDirectiveNoFileComp
	})
}

// resolve gives the targets asked for, in order; with none, the host's.
func (f *targetFlags) resolve(ctx context.Context, cmd *cobra.Command, a *app) ([]target.Target, error) {
	if len(f.targets) == 0 {
		t, err := f.fromParts(ctx, cmd, a)
		return []target.Target{t}, err
	}
	if f.platform != "" {
		return nil, usagef(cmd, "--platform says what --target says already: use one of them")
	}
	var all []target.Target
	for _, text := range f.targets {
		t, err := target.Parse(text)
		if err == nil && f.python != "" {
			t, err = t.WithPython(f.python)
		}
		if err != nil {
			return nil, usageOf(cmd, err)
		}
		all = append(all, t)
	}
	return all, nil
}

// one is resolve for a command that writes one output.
func (f *targetFlags) one(ctx context.Context, cmd *cobra.Command, a *app) (target.Target, error) {
	if len(f.targets) > 1 {
		return target.Target{}, usagef(cmd, "%s takes one --target, but got %d", cmd.CommandPath(), len(f.targets))
	}
	all, err := f.resolve(ctx, cmd, a)
	if err != nil {
		return target.Target{}, err
	}
	return all[0], nil
}

// fromParts makes the target of --python and --platform; what is missing of them is the host's.
func (f *targetFlags) fromParts(ctx context.Context, cmd *cobra.Command, a *app) (target.Target, error) {
	python, platform := f.python, f.platform
	if python == "" || platform == "" {
		host, err := a.hostPython(ctx)
		if err != nil {
			return target.Target{}, usageOf(cmd, err)
		}
		if python == "" && platform == "" {
			return host.Target()
		}
		if python == "" {
			python = host.Python
		} else {
			platform = host.Platform
		}
	}
	t, err := target.New(python, platform)
	if err != nil {
		return target.Target{}, usageOf(cmd, err)
	}
	return t, nil
}

func (a *app) hostPython(ctx context.Context) (interpreter.Info, error) {
	finder, err := a.finder()
	if err != nil {
		return interpreter.Info{}, err
	}
	info, err := finder.Find(ctx, "", nil)
	if errors.Is(err, interpreter.ErrNone) {
		return interpreter.Info{}, fmt.Errorf("%w to ask what to build for: name it with --target, e.g. --target cp312-manylinux_2_28_x86_64", interpreter.ErrNone)
	}
	return info, err
}

// finder finds interpreters, and remembers in the store what they said of themselves.
func (a *app) finder() (*interpreter.Finder, error) {
	store, err := a.storeDir()
	return &interpreter.Finder{Getenv: a.getenv, Cache: filepath.Join(store, interpretersDir)}, err
}

// baseOf is the interpreter that an environment's points to, so that what is made by either is one.
func baseOf(ctx context.Context, finder *interpreter.Finder, info interpreter.Info) (interpreter.Info, error) {
	if info.BaseExecutable == "" || info.BaseExecutable == info.Executable {
		return info, nil
	}
	return finder.Query(ctx, info.BaseExecutable)
}
