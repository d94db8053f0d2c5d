package install

import (
	"encoding/base64"
	"slices"
	"strconv"
	"strings"
)

// row is a row of RECORD: a path in the folder of a key, and what is there. RECORD's own has no digest.
type row struct {
	key    key
	path   string
	size   int64 // bytes
	sha256 []byte
}

// renderRecord writes RECORD (PEP 376): CSV as Python's csv module writes it, lines ending in "\n".
// Paths are relative to the folder that .dist-info is in.
func (i *installation) renderRecord(rows []row) []byte {
	byPath := func(a, b row) int { return strings.Compare(a.path, b.path) }
	if !slices.IsSortedFunc(rows, byPath) {
		slices.SortStableFunc(rows, byPath)
	}
	prefixes := map[key]string{}
	size := 0
	for _, r := range rows {
		if _, known := prefixes[r.key]; !known {
			prefixes[r.key] = between(i.folder(i.root), i.folder(r.key))
		}
		size += len(r.path) + 80
	}
	b := make([]byte, 0, size)
	for _, r := range rows {
		b = appendField(b, prefixes[r.key]+r.path)
		b = append(b, ',')
		if r.sha256 != nil {
			b = append(b, "sha256="...)
			b = base64.RawURLEncoding.AppendEncode(b, r.sha256)
			b = append(b, ',')
			b = strconv.AppendInt(b, r.size, 10)
		} else {
			b = append(b, ',')
		}
		b = append(b, '\n')
	}
	return b
}

// appendField appends a field, in quotes where it needs them. A path holds no line end.
func appendField(b []byte, field string) []byte {
	if !strings.ContainsAny(field, `",`) {
		return append(b, field...)
	}
	b = append(b, '"')
	b = append(b, strings.ReplaceAll(field, `"`, `""`)...)
	return append(b, '"')
}

// between is the path from one clean relative folder to another, ending in "/", "" from a folder to
// itself.
func between(from, to string) string {
	if from == to {
		return ""
	}
	up, down := elements(from), elements(to)
	for len(up) > 0 && len(down) > 0 && up[0] == down[0] {
		up, down = up[1:], down[1:]
	}
	var b strings.Builder
	for range up {
		b.WriteString("../")
	}
	for _, element := range down {
		b.WriteString(element + "/")
	}
	return b.String()
}

func elements(folder string) []string {
	if folder == "" {
		return nil
	}
	return strings.Split(folder, "/")
}
