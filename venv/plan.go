package venv

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ofiuco/ofiuco/install"
	"github.com/ofiuco/ofiuco/tree"
	"github.com/ofiuco/ofiuco/wheel"
)

// environmentOwner is the owner of an environment's own files, as messages show it.
const environmentOwner = "the virtual environment"

// pkg is a package on its way into the environment.
type pkg struct {
	Package
	*install.Layout
	installed bool     // the .dist-info folder in the store is taken as it is
	top       contents // of the wheel
}

// folder is a real folder of the environment. What it holds is in one of the maps, by name.
type folder struct {
	folders map[string]*folder
	files   map[string]*file
	// branches are the folders that one package has for itself: a link is enough for them.
	branches map[string]*branch
	links    map[string]string // the environment's own links, by their targets
	names    map[string]string // on a disk that folds case, the name that stands for all it is one with
}

// file is a file of the environment.
type file struct {
	owner string
	// from is the file of the store that is linked or copied; "" when bytes are what it holds.
	from       string
	bytes      []byte
	executable bool
	anchored   bool  // a link to it would not do
	size       int64 // bytes
	sha256     [32]byte
}

// branch is a folder of an unpacked wheel.
type branch struct {
	*pkg
	prefix string // of the paths of its files in the wheel, ending in "/"; "" for the wheel's root
	spans  []span // where they are in the wheel's Entries
}

// span are neighbours in a list of Entries.
type span struct{ from, to int }

// plan is what an environment is to hold. The same packages, in any order, give the same plan.
type plan struct {
	root    *folder
	folding bool // the disk folds case
	lib64   bool // which is a link to lib, so that what goes there goes to lib
}

// addPackages lays the packages out. The error is a *tree.CollisionError, or that of a wheel that can't be installed.
func (p *plan) addPackages(packages []*pkg) error {
	for _, one := range packages {
		if err := p.addPackage(one); err != nil {
			return err
		}
	}
	return nil
}

func (p *plan) addPackage(one *pkg) error {
	for _, f := range one.Written {
		content, err := f.Content.ReadAll()
		if err != nil {
			return fmt.Errorf("%s: reading %q: %w", f.Owner, f.Path, err)
		}
		written := &file{owner: f.Owner, bytes: content, executable: f.Executable, size: f.Content.Size, sha256: [32]byte(f.Content.SHA256)}
		if err := p.addFile(f.Path, written); err != nil {
			return err
		}
	}
	for _, m := range one.Moved {
		if err := p.addFile(m.Path, one.file(m.Entry)); err != nil {
			return err
		}
	}
	site, err := p.folder(one.Root, one.Owner)
	if err != nil {
		return err
	}
	return p.graftContents(site, one.Root, one.top)
}

// root is the branch of all that is in a wheel.
func (one *pkg) root() *branch {
	return &branch{pkg: one, spans: []span{{0, len(one.Wheel.Entries)}}}
}

// newFile is a file that an environment has of its own.
func newFile(content []byte, executable bool) *file {
	return &file{owner: environmentOwner, bytes: content, executable: executable, size: int64(len(content)), sha256: sha256.Sum256(content)}
}

// addFile adds a file at a path of the environment.
func (p *plan) addFile(path string, f *file) error {
	if rest, found := strings.CutPrefix(path, "lib64/"); found && p.lib64 {
		path = "lib/" + rest
	}
	dir, name := "", path
	if slash := strings.LastIndexByte(path, '/'); slash >= 0 {
		dir, name = path[:slash], path[slash+1:]
	}
	in, err := p.folder(dir, f.owner)
	if err != nil {
		return err
	}
	return p.put(in, path, name, f)
}

// addLink adds a link of the environment's own.
func (p *plan) addLink(dir, name, target string) error {
	in, err := p.folder(dir, environmentOwner)
	if err != nil {
		return err
	}
	if in.links == nil {
		in.links = map[string]string{}
	}
	in.links[name] = target
	return nil
}

// folder is the real folder at a path, which owner needs; "" is the environment itself.
func (p *plan) folder(path, owner string) (*folder, error) {
	at, rest := p.root, path
	for rest != "" {
		name, after, _ := strings.Cut(rest, "/")
		here := strings.TrimSuffix(path[:len(path)-len(after)], "/")
		next, err := p.enter(at, here, name, owner)
		if err != nil {
			return nil, err
		}
		at, rest = next, after
	}
	return at, nil
}

// enter is the real folder of a name in a folder.
func (p *plan) enter(in *folder, path, name, owner string) (*folder, error) {
	if !isName(name) {
		return nil, &tree.PathError{Path: path, Reason: "is not clean"}
	}
	name = p.known(in, name)
	if f := in.files[name]; f != nil {
		return nil, &tree.CollisionError{Path: path, Owners: [2]string{f.owner, owner}, Folder: true}
	}
	if in.links[name] != "" {
		return nil, &tree.CollisionError{Path: path, Owners: [2]string{environmentOwner, owner}, Folder: true}
	}
	if next := in.folders[name]; next != nil {
		return next, nil
	}
	next := &folder{}
	if in.folders == nil {
		in.folders = map[string]*folder{}
	}
	in.folders[name] = next
	b := in.branches[name]
	if b == nil {
		return next, nil
	}
	delete(in.branches, name)
	return next, p.graft(next, path, b)
}

// put adds a file to a folder, unless the same bytes are there.
func (p *plan) put(in *folder, path, name string, f *file) error {
	if !isName(name) {
		return &tree.PathError{Path: path, Reason: "is not clean"}
	}
	name = p.known(in, name)
	if owner := in.ownerOf(name); owner != "" {
		return &tree.CollisionError{Path: path, Owners: [2]string{f.owner, owner}, Folder: true}
	}
	other := in.files[name]
	if in.links[name] != "" || other != nil && (other.size != f.size || other.sha256 != f.sha256) {
		owner := environmentOwner
		if other != nil {
			owner = other.owner
		}
		return &tree.CollisionError{Path: path, Owners: [2]string{owner, f.owner}}
	}
	if other != nil && (other.executable || !f.executable) {
		return nil
	}
	if in.files == nil {
		in.files = map[string]*file{}
	}
	in.files[name] = f
	return nil
}

// graft puts what is in a branch into a real folder, whose path is given. What no other package shares stays a branch.
func (p *plan) graft(in *folder, path string, b *branch) error {
	return p.graftContents(in, path, b.split())
}

func (p *plan) graftContents(in *folder, path string, c contents) error {
	for name, f := range c.files {
		if err := p.put(in, join(path, name), name, f); err != nil {
			return err
		}
	}
	for _, inner := range c.branches {
		if err := p.attach(in, join(path, inner.name()), inner.name(), inner); err != nil {
			return err
		}
	}
	return nil
}

// contents is what is in a branch, one level down.
type contents struct {
	files    map[string]*file
	branches []*branch
}

// split parts a branch. What installation leaves out is left out at the wheel's root for all below.
func (b *branch) split() contents {
	c := contents{files: map[string]*file{}}
	known := map[string]*branch{}
	lastName, last := "", (*branch)(nil)
	entries := b.Wheel.Entries
	for _, s := range b.spans {
		for i := s.from; i < s.to; i++ {
			e := &entries[i]
			if b.prefix == "" && !install.Kept(b.Wheel.Wheel, e.Path) {
				continue
			}
			name, _, deeper := strings.Cut(e.Path[len(b.prefix):], "/")
			if !deeper {
				c.files[name] = b.file(e)
				continue
			}
			if last == nil || name != lastName {
				if lastName, last = name, known[name]; last == nil {
					last = &branch{pkg: b.pkg, prefix: b.prefix + name + "/"}
					known[name] = last
					c.branches = append(c.branches, last)
				}
			}
			last.add(i)
		}
	}
	if b.recorded() {
		for _, name := range recordedFiles {
			c.files[name] = &file{owner: b.Owner, from: b.dir() + string(filepath.Separator) + name, size: unknownSize}
		}
	}
	return c
}

// name is the branch's own, the last of its path in the wheel.
func (b *branch) name() string {
	path := b.prefix[:len(b.prefix)-1]
	return path[strings.LastIndexByte(path, '/')+1:]
}

// attach gives a branch its place in a folder: as it is, when it has the name for itself.
func (p *plan) attach(in *folder, path, name string, b *branch) error {
	if !isName(name) {
		return &tree.PathError{Path: path, Reason: "is not clean"}
	}
	name = p.known(in, name)
	if in.files[name] == nil && in.links[name] == "" && in.ownerOf(name) == "" && !b.isAnchored(b.prefix) {
		if in.branches == nil {
			in.branches = map[string]*branch{}
		}
		in.branches[name] = b
		return nil
	}
	next, err := p.enter(in, path, name, b.Owner)
	if err != nil {
		return err
	}
	return p.graft(next, path, b)
}

// recordedFiles are what installation writes to a .dist-info folder that depends on nothing.
var recordedFiles = [...]string{"INSTALLER", "RECORD"}

// unknownSize is that of a file of the store that is not of the wheel.
const unknownSize = -1

// recorded tells whether a branch is a .dist-info folder with the installation's own files in it.
func (b *branch) recorded() bool {
	return b.installed && len(b.prefix) == len(b.Wheel.DistInfo)+1 && strings.HasPrefix(b.prefix, b.Wheel.DistInfo)
}

func (b *branch) add(i int) {
	if n := len(b.spans); n > 0 && b.spans[n-1].to == i {
		b.spans[n-1].to++
		return
	}
	b.spans = append(b.spans, span{i, i + 1})
}

// dir is the folder of the store.
func (b *branch) dir() string { return filepath.Join(b.Wheel.Dir, filepath.FromSlash(b.prefix)) }

// isAnchored tells whether a file, or a folder whose path ends in "/", of the wheel must not be reached through a link.
func (one *pkg) isAnchored(path string) bool {
	for _, anchor := range one.Wheel.Anchored {
		if path == anchor || strings.HasPrefix(anchor+"/", path) && path[len(path)-1] == '/' || strings.HasPrefix(path, anchor+"/") {
			return true
		}
	}
	return false
}

// count is the number of files in a branch.
func (b *branch) count() int {
	n := 0
	for _, s := range b.spans {
		n += s.to - s.from
	}
	if b.recorded() {
		n += len(recordedFiles)
	}
	return n
}

// file is a file that stays as it is in the wheel.
func (one *pkg) file(e *wheel.Entry) *file {
	return &file{
		anchored: one.isAnchored(e.Path),
		owner:    one.Owner, from: one.Wheel.Dir + string(filepath.Separator) + filepath.FromSlash(e.Path),
		executable: e.Executable, size: e.Size, sha256: e.SHA256,
	}
}

// ownerOf is who has a folder of a name; "" when there is none.
func (f *folder) ownerOf(name string) string {
	if b := f.branches[name]; b != nil {
		return b.Owner
	}
	if inner := f.folders[name]; inner != nil {
		return inner.anyOwner()
	}
	return ""
}

// anyOwner is the owner of something in a folder.
func (f *folder) anyOwner() string {
	if len(f.files) > 0 {
		return f.files[slices.Min(slices.Collect(maps.Keys(f.files)))].owner
	}
	if len(f.branches) > 0 {
		return f.branches[slices.Min(slices.Collect(maps.Keys(f.branches)))].Owner
	}
	if len(f.folders) > 0 {
		return f.folders[slices.Min(slices.Collect(maps.Keys(f.folders)))].anyOwner()
	}
	return environmentOwner
}

// known is the name that stands in a folder for a name: another one where the disk takes both for one.
func (p *plan) known(in *folder, name string) string {
	if !p.folding {
		return name
	}
	key := strings.ToLower(name)
	if first, found := in.names[key]; found {
		return first
	}
	if in.names == nil {
		in.names = map[string]string{}
	}
	in.names[key] = name
	return name
}

// isName refuses what is no name of a file. Wheels hold none; what the store keeps of them is not trusted.
func isName(name string) bool {
	return name != "" && name != "." && name != ".." && !strings.ContainsRune(name, '\\')
}

// sortPackages puts packages into the order of their names, so that the first brings a file that two have.
func sortPackages(packages []Package) []Package {
	packages = slices.Clone(packages)
	slices.SortFunc(packages, func(a, b Package) int {
		return cmp.Or(strings.Compare(string(a.Wheel.Name), string(b.Wheel.Name)), a.Wheel.Version.Compare(b.Wheel.Version), strings.Compare(a.Wheel.Filename, b.Wheel.Filename))
	})
	return packages
}
