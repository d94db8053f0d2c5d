package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/ofiuco/ofiuco/fetch"
	"github.com/ofiuco/ofiuco/index"
	"github.com/ofiuco/ofiuco/lock"
)

const fetchExample = `  ofiuco fetch --target aws-lambda-python3.12-arm64
  ofiuco fetch --target cp312-manylinux_2_28_x86_64 --target cp312-macosx_14_0_arm64 --json`

// fetchedJSON is a file in the answer of `fetch --json`.
type fetchedJSON struct {
	Target   string `json:"target"`
	Name     string `json:"name"`
	Version  string `json:"version"`
	Filename string `json:"filename"`
	SHA256   string `json:"sha256"`
	Size     int64  `json:"size"`
	Path     string `json:"path"`
}

func (a *app) fetchCommand() *cobra.Command {
	var targets targetFlags
	var choice choiceFlags
	cmd := &cobra.Command{
		Use:   "fetch",
		Short: "Fill the store with the files that targets take, verified",
		Long: `Fetch the file of every package that the targets take into the store, each verified against the lock's digest
before it has a name there, so that later commands need no network. Prints the path of each.`,
		Example: fetchExample,
		Args:    noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.fetch(cmd, &targets, &choice)
		},
	}
	targets.register(cmd)
	choice.register(cmd)
	a.jsonFlag(cmd)
	return cmd
}

func (a *app) fetch(cmd *cobra.Command, targets *targetFlags, choice *choiceFlags) error {
	q, err := a.read(cmd, targets, choice)
	if err != nil {
		return err
	}
	selections, err := a.selectAll(q.lock, q.targets, q.options)
	if err != nil {
		return err
	}
	rows := []fetchedJSON{}
	for _, s := range selections {
		got, err := a.acquire(cmd.Context(), q.lock, s, nil, q.files, nil)
		if err != nil {
			return err
		}
		for i, p := range got.taken {
			if got.results[i].SHA256 == "" {
				continue // a commit or a directory is no file
			}
			rows = append(rows, fetchedJSON{
				Target: s.Target.String(), Name: p.Name.String(), Version: p.Version.String(),
				Filename: got.results[i].Filename, SHA256: got.results[i].SHA256, Size: got.results[i].Size, Path: got.results[i].Path,
			})
		}
	}
	if a.json {
		return a.printJSON(rows)
	}
	seen := map[string]bool{}
	for _, row := range rows {
		if !seen[row.SHA256] {
			seen[row.SHA256] = true
			fmt.Fprintf(a.stdout, "%s  %s\n", row.Path, printable(row.Filename))
		}
	}
	return nil
}

// fetcher is how files come into the store.
func (a *app) fetcher(store *fetch.Store, l *lock.Lock, files *projectFiles, bar *progress) *fetch.Fetcher {
	return &fetch.Fetcher{
		Store:   store,
		Client:  index.NewClient(index.Options{Getenv: a.getenv, Indexes: l.Indexes, UserAgent: "ofiuco/" + release}),
		Places:  index.Places{Indexes: l.Indexes, Default: a.indexURL, FindLinks: a.findLinks, Dir: files.dir},
		Offline: a.offline,
		Jobs:    a.jobs,
		Event: func(e fetch.Event) {
			switch e.Kind {
			case fetch.Started:
				bar.start(e.Bytes)
			case fetch.Advanced:
				bar.advance(e.Bytes)
			case fetch.Finished:
				bar.finish(e.Filename)
			}
		},
		Warn: a.warn,
	}
}
