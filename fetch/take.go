package fetch

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"mime"
	"net/http"

	"github.com/ofiuco/ofiuco/index"
	"github.com/ofiuco/ofiuco/lock"
)

// take brings the file of a candidate into the store, if it is the locked one.
func (r *run) take(ctx context.Context, j *job, c candidate) error {
	b, err := r.Store.newBlob(j.Artifact.Hashes)
	if err != nil {
		return err
	}
	defer b.close()
	size := j.Artifact.Size
	if size == 0 {
		size = c.size
	}
	r.event(Started, j.Artifact.Filename, size)
	got := &source{candidate: c, name: c.path}
	if c.url == "" {
		err = b.copyFrom(ctx, c.path, r.limit(j, c), r.advance(j))
	} else {
		err = r.download(ctx, j, b, got)
	}
	if err == nil {
		err = r.compare(j, b, got)
	}
	if err != nil {
		r.event(Advanced, j.Artifact.Filename, -b.size)
		return err
	}
	sha, err := b.commit()
	if errors.Is(err, fs.ErrNotExist) {
		// Another machine's sweep took the file for a leftover. The next run will have it.
		err = fmt.Errorf("the store was cleaned meanwhile: %w", err)
	}
	if err != nil {
		return err
	}
	if j.Artifact.SHA256() == "" {
		r.Store.remember(aliasQuestion(j.Artifact.Hashes), sha)
	}
	j.result = Result{SHA256: sha, Path: r.Store.Path(sha), Size: b.size}
	r.event(Finished, j.Artifact.Filename, b.size)
	return nil
}

func (r *run) advance(j *job) func(int64) {
	return func(n int64) { r.event(Advanced, j.Artifact.Filename, n) }
}

// limit is how many bytes are read of a candidate.
func (r *run) limit(j *job, c candidate) int64 {
	switch size := max(j.Artifact.Size, c.size); {
	case j.StrictSize && j.Artifact.Size > 0:
		return j.Artifact.Size
	case size > 0:
		return 2*size + 1<<20 // the size may be wrong, if the digest is right
	case r.MaxSize > 0:
		return r.MaxSize
	}
	return defaultMaxSize
}

// source is where bytes came from, for messages.
type source struct {
	candidate
	name     string // path or URL, as it may be shown
	html     bool   // the server called it a web page
	resumed  bool   // it was pieced together
	announce int64  // the server's Content-Length, -1 when it gave none
}

// download reads a URL into b. A body that was pieced together and is wrong is read once more in one go: the
// file may have changed on the server meanwhile.
func (r *run) download(ctx context.Context, j *job, b *blob, from *source) error {
	for {
		if err := r.read(ctx, j, b, from); err != nil {
			return err
		}
		if _, _, wrong := b.mismatch(); !wrong || !from.resumed {
			return nil
		}
		if err := r.restart(j, b); err != nil {
			return err
		}
		from.resumed = false
	}
}

func (r *run) restart(j *job, b *blob) error {
	r.event(Advanced, j.Artifact.Filename, -b.size)
	return b.reset()
}

func (r *run) read(ctx context.Context, j *job, b *blob, from *source) error {
	limit := r.limit(j, from.candidate)
	var validator string
	request := index.Request{
		URL: from.url,
		// The digest is that of the file as it lies on the server.
		Header: http.Header{"Accept-Encoding": {"identity"}},
		Resume: func() (int64, string) { return b.size, validator },
	}
	err := r.Client.Get(ctx, request, func(resp *index.Response) error {
		if resp.Offset != b.size {
			if err := r.restart(j, b); err != nil {
				return err
			}
		}
		validator = resp.Validator
		from.name, from.resumed = resp.URL, resp.Offset > 0
		media, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
		from.html = media == "text/html" || media == "application/xhtml+xml"
		if resp.Size > limit {
			return &tooLongError{limit}
		}
		return b.readFrom(ctx, resp.Body, limit, r.advance(j))
	})
	if tooLong := (*tooLongError)(nil); errors.As(err, &tooLong) {
		return j.notLocked(from, "it is longer than the lock or its index says", []string{
			fmt.Sprintf("from %s; stopped after %d bytes", from.name, limit)})
	}
	return err
}

// compare finds out if what came is what the lock names.
func (r *run) compare(j *job, b *blob, from *source) error {
	locked := j.Artifact.Size
	if want, got, wrong := b.mismatch(); wrong {
		what := "it is not the locked file"
		if from.html {
			what = "got an HTML page (a login?) instead"
		}
		facts := []string{
			fmt.Sprintf("want %s:%s", want.Algorithm, want.Hex),
			fmt.Sprintf("got  %s:%s", want.Algorithm, got),
			fmt.Sprintf("from %s, %s", from.name, sizes(b.size, locked)),
		}
		return j.notLocked(from, what, facts)
	}
	if locked > 0 && locked != b.size {
		err := j.fault(fmt.Sprintf("%s has %s, but its locked hash", j.Artifact.Filename, sizes(b.size, locked)), nil,
			"Make the lock again with the tool that wrote it.", "from "+from.name)
		if j.StrictSize {
			return err
		}
		r.warn(err)
	}
	return nil
}

func sizes(got, locked int64) string {
	if locked > 0 && got != locked {
		return fmt.Sprintf("%d bytes (locked: %d)", got, locked)
	}
	return fmt.Sprintf("%d bytes", got)
}

// notLocked is a file that is another than the lock names.
func (j *job) notLocked(from *source, what string, facts []string) *lock.Error {
	hint := "Was the file replaced on the index? Nothing was installed. Make the lock again only if you trust the new one."
	if from.html {
		hint = "Check the URL and the index's credentials."
	}
	return j.fault(fmt.Sprintf("%s: %s", j.Artifact.Filename, what), nil, hint, facts...)
}
