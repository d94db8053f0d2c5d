package unpack

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/ofiuco/ofiuco/fetch"
	"github.com/ofiuco/ofiuco/internal/atomicfile"
)

// environmentsDir is the store's folder of small files, one for each environment that links to unpacked wheels.
const environmentsDir = "environments"

// Register notes that the environment in a folder links to unpacked wheels, by their Dirs, so that they are kept as long as the
// environment is there. A store that can't be written to is no error: nothing is removed from it, either.
func (s *Store) Register(environment string, dirs []string) {
	var text bytes.Buffer
	fmt.Fprintln(&text, environment)
	for _, dir := range dirs {
		fmt.Fprintln(&text, filepath.Base(dir))
	}
	sum := sha256.Sum256([]byte(environment))
	path := filepath.Join(s.files.Dir(), environmentsDir, hex.EncodeToString(sum[:16]))
	if old, err := os.ReadFile(path); err == nil && bytes.Equal(old, text.Bytes()) || os.MkdirAll(filepath.Dir(path), 0o777) != nil {
		return
	}
	_ = atomicfile.WriteFile(path, text.Bytes(), 0o666)
}

// linked are the unpacked wheels, by the name of their folder, that environments which are still there link to. What is known
// of others is removed.
func (s *Store) linked() (map[string]bool, error) {
	names := map[string]bool{}
	dir := filepath.Join(s.files.Dir(), environmentsDir)
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("reading the store: %w", err)
	}
	for _, entry := range entries {
		path := filepath.Join(dir, entry.Name())
		text, err := os.ReadFile(path)
		if err != nil {
			continue // another process was faster
		}
		lines := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
		if _, err := os.Stat(filepath.Join(lines[0], "pyvenv.cfg")); err != nil {
			_ = os.Remove(path)
			continue
		}
		for _, name := range lines[1:] {
			names[name] = true
		}
	}
	return names, nil
}

// each calls do for every unpacked wheel, by its path and the time of its last use.
func (s *Store) each(ctx context.Context, do func(path string, used time.Time) error) error {
	dir := s.trees
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("reading the store: %w", err)
	}
	for _, entry := range entries {
		if err := context.Cause(ctx); err != nil {
			return err
		}
		if !entry.IsDir() || atomicfile.IsTemporary(entry.Name()) {
			continue
		}
		path := filepath.Join(dir, entry.Name())
		var used time.Time
		if info, err := os.Stat(path + recordSuffix); err == nil {
			used = info.ModTime()
		}
		if err := do(path, used); err != nil {
			return err
		}
	}
	return nil
}

// Size is what all unpacked wheels take.
func (s *Store) Size(ctx context.Context) (fetch.Usage, error) {
	var held fetch.Usage
	err := s.each(ctx, func(path string, _ time.Time) error {
		usage, err := usageOf(path)
		held.Add(usage)
		return err
	})
	return held, err
}

func usageOf(tree string) (fetch.Usage, error) {
	var held fetch.Usage
	err := filepath.WalkDir(tree, func(_ string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil || entry.IsDir() {
			return err
		}
		if info, err := entry.Info(); err == nil {
			held.Files++
			held.Bytes += info.Size()
		}
		return nil
	})
	return held, err
}

// Clean removes the unpacked wheels but those that an environment links to, of which it gives the number.
func (s *Store) Clean(ctx context.Context) (removed fetch.Usage, kept int, err error) {
	return s.remove(ctx, func(time.Time) bool { return true })
}

// Prune removes what killed processes left, and the unpacked wheels that were not used for so long, if unused is not 0, but those
// that an environment links to.
func (s *Store) Prune(ctx context.Context, unused time.Duration) (fetch.Usage, error) {
	if _, err := atomicfile.Sweep(s.trees); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fetch.Usage{}, fmt.Errorf("cleaning the store: %w", err)
	}
	removed, _, err := s.remove(ctx, func(used time.Time) bool { return unused > 0 && time.Since(used) > unused })
	return removed, err
}

func (s *Store) remove(ctx context.Context, wanted func(used time.Time) bool) (removed fetch.Usage, kept int, err error) {
	linked, err := s.linked()
	if err != nil {
		return removed, 0, err
	}
	err = s.each(ctx, func(path string, used time.Time) error {
		if !wanted(used) {
			return nil
		}
		if linked[filepath.Base(path)] {
			kept++
			return nil
		}
		usage, err := usageOf(path)
		if err != nil {
			return err
		}
		if err := drop(path); err != nil {
			return err
		}
		removed.Add(usage)
		return nil
	})
	return removed, kept, err
}

// drop removes an unpacked wheel. Without its record it is none, however far the removal comes.
func drop(dir string) error {
	if err := os.Remove(dir + recordSuffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("removing from the store: %w", err)
	}
	if err := atomicfile.RemoveAll(dir); err != nil {
		return fmt.Errorf("removing from the store: %w", err)
	}
	return nil
}

// Verify hashes every file of the unpacked wheels against their records, and removes those that are damaged, whose folders it
// gives: the next use unpacks them again.
func (s *Store) Verify(ctx context.Context) (checked fetch.Usage, removed []string, err error) {
	var dirs []string
	err = s.each(ctx, func(dir string, _ time.Time) error {
		dirs = append(dirs, dir)
		return nil
	})
	if err != nil {
		return checked, nil, err
	}
	usages, sound, errs := make([]fetch.Usage, len(dirs)), make([]bool, len(dirs)), make([]error, len(dirs))
	inParallel(runtime.GOMAXPROCS(0), len(dirs), func(i int) {
		if errs[i] = context.Cause(ctx); errs[i] == nil {
			usages[i], errs[i] = usageOf(dirs[i])
		}
		if errs[i] != nil {
			return
		}
		if sound[i] = isSound(dirs[i]); !sound[i] {
			errs[i] = drop(dirs[i])
		}
	})
	for i, dir := range dirs {
		checked.Add(usages[i])
		if !sound[i] && errs[i] == nil {
			removed = append(removed, dir)
		}
	}
	return checked, removed, errors.Join(errs...)
}

// isSound holds for an unpacked wheel of which every byte is right.
func isSound(dir string) bool {
	w, err := readRecord(dir)
	if err != nil || verify(w) != nil {
		return false
	}
	for i := range w.Entries {
		e := &w.Entries[i]
		if isBytecode(e.Path) || w.overwritten(e.Path) {
			continue
		}
		if !hasDigest(filepath.Join(dir, filepath.FromSlash(e.Path)), e.SHA256) {
			return false
		}
	}
	if !w.SelfContained {
		return true
	}
	written, err := distInfoFiles(w.Wheel)
	for name, content := range written {
		if !hasDigest(filepath.Join(dir, w.DistInfo, name), sha256.Sum256(content)) {
			return false
		}
	}
	return err == nil && len(written) == len(w.written)
}

func hasDigest(file string, want [sha256.Size]byte) bool {
	f, err := os.Open(file)
	if err != nil {
		return false
	}
	defer f.Close()
	digest := sha256.New()
	_, err = io.Copy(digest, f)
	return err == nil && [sha256.Size]byte(digest.Sum(nil)) == want
}
