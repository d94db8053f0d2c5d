package wheel

import (
	"bytes"
	"crypto/sha256"
	"crypto/sha512"
	"errors"
	"hash"
	"hash/crc32"
	"io"

	"github.com/ofiuco/ofiuco/internal/inflate"
)

// contents is what is found out by reading a member's stream.
type contents struct {
	offset int64 // of the stream
	sha256 [sha256.Size]byte
	other  []byte // digest by another algorithm, if RECORD has one
	bytes  []byte // if they were to be kept
}

// scratch is what one goroutine needs to read members.
type scratch struct {
	decoder inflate.Decoder
	sha256  hash.Hash
	buffer  []byte
}

// ready is the scratch, or a new one for nil.
func (s *scratch) ready() *scratch {
	if s == nil {
		s = &scratch{sha256: sha256.New(), buffer: make([]byte, 64<<10)}
	}
	return s
}

// errLonger stops a stream that is longer than its size says.
var errLonger = errors.New("is longer than its size says")

// read reads a member of r whole, and checks everything about it that the archive says. algorithm is that
// of a digest to compute besides SHA-256, or "". keep says whether to keep the bytes.
func (s *scratch) read(r io.ReaderAt, m *member, algorithm string, keep bool, out io.Writer) (contents, error) {
	offset, err := m.streamOffset(r, s.buffer)
	if err != nil {
		return contents{}, err
	}
	sums := []io.Writer{s.sha256}
	s.sha256.Reset()
	var other hash.Hash
	if other = newHash(algorithm); other != nil {
		sums = append(sums, other)
	}
	var kept *bytes.Buffer
	if keep {
		kept = bytes.NewBuffer(make([]byte, 0, m.size))
		sums = append(sums, kept)
	}
	var size int64
	var crc uint32
	err = s.stream(r, m, offset, func(p []byte) error {
		if size += int64(len(p)); size > m.size {
			return errLonger
		}
		crc = crc32.Update(crc, crc32.IEEETable, p)
		for _, w := range sums {
			w.Write(p)
		}
		if out != nil {
			_, err := out.Write(p)
			return err
		}
		return nil
	})
	var corrupt *inflate.CorruptError
	switch {
	case errors.Is(err, errLonger):
		return contents{}, refuse(m.name, "is longer than the %d bytes that its header says", m.size)
	case errors.As(err, &corrupt):
		return contents{}, refuse(m.name, "%v", err)
	case err != nil:
		return contents{}, err
	case size != m.size:
		return contents{}, refuse(m.name, "has %d bytes, but its header says %d", size, m.size)
	case crc != m.crc:
		return contents{}, refuse(m.name, "has CRC-32 %08x, but its header says %08x", crc, m.crc)
	}
	c := contents{offset: offset}
	s.sha256.Sum(c.sha256[:0])
	if other != nil {
		c.other = other.Sum(nil)
	}
	if keep {
		c.bytes = kept.Bytes()
	}
	return c, nil
}

// stream hands the bytes of a member to sink in pieces.
func (s *scratch) stream(r io.ReaderAt, m *member, offset int64, sink func([]byte) error) error {
	if m.method == methodDeflated {
		consumed, err := s.decoder.Decode(sink, r, offset, m.compressedSize)
		if err == nil && consumed != m.compressedSize {
			return refuse(m.name, "has %d bytes after its deflate stream", m.compressedSize-consumed)
		}
		return err
	}
	for end := offset + m.compressedSize; offset < end; {
		piece := s.buffer[:min(int64(len(s.buffer)), end-offset)]
		if err := readAt(r, piece, offset); err != nil {
			return err
		}
		if err := sink(piece); err != nil {
			return err
		}
		offset += int64(len(piece))
	}
	return nil
}

// newHash is the hash of an algorithm of RECORD other than sha256; nil when there is none.
func newHash(algorithm string) hash.Hash {
	switch algorithm {
	case "sha384":
		return sha512.New384()
	case "sha512":
		return sha512.New()
	}
	return nil
}
