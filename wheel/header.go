package wheel

import "strings"

// header is a field of METADATA or WHEEL.
type header struct{ name, value string }

// headers are the fields of such a file, in its order.
type headers []header

// parseHeaders reads the header of a message as Python's email.parser does with its default policy, which
// is how METADATA and WHEEL are defined. It reads on over what is malformed, as that does: the header ends
// at the first line that can be no part of it.
func parseHeaders(text string) headers {
	var all headers
	var value []string // the lines of the field that is read, the first with its name
	flush := func() {
		if value == nil {
			return
		}
		name, first, _ := strings.Cut(value[0], ":")
		value[0] = strings.TrimLeft(first, " \t")
		all = append(all, header{name, strings.TrimRight(strings.Join(value, ""), "\r\n")})
		value = nil
	}
	for text != "" {
		line := firstLine(text)
		text = text[len(line):]
		switch {
		case line[0] == ' ' || line[0] == '\t':
			if value != nil {
				value = append(value, line)
			}
		case strings.HasPrefix(line, "From "): // an mbox's separator
			flush()
		default:
			colon := strings.IndexByte(line, ':')
			if colon < 0 || !isFieldName(line[:colon]) {
				flush()
				return all
			}
			flush()
			if colon > 0 {
				value = []string{line}
			}
		}
	}
	flush()
	return all
}

// firstLine is the first line of text, with what ends it: "\n", "\r" or "\r\n".
func firstLine(text string) string {
	end := strings.IndexAny(text, "\r\n")
	switch {
	case end < 0:
		return text
	case strings.HasPrefix(text[end:], "\r\n"):
		return text[:end+2]
	}
	return text[:end+1]
}

// isFieldName says whether s holds only what a field's name may (RFC 5322, 3.6.8).
func isFieldName(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] >= 0x7f {
			return false
		}
	}
	return true
}

// get is the value of the first field of a name, in any case; "" when there is none.
func (h headers) get(name string) string {
	for _, field := range h {
		if strings.EqualFold(field.name, name) {
			return field.value
		}
	}
	return ""
}

// all are the values of the fields of a name.
func (h headers) all(name string) []string {
	var values []string
	for _, field := range h {
		if strings.EqualFold(field.name, name) {
			values = append(values, field.value)
		}
	}
	return values
}
