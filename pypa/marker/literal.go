package marker

import (
	"errors"
	"strings"
	"unicode/utf8"
)

// unquote is the value of a Python string literal, given what stands between its quotes.
func unquote(s string) (string, error) {
	if strings.ContainsAny(s, "\n\r\x00") && !onlyContinued(s) {
		return "", errors.New("a quoted string contains an end of line or a NUL")
	}
	if strings.IndexByte(s, '\\') < 0 {
		return s, nil
	}
	var b strings.Builder
	for s != "" {
		plain, escape, ok := strings.Cut(s, `\`)
		b.WriteString(plain)
		if !ok {
			break
		}
		value, length, err := unescape(escape)
		if err != nil {
			return "", err
		}
		b.WriteString(value)
		s = escape[length:]
	}
	return b.String(), nil
}

// onlyContinued says whether s has no NUL, and a backslash before each end of line.
func onlyContinued(s string) bool {
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			if strings.HasPrefix(s[i+1:], "\r\n") {
				i++
			}
			i++
		case '\n', '\r', 0:
			return false
		}
	}
	return strings.IndexByte(s, 0) < 0
}

// unescape is the value of the escape that follows a backslash, and its length.
func unescape(s string) (value string, length int, err error) {
	if s == "" {
		return "", 0, errors.New("a quoted string ends in a backslash")
	}
	switch s[0] {
	case '\\', '\'', '"':
		return s[:1], 1, nil
	case 'a':
		return "\a", 1, nil
	case 'b':
		return "\b", 1, nil
	case 'f':
		return "\f", 1, nil
	case 'n':
		return "\n", 1, nil
	case 'r':
		return "\r", 1, nil
	case 't':
		return "\t", 1, nil
	case 'v':
		return "\v", 1, nil
	case '\n':
		return "", 1, nil
	case 'x':
		return unescapeHex(s, 2)
	case 'u':
		return unescapeHex(s, 4)
	case 'U':
		return unescapeHex(s, 8)
	case 'N':
		return "", 0, errors.New(`"\N" is not supported in a quoted string`)
	case '0', '1', '2', '3', '4', '5', '6', '7':
		r := rune(0)
		for length < 3 && length < len(s) && '0' <= s[length] && s[length] <= '7' {
			r = 8*r + rune(s[length]-'0')
			length++
		}
		return string(r), length, nil
	case '\r':
		if strings.HasPrefix(s, "\r\n") {
			return "", 2, nil
		}
		return "", 1, nil
	}
	return `\`, 0, nil // Python keeps the backslash of an escape that it doesn't know
}

// unescapeHex reads the digits after "x", "u" or "U".
func unescapeHex(s string, digits int) (value string, length int, err error) {
	r := rune(0)
	for i := 1; i <= digits; i++ {
		if i == len(s) {
			return "", 0, errors.New(`a quoted string has an incomplete "\` + s[:1] + `"`)
		}
		d := strings.IndexByte("0123456789abcdef", s[i]|0x20)
		if d < 0 || r > utf8.MaxRune {
			return "", 0, errors.New(`a quoted string has an incorrect "\` + s[:1] + `"`)
		}
		r = 16*r + rune(d)
	}
	if !utf8.ValidRune(r) {
		return "", 0, errors.New(`a quoted string has an incorrect "\` + s[:1] + `"`)
	}
	return string(r), digits + 1, nil
}

// writeLiteral quotes s as packaging does. What packaging cannot write so that it reads the same
// again, a value with both quotes or with escapes, is written with escapes.
func writeLiteral(b *strings.Builder, s string) {
	quote := byte('"')
	if strings.IndexByte(s, '"') >= 0 {
		quote = '\''
	}
	b.WriteByte(quote)
	if value, err := unquote(s); err == nil && value == s && strings.IndexByte(s, quote) < 0 {
		b.WriteString(s)
	} else {
		writeEscaped(b, s)
	}
	b.WriteByte(quote)
}

func writeEscaped(b *strings.Builder, s string) {
	const hex = "0123456789abcdef"
	for i := range len(s) {
		switch c := s[i]; c {
		case '\\', '\'', '"', '\n', '\r', 0:
			b.WriteString(`\x`)
			b.WriteByte(hex[c>>4])
			b.WriteByte(hex[c&0xf])
		default:
			b.WriteByte(c)
		}
	}
}
