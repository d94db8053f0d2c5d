package index

import (
	"context"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/ofiuco/ofiuco/internal/indextest"
	"github.com/ofiuco/ofiuco/internal/oracle"
	"github.com/ofiuco/ofiuco/lock"
)

func writeFile(t testing.TB, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestFind(t *testing.T) {
	netrc := writeFile(t, "netrc", "machine net.example login n password np\nmachine token.example account tok\ndefault login d password dp\n")
	home := filepath.Dir(writeFile(t, "_netrc", "machine net.example login home password hp"))
	indexes := []lock.Index{
		{Name: "my-own.index", URL: "https://own.example/team/simple"},
		{Name: "other", URL: "https://urluser:urlpw@own.example/other/simple"},
	}
	own := []string{"NETRC", netrc, "OFIUCO_INDEX_MY_OWN_INDEX_USERNAME", "o", "OFIUCO_INDEX_MY_OWN_INDEX_PASSWORD", "op"}
	tests := []struct {
		name, url string
		env       []string
		redirect  bool // the server sent us there
		want      string
	}{
		{name: "by the index's name", url: "https://own.example/team/simple/alpha/", env: own, want: "o op"},
		{name: "the index's files", url: "https://own.example/team/files/alpha.whl", env: own, want: "o op"},
		{name: "another index of that host", url: "https://own.example/other/files/x", env: own, want: "urluser urlpw"},
		{name: "another port", url: "https://own.example:8443/team/simple/", env: own, want: "d dp"},
		{name: "the port spelled out", url: "https://OWN.example:443/team/simple/", env: own, want: "o op"},
		{name: "another scheme", url: "http://own.example/team/simple/", env: own, want: "d dp"},
		{name: "a subdomain, redirected", url: "https://sub.own.example/team/simple/", env: own, redirect: true, want: ""},
		{name: "uv's spelling", url: "https://own.example/team/", env: []string{"UV_INDEX_MY_OWN_INDEX_USERNAME", "u", "UV_INDEX_MY_OWN_INDEX_PASSWORD", "up"}, want: "u up"},
		{name: "Poetry's spelling", url: "https://own.example/team/", env: []string{"POETRY_HTTP_BASIC_MY_OWN_INDEX_USERNAME", "p", "POETRY_HTTP_BASIC_MY_OWN_INDEX_PASSWORD", "pp"}, want: "p pp"},
		{name: "a password for the URL's user", url: "https://own.example/other/", env: []string{"OFIUCO_INDEX_OTHER_PASSWORD", "only"}, want: "urluser only"},
		{name: "the URL's", url: "https://own.example/other/", want: "urluser urlpw"},
		{name: "netrc", url: "http://net.example:81/x", env: own, want: "n np"},
		{name: "netrc, redirected", url: "http://net.example/x", env: own, redirect: true, want: "n np"},
		{name: "netrc's default", url: "https://any.example/x", env: own, want: "d dp"},
		{name: "netrc's default, redirected", url: "https://any.example/x", env: own, redirect: true, want: ""},
		{name: "netrc, account alone", url: "https://token.example/", env: own, want: "tok "},
		{name: "netrc at home", url: "https://net.example/", env: []string{"HOME", home}, want: "home hp"},
		{name: "netrc at home on Windows", url: "https://net.example/", env: []string{"USERPROFILE", home}, want: "home hp"},
		{name: "none", url: "https://any.example/", want: ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := NewClient(Options{Getenv: environment(test.env...), Indexes: indexes}).credentials
			u, err := url.Parse(test.url)
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			if l, ok := c.find(u, !test.redirect); ok {
				got = l.user + " " + l.password
			}
			if got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestAuthorization(t *testing.T) {
	s := indextest.New(t, indextest.Options{User: "user", Password: "hunter2"})
	s.Add(fileName, content)
	with := strings.Replace(s.URL, "http://", "http://user:hunter2@", 1)
	c, _ := testClient(Options{})
	files, err := c.Files(context.Background(), Place{URL: with}, "alpha", nil)
	if err != nil || len(files) != 1 || strings.Contains(files[0].URL, "hunter2") {
		t.Fatalf("got %+v, error %v", files, err)
	}
	// The index's login serves its files, too.
	if _, err := read(c, files[0].URL); err != nil {
		t.Error(err)
	}
	named, _ := testClient(Options{Getenv: environment("OFIUCO_INDEX_OWN_USERNAME", "user", "OFIUCO_INDEX_OWN_PASSWORD", "hunter2")})
	if _, err := named.Files(context.Background(), Place{Name: "own", URL: s.URL}, "alpha", nil); err != nil {
		t.Error(err)
	}
	bare, _ := testClient(Options{})
	var status *StatusError
	if _, err := bare.Files(context.Background(), Place{URL: s.URL}, "alpha", nil); !errors.As(err, &status) || status.Status != 401 || !strings.Contains(err.Error(), "check the credentials") {
		t.Errorf("without: %v", err)
	}
	broken, _ := testClient(Options{Getenv: environment("NETRC", writeFile(t, "netrc", "machine a login u hunter2"))})
	if _, err := broken.Files(context.Background(), Place{URL: s.URL}, "alpha", nil); err == nil || !strings.Contains(err.Error(), "netrc: line 1: want login") || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("a broken netrc: %v", err)
	}
}

// Go's own client would send them to another port, and to subdomains.
func TestCredentialsStayWithTheirOrigin(t *testing.T) {
	s := indextest.New(t, indextest.Options{})
	s.Add(fileName, content)
	with := strings.Replace(s.FileURL(fileName), "http://", "http://user:hunter2@", 1)
	c, _ := testClient(Options{})
	s.Break(fileName, indextest.Redirect)
	if _, err := read(c, with); err != nil {
		t.Fatal(err)
	}
	s.Break(fileName, indextest.RedirectPort)
	if _, err := read(c, with); err != nil {
		t.Fatal(err)
	}
	for i, r := range s.Log() {
		if (r.Authorization != "") == r.Other {
			t.Errorf("request %d: %+v", i, r)
		}
	}
	if n := len(s.Log()); n != 4 {
		t.Errorf("%d requests", n)
	}
}

func TestSecretsAreNeverShown(t *testing.T) {
	s := indextest.New(t, indextest.Options{User: "user", Password: "hunter2/ +"})
	s.Add(fileName, content)
	netrc := writeFile(t, "netrc", `machine 127.0.0.1 login user password "hunter2/ +"`)
	with := strings.Replace(s.FileURL(fileName), "http://", "http://user:"+url.PathEscape("hunter2/ +")+"@", 1)
	for _, fault := range []indextest.Fault{
		indextest.RedirectEcho, indextest.Status403, indextest.Status404, indextest.Status503, indextest.Reset, indextest.Long, indextest.RedirectLoop, indextest.RedirectFile,
	} {
		s.Break(fileName, fault)
		for i, o := range []Options{{Attempts: 2}, {Attempts: 2, Getenv: environment("NETRC", netrc)}} {
			c, _ := testClient(o)
			_, err := read(c, []string{with, s.FileURL(fileName)}[i])
			if err == nil {
				t.Errorf("%s: no error", fault)
				continue
			}
			for e := err; e != nil; e = errors.Unwrap(e) {
				if strings.Contains(e.Error(), "hunter2") {
					t.Errorf("%s: %v", fault, e)
				}
			}
		}
	}
}

// keyringBackend knows one login, under the service that the test gives.
const keyringBackend = `
import keyring.backend, keyring.credentials, os
class Backend(keyring.backend.KeyringBackend):
    priority = 1
    def get_password(self, service, username):
        return "hunter2" if service == os.environ["TEST_SERVICE"] and username == "user" else None
    def get_credential(self, service, username):
        return keyring.credentials.SimpleCredential("user", "hunter2") if service == os.environ["TEST_SERVICE"] else None
    def set_password(self, service, username, password): pass
    def delete_password(self, service, username): pass
`

// TestKeyring runs the real keyring.
func TestKeyring(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the test's path is POSIX")
	}
	program := oracle.Tool(t, "keyring")
	t.Setenv("PATH", filepath.Dir(program)+":"+os.Getenv("PATH"))
	t.Setenv("PYTHONPATH", filepath.Dir(writeFile(t, "ofiuco_backend.py", keyringBackend)))
	t.Setenv("PYTHON_KEYRING_BACKEND", "ofiuco_backend.Backend")
	s := indextest.New(t, indextest.Options{User: "user", Password: "hunter2"})
	s.Add(fileName, content)
	host := strings.TrimSuffix(strings.TrimPrefix(s.URL, "http://"), "/simple/")
	asking := environment("OFIUCO_KEYRING_PROVIDER", "subprocess")
	for _, service := range []string{s.URL, host} {
		t.Setenv("TEST_SERVICE", service)
		for _, user := range []string{"user@", ""} {
			c, _ := testClient(Options{Getenv: asking})
			place := Place{URL: strings.Replace(s.URL, "http://", "http://"+user, 1)}
			s.Forget()
			for range 2 {
				if files, err := c.Files(context.Background(), place, "alpha", nil); err != nil || len(files) != 1 {
					t.Errorf("service %s, user %q: %+v, %v", service, user, files, err)
				}
			}
			// Refused once, then the keyring's answer is known.
			if n := s.Requests(""); n != 3 {
				t.Errorf("service %s, user %q: %d requests", service, user, n)
			}
		}
	}
	c, _ := testClient(Options{})
	if _, err := c.Files(context.Background(), Place{URL: s.URL}, "alpha", nil); err == nil {
		t.Error("the keyring was asked although no one asked for it")
	}
	t.Setenv("TEST_SERVICE", "none")
	c, _ = testClient(Options{Getenv: asking})
	var status *StatusError
	if _, err := c.Files(context.Background(), Place{URL: s.URL}, "alpha", nil); !errors.As(err, &status) || status.Status != 401 {
		t.Errorf("an unknown login: %v", err)
	}
	t.Setenv("PATH", t.TempDir())
	c, _ = testClient(Options{Getenv: asking})
	if _, err := c.Files(context.Background(), Place{URL: s.URL}, "alpha", nil); err == nil || !strings.Contains(err.Error(), "running keyring, as OFIUCO_KEYRING_PROVIDER asks") {
		t.Errorf("no keyring: %v", err)
	}
}
