package unpack

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ofiuco/ofiuco/install"
	"github.com/ofiuco/ofiuco/internal/atomicfile"
	"github.com/ofiuco/ofiuco/wheel"
)

// unpackedTime is the time of all files and folders.
var unpackedTime = time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)

const bytecodeDir = "__pycache__"

// unpack unpacks a wheel while it is checked, in the place of what is there.
func (s *Store) unpack(ctx context.Context, w *Wheel, r Request, checker *wheel.Checker) error {
	trees := filepath.Dir(w.Dir)
	if err := os.MkdirAll(trees, 0o777); err != nil {
		return fmt.Errorf("making the store: %w", err)
	}
	root, err := atomicfile.MkdirIn(trees, "tree", 0o777)
	if err != nil {
		return fmt.Errorf("unpacking %s into the store: %w", r.Filename, err)
	}
	defer func() { _ = atomicfile.RemoveAll(root) }() // nothing is left of it when it got its name
	x := &extraction{root: root, made: map[string]bool{"": true}, sources: map[string]bool{}}
	if w.Wheel, err = s.files.CheckInto(ctx, r.SHA256, r.Filename, checker, x.create); err != nil {
		return err
	}
	if err := x.finish(w); err != nil {
		return fmt.Errorf("unpacking %s into the store: %w", r.Filename, err)
	}
	if err := s.writeFacts(w); err != nil {
		return err
	}
	if err := atomicfile.ReplaceFolder(root, w.Dir); err != nil && verify(w) != nil { // another process may have been faster
		return fmt.Errorf("unpacking %s into the store: %w", r.Filename, err)
	}
	return nil
}

// extraction is a wheel on its way to a folder.
type extraction struct {
	root string

	mu      sync.Mutex
	made    map[string]bool // folders, slash-separated
	sources map[string]bool // those with Python sources
}

// create is a wheel.Sink.
func (x *extraction) create(file string, _ int64, executable bool) (io.WriteCloser, error) {
	folder, base := path.Split(file)
	folder = strings.TrimSuffix(folder, "/")
	if path.Base(folder) == bytecodeDir {
		return nil, nil
	}
	if err := x.mkdir(folder, strings.HasSuffix(base, ".py")); err != nil {
		return nil, err
	}
	return createFile(filepath.Join(x.root, filepath.FromSlash(file)), executable)
}

// mkdir makes a folder and those that it is in.
func (x *extraction) mkdir(folder string, source bool) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	if source {
		x.sources[folder] = true
	}
	var missing []string
	for dir := folder; !x.made[dir]; {
		missing = append(missing, dir)
		if dir = path.Dir(dir); dir == "." {
			dir = ""
		}
	}
	for _, dir := range slices.Backward(missing) {
		if err := os.Mkdir(filepath.Join(x.root, filepath.FromSlash(dir)), 0o777); err != nil {
			return err
		}
		x.made[dir] = true
	}
	return nil
}

// output is a file on its way.
type output struct {
	*os.File
}

func createFile(path string, executable bool) (*output, error) {
	perm := fs.FileMode(0o444)
	if executable {
		perm = 0o555
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, perm)
	return &output{f}, err
}

// Close sets the file's time, too.
func (o *output) Close() error {
	return errors.Join(o.File.Close(), os.Chtimes(o.Name(), unpackedTime, unpackedTime))
}

// finish makes the .dist-info an installed one where that can be, finds the anchors, and closes the folders.
func (x *extraction) finish(w *Wheel) error {
	w.SelfContained = selfContained(w.Wheel)
	if w.SelfContained {
		if err := x.installDistInfo(w.Wheel); err != nil {
			return err
		}
	}
	var err error
	if w.Anchored, err = findAnchors(w.Wheel, x.root); err != nil {
		return err
	}
	folders := make([]string, 0, len(x.made))
	for folder := range x.made {
		folders = append(folders, folder)
	}
	// The last first: a folder's time changes with what is made in it.
	slices.SortFunc(folders, func(a, b string) int { return strings.Compare(b, a) })
	for _, folder := range folders {
		full := filepath.Join(x.root, filepath.FromSlash(folder))
		if x.sources[folder] {
			if err := os.Mkdir(filepath.Join(full, bytecodeDir), 0o777); err != nil {
				return err
			}
		}
		if err := os.Chmod(full, 0o555); err != nil {
			return err
		}
		if err := os.Chtimes(full, unpackedTime, unpackedTime); err != nil {
			return err
		}
	}
	return nil
}

// selfContained holds for a wheel whose .dist-info is the same in every environment: no script is listed in its RECORD.
func selfContained(w *wheel.Wheel) bool {
	if w.DataDir != "" {
		return false
	}
	return !slices.ContainsFunc(w.EntryPoints, func(e wheel.EntryPoint) bool { return e.Group == "console_scripts" || e.Group == "gui_scripts" })
}

// installed are the files of .dist-info that an installation writes or leaves out.
var installed = []string{"RECORD", "INSTALLER", "REQUESTED", "direct_url.json"}

// installDistInfo puts what an installation writes in the place of the archive's files.
func (x *extraction) installDistInfo(w *wheel.Wheel) error {
	for _, name := range installed {
		if err := os.Remove(filepath.Join(x.root, w.DistInfo, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	// No content is read: without scripts, nothing is rewritten.
	layout, err := install.Unpacked(w, os.DirFS(x.root), false, install.Options{Scheme: install.Venv("python3", false)})
	if err != nil {
		return err
	}
	for _, f := range layout.Written {
		out, err := createFile(filepath.Join(x.root, w.DistInfo, path.Base(f.Path)), false)
		if err != nil {
			return err
		}
		_, err = io.Copy(out, bytes.NewReader(f.Content.Bytes))
		if err := errors.Join(err, out.Close()); err != nil {
			return err
		}
	}
	return nil
}
