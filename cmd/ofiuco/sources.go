package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ofiuco/ofiuco/internal/atomicfile"
	"github.com/ofiuco/ofiuco/tree"
)

// ignoredSources are the names that no one means to ship: caches, version control, environments. So are compiled files
// and what a killed run, or one that runs at the same time, left of an output inside a source.
var ignoredSources = map[string]bool{
	"__pycache__": true, ".git": true, ".hg": true, ".svn": true, ".venv": true, ".DS_Store": true,
	".mypy_cache": true, ".pytest_cache": true, ".ruff_cache": true,
}

// sourceTree is the first-party part of an output. A file goes to the root under its own name; so does a
// folder that is an import package (it has an __init__.py); of any other folder the contents do.
// outputs are the paths of what the run writes, which is passed over where it lies inside a source.
func sourceTree(sources []string, outputs ...string) ([]tree.File, error) {
	var written []fs.FileInfo
	for _, path := range outputs {
		if info, err := os.Stat(path); err == nil {
			written = append(written, info)
		}
	}
	var files []tree.File
	for _, source := range sources {
		info, err := os.Stat(source)
		if err != nil {
			return nil, fmt.Errorf("reading the source: %w", err)
		}
		if !info.IsDir() {
			f, err := sourceFile(source, filepath.Base(source), info)
			if err != nil {
				return nil, err
			}
			files = append(files, f)
			continue
		}
		inDir, err := sourceDir(source, written)
		if err != nil {
			return nil, err
		}
		files = append(files, inDir...)
	}
	return files, nil
}

func sourceDir(source string, written []fs.FileInfo) ([]tree.File, error) {
	prefix := ""
	if fileExists(filepath.Join(source, "__init__.py")) {
		absolute, err := filepath.Abs(source)
		if err != nil {
			return nil, err
		}
		prefix = filepath.Base(absolute)
	}
	root, err := filepath.EvalSymlinks(source)
	if err != nil {
		return nil, fmt.Errorf("reading the source: %w", err)
	}
	var files []tree.File
	err = filepath.WalkDir(root, func(full string, entry fs.DirEntry, err error) error {
		if err != nil {
			return fmt.Errorf("reading the source: %w", err)
		}
		if full != root && (ignoredSources[entry.Name()] || strings.HasSuffix(entry.Name(), ".pyc") || atomicfile.IsTemporary(entry.Name())) {
			if entry.IsDir() {
				return filepath.SkipDir
			}
			return nil
		}
		if entry.IsDir() {
			return nil
		}
		info, err := followInside(root, full, entry)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(written, func(w fs.FileInfo) bool { return os.SameFile(info, w) }) {
			return nil
		}
		relative, err := filepath.Rel(root, full)
		if err != nil {
			return err
		}
		f, err := sourceFile(full, path.Join(prefix, filepath.ToSlash(relative)), info)
		files = append(files, f)
		return err
	})
	return files, err
}

// followInside is the file's info; a symbolic link may point only to a file inside root, so that the output
// does not depend on what lies around the project.
func followInside(root, full string, entry fs.DirEntry) (fs.FileInfo, error) {
	if entry.Type()&fs.ModeSymlink == 0 {
		return entry.Info()
	}
	target, err := filepath.EvalSymlinks(full)
	if err != nil {
		return nil, fmt.Errorf("following the link %s: %w", full, err)
	}
	if relative, err := filepath.Rel(root, target); err != nil || !filepath.IsLocal(relative) {
		return nil, fmt.Errorf("%s is a link that leaves the source folder: copy what it points to, or name that as a SOURCE too", full)
	}
	info, err := os.Stat(target)
	if err == nil && info.IsDir() {
		return nil, fmt.Errorf("%s is a link to a folder: name the folder as a SOURCE instead", full)
	}
	return info, err
}

func sourceFile(full, name string, info fs.FileInfo) (tree.File, error) {
	if !info.Mode().IsRegular() {
		return tree.File{}, fmt.Errorf("%s is neither a file nor a folder (%s): leave it out of the sources", full, info.Mode().Type())
	}
	size := info.Size()
	return tree.File{
		Path:       name,
		Executable: info.Mode()&0o100 != 0,
		Owner:      filepath.ToSlash(full),
		Content: tree.Content{Size: size, Open: func() (io.ReadCloser, error) {
			f, err := os.Open(full)
			if err != nil {
				return nil, err
			}
			return &sized{File: f, left: size}, nil
		}},
	}, nil
}

var errChanged = errors.New("the file changed while it was read")

// sized fails when a file is longer or shorter than it was when the output was planned.
type sized struct {
	*os.File
	left int64
}

func (s *sized) Read(p []byte) (int, error) {
	n, err := s.File.Read(p)
	s.left -= int64(n)
	if s.left < 0 || errors.Is(err, io.EOF) && s.left != 0 {
		return n, fmt.Errorf("reading %s: %w", s.Name(), errChanged)
	}
	return n, err
}
