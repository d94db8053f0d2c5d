package unpack

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ofiuco/ofiuco/binary"
	"github.com/ofiuco/ofiuco/pypa/tag"
	"github.com/ofiuco/ofiuco/wheel"
)

// isLibrary tells by its first bytes whether a file is an object file of ELF or Mach-O, one architecture's or several'.
func isLibrary(begin []byte) bool {
	if len(begin) < 4 {
		return false
	}
	switch string(begin[:4]) {
	case "\x7fELF", "\xfe\xed\xfa\xce", "\xfe\xed\xfa\xcf", "\xce\xfa\xed\xfe", "\xcf\xfa\xed\xfe", "\xca\xfe\xba\xbe", "\xca\xfe\xba\xbf":
		return true
	}
	return false
}

// findAnchors are the libraries that look for others where the wheel has no folder: in another wheel, beside which they must
// lie, and not be reached by a link to one of their folders.
func (x *extraction) findAnchors(w *wheel.Wheel, dir string) ([]string, error) {
	if !slices.ContainsFunc(w.Tags, func(t tag.Tag) bool { return t.Platform != "any" }) {
		return nil, nil
	}
	var anchors []string
	for _, library := range x.libraries {
		paths, err := runPaths(filepath.Join(dir, filepath.FromSlash(library)))
		if err != nil {
			return nil, fmt.Errorf("reading %s: %w", library, err)
		}
		leaves := func(runPath string) bool { return x.leaves(path.Dir(library), runPath) }
		if slices.ContainsFunc(paths, leaves) {
			anchors = append(anchors, library)
		}
	}
	slices.Sort(anchors)
	return anchors, nil
}

// runPaths are the folders in which a library looks for others.
func runPaths(file string) ([]string, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	object, err := binary.Read(f, info.Size())
	if err != nil || object == nil {
		return nil, nil // what is broken is no one's library
	}
	paths := object.RunPaths
	for _, needed := range object.Needed { // of Mach-O it may have a folder before it
		paths = append(paths, path.Dir(needed))
	}
	return paths, nil
}

// leaves tells whether a search path of a library in a folder leads to a folder that the wheel has not. An absolute one, and
// one from the program, does not depend on where the library lies.
func (x *extraction) leaves(folder, runPath string) bool {
	for _, origin := range []string{"$ORIGIN", "${ORIGIN}", "@loader_path"} {
		rest, found := strings.CutPrefix(runPath, origin)
		if found && (rest == "" || rest[0] == '/') {
			_, inside := x.folders[path.Join(folder, rest)]
			return !inside
		}
	}
	return false
}
