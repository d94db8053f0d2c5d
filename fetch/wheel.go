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
	"sync"
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
	if known, err := w.store.Verdict(w.SHA256, filename); err == nil {
		w.Wheel = known
		return nil
	} else if !errors.Is(err, fs.ErrNotExist) {
		_ = remove(w.store.verdictPath(w.SHA256, filename))
	}
	w.Wheel, err = w.check(ctx, filename, w.store.checker, nil)
	return err
}

// check hashes and checks the wheel, and remembers the verdict: never one on damaged bytes.
func (w *Wheel) check(ctx context.Context, filename string, checker *wheel.Checker, into wheel.Sink) (*wheel.Wheel, error) {
	var hashing sync.WaitGroup
	var damage error
	hashing.Go(func() { damage = w.Verify(ctx) })
	checked, err := checker.CheckInto(interruptible{ctx, w.file}, w.Size, filename, into)
	hashing.Wait()
	if damage != nil {
		return nil, damage // whatever it led to
	}
	if err != nil {
		return nil, err
	}
	w.store.rememberVerdict(checked, w.SHA256)
	return checked, nil
}

// interruptible gives no more bytes when the context has ended.
type interruptible struct {
	ctx context.Context
	io.ReaderAt
}

func (r interruptible) ReadAt(p []byte, offset int64) (int, error) {
	if err := context.Cause(r.ctx); err != nil {
		return 0, err
	}
	return r.ReaderAt.ReadAt(p, offset)
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

// Verdict is what was found when a wheel of the store was checked; an error when it was not, or another version of the check
// did it. The wheel itself is not looked at.
func (s *Store) Verdict(sha256, filename string) (*wheel.Wheel, error) {
	data, ok := s.readEntry(s.verdictPath(sha256, filename))
	if !ok {
		return nil, fs.ErrNotExist
	}
	known := new(wheel.Wheel)
	if err := known.UnmarshalBinary(data); err != nil {
		return nil, err
	}
	if known.Filename != filename {
		return nil, wheel.ErrStale
	}
	return known, nil
}

// CheckInto hashes and checks a wheel as Wheel does the first time, with its errors, and hands its files to into on the way.
// Nothing that into got may be used after an error.
func (s *Store) CheckInto(ctx context.Context, sha256, filename string, checker *wheel.Checker, into wheel.Sink) (*wheel.Wheel, error) {
	file, err := os.Open(s.Path(sha256))
	if err != nil {
		return nil, fmt.Errorf("opening %s in the store: %w", filename, err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, fmt.Errorf("opening %s in the store: %w", filename, err)
	}
	w := &Wheel{ReaderAt: file, Size: info.Size(), SHA256: sha256, store: s, file: file}
	return w.check(ctx, filename, checker, into)
}

// rememberVerdict keeps what was found out; a read-only store checks again.
func (s *Store) rememberVerdict(w *wheel.Wheel, sha256 string) {
	if data, err := w.MarshalBinary(); err == nil {
		_ = s.writeEntry(s.verdictPath(sha256, w.Filename), data)
	}
}
