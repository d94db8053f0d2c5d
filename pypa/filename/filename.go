// Package filename parses the file names of wheels and sdists (PEP 427, 625).
//
// It is vocabulary: lock readers and the index client learn from it what a file is before they have
// the file. Its rules, all those of packaging 26.3 (packaging.utils):
//
//   - A wheel is NAME-VERSION[-BUILD]-INTERPRETER-ABI-PLATFORM.whl, an sdist NAME-VERSION.tar.gz or .zip.
//   - Names come out normalized and versions parsed. What packaging lets pass (names with letters beyond
//     ASCII, say) passes here, too: whether such a project may exist is for package name to say.
//   - A build tag begins with a digit; it orders by that number, then by the rest as text.
//
// Divergences: a name that is not UTF-8, and a tag set of more than tag.MaxSet tags, are refused.
package filename

import (
	"fmt"
	"strings"

	"github.com/ofiuco/ofiuco/pypa/name"
	"github.com/ofiuco/ofiuco/pypa/tag"
	"github.com/ofiuco/ofiuco/pypa/version"
)

// Wheel is what a wheel's file name says.
type Wheel struct {
	Name    name.Name
	Version version.Version
	Build   Build
	Tags    []tag.Tag // sorted, without duplicates
}

// Sdist is what an sdist's file name says.
type Sdist struct {
	Name    name.Name
	Version version.Version
}

// ParseWheel parses a wheel's file name ("numpy-2.1.0-1-cp312-cp312-win_amd64.whl").
func ParseWheel(filename string) (Wheel, error) {
	parts, err := splitWheel(filename)
	if err != nil {
		return Wheel{}, err
	}
	if !isWheelName(parts.name) {
		return Wheel{}, fmt.Errorf("wheel file name %.200q has an invalid project name: %.200q", filename, parts.name)
	}
	wheel := Wheel{Name: normalize(parts.name)}
	if wheel.Version, err = version.Parse(parts.version); err != nil {
		return Wheel{}, fmt.Errorf("wheel file name %.200q: %w", filename, err)
	}
	if parts.hasBuild {
		if wheel.Build, err = parseBuild(parts.build); err != nil {
			return Wheel{}, fmt.Errorf("wheel file name %.200q: %w", filename, err)
		}
	}
	if wheel.Tags, err = tag.Parse(parts.tags); err != nil {
		return Wheel{}, fmt.Errorf("wheel file name %.200q: %w", filename, err)
	}
	return wheel, nil
}

// WheelTags is the compressed tag set of a wheel's file name and its build tag, all that a choice
// between the wheels of one release needs; it does not allocate. Neither the name and version nor the
// set are checked, tag.Ordered.RankSet does the latter. ok is false when the name has not a wheel's parts.
func WheelTags(filename string) (set string, build Build, ok bool) {
	parts, err := splitWheel(filename)
	if err != nil {
		return "", Build{}, false
	}
	if parts.hasBuild {
		if build, err = parseBuild(parts.build); err != nil {
			return "", Build{}, false
		}
	}
	return parts.tags, build, true
}

// ParseSdist parses an sdist's file name ("numpy-2.1.0.tar.gz").
func ParseSdist(filename string) (Sdist, error) {
	stem, ok := strings.CutSuffix(filename, ".tar.gz")
	if !ok {
		stem, ok = strings.CutSuffix(filename, ".zip")
	}
	if !ok {
		return Sdist{}, fmt.Errorf("sdist file name %.200q ends neither in .tar.gz nor in .zip", filename)
	}
	// A version has no dash, so the last one is the separator.
	dash := strings.LastIndexByte(stem, '-')
	if dash <= 0 {
		return Sdist{}, fmt.Errorf("sdist file name %.200q is not NAME-VERSION", filename)
	}
	v, err := version.Parse(stem[dash+1:])
	if err != nil {
		return Sdist{}, fmt.Errorf("sdist file name %.200q: %w", filename, err)
	}
	return Sdist{Name: normalize(stem[:dash]), Version: v}, nil
}

// wheelParts are the parts of a wheel's file name, none of them checked.
type wheelParts struct {
	name, version, build, tags string
	hasBuild                   bool
}

func splitWheel(filename string) (wheelParts, error) {
	stem, ok := strings.CutSuffix(filename, ".whl")
	if !ok {
		return wheelParts{}, fmt.Errorf("wheel file name %.200q does not end in .whl", filename)
	}
	var p wheelParts
	switch strings.Count(stem, "-") {
	case 4:
	case 5:
		p.hasBuild = true
	default:
		return wheelParts{}, fmt.Errorf("wheel file name %.200q has not 5 or 6 parts separated by dashes", filename)
	}
	p.name, stem, _ = strings.Cut(stem, "-")
	p.version, stem, _ = strings.Cut(stem, "-")
	if p.hasBuild {
		p.build, stem, _ = strings.Cut(stem, "-")
	}
	p.tags = stem
	return p, nil
}
