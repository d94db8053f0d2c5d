package main

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/ofiuco/ofiuco/binary"
	"github.com/ofiuco/ofiuco/interpreter"
	"github.com/ofiuco/ofiuco/target"
	"github.com/ofiuco/ofiuco/tree"
	"github.com/ofiuco/ofiuco/venv"
)

// outputKind is what a path to be checked is.
type outputKind int

const (
	fileOutput outputKind = iota // a linked file by itself
	folderOutput
	venvOutput
	zipOutput // a wheel, too
	imageOutput
)

// foundOutput is an output that is there already.
type foundOutput struct {
	path   string
	kind   outputKind
	python interpreter.Info // of a virtual environment
}

// identifyOutput tells what is at a path by what is in it.
func identifyOutput(path string) (*foundOutput, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	found := &foundOutput{path: path}
	if info.IsDir() {
		switch {
		case isFile(filepath.Join(path, "oci-layout")):
			found.kind = imageOutput
		case isFile(filepath.Join(path, "pyvenv.cfg")):
			found.kind = venvOutput
		default:
			found.kind = folderOutput
		}
		return found, nil
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	start := make([]byte, 512)
	n, err := io.ReadFull(file, start)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, fmt.Errorf("reading %s: %w", path, err)
	}
	start = start[:n]
	switch {
	case bytes.HasPrefix(start, []byte("PK\x03\x04")), bytes.HasPrefix(start, []byte("PK\x05\x06")):
		found.kind = zipOutput
	case isTar(start) || compressionOf(start) != "":
		found.kind = imageOutput
	case binary.MayBe(start):
		found.kind = fileOutput
	default:
		return nil, fmt.Errorf("%s is nothing that can be checked: not a zip, a wheel, a folder, a virtual environment, an image or a library", path)
	}
	return found, nil
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// ownTargets are what an output says that it is for: an environment's interpreter, the lowest platforms of a wheel's name.
func (a *app) ownTargets(ctx context.Context, found *foundOutput) ([]target.Target, error) {
	switch {
	case found.kind == venvOutput:
		finder, err := a.finder()
		if err != nil {
			return nil, err
		}
		if found.python, err = finder.Query(ctx, venv.Python(found.path, runtime.GOOS == "windows")); err != nil {
			return nil, fmt.Errorf("asking the environment's interpreter: %w; name a target with --target", err)
		}
		t, err := found.python.Target()
		return []target.Target{t}, err
	case found.kind == zipOutput && filepath.Ext(found.path) == ".whl":
		return wheelTargets(filepath.Base(found.path)), nil
	}
	return nil, nil
}

// binaryScan adds the files of an output.
type binaryScan struct {
	output   *binary.Output
	excludes tree.Patterns
	workers  int
}

func (s *binaryScan) scan(ctx context.Context, found *foundOutput, t target.Target) error {
	switch found.kind {
	case zipOutput:
		return s.scanZip(ctx, found.path)
	case imageOutput:
		return s.scanImage(ctx, found.path, t)
	case fileOutput:
		return s.addFile(found.path, filepath.Base(found.path))
	}
	return s.scanFolder(ctx, found)
}

// addFile adds a file of the disk.
func (s *binaryScan) addFile(file, path string) error {
	if s.excludes.Match(path) {
		return nil
	}
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	start := make([]byte, 8)
	if n, _ := f.ReadAt(start, 0); !binary.MayBe(start[:n]) {
		return nil
	}
	return s.output.Add(path, f, info.Size())
}

// folderWalk adds a folder's files. A link to something inside is another name of it. Links that lead out are followed in
// an environment, which consists of them, but not elsewhere: what is there is not in the output.
type folderWalk struct {
	scan  *binaryScan
	group *errgroup.Group
	venv  bool
	root  string          // real path
	seen  map[string]bool // real paths of folders, so that links in circles end
}

func (s *binaryScan) scanFolder(ctx context.Context, found *foundOutput) error {
	root, err := filepath.EvalSymlinks(found.path)
	if err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(s.workers)
	w := &folderWalk{scan: s, group: group, venv: found.kind == venvOutput, root: root, seen: map[string]bool{}}
	err = w.walk(ctx, root, "")
	return errors.Join(err, group.Wait())
}

func (w *folderWalk) walk(ctx context.Context, dir, inside string) error {
	real, err := filepath.EvalSymlinks(dir)
	if err != nil || w.seen[real] || ctx.Err() != nil {
		return errors.Join(err, context.Cause(ctx))
	}
	w.seen[real] = true
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		file, path, mode := filepath.Join(dir, e.Name()), joinSlash(inside, e.Name()), e.Type()
		if mode&fs.ModeSymlink != 0 {
			mode = w.follow(file, path)
		}
		switch {
		case mode.IsDir():
			if err := w.walk(ctx, file, path); err != nil {
				return err
			}
		case mode.IsRegular() && !(w.venv && isInterpreter(path)):
			w.group.Go(func() error { return w.scan.addFile(file, path) })
		}
	}
	return nil
}

// follow is the type of what a link leads to; fs.ModeIrregular when that is not to be read.
func (w *folderWalk) follow(file, path string) fs.FileMode {
	real, err := filepath.EvalSymlinks(file)
	if err != nil {
		return fs.ModeIrregular // it leads nowhere
	}
	relative, err := filepath.Rel(w.root, real)
	leadsOut := err != nil || !filepath.IsLocal(relative)
	if leadsOut && !w.venv {
		return fs.ModeIrregular
	}
	info, err := os.Stat(real)
	if err != nil {
		return fs.ModeIrregular
	}
	if info.Mode().IsRegular() && !leadsOut {
		w.scan.output.AddLink(path, filepath.ToSlash(relative))
		return fs.ModeIrregular
	}
	return info.Mode().Type()
}

func joinSlash(folder, name string) string {
	if folder == "" {
		return name
	}
	return folder + "/" + name
}

// isInterpreter holds for an environment's own Python, which is of the machine and not of the lock.
func isInterpreter(path string) bool {
	folder, base, _ := strings.Cut(path, "/")
	return (folder == "bin" || folder == "Scripts") && (strings.HasPrefix(base, "python") || strings.HasPrefix(base, "pypy"))
}

func (s *binaryScan) scanZip(ctx context.Context, path string) error {
	archive, err := zip.OpenReader(path)
	if err != nil {
		return err
	}
	defer archive.Close()
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(s.workers)
	for _, entry := range archive.File {
		if ctx.Err() != nil {
			break
		}
		if !entry.Mode().IsRegular() || s.excludes.Match(entry.Name) {
			continue
		}
		group.Go(func() error {
			r, err := entry.Open()
			if err == nil {
				defer r.Close()
				err = addLinked(s.output, entry.Name, r)
			}
			if err != nil {
				return fmt.Errorf("%s: %w", entry.Name, err)
			}
			return nil
		})
	}
	return group.Wait()
}
