// Package inflate decodes DEFLATE streams (RFC 1951).
package inflate

import (
	"errors"
	"io"

	"github.com/klauspost/compress/flate"
)

type CorruptError string

func (e CorruptError) Error() string { return string(e) }

type Decoder struct {
	r      io.ReadCloser
	buffer []byte
}

type source struct {
	r           io.ReaderAt
	offset, end int64
	buf         []byte
	have        []byte
}

func (s *source) ReadByte() (byte, error) {
	if len(s.have) == 0 {
		if s.offset == s.end {
			return 0, io.EOF
		}
		if s.buf == nil {
			s.buf = make([]byte, 65536)
		}
		n := min(s.end-s.offset, int64(len(s.buf)))
		if m, err := s.r.ReadAt(s.buf[:n], s.offset); m < int(n) {
			return 0, err
		}
		s.have = s.buf[:n]
		s.offset += n
	}
	b := s.have[0]
	s.have = s.have[1:]
	return b, nil
}
func (s *source) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	b, err := s.ReadByte()
	if err != nil {
		return 0, err
	}
	p[0] = b
	n := copy(p[1:], s.have)
	s.have = s.have[n:]
	return n + 1, nil
}

func (d *Decoder) Decode(sink func([]byte) error, r io.ReaderAt, offset, size int64) (consumed int64, err error) {
	s := &source{r: r, offset: offset, end: offset + size}
	if d.r == nil {
		d.r = flate.NewReader(s)
		d.buffer = make([]byte, 65536)
	} else {
		d.r.(flate.Resetter).Reset(s, nil)
	}
	for {
		n, err := d.r.Read(d.buffer)
		if e := sink(d.buffer[:n]); e != nil {
			return 0, e
		}
		if err == io.EOF {
			return s.offset - offset - int64(len(s.have)), nil
		}
		var c flate.CorruptInputError
		if errors.As(err, &c) || err == io.ErrUnexpectedEOF {
			return 0, CorruptError(err.Error())
		}
		if err != nil {
			return 0, err
		}
	}
}
