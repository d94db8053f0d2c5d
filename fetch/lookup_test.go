package fetch

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ofiuco/ofiuco/index"
	"github.com/ofiuco/ofiuco/internal/indextest"
	"github.com/ofiuco/ofiuco/lock"
)

func TestDependencyConfusion(t *testing.T) {
	private, public := indextest.New(t, indextest.Options{}), indextest.New(t, indextest.Options{})
	sha := public.Add(alpha, content)
	f := newFetcher(t, public)
	f.Places.Indexes = []lock.Index{{Name: "private", URL: private.URL}}
	r := request(sha)
	r.Source = lock.Source{Kind: lock.FromIndex, Name: "private", URL: private.URL}
	_, err := fetchOne(t, f, r)
	if err == nil || !strings.Contains(err.Error(), "no file "+alpha+" with the locked hash at "+private.URL) {
		t.Errorf("got %s", text(err))
	}
	if n := public.Requests(""); n != 0 {
		t.Errorf("the other index was asked %d times", n)
	}
	// What is bound to none is also looked for at the project's other indexes.
	r.Source = lock.Source{}
	f.Places.Indexes[0].URL, f.Places.Default = public.URL, private.URL
	if _, err := fetchOne(t, f, r); err != nil {
		t.Error(text(err))
	}
	f.Places.Indexes[0].Explicit = true
	f.Store = newStore(t)
	if _, err := fetchOne(t, f, r); err == nil {
		t.Error("an explicit index served what is not bound to it")
	}
}

func TestFindLinks(t *testing.T) {
	s := indextest.New(t, indextest.Options{})
	sha := s.Add(alpha, content)
	dir := t.TempDir()
	put := func(file string, data []byte) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, file), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	put(alpha, content)
	put("README", []byte("no wheel"))
	r := request(sha)
	r.Artifact.URL = s.FileURL(alpha)
	f := newFetcher(t, s)
	f.Places.FindLinks, f.Offline = []string{dir}, true
	if _, err := fetchOne(t, f, r); err != nil || s.Requests("") != 0 {
		t.Errorf("from a folder: %s, asked %+v", text(err), s.Log())
	}
	// Another file of that name is passed over.
	put(alpha, []byte("another"))
	f.Store = newStore(t)
	if _, err := fetchOne(t, f, r); err == nil || !strings.Contains(text(err), "is not in the store, and --offline") || !strings.Contains(text(err), "it is not the locked file") {
		t.Errorf("another file, offline: %s", text(err))
	}
	f.Offline = false
	if _, err := fetchOne(t, f, r); err != nil || s.Requests(alpha) != 1 {
		t.Errorf("another file: %s, asked %+v", text(err), s.Log())
	}
	clean(t, f.Store)
	f.Places.FindLinks = []string{filepath.Join(dir, "gone")}
	f.Store = newStore(t)
	if _, err := fetchOne(t, f, r); err == nil || !strings.Contains(err.Error(), "--find-links folder") {
		t.Errorf("no folder: %v", err)
	}
}

func TestLocalFiles(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "dist", alpha)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, where := range []lock.Artifact{{Path: "dist/" + alpha}, {Path: path}, {URL: "file://" + path}} {
		f := newFetcher(t, nil)
		f.Places.Dir, f.Offline = dir, true
		r := request(indextest.Digest(content))
		r.Artifact.Path, r.Artifact.URL = where.Path, where.URL
		got, err := fetchOne(t, f, r)
		if err != nil || got.Size != int64(len(content)) {
			t.Errorf("%+v: %s", where, text(err))
		}
		r.Artifact.Hashes[0].Hex = strings.Repeat("0", 64)
		if _, err := fetchOne(t, f, r); err == nil || !strings.Contains(text(err), "from "+path) {
			t.Errorf("%+v, wrong hash: %s", where, text(err))
		}
		clean(t, f.Store)
	}
	for _, bad := range []lock.Artifact{{Path: "gone.whl"}, {Path: "dist"}, {URL: "file://host" + path}, {URL: "file:"}} {
		f := newFetcher(t, nil)
		f.Places.Dir = dir
		r := request(indextest.Digest(content))
		r.Artifact.Path, r.Artifact.URL = bad.Path, bad.URL
		if _, err := fetchOne(t, f, r); err == nil || !strings.HasPrefix(err.Error(), "poetry.lock:7: alpha 1.0: fetching "+alpha) {
			t.Errorf("%+v: %v", bad, err)
		}
	}
}

func TestCandidates(t *testing.T) {
	s := indextest.New(t, indextest.Options{HTML: true})
	s.Add("alpha-2.0-py3-none-any.whl", []byte("two"))
	hashes := []lock.Hash{{Algorithm: "sha256", Hex: s.Add(alpha, content)}, {Algorithm: "sha256", Hex: s.Add("alpha-1.0.tar.gz", []byte("sdist"))}}
	f := newFetcher(t, s)
	w := Wanted{Name: "alpha", Package: "alpha 1.0", Hashes: hashes, Lock: "requirements.txt", Line: 3}
	for range 2 {
		got, err := f.Candidates(context.Background(), []Wanted{w, w})
		if err != nil || len(got) != 2 || len(got[1]) != 2 || got[1][0].Filename != alpha {
			t.Fatalf("got %+v, error %v", got, err)
		}
		if s.Requests("alpha/") != 1 {
			t.Errorf("asked %+v", s.Log())
		}
		f.Offline = true
	}
	w.Hashes = []lock.Hash{{Algorithm: "sha256", Hex: strings.Repeat("0", 64)}}
	if _, err := f.Candidates(context.Background(), []Wanted{w}); err == nil || !strings.Contains(err.Error(), "requirements.txt:3: alpha 1.0: its files are not known yet, and --offline") {
		t.Errorf("offline: %v", err)
	}
	f.Offline = false
	if _, err := f.Candidates(context.Background(), []Wanted{w}); err == nil || !strings.Contains(err.Error(), "no file with a locked hash at "+s.URL) {
		t.Errorf("unknown: %v", err)
	}
	s.Break("alpha/", indextest.Status503)
	if _, err := f.Candidates(context.Background(), []Wanted{w}); err == nil || !strings.Contains(err.Error(), "answered 503") {
		t.Errorf("no answer: %v", err)
	}
}

func TestCandidatesOfAFolder(t *testing.T) {
	dir := t.TempDir()
	for _, file := range []string{alpha, "alpha-2.0-py3-none-any.whl", "beta-1.0-py3-none-any.whl"} {
		if err := os.WriteFile(filepath.Join(dir, file), []byte(file), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	f := newFetcher(t, nil)
	f.Offline, f.Places.FindLinks = true, []string{dir}
	w := Wanted{Name: "alpha", Package: "alpha 1.0", Hashes: []lock.Hash{{Algorithm: "sha512", Hex: sha512Of([]byte(alpha))}}}
	got, err := f.Candidates(context.Background(), []Wanted{w})
	if err != nil || len(got[0]) != 1 || got[0][0].Filename != alpha {
		t.Fatalf("got %+v, error %v", got, err)
	}
	r := request("")
	r.Artifact.Hashes, r.Artifact.URL = w.Hashes, got[0][0].URL
	if _, err := fetchOne(t, f, r); err != nil {
		t.Error(text(err))
	}
}

func TestAStaleAnswerIsAskedAgain(t *testing.T) {
	old, s := indextest.New(t, indextest.Options{}), indextest.New(t, indextest.Options{})
	r := request(s.Add(alpha, content))
	old.Add(alpha, content)
	f := newFetcher(t, s)
	question, err := (&run{Fetcher: f}).question(&job{Request: r})
	if err != nil {
		t.Fatal(err)
	}
	f.Store.remember(question, index.File{URL: old.FileURL("gone.whl")})
	if _, err := fetchOne(t, f, r); err != nil || old.Requests("gone.whl") != 1 || s.Requests("alpha/") != 1 {
		t.Errorf("error %s, asked %+v and %+v", text(err), old.Log(), s.Log())
	}
	// So is one that was damaged on the disk.
	path := f.Store.lookupPath(question)
	if err := os.WriteFile(path, []byte("damaged"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(f.Store.Path(r.Artifact.SHA256())); err != nil {
		t.Fatal(err)
	}
	if _, err := fetchOne(t, f, r); err != nil || s.Requests("alpha/") != 2 {
		t.Errorf("error %s, asked %+v", text(err), s.Log())
	}
}
