// Package zipfile writes a Tree as a byte-reproducible zip.
//
// It is an end of the pipeline: Tree -> zip. A Plan knows where every byte of the zip goes before one
// is written, so that its size can be held against a limit first, and workers can write all parts at
// once. The bytes depend on the Tree alone, never on the host, the time or the number of workers:
//   - Entries are in the Tree's order: by the bytes of their paths, in the archive and its directory.
//   - Every time is 1980-01-01 00:00:00, the first that a zip can tell.
//   - Modes are those of Unix: 0100755 for an executable file, else 0100644. There are no folders.
//   - There are no extra fields but zip64's, no data descriptors and no comments. The UTF-8 flag is
//     set for names that are not ASCII only.
//   - A deflate stream of a wheel is copied as it is. All else (first-party files, rewritten ones and
//     what a wheel stores without compressing it) is deflated by one pinned compressor at one
//     level, and stored when that doesn't make it smaller. Wheels that store their files are rare, and
//     a zip has a limit of bytes, so that the time is better spent than the bytes. An empty file is
//     stored.
//   - Zip64 (APPNOTE 4.3.9, 4.3.14) is used only where a number needs it: for sizes and offsets from
//     0xffffffff on, and from 65,535 entries on, since those values themselves say "look in zip64".
//
// A CRC-32 of a copied stream comes from its wheel, which was checked before.
//
// Memory is bounded: buffers of 1 MiB and less for all workers together at most 8 MiB, and at most
// 8 MiB of first-party streams kept from planning; those that don't fit are deflated again.
package zipfile

import (
	"context"
	"fmt"
	"io"
	"reflect"

	"github.com/ofiuco/ofiuco/tree"
)

// largestZip bounds the memory that a Plan takes, in bytes of the zip. The format itself ends at 16 EiB.
const largestZip = 1 << 40

// Plan is the layout of one zip. It is safe for use by many goroutines.
type Plan struct {
	entries   []entry
	directory int64 // offset of the central directory
	end       int64 // offset of its end record
	size      int64
}

// entry is one file of the zip. Its data comes from exactly one of section, data and content, or is
// empty.
type entry struct {
	name       string
	owner      string
	size       int64 // bytes, uncompressed
	compressed int64 // bytes in the zip
	header     int64 // offset of the local header
	central    int64 // offset of the entry in the central directory
	crc        uint32
	deflated   bool
	executable bool

	section *tree.Section // copied
	joined  bool          // section follows that of the entry before in its source as it does in the zip
	data    []byte        // ready bytes
	content *tree.Content // read, and deflated if deflated is set
}

// NewPlan lays out the zip of a Tree. It reads, with jobs workers, the files that are not ready deflate
// streams, to know their compressed sizes. The error names the file that can't be read.
func NewPlan(ctx context.Context, t tree.Tree, jobs int) (*Plan, error) {
	p := &Plan{entries: make([]entry, t.Len())}
	var loose []*entry
	for i, file := range t.Files() {
		e := &p.entries[i]
		*e = entry{name: file.Path, owner: file.Owner, size: file.Content.Size, executable: file.Executable}
		s := file.Content.Section
		switch {
		case e.size == 0:
		case s != nil && s.Deflated:
			e.compressed, e.crc, e.deflated, e.section = s.CompressedSize, s.CRC32, true, s
		default:
			e.content = &t.Files()[i].Content
			loose = append(loose, e)
		}
	}
	if err := deflateAll(ctx, loose, jobs); err != nil {
		return nil, err
	}
	return p, p.layOut()
}

// layOut gives every part its offset.
func (p *Plan) layOut() error {
	var at int64
	for i := range p.entries {
		e := &p.entries[i]
		if e.size < 0 || e.compressed < 0 {
			return fmt.Errorf("%s: %q has a negative size", e.owner, e.name)
		}
		e.header = at
		at = e.dataOffset() + e.compressed
		if e.compressed > largestZip || at > largestZip {
			return fmt.Errorf("%s: %q ends beyond the %d bytes that a zip may have", e.owner, e.name, int64(largestZip))
		}
		e.joined = i > 0 && follows(&p.entries[i-1], e)
	}
	p.directory = at
	for i := range p.entries {
		p.entries[i].central = at
		at += p.entries[i].centralSize()
	}
	p.end = at
	p.size = at + p.endSize()
	return nil
}

// follows tells whether e's section lies behind before's in the same source with just the room of a
// local header between them, so that one read brings both to their places.
func follows(before, e *entry) bool {
	a, b := before.section, e.section
	if a == nil || b == nil || b.Offset-a.Offset-a.CompressedSize != e.headerSize() {
		return false
	}
	return reflect.ValueOf(a.Source).Comparable() && a.Source == b.Source
}

// Size is the size of the zip in bytes.
func (p *Plan) Size() int64 { return p.size }

// Write writes the zip from its first byte to its last.
func (p *Plan) Write(ctx context.Context, w io.Writer) error {
	return p.write(ctx, nil, 1, w)
}

// WriteAt writes the zip with jobs workers, each part at its own offset. What is not nil in
// inOrder receives the same bytes from the first to the last, such as a hash of them: it costs no
// second pass, but workers wait for each other to feed it.
func (p *Plan) WriteAt(ctx context.Context, w io.WriterAt, jobs int, inOrder io.Writer) error {
	return p.write(ctx, w, jobs, inOrder)
}
