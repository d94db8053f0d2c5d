package main

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/ofiuco/ofiuco/build"
	"github.com/ofiuco/ofiuco/fetch"
	"github.com/ofiuco/ofiuco/selection"
	"github.com/ofiuco/ofiuco/source"
)

// archiveCommit writes the tree of a git commit as a tar, the same bytes each time: an output of Bazel keeps neither links nor
// empty folders on every way that it may take. The repository is not in it; builds are told the version.
func (a *app) archiveCommit(ctx context.Context, p *selection.Package, store *fetch.Store, dir string) error {
	scratch, err := store.Scratch()
	if err != nil {
		return err
	}
	checkout, tree := filepath.Join(scratch, "checkout"), filepath.Join(scratch, "tree")
	if err := errors.Join(os.Mkdir(checkout, 0o777), os.Mkdir(tree, 0o777)); err != nil {
		return err
	}
	commit := source.Commit{URL: p.Source.URL, Commit: p.Source.Commit, Reference: p.Source.Reference}
	if err := source.Git(ctx, commit, filepath.Join(store.Dir(), build.GitDir), checkout, a.getenv); err != nil {
		return err
	}
	if _, err := source.Snapshot(ctx, checkout, tree); err != nil {
		return err
	}
	name := p.Name.String() + "-" + p.Source.Commit
	out, err := os.Create(filepath.Join(dir, name+".tar"))
	if err != nil {
		return err
	}
	archive := tar.NewWriter(out)
	err = addTree(archive, tree, name)
	if err = errors.Join(err, archive.Close(), out.Close()); err != nil {
		return fmt.Errorf("archiving its commit: %w", err)
	}
	return nil
}

// addTree adds the files of a tree to a tar, below a folder.
func addTree(archive *tar.Writer, tree, below string) error {
	return filepath.WalkDir(tree, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(tree, path)
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if relative == ".git" {
				return filepath.SkipDir
			}
			return nil
		}
		return addMember(archive, path, filepath.ToSlash(filepath.Join(below, relative)), entry)
	})
}

func addMember(archive *tar.Writer, path, name string, entry fs.DirEntry) error {
	info, err := entry.Info()
	if err != nil {
		return err
	}
	header := &tar.Header{Typeflag: tar.TypeReg, Name: name, Size: info.Size(), Mode: 0o644, ModTime: treeTime}
	if info.Mode()&0o100 != 0 {
		header.Mode = 0o755
	}
	if entry.Type()&fs.ModeSymlink != 0 {
		target, err := os.Readlink(path)
		if err != nil {
			return err
		}
		header = &tar.Header{Typeflag: tar.TypeSymlink, Name: name, Linkname: filepath.ToSlash(target), Mode: 0o777, ModTime: treeTime}
		return archive.WriteHeader(header)
	}
	if err := archive.WriteHeader(header); err != nil {
		return err
	}
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	_, err = io.Copy(archive, file)
	return err
}
