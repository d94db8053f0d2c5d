package index

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// Request is what Client.Get asks for.
type Request struct {
	URL string // http or https; user and password in it are used, and never shown
	// Header is sent with it.
	Header http.Header
	// Limit is how many bytes of the body may be read; 0 means any number.
	Limit int64
	// Resume gives the number of bytes that are there already, and what the server then called that state
	// (an ETag or a date). It is asked before each attempt. Nil: every attempt begins at the first byte.
	Resume func() (have int64, validator string)
}

// Response is an answer whose body is being read.
type Response struct {
	URL    string // that answered at last, without credentials
	Header http.Header
	// Offset is which byte of the whole the body begins with: Request.Resume's, else 0.
	Offset int64
	// Size is that of the whole in bytes, -1 when the server does not say.
	Size int64
	// Validator tells this state from a later one; "" when the server gives none that is sure.
	Validator string
	// Body is closed by Get. Its errors say why it ended early.
	Body io.Reader
}

// Get sends a request and hands the answer to use. What may pass by itself (a lost connection, a body cut
// short, a server that is busy) is tried again, and use is then called again; the attempts are
// counted anew when one of them got ahead. An error of use itself ends it. An error of the network is a
// *NetworkError, another answer than hoped for a *StatusError.
func (c *Client) Get(ctx context.Context, r Request, use func(*Response) error) error {
	target, err := url.Parse(r.URL)
	if err != nil || target.Scheme != "http" && target.Scheme != "https" || target.Host == "" {
		return fmt.Errorf("reading %q: not an http or https URL", c.shown(r.URL))
	}
	target.Fragment = ""
	target = c.credentials.learn(target)
	if r.Header == nil {
		r.Header = http.Header{}
	}
	start := time.Now()
	var furthest int64
	for tries, failed := 1, 1; ; tries, failed = tries+1, failed+1 {
		reached, err := c.try(ctx, target, r, use)
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if errors.Is(err, errPart) {
			r.Resume = nil
		}
		retry, after := whether(err)
		if reached >= furthest+progress {
			furthest, failed = reached, 1
		}
		if retry && failed < c.attempts && tries < maxTries {
			if err := c.wait(ctx, pause(failed, after)); err != nil {
				return context.Cause(ctx)
			}
			continue
		}
		return c.final(target, err, tries, time.Since(start))
	}
}

const (
	// progress is how many bytes further than all before it an attempt must come to be one that got ahead.
	progress = 256 << 10
	// maxTries ends the patience with a server that sends a little each time.
	maxTries = 1000
)

// retryAfter is an error together with the time that the server asked us to wait.
type retryAfter struct {
	error
	wait time.Duration
}

func (e *retryAfter) Unwrap() error { return e.error }

// try is one attempt. It says which byte of the whole it reached.
func (c *Client) try(ctx context.Context, target *url.URL, r Request, use func(*Response) error) (int64, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	header := r.Header.Clone()
	var have int64
	if r.Resume != nil {
		var validator string
		have, validator = r.Resume()
		if have > 0 && validator != "" {
			header.Set("Range", fmt.Sprintf("bytes=%d-", have))
			header.Set("If-Range", validator)
		} else {
			have = 0
		}
	}
	answer, err := c.hop(ctx, target, header)
	if err != nil {
		return 0, err
	}
	defer answer.Body.Close()
	resp, err := newResponse(answer, have)
	if err != nil {
		return 0, err
	}
	body := newBody(answer.Body, answer.ContentLength, c.idle, cancel)
	body.limit = r.Limit - resp.Offset
	body.limited = r.Limit > 0
	defer body.stop()
	resp.Body = body
	err = use(resp)
	if body.err != nil && !errors.Is(body.err, io.EOF) {
		return resp.Offset + body.read, body.err // the cause, whatever use makes of it
	}
	if err != nil {
		err = &sinkError{err}
	}
	return resp.Offset + body.read, err
}

func newResponse(answer *http.Response, asked int64) (*Response, error) {
	resp := &Response{
		URL: redactURL(answer.Request.URL), Header: answer.Header, Size: answer.ContentLength, Validator: validator(answer.Header),
	}
	switch {
	case answer.StatusCode == http.StatusOK:
	case answer.StatusCode == http.StatusPartialContent && asked > 0:
		first, size, ok := contentRange(answer.Header.Get("Content-Range"))
		if !ok || first != asked {
			return nil, errPart
		}
		resp.Offset, resp.Size = first, size
	case answer.StatusCode == http.StatusRequestedRangeNotSatisfiable && asked > 0:
		return nil, errPart
	default:
		err := error(&StatusError{URL: resp.URL, Status: answer.StatusCode})
		if wait := waitAsked(answer.Header.Get("Retry-After"), time.Now()); wait > 0 {
			err = &retryAfter{err, wait}
		}
		return nil, err
	}
	return resp, nil
}

// validator is what If-Range may be sent: a strong ETag (RFC 9110, section 13.1.5), else a date.
func validator(h http.Header) string {
	if etag := h.Get("ETag"); len(etag) > 2 && etag[0] == '"' {
		return etag
	}
	return h.Get("Last-Modified")
}

// contentRange reads "bytes FIRST-LAST/SIZE"; size is -1 for "*".
func contentRange(value string) (first, size int64, ok bool) {
	var last int64
	var total string
	if n, _ := fmt.Sscanf(value, "bytes %d-%d/%s", &first, &last, &total); n != 3 || first < 0 || last < first {
		return 0, 0, false
	}
	if total == "*" {
		return first, -1, true
	}
	size, err := strconv.ParseInt(total, 10, 64)
	return first, size, err == nil && size > last
}

// whether says if an error may pass by itself, and how long the server wants us to wait.
func whether(err error) (retry bool, after time.Duration) {
	if wait := (*retryAfter)(nil); errors.As(err, &wait) {
		after = wait.wait
	}
	var policy *policyError
	var sink *sinkError
	if errors.As(err, &policy) || errors.As(err, &sink) || errors.Is(err, errTooLong) || isCertificate(err) {
		return false, 0
	}
	if status := (*StatusError)(nil); errors.As(err, &status) {
		// Who asks for more than maxWait is believed, and not asked again.
		return status.transient() && after <= maxWait, after
	}
	return true, 0
}

// pause is the time before the next attempt: twice as long each time, less a random part so that many
// clients don't come back at once, but never less than the server asked for.
func pause(failed int, asked time.Duration) time.Duration {
	backoff := min(250*time.Millisecond<<min(max(failed-1, 0), 10), 8*time.Second)
	return max(backoff/2+rand.N(backoff/2), asked)
}

// waitAsked reads a Retry-After: seconds or a date.
func waitAsked(value string, now time.Time) time.Duration {
	if seconds, err := strconv.ParseUint(value, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second
	}
	if at, err := http.ParseTime(value); err == nil {
		return max(at.Sub(now), 0)
	}
	return 0
}

// final is an error as the caller sees it.
func (c *Client) final(target *url.URL, err error, tries int, elapsed time.Duration) error {
	var sink *sinkError
	if errors.As(err, &sink) {
		return sink.err
	}
	shown := c.shown(target.String())
	var status *StatusError
	if errors.As(err, &status) {
		status.URL = c.credentials.hide(status.URL)
		if !status.transient() {
			status.Netrc = c.credentials.netrcErr
			return status
		}
	}
	var policy *policyError
	if errors.As(err, &policy) || errors.Is(err, errTooLong) {
		return fmt.Errorf("reading %s: %s", shown, c.credentials.hide(err.Error()))
	}
	return &NetworkError{URL: shown, Attempts: tries, Elapsed: elapsed, Err: &hiddenError{err, c.credentials.hide(err.Error())}}
}

// hiddenError is an error whose text was cleared of passwords.
type hiddenError struct {
	err  error
	text string
}

func (e *hiddenError) Error() string { return e.text }
func (e *hiddenError) Unwrap() error { return e.err }

// shown is a URL as messages show it.
func (c *Client) shown(raw string) string { return c.credentials.hide(Redact(raw)) }
