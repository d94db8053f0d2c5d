package marker

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// SyntaxError points at the place in a marker, or in a requirement, that is wrong.
type SyntaxError struct {
	Text   string // the whole of it
	Offset int    // bytes before the place
	Msg    string // what is wrong there
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("%s at character %d of %.200q", e.Msg, utf8.RuneCountInString(e.Text[:e.Offset])+1, e.Text)
}

// around is how many characters Caret shows on each side of the place.
const around = 60

// Caret shows the text and points at the place, in two lines without an end of line:
//
//	python_version >> "3.8"
//	                ^
//
// Control characters are escaped, and a long text is cut.
func (e *SyntaxError) Caret() string {
	before, after := []rune(e.Text[:e.Offset]), []rune(e.Text[e.Offset:])
	var left, right string
	if len(before) > around {
		left, before = "…", before[len(before)-around:]
	}
	if len(after) > around {
		right, after = "…", after[:around]
	}
	left += printable(before)
	return left + printable(after) + right + "\n" + strings.Repeat(" ", utf8.RuneCountInString(left)) + "^"
}

func printable(text []rune) string {
	var b strings.Builder
	for _, r := range text {
		if strconv.IsPrint(r) {
			b.WriteRune(r)
		} else {
			b.WriteString(strings.Trim(strconv.QuoteRune(r), "'"))
		}
	}
	return b.String()
}
