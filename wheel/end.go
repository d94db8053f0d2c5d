package wheel

import (
	"bytes"
	"encoding/binary"
	"io"
)

// Signatures and fixed sizes of the records of a zip archive (APPNOTE.TXT 4.3).
const (
	localSignature      = 0x04034b50
	descriptorSignature = 0x08074b50
	centralSignature    = 0x02014b50
	endSignature        = 0x06054b50
	end64Signature      = 0x06064b50
	locatorSignature    = 0x07064b50

	localSize   = 30
	centralSize = 46
	endSize     = 22
	end64Size   = 56
	locatorSize = 20

	maxComment = 1<<16 - 1
)

var le = binary.LittleEndian

// directory is where the central directory is. Offsets and sizes are in bytes.
type directory struct {
	offset, size int64
	count        uint64 // of members
}

// findDirectory reads the end records, which must end the file, follow the central directory without a
// gap, and agree with each other.
func findDirectory(r io.ReaderAt, size int64) (directory, error) {
	if size < endSize {
		return directory{}, refuse("", "is no zip archive: %d bytes are too few", size)
	}
	tail := make([]byte, min(size, end64Size+locatorSize+endSize+maxComment))
	if err := readAt(r, tail, size-int64(len(tail))); err != nil {
		return directory{}, err
	}
	at := bytes.LastIndex(tail, le.AppendUint32(nil, endSignature))
	if at < 0 || len(tail)-at < endSize {
		return directory{}, refuse("", "is no zip archive, or is cut off: it has no end record")
	}
	end := tail[at:]
	if comment := int(le.Uint16(end[20:])); endSize+comment != len(end) {
		return directory{}, refuse("", "has bytes after the zip archive's end, or an end record in its comment")
	}
	if le.Uint16(end[4:]) != 0 || le.Uint16(end[6:]) != 0 || le.Uint16(end[8:]) != le.Uint16(end[10:]) {
		return directory{}, refuse("", "is one part of a zip archive of several")
	}
	dir := directory{
		count:  uint64(le.Uint16(end[10:])),
		size:   int64(le.Uint32(end[12:])),
		offset: int64(le.Uint32(end[16:])),
	}
	endOffset := size - int64(len(end))
	if before := tail[:at]; len(before) >= locatorSize && le.Uint32(before[at-locatorSize:]) == locatorSignature {
		return findDirectory64(before, endOffset, dir)
	}
	if dir.offset+dir.size != endOffset {
		return directory{}, refuse("", "has bytes that are in no part of the zip archive: the central directory does not end where the end record begins")
	}
	return dir, nil
}

// findDirectory64 reads the zip64 end records in the tail of the file, which ends at the offset of the
// other end record. What that one (narrow) can hold, it must hold or leave to these.
func findDirectory64(tail []byte, endOffset int64, narrow directory) (directory, error) {
	at := len(tail) - locatorSize - end64Size
	if at < 0 || le.Uint32(tail[at:]) != end64Signature {
		return directory{}, refuse("", "has a zip64 locator that follows no zip64 end record")
	}
	end, locator := tail[at:at+end64Size], tail[at+end64Size:]
	offset := endOffset - locatorSize - end64Size
	if le.Uint32(locator[4:]) != 0 || le.Uint64(locator[8:]) != uint64(offset) || le.Uint32(locator[16:]) > 1 {
		return directory{}, refuse("", "has a zip64 locator that does not point to its zip64 end record")
	}
	count, size, start := le.Uint64(end[24:]), le.Uint64(end[40:]), le.Uint64(end[48:])
	if le.Uint64(end[4:]) != end64Size-12 || le.Uint32(end[16:]) != 0 || le.Uint32(end[20:]) != 0 || le.Uint64(end[32:]) != count {
		return directory{}, refuse("", "has a zip64 end record that is no version 1 record of a whole archive")
	}
	if size > uint64(offset) || start != uint64(offset)-size {
		return directory{}, refuse("", "has a zip64 end record whose central directory does not end where the record begins")
	}
	if !widens(uint64(narrow.count), count, 1<<16-1) || !widens(uint64(narrow.size), size, 1<<32-1) || !widens(uint64(narrow.offset), start, 1<<32-1) {
		return directory{}, refuse("", "has two end records that disagree")
	}
	return directory{offset: int64(start), size: int64(size), count: count}, nil
}

// widens says whether a zip64 field may stand beside a narrow one: that has the same value or its maximum.
func widens(narrow, wide, maximum uint64) bool { return narrow == wide || narrow == maximum }

// readAt fills p from r. A file that is shorter than it was is an error like every other.
func readAt(r io.ReaderAt, p []byte, offset int64) error {
	n, err := r.ReadAt(p, offset)
	switch {
	case n == len(p):
		return nil
	case err == io.EOF || err == nil:
		return io.ErrUnexpectedEOF
	}
	return err
}
