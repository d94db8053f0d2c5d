package tree

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// Pattern is a compiled glob that matches whole paths:
//   - "*" matches any run of characters without "/", also none;
//   - "**" (and a longer run of stars) matches any run of characters, also "/" and none;
//   - "?" matches one character, not "/";
//   - every other character, "[" and "]" too, matches itself.
//
// There are no other rules: "tests" matches the path "tests" alone, "**/tests/**" what is in any
// folder of that name below the first level, and "**.dist-info/**" what is in a dist-info folder at
// any level. A leading dot is nothing special. Paths are UTF-8, as those of a Tree are.
type Pattern struct {
	text   string
	needed string // the longest run of literals, which every match holds
	// A path is matched by running all states of the pattern at once, one bit a state: state i has
	// matched the tokens before i. The time is linear in the path, whatever the pattern.
	words   int // of 64 states
	last    int // the state that has matched every token
	star    mask
	slashed mask // the "**" among star
	any     mask // tokens that match a character no literal names: "?"
	literal map[rune]mask
	ascii   [utf8.RuneSelf]mask
}

// Patterns matches what any one of them matches.
type Patterns []*Pattern

type mask []uint64

func (m mask) set(bit int)      { m[bit/64] |= 1 << (bit % 64) }
func (m mask) has(bit int) bool { return m[bit/64]&(1<<(bit%64)) != 0 }

// CompilePatterns compiles globs.
func CompilePatterns(globs []string) Patterns {
	patterns := make(Patterns, len(globs))
	for i, glob := range globs {
		patterns[i] = CompilePattern(glob)
	}
	return patterns
}

// Match tells whether any of the patterns matches a whole path.
func (ps Patterns) Match(path string) bool {
	return slices.ContainsFunc(ps, func(p *Pattern) bool { return p.Match(path) })
}

// CompilePattern compiles a glob. Every text is one.
func CompilePattern(glob string) *Pattern {
	tokens := []rune(glob)
	p := &Pattern{text: glob, needed: longestLiteral(string(tokens)), words: len(tokens)/64 + 1, literal: map[rune]mask{}}
	p.star, p.slashed, p.any = make(mask, p.words), make(mask, p.words), make(mask, p.words)
	state := 0
	for i := 0; i < len(tokens); i++ {
		switch token := tokens[i]; token {
		case '*':
			run := i
			for i+1 < len(tokens) && tokens[i+1] == '*' {
				i++
			}
			p.star.set(state)
			if i > run {
				p.slashed.set(state)
			}
		case '?':
			p.any.set(state)
		default:
			if p.literal[token] == nil {
				p.literal[token] = make(mask, p.words)
			}
			p.literal[token].set(state)
		}
		state++
	}
	p.last = state
	p.fillTable()
	return p
}

func longestLiteral(glob string) string {
	longest := ""
	for _, run := range strings.FieldsFunc(glob, func(c rune) bool { return c == '*' || c == '?' }) {
		if len(run) > len(longest) {
			longest = run
		}
	}
	return longest
}

// fillTable joins literal and any, so that a step looks up one mask.
func (p *Pattern) fillTable() {
	none := make(mask, p.words)
	for c := range p.ascii {
		p.ascii[c] = p.any
	}
	p.ascii['/'] = none
	for c, places := range p.literal {
		if c != '/' {
			for word := range places {
				places[word] |= p.any[word]
			}
		}
		if c < utf8.RuneSelf {
			p.ascii[c] = places
		}
	}
}

// String is the glob.
func (p *Pattern) String() string { return p.text }

// Match tells whether the pattern matches a whole path.
func (p *Pattern) Match(path string) bool {
	if !strings.Contains(path, p.needed) {
		return false
	}
	var space [2]uint64
	states := mask(space[:])
	if p.words > len(space) {
		states = make(mask, p.words)
	}
	states = states[:p.words]
	states.set(0)
	p.skipStars(states)
	for _, c := range path {
		if !p.step(states, c) {
			return false
		}
	}
	return states.has(p.last)
}

// step moves states over a character and tells whether any is left.
func (p *Pattern) step(states mask, c rune) bool {
	stay := p.star
	if c == '/' {
		stay = p.slashed
	}
	accept := p.any
	if c < utf8.RuneSelf {
		accept = p.ascii[c]
	} else if places, found := p.literal[c]; found {
		accept = places
	}
	var carry, left uint64
	for i, word := range states {
		moved := word & accept[i]
		states[i] = moved<<1 | carry | word&stay[i]
		carry = moved >> 63
		left |= states[i]
	}
	if left == 0 {
		return false
	}
	p.skipStars(states)
	return true
}

// skipStars adds the states after a star that matches nothing. Two stars are never neighbours.
func (p *Pattern) skipStars(states mask) {
	var carry uint64
	for i, word := range states {
		skipped := word & p.star[i]
		states[i] = word | skipped<<1 | carry
		carry = skipped >> 63
	}
}
