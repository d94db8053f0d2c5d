package lock

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"

	"github.com/ofiuco/ofiuco/internal/tomldoc"
	"github.com/ofiuco/ofiuco/pypa/version"
)

// contentHashes are the content-hash that Poetry 2.3 and that earlier ones write into the lock: the
// SHA-256 of what pyproject.toml says of dependencies, as Python's json.dumps(…, sort_keys=True)
// writes it. Earlier ones leave [dependency-groups] out. There are none when the file holds a value
// that JSON has not.
func contentHashes(root tomldoc.Table) (current, earlier string) {
	project := relevant(root.Table("project"), false, "requires-python", "dependencies", "optional-dependencies")
	groups := ""
	if v := root.Get("dependency-groups"); v.Len() > 0 {
		groups = pythonJSON(v)
	}
	poetry := root.Table("tool").Table("poetry")
	return contentHash(poetry, project, groups), contentHash(poetry, project, "")
}

// contentHash joins the parts. A file of Poetry's own tables alone has them at the top, as before
// Poetry knew others, and null for each that is missing.
func contentHash(poetry tomldoc.Table, project map[string]string, groups string) string {
	legacy := len(project) == 0 && groups == ""
	own := relevant(poetry, legacy, "dependencies", "source", "extras", "dev-dependencies")
	maps.Copy(own, relevant(poetry, false, "group"))
	content := own
	if !legacy {
		content = map[string]string{"tool": jsonObject(map[string]string{"poetry": jsonObject(own)})}
		if len(project) > 0 {
			content["project"] = jsonObject(project)
		}
		if groups != "" {
			content["dependency-groups"] = groups
		}
	}
	text := jsonObject(content)
	if strings.Contains(text, unwritable) {
		return ""
	}
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// relevant is the JSON of some keys of a table; null stands for a missing one.
func relevant(t tomldoc.Table, null bool, keys ...string) map[string]string {
	values := map[string]string{}
	for _, key := range keys {
		if v := t.Get(key); v.Present() {
			values[key] = pythonJSON(v)
		} else if null {
			values[key] = "null"
		}
	}
	return values
}

// unwritable stands for what has no JSON, or one that depends on Python's ways with floats. It is
// not valid within JSON, so that nothing else looks like it.
const unwritable = "\x00"

// pythonJSON is v as Python's json module writes it.
func pythonJSON(v tomldoc.Value) string {
	switch v.Kind() {
	case tomldoc.String:
		return jsonString(v.Text())
	case tomldoc.Integer:
		if i, err := strconv.ParseInt(strings.ReplaceAll(v.Text(), "_", ""), 0, 64); err == nil {
			return strconv.FormatInt(i, 10)
		}
	case tomldoc.Bool:
		return v.Text()
	case tomldoc.Array:
		var items []string
		for item := range v.Items() {
			items = append(items, pythonJSON(item))
		}
		return "[" + strings.Join(items, ", ") + "]"
	case tomldoc.TableKind:
		values := map[string]string{}
		for key, item := range v.Table().All() {
			values[key] = pythonJSON(item)
		}
		return jsonObject(values)
	}
	return unwritable
}

// jsonObject is an object of ready values, its keys in order.
func jsonObject(values map[string]string) string {
	var b strings.Builder
	b.WriteByte('{')
	for i, key := range slices.Sorted(maps.Keys(values)) {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(jsonString(key) + ": " + values[key])
	}
	b.WriteByte('}')
	return b.String()
}

// jsonString is a string in ASCII.
func jsonString(text string) string {
	const digits = "0123456789abcdef"
	b := []byte{'"'}
	for _, r := range text {
		switch {
		case r == '"' || r == '\\':
			b = append(b, '\\', byte(r))
		case r >= ' ' && r < 0x7f:
			b = append(b, byte(r))
		case strings.ContainsRune("\b\f\n\r\t", r):
			b = append(b, '\\', "btn?fr"[r-'\b'])
		default:
			for _, unit := range utf16.AppendRune(nil, r) {
				b = append(b, '\\', 'u', digits[unit>>12], digits[unit>>8&15], digits[unit>>4&15], digits[unit&15])
			}
		}
	}
	return string(append(b, '"'))
}

// writtenBefore says whether the comment on a lock's first line names an earlier Poetry than v.
func writtenBefore(data []byte, v version.Version) bool {
	line, _, _ := strings.Cut(string(data[:min(len(data), 200)]), "\n")
	_, rest, found := strings.Cut(line, "Poetry ")
	if !found {
		return false
	}
	word, _, _ := strings.Cut(rest, " ")
	written, err := version.Parse(word)
	return err == nil && written.Compare(v) < 0
}
