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
	dir := filepath.Join(s.files.Dir(), treesDir)
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
		if info, err := os.Stat(path + ".json"); err == nil {
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
	if _, err := atomicfile.Sweep(filepath.Join(s.files.Dir(), treesDir)); err != nil && !errors.Is(err, fs.ErrNotExist) {
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
		// Without its facts a tree is none, however far its removal comes.
		if err := os.Remove(path + ".json"); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		if err := atomicfile.RemoveAll(path); err != nil {
			return fmt.Errorf("removing from the store: %w", err)
		}
		removed.Add(usage)
		return nil
	})
	return removed, kept, err
}

// Verify hashes every file of the unpacked wheels against their verdicts, and removes those that are damaged, whose folders it
// gives: the next use unpacks them again.
func (s *Store) Verify(ctx context.Context) (checked fetch.Usage, removed []string, err error) {
	verdicts, err := s.files.Verdicts(ctx)
	if err != nil {
		return checked, nil, err
	}
	byPath := map[string]*Wheel{}
	for sha256, verdict := range verdicts {
		byPath[s.path(sha256)] = &Wheel{Wheel: verdict, SHA256: sha256, Dir: s.path(sha256)}
	}
	err = s.each(ctx, func(path string, _ time.Time) error {
		usage, err := usageOf(path)
		if err != nil {
			return err
		}
		checked.Add(usage)
		w := byPath[path]
		if w != nil && s.sound(w) {
			return nil
		}
		removed = append(removed, path)
		_ = os.Remove(path + ".json")
		return atomicfile.RemoveAll(path)
	})
	return checked, removed, err
}

// sound holds for an unpacked wheel of which every byte is right.
func (s *Store) sound(w *Wheel) bool {
	facts, err := s.readFacts(w.SHA256)
	if err != nil {
		return false
	}
	w.Anchored, w.SelfContained = facts.Anchored, facts.SelfContained
	if verify(w) != nil {
		return false
	}
	for i := range w.Entries {
		e := &w.Entries[i]
		if filepath.Base(filepath.Dir(e.Path)) == bytecodeDir || w.SelfContained && strings.HasPrefix(e.Path, w.DistInfo+"/") {
			continue
		}
		f, err := os.Open(filepath.Join(w.Dir, filepath.FromSlash(e.Path)))
		if err != nil {
			return false
		}
		h := sha256.New()
		_, err = io.Copy(h, f)
		f.Close()
		if err != nil || [32]byte(h.Sum(nil)) != e.SHA256 {
			return false
		}
	}
	return true
}
