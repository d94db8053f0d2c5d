package source

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"github.com/ofiuco/ofiuco/index"
)

// maxNesting is how deep submodules may lie in submodules.
const maxNesting = 16

// checkout makes the tree of a commit.
type checkout struct {
	git     *program
	cache   string
	commit  Commit
	dir     string
	nesting int // 0: no submodule
}

func (k *checkout) run(ctx context.Context) error {
	if err := k.tree(ctx); err != nil {
		return err
	}
	if err := k.submodules(ctx); err != nil {
		return err
	}
	return k.largeFiles(ctx)
}

// tree checks the commit's own tree out, with its history where a build asks for it.
func (k *checkout) tree(ctx context.Context) error {
	full := &repository{git: k.git, cache: k.cache, commit: k.commit, history: true}
	if k.nesting == 0 && full.there() {
		return k.from(ctx, full)
	}
	if err := k.from(ctx, &repository{git: k.git, cache: k.cache, commit: k.commit}); err != nil {
		return err
	}
	if k.nesting > 0 || !treeAsksGit(k.dir) {
		return nil
	}
	if err := emptyFolder(k.dir); err != nil {
		return err
	}
	return k.from(ctx, full)
}

// from checks out of a repository of the cache, which is fetched anew when it turns out to be damaged.
func (k *checkout) from(ctx context.Context, r *repository) error {
	cached := r.there()
	if err := r.fill(ctx); err != nil {
		return err
	}
	err := k.take(ctx, r)
	if err == nil || !cached || ctx.Err() != nil {
		return err
	}
	if err := r.drop(); err != nil {
		return err
	}
	if err := emptyFolder(k.dir); err != nil {
		return err
	}
	if err := r.fill(ctx); err != nil {
		return err
	}
	return k.take(ctx, r)
}

// take fetches from the cache, which makes git compute the digest of every object, and checks out.
func (k *checkout) take(ctx context.Context, r *repository) error {
	format := "sha1"
	if len(k.commit.Commit) == 64 {
		format = "sha256"
	}
	fetch := []string{"fetch", "--quiet", "--no-auto-maintenance", "--no-recurse-submodules", "--no-tags"}
	refs := []string{"+" + keptReference + ":" + keptReference}
	if r.history {
		refs = append(refs, "+refs/tags/*:refs/tags/*")
	} else {
		fetch = append(fetch, "--depth=1")
	}
	fetch = append(append(fetch, "--", r.path()), refs...)
	for _, args := range [][]string{
		{"init", "--quiet", "--template=", "--object-format=" + format},
		fetch,
		{"checkout", "--quiet", "--force", "--detach", "--no-recurse-submodules", keptReference, "--"},
	} {
		if _, err := k.git.run(ctx, k.dir, "file", args...); err != nil {
			return failure(err)
		}
	}
	return k.verify(ctx)
}

// verify checks that it is the commit that was checked out, and gives all files modes and times that depend on nothing
// else.
func (k *checkout) verify(ctx context.Context, settings ...string) error {
	head, err := k.git.run(ctx, k.dir, "", "rev-parse", "--verify", "HEAD")
	if err != nil {
		return failure(err)
	}
	if head != k.commit.Commit+"\n" {
		return fmt.Errorf("checked out %.80q, not %s", head, k.commit.Commit)
	}
	seconds, err := k.git.run(ctx, k.dir, "", "log", "-1", "--format=%ct")
	if err != nil {
		return failure(err)
	}
	if err := settle(k.dir, seconds); err != nil {
		return err
	}
	_, err = k.git.run(ctx, k.dir, "", with(settings, "update-index", "--refresh", "-q")...) // for the new times
	return failure(err)
}

// with are git's arguments with settings before them.
func with(settings []string, args ...string) []string {
	var all []string
	for _, setting := range settings {
		all = append(all, "-c", setting)
	}
	return append(all, args...)
}

// failure is the error of a git command that asks no server.
func failure(err error) error {
	var failed *gitError
	if !errors.As(err, &failed) {
		return err
	}
	e := &Error{
		Reason: fmt.Sprintf("git %s failed", failed.command), Facts: failed.said, Err: failed,
		Hint: "Is git older than 2.29? Then install a newer one.",
	}
	if failed.says(diskFull) {
		e.Hint, e.Err = "", syscall.ENOSPC
	}
	return e
}

// orContext is an error, unless the end of ctx explains it.
func orContext(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

func isNetwork(err error) bool {
	var network *index.NetworkError
	return errors.As(err, &network)
}

// settle gives the files of a checkout fixed modes, whatever the umask, and the time of their commit.
func settle(dir, seconds string) error {
	at := clamp(paxTime(firstLine(seconds)))
	return filepath.WalkDir(dir, func(full string, entry os.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && full == filepath.Join(dir, ".git"):
			return filepath.SkipDir
		case entry.IsDir():
			return os.Chmod(full, 0o755)
		case !entry.Type().IsRegular():
			return nil
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		if err := os.Chmod(full, mode(info.Mode()&0o100 != 0)); err != nil {
			return err
		}
		return os.Chtimes(full, at, at)
	})
}
