package build

import (
	"cmp"
	"slices"

	"github.com/ofiuco/ofiuco/buildlock"
	"github.com/ofiuco/ofiuco/fetch"
	"github.com/ofiuco/ofiuco/lock"
	"github.com/ofiuco/ofiuco/pypa/filename"
	"github.com/ofiuco/ofiuco/target"
)

// Requirements are the wheels that builds of a package ("markupsafe 2.1.5") may take on a machine that is like host or older:
// what to bring where a build is to run without network. The error is a *lock.Error when the build lock knows no such build.
func (f *LockFile) Requirements(pkg string, host target.Target) ([]fetch.Request, error) {
	var keys []buildlock.Key
	for _, b := range f.lock.Builds() {
		if b.Package == pkg {
			keys = append(keys, buildlock.Key{Package: pkg, Requirements: b.Requirements, Target: host})
		}
	}
	if len(keys) == 0 {
		return nil, &lock.Error{Path: f.Path, Package: pkg, Msg: "its build requirements are not pinned", Hint: "build it once, and commit the build lock"}
	}
	var requests []fetch.Request
	for _, key := range keys {
		pins, ok := f.lookup(key)
		if !ok {
			return nil, f.explain(key)
		}
		for _, pin := range pins {
			for _, file := range pin.Files {
				parsed, err := filename.ParseWheel(file.Filename)
				if err != nil || host.Why(parsed.Tags) != (target.Mismatch{}) {
					continue
				}
				requests = append(requests, fetch.Request{
					Name: pin.Name, Package: pin.Name.String() + " " + pin.Version.String(), Artifact: wheelArtifact(file), Source: pinSource(pin), Lock: f.Path,
				})
			}
		}
	}
	byName := func(a, b fetch.Request) int { return cmp.Compare(a.Artifact.Filename, b.Artifact.Filename) }
	slices.SortStableFunc(requests, byName)
	return slices.CompactFunc(requests, func(a, b fetch.Request) bool { return byName(a, b) == 0 }), nil
}
