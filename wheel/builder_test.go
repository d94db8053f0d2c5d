package wheel_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"slices"
	"strings"

	"github.com/klauspost/compress/flate"
)

// header is a local or central header of a zip archive. Tests lie in any of its fields.
type header struct {
	made, needed, flags, method uint16
	crc, compressedSize, size   uint32
	name, extra, comment        string
	disk                        uint16
	attributes, offset          uint32
}

// part is a member of an archive that a test builds.
type part struct {
	name   string
	data   string
	method uint16
	mode   uint32
	// stream replaces the stored or deflated data, tail follows it in the archive, such as a data descriptor.
	stream *string
	tail   string
	// local and central change the two headers, which are the same and true before.
	local, central func(*header)
	localOnly      bool
	centralOnly    bool
	unlisted       bool // in RECORD
}

// endRecord is the end of an archive, with its zip64 form if there is one.
type endRecord struct {
	disk, diskHere, countHere, count uint16
	size, offset                     uint32
	comment                          string
	wide                             *endRecord64
}

type endRecord64 struct {
	recordSize, locatorOffset uint64
	countHere, count          uint64
	size, offset              uint64
	disks                     uint32
	padding                   string // between the record and its locator
}

// builder builds a wheel, by default a good one.
type builder struct {
	filename string
	distInfo string
	parts    []*part
	record   func(text string) string // changes RECORD
	prefix   string
	gap      string // before the central directory
	late     string // after the central directory
	end      func(*endRecord)
	trailer  string
	noRecord bool
}

const (
	goodMetadata    = "Metadata-Version: 2.1\nName: alpha\nVersion: 1.0\nRequires-Dist: beta>=1\nRequires-Python: >=3.8\n\nAbout\n"
	goodWheel       = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
	goodEntryPoints = "[console_scripts]\nalpha = alpha:main\n"
	goodModule      = "def main():\n    print('alpha', 'alpha', 'alpha', 'alpha')\n"
)

// newBuilder is a good wheel of alpha 1.0.
func newBuilder() *builder {
	b := &builder{filename: "alpha-1.0-py3-none-any.whl", distInfo: "alpha-1.0.dist-info"}
	b.add("alpha/__init__.py", goodModule)
	b.add("alpha/data.bin", strings.Repeat("0123456789", 1000))
	b.add("alpha-1.0.dist-info/METADATA", goodMetadata)
	b.add("alpha-1.0.dist-info/WHEEL", goodWheel)
	b.add("alpha-1.0.dist-info/entry_points.txt", goodEntryPoints)
	return b
}

// add adds a member, before those of .dist-info.
func (b *builder) add(name, data string) *part {
	p := &part{name: name, data: data, method: 8, mode: 0o100644}
	at := slices.IndexFunc(b.parts, func(p *part) bool { return strings.HasPrefix(p.name, b.distInfo+"/") })
	if at < 0 || strings.HasPrefix(name, b.distInfo+"/") {
		at = len(b.parts)
	}
	b.parts = slices.Insert(b.parts, at, p)
	return p
}

// part finds a member by the end of its name.
func (b *builder) part(suffix string) *part {
	at := slices.IndexFunc(b.parts, func(p *part) bool { return strings.HasSuffix(p.name, suffix) })
	return b.parts[at]
}

func (b *builder) remove(suffix string) {
	at := slices.Index(b.parts, b.part(suffix))
	b.parts = slices.Delete(b.parts, at, at+1)
}

// build is the wheel's bytes.
func (b *builder) build() []byte {
	parts := b.parts
	if !b.noRecord {
		record := &part{name: b.distInfo + "/RECORD", data: b.recordText(), method: 8, mode: 0o100644}
		parts = append(slices.Clone(parts), record)
	}
	var out, central bytes.Buffer
	out.WriteString(b.prefix)
	count := 0
	for _, p := range parts {
		h := p.header(uint32(out.Len()))
		if !p.centralOnly {
			local := h
			if p.local != nil {
				p.local(&local)
			}
			writeLocal(&out, &local)
			out.WriteString(p.streamBytes())
			out.WriteString(p.tail)
		}
		if !p.localOnly {
			if p.central != nil {
				p.central(&h)
			}
			writeCentral(&central, &h)
			count++
		}
	}
	out.WriteString(b.gap)
	end := endRecord{
		countHere: uint16(count), count: uint16(count),
		size: uint32(central.Len()), offset: uint32(out.Len()),
	}
	out.Write(central.Bytes())
	out.WriteString(b.late)
	if b.end != nil {
		b.end(&end)
	}
	writeEnd(&out, &end)
	out.WriteString(b.trailer)
	return out.Bytes()
}

func (b *builder) recordText() string {
	var text strings.Builder
	for _, p := range b.parts {
		if !p.unlisted && !strings.HasSuffix(p.name, "/") {
			fmt.Fprintf(&text, "%s,sha256=%s,%d\n", csvField(p.name), digest(p.data), len(p.data))
		}
	}
	text.WriteString(b.distInfo + "/RECORD,,\n")
	if b.record != nil {
		return b.record(text.String())
	}
	return text.String()
}

func csvField(s string) string {
	if strings.ContainsAny(s, ",\"\r\n") {
		return `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
	}
	return s
}

func digest(data string) string {
	sum := sha256.Sum256([]byte(data))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

func (p *part) streamBytes() string {
	switch {
	case p.stream != nil:
		return *p.stream
	case p.method == 8:
		return deflate(p.data)
	}
	return p.data
}

func deflate(data string) string {
	var b bytes.Buffer
	w, err := flate.NewWriter(&b, 6)
	if err != nil {
		panic(err)
	}
	w.Write([]byte(data))
	w.Close()
	return b.String()
}

func (p *part) header(offset uint32) header {
	h := header{
		made: 3<<8 | 20, needed: 20, method: p.method, crc: crc32.ChecksumIEEE([]byte(p.data)),
		compressedSize: uint32(len(p.streamBytes())), size: uint32(len(p.data)),
		name: p.name, attributes: p.mode << 16, offset: offset,
	}
	for _, c := range []byte(p.name) {
		if c >= 0x80 {
			h.flags = 1 << 11
		}
	}
	return h
}

func write(out *bytes.Buffer, fields ...any) {
	for _, field := range fields {
		if text, ok := field.(string); ok {
			out.WriteString(text)
		} else if err := binary.Write(out, binary.LittleEndian, field); err != nil {
			panic(err)
		}
	}
}

func writeLocal(out *bytes.Buffer, h *header) {
	write(out, uint32(0x04034b50), h.needed, h.flags, h.method, uint16(0), uint16(0x21), h.crc, h.compressedSize, h.size,
		uint16(len(h.name)), uint16(len(h.extra)), h.name, h.extra)
}

func writeCentral(out *bytes.Buffer, h *header) {
	write(out, uint32(0x02014b50), h.made, h.needed, h.flags, h.method, uint16(0), uint16(0x21), h.crc, h.compressedSize, h.size,
		uint16(len(h.name)), uint16(len(h.extra)), uint16(len(h.comment)), h.disk, uint16(0), h.attributes, h.offset,
		h.name, h.extra, h.comment)
}

func writeEnd(out *bytes.Buffer, e *endRecord) {
	if w := e.wide; w != nil {
		write(out, uint32(0x06064b50), w.recordSize, uint16(45), uint16(45), uint32(0), uint32(0), w.countHere, w.count, w.size, w.offset,
			w.padding, uint32(0x07064b50), uint32(0), w.locatorOffset, w.disks)
	}
	write(out, uint32(0x06054b50), e.disk, e.diskHere, e.countHere, e.count, e.size, e.offset, uint16(len(e.comment)), e.comment)
}

// zip64 makes an honest zip64 end record.
func zip64(e *endRecord) {
	e.wide = &endRecord64{
		recordSize: 44, locatorOffset: uint64(e.offset) + uint64(e.size), countHere: uint64(e.count), count: uint64(e.count),
		size: uint64(e.size), offset: uint64(e.offset), disks: 1,
	}
	e.countHere, e.count, e.size, e.offset = 0xffff, 0xffff, 0xffffffff, 0xffffffff
}

// extraField is one field of a header's extra.
func extraField(id uint16, data string) string {
	var out bytes.Buffer
	write(&out, id, uint16(len(data)), data)
	return out.String()
}

func uint64s(values ...uint64) string {
	var out bytes.Buffer
	for _, v := range values {
		write(&out, v)
	}
	return out.String()
}

func uint32s(values ...uint32) string {
	var out bytes.Buffer
	for _, v := range values {
		write(&out, v)
	}
	return out.String()
}
