package lock

import (
	"path"
	"slices"
	"strings"
	"time"

	"github.com/ofiuco/ofiuco/internal/tomldoc"
	"github.com/ofiuco/ofiuco/pypa/filename"
	"github.com/ofiuco/ofiuco/pypa/marker"
	"github.com/ofiuco/ofiuco/pypa/version"
)

// pylockHint is what mends a pylock.toml.
const pylockHint = "write the lock anew with the tool that made it"

// pylockReader reads a pylock.toml (PEP 751). A package's own marker says whether it is included, so
// that it has one Condition and a selection needs no edges. The dependencies that a package lists are
// for auditing only, as the specification says, and have no markers: they are checked, not kept.
//
// What packaging 26.3 accepts is accepted, but for this:
//
//   - Each file needs a sha256, sha384 or sha512; each hash of these must be well-formed.
//   - URLs are of http or https, paths are relative to the lock.
//   - A repository is one of git, and its commit is given in full.
//   - A package without a version has that of its files, which all are of one version.
//   - A URL or path that ends in a wheel's name ends in one of the same project and version.
//   - An archive that is a wheel is named after the package, as other wheels are.
//
// Accepted, where packaging refuses them, are names that are not normalized and sdists in other
// archives than .tar.gz and .zip, of which indexes have old ones.
type pylockReader struct {
	*tomlFile
	lock *Lock
}

// readPylock reads a pylock.toml of version 1.x.
func readPylock(in Input) (*Lock, error) {
	f, err := openTOML(in.Path, in.Data, pylockHint)
	if err != nil {
		return nil, err
	}
	r := &pylockReader{tomlFile: f, lock: &Lock{Path: in.Path, Format: Pylock}}
	r.readHead()
	if !r.stop() {
		for t := range f.doc.Root().Tables("packages") {
			r.readPackage(t)
			if r.stop() {
				break
			}
		}
	}
	if err := r.close(); err != nil {
		return nil, err
	}
	r.lock.Warnings = r.warnings
	return r.lock, nil
}

// readHead reads all but the packages.
func (r *pylockReader) readHead() {
	root := r.doc.Root()
	if !root.Has("lock-version") || !root.Has("packages") {
		r.fail(0, "no lock-version or no packages: cut short, or not a pylock.toml")
		return
	}
	format := r.lockVersion(root, "lock-version", 1, 1)
	r.lock.Version = format.text
	if format.minor > 0 && !r.stop() {
		r.warn(root.Get("lock-version").Line(), "lock-version %s is newer than 1.0, which this ofiuco knows: what is new in it is not understood", format.text)
	}
	if !root.Has("created-by") {
		r.fail(0, "no created-by")
	}
	root.String("created-by")
	root.Table("tool")
	root.Ignore("tool")
	python := root.Get("requires-python")
	r.lock.RequiresPython, r.lock.RequiresPythonLine = r.specifiers(python), python.Line()
	for v := range root.Get("environments").Items() {
		r.lock.Environments = append(r.lock.Environments, r.pylockMarker(v))
	}
	r.lock.Extras = r.names(root.Get("extras"))
	r.lock.Groups = r.names(root.Get("dependency-groups"))
	r.lock.DefaultGroups = r.names(root.Get("default-groups"))
}

// readPackage reads one [[packages]].
func (r *pylockReader) readPackage(t tomldoc.Table) {
	r.leave()
	p := &Package{Line: t.Line()}
	project, number := t.Get("name"), t.Get("version")
	if !project.Present() {
		r.fail(t.Line(), "a package without a name")
		return
	}
	p.Name = r.name(project.String(), project)
	p.spell(project.String())
	if number.Present() {
		var err error
		if p.Version, err = version.Parse(number.String()); err != nil {
			r.fail(number.Line(), "%s: invalid version %q", p.Name, number.String())
		}
	}
	r.enter(p)
	r.lock.Packages = append(r.lock.Packages, p)
	p.RequiresPython = r.specifiers(t.Get("requires-python"))
	p.Included = []Condition{{Marker: r.pylockMarker(t.Get("marker"))}}
	for d := range t.Tables("dependencies") {
		d.Value().Ignore()
	}
	for identity := range t.Tables("attestation-identities") {
		if !identity.Has("kind") {
			r.fail(identity.Line(), "an attestation identity without a kind")
		}
		identity.String("kind")
		identity.Value().Ignore()
	}
	t.Table("tool")
	t.Ignore("tool")
	r.readSource(t, p)
}

// pylockMarker is a marker, which must not be empty; an absent value always holds.
func (r *pylockReader) pylockMarker(v tomldoc.Value) *marker.Marker {
	if v.Present() && v.String() == "" {
		r.fail(v.Line(), "%s is empty", v.Path())
	}
	return r.markerText(v.String(), v)
}

// readSource reads where a package comes from, which one kind of key must say.
func (r *pylockReader) readSource(t tomldoc.Table, p *Package) {
	index := t.String("index")
	var direct []string
	for _, key := range []string{"vcs", "directory", "archive"} {
		if t.Has(key) {
			direct = append(direct, key)
		}
	}
	wheels := t.Get("wheels")
	files := wheels.Is(tomldoc.Array) && wheels.Len() > 0 || t.Has("sdist")
	switch {
	case r.stop():
	case files && direct != nil:
		r.fail(t.Line(), "both %s and files of an index", direct[0])
	case len(direct) > 1:
		r.fail(t.Line(), "both %s", strings.Join(direct, " and "))
	case files:
		p.Source = Source{Kind: FromIndex, URL: index}
		if index != "" {
			r.webURL(t.Get("index"))
		}
		r.readFiles(t, p)
	case direct == nil:
		r.fail(t.Line(), "no source: one of vcs, directory, archive, sdist and wheels is needed")
	case direct[0] == "vcs":
		r.readVCS(t.Table("vcs"), p)
	case direct[0] == "directory":
		r.readDirectory(t.Table("directory"), p)
	default:
		r.readArchive(t.Table("archive"), p)
	}
}

// readFiles reads the wheels and the sdist.
func (r *pylockReader) readFiles(t tomldoc.Table, p *Package) {
	wheels, sdist := t.Get("wheels"), t.Get("sdist")
	p.Artifacts = make([]Artifact, 0, wheels.Len()+1)
	for w := range wheels.Tables() {
		p.Artifacts = append(p.Artifacts, r.artifact(w, p, Wheel))
	}
	if sdist.Present() {
		p.Artifacts = append(p.Artifacts, r.artifact(sdist.Table(), p, Sdist))
	}
}

// artifact reads one file, which one of its keys or the end of its URL or path names.
func (r *pylockReader) artifact(t tomldoc.Table, p *Package, kind ArtifactKind) Artifact {
	file := t.Get("name")
	a := r.location(t)
	a.Kind = kind
	located := a.Filename
	if file.String() != "" {
		a.Filename = file.String()
	}
	if r.stop() {
		return a
	}
	if p.Version.IsZero() {
		p.Version = versionOf(a)
	}
	if archiveKind(a.Filename) != kind {
		r.fail(t.Line(), "%q is no %s", a.Filename, kind)
	} else if p.Version.IsZero() {
		r.fail(t.Line(), "%q does not tell a version", a.Filename)
	} else if reason := fileOf(a.Filename, p); reason != "" {
		r.fail(t.Line(), "%s", reason)
	} else if _, err := filename.ParseWheel(located); err == nil && fileOf(located, p) != "" {
		r.fail(t.Line(), "%q is found at %q", a.Filename, located)
	}
	return a
}

// versionOf is the version in a file's name, zero when there is none.
func versionOf(a Artifact) version.Version {
	parts := strings.Split(a.Filename, "-")
	number := ""
	switch {
	case a.Kind == Wheel && len(parts) > 1:
		number = parts[1]
	case a.Kind == Sdist:
		number = strings.TrimSuffix(parts[len(parts)-1], sdistExtension(a.Filename))
	}
	v, err := version.Parse(strings.ReplaceAll(number, "_", "-"))
	if err != nil {
		return version.Version{}
	}
	return v
}

// location reads what all files have: a URL or path, hashes and a size.
func (r *pylockReader) location(t tomldoc.Table) Artifact {
	uploaded := t.Get("upload-time")
	if text := uploaded.Datetime(); text != "" && (len(text) <= len(time.DateOnly) || text[2] == ':') {
		r.fail(uploaded.Line(), "%s must be a date with a time, found %s", uploaded.Path(), text)
	}
	address, local := t.Get("url"), t.Get("path")
	a := Artifact{Line: t.Line(), URL: address.String(), Size: r.size(t.Get("size")), Hashes: r.hashes(t)}
	if a.URL != "" {
		a.Filename = r.webFile(address)
	}
	if local.String() != "" {
		a.Path = r.localPath(local)
		a.Filename = path.Base(a.Path)
	}
	if a.URL == "" && a.Path == "" {
		r.fail(t.Line(), "neither url nor path")
	}
	if size := t.Get("size"); size.Present() && a.Size == 0 {
		r.fail(size.Line(), "the size 0, which no file has")
	}
	return a
}

// hashes reads a table of hashes by algorithm. Weak and unknown ones count for nothing.
func (r *pylockReader) hashes(t tomldoc.Table) []Hash {
	var strong []Hash
	weak := ""
	v := t.Get("hashes")
	for algorithm, digest := range v.Table().All() {
		text := digest.String()
		if !isStrong(algorithm) {
			weak = algorithm
			continue
		}
		h, problem := newHash(algorithm, text)
		if problem != "" {
			r.fail(digest.Line(), "%s", problem)
		}
		strong = append(strong, h)
	}
	switch {
	case v.Len() == 0:
		r.fail(t.Line(), "a file without a hash")
	case strong == nil:
		r.fail(v.Line(), "only %s, which is none to trust a file by: sha256 is needed", weak)
	}
	slices.SortFunc(strong, func(a, b Hash) int { return strings.Compare(a.Algorithm, b.Algorithm) })
	return strong
}

func (r *pylockReader) readVCS(t tomldoc.Table, p *Package) {
	kind, address, commit := t.Get("type"), t.Get("url"), t.Get("commit-id")
	p.Source = Source{Kind: FromGit, URL: address.String(), Commit: commit.String(), Reference: t.String("requested-revision"), Subdirectory: r.insidePath(t.Get("subdirectory"))}
	if local := t.Get("path"); local.String() != "" {
		p.Source.URL, p.Source.Path = "", r.localPath(local)
	} else {
		r.gitURL(address)
	}
	if kind.String() != "git" {
		r.fail(t.Line(), "a repository of type %q, where only git is known", kind.String())
	}
	r.commit(t, commit)
	p.Artifacts = []Artifact{{Kind: Git, URL: p.Source.URL, Path: p.Source.Path, Line: p.Line}}
}

func (r *pylockReader) readDirectory(t tomldoc.Table, p *Package) {
	local := t.Get("path")
	if !local.Present() {
		r.fail(t.Line(), "a directory without a path")
		return
	}
	p.Source = Source{Kind: FromDirectory, Path: r.localPath(local), Editable: t.Bool("editable"), Subdirectory: r.insidePath(t.Get("subdirectory"))}
	p.Artifacts = []Artifact{{Kind: Directory, Path: p.Source.Path, Line: p.Line}}
}

func (r *pylockReader) readArchive(t tomldoc.Table, p *Package) {
	a := r.location(t)
	p.Source = Source{Kind: FromURL, URL: a.URL, Path: a.Path, Subdirectory: r.insidePath(t.Get("subdirectory"))}
	if a.Path != "" {
		p.Source.Kind = FromPath
	}
	if r.stop() {
		return
	}
	a.Kind = archiveKind(a.Filename)
	if a.Kind == "" {
		a.Kind = Sdist // of a code host: "…/archive/main"
	}
	if a.Kind == Wheel {
		if p.Version.IsZero() {
			p.Version = versionOf(a)
		}
		if reason := fileOf(a.Filename, p); reason != "" {
			r.fail(a.Line, "%s", reason)
		}
	}
	p.Artifacts = []Artifact{a}
}
