package buildfile

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
)

// value is a Starlark expression, written as buildifier would.
type value interface {
	write(b *bytes.Buffer, indent string)
}

// text is a string literal in double quotes.
type text string

// jsonLiteral is a string literal that holds JSON. Single quotes keep it readable.
type jsonLiteral string

// boolean is True or False.
type boolean bool

// list is a list of strings.
type list []string

// dict is a dict of strings, which is written in the order of its keys.
type dict map[string]string

func (t text) write(b *bytes.Buffer, _ string)        { quote(b, string(t), '"') }
func (j jsonLiteral) write(b *bytes.Buffer, _ string) { quote(b, string(j), '\'') }

func (v boolean) write(b *bytes.Buffer, _ string) {
	if v {
		b.WriteString("True")
	} else {
		b.WriteString("False")
	}
}

// compatible is the value of target_compatible_with for what is compatible where a config_setting holds.
type compatible struct{ setting, incompatible text } // labels, the second of a constraint that no platform has

func (c compatible) write(b *bytes.Buffer, indent string) {
	b.WriteString("select({\n" + indent + "    ")
	c.setting.write(b, "")
	b.WriteString(": [],\n" + indent + "    \"//conditions:default\": [")
	c.incompatible.write(b, "")
	b.WriteString("],\n" + indent + "})")
}

func (l list) write(b *bytes.Buffer, indent string) {
	if len(l) == 1 {
		b.WriteByte('[')
		text(l[0]).write(b, "")
		b.WriteByte(']')
		return
	}
	b.WriteString("[\n")
	for _, item := range l {
		b.WriteString(indent + "    ")
		text(item).write(b, "")
		b.WriteString(",\n")
	}
	b.WriteString(indent + "]")
}

func (d dict) write(b *bytes.Buffer, indent string) {
	keys := make([]string, 0, len(d))
	for key := range d {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	b.WriteString("{\n")
	for _, key := range keys {
		b.WriteString(indent + "    ")
		text(key).write(b, "")
		b.WriteString(": ")
		if strings.HasPrefix(d[key], "{") {
			jsonLiteral(d[key]).write(b, "")
		} else {
			text(d[key]).write(b, "")
		}
		b.WriteString(",\n")
	}
	b.WriteString(indent + "}")
}

// quote writes a string literal. Escapes are those that every Bazel reads: of control characters the octal ones. All else
// stays: Bazel passes the bytes of a file on as they are.
func quote(b *bytes.Buffer, s string, mark byte) {
	b.WriteByte(mark)
	written := 0
	for i := range len(s) {
		c := s[i]
		if c >= ' ' && c != '\\' && c != mark && c != 0x7f {
			continue
		}
		b.WriteString(s[written:i])
		written = i + 1
		switch c {
		case '\n':
			b.WriteString(`\n`)
		case '\r':
			b.WriteString(`\r`)
		case '\t':
			b.WriteString(`\t`)
		case '\\', mark:
			b.WriteByte('\\')
			b.WriteByte(c)
		default:
			fmt.Fprintf(b, `\%03o`, c)
		}
	}
	b.WriteString(s[written:])
	b.WriteByte(mark)
}

// argument is a keyword argument of a call.
type argument struct {
	name  string
	value value
}

// call is the call of a rule. Arguments without a value are left out.
type call struct {
	rule      string
	arguments []argument
}

func (c call) write(b *bytes.Buffer) {
	slices.SortStableFunc(c.arguments, func(x, y argument) int {
		if d := place(x.name) - place(y.name); d != 0 {
			return d
		}
		return strings.Compare(x.name, y.name)
	})
	fmt.Fprintf(b, "\n%s(\n", c.rule)
	for _, a := range c.arguments {
		if isEmpty(a.value) {
			continue
		}
		fmt.Fprintf(b, "    %s = ", a.name)
		a.value.write(b, "    ")
		b.WriteString(",\n")
	}
	b.WriteString(")\n")
}

// place orders arguments as buildifier does: these three have places of their own, the others stand between them by the
// alphabet.
func place(argument string) int {
	switch argument {
	case "name":
		return 0
	case "srcs":
		return 1
	case "deps":
		return 3
	}
	return 2
}

func isEmpty(v value) bool {
	switch v := v.(type) {
	case text:
		return v == ""
	case jsonLiteral:
		return v == ""
	case list:
		return len(v) == 0
	case dict:
		return len(v) == 0
	}
	return v == nil
}
