package build

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/ofiuco/ofiuco/buildlock"
	"github.com/ofiuco/ofiuco/fetch"
	"github.com/ofiuco/ofiuco/lock"
	"github.com/ofiuco/ofiuco/resolve"
	"github.com/ofiuco/ofiuco/sdist"
	"github.com/ofiuco/ofiuco/source"
)

// job is one build.
type job struct {
	*Builder
	request  *Request
	settings Settings
	origin   string // identifies the source's bytes
	base     string // digest of all that the build depends on but its requirements, which are known only later
	scratch  string // folder of this build
}

// built is what the store remembers of a build.
type built struct {
	SHA256   string `json:"sha256"`
	Filename string `json:"filename"`
}

// identify finds what the build depends on.
func (j *job) identify(ctx context.Context) (err error) {
	if j.origin, err = j.identity(ctx); err != nil {
		return err
	}
	python, err := json.Marshal(j.shop.python)
	if err != nil {
		return err
	}
	settings, err := json.Marshal(j.settings)
	if err != nil {
		return err
	}
	j.base = digest(
		strconv.Itoa(sdist.Version), j.request.Name.String(), j.request.Version.String(), j.origin, j.request.Source.Subdirectory,
		strconv.FormatBool(j.request.Editable), string(settings), string(python), j.Target.String(), j.shop.tools.Digest,
	)
	return nil
}

// digest is the SHA-256 of texts, of which none can run into the next.
func digest(texts ...string) string {
	h := sha256.New()
	for _, text := range texts {
		fmt.Fprintf(h, "%d\n%s\n", len(text), text)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// identity is a text that no other source has.
func (j *job) identity(ctx context.Context) (string, error) {
	r := j.request
	switch r.Artifact.Kind {
	case lock.Sdist:
		return "sdist " + r.Archive.SHA256 + " " + r.Archive.Filename, nil
	case lock.Git:
		return "git " + r.Source.Commit, nil
	case lock.Directory:
		tree, err := j.tree()
		if err != nil {
			return "", err
		}
		return TreeIdentity(ctx, tree, r.Editable)
	}
	return "", fmt.Errorf("a %s is nothing to build a wheel of", r.Artifact.Kind)
}

// TreeIdentity tells a directory, by its absolute path, from any other that another wheel would be built of. The wheel of an
// editable build points to the tree, and depends on nothing in it but the files that say how it is built.
func TreeIdentity(ctx context.Context, tree string, editable bool) (string, error) {
	if !editable {
		sum, err := source.Digest(ctx, tree)
		return "directory " + sum, err
	}
	texts := []string{"editable", tree}
	for _, file := range []string{"pyproject.toml", "setup.py", "setup.cfg"} {
		data, err := os.ReadFile(filepath.Join(tree, file))
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return "", err
		}
		texts = append(texts, string(data))
	}
	return "editable " + digest(texts...), nil
}

// tree is the folder of a directory's source.
func (j *job) tree() (string, error) {
	dir := filepath.FromSlash(j.request.Source.Path)
	if !filepath.IsAbs(dir) {
		dir = filepath.Join(j.Dir, dir)
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	info, err := os.Stat(dir)
	if err != nil {
		return "", fmt.Errorf("reading its folder: %w", err)
	}
	if !info.IsDir() {
		return "", fmt.Errorf("%s is not a folder", j.request.Source.Path)
	}
	return dir, nil
}

// requirementsQuestion is under what the store remembers what the backend asked for.
func (j *job) requirementsQuestion() []string { return []string{"build requirements", j.base} }

// known finds the wheel of an earlier build. The build lock must still hold what it was built with.
func (j *job) known() (fetch.Result, bool) {
	var requirements []string
	if !j.Files.Recall(j.requirementsQuestion(), &requirements) {
		return fetch.Result{}, false
	}
	pins, ok := j.Lock.lookup(j.key(requirements))
	if !ok {
		return fetch.Result{}, false
	}
	var wheel built
	if !j.Files.Recall(j.wheelQuestion(pins), &wheel) {
		return fetch.Result{}, false
	}
	size, ok := j.Files.Has(wheel.SHA256)
	return fetch.Result{Filename: wheel.Filename, SHA256: wheel.SHA256, Path: j.Files.Path(wheel.SHA256), Size: size}, ok
}

func (j *job) key(requirements []string) buildlock.Key {
	r := j.request
	label := r.Package
	if r.Artifact.Kind == lock.Directory && r.Name != "" { // its version may change with every commit
		label = r.Name.String() + " @ " + j.relative(r.Source.Path)
	}
	return buildlock.Key{Package: label, Requirements: requirements, Target: j.shop.target}
}

// relative is a directory's path as it stands in the build lock: from the lock's folder, if it can be.
func (j *job) relative(dir string) string {
	if filepath.IsAbs(dir) {
		if base, err := filepath.Abs(j.Dir); err == nil {
			if relative, err := filepath.Rel(base, dir); err == nil {
				dir = relative
			}
		}
	}
	dir = path.Clean(filepath.ToSlash(dir))
	if dir == "." || strings.HasPrefix(dir, "../") || path.IsAbs(dir) {
		return dir
	}
	return "./" + dir
}

// wheelQuestion is under what the store remembers the built wheel.
func (j *job) wheelQuestion(pins []resolve.Pin) []string {
	question := []string{"built wheel", j.base}
	for _, pin := range pins {
		question = append(question, pin.Wheel.Filename+" "+pin.Wheel.SHA256)
	}
	return question
}

// run builds.
func (j *job) run(ctx context.Context) (fetch.Result, error) {
	root, tree, err := j.bring(ctx)
	if err != nil {
		return fetch.Result{}, err
	}
	system, err := sdist.ReadSystem(tree)
	if err != nil {
		return fetch.Result{}, err
	}
	b := &sdist.Build{
		Package: j.request.Package, Name: j.request.Name, Version: j.request.Version, Dir: tree, Root: root, System: system,
		Editable: j.request.Editable, Settings: j.settings.config(j.shop.tools, system.Backend),
		Environ: slices.Concat(j.shop.tools.Environ, j.settings.environ()), Bin: j.shop.tools.Bin, Network: j.settings.Network, Getenv: j.Getenv,
	}
	pins, err := j.furnish(ctx, b)
	if err != nil {
		return fetch.Result{}, err
	}
	return j.make(ctx, b, pins)
}

// make builds the wheel, and keeps it.
func (j *job) make(ctx context.Context, b *sdist.Build, pins []resolve.Pin) (fetch.Result, error) {
	j.event(j.request, "building its wheel")
	raw, err := j.folder("raw")
	if err != nil {
		return fetch.Result{}, err
	}
	made, err := b.Wheel(ctx, raw)
	if wanted := j.shop.tools.Wanted(); wanted != nil {
		return fetch.Result{}, wanted // a backend may have swallowed it, and made a wheel without extension modules
	}
	if err != nil {
		return fetch.Result{}, err
	}
	out, err := j.folder("wheel")
	if err != nil {
		return fetch.Result{}, err
	}
	finished, err := sdist.Finish(ctx, made, j.Target, out)
	if err != nil {
		return fetch.Result{}, err
	}
	for _, note := range slices.Concat(b.Notes(), finished.Notes) {
		j.note("%s: %s", j.request.Package, note)
	}
	sum, err := j.Files.Add(ctx, finished.Path)
	if err != nil {
		return fetch.Result{}, err
	}
	wheel := built{SHA256: sum, Filename: filepath.Base(finished.Path)}
	j.Files.Remember(j.wheelQuestion(pins), wheel)
	size, _ := j.Files.Has(sum)
	return fetch.Result{Filename: wheel.Filename, SHA256: sum, Path: j.Files.Path(sum), Size: size}, nil
}

// folder makes a folder of this build.
func (j *job) folder(name string) (string, error) {
	path := filepath.Join(j.scratch, name)
	return path, os.Mkdir(path, 0o755)
}

// bring brings the source to a folder that the build may write to, but for an editable build, and gives it and the project's
// folder in it.
func (j *job) bring(ctx context.Context) (root, tree string, err error) {
	r := j.request
	if r.Editable {
		root, err = j.tree()
	} else {
		root, err = j.copy(ctx)
	}
	if err != nil {
		return "", "", err
	}
	tree, err = source.Subdirectory(root, r.Source.Subdirectory)
	return root, tree, err
}

// copy unpacks, checks out or copies the source.
func (j *job) copy(ctx context.Context) (string, error) {
	r := j.request
	dir, err := j.folder("source")
	if err != nil {
		return "", err
	}
	switch r.Artifact.Kind {
	case lock.Sdist:
		if r.Source.Kind == lock.FromURL { // an archive of a repository is named otherwise than the project
			return source.Unpack(ctx, r.Archive.Path, r.Archive.Filename, dir)
		}
		return source.UnpackSdist(ctx, r.Archive.Path, r.Archive.Filename, dir, r.Name, r.Version)
	case lock.Git:
		j.event(r, "fetching its commit")
		commit := source.Commit{URL: r.Source.URL, Commit: r.Source.Commit, Reference: r.Source.Reference}
		return dir, source.Git(ctx, commit, filepath.Join(j.Files.Dir(), GitDir), dir, j.Getenv)
	}
	tree, err := j.tree()
	if err != nil {
		return "", err
	}
	_, err = source.Snapshot(ctx, tree, dir)
	return dir, err
}
