package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
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

// fetchPackage writes the artifact, and what was chosen, to the output.
func (a *app) fetchPackage(ctx context.Context, in *fetchInstructions) error {
	selected, l, err := in.selection()
	if err != nil {
		return err
	}
	for _, file := range in.Files {
		if dir := filepath.Dir(file); !slices.Contains(a.findLinks, dir) {
			a.findLinks = append(a.findLinks, dir)
		}
	}
	a.quiet = true // Bazel tells of its actions itself
	return writeOutput(in.Output, func(dir string) error {
		remove, err := a.useScratchStore(dir)
		if err != nil {
			return err
		}
		defer remove()
		files := &projectFiles{dir: filepath.Dir(filepath.FromSlash(in.Package.Path)), lock: in.Package.Path}
		got, err := a.acquire(ctx, l, selected, nil, files, nil)
		if err != nil {
			return err
		}
		p := got.taken[0]
		if err := a.writeFetched(ctx, in, got, dir); err != nil {
			return aboutWheel(l, p, err)
		}
		return writeChoice(p, dir)
	})
}

// writeFetched writes what was fetched: a wheel with its verdict, or a source and the wheels that its build takes.
func (a *app) writeFetched(ctx context.Context, in *fetchInstructions, got *acquisition, dir string) error {
	p, file := got.taken[0], got.results[0]
	switch p.Artifact.Kind {
	case lock.Wheel:
		return writeActionWheel(file.Path, file.Filename, dir)
	case lock.Sdist:
		if err := place(file.Path, filepath.Join(dir, file.Filename)); err != nil {
			return err
		}
	case lock.Git:
		if err := a.archiveCommit(ctx, p, got.store, dir); err != nil {
			return err
		}
	default:
		return fmt.Errorf("it comes from the folder %s, which no action knows: name its library in the hub's deps = {%q: [\"//…\"]}", p.Source.Path, p.Name)
	}
	return a.fetchRequirements(ctx, in, p, got, dir)
}

// choiceName is the file, beside an artifact, that says what was chosen.
const choiceName = "artifact.json"

// choice is which artifact was chosen for a target, and why none of the others was.
type choice struct {
	Name       string            `json:"name"`
	Version    string            `json:"version"`
	Kind       lock.ArtifactKind `json:"kind"`
	Filename   string            `json:"filename"` // "" of a commit
	Commit     string            `json:"commit,omitempty"`
	SHA256     string            `json:"sha256,omitempty"`
	PassedOver []passedOverFile  `json:"passed_over"`
}

type passedOverFile struct {
	Filename string `json:"filename"`
	Reason   string `json:"reason"`
}

func writeChoice(p *selection.Package, dir string) error {
	c := choice{
		Name: p.Name.String(), Version: p.Version.String(), Kind: p.Artifact.Kind, Filename: p.Artifact.Filename,
		Commit: p.Source.Commit, SHA256: p.Artifact.SHA256(), PassedOver: []passedOverFile{},
	}
	for _, other := range p.Candidates() {
		if other.Reason.Code != selection.Taken {
			c.PassedOver = append(c.PassedOver, passedOverFile{other.Artifact.Filename, other.Reason.String()})
		}
	}
	data, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, choiceName), append(data, '\n'), 0o666)
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
