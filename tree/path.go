package tree

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// The longest names that the file systems of Linux, macOS and Windows hold.
const (
	maxPath    = 4096 // bytes
	maxElement = 255  // bytes
)

// PathError is a path that no Tree may hold.
type PathError struct {
	Path   string
	Reason string
}

func (e *PathError) Error() string {
	return fmt.Sprintf("path %q %s", shorten(e.Path), e.Reason)
}

// CollisionError is a path that two owners want for different things.
type CollisionError struct {
	Path   string
	Owners [2]string // the first brought the file at Path
	Folder bool      // the second has files under Path; else a file there with other bytes
}

func (e *CollisionError) Error() string {
	if e.Folder {
		return fmt.Sprintf("%q is a file of %s and a folder of %s: leave one of them out",
			e.Path, e.Owners[0], e.Owners[1])
	}
	if e.Owners[0] == e.Owners[1] {
		return fmt.Sprintf("%s brings two different files to %q", e.Owners[0], e.Path)
	}
	return fmt.Sprintf("%s and %s bring different files to %q: leave one of them out",
		e.Owners[0], e.Owners[1], e.Path)
}

// CheckPath refuses, as a *PathError, a path that
//   - is empty, is not UTF-8 or holds a control character or a backslash (a folder's end on Windows);
//   - is absolute, also in the way of Windows ("C:x");
//   - has an element that is empty, "." or "..", so that it is not clean or leaves its root;
//   - is longer than 4096 bytes or has an element longer than 255.
func CheckPath(path string) error {
	if reason := pathFault(path); reason != "" {
		return &PathError{path, reason}
	}
	return nil
}

func pathFault(path string) string {
	switch {
	case path == "":
		return "is empty"
	case len(path) > maxPath:
		return fmt.Sprintf("is longer than %d bytes", maxPath)
	case path[0] == '/':
		return "is absolute"
	case len(path) > 1 && path[1] == ':' && isLetter(path[0]):
		return "begins with a drive letter"
	case !utf8.ValidString(path):
		return "is not UTF-8"
	}
	start := 0
	for i := 0; i < len(path); i++ {
		switch c := path[i]; {
		case c < ' ' || c == 0x7f:
			return "holds a control character"
		case c == '\\':
			return "holds a backslash"
		case c == '/':
			if reason := elementFault(path[start:i]); reason != "" {
				return reason
			}
			start = i + 1
		}
	}
	return elementFault(path[start:])
}

func elementFault(element string) string {
	switch {
	case element == "":
		return "has an empty element"
	case element == "." || element == "..":
		return "is not clean: it has an element " + element
	case len(element) > maxElement:
		return fmt.Sprintf("has an element longer than %d bytes", maxElement)
	}
	return ""
}

func isLetter(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

// shorten cuts a long text in the middle, for messages.
func shorten(text string) string {
	const most = 120
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most/2], "") + "…" + strings.ToValidUTF8(text[len(text)-most/2:], "")
}
