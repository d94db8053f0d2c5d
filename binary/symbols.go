package binary

import (
	"io"
	"slices"
)

// maxUsers is how many symbols of a version are named.
const maxUsers = 3

// users names symbols of the versions that the ELF file needs, the first few of each that wanted holds for: they say why a
// version is needed. It is empty when the file does not tell.
func users(r io.ReaderAt, size int64, wanted func(Version) bool) map[Version][]string {
	w := newWindow(r, size)
	f, e := readWithTables(w)
	names := map[Version][]string{}
	if f == nil || e.needs == 0 || e.symbols == 0 || e.symbolVersions == 0 {
		return names
	}
	byIndex := map[uint16]Version{}
	e.eachNeed(func(v Version, index uint16) {
		if wanted(v) {
			byIndex[index] = v
		}
	})
	if len(byIndex) == 0 {
		return names
	}
	entry, entries := int64(16), e.place(e.symbols)
	if e.wide {
		entry = 24
	}
	// Versions and symbols lie far apart: two windows keep each from reading the other's page again.
	versions, table := *e, e.place(e.symbolVersions)
	versions.window = newWindow(r, size)
	versions.order = e.order
	for i := range e.undefined() {
		v, ok := byIndex[versions.uint16(table+2*i)&0x7fff] // the highest bit hides a symbol
		if w.err != nil || versions.err != nil {
			break
		}
		if ok && len(names[v]) < maxUsers {
			name := versions.dynamicName(uint64(e.uint32(entries + i*entry)))
			names[v] = append(names[v], name)
		}
	}
	for _, list := range names {
		slices.Sort(list)
	}
	return names
}

// undefined is how many symbols may be of other libraries: those that the GNU hash table leaves out, which come first.
// Without one, it is all symbols.
func (e *elfFile) undefined() int64 {
	switch {
	case e.gnuHash != 0:
		return int64(e.uint32(e.place(e.gnuHash) + 4)) // symoffset
	case e.hash != 0:
		return int64(e.uint32(e.place(e.hash) + 4)) // nchain
	}
	return 0
}
