package buildlock

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/ofiuco/ofiuco/resolve"
)

const header = `# What takes part in builds from source, with hashes. Written by ofiuco: commit it beside the lock.
version = 1
`

// Encode is the file's text. It depends on what is in the Lock only, not on the order it came in.
func (l *Lock) Encode() []byte {
	e := &encoder{}
	e.WriteString(header)
	used := map[release]bool{}
	for _, b := range l.sorted() {
		e.build(b)
		for _, r := range b.pins {
			used[r] = true
		}
	}
	var releases []*locked
	for r := range used {
		releases = append(releases, l.releases[r])
	}
	slices.SortFunc(releases, func(a, b *locked) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), a.Version.Compare(b.Version), cmp.Compare(a.Version.String(), b.Version.String()))
	})
	for _, r := range releases {
		e.release(r)
	}
	return []byte(e.String())
}

// sorted are the builds in the order of the file.
func (l *Lock) sorted() []*Build {
	builds := slices.Clone(l.builds)
	slices.SortFunc(builds, func(a, b *Build) int {
		return cmp.Or(strings.Compare(a.Package, b.Package), slices.Compare(a.Requirements, b.Requirements), slices.Compare(a.For, b.For))
	})
	return builds
}

// encoder writes TOML.
type encoder struct{ strings.Builder }

func (e *encoder) build(b *Build) {
	e.WriteString("\n[[build]]\n")
	e.text("package", b.Package)
	e.list("for", b.For)
	e.list("requires", b.Requirements)
	e.list("pins", b.Pins)
}

func (e *encoder) release(r *locked) {
	e.WriteString("\n[[package]]\n")
	e.text("name", string(r.Name))
	e.text("version", r.Version.String())
	if r.RequiresPython != "" {
		e.text("requires-python", r.RequiresPython)
	}
	if len(r.Requires) > 0 {
		e.list("requires", r.Requires)
	}
	if len(r.Extras) > 0 {
		var extras []string
		for _, extra := range r.Extras {
			extras = append(extras, string(extra))
		}
		e.list("extras", extras)
	}
	if index := indexOf(r.Pin); index != "" {
		e.text("index", index)
	}
	if r.Direct != "" {
		e.text("url", r.Direct)
	}
	e.WriteString("files = [\n")
	for _, f := range r.Files {
		fmt.Fprintf(e, "    { file = %s, sha256 = %s", quote(f.Filename), quote(f.SHA256))
		if f.Size > 0 {
			fmt.Fprintf(e, ", size = %d", f.Size)
		}
		e.WriteString(" },\n")
	}
	e.WriteString("]\n")
}

// indexOf is the index that a release is from.
func indexOf(p resolve.Pin) string {
	if len(p.Files) == 0 {
		return ""
	}
	return p.Files[0].Index
}

func (e *encoder) text(key, value string) {
	fmt.Fprintf(e, "%s = %s\n", key, quote(value))
}

// list is an array with one value in each line.
func (e *encoder) list(key string, values []string) {
	if len(values) == 0 {
		fmt.Fprintf(e, "%s = []\n", key)
		return
	}
	fmt.Fprintf(e, "%s = [\n", key)
	for _, value := range values {
		fmt.Fprintf(e, "    %s,\n", quote(value))
	}
	e.WriteString("]\n")
}

// quote is a TOML string: a literal one where a basic one would need escapes, as markers do with their quotes.
func quote(text string) string {
	text = strings.ToValidUTF8(text, "\ufffd")
	control := strings.ContainsFunc(text, unicode.IsControl)
	if strings.ContainsAny(text, `"\`) && !strings.Contains(text, "'") && !control {
		return "'" + text + "'"
	}
	if !control {
		return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text) + `"`
	}
	var b strings.Builder
	for _, c := range text {
		switch {
		case c == '"' || c == '\\':
			b.WriteString(`\` + string(c))
		case unicode.IsControl(c):
			fmt.Fprintf(&b, `\u%04X`, c)
		default:
			b.WriteRune(c)
		}
	}
	return `"` + b.String() + `"`
}
