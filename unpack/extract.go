package unpack

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/ofiuco/ofiuco/install"
	"github.com/ofiuco/ofiuco/internal/atomicfile"
	"github.com/ofiuco/ofiuco/wheel"
)

// unpackedTime is the time of all files and folders.
var unpackedTime = time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)

// unpack unpacks a wheel while it is checked, in the place of what is there.
func (s *Store) unpack(ctx context.Context, r Request, checker *wheel.Checker) (*Wheel, error) {
	if _, ok := s.files.Has(r.SHA256); !ok { // nothing is written for it
		return nil, fmt.Errorf("unpacking %s: it is not in the store: %w", r.Filename, fs.ErrNotExist)
	}
	w, err := s.extract(ctx, r, checker)
	var disk *fs.PathError // its paths are those in the wheel
	if errors.As(err, &disk) || errors.Is(err, ErrReadOnly) {
		return nil, fmt.Errorf("unpacking %s into %s: %w", r.Filename, s.trees, err)
	}
	return w, err
}

func (s *Store) extract(ctx context.Context, r Request, checker *wheel.Checker) (*Wheel, error) {
	dir, err := s.temporary()
	if err != nil {
		return nil, err
	}
	defer func() { _ = atomicfile.RemoveAll(dir) }() // nothing is left of it when it got its name
	root, err := openSpot(dir)
	if err != nil {
		return nil, err
	}
	defer root.close()
	x := &extraction{root: root, folders: map[string]bool{".": false}}
	checked, err := s.files.CheckInto(ctx, r.SHA256, r.Filename, checker, x.create)
	if err != nil {
		return nil, err
	}
	w := &Wheel{Wheel: checked, SHA256: r.SHA256, Dir: s.path(r.SHA256)}
	if err := x.finish(w, dir); err != nil {
		return nil, err
	}
	if other, err := s.recall(r); err == nil && verify(other) == nil {
		return other, nil // another process was faster
	}
	return w, s.place(w, dir)
}

// temporary makes a folder for a wheel on its way. It can be moved to its place only if it may be written to then.
func (s *Store) temporary() (string, error) {
	var dir string
	err := errors.Join(os.MkdirAll(s.trees, 0o777), os.MkdirAll(s.tmp, 0o777))
	if err == nil {
		dir, err = atomicfile.MkdirIn(s.tmp, "tree", 0o755)
	}
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS) {
		err = fmt.Errorf("%w: %w", ErrReadOnly, err)
	}
	return dir, err
}

// place gives a wheel its name.
func (s *Store) place(w *Wheel, made string) error {
	if err := s.writeRecord(w); err != nil {
		return err
	}
	_ = os.Chmod(w.Dir, 0o755) // without it, what is there can't be moved
	err := atomicfile.ReplaceFolder(made, w.Dir)
	if errors.Is(err, syscall.EXDEV) {
		// What is there belongs to the lower layer of a container's image, where no folder can be moved.
		if err = atomicfile.RemoveAll(w.Dir); err == nil {
			err = os.Rename(made, w.Dir)
		}
	}
	return err
}

// extraction is a wheel on its way to a folder.
type extraction struct {
	root spot

	mu        sync.Mutex
	folders   map[string]bool // those that were made, and whether each has Python sources
	libraries []string
}

// create is a wheel.Sink.
func (x *extraction) create(file string, _ int64, executable bool) (io.WriteCloser, error) {
	if isBytecode(file) {
		return nil, nil
	}
	if err := x.mkdir(path.Dir(file), strings.HasSuffix(file, ".py")); err != nil {
		return nil, err
	}
	perm := fs.FileMode(0o444)
	if executable {
		perm = 0o555
	}
	out, err := x.root.create(file, perm)
	if err != nil {
		return nil, err
	}
	return &member{output: out, file: file, of: x}, nil
}

// mkdir makes a folder and those that it is in.
func (x *extraction) mkdir(folder string, sources bool) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	known, made := x.folders[folder]
	if made && (known || !sources) {
		return nil
	}
	var missing []string
	for dir := folder; !made; _, made = x.folders[dir] {
		missing = append(missing, dir)
		dir = path.Dir(dir)
	}
	for _, dir := range slices.Backward(missing) {
		if err := x.root.mkdir(dir); err != nil {
			return err
		}
		x.folders[dir] = false
	}
	x.folders[folder] = sources
	return nil
}

// member is a file of the wheel on its way, which tells whether it is a library.
type member struct {
	*output
	file  string
	of    *extraction
	begun bool
}

// Write implements io.Writer.
func (m *member) Write(p []byte) (int, error) {
	if !m.begun && isLibrary(p) {
		m.of.mu.Lock()
		m.of.libraries = append(m.of.libraries, m.file)
		m.of.mu.Unlock()
	}
	m.begun = true
	return m.output.Write(p)
}

// finish makes the .dist-info an installed one where that can be, finds the anchors, and closes the folders.
func (x *extraction) finish(w *Wheel, dir string) (err error) {
	if selfContained(w.Wheel) {
		if err := x.installDistInfo(w); err != nil {
			return err
		}
	}
	if w.Anchored, err = x.findAnchors(w.Wheel, dir); err != nil {
		return err
	}
	for folder, sources := range x.folders {
		if sources {
			if err := x.root.mkdir(path.Join(folder, bytecodeDir)); err != nil && !errors.Is(err, fs.ErrExist) {
				return err
			}
		}
		if err := x.root.seal(folder); err != nil {
			return err
		}
	}
	return nil
}

// seal makes a folder that was filled what isFolder holds for. The outermost may go on being written to, since otherwise it
// could not be moved.
func (s spot) seal(folder string) error {
	if folder != "." {
		if err := s.chmod(folder, 0o555); err != nil {
			return err
		}
	}
	return s.setTime(folder)
}

// selfContained holds for a wheel whose .dist-info is the same in every environment: no script is listed in its RECORD.
func selfContained(w *wheel.Wheel) bool {
	return w.DataDir == "" && !slices.ContainsFunc(w.EntryPoints, func(e wheel.EntryPoint) bool {
		return e.Group == "console_scripts" || e.Group == "gui_scripts"
	})
}

// installDistInfo puts what an installation writes in the place of the archive's files.
func (x *extraction) installDistInfo(w *Wheel) error {
	written, err := distInfoFiles(w.Wheel)
	if err != nil {
		return err
	}
	for i := range w.Entries {
		if file := w.Entries[i].Path; strings.HasPrefix(file, w.DistInfo) && !isBytecode(file) && !install.Kept(w.Wheel, file) {
			if err := x.root.remove(file); err != nil {
				return err
			}
		}
	}
	w.SelfContained, w.written = true, map[string]int64{}
	for name, content := range written {
		out, err := x.root.create(w.DistInfo+"/"+name, 0o444)
		if err != nil {
			return err
		}
		_, err = out.Write(content)
		if err := errors.Join(err, out.Close()); err != nil {
			return err
		}
		w.written[name] = int64(len(content))
	}
	return nil
}

// distInfoFiles are the files, by name, that an installation writes into the .dist-info of a wheel that is self-contained.
func distInfoFiles(w *wheel.Wheel) (map[string][]byte, error) {
	// No file of the wheel is read: there are no scripts to be rewritten.
	layout, err := install.Unpacked(w, nil, false, install.Options{Scheme: install.Venv("python3", false)})
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	for _, f := range layout.Written {
		files[path.Base(f.Path)] = f.Content.Bytes
	}
	return files, nil
}
