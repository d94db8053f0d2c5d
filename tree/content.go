package tree

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"hash/crc32"
	"io"

	"github.com/klauspost/compress/flate"
)

// Content is a file's bytes: one of Bytes, Section and Open has them. All three are nil for an empty
// file only.
type Content struct {
	Size   int64  // bytes, uncompressed
	SHA256 []byte // digest of the bytes; nil when not known yet
	Bytes  []byte
	// Section is a ready stream inside a zip.
	Section *Section
	Open    func() (io.ReadCloser, error)
}

// Section is a stored or deflated stream inside another file, whose bytes were checked before.
type Section struct {
	Source         io.ReaderAt
	Offset         int64 // of the stream in Source, in bytes
	CompressedSize int64 // bytes; equal to the size of the file when stored
	Deflated       bool  // else stored
	CRC32          uint32
}

// BytesContent is the Content of bytes in memory, with its digest.
func BytesContent(b []byte) Content {
	sum := sha256.Sum256(b)
	return Content{Size: int64(len(b)), SHA256: sum[:], Bytes: b}
}

// NewReader reads the uncompressed bytes. Where they end before or after Size, or a Section's
// CRC-32 is another, the last Read says so.
func (c *Content) NewReader() (io.ReadCloser, error) {
	switch {
	case c.Open != nil:
		r, err := c.Open()
		if err != nil {
			return nil, err
		}
		return &contentReader{r: r, Closer: r, left: c.Size}, nil
	case c.Section != nil:
		s := c.Section
		stream := io.Reader(io.NewSectionReader(s.Source, s.Offset, s.CompressedSize))
		if !s.Deflated {
			return &contentReader{r: stream, Closer: io.NopCloser(nil), left: c.Size, section: s}, nil
		}
		inflater := flate.NewReader(stream)
		return &contentReader{r: inflater, Closer: inflater, left: c.Size, section: s}, nil
	default:
		return &contentReader{r: bytes.NewReader(c.Bytes), Closer: io.NopCloser(nil), left: c.Size}, nil
	}
}

// ReadAll is the uncompressed bytes. They must not be changed.
func (c *Content) ReadAll() ([]byte, error) {
	if c.Section == nil && c.Open == nil && int64(len(c.Bytes)) == c.Size {
		return c.Bytes, nil
	}
	r, err := c.NewReader()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(r)
}

// digest is SHA256, computed when it is not known.
func (c *Content) digest() ([]byte, error) {
	if c.SHA256 != nil {
		return c.SHA256, nil
	}
	r, err := c.NewReader()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	hash := sha256.New()
	if _, err := io.Copy(hash, r); err != nil {
		return nil, err
	}
	return hash.Sum(nil), nil
}

// sameBytes tells whether a and b hold the same bytes. Sizes decide first, so that few are read.
func sameBytes(a, b *Content) (bool, error) {
	if a.Size != b.Size {
		return false, nil
	}
	first, err := a.digest()
	if err != nil {
		return false, err
	}
	second, err := b.digest()
	if err != nil {
		return false, err
	}
	return bytes.Equal(first, second), nil
}

// contentReader holds a stream to its size and, in a zip, to its CRC-32.
type contentReader struct {
	r io.Reader
	io.Closer
	left    int64
	section *Section // nil when there is no CRC-32 to hold to
	crc     uint32
}

func (c *contentReader) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.left -= int64(n)
	if c.section != nil {
		c.crc = crc32.Update(c.crc, crc32.IEEETable, p[:n])
	}
	switch {
	case c.left < 0:
		return 0, fmt.Errorf("is longer than its size says")
	case err == io.EOF && c.left > 0:
		return n, fmt.Errorf("ends %d bytes before its size: %w", c.left, io.ErrUnexpectedEOF)
	case err == io.EOF && c.section != nil && c.crc != c.section.CRC32:
		return n, fmt.Errorf("has CRC-32 %08x, want %08x", c.crc, c.section.CRC32)
	}
	return n, err
}
