package fetch

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/ofiuco/ofiuco/index"
	"github.com/ofiuco/ofiuco/lock"
	"github.com/ofiuco/ofiuco/pypa/name"
)

// Request asks for one artifact of a package.
type Request struct {
	Name     name.Name
	Package  string // "numpy 2.1.0", as messages show it
	Artifact lock.Artifact
	Source   lock.Source
	// Lock and Line are where the lock asks for it.
	Lock string
	Line int
	// StrictSize makes a size that is not the locked one an error and not a warning (PEP 751 asks for it).
	StrictSize bool
}

// Result is a file in the store.
type Result struct {
	Filename string
	SHA256   string // in hexadecimal
	Path     string // of the blob
	Size     int64  // bytes
}

// EventKind is what happened to a file.
type EventKind int

// The kinds of events. Each started file has one Finished in the end, unless Fetch fails.
const (
	Started  EventKind = iota // Bytes: the file's size, 0 when unknown
	Advanced                  // Bytes: how many more are there; less than 0 when a server starts again
	Finished
)

// Event tells how far a file is.
type Event struct {
	Kind     EventKind
	Filename string
	Bytes    int64
}

// Fetcher brings files into a Store.
type Fetcher struct {
	Store  *Store
	Client *index.Client
	Places index.Places
	// Offline forbids the network; local places are still read.
	Offline bool
	Jobs    int         // files fetched at once; 0: 8
	MaxSize int64       // of a file whose size no one tells, in bytes; 0: 4 GiB
	Event   func(Event) // nil: no one listens. It is called by many goroutines.
	Warn    func(error) // nil: no one listens. It is called by many goroutines.
}

const (
	defaultJobs    = 8
	defaultMaxSize = 4 << 30
)

// Fetch brings artifacts into the store, several at once, and gives them in the order of the requests. What
// the store has already is not read again. After a failure no further file is begun, and after one of the
// network those on their way are given up; the errors are *lock.Error values, joined in the order of the
// requests, that wrap *index.NetworkError or the system's error where one is the cause. Offline,
// the error names everything that is missing.
func (f *Fetcher) Fetch(ctx context.Context, requests []Request) ([]Result, error) {
	filenames := map[string]bool{}
	for _, r := range requests {
		filenames[r.Artifact.Filename] = true
	}
	run := newRun(ctx, f, func(file index.File) bool { return filenames[file.Filename] })
	jobs := group(requests)
	if err := run.each(len(jobs), func(ctx context.Context, i int) error { return run.do(ctx, &jobs[i]) }); err != nil {
		return nil, err
	}
	results := make([]Result, len(requests))
	for _, job := range jobs {
		for _, i := range job.asked {
			results[i] = job.result
			results[i].Filename = requests[i].Artifact.Filename
		}
	}
	return results, nil
}

// job is a file to be fetched, for all the requests that want it.
type job struct {
	Request
	asked  []int
	result Result
}

// group makes one job of all requests for one file.
func group(requests []Request) []job {
	var jobs []job
	at := map[lock.Hash]int{}
	for i, r := range requests {
		var key lock.Hash
		if len(r.Artifact.Hashes) > 0 {
			key = r.Artifact.Hashes[0]
		}
		j, ok := at[key]
		if !ok || key == (lock.Hash{}) {
			j = len(jobs)
			at[key] = j
			jobs = append(jobs, job{Request: r})
		}
		jobs[j].asked = append(jobs[j].asked, i)
	}
	return jobs
}

// run is one call of Fetch or Candidates.
type run struct {
	*Fetcher
	ctx context.Context
	// wanted picks the entries of pages that are kept.
	wanted func(index.File) bool

	mu    sync.Mutex
	pages map[pageKey]*pageAnswer
}

func newRun(ctx context.Context, f *Fetcher, wanted func(index.File) bool) *run {
	return &run{Fetcher: f, ctx: ctx, wanted: wanted, pages: map[pageKey]*pageAnswer{}}
}

// errGivenUp is why a job ended that was not at fault.
var errGivenUp = errors.New("given up, because another file could not be fetched")

// each does n jobs, some at once, in order, and joins their errors in that order.
func (r *run) each(n int, do func(context.Context, int) error) error {
	ctx, cancel := context.WithCancelCause(r.ctx)
	defer cancel(nil)
	errs := make([]error, n)
	free := make(chan struct{}, cmp.Or(r.Jobs, defaultJobs))
	var failed sync.Once
	stop := make(chan struct{})
	var all sync.WaitGroup
jobs:
	for i := range n {
		select {
		case <-stop:
			break jobs
		case <-ctx.Done():
			break jobs
		case free <- struct{}{}:
		}
		all.Go(func() {
			defer func() { <-free }()
			err := do(ctx, i)
			if err == nil {
				return
			}
			errs[i] = err
			if r.Offline {
				return // all that is missing is to be told
			}
			failed.Do(func() { close(stop) })
			if network := (*index.NetworkError)(nil); errors.As(err, &network) {
				cancel(errGivenUp)
			}
		})
	}
	all.Wait()
	if err := context.Cause(r.ctx); err != nil {
		return err
	}
	var real []error
	for _, err := range errs {
		if err != nil && !errors.Is(err, errGivenUp) {
			real = append(real, err)
		}
	}
	return errors.Join(real...)
}

func (r *run) event(kind EventKind, filename string, bytes int64) {
	if r.Event != nil {
		r.Event(Event{kind, filename, bytes})
	}
}

func (r *run) warn(err error) {
	if r.Warn != nil {
		r.Warn(err)
	}
}

// fault is an error about a request, where it stands in the lock.
func (q *Request) fault(msg string, cause error, hint string, facts ...string) *lock.Error {
	return &lock.Error{Path: q.Lock, Line: q.Line, Package: q.Package, Msg: msg, Err: cause, Hint: hint, Facts: facts}
}

// faultOf says what a request came to nothing for.
func (q *Request) faultOf(err error) error {
	if own := (*lock.Error)(nil); errors.As(err, &own) || errors.Is(err, errGivenUp) || errors.Is(err, context.Canceled) {
		return err
	}
	return q.fault(fmt.Sprintf("fetching %s: %v", q.Artifact.Filename, err), err, "")
}
