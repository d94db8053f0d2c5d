// Package source brings the sources of a package to the disk: sdists, archives and git commits are
// unpacked safely (PEP 706), a directory is copied.
//
// It stands beside fetch, which brings the archives, and before sdist, which builds a wheel of them.
package source

import "context"

// Unpack unpacks an archive (.tar.gz, .tgz, .tar.bz2, .tar.xz, .tar, .zip; by its file name) into dir, which must
// be an empty folder, and gives the folder of the project in it: the only folder at the archive's top.
func Unpack(ctx context.Context, archive, filename, dir string) (root string, err error) {
	panic("unwritten")
}

// Commit is a commit of a git repository.
type Commit struct {
	URL    string // may hold credentials
	Commit string // full, in hexadecimal
	// Reference is the branch or tag that the lock was made from, for servers that give no commit by its digest.
	Reference string
}

// Git checks a commit out into dir, which must be an empty folder: with submodules, and with LFS files where git-lfs
// is there. cache is a folder that keeps repositories. It runs git.
func Git(ctx context.Context, c Commit, cache, dir string, getenv func(string) string) error {
	panic("unwritten")
}

// Snapshot copies a source tree of this machine into dir, an empty folder, without what no build needs (version control,
// environments, caches), and gives the SHA-256 of its paths, modes and bytes.
func Snapshot(ctx context.Context, tree, dir string) (sha256 string, err error) { panic("unwritten") }

// Digest is the SHA-256 that Snapshot would give, without copying.
func Digest(ctx context.Context, tree string) (sha256 string, err error) { panic("unwritten") }
