package lock

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/ofiuco/ofiuco/pypa/version"
)

// term is one comparison with a version. Poetry's own operators are gone by now: "^1.2" is the two
// terms ">=1.2" and "<2".
type term struct {
	op       string // "==", "!=", "<", "<=", ">" or ">="
	version  release
	wildcard bool // "==1.2.*"
}

// specifier is t in PEP 440's words.
func (t term) specifier() string {
	op, v := t.op, t.version
	switch {
	case t.wildcard:
		v.local = ""
		return op + v.String() + ".*"
	case v.local == "", op == "==", op == "!=":
		return op + v.String()
	case op == ">":
		op = ">=" // what is above 1.0+a includes 1.0+b, of which PEP 440 can only say 1.0
	case op == "<" && v.isUnstable():
		op = "<="
	}
	v.local = ""
	return op + v.String()
}

// parseAlternatives splits a constraint into its alternatives, each a list of terms that must all
// hold; an empty list allows every version.
func parseAlternatives(text string) ([][]term, error) {
	var alternatives [][]term
	for _, all := range splitAlternatives(text) {
		terms := []term{}
		for _, one := range splitTerms(strings.TrimRightFunc(strings.TrimRight(all, ","), unicode.IsSpace)) {
			parsed, err := parseTerm(one)
			if err != nil {
				return nil, err
			}
			terms = append(terms, parsed...)
		}
		alternatives = append(alternatives, terms)
	}
	return alternatives, nil
}

// splitAlternatives splits at "|" and "||" and the space around them.
func splitAlternatives(text string) []string {
	var parts []string
	for {
		before, after, found := strings.Cut(text, "|")
		parts = append(parts, strings.TrimSpace(before))
		if !found {
			return parts
		}
		text = strings.TrimPrefix(after, "|")
	}
}

// splitTerms splits at commas and spaces that stand between two terms: not after an operator
// ("> 1.0"), not beside a hyphen ("1.0 - 2.0", which is an error), not where nothing follows.
func splitTerms(text string) []string {
	var terms []string
	start := 0
	for i := 1; i < len(text); {
		end := separator(text, i)
		if end < 0 {
			i++
			continue
		}
		terms = append(terms, text[start:i])
		start, i = end, end
	}
	return append(terms, text[start:])
}

// separator is the end of the separator that starts at text[i], i > 0, or -1.
func separator(text string, i int) int {
	if strings.IndexByte("^~=>< ,", text[i-1]) >= 0 || text[i] != ' ' && text[i] != ',' {
		return -1
	}
	comma := i
	for comma < len(text) && text[comma] == ' ' {
		comma++
	}
	// The separating character is a comma after spaces, or else one of the spaces.
	for at := comma; at >= i; at-- {
		if at >= len(text) || text[at] != ',' && text[at] != ' ' || text[at-1] == '-' {
			continue
		}
		if at+1 < len(text) && text[at+1] == '-' {
			continue
		}
		if end, ok := skipSpaces(text, at+1); ok {
			return end
		}
	}
	return -1
}

// skipSpaces skips as many spaces from text[i] on as leave something other than a comma.
func skipSpaces(text string, i int) (end int, ok bool) {
	end = i
	for end < len(text) && text[end] == ' ' {
		end++
	}
	for ; end >= i; end-- {
		if end < len(text) && text[end] != ',' {
			return end, true
		}
	}
	return 0, false
}

// parseTerm reads one term, e.g. "^1.2"; none are returned for "*".
func parseTerm(text string) ([]term, error) {
	if isAny(text) {
		return nil, nil
	}
	op := operator(text)
	rest := strings.TrimLeftFunc(text[len(op):], unicode.IsSpace)
	stem, wildcard := cutWildcard(op, rest)
	if stem == "dev" && op != "^" && op != "~" && op != "~=" {
		stem = "0.0.dev0"
	}
	if stem == "" || unicode.IsSpace(rune(stem[len(stem)-1])) {
		return nil, fmt.Errorf("invalid version constraint %q", text)
	}
	parsed, err := version.Parse(stem)
	if err != nil {
		return nil, fmt.Errorf("invalid version constraint %q: %w", text, err)
	}
	v := releaseOf(parsed)
	switch op {
	case "^":
		return []term{{op: ">=", version: v}, {op: "<", version: v.nextBreaking()}}, nil
	case "~":
		return []term{{op: ">=", version: v}, {op: "<", version: v.bump(min(1, len(v.numbers)-1))}}, nil
	case "~=":
		return []term{{op: ">=", version: v}, {op: "<", version: v.bump(max(0, len(v.numbers)-2))}}, nil
	case "<", "<=", ">", ">=":
		return []term{{op: op, version: v}}, nil
	case "!=":
	default:
		op = "=="
	}
	if !wildcard {
		return []term{{op: op, version: v}}, nil
	}
	if v.isFinal() {
		return []term{{op: op, version: v, wildcard: true}}, nil
	}
	if op == "!=" {
		return nil, fmt.Errorf("invalid version constraint %q: a wildcard after a pre-, post- or development release", text)
	}
	first, end := v.family()
	return []term{{op: ">=", version: first}, {op: "<", version: end}}, nil
}

// isAny says whether text is "*", "x", "v*", "*.*", ….
func isAny(text string) bool {
	if text != "" && (text[0] == 'v' || text[0] == 'V') {
		text = text[1:]
	}
	for i := range len(text) {
		c := text[i]
		if i%2 == 0 && c != 'x' && c != 'X' && c != '*' || i%2 == 1 && c != '.' {
			return false
		}
	}
	return len(text)%2 == 1
}

// operator is the operator that text begins with, "" for none.
func operator(text string) string {
	for _, op := range []string{"^", "~=", "~", "<>", "!=", ">=", ">", "<=", "<", "==", "="} {
		if strings.HasPrefix(text, op) {
			return op
		}
	}
	return ""
}

// cutWildcard cuts ".*" off a version. More than one is allowed after at most three numbers.
func cutWildcard(op, text string) (stem string, wildcard bool) {
	if op == "^" || op == "~" || op == "~=" {
		return text, false
	}
	stem, wildcard = strings.CutSuffix(text, ".*")
	if op != "" && op != "==" && op != "!=" {
		return stem, wildcard
	}
	short := stem
	for strings.HasSuffix(short, ".*") {
		short = strings.TrimSuffix(short, ".*")
	}
	if strings.Count(short, ".") < 3 && strings.Trim(strings.TrimPrefix(short, "v"), "0123456789.") == "" {
		stem = short
	}
	return stem, wildcard
}
