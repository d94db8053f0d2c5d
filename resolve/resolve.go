// Package resolve finds versions for the requirements of a build (PEP 508, 440, 592).
//
// It stands beside the pipeline: a lock knows all versions but those of build requirements, which are
// resolved once, pinned in a build lock (package buildlock), and from then on only read. It asks Releases
// and nothing else, and its answer depends on theirs only. Rules:
//
//   - Only wheels count, those whose tags fit the target, whose Requires-Python allows its Python and of which
//     the sha256 is known: a build requirement is never itself built.
//   - Projects are decided breadth first: the requirements sorted by name, then what they require in turn. Each
//     gets the first version that any solution allows with what was decided before it. First is a version
//     to prefer, then the newest; the answer is the first one in that order, and there is one whenever
//     there is one at all.
//   - Pre-releases come after all other versions, unless a requirement that is known by then names one.
//   - A yanked file counts only for a release that some requirement pins with == or ===.
//   - A requirement with a URL must stand in the build itself, be a wheel, and have its sha256 as fragment.
//   - A version whose metadata is broken is passed over. An extra that a version does not have adds nothing, as in pip.
//   - The work is bounded, and an error says what excludes what, and who asked for it.
package resolve

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/ofiuco/ofiuco/pypa/name"
	"github.com/ofiuco/ofiuco/pypa/requirement"
	"github.com/ofiuco/ofiuco/pypa/version"
	"github.com/ofiuco/ofiuco/target"
)

// File is a file of a release.
type File struct {
	Filename, URL, SHA256 string
	Size                  int64  // bytes; 0 when unknown
	RequiresPython        string // as the index spells it, "" when it does not say
	Yanked                bool   // its authors took it back (PEP 592)
	// Index is the name or URL of the index that has it, "" for the default one. It holds no credentials.
	Index string
}

// Metadata is what METADATA says of a wheel's dependencies.
type Metadata struct {
	Requires       []string // Requires-Dist
	RequiresPython string   // Requires-Python, "" when it does not say
}

// Pin is a resolved package.
type Pin struct {
	Name    name.Name
	Version version.Version
	Files   []File // all wheels of the release, sorted by file name
	Wheel   File   // the one that the Target takes
	// Direct is the URL that a requirement names, without its fragment; "" for a package of an index.
	Direct string
	// RequiresPython and Requires are the Wheel's; of the requirements that depend on an extra only those of Extras.
	RequiresPython string
	Requires       []string
	Extras         []name.Name // asked for; sorted
}

// Releases is where packages come from. Its errors end a resolution.
type Releases interface {
	// Files are the files of all releases of a project, all of one index; none when no index has the project.
	Files(ctx context.Context, project name.Name) ([]File, error)
	// Metadata is that of a wheel, which Files listed or a requirement named.
	Metadata(ctx context.Context, project name.Name, wheel File) (Metadata, error)
}

// Error says why requirements cannot be met.
type Error struct {
	Msg   string // what is wrong, one line
	Facts []string
	Hint  string // what to do about it, maybe ""
}

// Error is the message with its facts.
func (e *Error) Error() string {
	if len(e.Facts) == 0 {
		return e.Msg
	}
	return e.Msg + ": " + strings.Join(e.Facts, "; ")
}

// Resolve finds versions that meet all requirements on the target, sorted by name. prefer are versions that are
// taken where they meet the requirements. The error is an *Error when there are none.
func Resolve(ctx context.Context, from Releases, t target.Target, requirements []requirement.Requirement, prefer map[name.Name]version.Version) ([]Pin, error) {
	catalog := newCatalog(from, t, prefer)
	roots, err := catalog.roots(requirements)
	if err != nil {
		return nil, err
	}
	for {
		s := &solver{catalog: catalog, variables: map[key]*variable{}}
		pins, err := s.solve(ctx, roots)
		if err != errPinned {
			return pins, err
		}
	}
}

// roots are the requirements that hold on the target, by name.
func (c *catalog) roots(requirements []requirement.Requirement) ([]requirement.Requirement, error) {
	var roots []requirement.Requirement
	for _, r := range requirements {
		holds, err := r.Marker.Evaluate(c.target.Environment())
		if err != nil {
			return nil, &Error{Msg: fmt.Sprintf("the marker of %q has no answer", display(r)), Facts: []string{err.Error()}}
		}
		if !holds {
			continue
		}
		if r.URL != "" {
			if err := c.direct(r); err != nil {
				return nil, err
			}
		}
		roots = append(roots, r)
	}
	slices.SortFunc(roots, compareRequirements)
	return roots, nil
}

func compareRequirements(a, b requirement.Requirement) int {
	if c := strings.Compare(string(a.Name), string(b.Name)); c != 0 {
		return c
	}
	return strings.Compare(a.String(), b.String())
}
