package fetch

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/ofiuco/ofiuco/index"
	"github.com/ofiuco/ofiuco/lock"
)

// do brings one file into the store, if it is not there.
func (r *run) do(ctx context.Context, j *job) error {
	if j.Artifact.Filename == "" || len(j.Artifact.Hashes) == 0 {
		return j.fault(fmt.Sprintf("its artifact %q has no file name or no strong hash (sha256, sha384, sha512)", j.Artifact.Filename), nil,
			"Make the lock again with the tool that wrote it.")
	}
	if r.have(ctx, j) {
		return nil
	}
	unlock, err := r.Store.lock(ctx, j.Artifact.Hashes[0])
	if err != nil {
		return err
	}
	defer unlock()
	if r.have(ctx, j) { // by now, from another process
		return nil
	}
	return r.bring(ctx, j)
}

// have fills in the result if the store has the file. A blob whose size is not the locked one is damaged, or
// the lock is wrong; fetching it anew tells.
func (r *run) have(ctx context.Context, j *job) bool {
	sha := j.Artifact.SHA256()
	if sha == "" {
		sha = r.Store.alias(ctx, j.Artifact.Hashes)
	}
	if sha == "" {
		return false
	}
	size, ok := r.Store.Has(sha)
	if !ok || j.StrictSize && j.Artifact.Size > 0 && size != j.Artifact.Size {
		return false
	}
	j.result = Result{SHA256: sha, Path: r.Store.Path(sha), Size: size}
	return true
}

// candidate is a place where a file may lie.
type candidate struct {
	url    string // http or https
	path   string // of a local file, when url is ""
	size   int64  // bytes, as an index says; 0 when it does not
	memory bool   // a remembered answer, which may be out of date
	listed bool   // a --find-links file, which others may stand in for
}

// bring tries one candidate after the other.
func (r *run) bring(ctx context.Context, j *job) error {
	var passed []error // why listed and remembered candidates were of no use
	next := r.candidates(ctx, j)
	for {
		c, err := next()
		if err != nil {
			return j.faultOf(err)
		}
		if c == (candidate{}) {
			break
		}
		if err = r.take(ctx, j, c); err == nil {
			return nil
		}
		if !c.listed && !c.memory || isDisk(err) || ctx.Err() != nil {
			return j.faultOf(err)
		}
		passed = append(passed, err)
	}
	return r.missing(j, errors.Join(passed...))
}

// missing says that a file is nowhere.
func (r *run) missing(j *job, cause error) error {
	var facts []string
	for _, h := range j.Artifact.Hashes[:1] {
		facts = append(facts, fmt.Sprintf("want %s:%s", h.Algorithm, h.Hex))
	}
	if cause != nil {
		facts = append(facts, strings.Split(cause.Error(), "\n")...)
	}
	if r.Offline {
		return j.fault(j.Artifact.Filename+" is not in the store, and --offline forbids to fetch it", cause,
			"Run ofiuco fetch with the network first, or name a folder that has it with --find-links.", facts...)
	}
	places, err := r.Places.For(j.Source)
	if err != nil {
		return j.fault(err.Error(), err, "Name the index in pyproject.toml, and make the lock again.")
	}
	var names []string
	for _, place := range places {
		names = append(names, place.String())
	}
	return j.fault(fmt.Sprintf("no file %s with the locked hash at %s", j.Artifact.Filename, strings.Join(names, ", ")), cause,
		"Was it removed from the index? Make the lock again, or name a folder that has it with --find-links.", facts...)
}

// candidates goes through the places of a file, asking an index only when it comes to it. The zero
// candidate is the end.
func (r *run) candidates(ctx context.Context, j *job) func() (candidate, error) {
	steps := []func(context.Context, *job) ([]candidate, error){r.findLinks, r.locked, r.remembered, r.looked}
	var ready []candidate
	return func() (candidate, error) {
		for len(ready) == 0 {
			if len(steps) == 0 {
				return candidate{}, nil
			}
			step := steps[0]
			steps = steps[1:]
			var err error
			if ready, err = step(ctx, j); err != nil {
				return candidate{}, err
			}
		}
		c := ready[0]
		ready = ready[1:]
		return c, nil
	}
}

// locked is where the lock itself says that the file lies.
func (r *run) locked(_ context.Context, j *job) ([]candidate, error) {
	switch a := j.Artifact; {
	case a.Path != "":
		path := filepath.FromSlash(a.Path)
		if !filepath.IsAbs(path) {
			path = filepath.Join(r.Places.Dir, path)
		}
		return []candidate{{path: path}}, nil
	case strings.HasPrefix(a.URL, "file:"):
		path, err := index.LocalPath(a.URL)
		return []candidate{{path: path}}, err
	case a.URL != "" && !r.Offline:
		return []candidate{{url: a.URL}}, nil
	}
	return nil, nil
}

// isDisk holds for errors that another source of the file would not cure.
func isDisk(err error) bool {
	var path *fs.PathError
	var link *os.LinkError
	return (errors.As(err, &path) || errors.As(err, &link)) && !errors.Is(err, fs.ErrNotExist)
}

// alias is the SHA-256 of the blob that has all the hashes, for locks that name others only. The store's own
// word for it is not trusted.
func (s *Store) alias(ctx context.Context, hashes []lock.Hash) string {
	var sha string
	if !s.recall(aliasQuestion(hashes), &sha) {
		return ""
	}
	for _, h := range hashes {
		if got, err := hashPath(ctx, s.Path(sha), h.Algorithm); err != nil || got != h.Hex {
			return ""
		}
	}
	return sha
}

func aliasQuestion(hashes []lock.Hash) []string {
	return []string{"alias", hashes[0].Algorithm, hashes[0].Hex}
}
