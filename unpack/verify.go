package unpack

import (
	"path"
	"slices"
)

// verify looks at the size, time and kind of every file of an unpacked wheel, and at the time of every folder, which
// changes when something is added to the folder or removed.
func verify(w *Wheel) error {
	root, err := openSpot(w.Dir)
	if err != nil {
		return err
	}
	defer root.close()
	folders := map[string]bool{}
	last := "\x00" // is no folder
	for i := range w.Entries {
		e := &w.Entries[i]
		folder := path.Dir(e.Path)
		if path.Base(folder) == bytecodeDir {
			continue
		}
		for dir := folder; dir != last && !folders[dir]; dir = path.Dir(dir) {
			folders[dir] = true
			if !root.isFolder(dir) {
				return damaged(dir, "is no folder, or something was added to it or removed")
			}
		}
		last = folder
		if w.SelfContained && folder == w.DistInfo && slices.Contains(installed, path.Base(e.Path)) {
			continue // its size is another than the wheel's
		}
		if !root.isFile(e.Path, e.Size, e.Executable) {
			return damaged(e.Path, "was changed")
		}
	}
	if !w.SelfContained {
		return nil
	}
	for _, name := range []string{"RECORD", "INSTALLER"} {
		if !root.isFile(w.DistInfo+"/"+name, -1, false) {
			return damaged(w.DistInfo+"/"+name, "was changed")
		}
	}
	return nil
}
