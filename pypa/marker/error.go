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
	before, after := e.around()
	return fmt.Sprintf("%s at character %d of %q", e.Msg, utf8.RuneCountInString(e.Text[:e.Offset])+1, before+after)
}

// Caret shows the text and points at the place, in two lines without an end of line:
//
//	python_version >> "3.8"
//	                ^
//
// Control characters are escaped, and a long text is cut.
func (e *SyntaxError) Caret() string {
	before, after := e.around()
	before = printable(before)
	return before + printable(after) + "\n" + strings.Repeat(" ", utf8.RuneCountInString(before)) + "^"
}

// shown is how many characters of a text a message shows on each side of the place.
const shown = 60

// around is the text before and after the place; what is cut off is "…".
func (e *SyntaxError) around() (before, after string) {
	left, right := []rune(e.Text[:e.Offset]), []rune(e.Text[e.Offset:])
	if len(left) > shown {
		before, left = "…", left[len(left)-shown:]
	}
	if len(right) > shown {
		right = append(right[:shown:shown], '…')
	}
	return before + string(left), string(right)
}

// printable escapes what a terminal would not show as it is.
func printable(text string) string {
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
