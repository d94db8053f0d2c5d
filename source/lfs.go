package source

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/ofiuco/ofiuco/internal/quoted"
)

// pointer is how a file begins that git LFS keeps elsewhere (Git LFS Specification, "The Pointer").
const pointer = "version https://git-lfs.github.com/spec/v1\n"

// oid is a pointer's line that names the file's bytes.
var oid = regexp.MustCompile(`(?m)^oid sha256:([0-9a-f]{64})$`)

// maxPointer is the size of the largest pointer, in bytes.
const maxPointer = 1024

// largeFile is a file that git LFS keeps, of which the checkout has only a pointer.
type largeFile struct {
	path   string // slash-separated
	sha256 string
}

// largeFiles brings the files that git LFS keeps. They come from the cache when they are there.
func (k *checkout) largeFiles(ctx context.Context) error {
	wanted, err := k.pointers(ctx)
	if err != nil || len(wanted) == 0 {
		return err
	}
	if _, err := k.git.run(ctx, k.dir, "", "lfs", "version"); err != nil {
		return orContext(ctx, impossible("Install git-lfs (apt-get install git-lfs, brew install git-lfs).",
			"%d of its files, such as %s, are kept by git LFS, which is not installed", len(wanted), quoted.Always(wanted[0].path)))
	}
	storage := filepath.Join(k.cache, "lfs")
	for _, file := range wanted {
		if err := checkObject(storage, file.sha256); err != nil {
			return err
		}
	}
	if err := k.transfer(ctx, storage); err != nil {
		return err
	}
	left, err := k.pointers(ctx)
	if err != nil {
		return err
	}
	if len(left) > 0 {
		return impossible("Are they on the server, and may you read them?", "git LFS did not bring %d of its files, such as %s", len(left), quoted.Always(left[0].path))
	}
	// So that git, asked by a build, finds nothing changed.
	for _, filter := range filters {
		key, command, _ := strings.Cut(filter, "=")
		if _, err := k.git.run(ctx, k.dir, "", "config", key, command); err != nil {
			return failure(err)
		}
	}
	return k.verify(ctx, filters...)
}

// filters are the settings of git LFS, which are off by default.
var filters = []string{"filter.lfs.clean=git-lfs clean -- %f", "filter.lfs.smudge=git-lfs smudge -- %f", "filter.lfs.process=git-lfs filter-process"}

// transfer runs git LFS. Its storage is a setting of the checkout while it runs, not one of the command: from there the
// helper for file URLs would take it to be the other repository's.
func (k *checkout) transfer(ctx context.Context, storage string) error {
	scheme, err := protocol(k.commit.URL)
	if err != nil {
		return err
	}
	if _, err := k.git.run(ctx, k.dir, "", "config", "lfs.storage", storage); err != nil {
		return failure(err)
	}
	for _, args := range [][]string{
		{"-c", "remote.origin.url=" + k.commit.URL, "lfs", "fetch", "origin", k.commit.Commit},
		with(filters, "lfs", "checkout"),
	} {
		_, err := k.git.run(ctx, k.dir, allowed(scheme), args...)
		var failed *gitError
		if errors.As(err, &failed) {
			return failed.explain(k.commit, 1, 0)
		}
		if err != nil {
			return err
		}
	}
	_, err = k.git.run(ctx, k.dir, "", "config", "--unset", "lfs.storage")
	return failure(err)
}

// checkObject removes a file from git LFS's storage whose bytes are not what its name says: git LFS looks only whether it
// is there, and fetches it if it is not.
func checkObject(storage, sum string) error {
	full := filepath.Join(storage, "objects", sum[:2], sum[2:4], sum)
	f, err := os.Open(full)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return err
	}
	if hex.EncodeToString(h.Sum(nil)) != sum {
		return os.Remove(full)
	}
	return nil
}

// pointers are the files of the checkout that are pointers.
func (k *checkout) pointers(ctx context.Context) ([]largeFile, error) {
	out, err := k.git.run(ctx, k.dir, "", "ls-files", "-z", "--", ":(top,attr:filter=lfs)")
	if err != nil {
		return nil, failure(err)
	}
	var all []largeFile
	for at := range strings.SplitSeq(strings.TrimSuffix(out, "\x00"), "\x00") {
		if at == "" {
			continue
		}
		sum, err := readPointer(filepath.Join(k.dir, filepath.FromSlash(at)))
		if err != nil {
			return nil, fmt.Errorf("reading the checkout: %w", err)
		}
		if sum != "" {
			all = append(all, largeFile{at, sum})
		}
	}
	return all, nil
}

// readPointer gives the SHA-256 that a pointer names, "" for a file that is no pointer.
func readPointer(full string) (string, error) {
	info, err := os.Lstat(full)
	if err != nil || !info.Mode().IsRegular() || info.Size() > maxPointer {
		return "", err
	}
	data, err := os.ReadFile(full)
	if err != nil {
		return "", err
	}
	match := oid.FindSubmatch(data)
	if !bytes.HasPrefix(data, []byte(pointer)) || match == nil {
		return "", nil
	}
	return string(match[1]), nil
}
