package venv

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/ofiuco/ofiuco/unpack"
)

// writer writes a plan into a folder, some folders at once. What it wrote is in state.
type writer struct {
	ctx  context.Context
	plan *plan
	mode Mode
	jobs int
	root spot

	noHardlinks atomic.Bool // they don't work here

	mu      sync.Mutex
	changed sync.Cond
	waiting []job // folders that are to be filled
	busy    int   // workers that fill one
	err     error
	state   []folderState
	files   int
	note    string
}

// job is a folder that is there and empty.
type job struct {
	folder *folder
	path   string // in the environment, slash-separated
}

func newWriter(ctx context.Context, p *plan, mode Mode, dir string, jobs int) (*writer, error) {
	root, err := openSpot(dir)
	if err != nil {
		return nil, err
	}
	w := &writer{ctx: ctx, plan: p, mode: mode, jobs: jobs, root: root, waiting: []job{{folder: p.root}}}
	w.changed.L = &w.mu
	return w, nil
}

// run writes all folders.
func (w *writer) run() error {
	var group sync.WaitGroup
	for range w.jobs {
		group.Go(w.work)
	}
	group.Wait()
	return w.err
}

// work fills folders until there are none, or something went wrong.
func (w *writer) work() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for {
		for len(w.waiting) == 0 && w.busy > 0 && w.err == nil {
			w.changed.Wait()
		}
		if len(w.waiting) == 0 || w.err != nil {
			w.changed.Broadcast()
			return
		}
		last := len(w.waiting) - 1
		j := w.waiting[last]
		w.waiting = w.waiting[:last]
		w.busy++
		w.mu.Unlock()
		made, inner, err := w.fill(j)
		w.mu.Lock()
		w.busy--
		w.waiting = append(w.waiting, inner...)
		w.state = append(w.state, made)
		w.files += made.files
		if w.err == nil {
			w.err = err
		}
		w.changed.Broadcast()
	}
}

// fill makes what is in a folder. The folders in it are to be filled, too.
func (w *writer) fill(j job) (folderState, []job, error) {
	made := folderState{path: j.path}
	if err := w.ctx.Err(); err != nil {
		return made, nil, err
	}
	path := j.path
	if path == "" {
		path = "."
	}
	at, err := w.root.open(path)
	if err != nil {
		return made, nil, err
	}
	defer at.close()
	if err := w.resolveBranches(j); err != nil {
		return made, nil, err
	}
	f := j.folder
	made.entries = make([]entryState, 0, len(f.files)+len(f.links)+len(f.branches)+len(f.folders))
	for name, target := range f.links {
		made.add(entryState{name: name, target: target})
		err = errors.Join(err, at.symlink(target, name))
	}
	for name, b := range f.branches {
		target := b.dir()
		made.add(entryState{name: name, target: target})
		made.files += b.count()
		err = errors.Join(err, at.symlink(target, name))
	}
	if err != nil {
		return made, nil, within(j.path, err)
	}
	var store sourceFolder
	defer store.close()
	for name, file := range f.files {
		entry, err := w.place(at, &store, name, file)
		if err != nil {
			return made, nil, within(j.path, err)
		}
		made.files++
		if j.path != "" || name != stateFile {
			made.add(entry)
		}
	}
	inner := make([]job, 0, len(f.folders))
	for _, name := range slices.Sorted(maps.Keys(f.folders)) {
		if err := at.mkdir(name); err != nil {
			return made, nil, within(j.path, err)
		}
		made.add(entryState{name: name, folder: true})
		inner = append(inner, job{folder: f.folders[name], path: join(j.path, name)})
	}
	return made, inner, nil
}

// resolveBranches makes real folders of branches, unless links stand for them.
func (w *writer) resolveBranches(j job) error {
	if w.mode == Symlink {
		return nil
	}
	for name, b := range j.folder.branches {
		if _, err := w.plan.enter(j.folder, join(j.path, name), name, b.Owner); err != nil {
			return err
		}
	}
	return nil
}

// sourceFolder is a folder of the store that is kept open, since files that go into one folder mostly come from one.
type sourceFolder struct {
	path string // "" when none is open
	at   spot
}

// open opens the folder of a file, unless it is open, and gives the file's name in it.
func (s *sourceFolder) open(file string) (string, error) {
	path, name := filepath.Split(file)
	if path == s.path {
		return name, nil
	}
	s.close()
	at, err := openSpot(path)
	if err == nil {
		s.path, s.at = path, at
	}
	return name, err
}

func (s *sourceFolder) close() {
	if s.path != "" {
		s.at.close()
	}
	s.path = ""
}

// check finds a file of the store that is not as it was unpacked.
func (f *file) check(id identity, perm uint32) error {
	if id.regular && unpack.Untouched(id.modified, perm) && (f.size == unknownSize || f.size == id.size) {
		return nil
	}
	return &fs.PathError{Op: "read", Path: f.from, Err: unpack.ErrDamaged}
}

// place puts a file into an open folder.
func (w *writer) place(at spot, store *sourceFolder, name string, f *file) (entryState, error) {
	perm := uint32(0o666)
	if f.executable {
		perm = 0o777
	}
	if f.from == "" {
		id, err := at.write(name, f.bytes, perm)
		return entryState{name: name, identity: id}, err
	}
	mode := w.modeOf(f)
	if mode == Symlink {
		return entryState{name: name, target: f.from}, at.symlink(f.from, name)
	}
	source, err := store.open(f.from)
	if err != nil {
		return entryState{}, err
	}
	if mode == Hardlink {
		err := at.link(store.at, source, name)
		if err == nil {
			id, perm, err := at.stat(name)
			return entryState{name: name, identity: id}, cmp.Or(err, f.check(id, perm))
		}
		if !noLink(err) {
			return entryState{}, err
		}
		if w.mode == Symlink {
			w.noHardlinks.Store(true)
			return entryState{name: name, target: f.from}, at.symlink(f.from, name)
		}
		w.fallBack(mode, err)
	}
	id, permissions, err := store.at.stat(source)
	if err == nil {
		err = f.check(id, permissions)
	}
	if err != nil {
		return entryState{}, err
	}
	if mode == Clone {
		id, err := at.clone(f.from, name, perm)
		if err == nil || !noClone(err) {
			return entryState{name: name, identity: id}, err
		}
		w.fallBack(mode, err)
	}
	id, err = at.copy(f.from, name, perm, id.size)
	return entryState{name: name, identity: id}, err
}

// modeOf is how a file of the store gets into the environment.
func (w *writer) modeOf(f *file) Mode {
	if w.mode == Symlink && f.anchored && !w.noHardlinks.Load() {
		return Hardlink
	}
	return w.mode
}

// fallBack notes that a file is copied.
func (w *writer) fallBack(mode Mode, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.note == "" {
		w.note = fmt.Sprintf("some files are copied, since %s does not work for them: %v", mode, cause(err))
	}
}

// cause is what the system said, without the path.
func cause(err error) error {
	if p := (*fs.PathError)(nil); errors.As(err, &p) {
		return p.Err
	}
	if l := (*os.LinkError)(nil); errors.As(err, &l) {
		return l.Err
	}
	return err
}

// within says which folder of the environment an error is of.
func within(path string, err error) error {
	if path == "" {
		return err
	}
	return fmt.Errorf("in %s: %w", path, err)
}

func join(folder, name string) string {
	if folder == "" {
		return name
	}
	return folder + "/" + name
}
