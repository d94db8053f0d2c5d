package sdist

import (
	"io"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	// keptLines is how many of the last lines of a backend are searched for a cause, shownLines how many a message has.
	keptLines  = 2000
	shownLines = 20
	// maxLine is how much of a line is kept, in bytes: a compiler's command may be longer than what it says.
	maxLine = 600
)

// transcript keeps the last lines of what a backend says, fit for a message.
type transcript struct {
	to    io.Writer // gets everything as it is; may be nil
	lines []string
	line  []byte // the one that has not ended
}

// Write never fails: a backend does not end because nobody listens.
func (t *transcript) Write(p []byte) (int, error) {
	if t.to != nil {
		_, _ = t.to.Write(p)
	}
	for _, c := range p {
		switch {
		case c == '\n':
			t.end()
		case c == '\r': // a progress bar writes over itself; before a newline there is nothing to lose
			t.end()
		case len(t.line) < 4*maxLine:
			t.line = append(t.line, c)
		}
	}
	return len(p), nil
}

// end ends the line, if there is any.
func (t *transcript) end() {
	line := plain(string(t.line))
	t.line = t.line[:0]
	if line == "" {
		return
	}
	if len(t.lines) >= 2*keptLines {
		t.lines = append(t.lines[:0], t.lines[keptLines:]...)
	}
	t.lines = append(t.lines, line)
}

var (
	// escapes are the sequences by which programs colour a terminal (ECMA-48): CSI, OSC and the short ones.
	escapes = regexp.MustCompile("\x1b\\[[0-?]*[ -/]*[@-~]|\x1b\\][^\x07\x1b]*(\x07|\x1b\\\\)|\x1b[ -/]+[0-~]|\x1b[0-Z\\\\^-~]")
	// credentials are what stands before the host of a URL.
	credentials = regexp.MustCompile(`([a-zA-Z][a-zA-Z0-9+.-]*://)[^/\s'"@]*@`)
)

// plain is a line without what a terminal would obey, and without credentials.
func plain(line string) string {
	line = escapes.ReplaceAllString(line, "")
	line = strings.Map(func(r rune) rune {
		switch {
		case r == '\t':
			return ' '
		case unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == utf8.RuneError:
			return -1
		}
		return r
	}, line)
	line = credentials.ReplaceAllString(strings.TrimRight(line, " "), "$1")
	if len(line) > maxLine {
		cut := maxLine
		for cut > 0 && !utf8.RuneStart(line[cut]) {
			cut--
		}
		line = line[:cut] + "…"
	}
	return line
}
