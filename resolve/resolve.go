// Package resolve finds versions for the requirements of a build (PEP 508, 440, 592).
//
// It stands beside the pipeline: a lock knows all versions but those of build requirements, which are
// resolved once, pinned in a build lock (package buildlock), and from then on only read.
package resolve

import (
	"context"

	"github.com/ofiuco/ofiuco/pypa/name"
	"github.com/ofiuco/ofiuco/pypa/requirement"
	"github.com/ofiuco/ofiuco/pypa/version"
	"github.com/ofiuco/ofiuco/target"
)

// File is a file of a release.
type File struct {
	Filename, URL, SHA256 string
	Size                  int64 // bytes; 0 when unknown
}

// Pin is a resolved package.
type Pin struct {
	Name    name.Name
	Version version.Version
	Files   []File // all wheels of the release, sorted by file name
	Wheel   File   // the one that the Target takes
}

// Releases is where packages come from.
type Releases interface {
	// Files are the files of all releases of a project; yanked ones are not among them.
	Files(ctx context.Context, project name.Name) ([]File, error)
	// Requires are the requirements of a wheel (Requires-Dist of its METADATA).
	Requires(ctx context.Context, project name.Name, wheel File) ([]string, error)
}

// Resolve finds the newest versions that meet all requirements on the target, sorted by name. prefer are versions that are
// taken where they meet the requirements.
func Resolve(ctx context.Context, from Releases, t target.Target, requirements []requirement.Requirement, prefer map[name.Name]version.Version) ([]Pin, error) {
	panic("unwritten")
}
