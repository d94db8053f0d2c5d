package binary

import (
	"slices"

	"github.com/ofiuco/ofiuco/pypa/tag"
)

// Floor is the least that a Linux must have for files that are shipped together.
type Floor struct {
	Glibc int // the oldest glibc 2.Glibc, and so manylinux_2_Glibc; 0 with musl
	// Reason is what an older glibc, or a Linux of its time, lacks: "GLIBC_2.28 of libc.so.6". It is "" when every
	// manylinux of the architecture has all.
	Reason string
	// Foreign are the libraries that are neither shipped along nor part of manylinux (or musllinux), sorted: files that
	// need one may have no such tag.
	Foreign []string
	// Unknown are the versions that no manylinux is known to have, such as "GLIBC_PRIVATE", sorted: files that need one may
	// have no such tag either.
	Unknown []string
}

// FloorOf finds the Floor of ELF files of one machine; libc is Glibc or Musl, and provides tells whether a library is
// shipped along.
func FloorOf(files []*File, libc string, provides func(library string) bool) Floor {
	var floor Floor
	for _, f := range files {
		if f.Format != ELF || len(f.Machines) == 0 {
			continue
		}
		floor.addLibraries(f, libc, provides)
		if libc == Glibc {
			floor.Glibc = max(floor.Glibc, tag.OldestGlibc(f.Machines[0]))
			floor.addVersions(f, provides)
		}
	}
	slices.Sort(floor.Foreign)
	slices.Sort(floor.Unknown)
	return floor
}

func (floor *Floor) raise(minor int, reason string) {
	if minor > floor.Glibc {
		floor.Glibc, floor.Reason = minor, reason
	}
}

func (floor *Floor) addLibraries(f *File, libc string, provides func(library string) bool) {
	for _, library := range f.Needed {
		since, known := baselineLibrary(library, libc)
		switch {
		case provides(library):
		case known:
			floor.raise(since, library)
		default:
			floor.Foreign = addNew(floor.Foreign, library)
		}
	}
}

func (floor *Floor) addVersions(f *File, provides func(library string) bool) {
	for _, v := range f.Versions {
		if provides(v.Library) {
			continue
		}
		if minor, known := firstGlibc(v, f.Machines[0]); known {
			floor.raise(minor, v.String()+" of "+v.Library)
		} else {
			floor.Unknown = addNew(floor.Unknown, v.String())
		}
	}
}
