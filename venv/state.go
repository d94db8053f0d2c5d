package venv

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"math"
	"os"
	"path/filepath"
)

// stateFile is the file, in an environment, that says what Make made.
const stateFile = ".ofiuco"

// stateMagic begins a state of this version.
const stateMagic = "ofiuco environment 1\n"

// identity is what tells a file from one that was changed or put in its place.
type identity struct {
	size     int64 // bytes
	modified int64 // nanoseconds since 1970
	inode    uint64
	regular  bool
}

// entryState is what has a name in a real folder: a link when there is a target, a folder or a file.
type entryState struct {
	name     string
	target   string
	folder   bool
	identity identity
}

// folderState is a real folder of an environment.
type folderState struct {
	path    string // in the environment, slash-separated; "" is the environment
	entries []entryState
	files   int // that Make put there, behind links, too
}

func (f *folderState) add(e entryState) { f.entries = append(f.entries, e) }

// state is what Make made.
type state struct {
	inputs      string
	report      Report
	executable  string // that the environment points to
	interpreter identity
	trees       []string // the folders of the store that it links to
	folders     []folderState
}

// The kinds of entries in an encoded state.
const (
	kindFolder = iota
	kindLink
	kindFile
)

// encode is the state in bytes: numbers are varints, texts have their length before them, and the CRC-32 of all is at the end.
func (s *state) encode() []byte {
	size := 1 << 10
	for i := range s.folders {
		size += len(s.folders[i].path) + 64*len(s.folders[i].entries)
	}
	b := append(make([]byte, 0, size), stateMagic...)
	b = appendText(b, s.inputs)
	b = appendText(b, string(s.report.Mode))
	b = binary.AppendUvarint(b, uint64(s.report.Packages))
	b = binary.AppendUvarint(b, uint64(s.report.Files))
	b = appendText(b, s.executable)
	b = appendIdentity(b, s.interpreter)
	b = binary.AppendUvarint(b, uint64(len(s.trees)))
	for _, tree := range s.trees {
		b = appendText(b, tree)
	}
	b = binary.AppendUvarint(b, uint64(len(s.folders)))
	for i := range s.folders {
		b = appendText(b, s.folders[i].path)
		b = binary.AppendUvarint(b, uint64(len(s.folders[i].entries)))
		for j := range s.folders[i].entries {
			b = appendEntry(b, &s.folders[i].entries[j])
		}
	}
	return seal(b)
}

// seal puts the checksum at the end.
func seal(b []byte) []byte {
	return binary.LittleEndian.AppendUint32(b, crc32.Checksum(b, castagnoli))
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func appendText(b []byte, text string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(text))), text...)
}

func appendIdentity(b []byte, id identity) []byte {
	b = binary.AppendVarint(b, id.size)
	b = binary.AppendVarint(b, id.modified)
	return binary.AppendUvarint(b, id.inode)
}

func appendEntry(b []byte, e *entryState) []byte {
	switch {
	case e.folder:
		return appendText(append(b, kindFolder), e.name)
	case e.target != "":
		return appendText(appendText(append(b, kindLink), e.name), e.target)
	default:
		return appendIdentity(appendText(append(b, kindFile), e.name), e.identity)
	}
}

var errState = errors.New("the environment's state is damaged")

// decoder reads what encode wrote. Texts are parts of data, so that none is copied.
type decoder struct {
	data   string
	failed bool
}

// decodeState reads a state. What is not whole, or of another version, is none.
func decodeState(data []byte) (*state, error) {
	end := len(data) - 4
	if end < len(stateMagic) || string(data[:len(stateMagic)]) != stateMagic ||
		binary.LittleEndian.Uint32(data[end:]) != crc32.Checksum(data[:end], castagnoli) {
		return nil, errState
	}
	d := &decoder{data: string(data[len(stateMagic):end])}
	s := &state{inputs: d.text()}
	s.report = Report{Mode: Mode(d.text()), Packages: d.count(), Files: d.number()}
	s.executable, s.interpreter = d.text(), d.identity()
	s.trees = several(d, d.text)
	s.folders = several(d, func() folderState {
		return folderState{path: d.text(), entries: several(d, d.entry)}
	})
	if d.failed || d.data != "" {
		return nil, errState
	}
	return s, nil
}

func (d *decoder) uvarint() uint64 {
	var value uint64
	for shift := uint(0); shift < 64 && len(d.data) > 0; shift += 7 {
		c := d.data[0]
		d.data = d.data[1:]
		value |= uint64(c&0x7f) << shift
		if c < 0x80 {
			return value
		}
	}
	d.failed = true
	return 0
}

func (d *decoder) varint() int64 {
	value := d.uvarint()
	return int64(value>>1) ^ -int64(value&1)
}

func (d *decoder) number() int {
	value := d.uvarint()
	if value > math.MaxInt32 {
		d.failed = true
		return 0
	}
	return int(value)
}

// count is the number of things that follow, of which each has a byte at least.
func (d *decoder) count() int {
	n := d.number()
	if n > len(d.data) {
		d.failed = true
		return 0
	}
	return n
}

// several reads a number and so many things.
func several[T any](d *decoder, read func() T) []T {
	const most = 1 << 12 // that are made room for at once
	n := d.count()
	all := make([]T, 0, min(n, most))
	for ; n > 0 && !d.failed; n-- {
		all = append(all, read())
	}
	return all
}

func (d *decoder) text() string {
	n := d.count()
	text := d.data[:n]
	d.data = d.data[n:]
	return text
}

func (d *decoder) identity() identity {
	return identity{size: d.varint(), modified: d.varint(), inode: d.uvarint(), regular: true}
}

func (d *decoder) entry() entryState {
	if d.data == "" {
		d.failed = true
		return entryState{}
	}
	kind := d.data[0]
	d.data = d.data[1:]
	e := entryState{name: d.text()}
	switch kind {
	case kindFolder:
		e.folder = true
	case kindLink:
		e.target = d.text()
	case kindFile:
		e.identity = d.identity()
	default:
		d.failed = true
	}
	return e
}

// writeState writes what was made, as the last of all.
func (b *builder) writeState(dir string, w *writer, report *Report) error {
	s := &state{inputs: b.options.Inputs, report: *report, executable: b.executable, folders: w.state}
	var err error
	if s.interpreter, err = fileIdentity(b.executable); err != nil {
		return err
	}
	if w.mode == Symlink {
		for _, p := range b.packages {
			s.trees = append(s.trees, p.Wheel.Dir)
		}
	}
	return os.WriteFile(filepath.Join(dir, stateFile), s.encode(), 0o666)
}
