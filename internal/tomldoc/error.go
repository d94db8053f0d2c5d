package tomldoc

import (
	"bytes"
	"fmt"
	"unicode/utf8"
)

// Error is what is wrong with a document and where.
type Error struct {
	Line   int
	Column int // of a syntax error, in bytes from 1; 0 for others
	Msg    string
	Cause  Cause
}

func (e *Error) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.Msg) }

// Cause is what probably happened to a file that is no TOML document, for a hint.
type Cause uint8

// The causes.
const (
	Unknown  Cause = iota
	Conflict       // an unresolved git merge
	HTML           // a web page, e.g. of a login, in place of the file
	Encoding       // not UTF-8, or NUL bytes
)

// conflictMarkers begin the lines that git writes into a file it cannot merge.
var conflictMarkers = []string{"<<<<<<< ", "||||||| ", "=======\n", ">>>>>>> "}

// explain replaces the error of a document by a better one where something is plainly the cause.
func explain(data []byte, err *Error) *Error {
	if offset := invalidUTF8(data); offset >= 0 {
		return &Error{Line: lineAt(data, offset), Msg: "not UTF-8 text", Cause: Encoding}
	}
	if offset := bytes.IndexByte(data, 0); offset >= 0 {
		return &Error{Line: lineAt(data, offset), Msg: "a NUL byte in a text file", Cause: Encoding}
	}
	if bytes.HasPrefix(data, []byte("\ufeff")) {
		return &Error{Line: 1, Msg: "a byte order mark, which TOML does not allow", Cause: Encoding}
	}
	if text := bytes.TrimSpace(data); len(text) > 0 && text[0] == '<' && !bytes.HasPrefix(text, []byte("<<<")) {
		return &Error{Line: err.Line, Msg: "an HTML or XML page where TOML should be", Cause: HTML}
	}
	if marker, offset := conflict(data); offset >= 0 {
		return &Error{Line: lineAt(data, offset), Msg: fmt.Sprintf("a line of a git merge conflict, %q", marker), Cause: Conflict}
	}
	return err
}

// conflict is the first conflict marker and its offset, -1 when there is none.
func conflict(data []byte) (string, int) {
	for offset := 0; offset < len(data); {
		for _, marker := range conflictMarkers {
			if bytes.HasPrefix(data[offset:], []byte(marker)) {
				return marker[:7], offset
			}
		}
		end := bytes.IndexByte(data[offset:], '\n')
		if end < 0 {
			break
		}
		offset += end + 1
	}
	return "", -1
}

// invalidUTF8 is the offset of the first byte that is not UTF-8, -1 when all is.
func invalidUTF8(data []byte) int {
	for i := 0; i < len(data); {
		r, size := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return -1
}

func lineAt(data []byte, offset int) int { return 1 + bytes.Count(data[:offset], []byte{'\n'}) }
