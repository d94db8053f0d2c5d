// Package unpack keeps wheels unpacked, each in a folder of the store of its own, so that any number of
// virtual environments can link to one.
//
// It stands between fetch, which keeps wheels as they were published, and venv. Its rules:
//
//   - A wheel is unpacked while it is checked, and its folder gets its name only when the check has passed: a
//     folder that is there is whole. What kill -9 leaves is in the store's folder of temporary files, which fetch sweeps.
//   - The folder is laid out as the archive, but for bytecode, and for a .dist-info that is as an installation leaves it
//     where it depends on no environment.
//   - Files and the folders that they are in are read-only, and their time is 1980-01-01. So whatever rewrites a file, or adds
//     or removes one, shows: at each use the kind, size, mode and time of all are looked at, and what was changed is unpacked
//     anew.
//   - Beside sources there is a folder for bytecode that may be written to. It is shared by all environments of one
//     Python. Bytecode tells its source's time, so that what was made from a damaged file does not fit the mended one.
//   - Beside the folder lies a record of what must be in it. Without that it is none, whatever it holds.
//   - What an environment links to is not removed while that environment is there.
//   - A store that can't be written to serves what it has, and else says ErrReadOnly: OpenAt unpacks elsewhere.
package unpack

import (
	"cmp"
	"context"
	"encoding/base32"
	"encoding/hex"
	"errors"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/ofiuco/ofiuco/fetch"
	"github.com/ofiuco/ofiuco/wheel"
)

// Store is the part of the store that holds unpacked wheels. It is safe for concurrent use, by many processes, too.
type Store struct {
	files *fetch.Store
	trees string // the folder of the unpacked wheels
	tmp   string // the folder of those on their way
}

// treesDir is the store's folder of unpacked wheels. The name is short, since a symbolic link of less than 60 bytes needs no
// block of its own on the disk. It changes with the layout of unpacked wheels, so that no version of this program mends
// what another's environments link to.
const treesDir = "u"

// Open is the part of a store that holds unpacked wheels.
func Open(files *fetch.Store) *Store {
	return &Store{files: files, trees: filepath.Join(files.Dir(), treesDir), tmp: files.TemporaryDir()}
}

// OpenAt keeps the wheels of a store unpacked in another folder, for a store that can't be written to. The folder must be
// the caller's own: what is killed leaves temporary folders in it.
func OpenAt(files *fetch.Store, dir string) *Store {
	return &Store{files: files, trees: filepath.Join(dir, treesDir), tmp: dir}
}

// ErrReadOnly says that a wheel is not unpacked yet, and that the store may not be written to.
var ErrReadOnly = errors.New("the store can't be written to")

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

	written map[string]int64 // what the installation wrote into .dist-info, by name, and how many bytes; when SelfContained
}

// Request names a wheel of the store.
type Request struct {
	SHA256   string // in hexadecimal
	Filename string
}

// Recall gives wheels that are all unpacked already, before their files are looked at: Look must find them sound, or who
// touches each file must (Untouched). It is false when a wheel is not unpacked yet.
func (s *Store) Recall(requests []Request, jobs int) (wheels []*Wheel, ok bool) {
	wheels, errs := s.recallAll(requests, jobs)
	return wheels, errors.Join(errs...) == nil
}

// Look looks at every file of unpacked wheels. The error is ErrDamaged when one was changed, which Wheels mends.
func Look(wheels []*Wheel, jobs int) error {
	errs := make([]error, len(wheels))
	verifyAll(wheels, errs, jobs)
	return errors.Join(errs...)
}

// Wheels gives unpacked wheels, and works on so many files at once. The errors are those of Wheel, in the order of the
// requests; nil where there is a Wheel.
func (s *Store) Wheels(ctx context.Context, requests []Request, jobs int) ([]*Wheel, []error) {
	wheels, errs := s.recallAll(requests, jobs)
	verifyAll(wheels, errs, jobs)
	s.unpackMissing(ctx, requests, wheels, errs, jobs)
	return wheels, errs
}

// recallAll reads the records of those wheels that are unpacked already.
func (s *Store) recallAll(requests []Request, jobs int) ([]*Wheel, []error) {
	wheels := make([]*Wheel, len(requests))
	errs := make([]error, len(requests))
	inParallel(jobs, len(requests), func(i int) { wheels[i], errs[i] = s.recall(requests[i]) })
	return wheels, errs
}

// unpackMissing unpacks the wheels that have an error.
func (s *Store) unpackMissing(ctx context.Context, requests []Request, wheels []*Wheel, errs []error, jobs int) {
	missing := s.missing(requests, errs)
	if len(missing) == 0 {
		return
	}
	checker := wheel.NewChecker(jobs)
	inParallel(jobs, len(missing), func(at int) {
		i := missing[at]
		if errs[i] = context.Cause(ctx); errs[i] == nil {
			wheels[i], errs[i] = s.unpack(ctx, requests[i], checker)
		}
		if errs[i] != nil {
			wheels[i] = nil
		}
	})
}

// Wheel gives an unpacked wheel by its SHA-256 and file name. What was damaged since is unpacked again. The error is
// fs.ErrNotExist when the store has no such wheel, fetch.ErrDamaged when it was not what its name says, ErrReadOnly, a
// *wheel.Error when the wheel is at fault, or what the disk says.
func (s *Store) Wheel(ctx context.Context, sha256, filename string) (*Wheel, error) {
	wheels, errs := s.Wheels(ctx, []Request{{sha256, filename}}, runtime.GOMAXPROCS(0))
	return wheels[0], errs[0]
}

// inParallel calls do for the numbers below n, some at once.
func inParallel(jobs, n int, do func(i int)) {
	var next atomic.Int64
	var group sync.WaitGroup
	for range min(max(jobs, 1), n) {
		group.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				do(i)
			}
		})
	}
	group.Wait()
}

// missing are the requests with an error, the largest wheel first, so that no goroutine is left alone with it at the end.
func (s *Store) missing(requests []Request, errs []error) []int {
	var places []int
	sizes := make([]int64, len(requests))
	for i, err := range errs {
		if err != nil {
			places = append(places, i)
			sizes[i], _ = s.files.Has(requests[i].SHA256)
		}
	}
	slices.SortStableFunc(places, func(a, b int) int { return cmp.Compare(sizes[b], sizes[a]) })
	return places
}

// nameBytes is how much of a wheel's digest its folder's name tells: so little that links are short. Two wheels of one name,
// which chance does not make, would each be unpacked again and again, since the record has the whole digest.
const nameBytes = 10

// path is where a wheel lies unpacked.
func (s *Store) path(sha256 string) string {
	digest, err := hex.DecodeString(sha256)
	if err != nil || len(digest) < nameBytes {
		return filepath.Join(s.trees, "no-digest")
	}
	return filepath.Join(s.trees, strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(digest[:nameBytes])))
}
