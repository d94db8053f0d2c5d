package source

import (
	"bytes"
	"errors"
	"io"
	"math"
	"time"
)

const (
	blockSize = 512
	// maxExtension is the longest header of pax records, or long name, that is read, in bytes.
	maxExtension = 1 << 20
)

// The types of members (POSIX.1-2017, pax, "ustar Interchange Format"; GNU tar manual, "Basic Tar Format").
const (
	typeRegular    = '0'
	typeRegularOld = 0
	typeHardlink   = '1'
	typeSymlink    = '2'
	typeFolder     = '5'
	typeContiguous = '7'
	typePax        = 'x'
	typePaxSolaris = 'X'
	typePaxGlobal  = 'g'
	typeLongName   = 'L'
	typeLongLink   = 'K'
)

// tarReader reads a tar archive of any of the usual formats: V7, ustar, pax and GNU. Unlike archive/tar and Python's
// tarfile it refuses what these two, or others, read differently: sizes and names said twice, data where a type has none,
// records for all members that name one, bytes after the end. Sparse files are refused, too.
type tarReader struct {
	r       io.Reader
	block   [blockSize]byte
	left    int64 // of the member's data
	padding int64 // after it
}

// extensions are what headers before a member's own say about it.
type extensions struct {
	name, link string
	size       int64 // -1: nothing
	modified   time.Time
	any        bool
}

// next goes to the next member; io.EOF tells that there is none, and that the archive ends as it should.
func (t *tarReader) next() (*member, error) {
	x := extensions{size: -1}
	for {
		if err := t.skip(); err != nil {
			return nil, err
		}
		h, err := t.header()
		if errors.Is(err, io.EOF) && x.any {
			return nil, refuse("", "ends after a header that has no member")
		}
		if err != nil {
			return nil, err
		}
		switch h.kind {
		case typePax, typePaxSolaris, typePaxGlobal, typeLongName, typeLongLink:
			data, err := t.extension(h)
			if err != nil {
				return nil, err
			}
			if err := x.add(h.kind, data); err != nil {
				return nil, err
			}
		default:
			m, err := h.member(&x)
			if err != nil {
				return nil, err
			}
			t.left = m.size
			t.padding = -m.size & (blockSize - 1)
			return m, nil
		}
	}
}

// Read reads the member's data.
func (t *tarReader) Read(p []byte) (int, error) {
	if t.left == 0 {
		return 0, io.EOF
	}
	n, err := t.r.Read(p[:min(int64(len(p)), t.left)])
	t.left -= int64(n)
	if errors.Is(err, io.EOF) && t.left > 0 {
		return n, refuse("", "ends in the middle of a member")
	}
	return n, err
}

// skip goes past what is left of the member.
func (t *tarReader) skip() error {
	rest := t.left + t.padding
	t.left, t.padding = 0, 0
	n, err := io.CopyN(io.Discard, t.r, rest)
	if errors.Is(err, io.EOF) && n < rest {
		return refuse("", "ends in the middle of a member")
	}
	return err
}

// readBlock reads a block; io.EOF when the archive ends before it.
func (t *tarReader) readBlock() error {
	_, err := io.ReadFull(t.r, t.block[:])
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return refuse("", "ends in the middle of a header")
	}
	return err
}

// header reads the next header; io.EOF when the archive ends before it, or with blocks of zeros.
func (t *tarReader) header() (*tarHeader, error) {
	if err := t.readBlock(); err != nil {
		return nil, err
	}
	if isZero(t.block[:]) {
		return nil, t.end()
	}
	return parseHeader(&t.block)
}

// end reads the rest of the archive, all of which must be zeros, up to the digest that the compressor put there.
func (t *tarReader) end() error {
	for {
		n, err := io.ReadFull(t.r, t.block[:])
		if !isZero(t.block[:n]) {
			return refuse("", "has bytes after its end")
		}
		if errors.Is(err, io.ErrUnexpectedEOF) {
			return io.EOF
		}
		if err != nil {
			return err
		}
	}
}

// extension reads the data of a header that is about the next member.
func (t *tarReader) extension(h *tarHeader) ([]byte, error) {
	if h.size > maxExtension {
		return nil, refuse("", "has a header of %d bytes, more than %d", h.size, maxExtension)
	}
	data := make([]byte, h.size)
	if _, err := io.ReadFull(t.r, data); err != nil {
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			err = refuse("", "ends in the middle of a header")
		}
		return nil, err
	}
	t.padding = -h.size & (blockSize - 1)
	return data, nil
}

// tarHeader is a member's own header.
type tarHeader struct {
	name, link string
	kind       byte
	mode, size int64
	modified   int64 // seconds since 1970
}

// parseHeader reads a header block and checks its sum.
func parseHeader(b *[blockSize]byte) (*tarHeader, error) {
	sum, ok := number(b[148:156])
	if !ok || !checkSum(b, sum) {
		return nil, refuse("", "has bytes that are no tar header")
	}
	h := &tarHeader{name: text(b[:100]), link: text(b[157:257]), kind: b[156]}
	prefix := text(b[345:500])
	switch magic := string(b[257:265]); {
	case prefix == "":
	case magic == "ustar\x0000":
		h.name = prefix + "/" + h.name
	default:
		return nil, refuse(h.name, "has a second part of its name that its format (%q) has no room for", magic)
	}
	if h.mode, ok = number(b[100:108]); !ok {
		return nil, refuse(h.name, "has a mode that is no number")
	}
	if h.size, ok = number(b[124:136]); !ok || h.size < 0 {
		return nil, refuse(h.name, "has a size that is no number")
	}
	if h.modified, ok = number(b[136:148]); !ok {
		h.modified = 0 // a time says nothing that a build could not do without
	}
	return h, nil
}

// checkSum compares the sum of the header's bytes, its own taken as spaces. Some old tools summed signed bytes.
func checkSum(b *[blockSize]byte, want int64) bool {
	var unsigned, signed int64
	for i, c := range b {
		if i >= 148 && i < 156 {
			c = ' '
		}
		unsigned += int64(c)
		signed += int64(int8(c))
	}
	return want == unsigned || want == signed
}

// text is a field up to its first NUL.
func text(field []byte) string {
	before, _, _ := bytes.Cut(field, []byte{0})
	return string(before)
}

// number reads an octal number between spaces and NULs, or GNU's binary form for large ones.
func number(field []byte) (int64, bool) {
	if field[0]&0x80 != 0 {
		return binaryNumber(field)
	}
	digits := bytes.Trim(field, " \x00")
	var n int64
	for _, c := range digits {
		if c < '0' || c > '7' || n > math.MaxInt64>>3 {
			return 0, false
		}
		n = n<<3 | int64(c-'0')
	}
	return n, true
}

// binaryNumber reads a number in two's complement, whose highest bit is a mark and the next the sign.
func binaryNumber(field []byte) (int64, bool) {
	n := int64(int8(field[0]<<1) >> 1)
	for _, c := range field[1:] {
		if n > math.MaxInt64>>8 || n < math.MinInt64>>8 {
			return 0, false
		}
		n = n<<8 | int64(c)
	}
	return n, true
}

func isZero(b []byte) bool {
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}

// member is the member that the header and the extensions before it describe.
func (h *tarHeader) member(x *extensions) (*member, error) {
	m := &member{name: h.name, target: h.link, size: h.size, executable: h.mode&0o100 != 0, modified: time.Unix(h.modified, 0)}
	if x.name != "" {
		m.name = x.name
	}
	if x.link != "" {
		m.target = x.link
	}
	if !x.modified.IsZero() {
		m.modified = x.modified
	}
	folderName := len(m.name) > 0 && m.name[len(m.name)-1] == '/'
	switch h.kind {
	case typeRegular, typeContiguous:
		m.kind = file
		if folderName {
			return nil, refuse(m.name, "is a file with the name of a folder")
		}
	case typeRegularOld:
		m.kind = file
		if folderName {
			m.kind = folder // the V7 format has no type for it
		}
	case typeFolder:
		m.kind = folder
	case typeSymlink:
		m.kind = symlink
	case typeHardlink:
		m.kind = hardlink
	case '3', '4', '6':
		return nil, refuse(m.name, "is a device or a pipe (type %q)", h.kind)
	default:
		return nil, refuse(m.name, "is of a type that no sdist needs: %q", h.kind)
	}
	switch {
	case x.size >= 0 && x.size != h.size:
		return nil, refuse(m.name, "has two sizes, so that readers differ on what follows it: %d bytes in its header, %d in its pax records", h.size, x.size)
	case m.kind != file && m.size != 0:
		return nil, refuse(m.name, "has %d bytes of its own, but is a folder or link", m.size)
	}
	return m, nil
}
