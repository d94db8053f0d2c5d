package wheel

import (
	"errors"
	"fmt"

	"github.com/ofiuco/ofiuco/internal/quoted"
)

// IDs of extra fields (APPNOTE.TXT 4.5.2, 4.6.9).
const (
	extraZip64       = 0x0001
	extraUnicodePath = 0x7075
)

// extra is the extra fields of a header that change how the rest of it is read.
type extra struct {
	zip64       []byte // nil when there is none
	unicodePath []byte
}

var errExtra = errors.New("has extra fields that are malformed")

// parseExtra reads the extra fields of a header.
func parseExtra(data []byte) (extra, error) {
	var e extra
	for len(data) > 0 {
		if len(data) < 4 || len(data)-4 < int(le.Uint16(data[2:])) {
			return extra{}, errExtra
		}
		end := 4 + int(le.Uint16(data[2:]))
		field := data[4:end:end]
		var known *[]byte
		switch le.Uint16(data) {
		case extraZip64:
			known = &e.zip64
		case extraUnicodePath:
			known = &e.unicodePath
		}
		if known != nil {
			if *known != nil {
				return extra{}, errExtra
			}
			*known = field
		}
		data = data[end:]
	}
	return e, nil
}

// checkName holds the Unicode path, which some readers prefer to the header's name, to that name.
func (e *extra) checkName(name string) error {
	const start = 5 // a version and the CRC-32 of the name
	if e.unicodePath == nil || len(e.unicodePath) >= start && string(e.unicodePath[start:]) == name {
		return nil
	}
	return fmt.Errorf("has a second name in an extra field: %s", quoted.Always(string(e.unicodePath[min(start, len(e.unicodePath)):])))
}

// widen replaces, in the order of the specification, the fields that a header leaves to zip64. The zip64
// field must have these and no others.
func (e *extra) widen(fields ...*int64) error {
	rest := e.zip64
	for _, field := range fields {
		if *field != 1<<32-1 {
			continue
		}
		if len(rest) < 8 || le.Uint64(rest) > 1<<62 {
			return errors.New("has a zip64 field that lacks a size or an offset")
		}
		*field = int64(le.Uint64(rest))
		rest = rest[8:]
	}
	if len(rest) > 0 {
		return errors.New("has a zip64 field with more sizes than its header leaves to it")
	}
	return nil
}
