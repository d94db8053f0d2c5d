package index

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/ofiuco/ofiuco/internal/netrc"
)

// login is what a server is told; the zero login is none.
type login struct{ user, password string }

// grant is a login for one origin. Where an origin has several, the one whose path has most in common
// with the URL is taken: hosts keep the indexes of many teams apart by path.
type grant struct {
	login
	origin, path string
}

// credentials finds the login of a URL. The order: what the environment says for an index by its name,
// what stood in a URL of that origin, netrc, and after a 401 the keyring if OFIUCO_KEYRING_PROVIDER
// is "subprocess".
type credentials struct {
	netrc    *netrc.File
	netrcErr error
	keyring  func(ctx context.Context, service, user string) (login, error) // nil: not asked

	getenv func(string) string

	mu     sync.Mutex
	grants []grant
	used   []login                   // from netrc, that were sent
	asked  map[string]*keyringAnswer // by origin and user
	// services are the indexes' URLs by origin.
	services map[string][]string
}

func newCredentials(getenv func(string) string) *credentials {
	c := &credentials{getenv: getenv, asked: map[string]*keyringAnswer{}, services: map[string][]string{}}
	c.netrc, c.netrcErr = readNetrc(getenv)
	if getenv("OFIUCO_KEYRING_PROVIDER") == "subprocess" {
		c.keyring = runKeyring
	}
	return c
}

// introduce makes an index known, so that its name's variables count. A URL that is none is passed over:
// the request for it will say so.
func (c *credentials) introduce(name, index string) {
	u, err := url.Parse(index)
	if err != nil {
		return
	}
	at := origin(u)
	service := *u
	service.User = nil
	c.mu.Lock()
	known := slices.Contains(c.services[at], service.String())
	if !known {
		c.services[at] = append(c.services[at], service.String())
	}
	c.mu.Unlock()
	if named, ok := fromEnvironment(c.getenv, name); ok && !known {
		if named.user == "" && u.User != nil {
			named.user = u.User.Username()
		}
		c.add(grant{named, at, u.Path})
	}
	c.learn(u)
}

// fromEnvironment reads an index's login as ofiuco, uv and Poetry spell its variables.
func fromEnvironment(getenv func(string) string, index string) (login, bool) {
	if index == "" {
		return login{}, false
	}
	name := variableName(index)
	for _, prefix := range []string{"OFIUCO_INDEX_", "UV_INDEX_", "POETRY_HTTP_BASIC_"} {
		l := login{getenv(prefix + name + "_USERNAME"), getenv(prefix + name + "_PASSWORD")}
		if l != (login{}) {
			return l, true
		}
	}
	return login{}, false
}

// variableName is an index's name as part of a variable's: upper case, "_" for all but letters and digits.
func variableName(index string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case 'a' <= r && r <= 'z':
			return r - 'a' + 'A'
		case 'A' <= r && r <= 'Z', '0' <= r && r <= '9':
			return r
		}
		return '_'
	}, index)
}

// learn takes user and password out of a URL and keeps them for its origin.
func (c *credentials) learn(u *url.URL) *url.URL {
	if u.User == nil {
		return u
	}
	password, _ := u.User.Password()
	g := grant{login{u.User.Username(), password}, origin(u), u.Path}
	bare := *u
	bare.User = nil
	if g.login == (login{}) {
		return &bare
	}
	c.add(g)
	return &bare
}

// add keeps a grant unless there is one for the place.
func (c *credentials) add(g grant) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, known := range c.grants {
		if known.origin == g.origin && known.path == g.path {
			return
		}
	}
	c.grants = append(c.grants, g)
}

// find is the login for a URL. Netrc's entry for all other hosts is used only for URLs that were asked
// for (first), not for where a server sends us.
func (c *credentials) find(u *url.URL, first bool) (login, bool) {
	if l, ok := c.granted(u); ok {
		return l, true
	}
	entry, ok := c.netrc.Machine(u.Hostname())
	if !ok && first {
		entry, ok = c.netrc.Default()
	}
	if !ok || entry == (netrc.Login{}) {
		return login{}, false
	}
	user := entry.User
	if user == "" {
		user = entry.Account
	}
	found := login{user, entry.Password}
	c.mu.Lock()
	defer c.mu.Unlock()
	if !slices.Contains(c.used, found) {
		c.used = append(c.used, found)
	}
	return found, true
}

func (c *credentials) granted(u *url.URL) (login, bool) {
	at := origin(u)
	c.mu.Lock()
	defer c.mu.Unlock()
	best, found := -1, login{}
	for _, g := range c.grants {
		if n := commonSegments(g.path, u.Path); g.origin == at && n > best {
			best, found = n, g.login
		}
	}
	return found, best >= 0
}

// origin is what two URLs share when they may share credentials: scheme, host and port.
func origin(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return u.Scheme + "://" + strings.ToLower(u.Hostname()) + ":" + port
}

func commonSegments(a, b string) int {
	as, bs := strings.Split(strings.Trim(a, "/"), "/"), strings.Split(strings.Trim(b, "/"), "/")
	n := 0
	for n < min(len(as), len(bs)) && as[n] == bs[n] {
		n++
	}
	return n
}

// hide takes all known passwords out of a message, for a server may put what it was told into a URL.
func (c *credentials) hide(message string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	logins := slices.Clone(c.used)
	for _, g := range c.grants {
		logins = append(logins, g.login)
	}
	for _, l := range logins {
		secret := l.password
		if secret == "" {
			secret = l.user // a token
		}
		// Shorter ones would garble the message and so give themselves away.
		if len(secret) >= 4 {
			inPath := (&url.URL{Path: secret}).EscapedPath()
			message = strings.NewReplacer(secret, "****", inPath, "****", url.PathEscape(secret), "****", url.QueryEscape(secret), "****").Replace(message)
		}
	}
	return message
}

// readNetrc reads the file that NETRC names, else .netrc or _netrc in the home folder.
func readNetrc(getenv func(string) string) (*netrc.File, error) {
	none, _ := netrc.Parse(nil)
	paths := []string{getenv("NETRC")}
	if paths[0] == "" {
		home := getenv("HOME")
		if home == "" {
			home = getenv("USERPROFILE")
		}
		if home == "" {
			return none, nil
		}
		paths = []string{filepath.Join(home, ".netrc"), filepath.Join(home, "_netrc")}
	}
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return none, err
		}
		file, err := netrc.Parse(data)
		if err != nil {
			return none, fmt.Errorf("%s: %w", path, err)
		}
		return file, nil
	}
	return none, nil
}
