package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/ofiuco/ofiuco/build"
	"github.com/ofiuco/ofiuco/fetch"
	"github.com/ofiuco/ofiuco/internal/atomicfile"
	"github.com/ofiuco/ofiuco/unpack"
)

const day = 24 * time.Hour

// Further folders of the store.
const (
	interpretersDir = "interpreters" // what interpreters said of themselves
	gitDir          = build.GitDir   // repositories
)

func (a *app) cacheCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "cache",
		Short: "Look after the store of fetched files",
		Long: `The store keeps every fetched file under its SHA-256, and what was unpacked and built of them, in --cache-dir, else in
ofiuco's folder of the user's cache folder. It may be deleted at any time: what is needed is fetched again, and
virtual environments that link to it are mended by the next ofiuco venv.`,
		Example: "  ofiuco cache dir\n  ofiuco cache prune --unused-days 30\n  ofiuco cache verify",
		Args:    noArguments,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.cacheDirCommand(), a.cacheCleanCommand(), a.cachePruneCommand(), a.cacheVerifyCommand())
	return cmd
}

func (a *app) cacheDirCommand() *cobra.Command {
	return &cobra.Command{
		Use: "dir", Short: "Print the store's folder", Example: "  ofiuco cache dir", Args: noArguments,
		RunE: func(*cobra.Command, []string) error {
			dir, err := a.storeDir()
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(a.stdout, dir)
			return err
		},
	}
}

func (a *app) cacheCleanCommand() *cobra.Command {
	return &cobra.Command{
		Use: "clean", Short: "Remove all that is in the store", Example: "  ofiuco cache clean", Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.withStore(cmd.Context(), func(ctx context.Context, s *fetch.Store) error {
				trees, kept, err := unpack.Open(s).Clean(ctx)
				if err != nil {
					return err
				}
				removed, err := s.Clean(ctx)
				removed.Add(trees)
				a.removed(removed)
				if kept > 0 {
					a.note("kept %d unpacked wheels that virtual environments link to: remove these first, or make them with --link-mode copy", kept)
				}
				for _, dir := range []string{outputsDir, interpretersDir, gitDir} {
					err = errors.Join(err, atomicfile.RemoveAll(filepath.Join(s.Dir(), dir)))
				}
				return err
			})
		},
	}
}

func (a *app) cachePruneCommand() *cobra.Command {
	var days int
	cmd := &cobra.Command{
		Use: "prune", Short: "Remove leftovers, and files that were not used for a while",
		Example: "  ofiuco cache prune\n  ofiuco cache prune --unused-days 30", Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if days < 0 {
				return usagef(cmd, "--unused-days %d: want a number of days", days)
			}
			return a.withStore(cmd.Context(), func(ctx context.Context, s *fetch.Store) error {
				unused := time.Duration(days) * day
				trees, err := unpack.Open(s).Prune(ctx, unused)
				if err != nil {
					return err
				}
				removed, err := s.Prune(ctx, unused)
				removed.Add(trees)
				a.removed(removed)
				return err
			})
		},
	}
	cmd.Flags().IntVar(&days, "unused-days", 0, "also remove files that no run used for so many days, `N`")
	return cmd
}

func (a *app) cacheVerifyCommand() *cobra.Command {
	return &cobra.Command{
		Use: "verify", Short: "Hash every file of the store again, and remove the damaged ones",
		Long:    "Hash every file of the store again, and remove the damaged ones. Exit status 1 when there were any.",
		Example: "  ofiuco cache verify", Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.withStore(cmd.Context(), func(ctx context.Context, s *fetch.Store) error {
				checked, damaged, err := s.Verify(ctx)
				if err != nil {
					return err
				}
				trees, damagedTrees, err := unpack.Open(s).Verify(ctx)
				if err != nil {
					return err
				}
				checked.Add(trees)
				damaged = append(damaged, damagedTrees...)
				if !a.quiet {
					fmt.Fprintf(a.stderr, "checked %d files, %s\n", checked.Files, megabytes(checked.Bytes))
				}
				for _, path := range damaged {
					fmt.Fprintln(a.stdout, path)
				}
				if len(damaged) > 0 {
					return fmt.Errorf("removed what was damaged in the store, %d in all; it is fetched and unpacked again when it is needed", len(damaged))
				}
				return nil
			})
		},
	}
}

func (a *app) removed(u fetch.Usage) {
	if !a.quiet {
		fmt.Fprintf(a.stderr, "removed %d files, %s\n", u.Files, megabytes(u.Bytes))
	}
}

// withStore runs do on the store; a store that does not exist is empty.
func (a *app) withStore(ctx context.Context, do func(context.Context, *fetch.Store) error) error {
	dir, err := a.storeDir()
	if err != nil {
		return err
	}
	store, err := fetch.OpenStore(dir)
	if err != nil {
		return err
	}
	return do(ctx, store)
}

// storeDir is --cache-dir, else ofiuco's folder in the user's cache folder.
func (a *app) storeDir() (string, error) {
	if a.cacheDir != "" {
		return filepath.Abs(a.cacheDir)
	}
	user, err := os.UserCacheDir()
	if err != nil {
		return "", errors.Join(fmt.Errorf("finding the cache folder: %w", err), errors.New("name one with --cache-dir"))
	}
	return filepath.Join(user, "ofiuco"), nil
}
