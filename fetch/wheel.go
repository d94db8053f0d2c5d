package fetch

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"sync/atomic"

	"github.com/ofiuco/ofiuco/wheel"
)

// ErrDamaged says that a blob was not what its name says. It has been removed: fetching the file
// again repairs the store.
var ErrDamaged = errors.New("the file in the store was damaged, and has been removed from it")

// Wheel is a checked wheel whose bytes are read from the store. It is open until Close.
type Wheel struct {
	*wheel.Wheel
	io.ReaderAt // the whole wheel's bytes
	Size        int64
	SHA256      string

	store    *Store
	file     *os.File
	verified atomic.Bool
}

// Wheel opens a wheel of the store, by its SHA-256 and its file name. The first time it is hashed and checked
// whole; that verdict is remembered for later. Its error is fs.ErrNotExist when the store has no such file,
// ErrDamaged, or what is wrong with the wheel.
func (s *Store) Wheel(ctx context.Context, sha256, filename string) (*Wheel, error) {
	file, err := os.Open(s.Path(sha256))
	if err != nil {
		return nil, fmt.Errorf("opening %s in the store: %w", filename, err)
	}
	w := &Wheel{ReaderAt: file, SHA256: sha256, store: s, file: file}
	if err := w.open(ctx, filename); err != nil {
		file.Close()
		return nil, err
	}
	return w, nil
}

func (w *Wheel) open(ctx context.Context, filename string) error {
	info, err := w.file.Stat()
	if err != nil {
		return fmt.Errorf("opening %s in the store: %w", filename, err)
	}
	w.Size = info.Size()
	verdict := w.store.verdictPath(w.SHA256, filename)
	if data, ok := w.store.readEntry(verdict); ok {
		known := new(wheel.Wheel)
		if known.UnmarshalBinary(data) == nil && known.Filename == filename {
			w.Wheel = known
			return nil
		}
		_ = remove(verdict)
	}
	// A verdict on damaged bytes must not be remembered for the good ones.
	if err := w.Verify(ctx); err != nil {
		return err
	}
	if w.Wheel, err = wheel.Check(w.file, w.Size, filename); err != nil {
		return err
	}
	if data, err := w.Wheel.MarshalBinary(); err == nil {
		_ = w.store.writeEntry(verdict, data) // a read-only store checks again
	}
	return nil
}

// verdictPath is where the verdict on a wheel under one file name is kept; that of another version of the
// check is another file.
func (s *Store) verdictPath(sha256, filename string) string {
	name := sha256 + "-" + sum([]byte(filename))[:16]
	return filepath.Join(s.dir, checkedDir, strconv.Itoa(wheel.CheckVersion), shard(sha256), name)
}

// currentVerdict holds for the path of a verdict of this version of the check.
func currentVerdict(path string) bool {
	return filepath.Base(filepath.Dir(filepath.Dir(path))) == strconv.Itoa(wheel.CheckVersion)
}

// Verify hashes the wheel's bytes again, once in this process. When they are not what they were, the blob is
// removed from the store and the error is ErrDamaged: nothing that was made of it may be used.
func (w *Wheel) Verify(ctx context.Context) error {
	if w.verified.Load() {
		return nil
	}
	got, err := hashFile(ctx, io.NewSectionReader(w.file, 0, w.Size), sha256.New())
	if err != nil {
		return fmt.Errorf("reading the store: %w", err)
	}
	if got != w.SHA256 {
		return w.damaged()
	}
	w.verified.Store(true)
	return nil
}

func (w *Wheel) damaged() error {
	path := w.store.Path(w.SHA256)
	// Another process may have repaired it meanwhile.
	if info, err := os.Stat(path); err == nil {
		if own, err := w.file.Stat(); err == nil && os.SameFile(info, own) {
			if err := remove(path); err != nil {
				return errors.Join(ErrDamaged, err)
			}
		}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return errors.Join(ErrDamaged, err)
	}
	return ErrDamaged
}

// Close closes the wheel's file.
func (w *Wheel) Close() error { return w.file.Close() }
