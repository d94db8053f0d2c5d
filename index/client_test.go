package index

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/ofiuco/ofiuco/internal/indextest"
	"github.com/ofiuco/ofiuco/lock"
)

// fileName and content are a file of the project alpha.
const fileName = "alpha-1.0-py3-none-any.whl"

var content = bytes.Repeat([]byte("content of alpha\n"), 100_000)

func environment(pairs ...string) func(string) string {
	return func(name string) string {
		for i := 0; i+1 < len(pairs); i += 2 {
			if pairs[i] == name {
				return pairs[i+1]
			}
		}
		return ""
	}
}

// recorder waits for no one and notes how long it should have waited.
type recorder struct{ waits []time.Duration }

func (r *recorder) wait(_ context.Context, d time.Duration) error {
	r.waits = append(r.waits, d)
	return nil
}

func testClient(o Options) (*Client, *recorder) {
	r := &recorder{}
	o.Wait = r.wait
	if o.Getenv == nil {
		o.Getenv = environment()
	}
	if o.Idle == 0 {
		o.Idle = 5 * time.Second // only what must time out does
	}
	return NewClient(o), r
}

// read downloads a URL as fetch does: appending, and starting again when the server does.
func read(c *Client, target string) ([]byte, error) {
	var got []byte
	var validator string
	err := c.Get(context.Background(), Request{URL: target, Resume: func() (int64, string) { return int64(len(got)), validator }}, func(r *Response) error {
		got = got[:r.Offset]
		validator = r.Validator
		for {
			buffer := make([]byte, 10_000)
			n, err := r.Body.Read(buffer)
			got = append(got, buffer[:n]...)
			if err == io.EOF {
				return nil
			}
			if err != nil {
				return err
			}
		}
	})
	return got, err
}

func TestGetFaults(t *testing.T) {
	tests := []struct {
		fault    indextest.Fault
		err      string // "" when it succeeds
		network  bool   // the error is a NetworkError
		requests int
	}{
		{fault: "", requests: 1},
		{fault: indextest.TruncateOnce, requests: 2},
		{fault: indextest.Unavailable, requests: 3},
		{fault: indextest.TooMany, requests: 3},
		{fault: indextest.Status500, requests: 3},
		{fault: indextest.ResetOnce, requests: 2},
		{fault: indextest.StallOnce, requests: 2},
		{fault: indextest.Slow, requests: 1},
		{fault: indextest.Status503, err: "answered 503 Service Unavailable (5 tries in ", network: true, requests: 5},
		{fault: indextest.Later, err: "answered 503", network: true, requests: 1},
		{fault: indextest.Status404, err: "answered 404 Not Found", requests: 1},
		{fault: indextest.Status403, err: "answered 403 Forbidden: check the credentials", requests: 1},
		{fault: indextest.Reset, err: "connection reset by peer (5 tries in ", network: true, requests: 5},
		{fault: indextest.Mute, err: "awaiting response headers (5 tries in ", network: true, requests: 5},
		{fault: indextest.Stall, err: "no data came in time", network: true, requests: 5},
		{fault: indextest.Long, err: "the body ended early (5 tries in ", network: true, requests: 5},
		{fault: indextest.Redirect, requests: 2},
		{fault: indextest.RedirectPort, requests: 2},
		{fault: indextest.RedirectFile, err: "only http and https are followed", requests: 1},
		{fault: indextest.RedirectLoop, err: "more than 10 redirects", requests: 11},
	}
	for _, test := range tests {
		t.Run(string(test.fault), func(t *testing.T) {
			t.Parallel()
			s := indextest.New(t, indextest.Options{NoRanges: true})
			s.Add(fileName, content)
			s.Break(fileName, test.fault)
			var o Options
			switch test.fault {
			case indextest.Mute, indextest.Stall:
				o.Idle = 100 * time.Millisecond
			case indextest.StallOnce:
				o.Idle = 500 * time.Millisecond // the second time, it must be in time
			}
			c, _ := testClient(o)
			got, err := read(c, s.FileURL(fileName))
			if test.err == "" && (err != nil || !bytes.Equal(got, content)) {
				t.Errorf("%d bytes, error %v", len(got), err)
			}
			if test.err != "" && (err == nil || !strings.Contains(err.Error(), test.err)) {
				t.Errorf("error %v, want %s", err, test.err)
			}
			if network := (*NetworkError)(nil); errors.As(err, &network) != test.network {
				t.Errorf("network error: %v, want %v (%v)", !test.network, test.network, err)
			}
			if n := s.Requests(""); n != test.requests {
				t.Errorf("%d requests, want %d", n, test.requests)
			}
		})
	}
}

func TestEndlessBodyStopsAtTheLimit(t *testing.T) {
	s := indextest.New(t, indextest.Options{})
	s.Add(fileName, content)
	s.Break(fileName, indextest.Endless)
	c, _ := testClient(Options{})
	var n int64
	err := c.Get(context.Background(), Request{URL: s.FileURL(fileName), Limit: 1 << 20}, func(r *Response) (err error) {
		n, err = io.Copy(io.Discard, r.Body)
		return err
	})
	if err == nil || !strings.Contains(err.Error(), "longer than allowed") || n > 2<<20 {
		t.Errorf("%d bytes, error %v", n, err)
	}
	if s.Requests("") != 1 {
		t.Errorf("asked %d times", s.Requests(""))
	}
}

func TestResume(t *testing.T) {
	s := indextest.New(t, indextest.Options{})
	large := bytes.Repeat(content, 4) // 6.8 MB, sent a MiB at a time
	s.Add(fileName, large)
	// Each body breaks off, but each gets ahead.
	s.Break(fileName, indextest.Truncate)
	c, _ := testClient(Options{Attempts: 2})
	got, err := read(c, s.FileURL(fileName))
	if err != nil || !bytes.Equal(got, large) || s.Requests("") != 7 {
		t.Errorf("%d bytes in %d requests, error %v", len(got), s.Requests(""), err)
	}
	for i, r := range s.Log() {
		if (i == 0) != (r.Range == "") {
			t.Errorf("request %d asks for %q", i, r.Range)
		}
	}
	s.Mend(fileName)
	s.Break(fileName, indextest.TruncateOnce)
	s.Forget()
	if got, err = read(c, s.FileURL(fileName)); err != nil || !bytes.Equal(got, large) {
		t.Errorf("%d bytes, error %v", len(got), err)
	}
	if log := s.Log(); len(log) != 2 || log[1].Range != "bytes=1048576-" {
		t.Errorf("asked %+v", log)
	}
}

func TestResumeOfAnotherPart(t *testing.T) {
	s := indextest.New(t, indextest.Options{})
	s.Add(fileName, content)
	s.Break(fileName, indextest.Partly)
	c, _ := testClient(Options{})
	if got, err := read(c, s.FileURL(fileName)); err != nil || !bytes.Equal(got, content) {
		t.Errorf("%d bytes, error %v", len(got), err)
	}
	if log := s.Log(); len(log) != 3 || log[2].Range != "" {
		t.Errorf("asked %+v", log)
	}
}

// A file that changed between two attempts starts again, because If-Range no longer holds.
func TestResumeOfAChangedFile(t *testing.T) {
	s := indextest.New(t, indextest.Options{})
	s.Add(fileName, content)
	s.Break(fileName, indextest.TruncateOnce)
	c, r := testClient(Options{})
	changed := bytes.ToUpper(content)
	c.wait = func(ctx context.Context, d time.Duration) error {
		s.Add(fileName, changed)
		return r.wait(ctx, d)
	}
	if got, err := read(c, s.FileURL(fileName)); err != nil || !bytes.Equal(got, changed) {
		t.Errorf("%d bytes, error %v", len(got), err)
	}
}

func TestPauses(t *testing.T) {
	s := indextest.New(t, indextest.Options{})
	s.Add(fileName, content)
	s.Break(fileName, indextest.Status503)
	c, r := testClient(Options{})
	if _, err := read(c, s.FileURL(fileName)); err == nil {
		t.Fatal("no error")
	}
	for i, d := range r.waits {
		if most := 250 * time.Millisecond << i; d < most/2 || d > most {
			t.Errorf("pause %d is %s, want between %s and %s", i, d, most/2, most)
		}
	}
	s.Break(fileName, indextest.TooMany)
	r.waits = nil
	if _, err := read(c, s.FileURL(fileName)); err != nil {
		t.Fatal(err)
	}
	for i, d := range r.waits {
		if d != time.Second {
			t.Errorf("pause %d is %s, but the server asked for 1 s", i, d)
		}
	}
}

func TestWaitAsked(t *testing.T) {
	now := time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	tests := map[string]time.Duration{
		"": 0, "7": 7 * time.Second, "-7": 0, "soon": 0, "99999999999999999999": 0,
		"Sun, 01 Nov 2026 12:00:05 GMT": 5 * time.Second, "Sun, 01 Nov 2026 11:00:00 GMT": 0,
	}
	for value, want := range tests {
		if got := waitAsked(value, now); got != want {
			t.Errorf("%q: %s, want %s", value, got, want)
		}
	}
}

func TestContentRange(t *testing.T) {
	tests := []struct {
		in          string
		first, size int64
		ok          bool
	}{
		{"bytes 5-9/10", 5, 10, true}, {"bytes 5-9/*", 5, -1, true},
		{"bytes 5-9/9", 5, 9, false}, {"bytes 9-5/10", 0, 0, false}, {"bytes -5-9/10", 0, 0, false}, {"bytes */10", 0, 0, false}, {"", 0, 0, false},
		{"bytes 5-9/x", 5, 0, false},
	}
	for _, test := range tests {
		if first, size, ok := contentRange(test.in); ok != test.ok || ok && (first != test.first || size != test.size) {
			t.Errorf("%q: %d %d %v", test.in, first, size, ok)
		}
	}
}

func TestCancel(t *testing.T) {
	s := indextest.New(t, indextest.Options{})
	s.Add(fileName, content)
	s.Break(fileName, indextest.Stall)
	c, _ := testClient(Options{})
	ctx, cancel := context.WithCancel(context.Background())
	err := c.Get(ctx, Request{URL: s.FileURL(fileName)}, func(r *Response) error {
		cancel()
		_, err := io.Copy(io.Discard, r.Body)
		return err
	})
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestBadURLs(t *testing.T) {
	c, _ := testClient(Options{})
	for _, bad := range []string{"", "x", "ftp://a/b", "file:///etc/passwd", "http://", "https:opaque", "http://[::1", "\x00://u:secret@h"} {
		if _, err := read(c, bad); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestCertificates(t *testing.T) {
	s := indextest.New(t, indextest.Options{TLS: true})
	s.Add(fileName, content)
	c, r := testClient(Options{})
	_, err := read(c, s.FileURL(fileName))
	if network := (*NetworkError)(nil); !errors.As(err, &network) || network.Attempts != 1 || len(r.waits) != 0 {
		t.Errorf("untrusted: %v", err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate())
	c, _ = testClient(Options{RootCAs: roots})
	if got, err := read(c, s.FileURL(fileName)); err != nil || !bytes.Equal(got, content) {
		t.Errorf("trusted: %v", err)
	}
	s.Break(fileName, indextest.RedirectPlain)
	if _, err := read(c, s.FileURL(fileName)); err == nil || !strings.Contains(err.Error(), "not encrypted") {
		t.Errorf("https to http: %v", err)
	}
	expired := x509.CertificateInvalidError{Reason: x509.Expired}
	told := explainCertificate(expired, time.Date(2040, 1, 1, 0, 0, 0, 0, time.UTC))
	if !strings.Contains(told.Error(), "the clock is 2040-01-01 00:00 UTC") || !isCertificate(told) {
		t.Errorf("expired: %v", told)
	}
}

func TestProxy(t *testing.T) {
	var asked []string
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.URL.String())
		_, _ = w.Write([]byte("from the proxy"))
	}))
	defer proxy.Close()
	for _, variable := range []string{"HTTP_PROXY", "http_proxy"} {
		c, _ := testClient(Options{Getenv: environment(variable, proxy.URL)})
		if got, err := read(c, "http://index.example/x"); err != nil || string(got) != "from the proxy" {
			t.Errorf("%s: %q, %v", variable, got, err)
		}
	}
	if len(asked) != 2 || asked[0] != "http://index.example/x" {
		t.Errorf("asked %q", asked)
	}
	c, _ := testClient(Options{Getenv: environment("HTTP_PROXY", proxy.URL, "NO_PROXY", "index.example"), Attempts: 1, Connect: time.Second})
	if _, err := read(c, "http://index.example/x"); err == nil {
		t.Error("NO_PROXY does not count")
	}
}

func TestUserAgent(t *testing.T) {
	s := indextest.New(t, indextest.Options{})
	s.Add(fileName, content)
	c, _ := testClient(Options{UserAgent: "ofiuco/1"})
	if _, err := read(c, s.FileURL(fileName)); err != nil || s.Log()[0].UserAgent != "ofiuco/1" {
		t.Errorf("%v, %+v", err, s.Log())
	}
}

func TestRedact(t *testing.T) {
	tests := map[string]string{
		"https://u:secret@h/p/x.whl?sig=secret#sha256=1": "https://h/p/x.whl?…",
		"https://secret@h:8080/p":                        "https://h:8080/p",
		"https://h/p":                                    "https://h/p",
		"http://u:secret@[::1/p":                         "…@[::1/p",
		"mailto:secret":                                  "mailto:…",
		"https://proxy/https://u:secret@h/p":             "https://proxy/https://h/p",
		"../x":                                           "../x",
	}
	for in, want := range tests {
		if got := Redact(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func FuzzRedact(f *testing.F) {
	f.Add("https", "h/p?q#f")
	f.Add("http", "[::1%25/")
	f.Add("", "a@b@c")
	f.Fuzz(func(t *testing.T, scheme, rest string) {
		if strings.Contains(scheme+rest, "hunter2") {
			t.Skip()
		}
		if got := Redact(scheme + "://user:hunter2@" + rest); strings.Contains(got, "hunter2") {
			t.Errorf("%q", got)
		}
	})
}

func TestPlacesAreBound(t *testing.T) {
	places := Places{
		Indexes: []lock.Index{
			{Name: "private", URL: "https://u:p@private.example/simple"},
			{Name: "torch", URL: "https://torch.example/whl", Explicit: true},
			{Name: "near", URL: "wheels", Flat: true, Explicit: true},
		},
		Dir: "/project",
	}
	tests := []struct {
		name   string
		source lock.Source
		change func(*Places)
		want   string // the places, or an error
	}{
		{"unbound", lock.Source{}, nil, "https://pypi.org/simple/ https://private.example/simple"},
		{"unbound, named PyPI", lock.Source{Kind: lock.FromIndex, URL: "https://pypi.org/simple"}, nil, "https://pypi.org/simple/ https://private.example/simple"},
		{"unbound with --index-url", lock.Source{Kind: lock.FromIndex}, func(p *Places) { p.Default = "https://mirror.example/" }, "https://mirror.example/ https://private.example/simple"},
		{"a default of the project", lock.Source{}, func(p *Places) { p.Indexes = []lock.Index{{URL: "https://own.example/", Default: true}} }, "https://own.example/"},
		{"bound by name", lock.Source{Kind: lock.FromIndex, Name: "torch"}, nil, "https://torch.example/whl"},
		{"bound by URL", lock.Source{Kind: lock.FromIndex, URL: "https://other.example/"}, nil, "https://other.example/"},
		{"bound, --index-url does not count", lock.Source{Kind: lock.FromIndex, Name: "torch"}, func(p *Places) { p.Default = "https://mirror.example/" }, "https://torch.example/whl"},
		{"flat", lock.Source{Kind: lock.FromFlat, Path: "wheels"}, nil, "/project/wheels"},
		{"flat by name", lock.Source{Kind: lock.FromIndex, Name: "near"}, nil, "/project/wheels"},
		{"--find-links come first", lock.Source{Kind: lock.FromIndex, Name: "torch"}, func(p *Places) { p.FindLinks = []string{"/f"} }, "/f https://torch.example/whl"},
		{"unknown name", lock.Source{Kind: lock.FromIndex, Name: "gone"}, nil, `its index "gone" is named neither in the lock nor in pyproject.toml`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := places
			if test.change != nil {
				test.change(&p)
			}
			list, err := p.For(test.source)
			var got []string
			for _, place := range list {
				got = append(got, place.String())
			}
			text := strings.Join(got, " ")
			if err != nil {
				text = err.Error()
			}
			if text != test.want {
				t.Errorf("%s, want %s", text, test.want)
			}
		})
	}
}
