package buildfile

import (
	"cmp"
	"fmt"
	"net/url"
	"path"
	"slices"
	"strings"
	"unicode"

	"github.com/ofiuco/ofiuco/lock"
	"github.com/ofiuco/ofiuco/pypa/filename"
	"github.com/ofiuco/ofiuco/pypa/marker"
	"github.com/ofiuco/ofiuco/pypa/name"
	"github.com/ofiuco/ofiuco/pypa/version"
)

// Entry is what a lock says of one package, as JSON: all that an action needs to choose, fetch and verify its
// artifact, so that the action depends on the package and not on the whole lock.
type Entry struct {
	Name           string      `json:"name"`
	Version        string      `json:"version,omitempty"` // "" for a source tree without one
	Path           string      `json:"lock,omitempty"`    // of the lock, as messages show it
	Line           int         `json:"line,omitempty"`    // 0: see NewEntry
	Format         lock.Format `json:"format,omitempty"`
	RequiresPython string      `json:"requires_python,omitempty"`
	Source         *Source     `json:"source,omitempty"`
	Artifacts      []Artifact  `json:"artifacts,omitempty"`
	Hashes         []string    `json:"hashes,omitempty"` // "sha256:…", of files that the lock does not name
	Indexes        []Index     `json:"indexes,omitempty"`
	// LockRequiresPython and Environments are what the lock as a whole was made for.
	LockRequiresPython string   `json:"lock_requires_python,omitempty"`
	Environments       []string `json:"environments,omitempty"` // markers
}

// Source is a lock.Source. Its URL has no credentials.
type Source struct {
	Kind         lock.SourceKind `json:"kind,omitempty"`
	Name         string          `json:"name,omitempty"`
	URL          string          `json:"url,omitempty"`
	Path         string          `json:"path,omitempty"`
	Reference    string          `json:"reference,omitempty"`
	Commit       string          `json:"commit,omitempty"`
	Subdirectory string          `json:"subdirectory,omitempty"`
	Editable     bool            `json:"editable,omitempty"`
}

// Artifact is a lock.Artifact. Its URL has no credentials.
type Artifact struct {
	Kind     lock.ArtifactKind `json:"kind,omitempty"` // "" is told from the file's name
	Filename string            `json:"filename,omitempty"`
	URL      string            `json:"url,omitempty"`
	Path     string            `json:"path,omitempty"`
	Hashes   map[string]string `json:"hashes,omitempty"` // algorithm to hexadecimal digest
	Size     int64             `json:"size,omitempty"`   // bytes
	Line     int               `json:"line,omitempty"`
}

// Index is a lock.Index. Its URL has no credentials.
type Index struct {
	Name     string `json:"name,omitempty"`
	URL      string `json:"url"`
	Explicit bool   `json:"explicit,omitempty"`
	Flat     bool   `json:"flat,omitempty"`
	Default  bool   `json:"default,omitempty"`
}

// NewEntry is what l says of its package p. It leaves out the lines: they change with every package that is added to
// the lock, and then no action of the others would be found in a cache.
func NewEntry(l *lock.Lock, p *lock.Package) Entry {
	e := Entry{
		Name: p.Name.String(), Version: versionText(p), Path: l.Path, Format: l.Format,
		RequiresPython: constraintText(p.RequiresPython), LockRequiresPython: constraintText(l.RequiresPython),
	}
	if p.Source != (lock.Source{}) && p.Source != (lock.Source{Kind: lock.FromIndex}) {
		source := Source(p.Source)
		source.URL = withoutCredentials(source.URL)
		e.Source = &source
	}
	for _, a := range p.Artifacts {
		hashes := make(map[string]string, len(a.Hashes))
		for _, h := range a.Hashes {
			hashes[h.Algorithm] = h.Hex
		}
		kind := a.Kind
		if kind == kindOf(a.Filename) {
			kind = ""
		}
		e.Artifacts = append(e.Artifacts, Artifact{kind, a.Filename, withoutCredentials(a.URL), a.Path, hashes, a.Size, 0})
	}
	for _, h := range p.Hashes {
		e.Hashes = append(e.Hashes, h.Algorithm+":"+h.Hex)
	}
	for _, i := range l.Indexes {
		if mayServe(i, p) {
			e.Indexes = append(e.Indexes, Index{i.Name, withoutCredentials(i.URL), i.Explicit, i.Flat, i.Default})
		}
	}
	for _, m := range l.Environments {
		e.Environments = append(e.Environments, m.String())
	}
	return e
}

// constraintText is "" for a constraint that allows everything.
func constraintText(c lock.Constraint) string {
	if len(c.AnyOf) == 0 {
		return ""
	}
	return c.String()
}

// mayServe says whether the package's files may come from an index: an explicit one has only those that are bound to it.
func mayServe(i lock.Index, p *lock.Package) bool {
	switch p.Source.Kind {
	case "", lock.FromIndex:
		return !i.Explicit || strings.EqualFold(i.Name, p.Source.Name) || i.URL == p.Source.URL
	}
	return false
}

func versionText(p *lock.Package) string {
	if p.Version.IsZero() {
		return ""
	}
	return p.Version.String()
}

// withoutCredentials is a URL that may be written down. The user of a protocol that logs in by keys stays.
func withoutCredentials(raw string) string {
	scheme, rest, found := strings.Cut(raw, "://")
	if !found {
		return raw
	}
	authority := rest[:len(rest)-len(strings.TrimLeftFunc(rest, func(r rune) bool { return !strings.ContainsRune("/?#", r) }))]
	at := strings.LastIndexByte(authority, '@')
	if at < 0 {
		return raw
	}
	user := ""
	if strings.HasSuffix(strings.ToLower(scheme), "ssh") {
		user, _, _ = strings.Cut(authority[:at], ":")
		user += "@"
	}
	return scheme + "://" + user + rest[at+1:]
}

// Lock is a lock of the one package and an edge to it, for a selection. An entry may be written by hand, so that all of
// it is checked; the error is a *lock.Error.
func (e Entry) Lock() (*lock.Lock, error) {
	r := entryReader{entry: e}
	l := &lock.Lock{Path: r.text("lock", e.Path), Format: e.Format, RequiresPython: r.constraint("lock_requires_python", e.LockRequiresPython)}
	for _, text := range e.Environments {
		m, err := marker.Parse(text)
		if err != nil {
			r.fail(0, "environment: %w", err)
		}
		l.Environments = append(l.Environments, m)
	}
	for _, i := range e.Indexes {
		l.Indexes = append(l.Indexes, lock.Index{
			Name: r.text("index", i.Name), URL: r.url(i.URL), Explicit: i.Explicit, Flat: i.Flat, Default: i.Default,
		})
	}
	p := r.pkg()
	l.Packages = []*lock.Package{p}
	l.Roots = []lock.Root{{Dependency: lock.Dependency{Name: p.Name, Line: p.Line}}}
	if r.err != nil {
		return nil, r.err
	}
	return l, nil
}

// entryReader keeps the first thing that is wrong with an entry.
type entryReader struct {
	entry Entry
	err   error
}

func (r *entryReader) fail(line int, format string, args ...any) {
	if r.err != nil {
		return
	}
	err := fmt.Errorf(format, args...)
	r.err = &lock.Error{
		Path: printable(r.entry.Path), Line: cmp.Or(line, r.entry.Line), Err: err, Msg: err.Error(),
		Package: printable(strings.TrimSpace(r.entry.Name + " " + r.entry.Version)),
	}
}

func (r *entryReader) pkg() *lock.Package {
	e := r.entry
	p := &lock.Package{Line: e.Line, RequiresPython: r.constraint("requires_python", e.RequiresPython)}
	var err error
	if p.Name, err = name.Parse(e.Name); err != nil {
		r.fail(0, "%w", err)
	}
	if e.Version != "" {
		if p.Version, err = version.Parse(e.Version); err != nil {
			r.fail(0, "invalid version %q", e.Version)
		}
	}
	if e.Source != nil {
		p.Source = r.source(*e.Source)
	}
	for _, a := range e.Artifacts {
		p.Artifacts = append(p.Artifacts, r.artifact(p, a))
	}
	for _, text := range e.Hashes {
		algorithm, digest, _ := strings.Cut(text, ":")
		p.Hashes = append(p.Hashes, r.hash(e.Line, algorithm, digest))
	}
	return p
}

var sourceKinds = []lock.SourceKind{"", lock.FromIndex, lock.FromFlat, lock.FromURL, lock.FromPath, lock.FromDirectory, lock.FromGit}

func (r *entryReader) source(s Source) lock.Source {
	if !slices.Contains(sourceKinds, s.Kind) {
		r.fail(0, "unknown kind of source %q", s.Kind)
	}
	for _, text := range []string{s.Name, s.Path, s.Reference, s.Commit} {
		r.text("source", text)
	}
	if clean := path.Clean(s.Subdirectory); clean == ".." || strings.HasPrefix(clean, "../") || path.IsAbs(clean) {
		r.fail(0, "subdirectory %q leads out of the source", s.Subdirectory)
	}
	s.URL = r.url(s.URL)
	return lock.Source(s)
}

// kindOf is what a file is that nothing is said of.
func kindOf(filename string) lock.ArtifactKind {
	if strings.HasSuffix(filename, ".whl") {
		return lock.Wheel
	}
	return lock.Sdist
}

func (r *entryReader) artifact(p *lock.Package, a Artifact) lock.Artifact {
	read := lock.Artifact{
		Kind: a.Kind, Filename: a.Filename, URL: r.url(a.URL), Path: r.text("path", a.Path), Size: a.Size, Line: a.Line,
	}
	if read.Kind == "" {
		read.Kind = kindOf(a.Filename)
	}
	switch read.Kind {
	case lock.Wheel, lock.Sdist:
		r.checkFilename(p, read)
	case lock.Git, lock.Directory:
	default:
		r.fail(a.Line, "unknown kind of artifact %q", a.Kind)
	}
	if a.Size < 0 {
		r.fail(a.Line, "the size %d, which no file has", a.Size)
	}
	for algorithm, digest := range a.Hashes {
		read.Hashes = append(read.Hashes, r.hash(a.Line, algorithm, digest))
	}
	slices.SortFunc(read.Hashes, func(a, b lock.Hash) int { return cmp.Compare(a.Algorithm, b.Algorithm) }) // sha256 first
	return read
}

// checkFilename checks a file's name. An sdist that a URL or a path names may have any.
func (r *entryReader) checkFilename(p *lock.Package, a lock.Artifact) {
	if a.Filename == "" || a.Filename[0] == '.' || strings.ContainsAny(a.Filename, `/\`) || strings.ContainsFunc(a.Filename, unicode.IsControl) {
		r.fail(a.Line, "invalid file name %q", a.Filename)
		return
	}
	_, _, isWheel := filename.WheelTags(a.Filename)
	if a.Kind == lock.Wheel && !isWheel {
		r.fail(a.Line, "invalid wheel name %q", a.Filename)
	}
	if a.Kind == lock.Wheel || p.Source.Kind != lock.FromURL && p.Source.Kind != lock.FromPath {
		if err := p.CheckFile(a.Filename); err != nil {
			r.fail(a.Line, "%w", err)
		}
	}
}

var digestLengths = map[string]int{"sha256": 64, "sha384": 96, "sha512": 128}

func (r *entryReader) hash(line int, algorithm, digest string) lock.Hash {
	if digits, known := digestLengths[algorithm]; !known {
		r.fail(line, "the hash algorithm %q is unknown, or too weak to trust a file by", algorithm)
	} else if len(digest) != digits || strings.Trim(digest, "0123456789abcdef") != "" {
		r.fail(line, "the %s %q is not %d lower-case hexadecimal digits", algorithm, digest, digits)
	}
	return lock.Hash{Algorithm: algorithm, Hex: digest}
}

func (r *entryReader) constraint(key, text string) lock.Constraint {
	if text == "" {
		return lock.Constraint{}
	}
	c, err := lock.ParseConstraint(text)
	if err != nil {
		r.fail(0, "%s: %w", key, err)
	}
	return c
}

func (r *entryReader) url(text string) string {
	if text == "" || !strings.Contains(text, "://") {
		return r.text("url", text)
	}
	if _, err := url.Parse(text); err != nil {
		r.fail(0, "invalid URL") // whose text might hold a password
	}
	return r.text("url", text)
}

// text refuses what no lock has in such a place, and what a terminal would obey.
func (r *entryReader) text(key, text string) string {
	if strings.ContainsFunc(text, unicode.IsControl) {
		r.fail(0, "%s: a control character in %q", key, withoutCredentials(text))
	}
	return text
}

func printable(text string) string {
	return strings.Map(func(c rune) rune {
		if unicode.IsControl(c) {
			return '?'
		}
		return c
	}, text)
}
