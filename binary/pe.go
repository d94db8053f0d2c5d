package binary

import (
	"debug/pe"
	"encoding/binary"
	"fmt"
	"math"
)

// peFile is a PE image while it is read (Microsoft, "PE Format").
type peFile struct {
	*window
	header   int64 // offset of the optional header
	wide     bool  // PE32+
	sections int64 // offset of the section table
	count    int64 // of sections
}

// maxSections is how many sections are looked at; Windows loads no file with more than 96.
const maxSections = 96

func readPE(w *window) *File {
	w.order = binary.LittleEndian
	if w.size < 64 {
		return nil // MZ begins other things, too
	}
	at := int64(w.uint32(0x3c))
	if at > w.size-24 || string(w.bytes(at, min(4, w.size-at))) != "PE\x00\x00" {
		return nil
	}
	p := &peFile{window: w, header: at + 24, count: int64(w.uint16(at + 6))}
	f := &File{Format: PE, Machines: []string{peMachine(w.uint16(at + 4))}}
	p.sections = p.header + int64(w.uint16(at+20))
	if p.count > maxSections {
		w.fail("it has more than %d sections", maxSections)
	}
	switch magic := w.uint16(p.header); {
	case w.err != nil:
	case magic == 0x20b:
		p.wide = true
	case magic != 0x10b:
		w.fail("its optional header has the magic %#x", magic)
	}
	const importSize, delayedSize = 20, 32
	p.imports(f, pe.IMAGE_DIRECTORY_ENTRY_IMPORT, importSize, 12)
	p.imports(f, pe.IMAGE_DIRECTORY_ENTRY_DELAY_IMPORT, delayedSize, 4)
	return f
}

// imports reads the names in a directory of descriptors; the last descriptor has none.
func (p *peFile) imports(f *File, directory, size, nameAt int64) {
	count, table := int64(92), int64(96)
	if p.wide {
		count, table = 108, 112
	}
	if directory >= int64(p.uint32(p.header+count)) {
		return
	}
	entry := p.header + table + directory*8
	if entry+8 > p.sections {
		return
	}
	address := p.uint32(entry)
	if address == 0 {
		return
	}
	at := p.place(address)
	for range maxEntries {
		if p.err != nil {
			return
		}
		name := p.uint32(at + nameAt)
		if name == 0 {
			return
		}
		f.Needed = addNew(f.Needed, p.name(p.place(name), 4096))
		at += size
	}
	p.fail("it imports more than %d libraries", maxEntries)
}

// place is the offset in the file of what is loaded at a relative virtual address.
func (p *peFile) place(address uint32) int64 {
	for i := range p.count {
		section := p.sections + i*40
		start, size, offset := p.uint32(section+12), p.uint32(section+16), p.uint32(section+20)
		if address >= start && address-start < size {
			return int64(offset) + int64(address-start)
		}
	}
	p.fail("its imports lie outside of its sections")
	return math.MaxInt32
}

// peMachine is the architecture in the words of target.Target.Arch.
func peMachine(machine uint16) string {
	switch machine {
	case pe.IMAGE_FILE_MACHINE_AMD64:
		return "x86_64"
	case pe.IMAGE_FILE_MACHINE_I386:
		return "i686"
	case pe.IMAGE_FILE_MACHINE_ARM64:
		return "aarch64"
	case pe.IMAGE_FILE_MACHINE_ARMNT:
		return "armv7l"
	}
	return fmt.Sprintf("PE machine %#x", machine)
}
