package wheel

import (
	"errors"
	"fmt"
	"io"

	"github.com/ofiuco/ofiuco/internal/quoted"
)

// Sizes of data descriptors (APPNOTE.TXT 4.3.9): with or without a signature, with sizes of 4 or 8 bytes.
const (
	descriptorBare   = 12
	descriptorSigned = 16
	descriptorBare64 = 20
	descriptorWide   = 24
)

// usualExtra is the size of extra fields, in bytes, that are read together with the header.
const usualExtra = 64

// streamOffset reads what surrounds a member's stream, which must agree with its central header and fill
// the room of the member without a gap, and says where in r the stream begins.
func (m *member) streamOffset(r io.ReaderAt, buffer []byte) (int64, error) {
	head := buffer[:min(m.end-m.offset, int64(localSize+len(m.name)+usualExtra))]
	if err := readAt(r, head, m.offset); err != nil {
		return 0, err
	}
	if le.Uint32(head) != localSignature {
		return 0, refuse(m.name, "has no local header where the central directory says")
	}
	nameSize, extraSize := int(le.Uint16(head[26:])), int(le.Uint16(head[28:]))
	stream := m.offset + int64(localSize+nameSize+extraSize)
	if stream+m.compressedSize > m.end {
		return 0, refuse(m.name, "overlaps what follows it in the archive")
	}
	if size := localSize + nameSize + extraSize; size > len(head) {
		head = make([]byte, size)
		if err := readAt(r, head, m.offset); err != nil {
			return 0, err
		}
	}
	name, extra := head[localSize:][:nameSize], head[localSize+nameSize:][:extraSize]
	if err := m.checkLocal(head, string(name), extra); err != nil {
		return 0, refuse(m.name, "%v", err)
	}
	after := m.end - stream - m.compressedSize
	if m.flags&flagDescriptor == 0 {
		if after != 0 {
			return 0, refuse(m.name, "is followed by %d bytes that are in no part of the archive", after)
		}
		return stream, nil
	}
	if after > descriptorWide {
		return 0, refuse(m.name, "is followed by %d bytes, more than a data descriptor has", after)
	}
	descriptor := buffer[:after]
	if err := readAt(r, descriptor, stream+m.compressedSize); err != nil {
		return 0, err
	}
	if !m.describedBy(descriptor) {
		return 0, refuse(m.name, "is followed by a data descriptor that the central directory contradicts")
	}
	return stream, nil
}

// checkLocal compares the local header with the central one.
func (m *member) checkLocal(header []byte, name string, extraData []byte) error {
	if name != m.name {
		return fmt.Errorf("has another name in its local header: %s", quoted.Always(name))
	}
	if flags := le.Uint16(header[6:]); flags != m.flags {
		return fmt.Errorf("has the general purpose flags %#04x in its local header and %#04x in the central directory", flags, m.flags)
	}
	if method := le.Uint16(header[8:]); method != m.method {
		return fmt.Errorf("has compression method %d in its local header and %d in the central directory", method, m.method)
	}
	e, err := parseExtra(extraData)
	if err != nil {
		return err
	}
	if err := e.checkName(m.name); err != nil {
		return err
	}
	later := m.flags&flagDescriptor != 0 // the sizes and the CRC-32 may follow in a data descriptor
	if crc := le.Uint32(header[14:]); crc != m.crc && !(later && crc == 0) {
		return fmt.Errorf("has CRC-32 %08x in its local header and %08x in the central directory", crc, m.crc)
	}
	return m.checkLocalSizes(&e, uint64(le.Uint32(header[22:])), uint64(le.Uint32(header[18:])), later)
}

// checkLocalSizes compares the sizes of the local header, narrow and zip64, with the central ones.
func (m *member) checkLocalSizes(e *extra, size, compressedSize uint64, later bool) error {
	const maximum = 1<<32 - 1
	same := func(local uint64, central int64) bool {
		return local == uint64(central) || later && local == 0
	}
	if e.zip64 != nil {
		if len(e.zip64) != 16 {
			return errors.New("has a zip64 field of the wrong size in its local header")
		}
		if !same(le.Uint64(e.zip64), m.size) || !same(le.Uint64(e.zip64[8:]), m.compressedSize) {
			return errors.New("has other sizes in its local header's zip64 field than in the central directory")
		}
		if size == maximum {
			size = uint64(m.size)
		}
		if compressedSize == maximum {
			compressedSize = uint64(m.compressedSize)
		}
	}
	if !same(size, m.size) || !same(compressedSize, m.compressedSize) {
		return fmt.Errorf("has sizes %d and %d in its local header, and %d and %d in the central directory",
			size, compressedSize, m.size, m.compressedSize)
	}
	return nil
}

// describedBy says whether a data descriptor is true.
func (m *member) describedBy(d []byte) bool {
	if len(d) == descriptorSigned || len(d) == descriptorWide {
		if le.Uint32(d) != descriptorSignature {
			return false
		}
		d = d[4:]
	}
	switch len(d) {
	case descriptorBare:
		return le.Uint32(d) == m.crc && int64(le.Uint32(d[4:])) == m.compressedSize && int64(le.Uint32(d[8:])) == m.size
	case descriptorBare64:
		return le.Uint32(d) == m.crc && le.Uint64(d[4:]) == uint64(m.compressedSize) && le.Uint64(d[12:]) == uint64(m.size)
	}
	return false
}
