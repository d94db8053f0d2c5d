// Package binary reads what a linked file (ELF, Mach-O, PE) needs of the machine it runs on, and holds it against a
// Target.
//
// It stands beside the pipeline: package unpack asks where a library looks for others, a build may ask which glibc its
// result needs (FloorOf), and an output is held whole against its target (Output). Its rules:
//
//   - The first bytes of a file say what it is, never its name.
//   - Only linked files count: libraries, extension modules, programs. What a linker has yet to link (.o, .a), core
//     dumps and debugging symbols are files of another kind, since no machine loads them.
//   - Only headers, the dynamic section and the names it points to are read, be the file a gigabyte. What is read of a
//     file is bounded, so that a hostile one costs no more than a real one.
//   - Of ELF, what the loader uses is read (program headers), not section headers, which stripping may have removed.
//   - A version that is needed weakly is not needed: the loader goes on without it. The same holds for weak
//     libraries of Mach-O.
//   - A version is held against the target only if its library comes from the machine: what is in the output is of one
//     piece with it.
//
// debug/elf, debug/macho and debug/pe are not used beyond their constants: they read symbol and string tables whole, and
// debug/elf needs section headers.
package binary

import (
	"errors"
	"fmt"
	"io"
	"slices"
)

// Format is the format of a linked file.
type Format = string

// The formats.
const (
	ELF   Format = "ELF"
	MachO Format = "Mach-O"
	PE    Format = "PE"
)

// File is what a linked file says of itself.
type File struct {
	Format string // ELF, MachO or PE
	// Machines are what it runs on, in the words of target.Target.Arch: "x86_64", "aarch64"; a universal Mach-O has
	// several. One that has no such word has another: "x32", "ELF machine 190".
	Machines []string
	Needed   []string // names of the libraries it needs, in its order; those a PE loads with delay, too
	RunPaths []string // where it looks for them: RUNPATH or RPATH, LC_RPATH; as written, such as "$ORIGIN/../lib"
	// Symbols are the highest version it needs of each versioned set of symbols: "GLIBC" → "2.28". A version without a
	// number is a set of its own: "GLIBC_ABI_DT_RELR" → "".
	Symbols map[string]string
	// Versions are all that Symbols sums up, and from which library each comes. Only ELF has them.
	Versions []Version
	// Defines are the versions that it gives its own symbols, as it spells them: "GLIBC_2.28". Only ELF has them.
	Defines []string
	Name    string // that others need it by: SONAME, LC_ID_DYLIB; "" when it has none
	// Interpreter is the program that loads it (PT_INTERP): "/lib/ld-musl-x86_64.so.1"; "" for a library.
	Interpreter string
	// ExecutableStack says that it asks for a stack that code can run on, which glibc 2.41 no longer makes for a library.
	ExecutableStack bool
	// Oldest is the oldest macOS that each of Machines runs on: "aarch64" → "11.0". One that is for another system of
	// Apple's has its name: "iOS 13.0".
	Oldest map[string]string
}

// Version is a version of a set of symbols that a file needs of a library.
type Version struct {
	Library string // "libc.so.6"
	Set     string // "GLIBC"
	Number  string // "2.28"; "" for one without a number
}

// String is the version as the library spells it, "GLIBC_2.28".
func (v Version) String() string {
	if v.Number == "" {
		return v.Set
	}
	return v.Set + "_" + v.Number
}

// Read reads the linked file of that size in bytes. It is nil, without an error, for a file of another kind; the error
// is a *FormatError when the file is broken, else that of r.
func Read(r io.ReaderAt, size int64) (f *File, err error) {
	w := newWindow(r, size)
	magic := w.bytes(0, min(size, 4))
	switch {
	case w.err != nil || len(magic) < 4:
	case string(magic) == "\x7fELF":
		f = readELF(w)
	case string(magic[:2]) == "MZ":
		f = readPE(w)
	case machoOrder(magic) != nil:
		f = readMachO(w)
	case isFat(w):
		f = readFat(w)
	}
	var broken *FormatError
	if errors.As(w.err, &broken) {
		broken.Format = formatOf(magic)
	}
	if w.err != nil {
		return nil, w.err
	}
	if f != nil {
		f.Symbols = highest(f.Versions)
	}
	return f, nil
}

// MayBe tells by the first bytes of a file, four or more, whether it can be a linked one.
func MayBe(start []byte) bool {
	return len(start) >= 4 && (string(start[:4]) == "\x7fELF" || string(start[:2]) == "MZ" || machoOrder(start) != nil ||
		string(start[:3]) == "\xca\xfe\xba")
}

func formatOf(magic []byte) Format {
	switch {
	case string(magic) == "\x7fELF":
		return ELF
	case string(magic[:2]) == "MZ":
		return PE
	}
	return MachO
}

// FormatError is a linked file that is broken, or hostile.
type FormatError struct {
	Format Format
	Reason string // "its dynamic section lies outside of the file"
}

func (e *FormatError) Error() string { return fmt.Sprintf("broken %s file: %s", e.Format, e.Reason) }

// highest sums versions up.
func highest(versions []Version) map[string]string {
	symbols := map[string]string{}
	for _, v := range versions {
		if known, ok := symbols[v.Set]; !ok || compareNumbers(v.Number, known) > 0 {
			symbols[v.Set] = v.Number
		}
	}
	return symbols
}

// addNew appends s unless it is there already: the parts of a universal file mostly need the same.
func addNew(list []string, s string) []string {
	if slices.Contains(list, s) {
		return list
	}
	return append(list, s)
}
