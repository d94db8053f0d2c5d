package wheel

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
)

// CheckVersion is the version of Check's rules and of the form of MarshalBinary. It changes with either,
// so that a wheel which was checked by other rules is checked again.
const CheckVersion = 1

// The binary form: magic, CheckVersion, then the fields of the Wheel, then the SHA-256 of all that. Numbers
// are varints of 64 bits, texts have their length before them, lists their count. An entry's offset is told
// from where the entry before it ends.
const magic = "ofiuco wheel\n"

// ErrStale is the error of UnmarshalBinary for what another CheckVersion wrote.
var ErrStale = errors.New("the wheel was checked by another version of the check")

var errDamaged = errors.New("the record of a wheel's check is damaged")

const (
	entryExecutable = 1 << iota
	entryDeflated
)

// MarshalBinary is the Wheel in a form that UnmarshalBinary reads quickly.
func (w *Wheel) MarshalBinary() ([]byte, error) {
	b := make([]byte, 0, 1024+128*len(w.Entries))
	b = append(b, magic...)
	b = binary.AppendUvarint(b, CheckVersion)
	b = appendText(b, w.Filename)
	b = appendText(b, w.DistInfo)
	b = appendText(b, w.DataDir)
	b = appendBool(b, w.RootIsPurelib)
	b = appendText(b, w.Metadata.Name)
	b = appendText(b, w.Metadata.Version)
	b = appendText(b, w.Metadata.RequiresPython)
	b = appendTexts(b, w.Metadata.RequiresDist)
	b = appendTexts(b, w.Metadata.ProvidesExtra)
	b = binary.AppendUvarint(b, uint64(len(w.EntryPoints)))
	for _, e := range w.EntryPoints {
		b = appendText(appendText(appendText(appendText(b, e.Group), e.Name), e.Module), e.Attr)
		b = appendTexts(b, e.Extras)
	}
	b = binary.AppendUvarint(b, uint64(len(w.Oddities)))
	for _, o := range w.Oddities {
		b = appendText(appendText(appendText(appendText(b, o.Code), o.Member), o.Text), o.Facts)
	}
	b = appendEntries(b, w.Entries)
	sum := sha256.Sum256(b)
	return append(b, sum[:]...), nil
}

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

func appendTexts(b []byte, texts []string) []byte {
	b = binary.AppendUvarint(b, uint64(len(texts)))
	for _, s := range texts {
		b = appendText(b, s)
	}
	return b
}

func appendBool(b []byte, v bool) []byte {
	if v {
		return append(b, 1)
	}
	return append(b, 0)
}

func appendEntries(b []byte, entries []Entry) []byte {
	b = binary.AppendUvarint(b, uint64(len(entries)))
	end := int64(0)
	for i := range entries {
		e := &entries[i]
		flags := byte(0)
		if e.Executable {
			flags |= entryExecutable
		}
		if e.Deflated {
			flags |= entryDeflated
		}
		b = appendText(append(b, flags), e.Path)
		b = binary.AppendUvarint(b, uint64(e.Offset-end))
		b = binary.AppendUvarint(b, uint64(e.CompressedSize))
		b = binary.AppendUvarint(b, uint64(e.Size))
		b = le.AppendUint32(b, e.CRC32)
		b = append(b, e.SHA256[:]...)
		end = e.Offset + e.CompressedSize
	}
	return b
}

// UnmarshalBinary reads what MarshalBinary wrote. It keeps no part of data. The error is ErrStale when
// another CheckVersion wrote it; otherwise the data is damaged.
func (w *Wheel) UnmarshalBinary(data []byte) error {
	body, found := bytes.CutPrefix(data, []byte(magic))
	if !found || len(body) < sha256.Size {
		return errDamaged
	}
	body, sum := body[:len(body)-sha256.Size], body[len(body)-sha256.Size:]
	if sha256.Sum256(data[:len(data)-sha256.Size]) != [sha256.Size]byte(sum) {
		return errDamaged
	}
	d := decoder{text: string(body)}
	if d.number() != CheckVersion {
		return ErrStale
	}
	read, err := parseFilename(d.string())
	if err != nil {
		return fmt.Errorf("%w: %w", errDamaged, err)
	}
	read.DistInfo = d.string()
	read.DataDir = d.string()
	read.RootIsPurelib = d.byte() != 0
	read.Metadata = Metadata{
		Name: d.string(), Version: d.string(), RequiresPython: d.string(),
		RequiresDist: d.strings(), ProvidesExtra: d.strings(),
	}
	read.EntryPoints = list(&d, 5, func(e *EntryPoint) {
		*e = EntryPoint{Group: d.string(), Name: d.string(), Module: d.string(), Attr: d.string(), Extras: d.strings()}
	})
	read.Oddities = list(&d, 4, func(o *Oddity) {
		*o = Oddity{Code: d.string(), Member: d.string(), Text: d.string(), Facts: d.string()}
	})
	read.Entries = d.entries()
	if d.damaged || d.text != "" {
		return errDamaged
	}
	*w = *read
	return nil
}

// decoder reads the parts of the binary form from text. Past its end it reads nothing, and is damaged.
type decoder struct {
	text    string
	damaged bool
}

func (d *decoder) number() uint64 {
	var n uint64
	for i := range min(len(d.text), binary.MaxVarintLen64) {
		c := d.text[i]
		n |= uint64(c&0x7f) << (7 * i)
		if c < 0x80 {
			d.text = d.text[i+1:]
			return n
		}
	}
	d.text, d.damaged = "", true
	return 0
}

// take cuts n bytes off the text.
func (d *decoder) take(n uint64) string {
	if n > uint64(len(d.text)) {
		d.text, d.damaged = "", true
		return ""
	}
	taken := d.text[:n]
	d.text = d.text[n:]
	return taken
}

func (d *decoder) byte() byte {
	if b := d.take(1); b != "" {
		return b[0]
	}
	return 0
}

func (d *decoder) string() string { return d.take(d.number()) }

func (d *decoder) strings() []string {
	return list(d, 1, func(s *string) { *s = d.string() })
}

// list reads a list whose elements have at least so many bytes; nil when it is empty.
func list[T any](d *decoder, least int, read func(*T)) []T {
	count := d.number()
	if count > uint64(len(d.text)/least) {
		d.text, d.damaged = "", true
	}
	if count == 0 || d.damaged {
		return nil
	}
	all := make([]T, count)
	for i := range all {
		read(&all[i])
	}
	return all
}

func (d *decoder) entries() []Entry {
	const least = 1 + 4 + 4 + sha256.Size // flags, four numbers, CRC-32 and digest
	end := int64(0)
	return list(d, least, func(e *Entry) {
		flags := d.byte()
		e.Executable, e.Deflated = flags&entryExecutable != 0, flags&entryDeflated != 0
		e.Path = d.string()
		e.Offset = end + int64(d.number())
		e.CompressedSize, e.Size = int64(d.number()), int64(d.number())
		if fixed := d.take(4 + sha256.Size); fixed != "" {
			e.CRC32 = le.Uint32([]byte(fixed[:4]))
			copy(e.SHA256[:], fixed[4:])
		}
		end = e.Offset + e.CompressedSize
		if e.Offset < 0 || e.CompressedSize < 0 || e.Size < 0 || end < 0 {
			d.damaged = true
		}
	})
}
