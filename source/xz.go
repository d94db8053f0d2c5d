package source

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
)

// maxDictionary is the largest dictionary of an xz file, in bytes: that of xz -9. Its reader allots it at once.
const maxDictionary = 64 << 20

// The xz file format 1.2.1: sizes of its parts in bytes, and the filter that is known.
const (
	streamHeaderSize = 12
	filterLZMA2      = 0x21
	xzMagic          = "\xfd7zXZ\x00"
)

// xzScanner goes over an xz file without inflating it: the sizes of its blocks and chunks say where each ends.
type xzScanner struct {
	r    *bufio.Reader
	read int64
	left int64 // how many bytes it may inflate to
}

// scanXZ refuses an xz file that would inflate to more than so many bytes or needs more memory than xz -9 does, before
// a byte is inflated. Whatever else may be wrong with it is for the reader to find.
func scanXZ(r *bufio.Reader, left int64) error {
	s := &xzScanner{r: r, left: left}
	for {
		err := s.stream()
		if err == nil {
			err = s.padding()
		}
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case errors.Is(err, io.ErrUnexpectedEOF):
			return refuse("", "ends early")
		case err != nil:
			return err
		}
	}
}

func (s *xzScanner) take(b []byte) error {
	n, err := io.ReadFull(s.r, b)
	s.read += int64(n)
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return err
}

func (s *xzScanner) skip(n int64) error {
	skipped, err := io.CopyN(io.Discard, s.r, n)
	s.read += skipped
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return err
}

// align skips to a multiple of four bytes.
func (s *xzScanner) align() error { return s.skip(-s.read & 3) }

// padding skips the zeros after a stream; io.EOF when none follows.
func (s *xzScanner) padding() error {
	for {
		word, err := s.r.Peek(4)
		if len(word) == 0 {
			return io.EOF
		}
		if err != nil || !isZero(word) {
			return nil
		}
		if err := s.skip(4); err != nil {
			return err
		}
	}
}

// stream goes over a stream: a header, blocks, the index and a footer.
func (s *xzScanner) stream() error {
	var header [streamHeaderSize]byte
	if err := s.take(header[:]); err != nil {
		return err
	}
	if string(header[:len(xzMagic)]) != xzMagic {
		return refuse("", "is no xz file, or has bytes after its end")
	}
	check := int64(0)
	if kind := header[7] & 0x0f; kind > 0 {
		check = 4 << ((kind - 1) / 3) // "Stream Flags": 4, 8, 16, 32, 64 bytes for three kinds each
	}
	for {
		size, err := s.ReadByte()
		if err != nil {
			return io.ErrUnexpectedEOF
		}
		if size == 0 {
			return s.index()
		}
		if err := s.block(int64(size)*4+4-1, check); err != nil {
			return err
		}
	}
}

// block goes over a block, whose header has so many bytes left.
func (s *xzScanner) block(header, check int64) error {
	b := make([]byte, header)
	if err := s.take(b); err != nil {
		return err
	}
	flags, rest := b[0], b[1:]
	for _, present := range []bool{flags&0x40 != 0, flags&0x80 != 0} {
		if present {
			_, n := binary.Uvarint(rest)
			if n <= 0 {
				return refuse("", "has an xz block whose size can't be read")
			}
			rest = rest[n:]
		}
	}
	if flags&3 != 0 || len(rest) < 3 || rest[0] != filterLZMA2 || rest[1] != 1 {
		return refuse("", "is packed by an xz filter other than LZMA2")
	}
	if bits := rest[2]; bits > 40 || dictionary(bits) > maxDictionary {
		return refuse("", "needs more than %d MiB of memory to be inflated", maxDictionary>>20)
	}
	if err := s.chunks(); err != nil {
		return err
	}
	if err := s.align(); err != nil {
		return err
	}
	return s.skip(check)
}

// dictionary is the size that six bits tell of ("LZMA2").
func dictionary(bits byte) int64 {
	return int64(2|bits&1) << (bits/2 + 11)
}

// chunks goes over the LZMA2 chunks of a block.
func (s *xzScanner) chunks() error {
	for {
		control, err := s.ReadByte()
		if err != nil {
			return io.ErrUnexpectedEOF
		}
		if control == 0 {
			return nil
		}
		var sizes [4]byte
		used := sizes[:2]
		if control >= 0x80 {
			used = sizes[:4]
		} else if control > 2 {
			return refuse("", "has an LZMA2 chunk of an unknown kind")
		}
		if err := s.take(used); err != nil {
			return err
		}
		unpacked := int64(binary.BigEndian.Uint16(sizes[:])) + 1
		packed := unpacked
		if control >= 0x80 {
			unpacked += int64(control&0x1f) << 16
			packed = int64(binary.BigEndian.Uint16(sizes[2:])) + 1
			if control >= 0xc0 {
				packed++ // a byte of properties
			}
		}
		if s.left -= unpacked; s.left < 0 {
			return errBomb()
		}
		if err := s.skip(packed); err != nil {
			return err
		}
	}
}

// index goes over the index and the footer.
func (s *xzScanner) index() error {
	count, err := binary.ReadUvarint(s)
	for range count {
		if err == nil {
			_, err = binary.ReadUvarint(s)
		}
		if err == nil {
			_, err = binary.ReadUvarint(s)
		}
		if err != nil {
			break
		}
	}
	if err != nil {
		return refuse("", "has an xz index that can't be read")
	}
	if err := s.align(); err != nil {
		return err
	}
	return s.skip(4 + streamHeaderSize)
}

// ReadByte makes the scanner an io.ByteReader.
func (s *xzScanner) ReadByte() (byte, error) {
	b, err := s.r.ReadByte()
	if err == nil {
		s.read++
	}
	return b, err
}
