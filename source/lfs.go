package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// pointer is how a file begins that git LFS keeps elsewhere (Git LFS Specification, "The Pointer").
const pointer = "version https://git-lfs.github.com/spec/v1\n"

// largeFiles brings the files that git LFS keeps: the checkout has only pointers to them.
func (k *checkout) largeFiles(ctx context.Context) error {
	pointers, err := k.pointers(ctx)
	if err != nil || len(pointers) == 0 {
		return err
	}
	if _, err := k.git.run(ctx, k.dir, "", "lfs", "version"); err != nil {
		return orContext(ctx, impossible("Install git-lfs (apt-get install git-lfs, brew install git-lfs).",
			"%d of its files, such as %s, are kept by git LFS, which is not installed", len(pointers), quote(pointers[0])))
	}
	scheme, err := protocol(k.commit.URL)
	if err != nil {
		return err
	}
	storage := "lfs.storage=" + filepath.Join(k.cache, "lfs")
	origin := "remote.origin.url=" + k.commit.URL
	for _, args := range [][]string{
		{"-c", storage, "-c", origin, "lfs", "fetch", "origin", k.commit.Commit},
		{"-c", storage, "-c", origin, "lfs", "checkout"},
	} {
		if _, err := k.git.run(ctx, k.dir, allowed(scheme), args...); err != nil {
			var failed *gitError
			if errors.As(err, &failed) {
				failed.command = "lfs"
				return failed.explain(k.commit, 1, 0)
			}
			return err
		}
	}
	left, err := k.pointers(ctx)
	if err == nil && len(left) > 0 {
		err = impossible("Are they on the server, and may you read them?", "git LFS did not bring %d of its files, such as %s", len(left), quote(left[0]))
	}
	if err != nil {
		return err
	}
	return k.verify(ctx)
}

// pointers are the files of the checkout that are pointers.
func (k *checkout) pointers(ctx context.Context) ([]string, error) {
	out, err := k.git.run(ctx, k.dir, "", "ls-files", "-z", "--", ":(top,attr:filter=lfs)")
	if err != nil {
		return nil, failure(err)
	}
	var all []string
	for at := range strings.SplitSeq(strings.TrimSuffix(out, "\x00"), "\x00") {
		if at == "" {
			continue
		}
		is, err := isPointer(filepath.Join(k.dir, filepath.FromSlash(at)))
		if err != nil {
			return nil, fmt.Errorf("reading the checkout: %w", err)
		}
		if is {
			all = append(all, at)
		}
	}
	return all, nil
}

func isPointer(full string) (bool, error) {
	info, err := os.Lstat(full)
	if err != nil || !info.Mode().IsRegular() {
		return false, err
	}
	f, err := os.Open(full)
	if err != nil {
		return false, err
	}
	defer f.Close()
	begin := make([]byte, len(pointer))
	if _, err := io.ReadFull(f, begin); errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return false, nil
	} else if err != nil {
		return false, err
	}
	return string(begin) == pointer, nil
}
