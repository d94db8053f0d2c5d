package zipfile

import (
	"encoding/binary"
	"unicode/utf8"
)

// The sizes of the records of APPNOTE 4.3 without names and extra fields, in bytes.
const (
	localSize     = 30
	directorySize = 46
	endRecordSize = 22
	end64Size     = 56
	locatorSize   = 20
)

const (
	sentinel16 = 0xffff     // says that a number is in a zip64 record
	sentinel32 = 0xffffffff // the same

	version   = 20 // of the format: deflate
	version64 = 45 // with zip64
	unix      = 3  // the system of the modes

	flagUTF8 = 0x800

	methodStore   = 0
	methodDeflate = 8

	firstDay = 1<<5 | 1 // 1980-01-01 as MS-DOS writes dates

	modeFile       = 0o100644
	modeExecutable = 0o100755

	zip64Extra = 1 // the id of zip64's extra field
)

func (e *entry) headerSize() int64 {
	size := int64(localSize + len(e.name))
	if e.large() {
		size += 4 + 16
	}
	return size
}

func (e *entry) dataOffset() int64 { return e.header + e.headerSize() }

// large tells whether the entry's sizes need zip64.
func (e *entry) large() bool { return e.size >= sentinel32 || e.compressed >= sentinel32 }

func (e *entry) centralSize() int64 {
	size := int64(directorySize + len(e.name))
	if n := int64(len(e.wide())); n > 0 {
		size += 4 + 8*n
	}
	return size
}

// wide is the numbers of the central directory that need zip64, in the order of its extra field.
func (e *entry) wide() []uint64 {
	var numbers []uint64
	for _, number := range [...]int64{e.size, e.compressed, e.header} {
		if number >= sentinel32 {
			numbers = append(numbers, uint64(number))
		}
	}
	return numbers
}

// appendLocal appends the local file header (APPNOTE 4.3.7).
func (e *entry) appendLocal(b []byte) []byte {
	le := binary.LittleEndian
	b = append(b, "PK\x03\x04"...)
	b = e.appendShared(b, e.large())
	if e.large() {
		// Both numbers must be there, whichever needs it.
		b = le.AppendUint32(b, sentinel32)
		b = le.AppendUint32(b, sentinel32)
		b = le.AppendUint16(b, uint16(len(e.name)))
		b = le.AppendUint16(b, 4+16)
		b = append(b, e.name...)
		b = le.AppendUint16(b, zip64Extra)
		b = le.AppendUint16(b, 16)
		b = le.AppendUint64(b, uint64(e.size))
		return le.AppendUint64(b, uint64(e.compressed))
	}
	b = le.AppendUint32(b, uint32(e.compressed))
	b = le.AppendUint32(b, uint32(e.size))
	b = le.AppendUint16(b, uint16(len(e.name)))
	b = le.AppendUint16(b, 0)
	return append(b, e.name...)
}

// appendShared appends what both headers have: from the version needed to the CRC-32.
func (e *entry) appendShared(b []byte, zip64 bool) []byte {
	le := binary.LittleEndian
	needed, flags, method := uint16(version), uint16(0), uint16(methodStore)
	if zip64 {
		needed = version64
	}
	for i := range len(e.name) {
		if e.name[i] >= utf8.RuneSelf {
			flags = flagUTF8
		}
	}
	if e.deflated {
		method = methodDeflate
	}
	b = le.AppendUint16(b, needed)
	b = le.AppendUint16(b, flags)
	b = le.AppendUint16(b, method)
	b = le.AppendUint16(b, 0)
	b = le.AppendUint16(b, firstDay)
	return le.AppendUint32(b, e.crc)
}

// appendCentral appends the entry of the central directory (APPNOTE 4.3.12).
func (e *entry) appendCentral(b []byte) []byte {
	le := binary.LittleEndian
	wide := e.wide()
	made, extra := uint16(unix<<8|version), 0
	if len(wide) > 0 {
		made, extra = unix<<8|version64, 4+8*len(wide)
	}
	mode := uint32(modeFile)
	if e.executable {
		mode = modeExecutable
	}
	b = append(b, "PK\x01\x02"...)
	b = le.AppendUint16(b, made)
	b = e.appendShared(b, len(wide) > 0)
	b = le.AppendUint32(b, narrow(e.compressed))
	b = le.AppendUint32(b, narrow(e.size))
	b = le.AppendUint16(b, uint16(len(e.name)))
	b = le.AppendUint16(b, uint16(extra))
	b = le.AppendUint16(b, 0) // length of the comment
	b = le.AppendUint16(b, 0) // number of the disk
	b = le.AppendUint16(b, 0) // internal attributes
	b = le.AppendUint32(b, mode<<16)
	b = le.AppendUint32(b, narrow(e.header))
	b = append(b, e.name...)
	if len(wide) > 0 {
		b = le.AppendUint16(b, zip64Extra)
		b = le.AppendUint16(b, uint16(8*len(wide)))
		for _, number := range wide {
			b = le.AppendUint64(b, number)
		}
	}
	return b
}

func narrow(number int64) uint32 {
	return uint32(min(number, sentinel32))
}

// large tells whether the end record needs zip64.
func (p *Plan) large() bool {
	return len(p.entries) >= sentinel16 || p.directory >= sentinel32 || p.end-p.directory >= sentinel32
}

func (p *Plan) endSize() int64 {
	if p.large() {
		return end64Size + locatorSize + endRecordSize
	}
	return endRecordSize
}

// appendEnd appends the end of the central directory (APPNOTE 4.3.14 to 4.3.16).
func (p *Plan) appendEnd(b []byte) []byte {
	le := binary.LittleEndian
	count := uint64(len(p.entries))
	if p.large() {
		b = append(b, "PK\x06\x06"...)
		b = le.AppendUint64(b, end64Size-12) // without the signature and this number
		b = le.AppendUint16(b, unix<<8|version64)
		b = le.AppendUint16(b, version64)
		b = le.AppendUint32(b, 0) // number of this disk
		b = le.AppendUint32(b, 0) // disk of the directory
		b = le.AppendUint64(b, count)
		b = le.AppendUint64(b, count)
		b = le.AppendUint64(b, uint64(p.end-p.directory))
		b = le.AppendUint64(b, uint64(p.directory))
		b = append(b, "PK\x06\x07"...)
		b = le.AppendUint32(b, 0) // disk of the record above
		b = le.AppendUint64(b, uint64(p.end))
		b = le.AppendUint32(b, 1) // number of disks
	}
	shown := uint16(min(count, sentinel16))
	b = append(b, "PK\x05\x06"...)
	b = le.AppendUint16(b, 0) // number of this disk
	b = le.AppendUint16(b, 0) // disk of the directory
	b = le.AppendUint16(b, shown)
	b = le.AppendUint16(b, shown)
	b = le.AppendUint32(b, narrow(p.end-p.directory))
	b = le.AppendUint32(b, narrow(p.directory))
	return le.AppendUint16(b, 0) // length of the comment
}
