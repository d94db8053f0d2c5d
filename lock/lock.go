// Package lock reads a lock file of any format into a Lock.
//
// It is the first narrow waist of the pipeline: poetry.lock, uv.lock, pdm.lock, pylock.toml and
// hashed requirements.txt all become one graph that keeps the markers on its edges and packages,
// and every later step reads only that. Reading is pure: no network, no Python, no file system
// but what Input gives. Rules:
//
//   - Nothing a lock says is dropped: a key that this package does not know is listed in
//     Lock.Warnings, never silently ignored, unless it is known to carry no meaning for an install.
//   - Names are checked by PEP 508's rule before anything is made of them.
//   - Every error is an *Error with the file, line and package.
package lock

import (
	"strconv"
	"strings"

	"github.com/ofiuco/ofiuco/pypa/marker"
	"github.com/ofiuco/ofiuco/pypa/name"
	"github.com/ofiuco/ofiuco/pypa/version"
)

// Format is the kind of a lock file.
type Format string

// The lock formats.
const (
	Poetry       Format = "poetry.lock"
	UV           Format = "uv.lock"
	PDM          Format = "pdm.lock"
	Pylock       Format = "pylock.toml"
	Requirements Format = "requirements.txt"
)

// Input is what a reader may look at.
type Input struct {
	Path      string // of the lock, as messages show it; its base name decides the format
	Data      []byte
	Pyproject []byte // pyproject.toml beside the lock; nil when there is none
	// PyprojectPath is Pyproject's path as messages show it.
	PyprojectPath string
	// Open reads a file that the lock names (requirements.txt's -r and -c), by its slash-separated
	// path relative to the lock's folder. Nil: such a line is an error.
	Open func(path string) ([]byte, error)
}

// Lock is a lock file as a graph.
type Lock struct {
	Path    string
	Format  Format
	Version string // the lock-version it declares, "" where the format has none
	Project name.Name

	RequiresPython     Constraint // "" when not said
	RequiresPythonLine int
	// Environments are those the lock was made for; none means any.
	Environments []*marker.Marker

	Packages []*Package // in file order
	Roots    []Root     // the edges out of the project (and workspace members)

	Extras        []name.Name // the project's own extras
	Groups        []name.Name // the project's dependency groups
	DefaultGroups []name.Name // those installed when none is asked for
	// Conflicts are uv's sets of extras and groups, no two of which may be active at once.
	Conflicts [][]Choice
	Indexes   []Index
	Warnings  []*Error // to be shown once; reading went on
}

// Package is one entry of a lock: one version of a project from one source.
type Package struct {
	Name           name.Name
	Spelling       string          // Name as the lock spells it, where that is another text
	Description    string          // the project's own summary, "" where the lock has none
	Version        version.Version // zero for a source tree without one
	Line           int
	Source         Source
	RequiresPython Constraint

	// Included says when the lock itself includes the package, one Condition for each group; nil
	// where only edges decide (uv.lock, poetry.lock before 2.1, pdm.lock without inherit_metadata).
	// The package is in when any condition of an active group holds.
	Included []Condition
	// Forks are uv's resolution-markers: the environments this version was locked for; none means any.
	Forks []*marker.Marker

	Dependencies []Dependency
	// Provides are the extras the package declares, nil where the lock does not say.
	Provides  []name.Name
	Artifacts []Artifact
	// Hashes are those of files the lock does not name (requirements.txt, poetry.lock 1.0): Artifacts
	// is empty then, the index names the files, and only one with one of these hashes may be taken.
	Hashes []Hash
	// Project marks the project itself or a workspace member: a source tree that a selection
	// starts from, not something to fetch.
	Project bool
}

// spell notes how the lock spells the name.
func (p *Package) spell(text string) {
	if text != p.Name.String() {
		p.Spelling = text
	}
}

// Condition is one way to be included. Group "" stands for the project's own dependencies.
// Marker may ask for extra, extras and dependency_groups.
type Condition struct {
	Group  name.Name
	Marker *marker.Marker
}

// Choice is something that a user may ask a project for: an extra, a group, or with neither the
// project's own dependencies.
type Choice struct{ Project, Extra, Group name.Name }

// Dependency is an edge of the graph.
type Dependency struct {
	Name   name.Name
	Extras []name.Name // asked of Name
	// Extra is the extra of the package at the edge's tail that turns the edge on; "" always on.
	Extra      name.Name
	Marker     *marker.Marker
	Constraint Constraint
	// Version and Source pin the edge to one entry where the lock says so.
	Version version.Version
	Source  *Source
	Line    int
}

// Root is an edge out of the project.
type Root struct {
	Dependency
	// From is the project or workspace member it belongs to.
	From name.Name
	// Group is the dependency group, "" for the project's own dependencies. (The project's extra is
	// Dependency.Extra.)
	Group name.Name
}

// SourceKind is where a package comes from.
type SourceKind string

// The source kinds.
const (
	FromIndex     SourceKind = "index"     // a simple repository; URL "" is the default one
	FromFlat      SourceKind = "flat"      // a --find-links page or folder (URL or Path)
	FromURL       SourceKind = "url"       // one archive by URL
	FromPath      SourceKind = "path"      // one archive by path
	FromDirectory SourceKind = "directory" // a source tree by path
	FromGit       SourceKind = "git"
)

// Source is where a package comes from. The zero Source is the default index.
type Source struct {
	Kind         SourceKind
	Name         string // of the index, as pyproject or the lock calls it
	URL          string // may hold credentials: never print it unredacted
	Path         string // relative to the lock's folder, slash-separated
	Reference    string // git: branch, tag or what was asked for
	Commit       string // git: full commit
	Subdirectory string
	Editable     bool
}

// ArtifactKind is the kind of an Artifact; the words are those of `select --json`.
type ArtifactKind string

// The artifact kinds.
const (
	Wheel     ArtifactKind = "wheel"
	Sdist     ArtifactKind = "sdist"
	Git       ArtifactKind = "git"
	Directory ArtifactKind = "directory"
)

// Artifact is one file (or tree) of a package.
type Artifact struct {
	Kind     ArtifactKind
	Filename string // "" for trees
	URL      string // "" when the index must be asked; may hold credentials
	Path     string // local, relative to the lock's folder, slash-separated
	Hashes   []Hash // strong ones only (sha256, sha384, sha512), sha256 first
	Size     int64  // bytes; 0 when the lock does not say
	Line     int
}

// Hash is a digest in lower-case hexadecimal.
type Hash struct{ Algorithm, Hex string }

// SHA256 is the artifact's SHA-256 in hexadecimal, "" when it has none.
func (a Artifact) SHA256() string {
	for _, h := range a.Hashes {
		if h.Algorithm == "sha256" {
			return h.Hex
		}
	}
	return ""
}

// Index is a package index the project names.
type Index struct {
	Name, URL string
	// Explicit indexes serve only the packages bound to them.
	Explicit bool
	// Flat is a --find-links location.
	Flat bool
	// Default replaces PyPI.
	Default bool
}

// Error is what is wrong with a lock, or with a package of it, and where.
type Error struct {
	Path    string
	Line    int    // 0 when unknown
	Package string // "numpy 2.1.0", "" when no package is at fault
	Msg     string // what is wrong, one line
	Facts   []string
	Hint    string // what to do about it
	Err     error
}

// Error is the one line that greps: path:line: package: what is wrong.
func (e *Error) Error() string {
	var b strings.Builder
	if e.Path != "" {
		b.WriteString(e.Path)
		if e.Line > 0 {
			b.WriteString(":" + strconv.Itoa(e.Line))
		}
		b.WriteString(": ")
	}
	if e.Package != "" {
		b.WriteString(e.Package + ": ")
	}
	b.WriteString(e.Msg)
	return b.String()
}

// Unwrap is the cause.
func (e *Error) Unwrap() error { return e.Err }
