package fetch

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"

	"github.com/ofiuco/ofiuco/internal/atomicfile"
)

// Add brings a file that was made here, such as a built wheel, into the store, and gives its SHA-256 in hexadecimal.
func (s *Store) Add(ctx context.Context, path string) (sha256 string, err error) {
	b, err := s.newBlob(nil)
	if err != nil {
		return "", err
	}
	defer b.close()
	if err := b.copyFrom(ctx, path, math.MaxInt64, nil); err != nil {
		return "", fmt.Errorf("adding %s to the store: %w", filepath.Base(path), err)
	}
	return b.commit()
}

// Recall reads into answer, a pointer, what Remember kept under the question; not when it did not, or the entry is damaged.
func (s *Store) Recall(question []string, answer any) bool { return s.recall(question, answer) }

// Remember keeps the answer to a question, as JSON. That it can't, in a read-only store, is no error: it costs the next
// run the work that led to the answer.
func (s *Store) Remember(question []string, answer any) { s.remember(question, answer) }

// Scratch makes an empty folder in the store for work in progress. The caller removes it; what a killed process leaves is swept.
func (s *Store) Scratch() (string, error) {
	dir := filepath.Join(s.dir, tmpDir)
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return "", fmt.Errorf("making the store: %w", err)
	}
	path, err := atomicfile.MkdirIn(dir, "work", 0o700)
	if err != nil {
		return "", fmt.Errorf("writing to the store: %w", err)
	}
	return path, nil
}
