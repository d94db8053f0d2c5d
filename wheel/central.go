package wheel

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/ofiuco/ofiuco/internal/quoted"
	"github.com/ofiuco/ofiuco/tree"
)

// maxDirectory is the largest central directory that is read, in bytes, and maxMembers the most members and
// rows of RECORD: ten times what the largest wheels have.
const (
	maxDirectory = 32 << 20
	maxMembers   = 1 << 18
)

// Compression methods and general purpose flags (APPNOTE.TXT 4.4.4, 4.4.5).
const (
	methodStored   = 0
	methodDeflated = 8

	flagEncrypted  = 1 << 0
	flagDescriptor = 1 << 3
	flagUTF8       = 1 << 11
	// flagsKnown are these, and the two that say how hard the compressor tried.
	flagsKnown = 1<<1 | 1<<2 | flagDescriptor | flagUTF8
)

// Unix file types in the upper half of the external attributes (stat.h).
const (
	typeMask    = 0o170000
	typeRegular = 0o100000
	typeFolder  = 0o040000
)

// member is a file or folder of the archive, as its central header describes it.
type member struct {
	name           string // as written: a folder's ends in "/"
	flags, method  uint16
	crc            uint32
	compressedSize int64
	size           int64
	offset         int64 // of the local header
	end            int64 // of what belongs to it: the next local header, or the central directory
	executable     bool
}

func (m *member) folder() bool { return strings.HasSuffix(m.name, "/") }

// readMembers reads the central directory. Members come out in file order.
func readMembers(r io.ReaderAt, size int64) ([]member, error) {
	dir, err := findDirectory(r, size)
	if err != nil {
		return nil, err
	}
	if dir.size > maxDirectory {
		return nil, refuse("", "has a central directory of %d bytes, more than %d", dir.size, maxDirectory)
	}
	if dir.count > maxMembers {
		return nil, refuse("", "has %d members, more than %d", dir.count, maxMembers)
	}
	data := make([]byte, dir.size)
	if err := readAt(r, data, dir.offset); err != nil {
		return nil, err
	}
	members := make([]member, 0, min(dir.count, uint64(dir.size/centralSize)))
	for len(data) > 0 {
		m, n, err := parseCentral(data)
		if err != nil {
			return nil, err
		}
		if len(members) == cap(members) {
			return nil, refuse("", "has more members in its central directory than the %d that its end record says", dir.count)
		}
		members = append(members, m)
		data = data[n:]
	}
	if uint64(len(members)) != dir.count {
		return nil, refuse("", "has %d members in its central directory, but its end record says %d", len(members), dir.count)
	}
	if err := lineUp(members, dir.offset); err != nil {
		return nil, err
	}
	return members, checkPaths(members)
}

// parseCentral reads the central header at the start of data, and says how long it is.
func parseCentral(data []byte) (member, int, error) {
	if len(data) < centralSize || le.Uint32(data) != centralSignature {
		return member{}, 0, refuse("", "has bytes in its central directory that are no header")
	}
	nameEnd := centralSize + int(le.Uint16(data[28:]))
	extraEnd := nameEnd + int(le.Uint16(data[30:]))
	end := extraEnd + int(le.Uint16(data[32:]))
	if end > len(data) {
		return member{}, 0, refuse("", "has a header in its central directory that is longer than that")
	}
	m := member{
		name:           string(data[centralSize:nameEnd]),
		flags:          le.Uint16(data[8:]),
		method:         le.Uint16(data[10:]),
		crc:            le.Uint32(data[16:]),
		compressedSize: int64(le.Uint32(data[20:])),
		size:           int64(le.Uint32(data[24:])),
		offset:         int64(le.Uint32(data[42:])),
	}
	extra, err := parseExtra(data[nameEnd:extraEnd])
	if err == nil {
		err = extra.checkName(m.name)
	}
	if err == nil {
		err = extra.widen(&m.size, &m.compressedSize, &m.offset)
	}
	if err == nil {
		err = m.check(le.Uint16(data[34:]), le.Uint32(data[38:]))
	}
	if err != nil {
		return member{}, 0, refuse(m.name, "%v", err)
	}
	return m, end, nil
}

// check looks at the header alone; disk and attributes are fields of it.
func (m *member) check(disk uint16, attributes uint32) error {
	switch {
	case disk != 0:
		return fmt.Errorf("is in another part of an archive of several")
	case m.flags&flagEncrypted != 0:
		return fmt.Errorf("is encrypted")
	case m.flags&^flagsKnown != 0:
		return fmt.Errorf("has general purpose flags that no wheel has: %#04x", m.flags)
	case m.method != methodStored && m.method != methodDeflated:
		return fmt.Errorf("has compression method %d; a wheel's are stored (0) or deflated (8)", m.method)
	case m.method == methodStored && m.size != m.compressedSize:
		return fmt.Errorf("is stored, but has two sizes: %d and %d bytes", m.size, m.compressedSize)
	case m.folder() && m.size != 0:
		return fmt.Errorf("is a folder with %d bytes of its own", m.size)
	case m.flags&flagUTF8 == 0 && !ascii(m.name):
		return fmt.Errorf("has a name that is neither ASCII nor marked as UTF-8, so that readers differ on it")
	}
	mode := attributes >> 16
	switch mode & typeMask {
	case 0:
	case typeRegular:
		m.executable = mode&0o111 != 0
	case typeFolder:
		if !m.folder() {
			return fmt.Errorf("has a folder's mode (%#o), but a file's name", mode)
		}
	default:
		return fmt.Errorf("is a link, device, pipe or socket (mode %#o); wheels have files only", mode)
	}
	return nil
}

// lineUp sorts members into file order, and checks that each begins where the one before can end and
// that nothing stands before the first. Where each really ends is for its local header to say.
func lineUp(members []member, end int64) error {
	byOffset := func(a, b member) int { return int(min(max(a.offset-b.offset, -1), 1)) }
	if !slices.IsSortedFunc(members, byOffset) {
		slices.SortStableFunc(members, byOffset)
	}
	if len(members) == 0 {
		return refuse("", "has no members")
	}
	if first := &members[0]; first.offset != 0 {
		return refuse("", "has %d bytes before its first member", first.offset)
	}
	for i := range members {
		m := &members[i]
		m.end = end
		if i+1 < len(members) {
			m.end = members[i+1].offset
		}
		room := m.end - m.offset - localSize - int64(len(m.name))
		if room < 0 || m.compressedSize > room {
			return refuse(m.name, "overlaps what follows it in the archive")
		}
	}
	return nil
}

// checkPaths refuses paths that no Tree may hold, or of which one is a file and a folder of another.
func checkPaths(members []member) error {
	paths := make([]string, len(members))
	for i := range members {
		paths[i] = members[i].name
		if err := tree.CheckPath(strings.TrimSuffix(paths[i], "/")); err != nil {
			return refuse(paths[i], "%v", err)
		}
	}
	slices.SortFunc(paths, tree.ComparePaths)
	for i := range len(paths) - 1 {
		path, next := paths[i], paths[i+1]
		if rest, found := strings.CutPrefix(next, path); found && strings.HasPrefix(rest, "/") {
			return refuse(path, "is a file, and a folder of %s", quoted.Always(next))
		}
	}
	return nil
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}
