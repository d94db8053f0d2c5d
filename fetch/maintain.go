package fetch

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/ofiuco/ofiuco/internal/atomicfile"
)

// Usage is what a store holds, or what was removed from it.
type Usage struct {
	Files int64
	Bytes int64
}

// Add adds another part of the store.
func (u *Usage) Add(other Usage) {
	u.Files += other.Files
	u.Bytes += other.Bytes
}

func (u *Usage) add(info fs.FileInfo) {
	u.Files++
	u.Bytes += info.Size()
}

// walk calls do for each file in one of the store's folders. What vanishes meanwhile is passed over.
func (s *Store) walk(ctx context.Context, folder string, do func(path string, info fs.FileInfo) error) error {
	err := filepath.WalkDir(filepath.Join(s.dir, folder), func(path string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err == nil {
			err = context.Cause(ctx)
		}
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		return do(path, info)
	})
	if err != nil {
		return fmt.Errorf("reading the store: %w", err)
	}
	return nil
}

// folders are all that the store made in its folder.
var folders = []string{filesDir, checkedDir, lookupDir, tmpDir}

// Size is what the store holds.
func (s *Store) Size(ctx context.Context) (Usage, error) {
	var held Usage
	for _, folder := range folders {
		err := s.walk(ctx, folder, func(_ string, info fs.FileInfo) error {
			held.add(info)
			return nil
		})
		if err != nil {
			return held, err
		}
	}
	return held, nil
}

// Clean empties the store. Files in its folder that are not its own stay, and what other runs put there meanwhile may.
func (s *Store) Clean(ctx context.Context) (Usage, error) {
	held, err := s.Size(ctx)
	if err != nil {
		return Usage{}, err
	}
	for _, folder := range folders {
		if err := atomicfile.RemoveAll(filepath.Join(s.dir, folder)); err != nil && !errors.Is(err, syscall.ENOTEMPTY) {
			return Usage{}, fmt.Errorf("emptying the store: %w", err)
		}
	}
	return held, nil
}

// Prune removes what killed processes left, verdicts and answers that no blob needs or that were not used for
// so long, and, if unused is not 0, blobs that were not used for so long. It is safe while others
// use the store: what it takes from them they fetch again.
func (s *Store) Prune(ctx context.Context, unused time.Duration) (Usage, error) {
	var removed Usage
	drop := func(path string, info fs.FileInfo) error {
		if err := remove(path); err != nil {
			return err
		}
		removed.add(info)
		return nil
	}
	stale := func(info fs.FileInfo) bool { return unused > 0 && time.Since(info.ModTime()) > unused }

	left, err := atomicfile.Sweep(filepath.Join(s.dir, tmpDir))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return removed, fmt.Errorf("cleaning the store: %w", err)
	}
	removed.Bytes += left
	err = s.walk(ctx, tmpDir, func(path string, info fs.FileInfo) error {
		if strings.HasSuffix(path, lockSuffix) && time.Since(info.ModTime()) > lockPatience {
			return drop(path, info)
		}
		return nil
	})
	if err != nil {
		return removed, err
	}
	err = s.walk(ctx, filesDir, func(path string, info fs.FileInfo) error {
		if stale(info) {
			return drop(path, info)
		}
		return nil
	})
	if err != nil {
		return removed, err
	}
	err = s.walk(ctx, checkedDir, func(path string, info fs.FileInfo) error {
		blob, _, _ := strings.Cut(filepath.Base(path), "-")
		if _, err := os.Stat(s.Path(blob)); errors.Is(err, fs.ErrNotExist) || stale(info) || !currentVerdict(path) {
			return drop(path, info)
		}
		return nil
	})
	if err != nil {
		return removed, err
	}
	return removed, s.walk(ctx, lookupDir, func(path string, info fs.FileInfo) error {
		if stale(info) {
			return drop(path, info)
		}
		return nil
	})
}

// Verify hashes all blobs and removes the damaged ones, whose paths it gives.
func (s *Store) Verify(ctx context.Context) (checked Usage, damaged []string, err error) {
	err = s.walk(ctx, filesDir, func(path string, info fs.FileInfo) error {
		f, err := os.Open(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		defer f.Close()
		checked.add(info)
		got, err := hashFile(ctx, f, sha256.New())
		if err != nil || got == filepath.Base(path) {
			return err
		}
		damaged = append(damaged, path)
		return remove(path)
	})
	return checked, damaged, err
}
