package source

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"golang.org/x/sync/errgroup"
)

// Snapshot copies a source tree of this machine into dir, an empty folder, without what no build needs (version control,
// environments, caches), and gives the SHA-256 of its paths, modes and bytes. That is stable: hosts, umask and times
// don't change it, but for Windows, which knows of no executable file.
//
// A link that stays in the tree is copied as a link. One that leaves it is copied as what it leads to, since a build in
// the tree itself would find that there. Empty folders are left out, as git does.
//
// Where a build asks git for its version (setuptools-scm and others), the copy is a repository whose HEAD and tags are
// the tree's, and these are part of the digest; git must be there for that.
func Snapshot(ctx context.Context, tree, dir string) (sha256 string, err error) {
	return digest(ctx, tree, func(i *item, h io.Writer) error { return i.copy(dir, h) }, func(v *revision) error { return v.clone(ctx, dir) })
}

// Digest is the SHA-256 that Snapshot would give, without copying.
func Digest(ctx context.Context, tree string) (sha256 string, err error) {
	return digest(ctx, tree, (*item).hash, func(*revision) error { return nil })
}

// digest hands each item of the tree to do, which writes its bytes to a hash, and its revision, if builds ask for it.
func digest(ctx context.Context, tree string, do func(*item, io.Writer) error, revise func(*revision) error) (string, error) {
	items, err := listTree(ctx, tree)
	if err != nil {
		return "", err
	}
	sums := make([][sha256.Size]byte, len(items))
	group, working := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for n := range items {
		group.Go(func() error {
			if err := working.Err(); err != nil {
				return err
			}
			h := sha256.New()
			if err := do(&items[n], h); err != nil {
				return fmt.Errorf("reading the source tree: %w", err)
			}
			h.Sum(sums[n][:0])
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return "", err
	}
	whole := sha256.New()
	for n := range items {
		fmt.Fprintf(whole, "%s %d %s %x\n", items[n].mark(), len(items[n].path), items[n].path, sums[n])
	}
	if asksGit(items) {
		if v := revisionOf(ctx, tree); v != nil {
			fmt.Fprintf(whole, "git %s", v.text)
			if err := revise(v); err != nil {
				return "", err
			}
		}
	}
	return hex.EncodeToString(whole.Sum(nil)), nil
}

// mark is one letter for what an item is.
func (i *item) mark() string {
	switch {
	case i.target != "":
		return "l"
	case i.executable:
		return "x"
	}
	return "f"
}

// hash writes the item's bytes to h.
func (i *item) hash(h io.Writer) error {
	if i.target != "" {
		_, err := io.WriteString(h, filepath.ToSlash(i.target))
		return err
	}
	f, err := os.Open(i.from)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = io.Copy(h, f)
	return err
}

// copy makes the item in dir and writes its bytes to h.
func (i *item) copy(dir string, h io.Writer) error {
	to := filepath.Join(dir, filepath.FromSlash(i.path))
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	if i.target != "" {
		if err := os.Symlink(i.target, to); err != nil {
			return err
		}
		return i.hash(h)
	}
	f, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	err = i.hash(io.MultiWriter(f, h))
	if err == nil {
		err = f.Chmod(mode(i.executable))
	}
	if closing := f.Close(); err == nil {
		err = closing
	}
	if err != nil {
		return err
	}
	return os.Chtimes(to, time.Time{}, clamp(i.modified))
}
