// Package binary reads what an object file (ELF, Mach-O, PE) needs of the machine it runs on, and holds it
// against a Target.
//
// It stands beside the pipeline: package unpack asks where a library looks for others, a build asks which
// glibc its result needs, and an output may be checked whole.
package binary

import (
	"io"

	"github.com/ofiuco/ofiuco/target"
)

// File is what an object file says of itself.
type File struct {
	Format   string   // "ELF", "Mach-O", "PE"
	Machines []string // in the words of platform tags: "x86_64", "aarch64"; a fat Mach-O has several
	Needed   []string // names of the libraries it needs
	RunPaths []string // where it looks for them: RUNPATH or RPATH, LC_RPATH; as written, such as "$ORIGIN/../lib"
	// Symbols are the highest version it needs of each versioned set of symbols: "GLIBC" → "2.28".
	Symbols map[string]string
}

// Read reads the object file of that size in bytes. It is nil, without an error, for a file of another kind.
func Read(r io.ReaderAt, size int64) (*File, error) { panic("unwritten") }

// Problem is one thing that keeps a file from running on a Target.
type Problem struct {
	Path string // in the output
	Text string // what is wrong, one line
}

// Check says what keeps the file from running on t. provides tells whether a library is in the same output.
func (f *File) Check(t target.Target, path string, provides func(library string) bool) []Problem {
	panic("unwritten")
}
