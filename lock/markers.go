package lock

import (
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/ofiuco/ofiuco/pypa/marker"
)

// markers parses the markers of one lock, each distinct text once: a lock of a thousand packages
// has a few dozen of them. The zero markers is ready to use.
type markers struct{ parsed map[string]*marker.Marker }

// parse is the marker that text says; nil, which always holds, for "".
func (ms *markers) parse(text string) (*marker.Marker, error) {
	if text == "" {
		return nil, nil
	}
	if m, ok := ms.parsed[text]; ok {
		return m, nil
	}
	m, err := marker.Parse(text)
	if err != nil {
		return nil, err
	}
	if ms.parsed == nil {
		ms.parsed = map[string]*marker.Marker{}
	}
	ms.parsed[text] = m
	return m, nil
}

// markerFacts shows where the syntax error err is in its marker, as two lines: the marker and a
// caret below the place. There are none for another error.
func markerFacts(err error) []string {
	var syntax *marker.SyntaxError
	if !errors.As(err, &syntax) {
		return nil
	}
	const shown = 60 // bytes either side of the place
	start, end := max(0, syntax.Offset-shown), min(len(syntax.Text), syntax.Offset+shown)
	if start > end {
		return nil
	}
	before, after := printable(syntax.Text[start:min(syntax.Offset, end)]), printable(syntax.Text[min(syntax.Offset, end):end])
	return []string{before + after, strings.Repeat(" ", utf8.RuneCountInString(before)) + "^"}
}

// printable is text with a "?" for every control character and invalid byte.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if r == utf8.RuneError || r < ' ' || r >= 0x7f && r < 0xa0 {
			return '?'
		}
		return r
	}, text)
}
