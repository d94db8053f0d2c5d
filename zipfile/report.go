package zipfile

import (
	"cmp"
	"slices"
	"strings"
)

// Report tells what a zip is made of. Zipped sizes of files and owners hold their headers too; all of
// them and the end record are the whole zip.
type Report struct {
	Files    int
	Zipped   int64 // bytes of the zip
	Unzipped int64 // bytes of all files
	Owners   []OwnerSize
	Largest  []FileSize
}

// OwnerSize is the part of one owner. A file that several owners brought counts for the first.
type OwnerSize struct {
	Owner    string
	Files    int
	Zipped   int64 // bytes
	Unzipped int64 // bytes
}

// FileSize is the part of one file.
type FileSize struct {
	Path     string
	Owner    string
	Zipped   int64 // bytes
	Unzipped int64 // bytes
}

// Report sums up the zip: all owners and at most so many files, the largest unzipped first, then
// by name.
func (p *Plan) Report(files int) Report {
	report := Report{Files: len(p.entries), Zipped: p.size}
	index := map[string]int{}
	for i := range p.entries {
		e := &p.entries[i]
		zipped := e.headerSize() + e.compressed + e.centralSize()
		report.Unzipped += e.size
		report.Largest = append(report.Largest, FileSize{e.name, e.owner, zipped, e.size})
		at, found := index[e.owner]
		if !found {
			at = len(report.Owners)
			index[e.owner] = at
			report.Owners = append(report.Owners, OwnerSize{Owner: e.owner})
		}
		owner := &report.Owners[at]
		owner.Files++
		owner.Zipped += zipped
		owner.Unzipped += e.size
	}
	slices.SortFunc(report.Owners, func(a, b OwnerSize) int {
		return cmp.Or(cmp.Compare(b.Unzipped, a.Unzipped), strings.Compare(a.Owner, b.Owner))
	})
	slices.SortFunc(report.Largest, func(a, b FileSize) int {
		return cmp.Or(cmp.Compare(b.Unzipped, a.Unzipped), strings.Compare(a.Path, b.Path))
	})
	report.Largest = slices.Clip(report.Largest[:min(max(files, 0), len(report.Largest))])
	return report
}
