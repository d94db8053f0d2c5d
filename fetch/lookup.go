package fetch

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/ofiuco/ofiuco/index"
	"github.com/ofiuco/ofiuco/lock"
	"github.com/ofiuco/ofiuco/pypa/name"
)

type pageKey struct {
	place   index.Place
	project name.Name
}

// pageAnswer is a page that is asked for once in a run.
type pageAnswer struct {
	once  sync.Once
	files []index.File
	err   error
}

// page is what a place lists of a project.
func (r *run) page(ctx context.Context, place index.Place, project name.Name) ([]index.File, error) {
	key := pageKey{place, project}
	if place.Flat {
		key.project = "" // one list serves all projects
	}
	r.mu.Lock()
	answer := r.pages[key]
	if answer == nil {
		answer = &pageAnswer{}
		r.pages[key] = answer
	}
	r.mu.Unlock()
	answer.once.Do(func() { answer.files, answer.err = r.Client.Files(ctx, place, key.project, r.wanted) })
	return answer.files, answer.err
}

// matching are the candidates of a place for a file: same name, and no hash that contradicts.
func (r *run) matching(ctx context.Context, place index.Place, j *job) ([]candidate, error) {
	files, err := r.page(ctx, place, j.Name)
	if err != nil {
		return nil, err
	}
	var found []candidate
	for _, file := range files {
		if file.Filename == j.Artifact.Filename && !contradicts(file.Hashes, j.Artifact.Hashes) {
			found = append(found, candidateOf(file))
		}
	}
	return found, nil
}

func candidateOf(file index.File) candidate {
	if path, err := index.LocalPath(file.URL); err == nil {
		return candidate{path: path, size: file.Size}
	}
	return candidate{url: file.URL, size: file.Size}
}

// contradicts holds when two files can't be the same: a hash of one algorithm differs.
func contradicts(a, b []lock.Hash) bool {
	for _, x := range a {
		for _, y := range b {
			if x.Algorithm == y.Algorithm && x.Hex != y.Hex {
				return true
			}
		}
	}
	return false
}

// findLinks are the file's candidates in the --find-links places.
func (r *run) findLinks(ctx context.Context, j *job) ([]candidate, error) {
	var found []candidate
	for _, link := range r.Places.FindLinks {
		place := index.Place{URL: link, Flat: true}
		if r.Offline && !place.Local() {
			continue
		}
		matching, err := r.matching(ctx, place, j)
		if err != nil {
			return nil, err
		}
		for _, c := range matching {
			c.listed = true
			found = append(found, c)
		}
	}
	return found, nil
}

// remembered is the URL that an index gave for the file in an earlier run.
func (r *run) remembered(_ context.Context, j *job) ([]candidate, error) {
	if j.Artifact.URL != "" || j.Artifact.Path != "" || r.Offline {
		return nil, nil
	}
	question, err := r.question(j)
	if err != nil {
		return nil, err
	}
	var file index.File
	if !r.Store.recall(question, &file) || file.URL == "" {
		return nil, nil
	}
	c := candidateOf(file)
	c.memory = true
	return []candidate{c}, nil
}

// question is what an index is asked, with all that the answer depends on.
func (r *run) question(j *job) ([]string, error) {
	places, err := r.boundPlaces(j.Source)
	if err != nil {
		return nil, err
	}
	question := []string{"file", string(j.Name), j.Artifact.Filename, j.Artifact.Hashes[0].Algorithm, j.Artifact.Hashes[0].Hex}
	for _, place := range places {
		question = append(question, place.String())
	}
	return question, nil
}

// boundPlaces are the places of a source but for the --find-links ones, which were searched already.
func (r *run) boundPlaces(source lock.Source) ([]index.Place, error) {
	places, err := r.Places.For(source)
	if err != nil {
		return nil, err
	}
	return places[len(r.Places.FindLinks):], nil
}

// looked asks the package's indexes for the file.
func (r *run) looked(ctx context.Context, j *job) ([]candidate, error) {
	if j.Artifact.URL != "" || j.Artifact.Path != "" {
		return nil, nil
	}
	places, err := r.boundPlaces(j.Source)
	if err != nil {
		return nil, err
	}
	for _, place := range places {
		if r.Offline && !place.Local() {
			continue
		}
		found, err := r.matching(ctx, place, j)
		if err != nil {
			return nil, err
		}
		if len(found) == 0 {
			continue
		}
		if question, err := r.question(j); err == nil && found[0].url != "" {
			r.Store.remember(question, index.File{Filename: j.Artifact.Filename, URL: found[0].url, Size: found[0].size})
		}
		return found, nil
	}
	return nil, nil
}

// Wanted is a package of which the lock knows only the digests of its files (requirements.txt).
type Wanted struct {
	Name    name.Name
	Package string // as messages show it
	Source  lock.Source
	Hashes  []lock.Hash // of all the files that the lock allows
	Lock    string
	Line    int
}

// Candidates lists, for each package, the files whose hash the lock allows, for the caller to choose from.
// Indexes are asked until the answer is complete, and then no more: it is remembered.
func (f *Fetcher) Candidates(ctx context.Context, wanted []Wanted) ([][]index.File, error) {
	known := map[lock.Hash]bool{}
	for _, w := range wanted {
		for _, h := range w.Hashes {
			known[h] = true
		}
	}
	isKnown := func(h lock.Hash) bool { return known[h] }
	run := newRun(ctx, f, func(file index.File) bool { return len(file.Hashes) == 0 || slices.ContainsFunc(file.Hashes, isKnown) })
	all := make([][]index.File, len(wanted))
	err := run.each(len(wanted), func(ctx context.Context, i int) (err error) {
		all[i], err = run.allowed(ctx, wanted[i])
		return err
	})
	return all, err
}

// allowed lists the files of a package that have one of the wanted hashes.
func (r *run) allowed(ctx context.Context, w Wanted) ([]index.File, error) {
	request := &Request{Package: w.Package, Lock: w.Lock, Line: w.Line}
	places, err := r.Places.For(w.Source)
	if err != nil {
		return nil, request.fault(err.Error(), err, "Name the index in pyproject.toml, and make the lock again.")
	}
	question := []string{"candidates", string(w.Name)}
	for _, h := range w.Hashes {
		question = append(question, h.Algorithm+":"+h.Hex)
	}
	for _, place := range places {
		question = append(question, place.String())
	}
	var found []index.File
	if r.Store.recall(question, &found) && (r.Offline || len(found) >= len(w.Hashes)) {
		return found, nil
	}
	found = nil
	for _, place := range places {
		if r.Offline && !place.Local() {
			continue
		}
		files, err := r.page(ctx, place, w.Name)
		if err != nil {
			return nil, r.notAsked(request, err)
		}
		if found, err = appendAllowed(ctx, found, files, w); err != nil {
			return nil, r.notAsked(request, err)
		}
	}
	if len(found) == 0 {
		return nil, r.noneAllowed(request, places)
	}
	if !r.Offline {
		r.Store.remember(question, found)
	}
	return found, nil
}

// appendAllowed adds the files with a wanted hash that are not listed yet. Local files that no page
// tells hashes of are hashed.
func appendAllowed(ctx context.Context, found, files []index.File, w Wanted) ([]index.File, error) {
	for _, file := range files {
		if file.Project != w.Name || slices.ContainsFunc(found, func(f index.File) bool { return f.Filename == file.Filename }) {
			continue
		}
		if path, err := index.LocalPath(file.URL); err == nil && len(file.Hashes) == 0 {
			if file.Hashes, err = hashesOf(ctx, path, w.Hashes); err != nil {
				return nil, err
			}
		}
		if slices.ContainsFunc(w.Hashes, file.Has) {
			found = append(found, file)
		}
	}
	return found, nil
}

// hashesOf are the hashes of a local file, by the algorithms of those that are wanted.
func hashesOf(ctx context.Context, path string, wanted []lock.Hash) ([]lock.Hash, error) {
	var own []lock.Hash
	for _, h := range wanted {
		if slices.ContainsFunc(own, func(o lock.Hash) bool { return o.Algorithm == h.Algorithm }) {
			continue
		}
		hex, err := hashPath(ctx, path, h.Algorithm)
		if err != nil {
			return nil, err
		}
		own = append(own, lock.Hash{Algorithm: h.Algorithm, Hex: hex})
	}
	return own, nil
}

func (r *run) notAsked(q *Request, err error) error {
	if errors.Is(err, errGivenUp) || errors.Is(err, context.Canceled) {
		return err
	}
	return q.fault("looking for its files: "+err.Error(), err, "")
}

func (r *run) noneAllowed(q *Request, places []index.Place) error {
	if r.Offline {
		return q.fault("its files are not known yet, and --offline forbids to ask its index", nil, "Run ofiuco fetch with the network first.")
	}
	var names []string
	for _, place := range places {
		names = append(names, place.String())
	}
	return q.fault(fmt.Sprintf("no file with a locked hash at %s", strings.Join(names, ", ")), nil,
		"Were its files removed from the index? Make the lock again.")
}
