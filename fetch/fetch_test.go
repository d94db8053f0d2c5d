package fetch

import (
	"bytes"
	"context"
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ofiuco/ofiuco/index"
	"github.com/ofiuco/ofiuco/internal/indextest"
	"github.com/ofiuco/ofiuco/lock"
)

// alpha is a file name of the project alpha. Its content is no wheel: fetching does not care.
const alpha = "alpha-1.0-py3-none-any.whl"

var content = bytes.Repeat([]byte("content of alpha\n"), 100_000)

func noWait(context.Context, time.Duration) error { return nil }

func newStore(t testing.TB) *Store {
	t.Helper()
	s, err := OpenStore(filepath.Join(t.TempDir(), "store"))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func newClient(idle time.Duration) *index.Client {
	return index.NewClient(index.Options{Getenv: func(string) string { return "" }, Wait: noWait, Idle: idle})
}

// newFetcher is one whose default index is s.
func newFetcher(t testing.TB, s *indextest.Server) *Fetcher {
	t.Helper()
	f := &Fetcher{Store: newStore(t), Client: newClient(5 * time.Second)} // only what must time out does
	if s != nil {
		f.Places.Default = s.URL
	}
	return f
}

// request asks for alpha with a SHA-256.
func request(sha string) Request {
	return Request{
		Name: "alpha", Package: "alpha 1.0", Lock: "poetry.lock", Line: 7,
		Artifact: lock.Artifact{Kind: lock.Wheel, Filename: alpha, Hashes: []lock.Hash{{Algorithm: "sha256", Hex: sha}}},
	}
}

func fetchOne(t testing.TB, f *Fetcher, r Request) (Result, error) {
	t.Helper()
	results, err := f.Fetch(context.Background(), []Request{r})
	if err != nil {
		return Result{}, err
	}
	return results[0], nil
}

// clean fails the test when the store holds anything but whole blobs.
func clean(t testing.TB, s *Store) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(s.dir, tmpDir))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	for _, entry := range entries {
		t.Errorf("%s is left in the store", entry.Name())
	}
	if _, damaged, err := s.Verify(context.Background()); err != nil || len(damaged) > 0 {
		t.Errorf("damaged blobs %v, error %v", damaged, err)
	}
}

func text(err error) string {
	if err == nil {
		return ""
	}
	out := err.Error()
	if e := (*lock.Error)(nil); errors.As(err, &e) {
		return out + "\n" + strings.Join(e.Facts, "\n") + "\n" + e.Hint
	}
	return out
}

func TestFetchAsksTheIndexOnceEver(t *testing.T) {
	for _, o := range []indextest.Options{{}, {HTML: true}, {Gzip: true}, {HTML: true, NoHashes: true, NoRanges: true}} {
		s := indextest.New(t, o)
		sha := s.Add(alpha, content)
		s.Add("alpha-1.0.tar.gz", []byte("sdist"))
		f := newFetcher(t, s)
		want := Result{Filename: alpha, SHA256: sha, Path: f.Store.Path(sha), Size: int64(len(content))}
		for range 2 {
			got, err := fetchOne(t, f, request(sha))
			if err != nil || got != want {
				t.Fatalf("%+v: got %+v, error %v", o, got, err)
			}
		}
		data, err := os.ReadFile(want.Path)
		if err != nil || !bytes.Equal(data, content) {
			t.Errorf("the blob is wrong: %v", err)
		}
		if info, err := os.Stat(want.Path); err != nil || info.Mode().Perm()&0o222 != 0 {
			t.Errorf("the blob can be written to: %v, %v", info.Mode(), err)
		}
		if s.Requests("alpha/") != 1 || s.Requests(alpha) != 1 {
			t.Errorf("asked %+v", s.Log())
		}
		// Without the blob, the remembered answer is enough.
		if err := os.Remove(want.Path); err != nil {
			t.Fatal(err)
		}
		if _, err := fetchOne(t, f, request(sha)); err != nil || s.Requests("alpha/") != 1 || s.Requests(alpha) != 2 {
			t.Errorf("again: error %v, asked %+v", err, s.Log())
		}
		clean(t, f.Store)
	}
}

func TestFetchByURL(t *testing.T) {
	s := indextest.New(t, indextest.Options{User: "user", Password: "hunter2"})
	r := request(s.Add(alpha, content))
	r.Artifact.URL = strings.Replace(s.FileURL(alpha), "http://", "http://user:hunter2@", 1)
	f := newFetcher(t, nil)
	if _, err := fetchOne(t, f, r); err != nil {
		t.Error(err)
	}
	r.Artifact.Hashes = []lock.Hash{{Algorithm: "sha256", Hex: strings.Repeat("0", 64)}}
	if _, err := fetchOne(t, f, r); err == nil || strings.Contains(text(err), "hunter2") {
		t.Error(text(err))
	}
}

// TestFaults has every fault of an index: FAULTS calls for the digest to decide, for retries, and for a store
// that is never poisoned.
func TestFaults(t *testing.T) {
	wrong := []string{"poetry.lock:7: alpha 1.0: " + alpha + ": it is not the locked file", "want sha256:", "got  sha256:", " bytes", "from http://"}
	tests := []struct {
		target  string
		fault   indextest.Fault
		want    []string // parts of the error; nil: the file comes
		network bool
	}{
		{target: alpha, fault: indextest.TruncateOnce},
		{target: alpha, fault: indextest.Unavailable},
		{target: alpha, fault: indextest.TooMany},
		{target: alpha, fault: indextest.Status500},
		{target: alpha, fault: indextest.ResetOnce},
		{target: alpha, fault: indextest.StallOnce},
		{target: alpha, fault: indextest.Slow},
		{target: alpha, fault: indextest.Redirect},
		{target: alpha, fault: indextest.RedirectPort},
		{target: alpha, fault: indextest.Partly},
		{target: alpha, fault: indextest.Wrong, want: wrong},
		{target: alpha, fault: indextest.Short, want: wrong},
		{target: alpha, fault: indextest.Empty, want: wrong},
		{target: alpha, fault: indextest.Login, want: []string{"poetry.lock:7: alpha 1.0: " + alpha + ": got an HTML page (a login?) instead", "Check the URL"}},
		{target: alpha, fault: indextest.Endless, want: []string{"it is longer than the lock or its index says", "stopped after"}},
		{target: alpha, fault: indextest.Long, want: []string{"the body ended early", " tries in "}, network: true},
		{target: alpha, fault: indextest.Reset, want: []string{"connection reset by peer"}, network: true},
		{target: alpha, fault: indextest.Mute, want: []string{"timeout awaiting response headers", " s)"}, network: true},
		{target: alpha, fault: indextest.Stall, want: []string{"no data came in time"}, network: true},
		{target: alpha, fault: indextest.Status503, want: []string{"answered 503 Service Unavailable (5 tries"}, network: true},
		{target: alpha, fault: indextest.Status404, want: []string{"answered 404 Not Found"}},
		{target: alpha, fault: indextest.Status403, want: []string{"answered 403 Forbidden: check the credentials"}},
		{target: alpha, fault: indextest.RedirectFile, want: []string{"only http and https are followed"}},
		{target: alpha, fault: indextest.RedirectLoop, want: []string{"more than 10 redirects"}},
		{target: "alpha/", fault: indextest.TruncateOnce},
		{target: "alpha/", fault: indextest.Unavailable},
		{target: "alpha/", fault: indextest.ResetOnce},
		{target: "alpha/", fault: indextest.Redirect},
		{target: "alpha/", fault: indextest.Inject},
		{target: "alpha/", fault: indextest.OtherType},
		{target: "alpha/", fault: indextest.Login, want: []string{"got an HTML page with a form (a login?)", "/simple/alpha/"}},
		{target: "alpha/", fault: indextest.Empty, want: []string{"it ends early"}},
		{target: "alpha/", fault: indextest.BadJSON, want: []string{"alpha 1.0: fetching", "it ends early"}},
		{target: "alpha/", fault: indextest.DeepJSON, want: []string{"exceeded max depth"}},
		{target: "alpha/", fault: indextest.Confuse, want: []string{"no file " + alpha + " with the locked hash at http://"}},
		{target: "alpha/", fault: indextest.NewAPI, want: []string{"reads version 1 of the simple repository API"}},
		{target: "alpha/", fault: indextest.NotAPage, want: []string{"is no list of files"}},
		{target: "alpha/", fault: indextest.Status404, want: []string{"no file " + alpha + " with the locked hash at http://"}},
		{target: "alpha/", fault: indextest.Status503, want: []string{"answered 503"}, network: true},
		{target: "alpha/", fault: indextest.Reset, want: []string{"connection reset"}, network: true},
	}
	for _, test := range tests {
		t.Run(test.target+string(test.fault), func(t *testing.T) {
			t.Parallel()
			s := indextest.New(t, indextest.Options{})
			r := request(s.Add(alpha, content))
			s.Break(test.target, test.fault)
			f := newFetcher(t, s)
			switch test.fault {
			case indextest.Mute, indextest.Stall, indextest.StallOnce:
				f.Client = newClient(300 * time.Millisecond)
			}
			got, err := fetchOne(t, f, r)
			if test.want == nil && err != nil {
				t.Fatal(text(err))
			}
			for _, part := range test.want {
				if !strings.Contains(text(err), part) {
					t.Errorf("got %s\nwant %s", text(err), part)
				}
			}
			if network := (*index.NetworkError)(nil); errors.As(err, &network) != test.network {
				t.Errorf("network error: %v, want %v", !test.network, test.network)
			}
			clean(t, f.Store)
			if err == nil {
				if data, err := os.ReadFile(got.Path); err != nil || !bytes.Equal(data, content) {
					t.Errorf("the blob is wrong: %v", err)
				}
				return
			}
			// The next run repairs.
			s.Mend(test.target)
			if _, err := fetchOne(t, f, r); err != nil {
				t.Errorf("the next run: %s", text(err))
			}
		})
	}
}

func TestSizes(t *testing.T) {
	s := indextest.New(t, indextest.Options{})
	r := request(s.Add(alpha, content))
	r.Artifact.URL = s.FileURL(alpha)
	for _, size := range []int64{int64(len(content)) - 1, int64(len(content)) + 1} {
		r.Artifact.Size, r.StrictSize = size, true
		f := newFetcher(t, nil)
		if _, err := fetchOne(t, f, r); err == nil {
			t.Errorf("locked size %d: no error", size)
		}
		clean(t, f.Store)
		r.StrictSize = false
		var warnings []error
		f.Warn = func(err error) { warnings = append(warnings, err) }
		if _, err := fetchOne(t, f, r); err != nil || len(warnings) != 1 || !strings.Contains(warnings[0].Error(), "(locked: ") {
			t.Errorf("locked size %d, not strict: error %v, warnings %v", size, err, warnings)
		}
	}
}

func sha512Of(data []byte) string {
	sum := sha512.Sum512(data)
	return hex.EncodeToString(sum[:])
}

func TestOtherStrongHashes(t *testing.T) {
	s := indextest.New(t, indextest.Options{})
	sha := s.Add(alpha, content)
	f := newFetcher(t, s)
	sum384 := sha512.Sum384(content)
	for _, h := range []lock.Hash{{Algorithm: "sha512", Hex: sha512Of(content)}, {Algorithm: "sha384", Hex: hex.EncodeToString(sum384[:])}} {
		r := request(sha)
		r.Artifact.Hashes = []lock.Hash{h}
		s.Forget()
		for range 2 {
			if got, err := fetchOne(t, f, r); err != nil || got.SHA256 != sha {
				t.Errorf("%s: got %+v, error %v", h.Algorithm, got, err)
			}
		}
		if s.Requests(alpha) != 1 {
			t.Errorf("%s: asked %+v", h.Algorithm, s.Log())
		}
		r.Artifact.Hashes = []lock.Hash{{Algorithm: h.Algorithm, Hex: strings.Repeat("0", len(h.Hex))}}
		if _, err := fetchOne(t, f, r); err == nil || !strings.Contains(text(err), "got  "+h.Algorithm+":"+h.Hex) {
			t.Error(text(err))
		}
	}
	r := request(sha)
	r.Artifact.Hashes = append(r.Artifact.Hashes, lock.Hash{Algorithm: "sha512", Hex: strings.Repeat("0", 128)})
	r.Artifact.Filename = "alpha-1.0-py2.py3-none-any.whl"
	s.Add(r.Artifact.Filename, content)
	if _, err := fetchOne(t, newFetcher(t, s), r); err == nil || !strings.Contains(text(err), "want sha512:") {
		t.Errorf("of two hashes one is wrong: %s", text(err))
	}
	r.Artifact.Hashes = nil
	if _, err := fetchOne(t, f, r); err == nil || !strings.Contains(err.Error(), "no strong hash") {
		t.Errorf("no hash: %v", err)
	}
}

func TestOfflineNamesAllThatIsMissing(t *testing.T) {
	s := indextest.New(t, indextest.Options{})
	f := newFetcher(t, s)
	here := request(s.Add(alpha, content))
	if _, err := fetchOne(t, f, here); err != nil {
		t.Fatal(err)
	}
	s.Forget()
	f.Offline, f.Jobs = true, 2
	requests := []Request{here}
	for _, name := range []string{"beta", "gamma", "delta", "epsilon"} {
		r := request(indextest.Digest([]byte(name)))
		r.Package, r.Artifact.Filename = name+" 1.0", name+"-1.0-py3-none-any.whl"
		requests = append(requests, r)
	}
	_, err := f.Fetch(context.Background(), requests)
	lines := strings.Split(err.Error(), "\n")
	if len(lines) != 4 || !strings.HasPrefix(lines[0], "poetry.lock:7: beta 1.0: beta-1.0-py3-none-any.whl is not in the store") || !strings.Contains(lines[3], "epsilon") {
		t.Errorf("got %q", lines)
	}
	if s.Requests("") != 0 {
		t.Errorf("asked %+v", s.Log())
	}
}

func TestOneFileManyRequests(t *testing.T) {
	s := indextest.New(t, indextest.Options{})
	r := request(s.Add(alpha, content))
	f := newFetcher(t, s)
	var mu sync.Mutex
	events := map[EventKind]int64{}
	f.Event = func(e Event) {
		mu.Lock()
		defer mu.Unlock()
		events[e.Kind] += e.Bytes
	}
	results, err := f.Fetch(context.Background(), []Request{r, r, r})
	if err != nil || len(results) != 3 || results[0] != results[2] || s.Requests(alpha) != 1 {
		t.Errorf("%+v, error %v, asked %+v", results, err, s.Log())
	}
	size := int64(len(content))
	if events[Started] != size || events[Advanced] != size || events[Finished] != size {
		t.Errorf("events %v", events)
	}
}

func TestErrorsComeInOrder(t *testing.T) {
	s := indextest.New(t, indextest.Options{})
	var requests []Request
	for _, name := range []string{"alpha", "beta", "gamma"} {
		r := request(strings.Repeat("0", 64))
		r.Package, r.Artifact.Filename = name+" 1.0", name+"-1.0-py3-none-any.whl"
		r.Artifact.Hashes[0].Hex = strings.Repeat(string("012"[len(requests)]), 64)
		s.Add(r.Artifact.Filename, content)
		r.Artifact.URL = s.FileURL(r.Artifact.Filename)
		requests = append(requests, r)
	}
	f := newFetcher(t, s)
	f.Jobs = 1
	if _, err := f.Fetch(context.Background(), requests); err == nil || strings.Count(err.Error(), "\n") != 0 || !strings.Contains(err.Error(), "alpha 1.0") {
		t.Errorf("after a failure another file was begun: %v", err)
	}
	// A network error gives up what is on its way, and only it is told.
	s.Break(requests[0].Artifact.Filename, indextest.Status503)
	for _, r := range requests[1:] {
		s.Break(r.Artifact.Filename, indextest.Stall)
	}
	f.Jobs = 3
	f.Client = newClient(time.Minute)
	_, err := f.Fetch(context.Background(), requests)
	if err == nil || strings.Count(err.Error(), "\n") != 0 || !strings.Contains(err.Error(), "alpha 1.0") {
		t.Errorf("got %v", err)
	}
	clean(t, f.Store)
}
