package tomldoc

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/pelletier/go-toml/v2/unstable"
)

// narrow is how many keys of a table are searched one by one.
const narrow = 12

// maxValues bounds the memory that a document takes, at about 300 bytes a value. The largest real locks
// have 30,000 values.
const maxValues = 1 << 20

// state is what the document has done with a table so far, which decides what it may still do.
type state uint8

const (
	open    state = iota // made on the way to another table; a header may still define it
	dotted               // made by a dotted key: only dotted keys beside it extend it
	defined              // defined by its header: only headers of tables within extend it
	closed               // an inline table or array: nothing extends it
	list                 // an array of tables: [[header]] appends to it
)

// Parse reads a document. Errors are *Error. The parser below bounds its recursion itself, at more
// than MaxDepth.
func Parse(data []byte) (*Document, error) {
	if bytes.IndexByte(data, '\r') >= 0 {
		// So that newlines within strings are the same on every platform.
		data = bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n"))
		if offset := bytes.IndexByte(data, '\r'); offset >= 0 {
			return nil, explain(data, &Error{Line: lineAt(data, offset), Msg: "a carriage return without a newline"})
		}
	}
	if tooMany(data) {
		return nil, explain(data, &Error{Line: 1, Msg: fmt.Sprintf("more than %d values", maxValues)})
	}
	b := &builder{text: string(data), data: data, line: 1}
	b.d = &Document{nodes: make([]node, root+1, root+1+len(data)/48)}
	b.d.nodes[root] = node{kind: TableKind, line: 1, state: defined, read: asked}
	b.parser.Reset(data)
	table := int32(root)
	for b.parser.NextExpression() {
		var err *Error
		switch e := b.parser.Expression(); e.Kind {
		case unstable.KeyValue:
			err = b.keyValue(table, e, 1)
		case unstable.Table:
			table, err = b.header(e)
		case unstable.ArrayTable:
			table, err = b.arrayHeader(e)
		}
		if err != nil {
			return nil, err
		}
	}
	if err := b.parser.Error(); err != nil {
		return nil, b.syntaxError(err)
	}
	return b.d, nil
}

// tooMany says whether a document may hold more than maxValues: each has a sign of its own before or after
// it. Those within strings and comments are counted, too, since the parser reads whole arrays at once.
func tooMany(data []byte) bool {
	signs := 0
	for _, sign := range []byte(",=[") {
		signs += bytes.Count(data, []byte{sign})
	}
	return signs > maxValues
}

// builder makes a Document of the parser's expressions.
type builder struct {
	d      *Document
	parser unstable.Parser
	data   []byte
	text   string // data: what strings without escapes are slices of

	// line is that of offset. Both only grow, since expressions are visited in file order.
	line, offset int
	keys         []part
}

// part is one part of a dotted key.
type part struct {
	name string
	line int32
}

// lineOf is the line of a place at or after the last one asked for.
func (b *builder) lineOf(r unstable.Range) int32 {
	if to := int(r.Offset); to > b.offset {
		b.line += bytes.Count(b.data[b.offset:to], []byte{'\n'})
		b.offset = to
	}
	return int32(b.line)
}

// key is the dotted key of an expression, valid until the next call.
func (b *builder) key(it unstable.Iterator) []part {
	b.keys = b.keys[:0]
	for it.Next() {
		b.keys = append(b.keys, part{b.content(it.Node()), b.lineOf(it.Node().Raw)})
	}
	return b.keys
}

// content is the content of a key or string: a slice of the input, unless it has escapes.
func (b *builder) content(n *unstable.Node) string {
	start, size := int(n.Raw.Offset), int(n.Raw.Length)
	switch raw := b.text[start : start+size]; {
	case len(n.Data) == size:
		return raw
	case len(n.Data) == size-2: // an escape is longer than what it stands for
		return raw[1 : size-1]
	}
	return string(n.Data)
}

// add appends a node to its parent's children.
func (b *builder) add(parent int32, n node) int32 {
	i := int32(len(b.d.nodes))
	n.parent = parent
	b.d.nodes = append(b.d.nodes, n)
	p := &b.d.nodes[parent]
	if p.last == 0 {
		p.first = i
	} else {
		b.d.nodes[p.last].next = i
	}
	p.last = i
	p.count++
	switch {
	case p.kind != TableKind || p.count <= narrow:
	case p.count == narrow+1:
		if b.d.wide == nil {
			b.d.wide = map[wideKey]int32{}
		}
		for c := p.first; c != 0; c = b.d.nodes[c].next {
			b.d.wide[wideKey{parent, b.d.nodes[c].key}] = c
		}
	default:
		b.d.wide[wideKey{parent, n.key}] = i
	}
	return i
}

// enter is the table that a part of a header leads to on the way to its last part.
func (b *builder) enter(table int32, key part) (int32, *Error) {
	i := b.d.find(table, key.name)
	if i == 0 {
		return b.add(table, node{key: key.name, line: key.line, kind: TableKind, state: open}), nil
	}
	switch n := &b.d.nodes[i]; {
	case n.state == list:
		return n.last, nil
	case n.kind == TableKind && n.state != closed:
		return i, nil
	}
	return 0, b.taken(i, key)
}

// header is the table that [a.b.c] opens.
func (b *builder) header(e *unstable.Node) (int32, *Error) {
	table, last, err := b.headerKey(e)
	if err != nil {
		return 0, err
	}
	i := b.d.find(table, last.name)
	if i == 0 {
		return b.add(table, node{key: last.name, line: last.line, kind: TableKind, state: defined}), nil
	}
	n := &b.d.nodes[i]
	if n.kind != TableKind || n.state != open {
		return 0, b.taken(i, last)
	}
	n.state, n.line = defined, last.line
	return i, nil
}

// arrayHeader is the table that [[a.b.c]] appends.
func (b *builder) arrayHeader(e *unstable.Node) (int32, *Error) {
	table, last, err := b.headerKey(e)
	if err != nil {
		return 0, err
	}
	i := b.d.find(table, last.name)
	if i == 0 {
		i = b.add(table, node{key: last.name, line: last.line, kind: Array, state: list})
	} else if b.d.nodes[i].state != list {
		return 0, b.taken(i, last)
	}
	return b.add(i, node{line: last.line, kind: TableKind, state: defined}), nil
}

// headerKey is the table that all but the last part of a header's key lead to, and that part.
func (b *builder) headerKey(e *unstable.Node) (int32, part, *Error) {
	keys := b.key(e.Key())
	table, last := int32(root), keys[len(keys)-1]
	if len(keys) > MaxDepth {
		return 0, last, tooDeep(int(last.line))
	}
	for _, key := range keys[:len(keys)-1] {
		var err *Error
		if table, err = b.enter(table, key); err != nil {
			return 0, last, err
		}
	}
	return table, last, nil
}

// keyValue adds the value of a possibly dotted key to a table that is depth deep.
func (b *builder) keyValue(table int32, e *unstable.Node, depth int) *Error {
	keys := b.key(e.Key())
	last := keys[len(keys)-1]
	depth += len(keys)
	if depth > MaxDepth {
		return tooDeep(int(last.line))
	}
	for _, key := range keys[:len(keys)-1] {
		i := b.d.find(table, key.name)
		switch {
		case i == 0:
			i = b.add(table, node{key: key.name, line: key.line, kind: TableKind, state: dotted})
		case b.d.nodes[i].kind == TableKind && b.d.nodes[i].state <= dotted:
			b.d.nodes[i].state = dotted
		default:
			return b.taken(i, key)
		}
		table = i
	}
	if i := b.d.find(table, last.name); i != 0 {
		return b.taken(i, last)
	}
	return b.value(table, last, e.Value(), depth)
}

// value adds a value to a table, or with an empty key to an array.
func (b *builder) value(parent int32, key part, v *unstable.Node, depth int) *Error {
	n := node{key: key.name, line: key.line, state: closed}
	switch v.Kind {
	case unstable.Array, unstable.InlineTable:
		return b.nested(parent, n, v, depth)
	case unstable.String:
		n.kind, n.text = String, b.content(v)
	case unstable.Integer:
		n.kind, n.text = Integer, b.content(v)
	case unstable.Float:
		n.kind, n.text = Float, b.content(v)
	case unstable.Bool:
		n.kind, n.text = Bool, b.content(v)
	default:
		n.kind, n.text = Datetime, b.content(v)
		if !validDatetime(n.text) {
			return &Error{Line: int(key.line), Msg: fmt.Sprintf("%q is no date or time", n.text)}
		}
	}
	b.add(parent, n)
	return nil
}

// nested adds an array or inline table and what is in it.
func (b *builder) nested(parent int32, n node, v *unstable.Node, depth int) *Error {
	if depth > MaxDepth {
		return tooDeep(int(n.line))
	}
	n.kind = TableKind
	if v.Kind == unstable.Array {
		n.kind = Array
	}
	i := b.add(parent, n)
	for child := v.Child(); child != nil; child = child.Next() {
		var err *Error
		if n.kind == TableKind {
			err = b.keyValue(i, child, depth)
		} else {
			line := int32(b.line)
			if child.Kind != unstable.Array { // the parser does not say where an array is
				line = b.lineOf(child.Raw)
			}
			err = b.value(i, part{line: line}, child, depth+1)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// taken is the error of a key that stands for node i already.
func (b *builder) taken(i int32, key part) *Error {
	v := Value{b.d, i}
	return &Error{Line: int(key.line), Msg: fmt.Sprintf("%s is given twice, first at line %d", v.Path(), v.Line())}
}

func tooDeep(line int) *Error {
	return &Error{Line: line, Msg: fmt.Sprintf("nested more than %d levels deep", MaxDepth)}
}

// syntaxError is the parser's error at its line.
func (b *builder) syntaxError(err error) *Error {
	line, column, msg := 1, 1, err.Error()
	var syntax *unstable.ParserError
	if errors.As(err, &syntax) {
		before := b.data[:b.parser.Range(syntax.Highlight).Offset]
		line += bytes.Count(before, []byte{'\n'})
		column = len(before) - bytes.LastIndexByte(before, '\n')
		msg = syntax.Message
	}
	return explain(b.data, &Error{Line: line, Column: column, Msg: msg})
}
