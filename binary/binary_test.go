package binary

import (
	"bytes"
	"debug/elf"
	"debug/macho"
	"debug/pe"
	"encoding/binary"
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// command is a Mach-O load command: its number, then words, then text.
func command(number uint32, words []uint32, text string) []byte {
	size := 8 + 4*len(words) + (len(text)+8)&^7
	b := binary.LittleEndian.AppendUint32(nil, number)
	b = binary.LittleEndian.AppendUint32(b, uint32(size))
	for _, w := range words {
		b = binary.LittleEndian.AppendUint32(b, w)
	}
	b = append(b, text...)
	return append(b, make([]byte, size-len(b))...)
}

// machoBytes is a thin, 64-bit Mach-O file with these load commands.
func machoBytes(cpu macho.Cpu, kind macho.Type, commands ...[]byte) []byte {
	body := bytes.Join(commands, nil)
	var b []byte
	for _, word := range []uint32{macho.Magic64, uint32(cpu), 0, uint32(kind), uint32(len(commands)), uint32(len(body)), 0, 0} {
		b = binary.LittleEndian.AppendUint32(b, word)
	}
	return append(b, body...)
}

// fatBytes is a universal file of slices.
func fatBytes(slices ...[]byte) []byte {
	b := binary.BigEndian.AppendUint32(nil, macho.MagicFat)
	b = binary.BigEndian.AppendUint32(b, uint32(len(slices)))
	offset := 8 + 20*len(slices)
	for _, slice := range slices {
		for _, word := range []uint32{0, 0, uint32(offset), uint32(len(slice)), 0} {
			b = binary.BigEndian.AppendUint32(b, word)
		}
		offset += len(slice)
	}
	return append(b, bytes.Join(slices, nil)...)
}

func dylib(number uint32, name string) []byte {
	return command(number, []uint32{24, 0, 0, 0}, name)
}

// peBytes is a PE32+ image that imports libraries, those of delayed with delay.
func peBytes(machine uint16, imports, delayed []string) []byte {
	const header, body = 0x80, 0x400 // offsets; the section is loaded at 0x1000
	b := make([]byte, body)
	copy(b, "MZ")
	order := binary.LittleEndian
	order.PutUint32(b[0x3c:], header)
	copy(b[header:], "PE\x00\x00")
	order.PutUint16(b[header+4:], machine)
	order.PutUint16(b[header+6:], 1)         // sections
	order.PutUint16(b[header+20:], 112+16*8) // size of the optional header
	optional := b[header+24:]
	order.PutUint16(optional, 0x20b)
	order.PutUint32(optional[108:], 16) // directories
	section := optional[112+16*8:]
	var data []byte
	descriptors := func(directory, size, nameAt int, names []string) {
		if names == nil {
			return
		}
		order.PutUint32(optional[112+8*directory:], uint32(0x1000+len(data)))
		table := len(data)
		data = append(data, make([]byte, size*(len(names)+1))...)
		for i, name := range names {
			order.PutUint32(data[table+i*size+nameAt:], uint32(0x1000+len(data)))
			data = append(append(data, name...), 0)
		}
	}
	descriptors(pe.IMAGE_DIRECTORY_ENTRY_IMPORT, 20, 12, imports)
	descriptors(pe.IMAGE_DIRECTORY_ENTRY_DELAY_IMPORT, 32, 4, delayed)
	order.PutUint32(section[12:], 0x1000)
	order.PutUint32(section[16:], uint32(len(data)))
	order.PutUint32(section[20:], body)
	return append(b, data...)
}

// read is Read of bytes.
func read(t testing.TB, data []byte) *File {
	t.Helper()
	f, err := Read(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestReadMachO(t *testing.T) {
	intel := machoBytes(macho.CpuAmd64, macho.TypeDylib,
		dylib(cmdIDDylib, "/DLC/libx.dylib"), dylib(uint32(macho.LoadCmdDylib), "@rpath/liby.dylib"),
		dylib(0x18|mustUnderstand, "/usr/lib/libweak.dylib"), command(uint32(macho.LoadCmdRpath), []uint32{12}, "@loader_path/../.dylibs"),
		command(cmdVersionMin, []uint32{10<<16 | 9<<8, 0}, ""))
	arm := machoBytes(macho.CpuArm64, macho.TypeDylib,
		dylib(uint32(macho.LoadCmdDylib), "@rpath/liby.dylib"), dylib(cmdReexport, "/usr/lib/libSystem.B.dylib"),
		command(cmdBuildVersion, []uint32{platformMacOS, 11<<16 | 0x0102, 0, 0}, ""))
	ios := machoBytes(macho.CpuArm64, macho.TypeDylib, command(cmdBuildVersion, []uint32{2, 13 << 16, 0, 0}, ""))
	for _, test := range []struct {
		name string
		data []byte
		want *File
	}{
		{"thin", intel, &File{
			Format: MachO, Machines: []string{"x86_64"}, Needed: []string{"@rpath/liby.dylib"}, RunPaths: []string{"@loader_path/../.dylibs"},
			Symbols: map[string]string{}, Name: "/DLC/libx.dylib", Oldest: map[string]string{"x86_64": "10.9"}}},
		{"universal", fatBytes(intel, arm), &File{
			Format: MachO, Machines: []string{"x86_64", "aarch64"}, Needed: []string{"@rpath/liby.dylib", "/usr/lib/libSystem.B.dylib"},
			RunPaths: []string{"@loader_path/../.dylibs"}, Symbols: map[string]string{}, Name: "/DLC/libx.dylib",
			Oldest: map[string]string{"x86_64": "10.9", "aarch64": "11.1.2"}}},
		{"iOS", ios, &File{Format: MachO, Machines: []string{"aarch64"}, Symbols: map[string]string{}, Oldest: map[string]string{"aarch64": "iOS 13.0"}}},
		{"object", machoBytes(macho.CpuArm64, macho.TypeObj), nil},
		{"universal library of objects", fatBytes([]byte("!<arch>\n")), nil},
		{"Java class", []byte("\xca\xfe\xba\xbe\x00\x00\x00\x34 and so on"), nil},
	} {
		if diff := cmp.Diff(test.want, read(t, test.data)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}

func TestReadPE(t *testing.T) {
	want := &File{Format: PE, Machines: []string{"x86_64"}, Needed: []string{"python312.dll", "KERNEL32.dll", "libx.dll"}, Symbols: map[string]string{}}
	got := read(t, peBytes(pe.IMAGE_FILE_MACHINE_AMD64, []string{"python312.dll", "KERNEL32.dll"}, []string{"libx.dll"}))
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if f := read(t, peBytes(pe.IMAGE_FILE_MACHINE_ARM64, nil, nil)); f.Machines[0] != "aarch64" || f.Needed != nil {
		t.Errorf("an image without imports is read as %+v", f)
	}
}

func TestReadOthers(t *testing.T) {
	for _, text := range []string{
		"", "M", "MZ", "MZ is also how a text may begin, and this one goes on for longer than the 64 bytes of a header of DOS",
		"\x7fEL", "#!/bin/sh\n", "!<arch>\n", "PK\x03\x04", "\xca\xfe\xba\xbe",
	} {
		if f := read(t, []byte(text)); f != nil {
			t.Errorf("%q is read as %+v", text, f)
		}
	}
	object := make([]byte, 64)
	copy(object, "\x7fELF\x02\x01\x01")
	object[16] = byte(elf.ET_REL)
	if f := read(t, object); f != nil {
		t.Errorf("an object is read as %+v", f)
	}
}

func TestReadBroken(t *testing.T) {
	library := machoBytes(macho.CpuArm64, macho.TypeDylib, dylib(uint32(macho.LoadCmdDylib), "@rpath/liby.dylib"))
	image := peBytes(pe.IMAGE_FILE_MACHINE_AMD64, []string{"a.dll"}, nil)
	for name, data := range map[string][]byte{
		"ELF header":    []byte("\x7fELF\x02\x01\x01"),
		"load commands": library[:len(library)-8],
		"fat":           fatBytes(library)[:100],
		"imports":       image[:len(image)-30],
	} {
		f, err := Read(bytes.NewReader(data), int64(len(data)))
		var broken *FormatError
		if !errors.As(err, &broken) || f != nil || broken.Format == "" || !strings.HasPrefix(err.Error(), "broken "+broken.Format) {
			t.Errorf("%s cut: %+v, %v", name, f, err)
		}
	}
	failing := errors.New("the disk is gone")
	if _, err := Read(failingReader{failing}, 100); !errors.Is(err, failing) {
		t.Errorf("reading a broken disk: %v", err)
	}
}

type failingReader struct{ err error }

func (r failingReader) ReadAt([]byte, int64) (int, error) { return 0, r.err }

// countingReader counts what is read.
type countingReader struct {
	r     io.ReaderAt
	bytes int64
}

func (c *countingReader) ReadAt(p []byte, offset int64) (int, error) {
	c.bytes += int64(len(p))
	return c.r.ReadAt(p, offset)
}

func TestNumbers(t *testing.T) {
	for _, test := range []struct {
		less, more string
	}{{"2.9", "2.28"}, {"3.4", "3.4.1"}, {"3.4.9", "3.4.30"}, {"", "1"}, {"1.3.9", "1.3.10"}, {"9", "99999999999999999999"}} {
		if compareNumbers(test.less, test.more) >= 0 || compareNumbers(test.more, test.less) <= 0 || compareNumbers(test.more, test.more) != 0 {
			t.Errorf("%q is not less than %q", test.less, test.more)
		}
	}
	for text, want := range map[string]Version{
		"GLIBC_2.2.5":         {"", "GLIBC", "2.2.5"},
		"GLIBC_ABI_DT_RELR":   {"", "GLIBC_ABI_DT_RELR", ""},
		"GLIBC_PRIVATE":       {"", "GLIBC_PRIVATE", ""},
		"CXXABI_TM_1":         {"", "CXXABI_TM", "1"},
		"GLIBCXX_LDBL_3.4.29": {"", "GLIBCXX_LDBL", "3.4.29"},
		"OPENSSL_3.0.0":       {"", "OPENSSL", "3.0.0"},
		"OPENSSL_1_1_0":       {"", "OPENSSL_1_1", "0"},
		"LIBXML2_":            {"", "LIBXML2_", ""},
		"_1":                  {"", "_1", ""},
		"libpq.so.5":          {"", "libpq.so.5", ""},
	} {
		set, number := splitVersion(text)
		if got := (Version{"", set, number}); got != want || got.String() != text {
			t.Errorf("%q is %+v, want %+v", text, got, want)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add(machoBytes(macho.CpuArm64, macho.TypeDylib, dylib(uint32(macho.LoadCmdDylib), "@rpath/liby.dylib"), command(cmdVersionMin, []uint32{10 << 16, 0}, "")))
	f.Add(fatBytes(machoBytes(macho.CpuAmd64, macho.TypeDylib), machoBytes(macho.CpuArm64, macho.TypeBundle)))
	f.Add(peBytes(pe.IMAGE_FILE_MACHINE_AMD64, []string{"a.dll"}, []string{"b.dll"}))
	f.Add(elfBytes(false, "libc.so.6", "GLIBC_2.28", "GLIBC_ABI_DT_RELR"))
	f.Add(elfBytes(true, "libc.so.6", "GLIBC_2.4"))
	f.Fuzz(func(t *testing.T, data []byte) {
		counting := &countingReader{r: bytes.NewReader(data)}
		got, err := Read(counting, int64(len(data)))
		if err != nil && got != nil {
			t.Errorf("both a file and %v", err)
		}
		if counting.bytes > maxRead {
			t.Errorf("%d bytes read of %d", counting.bytes, len(data))
		}
		if err == nil && got != nil && len(got.Machines) == 0 {
			t.Errorf("a file without a machine: %+v", got)
		}
		all := users(bytes.NewReader(data), int64(len(data)), func(Version) bool { return true })
		for v, names := range all {
			if len(names) > maxUsers {
				t.Errorf("%s has %d users", v, len(names))
			}
		}
	})
}

// elfBytes is an ELF library, 64-bit little-endian or 32-bit big-endian, that needs versions of a library.
func elfBytes(small bool, library string, versions ...string) []byte {
	var order binary.AppendByteOrder = binary.LittleEndian
	if small {
		order = binary.BigEndian
	}
	word := func(b []byte, values ...uint64) []byte {
		for _, v := range values {
			if small {
				b = order.AppendUint32(b, uint32(v))
			} else {
				b = order.AppendUint64(b, v)
			}
		}
		return b
	}
	header, entry := 64, 56
	if small {
		header, entry = 52, 32
	}
	strtab := []byte("\x00" + library + "\x00$ORIGIN/../x.libs:/opt/lib\x00")
	runPath := uint64(len(library) + 2)
	var need []byte
	need = order.AppendUint16(need, 1)
	need = order.AppendUint16(need, uint16(len(versions)))
	need = order.AppendUint32(need, 1)
	need = order.AppendUint32(need, 16)
	need = order.AppendUint32(need, 0)
	for i, v := range versions {
		next := uint32(16)
		if i == len(versions)-1 {
			next = 0
		}
		need = order.AppendUint32(need, 0)
		need = order.AppendUint16(need, 0)
		need = order.AppendUint16(need, uint16(i+2))
		need = order.AppendUint32(need, uint32(len(strtab)))
		need = order.AppendUint32(need, next)
		strtab = append(strtab, v+"\x00"...)
	}
	base := header + 2*entry
	names, needs := uint64(base), uint64(base+len(strtab))
	var dynamic []byte
	for _, pair := range [][2]uint64{
		{uint64(elf.DT_NEEDED), 1}, {uint64(elf.DT_RUNPATH), runPath}, {uint64(elf.DT_STRTAB), names}, {uint64(elf.DT_STRSZ), uint64(len(strtab))},
		{uint64(elf.DT_VERNEED), needs}, {uint64(elf.DT_VERNEEDNUM), 1}, {uint64(elf.DT_NULL), 0},
	} {
		dynamic = word(dynamic, pair[0], pair[1])
	}
	at := uint64(base + len(strtab) + len(need))
	total := at + uint64(len(dynamic))
	class, data, machine := byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB), elf.EM_X86_64
	if small {
		class, data, machine = byte(elf.ELFCLASS32), byte(elf.ELFDATA2MSB), elf.EM_PPC
	}
	b := append([]byte("\x7fELF"), class, data, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0)
	b = order.AppendUint16(b, uint16(elf.ET_DYN))
	b = order.AppendUint16(b, uint16(machine))
	b = order.AppendUint32(b, 1)
	b = word(b, 0, uint64(header), 0)
	b = order.AppendUint32(b, 0)
	for _, half := range []int{header, entry, 2, 0, 0, 0} {
		b = order.AppendUint16(b, uint16(half))
	}
	segment := func(kind elf.ProgType, offset, size uint64) {
		b = order.AppendUint32(b, uint32(kind))
		if !small {
			b = order.AppendUint32(b, uint32(elf.PF_R))
		}
		b = word(b, offset, offset, offset, size, size)
		if small {
			b = order.AppendUint32(b, uint32(elf.PF_R))
		}
		b = word(b, 4096)
	}
	segment(elf.PT_LOAD, 0, total)
	segment(elf.PT_DYNAMIC, at, uint64(len(dynamic)))
	return append(append(append(b, strtab...), need...), dynamic...)
}

func TestReadELF(t *testing.T) {
	want := &File{
		Format: ELF, Machines: []string{"x86_64"}, Needed: []string{"libc.so.6"}, RunPaths: []string{"$ORIGIN/../x.libs", "/opt/lib"},
		Symbols:  map[string]string{"GLIBC": "2.28", "GLIBC_ABI_DT_RELR": ""},
		Versions: []Version{{"libc.so.6", "GLIBC", "2.9"}, {"libc.so.6", "GLIBC", "2.28"}, {"libc.so.6", "GLIBC_ABI_DT_RELR", ""}},
	}
	if diff := cmp.Diff(want, read(t, elfBytes(false, "libc.so.6", "GLIBC_2.9", "GLIBC_2.28", "GLIBC_ABI_DT_RELR"))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	want.Machines, want.Versions, want.Symbols = []string{"ELF machine 20"}, want.Versions[:1], map[string]string{"GLIBC": "2.9"}
	if diff := cmp.Diff(want, read(t, elfBytes(true, "libc.so.6", "GLIBC_2.9"))); diff != "" {
		t.Errorf("32-bit big-endian (-want +got):\n%s", diff)
	}
}

// TestReadHostile changes bytes of sound files at random: whatever comes of it comes soon, and without a panic.
func TestReadHostile(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, sound := range [][]byte{
		elfBytes(false, "libc.so.6", "GLIBC_2.9", "GLIBC_2.28"), elfBytes(true, "libc.so.6", "GLIBC_2.9"),
		peBytes(pe.IMAGE_FILE_MACHINE_AMD64, []string{"a.dll"}, []string{"b.dll"}),
		fatBytes(machoBytes(macho.CpuAmd64, macho.TypeDylib, dylib(uint32(macho.LoadCmdDylib), "x"))),
	} {
		broken := 0
		for range 5000 {
			data := bytes.Clone(sound)
			for range 1 + random.IntN(4) {
				data[4+random.IntN(len(data)-4)] = byte(random.Uint32())
			}
			counting := &countingReader{r: bytes.NewReader(data)}
			if _, err := Read(counting, int64(len(data))); err != nil {
				broken++
			}
			if counting.bytes > maxRead {
				t.Fatalf("%d bytes read of %d", counting.bytes, len(data))
			}
		}
		if broken == 0 {
			t.Error("no change made a file that is refused")
		}
	}
}

// sparse is a file of zeroes but for its ends.
type sparse struct {
	head []byte
	size int64
}

func (s sparse) ReadAt(p []byte, offset int64) (int, error) {
	clear(p)
	if offset < int64(len(s.head)) {
		copy(p, s.head[offset:])
	}
	if offset+int64(len(p)) > s.size {
		return int(max(0, s.size-offset)), io.EOF
	}
	return len(p), nil
}

// TestReadLittle reads of a library as large as PyTorch's only what says what it needs.
func TestReadLittle(t *testing.T) {
	for name, head := range map[string][]byte{
		"ELF":    elfBytes(false, "libc.so.6", "GLIBC_2.28"),
		"Mach-O": machoBytes(macho.CpuArm64, macho.TypeDylib, dylib(uint32(macho.LoadCmdDylib), "x")),
		"PE":     peBytes(pe.IMAGE_FILE_MACHINE_AMD64, []string{"a.dll"}, nil),
	} {
		const size = 2 << 30
		counting := &countingReader{r: sparse{head, size}}
		f, err := Read(counting, size)
		if err != nil || len(f.Needed) != 1 {
			t.Errorf("%s: %+v, %v", name, f, err)
		}
		if counting.bytes > 32<<10 {
			t.Errorf("%s: %d bytes read", name, counting.bytes)
		}
	}
}

func BenchmarkRead(b *testing.B) {
	data := elfBytes(false, "libc.so.6", "GLIBC_2.9", "GLIBC_2.28", "GLIBC_2.34")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Read(bytes.NewReader(data), int64(len(data))); err != nil {
			b.Fatal(err)
		}
	}
}
