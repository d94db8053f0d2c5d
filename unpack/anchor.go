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

// findAnchors are the libraries that look for others where the wheel has no folder: in another wheel, beside which they must
// lie, and not be reached by a link to one of their folders.
func findAnchors(w *wheel.Wheel, root string) ([]string, error) {
	if !slices.ContainsFunc(w.Tags, func(t tag.Tag) bool { return t.Platform != "any" }) {
		return nil, nil
	}
	folders := map[string]bool{".": true}
	for i := range w.Entries {
		for dir := path.Dir(w.Entries[i].Path); !folders[dir]; dir = path.Dir(dir) {
			folders[dir] = true
		}
	}
	anchors := map[string]bool{}
	for i := range w.Entries {
		e := &w.Entries[i]
		if !mayBeLibrary(e) {
			continue
		}
		paths, err := runPaths(filepath.Join(root, filepath.FromSlash(e.Path)))
		if err != nil {
			return nil, fmt.Errorf("reading %s: %w", e.Path, err)
		}
		for _, p := range paths {
			if leaves(path.Dir(e.Path), p, folders) {
				anchors[e.Path] = true
			}
		}
	}
	names := make([]string, 0, len(anchors))
	for name := range anchors {
		names = append(names, name)
	}
	slices.Sort(names)
	return names, nil
}

// smallestLibrary is a size in bytes that no object file stays below.
const smallestLibrary = 64

func mayBeLibrary(e *wheel.Entry) bool {
	if e.Size < smallestLibrary {
		return false
	}
	base := path.Base(e.Path)
	return strings.Contains(base, ".so") || strings.HasSuffix(base, ".dylib") || e.Executable || path.Ext(base) == ""
}

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
	return object.RunPaths, nil
}

// leaves tells whether a search path of a library in a folder leads to a folder that the wheel has not. An absolute one
// does not depend on where the library lies.
func leaves(folder, runPath string, folders map[string]bool) bool {
	for _, origin := range []string{"$ORIGIN", "${ORIGIN}", "@loader_path", "@executable_path"} {
		rest, found := strings.CutPrefix(runPath, origin)
		if found && (rest == "" || rest[0] == '/') {
			return !folders[path.Join(folder, rest)]
		}
	}
	return false
}
