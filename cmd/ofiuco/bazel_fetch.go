package main

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/ofiuco/ofiuco/buildfile"
	"github.com/ofiuco/ofiuco/lock"
	"github.com/ofiuco/ofiuco/selection"
)

// fetchInstructions say of which package the artifact for a target is to be brought.
type fetchInstructions struct {
	Package   buildfile.Entry `json:"package"`
	Target    actionTarget    `json:"target"`
	Output    string          `json:"output"`     // folder
	Files     []string        `json:"files"`      // that are there already
	BuildLock string          `json:"build_lock"` // "" when there is none
}

func (a *app) bazelFetchCommand() *cobra.Command {
	return actionCommand("fetch", "Bring the artifact of a package that fits a target, verified; the only one that uses the network", a.fetchPackage)
}

func (a *app) fetchPackage(ctx context.Context, in *fetchInstructions) error {
	selected, l, err := in.selection()
	if err != nil {
		return err
	}
	remove, err := a.useScratchStore(in.Output)
	if err != nil {
		return err
	}
	defer remove()
	for _, file := range in.Files {
		if dir := filepath.Dir(file); !slices.Contains(a.findLinks, dir) {
			a.findLinks = append(a.findLinks, dir)
		}
	}
	a.quiet = true // Bazel tells of its actions itself
	got, err := a.acquire(ctx, l, selected, nil, &projectFiles{dir: filepath.Dir(filepath.FromSlash(in.Package.Path)), lock: in.Package.Path}, nil)
	if err != nil {
		return err
	}
	for i, p := range got.taken {
		file := got.results[i]
		switch p.Artifact.Kind {
		case lock.Wheel:
			err = writeActionWheel(file.Path, file.Filename, in.Output)
		case lock.Sdist:
			if err = makeOutput(in.Output); err == nil {
				err = place(file.Path, filepath.Join(in.Output, file.Filename))
			}
			if err == nil {
				err = a.fetchRequirements(ctx, in, p, got)
			}
		default:
			err = fmt.Errorf("it comes from a %s, which Bazel's actions do not build: lock a release of it, or build its wheel with ofiuco wheel and lock that", p.Artifact.Kind)
		}
		if err != nil {
			return aboutWheel(l, p, err)
		}
	}
	return nil
}

// selection is what the target takes of the lock of the one package.
func (in *fetchInstructions) selection() (*selection.Selection, *lock.Lock, error) {
	l, err := in.Package.Lock()
	if err != nil {
		return nil, nil, err
	}
	t, err := in.Target.target()
	if err != nil {
		return nil, nil, err
	}
	s, err := selection.Select(l, t, selection.Options{})
	return s, l, err
}
