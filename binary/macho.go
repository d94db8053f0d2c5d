package binary

import (
	"debug/macho"
	"encoding/binary"
	"fmt"
	"strings"
)

// Of Mach-O's numbers (mach-o/loader.h, fat.h) those that debug/macho does not name.
const (
	fatMagic64 = 0xcafebabf
	// maxSlices tells a universal file from a Java class, which has the same magic: there the next bytes are its
	// version, at least 45.
	maxSlices = 30

	mustUnderstand  = 0x80000000 // LC_REQ_DYLD
	cmdIDDylib      = 0xd
	cmdReexport     = 0x1f | mustUnderstand
	cmdUpward       = 0x23 | mustUnderstand
	cmdLazyLoad     = 0x20
	cmdVersionMin   = 0x24 // LC_VERSION_MIN_MACOSX
	cmdBuildVersion = 0x32

	platformMacOS = 1
	typeDSYM      = 0xa
	typeKext      = 0xb
)

// applePlatforms are the systems of LC_BUILD_VERSION that are not macOS.
var applePlatforms = map[uint32]string{2: "iOS", 3: "tvOS", 4: "watchOS", 5: "bridgeOS", 6: "Mac Catalyst", 7: "iOS simulator", 11: "visionOS"}

// machoOrder is the byte order that a thin file's magic tells; nil for another file's.
func machoOrder(magic []byte) binary.ByteOrder {
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		if m := order.Uint32(magic); m == macho.Magic32 || m == macho.Magic64 {
			return order
		}
	}
	return nil
}

// isFat tells whether the file is a universal one.
func isFat(w *window) bool {
	magic := w.bytes(0, min(w.size, 8))
	if len(magic) < 8 {
		return false
	}
	m, count := binary.BigEndian.Uint32(magic), binary.BigEndian.Uint32(magic[4:])
	return (m == macho.MagicFat || m == fatMagic64) && count <= maxSlices
}

// readFat reads each slice of a universal file. One without a linked slice, such as of static libraries, is of another
// kind.
func readFat(w *window) *File {
	w.order = binary.BigEndian
	wide := w.uint32(0) == fatMagic64
	count := int64(w.uint32(4))
	f := &File{Format: MachO, Oldest: map[string]string{}}
	for i := range count {
		var offset, size uint64
		w.order = binary.BigEndian
		if wide {
			offset, size = w.uint64(8+i*32+8), w.uint64(8+i*32+16)
		} else {
			offset, size = uint64(w.uint32(8+i*20+8)), uint64(w.uint32(8+i*20+12))
		}
		if w.err != nil {
			return nil
		}
		if offset > uint64(w.size) || size > uint64(w.size)-offset || size < 4 {
			w.fail("a slice lies outside of it")
			return nil
		}
		if w.order = machoOrder(w.bytes(int64(offset), 4)); w.order != nil {
			(&machoFile{w, int64(offset)}).read(f)
		}
	}
	if len(f.Machines) == 0 {
		return nil
	}
	return f
}

func readMachO(w *window) *File {
	w.order = machoOrder(w.bytes(0, 4))
	f := &File{Format: MachO, Oldest: map[string]string{}}
	(&machoFile{w, 0}).read(f)
	if len(f.Machines) == 0 {
		return nil
	}
	return f
}

// machoFile is a Mach-O file, or a slice of a universal one.
type machoFile struct {
	*window
	base int64
}

// read adds what the file says to f; nothing if it is not linked.
func (m *machoFile) read(f *File) {
	switch kind := macho.Type(m.uint32(m.base + 12)); kind {
	case macho.TypeObj, 4, typeDSYM, typeKext: // 4: MH_CORE
		return
	}
	machine := m.machine()
	count := m.uint32(m.base + 16)
	end := m.base + int64(m.uint32(m.base+20))
	at := m.base + 28
	if m.uint32(m.base) == macho.Magic64 {
		at += 4
	}
	if end += at - m.base; end > m.size {
		m.fail("its load commands end after it")
	}
	f.Machines = append(f.Machines, machine)
	if count > maxEntries {
		m.fail("it has more than %d load commands", maxEntries)
	}
	for range count {
		size := int64(m.uint32(at + 4))
		if m.err == nil && (size < 8 || at+size > end) {
			m.fail("a load command lies outside of the others")
		}
		if m.err != nil {
			return
		}
		m.command(f, machine, at, size)
		at += size
	}
}

// command reads one load command.
func (m *machoFile) command(f *File, machine string, at, size int64) {
	switch command := m.uint32(at); command {
	case uint32(macho.LoadCmdDylib), cmdReexport, cmdUpward, cmdLazyLoad:
		f.Needed = addNew(f.Needed, m.text(at, size))
	case cmdIDDylib:
		f.Name = m.text(at, size)
	case uint32(macho.LoadCmdRpath):
		f.RunPaths = addNew(f.RunPaths, m.text(at, size))
	case cmdVersionMin:
		if size >= 16 {
			f.Oldest[machine] = appleVersion(m.uint32(at + 8))
		}
	case cmdBuildVersion:
		if size < 24 {
			return
		}
		platform, oldest := m.uint32(at+8), appleVersion(m.uint32(at+12))
		switch name, known := applePlatforms[platform]; {
		case platform == platformMacOS:
			f.Oldest[machine] = oldest
		case f.Oldest[machine] != "": // zippered: for macOS and Mac Catalyst
		case known:
			f.Oldest[machine] = name + " " + oldest
		default:
			f.Oldest[machine] = fmt.Sprintf("Apple platform %d %s", platform, oldest)
		}
	}
}

// text is the text that a load command has at the offset its third word says.
func (m *machoFile) text(at, size int64) string {
	offset := int64(m.uint32(at + 8))
	if offset >= size {
		m.fail("a name lies outside of its load command")
		return ""
	}
	return strings.TrimRight(m.name(at+offset, size-offset), "\x00")
}

// machine is the architecture in the words of target.Target.Arch.
func (m *machoFile) machine() string {
	switch cpu := macho.Cpu(m.uint32(m.base + 4)); cpu {
	case macho.CpuAmd64:
		return "x86_64"
	case macho.CpuArm64:
		return "aarch64"
	case macho.Cpu386:
		return "i686"
	case macho.CpuPpc:
		return "ppc"
	case macho.CpuPpc64:
		return "ppc64"
	default:
		return fmt.Sprintf("Mach-O machine %d", uint32(cpu))
	}
}

// appleVersion is the version in four bytes: 0x000a0f00 is 10.15.
func appleVersion(v uint32) string {
	if patch := v & 0xff; patch != 0 {
		return fmt.Sprintf("%d.%d.%d", v>>16, v>>8&0xff, patch)
	}
	return fmt.Sprintf("%d.%d", v>>16, v>>8&0xff)
}
