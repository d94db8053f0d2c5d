package source_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/cgi"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ofiuco/ofiuco/index"
	"github.com/ofiuco/ofiuco/internal/oracle"
	"github.com/ofiuco/ofiuco/source"
)

// gitServer serves a repository by HTTPS, as git's own program does, to those who know the password.
func gitServer(t *testing.T, r *repository, handle func(http.ResponseWriter, *http.Request, http.Handler)) (address string, getenv func(string) string) {
	t.Helper()
	backend := &cgi.Handler{
		Path: filepath.Join(r.git("--exec-path"), "git-http-backend"),
		Env:  []string{"GIT_PROJECT_ROOT=" + r.dir, "GIT_HTTP_EXPORT_ALL=1", "HOME=" + r.dir, "GIT_CONFIG_NOSYSTEM=1"},
	}
	if _, err := os.Stat(backend.Path); err != nil {
		oracle.Missing(t, "git-http-backend")
	}
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) { handle(w, req, backend) }))
	t.Cleanup(server.Close)
	t.Cleanup(server.CloseClientConnections)
	certificate := filepath.Join(t.TempDir(), "certificate")
	if err := os.WriteFile(certificate, pemOf(server.Certificate()), 0o600); err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	u.User, u.Path = url.UserPassword("user", "secret"), "/.git"
	return u.String(), gitHome(t, "GIT_SSL_CAINFO="+certificate)
}

func TestGitHTTPS(t *testing.T) {
	r := newRepository(t)
	commit := r.commit(map[string]string{"a": "1"})
	var mu sync.Mutex
	status, seen := 0, 0
	address, getenv := gitServer(t, r, func(w http.ResponseWriter, req *http.Request, backend http.Handler) {
		mu.Lock()
		defer mu.Unlock()
		if user, password, _ := req.BasicAuth(); user != "user" || password != "secret" {
			w.Header().Set("WWW-Authenticate", "Basic")
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		if seen++; status != 0 {
			w.WriteHeader(status)
			return
		}
		backend.ServeHTTP(w, req)
	})
	cache := t.TempDir()
	dir := wantCommit(t, source.Commit{URL: address, Commit: commit}, cache, getenv, `a f "1"`)
	for _, place := range []string{cache, dir} {
		if output, err := exec.Command("grep", "-r", "secret", place).Output(); err == nil {
			t.Errorf("the password was written down: %s", output)
		}
	}
	anonymous := strings.Replace(address, "user:secret@", "", 1)
	wantCommit(t, source.Commit{URL: anonymous, Commit: commit}, cache, getenv, `a f "1"`) // from the cache

	err := source.Git(t.Context(), source.Commit{URL: anonymous, Commit: commit}, t.TempDir(), t.TempDir(), getenv)
	wantRefusal(t, err, anonymous, "git has no credentials for the server")
	var network *index.NetworkError
	if errors.As(err, &network) {
		t.Error("a missing password is no fault of the network")
	}
	for _, wrong := range []int{http.StatusServiceUnavailable, http.StatusNotFound} {
		mu.Lock()
		status, seen = wrong, 0
		mu.Unlock()
		err = source.Git(t.Context(), source.Commit{URL: address, Commit: commit}, t.TempDir(), t.TempDir(), getenv)
		if err == nil || strings.Contains(err.Error(), "secret") || errors.As(err, &network) != (wrong == http.StatusServiceUnavailable) {
			t.Errorf("status %d: %v", wrong, err)
		}
		mu.Lock()
		if tries := map[int]int{http.StatusServiceUnavailable: 3, http.StatusNotFound: 1}[wrong]; seen != tries {
			t.Errorf("status %d: %d tries, want %d", wrong, seen, tries)
		}
		mu.Unlock()
	}
}

// TestGitInterrupted cancels while a server says nothing: git and its helpers must end at once.
func TestGitInterrupted(t *testing.T) {
	r := newRepository(t)
	commit := r.commit(map[string]string{"a": "1"})
	asked, left := make(chan struct{}), make(chan struct{})
	address, getenv := gitServer(t, r, func(_ http.ResponseWriter, req *http.Request, _ http.Handler) {
		close(asked)
		<-req.Context().Done()
		close(left)
	})
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-asked
		cancel()
	}()
	cache := t.TempDir()
	begin := time.Now()
	err := source.Git(ctx, source.Commit{URL: address, Commit: commit}, cache, t.TempDir(), getenv)
	if !errors.Is(err, context.Canceled) || time.Since(begin) > 4*time.Second {
		t.Errorf("got %v after %v", err, time.Since(begin))
	}
	<-left // git's helper for HTTPS has ended, too
	if entries, err := os.ReadDir(cache); err != nil || len(entries) > 0 {
		t.Errorf("%v is in the cache (%v)", entries, err)
	}
}

func TestGitNetwork(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	address := strings.Replace(server.URL, "http:", "git:", 1) + "/x"
	server.Close()
	err := source.Git(t.Context(), source.Commit{URL: address, Commit: strings.Repeat("a", 40)}, t.TempDir(), t.TempDir(), gitHome(t))
	var network *index.NetworkError
	if !errors.As(err, &network) || network.Attempts != 3 {
		t.Errorf("got %v, want a NetworkError after 3 tries", err)
	}
	wantRefusal(t, err, address, "check the connection")
}
