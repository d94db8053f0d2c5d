// Package image writes Trees as byte-reproducible layers of an OCI image, and reads and writes the images around them.
//
// It is an end of the pipeline, beside zipfile: Trees -> layers -> image, on top of a base that is read from an OCI image layout. Split says
// what makes up a layer, New what is said of all of them, and Archive writes an image as one file. The bytes of a layer depend on the Tree
// alone, never on the host or the time (the OCI image specification, "Image Layer Filesystem Changeset"):
//
//   - Entries are in the Tree's order, by the bytes of their paths, each folder before what is in it. An unpacker need not make up
//     the mode of a folder.
//   - Every time is 1980-01-01 00:00:00 UTC. Zero would do for a layer, but what zips files in the image (Python's zipfile) refuses
//     times that a zip can't tell.
//   - All belongs to user and group 0, without their names. Modes are 0755 for folders and executable files, else 0644.
//   - A header is USTAR's where that can tell the path and the size, else PAX's.
//
// A gzip file may have many members (RFC 1952, 2.2), and unpackers of images read them as one stream. So a file of a wheel is a
// member of its own, whose deflate stream and CRC-32 are copied from the wheel as they are; what is between such files, headers
// and all that is no deflate stream yet, is compressed by one pinned compressor at one level. A layer costs no more time than
// its bytes take to be copied.
package image

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"strings"
	"time"

	"github.com/klauspost/compress/flate"

	"github.com/ofiuco/ofiuco/tree"
)

const (
	blockSize = 512 // bytes, of a tar
	// level is part of what defines the bytes, as is the compressor's release.
	level = 8
)

// layerTime is the time of all entries.
var layerTime = time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)

// WriteLayer writes a Tree as a gzipped tar. The error names the file that can't be read.
func WriteLayer(ctx context.Context, w io.Writer, t tree.Tree) error {
	compressor, err := flate.NewWriter(nil, level)
	if err != nil {
		return err
	}
	members := &gzipMembers{w: w, compressor: compressor}
	if err := writeTar(ctx, members, t); err != nil {
		return err
	}
	return members.end()
}

// WriteTar writes a Tree as a tar, which is WriteLayer's without compression.
func WriteTar(ctx context.Context, w io.Writer, t tree.Tree) error {
	return writeTar(ctx, plain{w}, t)
}

// sink takes the bytes of a tar.
type sink interface {
	io.Writer
	// content writes the bytes of a file.
	content(c *tree.Content) error
}

func writeTar(ctx context.Context, to sink, t tree.Tree) error {
	previous := ""
	for _, f := range t.Files() {
		if err := ctx.Err(); err != nil {
			return err
		}
		for _, folder := range newFolders(previous, f.Path) {
			header := &tar.Header{Typeflag: tar.TypeDir, Name: folder, Mode: 0o755, ModTime: layerTime}
			if err := writeHeader(to, header); err != nil {
				return err
			}
		}
		previous = f.Path
		if err := writeFile(to, &f); err != nil {
			return fmt.Errorf("%s: writing %q: %w", f.Owner, f.Path, err)
		}
	}
	_, err := to.Write(make([]byte, 2*blockSize))
	return err
}

// newFolders are the folders of a path, outermost first and ending in a slash, that the path before it was not in.
func newFolders(previous, path string) []string {
	var folders []string
	for i := range len(path) {
		if path[i] == '/' && !strings.HasPrefix(previous, path[:i+1]) {
			folders = append(folders, path[:i+1])
		}
	}
	return folders
}

func writeFile(to sink, f *tree.File) error {
	header := &tar.Header{Typeflag: tar.TypeReg, Name: f.Path, Size: f.Content.Size, Mode: 0o644, ModTime: layerTime}
	if f.Executable {
		header.Mode = 0o755
	}
	if err := writeHeader(to, header); err != nil {
		return err
	}
	if err := to.content(&f.Content); err != nil {
		return err
	}
	_, err := to.Write(make([]byte, -f.Content.Size&(blockSize-1)))
	return err
}

// writeHeader writes the blocks of a header. The content is not for the tar.Writer, since it need not be inflated.
func writeHeader(to io.Writer, header *tar.Header) error {
	var blocks bytes.Buffer
	if err := tar.NewWriter(&blocks).WriteHeader(header); err != nil {
		return err
	}
	_, err := to.Write(blocks.Bytes())
	return err
}

// plain is a sink without compression.
type plain struct{ io.Writer }

func (p plain) content(c *tree.Content) error {
	r, err := c.NewReader()
	if err != nil {
		return err
	}
	defer r.Close()
	_, err = io.Copy(p, r)
	return err
}

// gzipMembers is a sink that writes the members of a gzip file. What is written to it is compressed into one member, until a
// stream that is ready ends it.
type gzipMembers struct {
	w          io.Writer
	compressor *flate.Writer
	open       bool // a member has begun
	crc        uint32
	size       uint32 // of the member, modulo 2³², as its trailer tells it
}

// memberHeader says: deflate, no flags, no time, an unknown system (RFC 1952, 2.3).
var memberHeader = [...]byte{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff}

func (g *gzipMembers) Write(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	if !g.open {
		if _, err := g.w.Write(memberHeader[:]); err != nil {
			return 0, err
		}
		g.compressor.Reset(g.w)
		g.open, g.crc, g.size = true, 0, 0
	}
	g.crc = crc32.Update(g.crc, crc32.IEEETable, p)
	g.size += uint32(len(p))
	return g.compressor.Write(p)
}

func (g *gzipMembers) content(c *tree.Content) error {
	if c.Section == nil || !c.Section.Deflated {
		return plain{g}.content(c)
	}
	if err := g.end(); err != nil {
		return err
	}
	if _, err := g.w.Write(memberHeader[:]); err != nil {
		return err
	}
	stream := io.NewSectionReader(c.Section.Source, c.Section.Offset, c.Section.CompressedSize)
	// CopyN tells of a stream that just ends.
	if _, err := io.CopyN(g.w, stream, c.Section.CompressedSize); err != nil {
		return fmt.Errorf("copying its stream: %w", err)
	}
	return g.trailer(c.Section.CRC32, uint32(c.Size))
}

// end ends the open member, if there is one.
func (g *gzipMembers) end() error {
	if !g.open {
		return nil
	}
	g.open = false
	if err := g.compressor.Close(); err != nil {
		return err
	}
	return g.trailer(g.crc, g.size)
}

func (g *gzipMembers) trailer(crc, size uint32) error {
	var trailer [8]byte
	binary.LittleEndian.PutUint32(trailer[:4], crc)
	binary.LittleEndian.PutUint32(trailer[4:], size)
	_, err := g.w.Write(trailer[:])
	return err
}
