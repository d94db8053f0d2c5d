package marker

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxDepth is how deep parentheses may nest.
const maxDepth = 100

// Parse reads a marker. The error is a *SyntaxError.
func Parse(s string) (*Marker, error) {
	p := parser{text: s}
	if !utf8.ValidString(s) {
		return nil, p.fail("text that is not UTF-8")
	}
	terms, err := p.list(0)
	if err != nil {
		return nil, err
	}
	if p.pos < len(s) {
		return nil, p.fail("expected \"and\", \"or\" or the end of the marker")
	}
	return &Marker{terms: terms, used: p.used}, nil
}

// parser reads from pos on.
type parser struct {
	text string
	pos  int
	used variables
}

func (p *parser) fail(msg string) error {
	return &SyntaxError{Text: p.text, Offset: p.pos, Msg: msg}
}

// list = term (("and" | "or") term)*
func (p *parser) list(depth int) (list, error) {
	var terms list
	or := false
	for {
		t, err := p.term(depth)
		if err != nil {
			return nil, err
		}
		t.or = or
		terms = append(terms, t)
		switch {
		case p.word("and"):
			or = false
		case p.word("or"):
			or = true
		default:
			return terms.unwrapped(), nil
		}
	}
}

// unwrapped drops parentheses around the whole list.
func (l list) unwrapped() list {
	if len(l) == 1 && l[0].group != nil {
		return l[0].group
	}
	return l
}

// term = space? ("(" list ")" | comparison) space?
func (p *parser) term(depth int) (t term, err error) {
	p.space()
	if p.char('(') {
		if depth == maxDepth {
			p.pos--
			return term{}, p.fail("marker is nested too deeply")
		}
		open := p.pos - 1
		group, err := p.list(depth + 1)
		if err != nil {
			return term{}, err
		}
		if !p.char(')') {
			if p.pos == len(p.text) {
				p.pos = open
				return term{}, p.fail("this parenthesis is never closed")
			}
			return term{}, p.fail(`expected "and", "or" or ")"`)
		}
		t.group = group
		if len(group) == 1 {
			t = group[0]
		}
	} else if t.comparison, err = p.comparison(); err != nil {
		return term{}, err
	}
	p.space()
	return t, nil
}

// comparison = operand space? operator space? operand
func (p *parser) comparison() (*comparison, error) {
	left, err := p.operand()
	if err != nil {
		return nil, err
	}
	p.space()
	operator, err := p.operator()
	if err != nil {
		return nil, err
	}
	p.space()
	right, err := p.operand()
	if err != nil {
		return nil, err
	}
	c := compare(left, operator, right)
	p.used = p.used.with(c.variable)
	return c, nil
}

// operand = variable | "'" [^']* "'" | '"' [^"]* '"'
func (p *parser) operand() (operand, error) {
	if v, n := p.variable(); v != unknown {
		p.pos += n
		return operand{variable: v}, nil
	}
	rest := p.text[p.pos:]
	if rest == "" || rest[0] != '"' && rest[0] != '\'' {
		return operand{}, p.fail("expected a variable or a quoted string")
	}
	end := strings.IndexByte(rest[1:], rest[0])
	if end < 0 {
		return operand{}, p.fail("this quote is never closed")
	}
	literal, err := unquote(rest[1 : 1+end])
	if err != nil {
		return operand{}, p.fail(err.Error())
	}
	p.pos += end + 2
	return operand{literal: literal}, nil
}

// variable finds the variable at pos, and the length of its spelling there.
func (p *parser) variable() (variable, int) {
	rest := p.text[p.pos:]
	end := wordEnd(rest)
	switch rest[:end] {
	case "os", "sys", "platform":
		if strings.HasPrefix(rest[end:], ".") {
			end += 1 + wordEnd(rest[end+1:])
		}
	}
	return variableSpelled(rest[:end]), end
}

var operators = [...]string{"===", "==", "~=", "!=", "<=", ">=", "<", ">"}

// operator = "===" | "==" | "~=" | "!=" | "<=" | ">=" | "<" | ">" | "in" | "not" space "in"
func (p *parser) operator() (string, error) {
	for _, operator := range operators {
		if strings.HasPrefix(p.text[p.pos:], operator) {
			p.pos += len(operator)
			return operator, nil
		}
	}
	if p.word("in") {
		return "in", nil
	}
	if p.word("not") {
		if !p.space() || !p.word("in") {
			return "", p.fail(`expected "in" after "not"`)
		}
		return "not in", nil
	}
	return "", p.fail("expected one of <=, <, !=, ==, >=, >, ~=, ===, in, not in")
}

// word skips a word, when it is the next one.
func (p *parser) word(word string) bool {
	rest := p.text[p.pos:]
	if !strings.HasPrefix(rest, word) || wordEnd(rest) != len(word) {
		return false
	}
	p.pos += len(word)
	return true
}

func (p *parser) char(c byte) bool {
	if p.pos == len(p.text) || p.text[p.pos] != c {
		return false
	}
	p.pos++
	return true
}

// space skips spaces and tabs, and says whether there were any.
func (p *parser) space() bool {
	start := p.pos
	for p.pos < len(p.text) && (p.text[p.pos] == ' ' || p.text[p.pos] == '\t') {
		p.pos++
	}
	return p.pos > start
}

// wordEnd is the length of the word that s begins with: letters, numbers and "_" of any script.
func wordEnd(s string) int {
	for i, r := range s {
		if r != '_' && !('a' <= r && r <= 'z') && !unicode.IsLetter(r) && !unicode.IsNumber(r) {
			return i
		}
	}
	return len(s)
}
