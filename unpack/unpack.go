// Package unpack keeps wheels unpacked, each in a folder of the store of its own, so that any number of
// virtual environments can link to one.
//
// It stands between fetch, which keeps wheels as they were published, and venv. Its rules:
//
//   - A wheel is unpacked while it is checked, and its folder gets its name only when the check has passed: a
//     folder that is there is whole.
//   - The folder is laid out as the archive, but for bytecode, and for a .dist-info that is as an installation leaves it
//     where it depends on no environment.
//   - Files and folders are read-only, and their time is 1980-01-01. So whatever rewrites a file, or adds or removes one, shows:
//     at each use the sizes and times of all are looked at, and what was changed is unpacked anew.
//   - Beside sources there is a folder for bytecode that may be written to. It is shared by all environments of one
//     Python. Bytecode tells its source's time, so that what was made from a damaged file does not fit the mended one.
//   - What an environment links to is not removed while that environment is there.
package unpack

import (
	"context"
	"encoding/base32"
	"encoding/hex"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/ofiuco/ofiuco/fetch"
	"github.com/ofiuco/ofiuco/internal/atomicfile"
	"github.com/ofiuco/ofiuco/wheel"
)

// Store is the part of the store that holds unpacked wheels. It is safe for concurrent use, by many processes, too.
type Store struct{ files *fetch.Store }

// Open is the part of a store that holds unpacked wheels, without what killed processes left there.
func Open(files *fetch.Store) *Store {
	// A store that can't be swept (read-only) can still be read.
	_, _ = atomicfile.Sweep(filepath.Join(files.Dir(), treesDir))
	return &Store{files}
}

// treesDir is the store's folder of unpacked wheels. The name is short, since a symbolic link of less than 60 bytes needs no
// block of its own on the disk.
const treesDir = "u"

// Wheel is an unpacked wheel.
type Wheel struct {
	*wheel.Wheel
	SHA256 string // of the wheel
	// Dir is the absolute path of the folder that holds its files, laid out as in the archive.
	Dir string
	// Anchored are the libraries, by their paths in Dir, none of whose folders may be linked: each finds others by a path
	// that leads out of the wheel.
	Anchored []string
	// SelfContained says that the .dist-info folder in Dir is the installed one, RECORD and INSTALLER included,
	// because nothing in it depends on the environment.
	SelfContained bool
}

// Request names a wheel of the store.
type Request struct {
	SHA256   string // in hexadecimal
	Filename string
}

// Wheels gives unpacked wheels, some at once. The errors are those of Wheel, in the order of the requests; nil where there is a
// Wheel.
func (s *Store) Wheels(ctx context.Context, requests []Request, jobs int) ([]*Wheel, []error) {
	wheels := make([]*Wheel, len(requests))
	errs := make([]error, len(requests))
	checker := sync.OnceValue(func() *wheel.Checker { return wheel.NewChecker(jobs) })
	var group errgroup.Group
	group.SetLimit(max(jobs, 1))
	for i, r := range requests {
		group.Go(func() error {
			wheels[i], errs[i] = s.wheel(ctx, r, checker)
			return nil
		})
	}
	_ = group.Wait() // the errors are in errs
	return wheels, errs
}

// Wheel gives an unpacked wheel by its SHA-256 and file name. What was damaged since is unpacked again. The error is
// fs.ErrNotExist when the store has no such wheel, fetch.ErrDamaged when it was not what its name says, a *wheel.Error when the
// wheel is at fault, or what the disk says.
func (s *Store) Wheel(ctx context.Context, sha256, filename string) (*Wheel, error) {
	return s.wheel(ctx, Request{sha256, filename}, func() *wheel.Checker { return wheel.NewChecker(1) })
}

func (s *Store) wheel(ctx context.Context, r Request, checker func() *wheel.Checker) (*Wheel, error) {
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	w := &Wheel{SHA256: r.SHA256, Dir: s.path(r.SHA256)}
	if s.recall(w, r) == nil {
		return w, nil
	}
	if err := s.unpack(ctx, w, r, checker()); err != nil {
		return nil, err
	}
	return w, nil
}

// recall finds a wheel that is unpacked already, and whole.
func (s *Store) recall(w *Wheel, r Request) (err error) {
	if w.Wheel, err = s.files.Verdict(r.SHA256, r.Filename); err != nil {
		return err
	}
	facts, err := s.readFacts(r.SHA256)
	if err != nil {
		return err
	}
	w.Anchored, w.SelfContained = facts.Anchored, facts.SelfContained
	if err := verify(w); err != nil {
		return err
	}
	s.touch(r.SHA256)
	return nil
}

// path is where a wheel lies unpacked. Half of the digest is enough to tell wheels apart.
func (s *Store) path(sha256 string) string {
	digest, err := hex.DecodeString(sha256)
	if err != nil || len(digest) < 16 {
		return filepath.Join(s.files.Dir(), treesDir, "no-digest")
	}
	name := strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(digest[:16]))
	return filepath.Join(s.files.Dir(), treesDir, name)
}

var errDamaged = errors.New("the unpacked wheel was changed")

func damaged(path, how string) error { return fmt.Errorf("%w: %s %s", errDamaged, path, how) }
