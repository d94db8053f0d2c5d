package binary

import (
	"debug/elf"
	"encoding/binary"
	"fmt"
	"math"
	"strings"
)

// elfFile is an ELF file while it is read (System V ABI, chapters 4 and 5).
type elfFile struct {
	*window
	wide    bool // ELFCLASS64
	dynamic *segment
	loads   []segment
	// debug says that the code is elsewhere: the file has the symbols that were split off, and headers that lead to nothing.
	debug bool
	// From the dynamic section:
	strings, stringsSize uint64 // address and bytes of the string table
	needed, runPath      []uint64
	rPath                []uint64
	soname               uint64
	symbols              uint64 // address of the symbol table
	hash, gnuHash        uint64 // addresses of the hash tables
	symbolVersions       uint64 // address of the versions of symbols
	needs, needsCount    uint64 // address of the version needs, and how many libraries they are of
	defs, defsCount      uint64 // address and number of the versions it defines
}

// segment is a part of a file that is loaded at an address.
type segment struct{ address, offset, size uint64 }

// maxSegments is how many program headers are read; real files have a dozen.
const maxSegments = 1 << 10

func readELF(w *window) *File {
	f, _ := readWithTables(w)
	return f
}

// readWithTables also gives what leads to the rest of the file. The File is nil for one that is not linked.
func readWithTables(w *window) (*File, *elfFile) {
	e := &elfFile{window: w}
	ident := w.bytes(0, elf.EI_NIDENT)
	if w.err != nil {
		return nil, e
	}
	e.wide = elf.Class(ident[elf.EI_CLASS]) == elf.ELFCLASS64
	if elf.Data(ident[elf.EI_DATA]) == elf.ELFDATA2MSB {
		w.order = binary.BigEndian
	}
	if kind := elf.Type(w.uint16(16)); kind != elf.ET_EXEC && kind != elf.ET_DYN {
		return nil, e
	}
	f := &File{Format: ELF, Machines: []string{e.machine()}}
	e.readSegments(f)
	if e.debug {
		return nil, e
	}
	if e.dynamic != nil {
		e.readDynamic()
		e.resolve(f)
	}
	return f, e
}

// machine is the architecture in the words of target.Target.Arch. The class and the byte order are part of it.
func (e *elfFile) machine() string {
	machine, little := elf.Machine(e.uint16(18)), e.order == binary.LittleEndian
	switch {
	case machine == elf.EM_X86_64 && e.wide:
		return "x86_64"
	case machine == elf.EM_X86_64:
		return "x32"
	case machine == elf.EM_386:
		return "i686"
	case machine == elf.EM_AARCH64 && e.wide && little:
		return "aarch64"
	case machine == elf.EM_ARM && little:
		return "armv7l"
	case machine == elf.EM_PPC64 && little:
		return "ppc64le"
	case machine == elf.EM_PPC64:
		return "ppc64"
	case machine == elf.EM_S390 && e.wide:
		return "s390x"
	case machine == elf.EM_RISCV && e.wide:
		return "riscv64"
	case machine == elf.EM_LOONGARCH && e.wide:
		return "loongarch64"
	}
	return fmt.Sprintf("ELF machine %d", uint16(machine))
}

// word reads an address or a size at an offset.
func (e *elfFile) word(offset int64) uint64 {
	if e.wide {
		return e.uint64(offset)
	}
	return uint64(e.uint32(offset))
}

// readSegments reads the program headers.
func (e *elfFile) readSegments(f *File) {
	tableAt, sizeAt, entry := int64(28), int64(42), int64(32)
	offsetAt, addressAt, filesAt, memoryAt, flagsAt := int64(4), int64(8), int64(16), int64(20), int64(24)
	if e.wide {
		tableAt, sizeAt, entry = 32, 54, 56
		offsetAt, addressAt, filesAt, memoryAt, flagsAt = 8, 16, 32, 40, 4
	}
	table, count := e.word(tableAt), int64(e.uint16(sizeAt+2))
	if count > 0 && int64(e.uint16(sizeAt)) != entry {
		e.fail("its program headers are not of the size of its class")
	}
	if count > maxSegments || table > math.MaxInt64/2 {
		e.fail("it has too many program headers, or points outside of itself")
	}
	for i := range count {
		if e.err != nil {
			return
		}
		header := int64(table) + i*entry
		kind := elf.ProgType(e.uint32(header))
		s := segment{e.word(header + addressAt), e.word(header + offsetAt), e.word(header + filesAt)}
		switch kind {
		case elf.PT_LOAD:
			e.loads = append(e.loads, s)
			code := elf.ProgFlag(e.uint32(header+flagsAt))&elf.PF_X != 0
			e.debug = e.debug || code && s.size == 0 && e.word(header+memoryAt) != 0
		case elf.PT_DYNAMIC:
			e.dynamic = &s
		case elf.PT_INTERP:
			f.Interpreter = e.name(e.inFile(s.offset), e.inFile(s.size))
		case elf.PT_GNU_STACK:
			f.ExecutableStack = elf.ProgFlag(e.uint32(header+flagsAt))&elf.PF_X != 0
		}
	}
}

// inFile is an offset or a size as the window takes it, and fails when no file is so large.
func (e *elfFile) inFile(n uint64) int64 {
	if n > math.MaxInt64/2 {
		e.fail("it points outside of itself")
		return 0
	}
	return int64(n)
}

// readDynamic reads the dynamic section. It ends with DT_NULL.
func (e *elfFile) readDynamic() {
	word := int64(4)
	if e.wide {
		word = 8
	}
	at, size := e.place(e.dynamic.address), e.inFile(e.dynamic.size) // the loader goes by the address
	for end := at + size; e.err == nil && at+2*word <= end; at += 2 * word {
		tag, value := elf.DynTag(int32(e.word(at))), e.word(at+word)
		switch tag {
		case elf.DT_NULL:
			return
		case elf.DT_NEEDED:
			e.needed = append(e.needed, value)
		case elf.DT_RUNPATH:
			e.runPath = []uint64{value}
		case elf.DT_RPATH:
			e.rPath = []uint64{value}
		case elf.DT_SONAME:
			e.soname = value
		case elf.DT_STRTAB:
			e.strings = value
		case elf.DT_STRSZ:
			e.stringsSize = value
		case elf.DT_SYMTAB:
			e.symbols = value
		case elf.DT_HASH:
			e.hash = value
		case elf.DT_GNU_HASH:
			e.gnuHash = value
		case elf.DT_VERSYM:
			e.symbolVersions = value
		case elf.DT_VERNEED:
			e.needs = value
		case elf.DT_VERNEEDNUM:
			e.needsCount = value
		case elf.DT_VERDEF:
			e.defs = value
		case elf.DT_VERDEFNUM:
			e.defsCount = value
		}
		if len(e.needed) > maxEntries {
			e.fail("it needs more than %d libraries", maxEntries)
		}
	}
}

// resolve gives the dynamic section's numbers their names. RPATH counts only without a RUNPATH, as for the loader.
func (e *elfFile) resolve(f *File) {
	for _, offset := range e.needed {
		f.Needed = append(f.Needed, e.dynamicName(offset))
	}
	if len(e.runPath) == 0 {
		e.runPath = e.rPath
	}
	for _, offset := range e.runPath {
		for path := range strings.SplitSeq(e.dynamicName(offset), ":") {
			if path != "" {
				f.RunPaths = append(f.RunPaths, path)
			}
		}
	}
	if e.soname != 0 {
		f.Name = e.dynamicName(e.soname)
	}
	if e.needs != 0 {
		e.eachNeed(func(v Version, _ uint16) { f.Versions = append(f.Versions, v) })
	}
	if e.defs != 0 {
		f.Defines = e.readDefinitions()
	}
}

// dynamicName is a text of the string table.
func (e *elfFile) dynamicName(offset uint64) string {
	if e.err != nil {
		return ""
	}
	if offset >= e.stringsSize {
		e.fail("a name lies outside of its string table")
		return ""
	}
	return e.name(e.place(e.strings+offset), int64(min(e.stringsSize-offset, maxName)))
}

// place is the offset in the file of what is loaded at an address.
func (e *elfFile) place(address uint64) int64 {
	for _, s := range e.loads {
		if address >= s.address && address-s.address < s.size {
			return e.inFile(s.offset + (address - s.address))
		}
	}
	e.fail("its dynamic section points to what is not loaded")
	return 0
}

// eachNeed reads the version needs (Linux Standard Base, symbol versioning): a list of libraries, each with a list of
// versions and the index by which symbols refer to one. Both lists go by distances, which are never negative, so that they
// end.
func (e *elfFile) eachNeed(take func(v Version, index uint16)) {
	taken := 0
	library := e.place(e.needs)
	for range min(e.needsCount, maxEntries) {
		name := e.dynamicName(uint64(e.uint32(library + 4)))
		need := library + int64(e.uint32(library+8))
		for range e.uint16(library + 2) {
			if taken++; taken > maxEntries {
				e.fail("it needs more than %d versions of symbols", maxEntries)
			}
			weak := e.uint16(need+4)&uint16(elf.VER_FLG_WEAK) != 0
			set, number := splitVersion(e.dynamicName(uint64(e.uint32(need + 8))))
			if !weak && e.err == nil {
				take(Version{name, set, number}, e.uint16(need+6))
			}
			distance := e.uint32(need + 12)
			if distance == 0 || e.err != nil {
				break
			}
			need += int64(distance)
		}
		distance := e.uint32(library + 12)
		if distance == 0 || e.err != nil {
			break
		}
		library += int64(distance)
	}
}

// readDefinitions reads the versions that a library gives its own symbols, without the first, which is its name.
func (e *elfFile) readDefinitions() []string {
	var names []string
	definition := e.place(e.defs)
	for range min(e.defsCount, maxEntries) {
		name := e.dynamicName(uint64(e.uint32(definition + int64(e.uint32(definition+12)))))
		if e.uint16(definition+2)&uint16(elf.VER_FLG_BASE) == 0 {
			names = append(names, name)
		}
		distance := e.uint32(definition + 16)
		if distance == 0 || e.err != nil {
			break
		}
		definition += int64(distance)
	}
	return names
}
