package source

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/ofiuco/ofiuco/internal/atomicfile"
)

// kept is the reference that holds a commit in a repository of the cache.
const keptReference = "refs/ofiuco/commit"

const (
	tries    = 3
	firstGap = 500 * time.Millisecond // doubled after each try
)

// repository is a bare repository in the cache that holds one commit, and with history what led to it and its tags. It
// appears whole, by a rename, and never changes: processes need no lock, and what a killed one leaves is not taken for it.
type repository struct {
	git     *program
	cache   string
	commit  Commit
	history bool
}

func (r *repository) path() string {
	sum := sha256.Sum256([]byte(anonymous(r.commit.URL) + "\n" + r.commit.Commit))
	name := r.commit.Commit[:12] + "-" + hex.EncodeToString(sum[:8])
	if r.history {
		name += "-history"
	}
	return filepath.Join(r.cache, name)
}

// anonymous is a URL without its credentials.
func anonymous(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return raw
	}
	u.User = nil
	return u.String()
}

func (r *repository) there() bool {
	_, err := os.Stat(filepath.Join(r.path(), "HEAD"))
	return err == nil
}

// drop removes a damaged repository.
func (r *repository) drop() error {
	away, err := atomicfile.MkdirIn(r.cache, "dropped", 0o700)
	if err != nil {
		return err
	}
	if err := os.Rename(r.path(), filepath.Join(away, "repository")); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return atomicfile.RemoveAll(away)
}

// fill fetches the commit, unless it is there.
func (r *repository) fill(ctx context.Context) (err error) {
	if r.there() {
		return nil
	}
	_, _ = atomicfile.Sweep(r.cache) // what killed runs left
	temporary, err := atomicfile.MkdirIn(r.cache, "fetching", 0o700)
	if err != nil {
		return err
	}
	defer func() { _ = atomicfile.RemoveAll(temporary) }()
	if err := r.fetch(ctx, temporary); err != nil {
		return err
	}
	if err := os.Rename(temporary, r.path()); err != nil && !r.there() { // another process may have been faster
		return err
	}
	return nil
}

// fetch fetches the commit into a new repository: by its digest, else by its reference, else with everything, since not
// all servers hand out a commit that no reference points to.
func (r *repository) fetch(ctx context.Context, dir string) error {
	format := "sha1"
	if len(r.commit.Commit) == 64 {
		format = "sha256"
	}
	if _, err := r.git.run(ctx, dir, "", "init", "--quiet", "--bare", "--template=", "--object-format="+format); err != nil {
		return failure(err)
	}
	direct := "+" + r.commit.Commit + ":" + keptReference
	asks := [][]string{{"--no-tags", "--depth=1", direct}}
	if r.history {
		asks[0] = []string{"--no-tags", direct, "+refs/tags/*:refs/tags/*"}
	}
	if r.commit.Reference != "" {
		asks = append(asks, []string{"--no-tags", "+" + r.commit.Reference + ":refs/ofiuco/reference"})
	}
	asks = append(asks, []string{"--no-tags", "+refs/heads/*:refs/ofiuco/heads/*", "+refs/tags/*:refs/tags/*"})
	var last error
	for _, ask := range asks {
		if last = r.ask(ctx, dir, ask); last == nil {
			last = r.hold(ctx, dir)
		}
		if last == nil || !isUnadvertised(last) {
			break
		}
	}
	return last
}

// errNoCommit is the cause of an Error of a repository that does not have the commit.
var errNoCommit = errors.New("no such commit")

// isUnadvertised says whether a fetch of more than what was asked for may bring a commit.
func isUnadvertised(err error) bool {
	var failed *gitError
	return errors.Is(err, errNoCommit) ||
		errors.As(err, &failed) && failed.says("unadvertised object", "not our ref", "couldn't find remote ref", "does not allow request for")
}

// ask fetches, and again when the network is at fault.
func (r *repository) ask(ctx context.Context, dir string, ask []string) error {
	options, refs := split(ask)
	args := append([]string{"fetch", "--quiet", "--force", "--no-recurse-submodules", "--no-auto-maintenance", "--no-write-fetch-head"}, options...)
	args = append(append(args, "--", r.commit.URL), refs...)
	begin, gap := time.Now(), firstGap
	scheme, err := protocol(r.commit.URL)
	if err != nil {
		return err
	}
	for try := 1; ; try++ {
		_, err := r.git.run(ctx, dir, allowed(scheme), args...)
		var failed *gitError
		if !errors.As(err, &failed) {
			return err
		}
		explained := failed.explain(r.commit, try, time.Since(begin))
		if try == tries || !isNetwork(explained) {
			return explained
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(gap):
			gap *= 2
		}
	}
}

// split parts the options of an ask from its references.
func split(ask []string) (options, refs []string) {
	for _, a := range ask {
		if strings.HasPrefix(a, "--") {
			options = append(options, a)
		} else {
			refs = append(refs, a)
		}
	}
	return options, refs
}

// allowed is what git may use for a URL of a protocol: url.<base>.insteadOf may lead from one to another on the network.
func allowed(scheme string) string {
	if scheme == "file" {
		return "file"
	}
	return "https:ssh:git:file"
}

// hold checks that the commit came, and makes the reference that holds it.
func (r *repository) hold(ctx context.Context, dir string) error {
	out, err := r.git.run(ctx, dir, "", "rev-parse", "--verify", "--quiet", "--end-of-options", r.commit.Commit+"^{commit}")
	if err != nil {
		return orContext(ctx, &Error{
			Reason: "the repository has no commit " + r.commit.Commit, Err: errNoCommit,
			Hint: "Was it removed by a forced push? Then make the lock anew.",
		})
	}
	if strings.TrimSpace(out) != r.commit.Commit {
		return &Error{Reason: r.commit.Commit + " is no commit, but a tag", Hint: relock}
	}
	if _, err := r.git.run(ctx, dir, "", "update-ref", keptReference, r.commit.Commit); err != nil {
		return failure(err)
	}
	return nil
}
