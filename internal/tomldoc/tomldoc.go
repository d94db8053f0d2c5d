// Package tomldoc reads a TOML document into values that know their line.
//
// It stands below the lock readers: they ask it for typed values and get errors that name the key
// and the line, and at the end they learn which keys nobody asked for. Rules:
//
//   - TOML 1.1 is read, and with it every TOML 1.0 document.
//   - A key given twice, or a table that is extended where the specification forbids it, is an error.
//   - Values nest at most MaxDepth deep, and there are at most about a million, whatever the input.
//   - A document is read-only, but it remembers what was asked: it is for one goroutine.
package tomldoc

import (
	"iter"
	"strconv"
	"strings"
)

// MaxDepth is how deep arrays and tables may nest.
const MaxDepth = 100

// Kind is the type of a Value.
type Kind uint8

// The kinds of values. Absent is that of a key that the document does not have.
const (
	Absent Kind = iota
	String
	Integer
	Float
	Bool
	Datetime // with or without offset, also a date or a time alone
	Array
	TableKind
)

// String is the kind with its article, as messages need it.
func (k Kind) String() string {
	return [...]string{"nothing", "a string", "an integer", "a float", "a boolean", "a date", "an array", "a table"}[k]
}

// Document is a TOML document.
type Document struct {
	nodes []node // nodes[root] is the root table
	// wide finds the keys of tables with many of them.
	wide map[wideKey]int32
	err  *Error
}

// wideKey is a key of a table with many keys.
type wideKey struct {
	table int32
	key   string
}

// node is a value; 0 stands for no node.
type node struct {
	key  string // in its table, "" for an element of an array
	text string // of a scalar: a string's content, else as written

	parent, next, first, last int32
	line, count               int32 // count of children

	kind  Kind
	state state
	read  reading
}

// reading is what a reader has done with a value.
type reading uint8

const (
	unread  reading = iota
	asked           // for the value, not yet for what is in it
	ignored         // with all that is in it
)

const root = 1

// Root is the document's top table.
func (d *Document) Root() Table { return Table{Value{d, root}} }

// Err is the first wrong answer that an accessor had to give, as an *Error; nil when there was none.
// Accessors give zero values for a value of the wrong type, so that a reader may ask for all it needs
// and check once.
func (d *Document) Err() error {
	if d.err == nil {
		return nil // not a nil *Error in an error
	}
	return d.err
}

// Unread lists the keys that no accessor asked for, in file order. What is in a table or array that
// nobody asked for is not listed with it.
func (d *Document) Unread() []Value {
	var found []Value
	for i := root + 1; i < len(d.nodes); i++ {
		n := &d.nodes[i]
		switch parent := &d.nodes[n.parent]; {
		case parent.read == ignored:
			n.read = ignored
		case parent.read == asked && parent.kind == TableKind && n.read == unread:
			found = append(found, Value{d, int32(i)})
		}
	}
	return found
}

// wrong notes that the value v is not what a reader wants.
func (d *Document) wrong(v Value, msg string) {
	if d.err == nil {
		d.err = &Error{Line: v.Line(), Msg: msg}
	}
}

// Value is a value of a document, or the Absent value of a key that is not there.
type Value struct {
	d *Document
	n int32
}

// Kind is the value's type.
func (v Value) Kind() Kind {
	if v.n == 0 {
		return Absent
	}
	return v.d.nodes[v.n].kind
}

// Present says whether there is a value.
func (v Value) Present() bool { return v.n != 0 }

// Line is the line of the value's key, or of an array's element; 0 for an absent value.
func (v Value) Line() int {
	if v.n == 0 {
		return 0
	}
	return int(v.d.nodes[v.n].line)
}

// Path is the dotted key of the value; elements of arrays have that of their array. Keys that are
// not bare are quoted.
func (v Value) Path() string {
	if v.n == 0 {
		return ""
	}
	var keys []string
	for i := v.n; i > root; i = v.d.nodes[i].parent {
		if inArray := v.d.nodes[v.d.nodes[i].parent].kind == Array; !inArray {
			keys = append(keys, quoteKey(v.d.nodes[i].key))
		}
	}
	for i, j := 0, len(keys)-1; i < j; i, j = i+1, j-1 {
		keys[i], keys[j] = keys[j], keys[i]
	}
	return strings.Join(keys, ".")
}

// Text is the content of a string; of other scalars the text as written; "" for the rest.
func (v Value) Text() string {
	if v.n == 0 {
		return ""
	}
	return v.d.nodes[v.n].text
}

// String is the content of a string. Err reports another kind; an absent value is "".
func (v Value) String() string {
	if v.Is(String) {
		return v.Text()
	}
	return ""
}

// Int is an integer. Err reports another kind and what does not fit; an absent value is 0.
func (v Value) Int() int64 {
	if !v.Is(Integer) {
		return 0
	}
	text := v.Text()
	if n := len(text); n < 19 && !strings.ContainsAny(text, "_xob") {
		i, _ := strconv.ParseInt(text, 10, 64)
		return i
	}
	i, err := strconv.ParseInt(text, 0, 64)
	if err != nil {
		v.d.wrong(v, v.name()+" is out of range: "+text)
	}
	return i
}

// Bool is a boolean. Err reports another kind; an absent value is false.
func (v Value) Bool() bool { return v.Is(Bool) && v.Text() == "true" }

// Datetime is a date, a time or both, as written. Err reports another kind; an absent value is "".
func (v Value) Datetime() string {
	if v.Is(Datetime) {
		return v.Text()
	}
	return ""
}

// Ignore counts the value as read, with all that is in it.
func (v Value) Ignore() {
	if v.n != 0 {
		v.d.nodes[v.n].read = ignored
	}
}

// Table is a table. Err reports another kind; an absent value is a Table without keys.
func (v Value) Table() Table {
	if v.Is(TableKind) {
		return Table{v}
	}
	return Table{}
}

// Len is the number of elements of an array or of keys of a table, 0 for the rest.
func (v Value) Len() int {
	if v.n == 0 {
		return 0
	}
	return int(v.d.nodes[v.n].count)
}

// Items yields the elements of an array. Err reports another kind; an absent value has none.
func (v Value) Items() iter.Seq[Value] {
	return func(yield func(Value) bool) {
		if !v.Is(Array) {
			return
		}
		for i := v.d.nodes[v.n].first; i != 0; i = v.d.nodes[i].next {
			v.d.nodes[i].read = asked
			if !yield(Value{v.d, i}) {
				return
			}
		}
	}
}

// Tables yields the elements of an array of tables. Err reports another kind.
func (v Value) Tables() iter.Seq[Table] {
	return func(yield func(Table) bool) {
		for item := range v.Items() {
			if item.Is(TableKind) && !yield(Table{item}) {
				return
			}
		}
	}
}

// Strings is an array of strings. Err reports another kind; an absent value is nil.
func (v Value) Strings() []string {
	var texts []string
	for item := range v.Items() {
		if texts == nil {
			texts = make([]string, 0, v.Len())
		}
		texts = append(texts, item.String())
	}
	return texts
}

// Is says whether the value is of kind k. Err reports another kind; an absent value is of none.
func (v Value) Is(k Kind) bool {
	switch v.Kind() {
	case k:
		return true
	case Absent:
		return false
	}
	v.d.wrong(v, v.name()+" must be "+k.String()+", found "+v.Kind().String())
	return false
}

// name is how messages call the value.
func (v Value) name() string {
	path := v.Path()
	if path == "" {
		return "the document"
	}
	if v.d.nodes[v.d.nodes[v.n].parent].kind == Array {
		return "each of " + path
	}
	return path
}

// Table is a table of a document; the zero Table has no keys.
type Table struct{ v Value }

// Value is the table as a value.
func (t Table) Value() Value { return t.v }

// Line is the line of the table's key or header.
func (t Table) Line() int { return t.v.Line() }

// Len is the number of keys.
func (t Table) Len() int { return t.v.Len() }

// Get is the value of a key, which counts as read from then on.
func (t Table) Get(key string) Value {
	if t.v.n == 0 {
		return Value{}
	}
	i := t.v.d.find(t.v.n, key)
	if i == 0 {
		return Value{}
	}
	t.v.d.nodes[i].read = asked
	return Value{t.v.d, i}
}

// Has says whether there is such a key; the key does not count as read.
func (t Table) Has(key string) bool { return t.v.n != 0 && t.v.d.find(t.v.n, key) != 0 }

// All yields keys and values in file order; they count as read.
func (t Table) All() iter.Seq2[string, Value] {
	return func(yield func(string, Value) bool) {
		if t.v.n == 0 {
			return
		}
		for i := t.v.d.nodes[t.v.n].first; i != 0; i = t.v.d.nodes[i].next {
			t.v.d.nodes[i].read = asked
			if !yield(t.v.d.nodes[i].key, Value{t.v.d, i}) {
				return
			}
		}
	}
}

// Ignore counts keys as read, with all that is in them, that a reader knows and has no use for.
func (t Table) Ignore(keys ...string) {
	for _, key := range keys {
		t.Get(key).Ignore()
	}
}

// String is Get(key).String().
func (t Table) String(key string) string { return t.Get(key).String() }

// Strings is Get(key).Strings().
func (t Table) Strings(key string) []string { return t.Get(key).Strings() }

// Int is Get(key).Int().
func (t Table) Int(key string) int64 { return t.Get(key).Int() }

// Bool is Get(key).Bool().
func (t Table) Bool(key string) bool { return t.Get(key).Bool() }

// Table is Get(key).Table().
func (t Table) Table(key string) Table { return t.Get(key).Table() }

// Tables is Get(key).Tables(): an array of tables, by [[key]] or inline.
func (t Table) Tables(key string) iter.Seq[Table] { return t.Get(key).Tables() }

// find is the node of a key of a table, 0 when there is none.
func (d *Document) find(table int32, key string) int32 {
	if d.nodes[table].count > narrow {
		return d.wide[wideKey{table, key}]
	}
	for i := d.nodes[table].first; i != 0; i = d.nodes[i].next {
		if d.nodes[i].key == key {
			return i
		}
	}
	return 0
}

// quoteKey is a key as TOML writes it.
func quoteKey(key string) string {
	bare := key != "" && strings.IndexFunc(key, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_')
	}) < 0
	if bare {
		return key
	}
	return strconv.Quote(key)
}
