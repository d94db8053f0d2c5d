package source

import (
	"archive/zip"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"

	"github.com/klauspost/compress/flate"
)

const (
	// maxDirectory is the largest central directory of a zip that is read, in bytes, and maxTarget the longest link.
	maxDirectory = 32 << 20
	maxTarget    = 4096

	endSize       = 22 // of the end record, without its comment
	flagEncrypted = 1
)

// unpackZip unpacks a zip. Which bytes these are the digest has said; what is checked here is that they can do no harm
// and mean one thing.
func unpackZip(ctx context.Context, f *os.File, size int64, p *place) error {
	if err := checkEnd(f, size); err != nil {
		return err
	}
	r, err := zip.NewReader(f, size)
	if err != nil {
		return refuse("", "is no zip that can be read: %v", err)
	}
	r.RegisterDecompressor(zip.Deflate, func(r io.Reader) io.ReadCloser { return flate.NewReader(r) })
	if err := checkMembers(r.File, p.left); err != nil {
		return err
	}
	for _, f := range r.File {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := unpackMember(f, p); err != nil {
			return err
		}
	}
	return nil
}

// checkEnd finds the end record, which must be the end, just behind a directory of a bearable size, and with the first
// member at the beginning: archive/zip would search for all of that.
func checkEnd(f *os.File, size int64) error {
	tail := make([]byte, min(size, endSize+1<<16))
	if _, err := f.ReadAt(tail, size-int64(len(tail))); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	for i := len(tail) - endSize; i >= 0; i-- {
		end := tail[i:]
		if string(end[:4]) != "PK\x05\x06" || int(binary.LittleEndian.Uint16(end[20:]))+endSize != len(end) {
			continue
		}
		directory, offset := int64(binary.LittleEndian.Uint32(end[12:])), int64(binary.LittleEndian.Uint32(end[16:]))
		switch at := size - int64(len(end)); {
		case directory > maxDirectory:
			return refuse("", "has a directory of %d bytes, more than %d, or one that only zip64 can tell of", directory, maxDirectory)
		case offset+directory != at:
			return refuse("", "has a directory that does not end where its end record begins")
		}
		return checkStart(f)
	}
	return refuse("", "is no zip, or has bytes after its end")
}

func checkStart(f *os.File) error {
	var start [4]byte
	if _, err := f.ReadAt(start[:], 0); err != nil {
		return err
	}
	if string(start[:]) != "PK\x03\x04" {
		return refuse("", "does not begin with a member")
	}
	return nil
}

// checkMembers looks at all headers before anything is written.
func checkMembers(files []*zip.File, left int64) error {
	seen := make(map[string]bool, len(files))
	var total uint64
	for _, f := range files {
		name := path.Clean(f.Name)
		total += min(f.UncompressedSize64, maxUnpacked) // far from an overflow: there are few members
		switch {
		case seen[name]:
			return refuse(f.Name, "is there twice")
		case f.Flags&flagEncrypted != 0:
			return refuse(f.Name, "is encrypted")
		case f.Method != zip.Store && f.Method != zip.Deflate:
			return refuse(f.Name, "has compression method %d; stored (0) and deflated (8) are known", f.Method)
		case total > uint64(left):
			return errBomb()
		}
		seen[name] = true
	}
	return nil
}

func unpackMember(f *zip.File, p *place) error {
	m := &member{name: f.Name, size: int64(f.UncompressedSize64), executable: f.Mode()&0o100 != 0, modified: f.Modified}
	switch f.Mode().Type() {
	case 0:
	case fs.ModeDir:
		m.kind = folder
	case fs.ModeSymlink:
		m.kind = symlink
	default:
		return refuse(m.name, "is a device, pipe or socket (mode %s)", f.Mode())
	}
	if (m.kind == folder) != strings.HasSuffix(m.name, "/") {
		return refuse(m.name, "is a folder by its name or by its mode, but not by both")
	}
	if m.kind == folder && m.size > 0 {
		return refuse(m.name, "is a folder with %d bytes of its own", m.size)
	}
	content, err := f.Open()
	if err != nil {
		return refuse(m.name, "can't be read: %v", err)
	}
	defer content.Close()
	if m.kind == symlink {
		target, err := io.ReadAll(io.LimitReader(content, maxTarget+1))
		if err != nil || len(target) > maxTarget {
			return refuse(m.name, "is a link that can't be read, or to more than %d bytes", maxTarget)
		}
		m.target = string(target)
	}
	return p.add(m, zipContent{content})
}

// zipContent says of an error in a member's data that it is the archive's.
type zipContent struct{ r io.Reader }

func (c zipContent) Read(b []byte) (int, error) {
	n, err := c.r.Read(b)
	var disk *os.PathError
	if err != nil && !errors.Is(err, io.EOF) && !errors.As(err, &disk) {
		err = refuse("", "can't be inflated: %v", err)
	}
	return n, err
}
