package buildlock

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/ofiuco/ofiuco/resolve"
)

// merge is a release with what another resolution learned of it: new wheels, and what more extras require.
func (l *Lock) merge(r release, p resolve.Pin) (*locked, error) {
	p.Wheel = resolve.File{}
	if len(p.Files) == 0 {
		return nil, fmt.Errorf("it has no files")
	}
	known := l.releases[r]
	if known == nil {
		known = &locked{Pin: resolve.Pin{Name: p.Name, Version: p.Version, Direct: p.Direct, RequiresPython: p.RequiresPython}}
	}
	if known.Files != nil && (known.Direct != p.Direct || indexOf(known.Pin) != indexOf(p)) {
		return nil, fmt.Errorf("it is locked from %s, and now comes from %s", place(known.Pin), place(p))
	}
	merged := &locked{Pin: known.Pin, line: known.line}
	if merged.RequiresPython != p.RequiresPython {
		merged.RequiresPython = ""
	}
	merged.Requires = union(known.Requires, p.Requires, cmp.Compare)
	merged.Extras = union(known.Extras, p.Extras, cmp.Compare)
	files := slices.Concat(known.Files, p.Files)
	slices.SortStableFunc(files, func(a, b resolve.File) int { return cmp.Compare(a.Filename, b.Filename) })
	merged.Files = nil
	for i, f := range files {
		if i > 0 && f.Filename == files[i-1].Filename {
			if f.SHA256 != files[i-1].SHA256 {
				return nil, fmt.Errorf("%q is locked with the sha256 %s, and now has %s", f.Filename, files[i-1].SHA256, f.SHA256)
			}
			continue
		}
		merged.Files = append(merged.Files, f)
	}
	return merged, nil
}

// union is both lists, sorted, each value once.
func union[T any](a, b []T, compare func(a, b T) int) []T {
	all := slices.Concat(a, b)
	slices.SortFunc(all, compare)
	return slices.CompactFunc(all, func(a, b T) bool { return compare(a, b) == 0 })
}

// place is where a release comes from, in words.
func place(p resolve.Pin) string {
	switch {
	case p.Direct != "":
		return fmt.Sprintf("the URL %q", p.Direct)
	case indexOf(p) != "":
		return fmt.Sprintf("the index %q", indexOf(p))
	}
	return "the default index"
}
