package unpack

import (
	"path"
	"strings"
	"sync"

	"github.com/ofiuco/ofiuco/install"
)

const bytecodeDir = "__pycache__"

// isBytecode holds for a file that is not unpacked: it is in a folder for bytecode.
func isBytecode(file string) bool {
	return strings.HasPrefix(file, bytecodeDir+"/") || strings.Contains(file, "/"+bytecodeDir+"/")
}

// overwritten holds for a file of the archive in whose place the installation wrote another, or none.
func (w *Wheel) overwritten(file string) bool {
	return w.SelfContained && strings.HasPrefix(file, w.DistInfo) && !install.Kept(w.Wheel, file)
}

// Untouched tells, for the time of modification in nanoseconds since 1970 and the permissions of a file of an unpacked wheel,
// whether it was not written to since it was unpacked, and can't be by anyone but root.
func Untouched(modified int64, perm uint32) bool {
	return modified == unpackedTime.UnixNano() && perm&0o222 == 0
}

// verifyChunk is how many files one goroutine looks at before another may go on with the wheel.
const verifyChunk = 512

// verifyAll looks at every file of unpacked wheels. It writes the errors of those that were changed into errs; what has one is
// passed over.
func verifyAll(wheels []*Wheel, errs []error, jobs int) {
	type chunk struct {
		of         *verification
		wheel      int
		first, end int
	}
	var chunks []chunk
	for i, w := range wheels {
		if errs[i] != nil {
			continue
		}
		v := newVerification(w)
		for first := 0; first == 0 || first < len(w.Entries); first += verifyChunk {
			chunks = append(chunks, chunk{v, i, first, min(first+verifyChunk, len(w.Entries))})
		}
	}
	found := make([]error, len(chunks))
	inParallel(jobs, len(chunks), func(i int) {
		c := &chunks[i]
		found[i] = c.of.look(c.first, c.end)
	})
	for i, err := range found {
		if at := chunks[i].wheel; errs[at] == nil {
			errs[at] = err
		}
	}
}

// verify looks at every file of an unpacked wheel.
func verify(w *Wheel) error {
	return newVerification(w).look(0, len(w.Entries))
}

// verification compares an unpacked wheel with its record, by several goroutines.
type verification struct {
	*Wheel
	names func() map[string]map[string]bool // what must be in each folder
}

func newVerification(w *Wheel) *verification {
	return &verification{w, sync.OnceValue(w.namesByFolder)}
}

// look looks at the kind, size, mode and time of some of the files, by their places in Entries, and at the folders that
// they are in. With the first it looks at what the installation wrote.
func (v *verification) look(first, end int) error {
	root, err := openSpot(v.Dir)
	if err != nil {
		return err
	}
	defer root.close()
	folders := map[string]bool{}
	last := "\x00" // is no folder
	for i := first; i < end; i++ {
		e := &v.Entries[i]
		if isBytecode(e.Path) {
			continue
		}
		folder := path.Dir(e.Path)
		for dir := folder; dir != last && !folders[dir]; dir = path.Dir(dir) {
			folders[dir] = true
			if err := v.lookAtFolder(root, dir); err != nil {
				return err
			}
		}
		last = folder
		if !v.overwritten(e.Path) && !root.isFile(e.Path, e.Size, e.Executable) {
			return damaged(e.Path, "was changed")
		}
	}
	if first > 0 {
		return nil
	}
	for name, size := range v.written {
		if file := v.DistInfo + "/" + name; !root.isFile(file, size, false) {
			return damaged(file, "was changed")
		}
	}
	return nil
}

// lookAtFolder finds what was added to a folder or removed: that changes its time. Where only the time did, or bytecode
// was removed with its folder, that is mended.
func (v *verification) lookAtFolder(root spot, folder string) error {
	if root.isFolder(folder) {
		return nil
	}
	present, err := root.list(folder)
	if err != nil {
		return err
	}
	wanted := v.names()[folder]
	sources, bytecode := false, false
	for name := range wanted {
		sources = sources || strings.HasSuffix(name, ".py")
	}
	count := 0
	for _, name := range present {
		switch {
		case wanted[name]:
			count++
		case name == bytecodeDir:
			bytecode = true
		default:
			return damaged(path.Join(folder, name), "was added")
		}
	}
	if count != len(wanted) {
		return damaged(folder, "lacks a file")
	}
	if sources && !bytecode {
		_ = root.chmod(folder, 0o755) // a read-only store stays as it is, and is as good
		_ = root.mkdir(path.Join(folder, bytecodeDir))
	}
	_ = root.seal(folder)
	return nil
}

// namesByFolder are the names of the files and folders in each folder, without those for bytecode.
func (w *Wheel) namesByFolder() map[string]map[string]bool {
	folders := map[string]map[string]bool{".": {}}
	add := func(file string) {
		for known := false; !known && file != "."; {
			folder := path.Dir(file)
			names := folders[folder]
			if known = names != nil; !known {
				names = map[string]bool{}
				folders[folder] = names
			}
			names[path.Base(file)] = true
			file = folder
		}
	}
	for i := range w.Entries {
		if file := w.Entries[i].Path; !isBytecode(file) && !w.overwritten(file) {
			add(file)
		}
	}
	for name := range w.written {
		add(w.DistInfo + "/" + name)
	}
	return folders
}
