// Package indextest is a package index that runs inside a test and can be told to misbehave.
//
// It speaks the simple repository API (PEP 503 and 691) under /simple/ and serves its files, with ranges and
// validators, under /files/. Break makes one file or page go wrong as servers and networks do; Requests
// and Log say what was asked of it. A second listener, Other, stands for another port of the same host.
package indextest

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ofiuco/ofiuco/pypa/filename"
	"github.com/ofiuco/ofiuco/pypa/name"
)

// Options choose what kind of index it is. The zero value is one like PyPI, over plain HTTP.
type Options struct {
	HTML     bool // pages in PEP 503's form; else PEP 691's
	Gzip     bool // pages are packed for who accepts that
	NoHashes bool // pages don't tell digests
	NoRanges bool // files can't be asked for in part
	TLS      bool
	// User and Password, when not "", are asked for (basic authentication) for every page and file.
	User, Password string
}

// Server is a running index.
type Server struct {
	URL   string // of the index: ends in /simple/
	Other string // of a second listener on another port, without a path; it serves the same

	options Options
	main    *httptest.Server
	other   *httptest.Server

	mu     sync.Mutex
	files  map[string][]byte
	faults map[string]*broken
	log    []Request
}

// Request is what was asked.
type Request struct {
	Target        string // a file's name, or "NAME/" for a project's page
	Authorization string // the header
	Range         string // the header
	UserAgent     string // the header
	Other         bool   // it came to the second listener
}

// New starts an index that stops with the test.
func New(t testing.TB, o Options) *Server {
	s := &Server{options: o, files: map[string][]byte{}, faults: map[string]*broken{}}
	serve := func(other bool) *httptest.Server {
		server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.serve(w, r, other) }))
		server.Config.ErrorLog = log.New(io.Discard, "", 0)
		if o.TLS && !other {
			server.StartTLS()
		} else {
			server.Start()
		}
		t.Cleanup(func() {
			server.CloseClientConnections() // those that a fault keeps open
			server.Close()
		})
		return server
	}
	s.main, s.other = serve(false), serve(true)
	s.URL, s.Other = s.main.URL+"/simple/", s.other.URL
	return s
}

// CertFile writes the certificate of a TLS server to a file, for SSL_CERT_FILE.
func (s *Server) CertFile(t testing.TB) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "cert.pem")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.main.Certificate().Raw})
	if err := os.WriteFile(file, text, 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}

// Certificate is that of a TLS server.
func (s *Server) Certificate() *x509.Certificate { return s.main.Certificate() }

// Add puts a file into the index; its project is that of its name. It returns the SHA-256 in hexadecimal.
func (s *Server) Add(file string, content []byte) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.files[file] = content
	return Digest(content)
}

// Digest is a content's SHA-256 in hexadecimal.
func Digest(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

// FileURL is where a file is served.
func (s *Server) FileURL(file string) string { return s.main.URL + "/files/" + file }

// Break makes a target (a file's name, or "NAME/" for a project's page) go wrong.
func (s *Server) Break(target string, fault Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults[target] = &broken{fault: fault}
}

// Mend takes a fault away.
func (s *Server) Mend(target string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.faults, target)
}

// Requests is how often a target was asked for; "" stands for all.
func (s *Server) Requests(target string) int {
	n := 0
	for _, r := range s.Log() {
		if target == "" || r.Target == target {
			n++
		}
	}
	return n
}

// Log is what was asked so far.
func (s *Server) Log() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.log)
}

// Forget empties the log.
func (s *Server) Forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.log = nil
}

// answer is what a well-behaved server would send.
type answer struct {
	target      string
	contentType string
	body        []byte
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request, other bool) {
	target := targetOf(r.URL.Path)
	s.mu.Lock()
	s.log = append(s.log, Request{target, r.Header.Get("Authorization"), r.Header.Get("Range"), r.UserAgent(), other})
	fault := s.faults[target]
	if fault != nil {
		fault.seen++
	}
	s.mu.Unlock()
	if user, password, _ := r.BasicAuth(); s.options.User+s.options.Password != "" && (user != s.options.User || password != s.options.Password) {
		w.Header().Set("WWW-Authenticate", `Basic realm="index"`)
		http.Error(w, "who are you?", http.StatusUnauthorized)
		return
	}
	a, ok := s.answer(target)
	if !ok {
		http.NotFound(w, r)
		return
	}
	if fault != nil && !other && s.misbehave(fault, w, r, a) {
		return
	}
	s.send(w, r, a)
}

// targetOf is a file's name, or "NAME/".
func targetOf(p string) string {
	if rest, ok := strings.CutPrefix(p, "/simple/"); ok {
		return strings.TrimSuffix(rest, "/") + "/"
	}
	return path.Base(p)
}

func (s *Server) answer(target string) (answer, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if project, ok := strings.CutSuffix(target, "/"); ok {
		return s.page(name.Name(project))
	}
	content, ok := s.files[target]
	return answer{target, "application/octet-stream", content}, ok
}

func (s *Server) send(w http.ResponseWriter, r *http.Request, a answer) {
	w.Header().Set("Content-Type", a.contentType)
	if strings.HasSuffix(a.target, "/") {
		if s.options.Gzip && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
			w.Header().Set("Content-Encoding", "gzip")
			a.body = pack(a.body)
		}
		_, _ = w.Write(a.body)
		return
	}
	if s.options.NoRanges {
		_, _ = w.Write(a.body)
		return
	}
	w.Header().Set("ETag", `"`+Digest(a.body)[:16]+`"`)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(a.body))
}

// projectOf is the project of a file by its name, "" for a name that is neither a wheel's nor an sdist's.
func projectOf(file string) name.Name {
	if wheel, err := filename.ParseWheel(file); err == nil {
		return wheel.Name
	}
	sdist, _ := filename.ParseSdist(file)
	return sdist.Name
}
