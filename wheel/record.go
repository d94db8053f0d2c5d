package wheel

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/ofiuco/ofiuco/internal/quoted"
	"github.com/ofiuco/ofiuco/tree"
)

// row is a row of RECORD: a path, "algorithm=digest" and a size in bytes, of which the latter two may be
// empty (PEP 376).
type row struct{ path, digest, size string }

// parseRecord reads RECORD as Python's csv module does: quotes count at a field's start only. Other than
// there, a quote that is never closed is an error, and so is a row that has not three fields.
func parseRecord(text string) ([]row, error) {
	if !utf8.ValidString(text) {
		return nil, fmt.Errorf("is not UTF-8")
	}
	rows := make([]row, 0, min(strings.Count(text, "\n")+1, maxMembers))
	for line := 1; text != ""; line++ {
		fields, rest, err := cutRow(text)
		if err != nil {
			return nil, fmt.Errorf("row %d: %w", line, err)
		}
		text = rest
		switch len(fields) {
		case 0:
		case 3:
			if len(rows) == maxMembers {
				return nil, fmt.Errorf("has more than %d rows", maxMembers)
			}
			rows = append(rows, row{fields[0], fields[1], fields[2]})
		default:
			return nil, fmt.Errorf("row %d has %d fields instead of 3", line, len(fields))
		}
	}
	return rows, nil
}

// cutRow cuts the first row off text. An empty line has no fields.
func cutRow(text string) (fields []string, rest string, err error) {
	if first := text[0]; first == '\n' || first == '\r' {
		return nil, afterNewline(text), nil
	}
	fields = make([]string, 0, 3)
	for {
		field, left, err := cutField(text)
		if err != nil {
			return nil, "", err
		}
		fields = append(fields, field)
		if left == "" || left[0] != ',' {
			return fields, afterNewline(left), nil
		}
		text = left[1:]
	}
}

// cutField cuts a field off text, up to a comma, a newline or the end.
func cutField(text string) (field, rest string, err error) {
	if text == "" || text[0] != '"' {
		end := fieldEnd(text)
		return text[:end], text[end:], nil
	}
	var b strings.Builder
	for text = text[1:]; ; text = text[1:] {
		inside, after, closed := strings.Cut(text, `"`)
		if !closed {
			return "", "", fmt.Errorf("has a quote that is never closed")
		}
		b.WriteString(inside)
		if text = after; text == "" || text[0] != '"' {
			break
		}
		b.WriteByte('"')
	}
	end := fieldEnd(text)
	b.WriteString(text[:end])
	return b.String(), text[end:], nil
}

func fieldEnd(text string) int {
	if end := strings.IndexAny(text, ",\r\n"); end >= 0 {
		return end
	}
	return len(text)
}

func afterNewline(text string) string {
	if rest, found := strings.CutPrefix(text, "\r\n"); found {
		return rest
	}
	return text[min(1, len(text)):]
}

// record is RECORD joined with the members of the archive: for each its row, or nil.
type record []*row

// join finds the member of each row. index has the members' places by their names.
func (r record) join(rows []row, members []member, index map[string]int, recordPath string, odd *oddities) error {
	for i := range rows {
		row := &rows[i]
		at, err := findRow(row, index, recordPath, odd)
		if err != nil {
			return err
		}
		if at < 0 || members[at].folder() {
			continue
		}
		switch other := r[at]; {
		case other == nil:
			r[at] = row
		case other.digest != row.digest || other.size != row.size:
			return refuse(recordPath, "has two rows for %s that differ", quoted.Always(members[at].name))
		default:
			odd.add(CodeSpelling, recordPath, "has the row for %s twice", quoted.Always(members[at].name))
		}
	}
	return nil
}

// findRow is the place of a row's member, -1 when there is none. Rows whose path is spelled from the
// root, from ".", or with backslashes are taken for what they mean when there is such a member; otherwise
// every row must have a path that a Tree may hold.
func findRow(r *row, index map[string]int, recordPath string, odd *oddities) (int, error) {
	if at, found := index[r.path]; found {
		return at, nil
	}
	plain := strings.ReplaceAll(r.path, `\`, "/")
	plain = strings.TrimPrefix(strings.TrimPrefix(plain, "/"), "./")
	if at, found := index[plain]; found {
		odd.add(CodeSpelling, recordPath, "spells the path %s as %s", quoted.Always(plain), quoted.Always(r.path))
		return at, nil
	}
	if err := tree.CheckPath(strings.TrimSuffix(r.path, "/")); err != nil {
		return 0, refuse(recordPath, "lists a file outside of the wheel: %v", err)
	}
	if !strings.HasSuffix(r.path, "/") {
		odd.add(CodeGhost, recordPath, "lists %s, which is not in the archive", quoted.Always(r.path))
	}
	return -1, nil
}

// algorithm is that of a member's digest if it must be computed besides SHA-256, else "".
func (r record) algorithm(member int) string {
	if r[member] == nil {
		return ""
	}
	algorithm, _, _ := strings.Cut(r[member].digest, "=")
	if newHash(algorithm) == nil {
		return ""
	}
	return algorithm
}

// compare notes how a member and its row differ.
func (r record) compare(at int, m *member, c *contents, odd *oddities) {
	row := r[at]
	if row == nil {
		odd.add(CodeUnlisted, m.name, "is not listed in RECORD")
		return
	}
	if row.size != "" && row.size != strconv.FormatInt(m.size, 10) {
		odd.addFacts(CodeRecord, m.name, fmt.Sprintf("recorded %s bytes, found %d", quoted.Always(row.size), m.size),
			"RECORD and archive disagree on its size")
	}
	if row.digest == "" {
		odd.add(CodeUnlisted, m.name, "has no digest in RECORD")
		return
	}
	algorithm, text, _ := strings.Cut(row.digest, "=")
	found := c.other
	if algorithm == "sha256" {
		found = c.sha256[:]
	}
	if found == nil {
		odd.add(CodeRecord, m.name, "has a digest in RECORD that tells nothing: algorithm %s instead of sha256, sha384 or sha512", quoted.Always(algorithm))
		return
	}
	digest, usual := decodeDigest(text, len(found))
	if string(digest) != string(found) {
		odd.addFacts(CodeRecord, m.name,
			fmt.Sprintf("recorded %s, found %s", quoted.Always(row.digest), algorithm+"="+base64.RawURLEncoding.EncodeToString(found)),
			"RECORD and archive disagree on its digest")
		return
	}
	if !usual {
		odd.add(CodeSpelling, m.name, "has a digest in RECORD that is not in URL-safe base64 without padding")
	}
}

// decodeDigest reads a digest of a size in bytes, as the specification spells it (usual), or in
// hexadecimal, with padding or in the other alphabet of base64. It is nil when it is none of these.
func decodeDigest(text string, size int) (digest []byte, usual bool) {
	if digest, err := base64.RawURLEncoding.DecodeString(text); err == nil && len(digest) == size {
		return digest, true
	}
	if digest, err := hex.DecodeString(text); err == nil && len(digest) == size {
		return digest, false
	}
	text = strings.NewReplacer("+", "-", "/", "_").Replace(strings.TrimRight(text, "="))
	if digest, err := base64.RawURLEncoding.DecodeString(text); err == nil && len(digest) == size {
		return digest, false
	}
	return nil, false
}
