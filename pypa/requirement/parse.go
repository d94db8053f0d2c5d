package requirement

import (
	"errors"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/ofiuco/ofiuco/pypa/marker"
	"github.com/ofiuco/ofiuco/pypa/name"
	"github.com/ofiuco/ofiuco/pypa/version"
)

// Parse reads a requirement. The error is a *SyntaxError.
//
//	requirement = space? name space? extras? space? (url | specifiers) (";" marker)?
//	url         = "@" space? text (space | end)
func Parse(s string) (Requirement, error) {
	p := parser{text: s}
	r, err := p.requirement()
	if err != nil {
		return Requirement{}, redacted(err)
	}
	return r, nil
}

// parser reads from pos on.
type parser struct {
	text string
	pos  int
}

func (p *parser) fail(offset int, msg string) error {
	return &SyntaxError{Text: p.text, Offset: offset, Msg: msg}
}

func (p *parser) requirement() (r Requirement, err error) {
	if !utf8.ValidString(p.text) {
		return r, p.fail(0, "text that is not UTF-8")
	}
	p.space()
	if r.Name, err = p.name("a package's name"); err != nil {
		return r, err
	}
	p.space()
	if r.Extras, err = p.extras(); err != nil {
		return r, err
	}
	p.space()
	expected := `expected ";" or the end`
	if p.char('@') {
		if r.URL, err = p.url(); err != nil {
			return r, err
		}
	} else {
		if r.Specifiers, err = p.specifiers(); err != nil {
			return r, err
		}
		if expected = `expected a version specifier, ";" or the end`; !r.Specifiers.IsZero() {
			expected = `expected ",", ";" or the end`
		}
	}
	p.space()
	if p.pos == len(p.text) {
		return r, nil
	}
	if !p.char(';') {
		return r, p.fail(p.pos, expected)
	}
	r.Marker, err = p.marker()
	return r, err
}

// name = alphanumeric ((alphanumeric | "." | "_" | "-")* alphanumeric)?
func (p *parser) name(what string) (name.Name, error) {
	start := p.pos
	for p.pos < len(p.text) && isName(p.text[p.pos]) {
		p.pos++
	}
	if p.pos == start {
		return "", p.fail(start, "expected "+what)
	}
	n, err := name.Parse(p.text[start:p.pos])
	if err != nil {
		return "", p.fail(start, what+" starts and ends with a letter or a digit")
	}
	return n, nil
}

func isName(c byte) bool {
	return 'a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9' || c == '.' || c == '_' || c == '-'
}

// extras = ("[" space? (name (space? "," space? name)*)? space? "]")?
func (p *parser) extras() ([]name.Name, error) {
	open := p.pos
	if !p.char('[') {
		return nil, nil
	}
	p.space()
	if p.char(']') {
		return nil, nil
	}
	var extras []name.Name
	for {
		extra, err := p.name("an extra's name")
		if err != nil {
			return nil, err
		}
		extras = append(extras, extra)
		p.space()
		if p.char(']') {
			slices.Sort(extras)
			return slices.Compact(extras), nil
		}
		if p.pos == len(p.text) {
			return nil, p.fail(open, "this bracket is never closed")
		}
		if !p.char(',') {
			return nil, p.fail(p.pos, `expected "," or "]"`)
		}
		p.space()
	}
}

// url reads what follows "@".
func (p *parser) url() (string, error) {
	p.space()
	rest := p.text[p.pos:]
	if end := strings.IndexAny(rest, " \t"); end >= 0 {
		rest = rest[:end]
	}
	if rest == "" {
		return "", p.fail(p.pos, `expected a URL after "@"`)
	}
	p.pos += len(rest)
	return rest, nil
}

// specifiers = many | "(" space? many space? ")"
// many       = (specifier (space? "," space? specifier)* ","?)?
func (p *parser) specifiers() (version.Specifiers, error) {
	open := p.pos
	parenthesis := p.char('(')
	p.space()
	start, end := p.pos, p.pos
	for p.specifier() {
		end = p.pos
		p.space()
		if !p.char(',') {
			break
		}
		p.space()
	}
	specifiers, err := version.ParseSpecifiers(p.text[start:end])
	if err != nil {
		return specifiers, p.failSpecifier(start, end, err)
	}
	if parenthesis {
		p.space()
		if p.pos == len(p.text) {
			return specifiers, p.fail(open, "this parenthesis is never closed")
		}
		if !p.char(')') {
			return specifiers, p.fail(p.pos, `expected "," or ")"`)
		}
	}
	return specifiers, nil
}

// failSpecifier points at the first specifier that is wrong; err is of them all.
func (p *parser) failSpecifier(start, end int, err error) error {
	for text := range strings.SplitSeq(p.text[start:end], ",") {
		if _, wrong := version.ParseSpecifiers(text); wrong != nil {
			err = wrong
			start += len(text) - len(strings.TrimLeftFunc(text, isSpace))
			break
		}
		start += len(text) + 1
	}
	if reason := errors.Unwrap(err); reason != nil {
		err = reason
	}
	return p.fail(start, "version specifier: "+err.Error())
}

// specifier skips one version specifier, and says whether there is one. A text after "===" may hold
// commas; a version ends at one.
func (p *parser) specifier() bool {
	rest := p.text[p.pos:]
	operator := len(rest) - len(strings.TrimLeft(rest, "<=>!~"))
	if operator == 0 {
		return false
	}
	ends := ",;)"
	if strings.HasPrefix(rest, "===") {
		operator, ends = len("==="), ";)"
	}
	start := operator + len(rest[operator:]) - len(strings.TrimLeftFunc(rest[operator:], isSpace))
	length := strings.IndexFunc(rest[start:], func(r rune) bool { return isSpace(r) || strings.ContainsRune(ends, r) })
	if length < 0 {
		length = len(rest) - start
	}
	p.pos += start + length
	return true
}

// marker reads what follows ";".
func (p *parser) marker() (*marker.Marker, error) {
	m, err := marker.Parse(p.text[p.pos:])
	var wrong *marker.SyntaxError
	if errors.As(err, &wrong) {
		return nil, p.fail(p.pos+wrong.Offset, wrong.Msg)
	}
	return m, err
}

func (p *parser) char(c byte) bool {
	if p.pos == len(p.text) || p.text[p.pos] != c {
		return false
	}
	p.pos++
	return true
}

// space skips spaces and tabs.
func (p *parser) space() {
	for p.pos < len(p.text) && (p.text[p.pos] == ' ' || p.text[p.pos] == '\t') {
		p.pos++
	}
}

// isSpace is Python's str.isspace for one character.
func isSpace(r rune) bool { return unicode.IsSpace(r) || 0x1c <= r && r <= 0x1f }

// redacted blots user and password of each URL out of an error's text.
func redacted(err error) error {
	var wrong *SyntaxError
	if !errors.As(err, &wrong) {
		return err
	}
	const slashes, blot = "://", "****"
	var text strings.Builder
	offset, rest := wrong.Offset, wrong.Text
	for {
		before, after, found := strings.Cut(rest, slashes)
		text.WriteString(before)
		if !found {
			return &SyntaxError{Text: text.String(), Offset: offset, Msg: wrong.Msg}
		}
		text.WriteString(slashes)
		authority := after
		if end := strings.IndexAny(authority, "/?# \t"); end >= 0 {
			authority = authority[:end]
		}
		rest = after
		if at := strings.LastIndexByte(authority, '@'); at >= 0 {
			start := len(wrong.Text) - len(after)
			if wrong.Offset >= start+at {
				offset += len(blot) - at
			} else if wrong.Offset > start {
				offset -= wrong.Offset - start
			}
			text.WriteString(blot)
			rest = after[at:]
		}
	}
}
