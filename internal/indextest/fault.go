package indextest

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/ofiuco/ofiuco/pypa/name"
)

// Fault is a way to go wrong. Its text is the name that scripts use.
type Fault string

// The faults of files and pages.
const (
	TruncateOnce Fault = "truncate-once" // the first body ends in the middle of what was announced
	Truncate     Fault = "truncate"      // every body does, when it has more than 1 MiB after that much
	Status503    Fault = "503"           // always
	Unavailable  Fault = "503-twice"     // twice 503 with Retry-After: 1
	TooMany      Fault = "429-twice"     // twice 429 with Retry-After: 1
	Status500    Fault = "500-twice"
	Later        Fault = "503-later" // 503 with Retry-After: an hour
	Status403    Fault = "403"
	Status404    Fault = "404"
	ResetOnce    Fault = "reset-once" // the first connection is reset before the answer
	Reset        Fault = "reset"
	Mute         Fault = "mute"  // no answer comes
	Stall        Fault = "stall" // half the body comes, and then nothing
	StallOnce    Fault = "stall-once"
	Slow         Fault = "slow"  // the body comes in 20 parts, 10 ms apart
	Wrong        Fault = "wrong" // one bit is another
	Short        Fault = "short" // half the body, announced as whole
	Long         Fault = "long"  // more is announced than comes
	Empty        Fault = "empty"
	Login        Fault = "html"    // a page with a form, as portals answer
	Endless      Fault = "endless" // the body has no end
	Partly       Fault = "206"     // another part than was asked for, after a cut
)

// The faults of redirects.
const (
	Redirect      Fault = "redirect"       // to another URL of the same server
	RedirectPort  Fault = "redirect-port"  // to Other
	RedirectFile  Fault = "redirect-file"  // to file:///etc/passwd
	RedirectLoop  Fault = "redirect-loop"  // to itself
	RedirectPlain Fault = "redirect-plain" // to Other, which speaks no TLS
	RedirectEcho  Fault = "redirect-echo"  // to a page that does not exist and whose URL holds what the client sent as password
)

// The faults of pages.
const (
	Inject    Fault = "inject"    // entries that the page must not have come first
	Confuse   Fault = "confuse"   // the page is another project's
	BadJSON   Fault = "bad-json"  // cut in the middle, but announced so
	DeepJSON  Fault = "deep-json" // nested 200,000 times
	GzipBomb  Fault = "gzip-bomb" // 1 GiB of zeros, packed
	Huge      Fault = "huge"      // entries without end
	Blank     Fault = "blank"     // blanks without end
	NewAPI    Fault = "v2"        // version 2 of the API
	NotAPage  Fault = "not-a-page"
	OtherType Fault = "other-type" // right, but of type application/octet-stream
)

type broken struct {
	fault Fault
	seen  int // requests so far
}

// misbehave sends what a fault makes of an answer; false leaves it to the server.
func (s *Server) misbehave(b *broken, w http.ResponseWriter, r *http.Request, a answer) bool {
	s.mu.Lock()
	seen := b.seen
	s.mu.Unlock()
	header := w.Header()
	header.Set("Content-Type", a.contentType)
	switch b.fault {
	case TruncateOnce, ResetOnce, StallOnce:
		if seen > 1 {
			return false
		}
	case Unavailable, TooMany, Status500:
		if seen > 2 {
			return false
		}
	}
	switch b.fault {
	case TruncateOnce, Truncate, Partly:
		s.truncate(w, r, a, seen, b.fault)
	case Unavailable, TooMany, Status500, Status503, Later, Status403, Status404:
		sendStatus(w, b.fault)
	case Reset, ResetOnce:
		reset(w)
	case Mute:
		<-r.Context().Done()
	case Stall, StallOnce:
		header.Set("Content-Length", fmt.Sprint(len(a.body)))
		_, _ = w.Write(a.body[:len(a.body)/2])
		flush(w)
		<-r.Context().Done()
	case Slow:
		trickle(w, a.body)
	case Redirect, RedirectPort, RedirectFile, RedirectLoop, RedirectPlain, RedirectEcho:
		s.redirect(b.fault, w, r)
	case Inject, Confuse, BadJSON, DeepJSON, GzipBomb, Huge, Blank, NewAPI, NotAPage, OtherType:
		s.misprint(b.fault, w, a)
	default:
		s.spoil(b.fault, w, a)
	}
	return true
}

// spoil sends another body.
func (s *Server) spoil(fault Fault, w http.ResponseWriter, a answer) {
	body := bytes.Clone(a.body)
	switch fault {
	case Wrong:
		body[len(body)/2] ^= 1
	case Short:
		body = body[:len(body)/2]
	case Long:
		w.Header().Set("Content-Length", fmt.Sprint(len(body)+10))
	case Empty:
		body = nil
	case Login:
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		body = []byte("<html><body><form action=/login><input type=password name=p></form></body></html>")
	case Endless:
		forever(w, bytes.Repeat(a.body, 1+(64<<10)/max(len(a.body), 1)))
	}
	_, _ = w.Write(body)
}

func sendStatus(w http.ResponseWriter, fault Fault) {
	status := map[Fault]int{
		Unavailable: 503, Status503: 503, Later: 503, TooMany: 429, Status500: 500, Status403: 403, Status404: 404,
	}[fault]
	switch fault {
	case Unavailable, TooMany:
		w.Header().Set("Retry-After", "1")
	case Later:
		w.Header().Set("Retry-After", "3600")
	}
	w.WriteHeader(status)
}

// truncate announces a body and breaks off after a part of it.
func (s *Server) truncate(w http.ResponseWriter, r *http.Request, a answer, seen int, fault Fault) {
	if fault == Partly && seen > 1 {
		w.Header().Set("Content-Range", fmt.Sprintf("bytes 0-%d/%d", len(a.body)-1, len(a.body)))
		if r.Header.Get("Range") == "" {
			s.send(w, r, a)
			return
		}
		w.WriteHeader(http.StatusPartialContent)
		_, _ = w.Write(a.body)
		return
	}
	cut := &cutter{ResponseWriter: w, left: min(len(a.body)/2, 1<<20)}
	s.send(cut, r, a)
	flush(w)
	panic(http.ErrAbortHandler) // breaks the connection
}

// cutter passes on only the beginning of a body.
type cutter struct {
	http.ResponseWriter
	left int
}

func (c *cutter) Write(p []byte) (int, error) {
	n := min(len(p), c.left)
	c.left -= n
	if _, err := c.ResponseWriter.Write(p[:n]); err != nil {
		return 0, err
	}
	if n < len(p) {
		return n, io.ErrClosedPipe
	}
	return n, nil
}

func reset(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

func flush(w http.ResponseWriter) { _ = http.NewResponseController(w).Flush() }

func trickle(w http.ResponseWriter, body []byte) {
	w.Header().Set("Content-Length", fmt.Sprint(len(body)))
	step := len(body)/20 + 1
	for len(body) > 0 {
		n := min(step, len(body))
		if _, err := w.Write(body[:n]); err != nil {
			return
		}
		flush(w)
		body = body[n:]
		time.Sleep(10 * time.Millisecond)
	}
}

func forever(w io.Writer, part []byte) {
	for {
		if _, err := w.Write(part); err != nil {
			return
		}
	}
}

func (s *Server) redirect(fault Fault, w http.ResponseWriter, r *http.Request) {
	to := r.URL.Path
	switch fault {
	case Redirect:
		if r.URL.RawQuery != "" {
			a, _ := s.answer(targetOf(r.URL.Path))
			s.send(w, r, a)
			return
		}
		to += "?again"
	case RedirectPort, RedirectPlain:
		to = s.Other + r.URL.Path
	case RedirectFile:
		to = "file:///etc/passwd"
	case RedirectEcho:
		_, password, _ := r.BasicAuth()
		to = "/gone/" + password + "?token=" + password
	}
	w.Header().Set("Location", to)
	w.WriteHeader(http.StatusFound)
}

// misprint sends a wrong page.
func (s *Server) misprint(fault Fault, w http.ResponseWriter, a answer) {
	project := name.Name(strings.TrimSuffix(a.target, "/"))
	body := a.body
	switch fault {
	case Inject:
		body = s.injected(project).body
	case Confuse:
		body = bytes.ReplaceAll(body, []byte(project), []byte("another"))
	case BadJSON:
		body = body[:len(body)/2]
	case DeepJSON:
		body = []byte(`{"meta": ` + strings.Repeat("[", 200_000))
	case GzipBomb:
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		for range 1 << 10 {
			if _, err := z.Write(make([]byte, 1<<20)); err != nil {
				return
			}
		}
		_ = z.Close()
		return
	case Huge:
		_, _ = io.WriteString(w, `{"files": [{}`)
		forever(w, bytes.Repeat([]byte(`, {"filename": "x"}`), 1<<16))
		return
	case Blank:
		forever(w, bytes.Repeat([]byte(" "), 1<<20))
		return
	case NewAPI:
		w.Header().Set("Content-Type", "application/vnd.pypi.simple.v2+json")
	case NotAPage:
		w.Header().Set("Content-Type", "application/zip")
		body = []byte("PK\x03\x04")
	case OtherType:
		w.Header().Set("Content-Type", "application/octet-stream")
	}
	_, _ = w.Write(body)
}
