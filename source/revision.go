package source

import (
	"context"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/ofiuco/ofiuco/internal/atomicfile"
)

// asking finds in a project's files that its build asks git for the version or for its files: setuptools-scm, hatch-vcs,
// flit-scm, pdm-backend's "scm", versioneer, versioningit, dunamai, poetry-dynamic-versioning, pbr, or a setup.py by itself.
var asking = regexp.MustCompile(`(?i)scm|vcs|versioneer|versioningit|dunamai|dynamic-versioning|\bpbr\b|\bgit\b.{0,20}(describe|rev-parse|rev-list|log)`)

// projectFiles are the files that say how a wheel is built.
var projectFiles = map[string]bool{"pyproject.toml": true, "setup.py": true, "setup.cfg": true}

// maxProjectFile is how much of such a file is looked at, in bytes.
const maxProjectFile = 1 << 20

// maxProjectDepth is in how many folders of a repository a project may lie whose build gets the history.
const maxProjectDepth = 3

// asksGit says whether a build of a tree asks git.
func asksGit(items []item) bool {
	for i := range items {
		if projectFiles[items[i].path] && items[i].target == "" && fileAsksGit(items[i].from) {
			return true
		}
	}
	return false
}

// treeAsksGit is asksGit for any project in a checkout.
func treeAsksGit(dir string) bool {
	asks := false
	_ = filepath.WalkDir(dir, func(full string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return nil // the build will say what can't be read
		case entry.IsDir() && (entry.Name() == ".git" || strings.Count(full[len(dir):], string(filepath.Separator)) > maxProjectDepth):
			return filepath.SkipDir
		case projectFiles[entry.Name()] && entry.Type().IsRegular() && fileAsksGit(full):
			asks = true
			return filepath.SkipAll
		}
		return nil
	})
	return asks
}

func fileAsksGit(full string) bool {
	f, err := os.Open(full)
	if err != nil {
		return false
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxProjectFile))
	return err == nil && asking.Match(data)
}

// revision is what git says of a tree: its HEAD and its tags.
type revision struct {
	git  *program
	tree string
	text string
}

// revisionOf is the revision of a tree, nil when it is not a repository's or git is not there: what a build makes of that
// is its own affair.
func revisionOf(ctx context.Context, tree string) *revision {
	if _, err := os.Stat(filepath.Join(tree, ".git")); err != nil {
		return nil
	}
	git, err := findGit(os.Getenv)
	if err != nil {
		return nil
	}
	head, err := git.run(ctx, tree, "", "rev-parse", "--verify", "HEAD")
	if err != nil {
		return nil
	}
	tags, err := git.run(ctx, tree, "", "for-each-ref", "--format=%(objectname) %(refname)", "refs/tags")
	if err != nil {
		return nil
	}
	return &revision{git: git, tree: tree, text: head + tags}
}

// clone makes dir a repository with the tree's HEAD and tags, whose objects stay where they are. It is one of its own, so
// that no build writes to the tree's.
func (v *revision) clone(ctx context.Context, dir string) error {
	tree, err := filepath.Abs(v.tree)
	if err != nil {
		return err
	}
	bare, err := os.MkdirTemp(dir, ".git-")
	if err != nil {
		return err
	}
	defer func() { _ = atomicfile.RemoveAll(bare) }()
	for _, step := range []struct {
		dir  string
		args []string
	}{
		{dir, []string{"clone", "--quiet", "--shared", "--no-checkout", "--template=", "--", tree, filepath.Join(bare, "clone")}},
		{filepath.Join(bare, "clone"), []string{"remote", "remove", "origin"}},
	} {
		if _, err := v.git.run(ctx, step.dir, "file", step.args...); err != nil {
			return failure(err)
		}
	}
	if err := os.Rename(filepath.Join(bare, "clone", ".git"), filepath.Join(dir, ".git")); err != nil {
		return err
	}
	_, err = v.git.run(ctx, dir, "", "reset", "--quiet", "--mixed")
	return failure(err)
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}
