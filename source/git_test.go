package source_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ofiuco/ofiuco/internal/oracle"
	"github.com/ofiuco/ofiuco/source"
)

// gitHome is an environment without a user's settings, with these variables.
func gitHome(t *testing.T, variables ...string) func(string) string {
	t.Helper()
	known := map[string]string{"PATH": os.Getenv("PATH"), "HOME": t.TempDir(), "GIT_CONFIG_NOSYSTEM": "1"}
	for _, v := range variables {
		key, value, _ := strings.Cut(v, "=")
		known[key] = value
	}
	return func(key string) string { return known[key] }
}

// repository is a git repository of a test.
type repository struct {
	t   *testing.T
	dir string
}

func newRepository(t *testing.T, options ...string) *repository {
	t.Helper()
	r := &repository{t, t.TempDir()}
	r.git(append([]string{"init", "-q", "-b", "main"}, options...)...)
	return r
}

func (r *repository) git(args ...string) string {
	r.t.Helper()
	cmd := exec.Command(oracle.Program(r.t, "git"), append([]string{"-c", "protocol.file.allow=always"}, args...)...)
	cmd.Dir = r.dir
	cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + r.dir, "GIT_CONFIG_NOSYSTEM=1", "GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example.com",
		"GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@example.com", "GIT_AUTHOR_DATE=1600000000 +0000", "GIT_COMMITTER_DATE=1600000000 +0000",
	}
	output, err := cmd.CombinedOutput()
	if err != nil {
		r.t.Fatalf("git %q: %v\n%s", args, err, output)
	}
	return strings.TrimSpace(string(output))
}

// commit writes files, commits them and gives the commit.
func (r *repository) commit(files map[string]string) string {
	r.t.Helper()
	for name, data := range files {
		full := filepath.Join(r.dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			r.t.Fatal(err)
		}
		if err := os.WriteFile(full, []byte(data), 0o644); err != nil {
			r.t.Fatal(err)
		}
	}
	r.git("add", "-A")
	r.git("commit", "-q", "--allow-empty", "-m", "x")
	return r.git("rev-parse", "HEAD")
}

func (r *repository) url() string { return "file://" + r.dir }

func (r *repository) remove() {
	r.t.Helper()
	if err := os.RemoveAll(r.dir); err != nil {
		r.t.Fatal(err)
	}
}

// wantCommit checks a commit out and compares its files.
func wantCommit(t *testing.T, c source.Commit, cache string, getenv func(string) string, want ...string) string {
	t.Helper()
	dir := t.TempDir()
	if err := source.Git(t.Context(), c, cache, dir, getenv); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, listing(t, dir)); diff != "" {
		t.Error(diff)
	}
	return dir
}

func TestGit(t *testing.T) {
	withUmask(t, 0o077)
	r := newRepository(t)
	first := r.commit(map[string]string{"a.py": "1\r\n", ".gitattributes": "*.txt text\n", "b.txt": "line\n"})
	if err := os.Symlink("a.py", filepath.Join(r.dir, "link")); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Join(r.dir, "b.txt"), 0o755); err != nil {
		t.Fatal(err)
	}
	second := r.commit(map[string]string{"a.py": "2\n", "sub/c.py": ""})
	cache := filepath.Join(t.TempDir(), "cache")
	// Settings of the user's that would change the files, or run programs.
	getenv := gitHome(t, "GIT_CONFIG_COUNT=3", "GIT_CONFIG_KEY_0=core.autocrlf", "GIT_CONFIG_VALUE_0=true",
		"GIT_CONFIG_KEY_1=core.hooksPath", "GIT_CONFIG_VALUE_1="+hooks(t), "GIT_CONFIG_KEY_2=core.eol", "GIT_CONFIG_VALUE_2=crlf")
	wantCommit(t, source.Commit{URL: r.url(), Commit: first, Reference: "main"}, cache, getenv,
		`.gitattributes f "*.txt text\n"`, `a.py f "1\r\n"`, `b.txt f "line\n"`)
	want := []string{`.gitattributes f "*.txt text\n"`, `a.py f "2\n"`, `b.txt x "line\n"`, "link -> a.py", "sub/", `sub/c.py f ""`}
	dir := wantCommit(t, source.Commit{URL: r.url(), Commit: second}, cache, getenv, want...)
	info, err := os.Stat(filepath.Join(dir, "sub", "c.py"))
	if err != nil || info.Mode() != 0o644 || info.ModTime().Unix() != 1600000000 {
		t.Errorf("%v %v %v", info.Mode(), info.ModTime(), err)
	}
	inner := &repository{t, dir}
	if got := inner.git("status", "--porcelain"); got != "" {
		t.Errorf("git finds changes: %s", got)
	}
	if got := inner.git("rev-list", "--count", "HEAD"); got != "1" {
		t.Errorf("%s commits came, want one", got)
	}
	// What is in the cache needs no server, also under the URL with a password.
	r.remove()
	wantCommit(t, source.Commit{URL: r.url(), Commit: second}, cache, getenv, want...)
}

// hooks is a folder with a hook that leaves a file.
func hooks(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, hook := range []string{"post-checkout", "reference-transaction", "post-index-change"} {
		if err := os.WriteFile(filepath.Join(dir, hook), []byte("#!/bin/sh\ntouch "+dir+"/ran\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() {
		if _, err := os.Stat(filepath.Join(dir, "ran")); err == nil {
			t.Error("a hook ran")
		}
	})
	return dir
}

// TestGitHistory has a project whose build asks git for its version.
func TestGitHistory(t *testing.T) {
	r := newRepository(t)
	r.commit(map[string]string{"pyproject.toml": "[build-system]\nrequires = ['setuptools-scm']\n"})
	r.git("tag", "v1.0")
	r.commit(map[string]string{"a": "1"})
	commit := r.commit(map[string]string{"a": "2"})
	r.git("checkout", "-q", "--orphan", "other")
	r.commit(map[string]string{"other": ""})
	cache := t.TempDir()
	for range 2 {
		dir := wantCommit(t, source.Commit{URL: r.url(), Commit: commit}, cache, gitHome(t),
			`a f "2"`, `pyproject.toml f "[build-system]\nrequires = ['setuptools-scm']\n"`)
		if got := (&repository{t, dir}).git("describe", "--tags", "--dirty"); got != "v1.0-2-g"+commit[:7] {
			t.Errorf("git describe says %s", got)
		}
		if err := os.RemoveAll(r.dir); err != nil { // the second time nothing is asked for
			t.Fatal(err)
		}
	}
}

func TestGitSHA256(t *testing.T) {
	r := newRepository(t, "--object-format=sha256")
	commit := r.commit(map[string]string{"a": "1"})
	wantCommit(t, source.Commit{URL: r.url(), Commit: commit}, t.TempDir(), gitHome(t), `a f "1"`)
}

// TestGitUnadvertised has servers that hand out only what references point to.
func TestGitUnadvertised(t *testing.T) {
	r := newRepository(t)
	commit := r.commit(map[string]string{"a": "1"})
	r.git("tag", "v1")
	r.commit(map[string]string{"a": "2"})
	old := gitHome(t, "GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=protocol.version", "GIT_CONFIG_VALUE_0=0")
	for _, reference := range []string{"", "main", "v1", "gone", commit} {
		wantCommit(t, source.Commit{URL: r.url(), Commit: commit, Reference: reference}, t.TempDir(), old, `a f "1"`)
	}
	missing := strings.Repeat("0", 39) + "1"
	for _, getenv := range []func(string) string{old, gitHome(t)} {
		err := source.Git(t.Context(), source.Commit{URL: r.url(), Commit: missing}, t.TempDir(), t.TempDir(), getenv)
		wantRefusal(t, err, r.url(), "no commit "+missing)
	}
	r.git("tag", "-a", "-m", "x", "annotated")
	err := source.Git(t.Context(), source.Commit{URL: r.url(), Commit: r.git("rev-parse", "annotated")}, t.TempDir(), t.TempDir(), gitHome(t))
	wantRefusal(t, err, r.url(), "is no commit, but a tag")
}

func TestGitSubmodules(t *testing.T) {
	parent := t.TempDir()
	at := func(name string) *repository {
		r := &repository{t, filepath.Join(parent, name)}
		if err := os.Mkdir(r.dir, 0o755); err != nil {
			t.Fatal(err)
		}
		r.git("init", "-q", "-b", "main")
		return r
	}
	inner, middle, outer := at("inner"), at("middle"), at("outer")
	inner.commit(map[string]string{"i": "1"})
	middle.git("submodule", "--quiet", "add", "../inner", "deep/inner")
	middle.commit(map[string]string{"m": ""})
	outer.git("submodule", "--quiet", "add", middle.url(), "lib")
	outer.git("submodule", "--quiet", "add", "../inner", "unwanted")
	outer.git("config", "--file", ".gitmodules", "submodule.unwanted.update", "none")
	commit := outer.commit(map[string]string{"o": ""})
	inner.commit(map[string]string{"i": "2"}) // later than what is pinned
	modules, err := os.ReadFile(filepath.Join(outer.dir, ".gitmodules"))
	if err != nil {
		t.Fatal(err)
	}
	innerModules, err := os.ReadFile(filepath.Join(middle.dir, ".gitmodules"))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		".gitmodules f " + quoted(modules), "lib/", "lib/.gitmodules f " + quoted(innerModules), "lib/deep/", "lib/deep/inner/", `lib/deep/inner/i f "1"`,
		`lib/m f ""`, `o f ""`, "unwanted/",
	}
	cache := t.TempDir()
	dir := wantCommit(t, source.Commit{URL: outer.url(), Commit: commit}, cache, gitHome(t), want...)
	if got := (&repository{t, dir}).git("status", "--porcelain"); got != "" {
		t.Errorf("git finds changes: %s", got)
	}
	for _, r := range []*repository{inner, middle, outer} {
		r.remove()
	}
	wantCommit(t, source.Commit{URL: outer.url(), Commit: commit}, cache, gitHome(t), want...)
}

func quoted(data []byte) string { return fmt.Sprintf("%q", data) }

// TestGitHostileSubmodules has repositories that name others which they must not.
func TestGitHostileSubmodules(t *testing.T) {
	other := newRepository(t)
	commit := other.commit(map[string]string{"secret": "s"})
	for _, c := range []struct {
		name, path, url, want string
	}{
		{"ext", "sub", "ext::sh -c touch% /tmp/ofiuco-evil", "not an https, ssh, git or file URL"},
		{"option", "sub", "--upload-pack=touch /tmp/ofiuco-evil", "not the URL of a git repository"},
		{"ssh_option", "sub", "ssh://-oProxyCommand=touch/x", "not an https, ssh, git or file URL"},
		{"http", "sub", "http://localhost/x", "not an https, ssh, git or file URL"},
		{"plain_path", "sub", other.dir, "not an https, ssh, git or file URL"},
		{"none", "elsewhere", other.url(), "no URL in .gitmodules"},
		{"climb", "sub", "../../../../../../../../../../x", "leaves the server"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRepository(t)
			r.git("config", "--file", ".gitmodules", "submodule.x.path", c.path)
			r.git("config", "--file", ".gitmodules", "submodule.x.url", c.url)
			r.git("update-index", "--add", "--cacheinfo", "160000,"+commit+",sub")
			if err := os.Mkdir(filepath.Join(r.dir, "sub"), 0o755); err != nil {
				t.Fatal(err)
			}
			r.git("add", ".gitmodules")
			r.git("commit", "-q", "-m", "x")
			err := source.Git(t.Context(), source.Commit{URL: r.url(), Commit: r.git("rev-parse", "HEAD")}, t.TempDir(), t.TempDir(), gitHome(t))
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), `submodule "sub"`) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

// TestGitRefused has what git is never asked, since it would run it, or take it for an option.
func TestGitRefused(t *testing.T) {
	commit := strings.Repeat("a", 40)
	cache := filepath.Join(t.TempDir(), "cache")
	for _, c := range []struct {
		commit source.Commit
		want   string
	}{
		{source.Commit{URL: "--upload-pack=touch evil", Commit: commit}, "not the URL"},
		{source.Commit{URL: "-u", Commit: commit}, "not the URL"},
		{source.Commit{URL: "", Commit: commit}, "not the URL"},
		{source.Commit{URL: "ext::sh -c 'touch evil'", Commit: commit}, "not an https"},
		{source.Commit{URL: "fd::17", Commit: commit}, "not an https"},
		{source.Commit{URL: "ext::https://example.com/x", Commit: commit}, "not"},
		{source.Commit{URL: "http://example.com/x", Commit: commit}, "not an https"},
		{source.Commit{URL: "file:relative", Commit: commit}, "not an https"},
		{source.Commit{URL: "/absolute", Commit: commit}, "not an https"},
		{source.Commit{URL: "../relative", Commit: commit}, "not an https"},
		{source.Commit{URL: "ssh://-oProxyCommand=evil/x", Commit: commit}, "not an https"},
		{source.Commit{URL: "ssh://-oProxyCommand=evil@example.com/x", Commit: commit}, "not an https"},
		{source.Commit{URL: "-oProxyCommand=evil:x", Commit: commit}, "not the URL"},
		{source.Commit{URL: "git@-oProxyCommand=evil:x", Commit: commit}, "not"},
		{source.Commit{URL: "https:///x", Commit: commit}, "not an https"},
		{source.Commit{URL: "https://example.com/x\nevil", Commit: commit}, "not the URL"},
		{source.Commit{URL: "https://example.com/\x1b[2J", Commit: commit}, "not the URL"},
		{source.Commit{URL: "https://example.com/x"}, "not a full git commit"},
		{source.Commit{URL: "https://example.com/x", Commit: "main"}, "not a full git commit"},
		{source.Commit{URL: "https://example.com/x", Commit: "--evil"}, "not a full git commit"},
		{source.Commit{URL: "https://example.com/x", Commit: commit[:39]}, "not a full git commit"},
		{source.Commit{URL: "https://example.com/x", Commit: commit + "\n"}, "not a full git commit"},
		{source.Commit{URL: "https://example.com/x", Commit: commit, Reference: "--upload-pack=evil"}, "not the name"},
		{source.Commit{URL: "https://example.com/x", Commit: commit, Reference: "a:b"}, "not the name"},
		{source.Commit{URL: "https://example.com/x", Commit: commit, Reference: "../../evil"}, "not the name"},
		{source.Commit{URL: "https://example.com/x", Commit: commit, Reference: "main^{tree}"}, "not the name"},
		{source.Commit{URL: "https://example.com/x", Commit: commit, Reference: "a\nb"}, "not the name"},
		{source.Commit{URL: "https://user:secret@example.com/x", Commit: "main"}, "https://example.com/x: "},
	} {
		err := source.Git(t.Context(), c.commit, cache, t.TempDir(), gitHome(t))
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), "\x1b") {
			t.Errorf("%q: got %v, want %q", c.commit, err, c.want)
		}
	}
	if _, err := os.Stat(cache); err == nil {
		t.Error("the cache was made")
	}
}

func TestGitMissing(t *testing.T) {
	c := source.Commit{URL: "https://example.com/x", Commit: strings.Repeat("a", 40)}
	err := source.Git(t.Context(), c, t.TempDir(), t.TempDir(), func(string) string { return "" })
	wantRefusal(t, err, c.URL, "git is not installed")
}

// TestGitDamagedCache flips a bit of each file in the cache in turn.
func TestGitDamagedCache(t *testing.T) {
	r := newRepository(t)
	commit := r.commit(map[string]string{"a": strings.Repeat("0123456789", 100), "b": "b"})
	c := source.Commit{URL: r.url(), Commit: commit}
	want := []string{`a f "` + strings.Repeat("0123456789", 100) + `"`, `b f "b"`}
	cache := t.TempDir()
	wantCommit(t, c, cache, gitHome(t), want...)
	damaged := 0
	for _, pattern := range []string{"*/objects/pack/*.pack", "*/objects/pack/*.idx", "*/HEAD", "*/refs/ofiuco/commit", "*/shallow"} {
		paths, err := filepath.Glob(filepath.Join(cache, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			data[len(data)/2] ^= 1
			if err := os.Chmod(path, 0o644); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, data, 0o644); err != nil {
				t.Fatal(err)
			}
			wantCommit(t, c, cache, gitHome(t), want...)
			damaged++
		}
	}
	if damaged < 4 {
		t.Errorf("%d files were damaged", damaged)
	}
}

func TestGitAtOnce(t *testing.T) {
	r := newRepository(t)
	commit := r.commit(map[string]string{"a": "1"})
	cache := t.TempDir()
	var group sync.WaitGroup
	for range 4 {
		dir, getenv := t.TempDir(), gitHome(t)
		group.Go(func() {
			if err := source.Git(t.Context(), source.Commit{URL: r.url(), Commit: commit}, cache, dir, getenv); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	entries, err := os.ReadDir(cache)
	if err != nil || len(entries) != 1 {
		t.Errorf("%v is in the cache, want one repository (%v)", entries, err)
	}
}

// TestGitLFS has a file that the commit has only a pointer to.
func TestGitLFS(t *testing.T) {
	oracle.Program(t, "git-lfs")
	r := newRepository(t)
	r.git("lfs", "install", "--local")
	r.git("lfs", "track", "*.bin")
	commit := r.commit(map[string]string{"a.bin": "large\n", "b.py": ""})
	cache := t.TempDir()
	dir := t.TempDir()
	if err := source.Git(t.Context(), source.Commit{URL: r.url(), Commit: commit}, cache, dir, gitHome(t)); err != nil {
		t.Fatal(err)
	}
	if got := listing(t, dir); !slices.Contains(got, `a.bin f "large\n"`) {
		t.Errorf("got %q", got)
	}
	if got := (&repository{t, dir}).git("status", "--porcelain"); got != "" {
		t.Errorf("git finds changes: %s", got)
	}
	var err error
	without := gitHome(t, "PATH="+onlyGit(t))
	err = source.Git(t.Context(), source.Commit{URL: r.url(), Commit: commit}, cache, t.TempDir(), without)
	wantRefusal(t, err, r.url(), `1 of its files, such as "a.bin", are kept by git LFS`)
	objects, err := filepath.Glob(filepath.Join(cache, "lfs", "objects", "*", "*", "*"))
	if err != nil || len(objects) != 1 {
		t.Fatalf("%q is in the cache (%v)", objects, err)
	}
	if err := os.Remove(objects[0]); err != nil { // it may be a link to the other repository's
		t.Fatal(err)
	}
	if err := os.WriteFile(objects[0], []byte("LARGE\n"), 0o644); err != nil { // damage is mended
		t.Fatal(err)
	}
	want := listing(t, dir)
	wantCommit(t, source.Commit{URL: r.url(), Commit: commit}, cache, gitHome(t), want...)
	r.remove()
	wantCommit(t, source.Commit{URL: r.url(), Commit: commit}, cache, gitHome(t), want...)
}

// onlyGit is a folder with git alone, as PATH.
func onlyGit(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Symlink(oracle.Program(t, "git"), filepath.Join(dir, "git")); err != nil {
		t.Fatal(err)
	}
	return dir
}
