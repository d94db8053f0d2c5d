// Package wheel reads wheels strictly: it checks a wheel whole before anyone uses a byte of it (PEP 376,
// 427, 491, the core metadata and the entry points specifications).
//
// It stands between fetch, which brings files whose digest the lock knows, and install, which makes Trees
// of Wheels. There is one reader, so that a wheel gets the same verdict whatever it came from. Check
// returns a Wheel or says why there is none; a Wheel can be kept as bytes (MarshalBinary), and whoever has
// both these and the file needs neither the archive's headers nor another check. Its rules:
//
//   - Every byte of the archive is accounted for: local headers and streams in file order without gaps or
//     overlaps, then the central directory, then the end records, then nothing.
//   - Local and central headers say the same. Members are stored or deflated, not encrypted; a data
//     descriptor is accepted when it is true.
//   - Members are regular files or folders. Paths obey tree.CheckPath, and no file is another's folder.
//     Files of one path have the same bytes. Paths that are one on a disk which folds case are accepted:
//     tree.Tree.Twins finds them.
//   - Each member is inflated to its end, and has its declared sizes, CRC-32 and, by RECORD, digest.
//   - There is one .dist-info and at most one .data folder. Their names, METADATA and the file's name are
//     of one project and version. WHEEL's version is 1.x.
//   - Of .data, only the keys of an installation scheme are known; scripts have no subfolders.
//   - Neither scripts, entry points nor data replace what a virtual environment is made of: its
//     interpreter, pyvenv.cfg, activate.
//   - A script's entry point names a Python object, and its name is one element of a path.
//
// What real wheels do although the specification says otherwise is healed and noted as an Oddity: files that
// RECORD does not list, rows without a file, files or rows that are there twice, hexadecimal digests, paths
// that begin with "/".
// Two violations may be allowed for a package, so they are Oddities, too, on which Refusal decides:
// CodeRecord and CodeBomb.
package wheel

import (
	"io"

	"github.com/ofiuco/ofiuco/pypa/filename"
	"github.com/ofiuco/ofiuco/pypa/name"
	"github.com/ofiuco/ofiuco/pypa/tag"
	"github.com/ofiuco/ofiuco/pypa/version"
	"github.com/ofiuco/ofiuco/tree"
)

// Wheel is what Check found in a wheel. It must not be changed.
type Wheel struct {
	Filename string
	Name     name.Name
	Version  version.Version // of the file's name; METADATA's is equal
	Build    filename.Build
	Tags     []tag.Tag // of the file's name; sorted

	DistInfo      string // the folder's name, such as "numpy-2.1.0.dist-info"
	DataDir       string // the folder's name, such as "numpy-2.1.0.data"; "" when there is none
	RootIsPurelib bool
	Metadata      Metadata
	EntryPoints   []EntryPoint // in the file's order

	Entries  []Entry // the files, in the archive's order; folders have none
	Oddities []Oddity
}

// Entry is a file of a wheel. Offset and the sizes are in bytes.
type Entry struct {
	Path           string
	Executable     bool  // for anyone, by the mode that the archive gives a regular file
	Deflated       bool  // else stored
	Offset         int64 // of the stream in the wheel, after the local header
	CompressedSize int64 // of the stream
	Size           int64 // of the file
	CRC32          uint32
	SHA256         [32]byte
}

// Lookup finds the file at a path, nil when there is none.
func (w *Wheel) Lookup(path string) *Entry {
	for i := range w.Entries {
		if w.Entries[i].Path == path {
			return &w.Entries[i]
		}
	}
	return nil
}

// Content is the entry's bytes in the wheel that r reads, ready for a Tree.
func (e *Entry) Content(r io.ReaderAt) tree.Content {
	content := tree.Content{Size: e.Size, SHA256: e.SHA256[:]}
	if e.Size > 0 {
		content.Section = &tree.Section{
			Source: r, Offset: e.Offset, CompressedSize: e.CompressedSize, Deflated: e.Deflated, CRC32: e.CRC32,
		}
	}
	return content
}
