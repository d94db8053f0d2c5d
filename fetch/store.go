// Package fetch brings the files of a lock, verified, into the content-addressed store.
//
// In the pipeline it stands between Selection and Wheels: what it hands on has the digest that the lock
// names. Rules:
//
//   - A file is hashed while it comes in and gets its name in the store by a rename, after it matched.
//     No unverified byte ever has a name there.
//   - A blob never changes: it lies read-only at files/sha256/AB/HEX, the SHA-256 of its bytes. Hence any number
//     of processes may share a store; a lock only saves them from fetching the same file twice.
//   - The store is not trusted: who uses a blob hashes it again (Wheel.Verify), and a damaged one is removed
//     to be fetched anew. That is why nothing needs to be synced to the disk: a blob that a power
//     failure left empty or cut does not match.
//   - A file is looked for in the --find-links places, then where the lock says, then at the package's index; an
//     index's answer is remembered by file name and digest, so that it is asked once.
//   - kill -9 leaves at most tmp/*.tmp-PID, which the next OpenStore removes. A full disk is an
//     error that wraps the system's own (ENOSPC, EROFS, …), and leaves nothing half-written.
//   - A read-only store serves what it has.
package fetch

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/ofiuco/ofiuco/internal/atomicfile"
	"github.com/ofiuco/ofiuco/wheel"
)

// Store is a content-addressed store of files. It is safe for concurrent use, by many processes, too.
type Store struct {
	dir     string
	checker *wheel.Checker // of all wheels that are opened, so that memory is bounded however many are at once
}

// The store's folders.
const (
	filesDir   = "files"   // blobs by digest
	checkedDir = "checked" // verdicts on wheels
	lookupDir  = "lookup"  // what indexes answered
	tmpDir     = "tmp"     // files on their way, and locks
)

// OpenStore opens the store in dir, which need not exist yet, and removes what killed processes left.
func OpenStore(dir string) (*Store, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	switch info, err := os.Stat(dir); {
	case err == nil && !info.IsDir():
		return nil, fmt.Errorf("opening the store %s: it is not a folder", dir)
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("opening the store: %w", err)
	}
	// A store that can't be swept (read-only) can still be read.
	_, _ = atomicfile.Sweep(filepath.Join(dir, tmpDir))
	return &Store{dir, wheel.NewChecker(runtime.GOMAXPROCS(0))}, nil
}

// Dir is the store's folder.
func (s *Store) Dir() string { return s.dir }

// TemporaryDir is the store's folder of what is on its way, which may not be there yet. What package atomicfile makes in it
// is removed when its process is gone and the store is opened.
func (s *Store) TemporaryDir() string { return filepath.Join(s.dir, tmpDir) }

// Path is where the blob of a SHA-256 lies, if it is there.
func (s *Store) Path(sha256 string) string {
	return filepath.Join(s.dir, filesDir, "sha256", shard(sha256), sha256)
}

// shard spreads entries over 256 folders.
func shard(hex string) string { return hex[:min(2, len(hex))] }

// Has says whether a blob is there, and its size in bytes.
func (s *Store) Has(sha256 string) (size int64, ok bool) {
	info, err := os.Stat(s.Path(sha256))
	if err != nil || !info.Mode().IsRegular() {
		return 0, false
	}
	s.touch(s.Path(sha256), info)
	return info.Size(), true
}

// touchAfter is how old a blob's time of use may become. Prune needs it no more exact.
const touchAfter = 24 * time.Hour

// touch keeps the time of an entry's last use as its time of modification, which nothing else reads.
func (s *Store) touch(path string, info fs.FileInfo) {
	if now := time.Now(); now.Sub(info.ModTime()) > touchAfter {
		_ = os.Chtimes(path, now, now) // not in a read-only store
	}
}

// temporary begins a file that will get its name in the store.
func (s *Store) temporary(perm fs.FileMode) (*atomicfile.File, error) {
	dir := filepath.Join(s.dir, tmpDir)
	f, err := atomicfile.CreateIn(dir, "blob", perm)
	if errors.Is(err, fs.ErrNotExist) {
		if err := os.MkdirAll(dir, 0o777); err != nil {
			return nil, fmt.Errorf("making the store: %w", err)
		}
		f, err = atomicfile.CreateIn(dir, "blob", perm)
	}
	if err != nil {
		return nil, fmt.Errorf("writing to the store: %w", err)
	}
	return f, nil
}

// commit gives a temporary file its name.
func (s *Store) commit(f *atomicfile.File, path string) error {
	err := os.MkdirAll(filepath.Dir(path), 0o777)
	if err == nil {
		err = f.CommitTo(path)
	}
	if err != nil {
		return fmt.Errorf("writing to the store: %w", err)
	}
	return nil
}

// blobMode makes blobs read-only, since they must never change.
const blobMode = 0o444

// remove takes a damaged or unwanted entry away.
func remove(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("removing from the store: %w", err)
	}
	return nil
}

// writeEntry stores a small file.
func (s *Store) writeEntry(path string, parts ...[]byte) error {
	f, err := s.temporary(0o644)
	if err != nil {
		return err
	}
	defer f.Close()
	for _, part := range parts {
		if _, err := f.Write(part); err != nil {
			return fmt.Errorf("writing to the store: %w", err)
		}
	}
	return s.commit(f, path)
}

// readEntry reads a small file; not ok when it is missing.
func (s *Store) readEntry(path string) (data []byte, ok bool) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, false
	}
	s.touch(path, info)
	data, err = os.ReadFile(path)
	return data, err == nil
}

func sum(data []byte) string {
	digest := sha256.Sum256(data)
	return hex.EncodeToString(digest[:])
}

// lookupPath is where the answer to a question is remembered.
func (s *Store) lookupPath(question []string) string {
	key := sum([]byte(strings.Join(question, "\x00")))
	return filepath.Join(s.dir, lookupDir, shard(key), key)
}

// recall reads the remembered answer to a question. A damaged one is forgotten.
func (s *Store) recall(question []string, answer any) bool {
	path := s.lookupPath(question)
	text, ok := s.readEntry(path)
	if !ok {
		return false
	}
	seal, data, _ := bytes.Cut(text, []byte("\n"))
	if string(seal) == sum(data) && json.Unmarshal(data, answer) == nil {
		return true
	}
	_ = remove(path)
	return false
}

// remember keeps the answer to a question, with its checksum before it. That it can't, in a read-only store,
// is no one's fault: the question is asked again.
func (s *Store) remember(question []string, answer any) {
	if data, err := json.Marshal(answer); err == nil {
		_ = s.writeEntry(s.lookupPath(question), []byte(sum(data)), []byte("\n"), data)
	}
}
