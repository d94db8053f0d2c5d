package source

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/ofiuco/ofiuco/index"
	"github.com/ofiuco/ofiuco/internal/atomicfile"
	"github.com/ofiuco/ofiuco/internal/quoted"
)

// Commit is a commit of a git repository.
type Commit struct {
	URL    string // may hold credentials
	Commit string // full, in hexadecimal
	// Reference is the branch or tag that the lock was made from, for servers that give no commit by its digest.
	Reference string
}

// Git checks a commit out into dir, which must be an empty folder: with submodules, and with LFS files where git-lfs
// is there. cache is a folder that keeps repositories: a commit that is in it needs no network. The checkout is a
// repository, with the history and the tags only where a build asks for them (setuptools-scm and others).
//
// The commit, which the lock pins, names all that is checked out, so that it may stand for it wherever a digest is
// needed. LFS files are no exception: the commit has their SHA-256.
//
// The error is an *Error, that of ctx, or the disk's.
func Git(ctx context.Context, c Commit, cache, dir string, getenv func(string) string) error {
	if err := c.check(); err != nil {
		return c.fault(err)
	}
	g, err := findGit(getenv)
	if err != nil {
		return c.fault(err)
	}
	cache, err = filepath.Abs(cache)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return err
	}
	k := &checkout{git: g, cache: cache, commit: c, dir: dir}
	if err := k.run(ctx); err != nil {
		return c.fault(err)
	}
	return nil
}

// fault names the repository in an error.
func (c Commit) fault(err error) error {
	var e *Error
	if errors.As(err, &e) && e.Source == "" {
		e.Source = index.Redact(c.URL)
	}
	return err
}

// impossible is the error of a commit that git isn't asked for.
func impossible(hint, format string, args ...any) *Error {
	return &Error{Reason: fmt.Sprintf(format, args...), Hint: hint}
}

const (
	relock       = "Make the lock anew; if that does not help, tell us."
	maxURL       = 4096
	maxReference = 1024
)

// hexadecimal is a full commit, of SHA-1 or SHA-256.
var hexadecimal = regexp.MustCompile(`^([0-9a-f]{40}|[0-9a-f]{64})$`)

// check refuses what git could take for something other than the URL of a repository, a commit, or a reference.
func (c Commit) check() error {
	if _, err := protocol(c.URL); err != nil {
		return err
	}
	if !hexadecimal.MatchString(c.Commit) {
		return impossible(relock, "%s is not a full git commit, in 40 or 64 hexadecimal digits", quoted.Always(c.Commit))
	}
	if !isReference(c.Reference) {
		return impossible(relock, "%s is not the name of a git branch or tag", quoted.Always(c.Reference))
	}
	return nil
}

// scp is git's short form of an ssh URL, "git@host:path".
var scp = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.+-]*@[A-Za-z0-9][A-Za-z0-9.-]*:[^:-]`)

// protocol is that of a URL: https, ssh, git or file. Others make git run programs, or send credentials in the clear.
func protocol(raw string) (string, error) {
	const hint = "ofiuco fetches git repositories by https, ssh, git and file URLs."
	if raw == "" || len(raw) > maxURL || hasControl(raw) || strings.HasPrefix(raw, "-") {
		return "", impossible(hint, "%s is not the URL of a git repository", quoted.Always(index.Redact(raw)))
	}
	if scp.MatchString(raw) {
		return "ssh", nil
	}
	u, err := url.Parse(raw)
	if err != nil || strings.Contains(u.Scheme, ":") {
		return "", impossible(hint, "%s is not the URL of a git repository", quoted.Always(index.Redact(raw)))
	}
	switch u.Scheme {
	case "https", "ssh", "git":
		if strings.HasPrefix(u.Hostname(), "-") || strings.HasPrefix(u.User.Username(), "-") {
			const reason = "%s is not an https, ssh, git or file URL: its host or user begins with a dash, which ssh takes for an option"
			return "", impossible(hint, reason, quoted.Always(index.Redact(raw)))
		}
		if u.Hostname() != "" {
			return u.Scheme, nil
		}
	case "file":
		if path.IsAbs(u.Path) {
			return u.Scheme, nil
		}
	}
	return "", impossible(hint, "%s is not an https, ssh, git or file URL", quoted.Always(index.Redact(raw)))
}

// isReference holds for names that git check-ref-format allows, for "HEAD" and for "".
func isReference(name string) bool {
	if len(name) > maxReference || hasControl(name) || strings.ContainsAny(name, " ~^:?*[\\") || strings.HasPrefix(name, "-") {
		return false
	}
	for _, part := range []string{"..", "@{", "//"} {
		if strings.Contains(name, part) {
			return false
		}
	}
	return !strings.HasPrefix(name, "/") && !strings.HasSuffix(name, "/") && !strings.HasSuffix(name, ".") && !strings.HasSuffix(name, ".lock")
}

func hasControl(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f })
}

// relativeTo is the URL of a submodule, which may be relative to that of the repository that holds it
// (gitsubmodules documentation, "url").
func relativeTo(parent, raw string) (string, error) {
	if !strings.HasPrefix(raw, "./") && !strings.HasPrefix(raw, "../") {
		return raw, nil
	}
	scheme, err := protocol(parent)
	if err != nil {
		return "", err
	}
	root, at := "", strings.TrimSuffix(parent, "/")
	if strings.Contains(parent, "://") {
		u, err := url.Parse(parent)
		if err != nil {
			return "", err
		}
		at, u.Path, u.RawPath = strings.Trim(u.Path, "/"), "/", ""
		root = u.String()
	} else if scheme == "ssh" {
		before, after, _ := strings.Cut(at, ":")
		root, at = before+":", after
	}
	joined := path.Join(at, raw)
	if joined == ".." || strings.HasPrefix(joined, "../") {
		return "", impossible("", "%s leaves the server that it is relative to", quoted.Always(raw))
	}
	return root + joined, nil
}

// emptyFolder removes all that is in a folder.
func emptyFolder(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, entry := range entries {
		if err := atomicfile.RemoveAll(filepath.Join(dir, entry.Name())); err != nil {
			return err
		}
	}
	return nil
}
