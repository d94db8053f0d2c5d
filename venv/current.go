package venv

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
)

// bytecode is the folder that an interpreter keeps compiled modules in.
const bytecode = "__pycache__"

// Current tells whether the environment in dir is still what Make made of the same inputs. Nothing else is needed for it: it
// looks at every folder, link and file that Make made, at the interpreter, and whether the unpacked wheels that the
// environment links to are there. What is in these is not looked at: package unpack does that when they are next asked for.
func Current(dir, inputs string) (*Report, bool) {
	data, err := os.ReadFile(filepath.Join(dir, stateFile))
	if err != nil {
		return nil, false
	}
	s, err := decodeState(data)
	if err != nil || s.inputs != inputs {
		return nil, false
	}
	if id, err := fileIdentity(s.executable); err != nil || id != s.interpreter {
		return nil, false
	}
	root, err := openSpot(dir)
	if err != nil {
		return nil, false
	}
	defer root.close()
	if !s.holds(root) {
		return nil, false
	}
	return &s.report, true
}

// batch is how many folders are looked at before another processor is asked to help.
const batch = 32

// holds tells whether the folders and the store are as they were.
func (s *state) holds(root spot) bool {
	jobs := min(runtime.GOMAXPROCS(0), 1+len(s.folders)/batch)
	var wrong atomic.Bool
	var next atomic.Int64
	var group sync.WaitGroup
	for range jobs {
		group.Go(func() {
			var c comparer
			for !wrong.Load() {
				i := int(next.Add(1)) - 1
				if i >= len(s.folders)+len(s.trees) {
					return
				}
				ok := false
				if i < len(s.folders) {
					ok = c.same(root, &s.folders[i])
				} else {
					info, err := os.Stat(s.trees[i-len(s.folders)])
					ok = err == nil && info.IsDir()
				}
				if !ok {
					wrong.Store(true)
				}
			}
		})
	}
	group.Wait()
	return !wrong.Load()
}

// comparer compares folders with their states.
type comparer struct{ target [4096]byte }

func (c *comparer) same(root spot, f *folderState) bool {
	path := f.path
	if path == "" {
		path = "."
	}
	at, err := root.open(path)
	if err != nil {
		return false
	}
	defer at.close()
	names, err := at.names()
	if err != nil {
		return false
	}
	// Each name of the state is looked up, so that equal numbers mean equal sets.
	names = slices.DeleteFunc(names, func(name string) bool { return name == bytecode || name == stateFile && f.path == "" })
	if len(names) != len(f.entries) {
		return false
	}
	for i := range f.entries {
		if !c.sameEntry(at, &f.entries[i]) {
			return false
		}
	}
	return true
}

func (c *comparer) sameEntry(at spot, e *entryState) bool {
	switch {
	case e.folder:
		return true // it is opened as a folder of its own
	case e.target != "":
		n, err := at.readlink(e.name, c.target[:])
		return err == nil && string(c.target[:n]) == e.target
	default:
		id, _, err := at.stat(e.name)
		return err == nil && id == e.identity
	}
}
