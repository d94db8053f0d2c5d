package buildlock

import (
	"errors"
	"fmt"
	"net/url"
	"path"
	"slices"
	"strings"
	"unicode"

	"github.com/ofiuco/ofiuco/internal/tomldoc"
	"github.com/ofiuco/ofiuco/lock"
	"github.com/ofiuco/ofiuco/pypa/filename"
	"github.com/ofiuco/ofiuco/pypa/name"
	"github.com/ofiuco/ofiuco/pypa/requirement"
	"github.com/ofiuco/ofiuco/pypa/version"
	"github.com/ofiuco/ofiuco/resolve"
)

// formatVersion is the version of the format that is read and written.
const formatVersion = 1

// hint is what mends a build lock.
const hint = "take the file from version control, or delete it and run the command again to have it written anew"

// Parse reads a build lock. Path is its path as messages show it. The error is a *lock.Error. Unlike Encode it
// takes entries in any order, and packages that nothing pins.
func Parse(path string, data []byte) (*Lock, error) {
	r := &reader{lock: &Lock{path: path, releases: map[release]*locked{}}}
	if strings.TrimSpace(string(data)) == "" {
		r.fail(0, "the file is empty")
		return nil, r.err
	}
	doc, err := tomldoc.Parse(data)
	if err != nil {
		r.document(err)
		return nil, r.err
	}
	r.doc = doc
	r.read(doc.Root())
	if r.stop() {
		return nil, r.err
	}
	r.warn()
	return r.lock, nil
}

// reader reads a build lock. The first thing that is wrong is kept.
type reader struct {
	lock  *Lock
	doc   *tomldoc.Document
	entry string // the package being read, as messages name it
	err   *lock.Error
}

// fail notes what is wrong.
func (r *reader) fail(line int, format string, args ...any) {
	if r.err == nil {
		r.err = &lock.Error{Path: r.lock.path, Line: line, Package: r.entry, Msg: fmt.Sprintf(format, args...), Hint: hint}
	}
}

// document notes an error of the TOML document.
func (r *reader) document(err error) {
	var broken *tomldoc.Error
	if !errors.As(err, &broken) {
		r.fail(0, "%s", err)
		return
	}
	r.fail(broken.Line, "%s", broken.Msg)
	if broken.Cause == tomldoc.Conflict {
		r.err.Hint = "resolve the merge by keeping the entries of both sides, each once"
	}
}

// stop says whether something is wrong, a value of the wrong type included.
func (r *reader) stop() bool {
	if r.err == nil && r.doc != nil && r.doc.Err() != nil {
		r.document(r.doc.Err())
	}
	return r.err != nil
}

// warn warns of keys that nobody has read, each once.
func (r *reader) warn() {
	warned := map[string]bool{}
	for _, v := range r.doc.Unread() {
		if key := v.Path(); !warned[key] {
			warned[key] = true
			r.lock.Warnings = append(r.lock.Warnings, &lock.Error{
				Path: r.lock.path, Line: v.Line(), Msg: fmt.Sprintf("unknown key %s: this ofiuco does not know what it means", key),
				Hint: "look for a newer ofiuco",
			})
		}
	}
}

func (r *reader) read(root tomldoc.Table) {
	number := root.Get("version")
	switch {
	case !number.Present():
		r.fail(0, "no version: cut short, or not a build lock")
	case number.Is(tomldoc.Integer) && number.Int() != formatVersion:
		r.fail(number.Line(), "version %d; this ofiuco reads version %d", number.Int(), formatVersion)
		r.err.Hint = "look for a newer ofiuco"
	}
	for t := range root.Tables("package") {
		if r.stop() {
			return
		}
		r.release(t)
	}
	r.entry = ""
	seen := map[string]int{}
	for t := range root.Tables("build") {
		if r.stop() {
			return
		}
		r.build(t, seen)
	}
}

// release reads one [[package]].
func (r *reader) release(t tomldoc.Table) {
	r.entry = ""
	p := &locked{line: t.Line()}
	p.Name, p.Version = r.name(t), r.version(t)
	if r.stop() {
		return
	}
	id := release{p.Name, p.Version.String()}
	r.entry = id.String()
	if other := r.lock.releases[id]; other != nil {
		r.fail(t.Line(), "it is locked twice, also in line %d", other.line)
	}
	python := t.Get("requires-python")
	if _, err := version.ParseSpecifiers(python.String()); err != nil {
		r.fail(python.Line(), "requires-python %q cannot be read", python.String())
	}
	p.RequiresPython = python.String()
	p.Requires = r.requirements(t.Get("requires"))
	for v := range t.Get("extras").Items() {
		p.Extras = append(p.Extras, r.nameOf(v))
	}
	slices.Sort(p.Extras)
	index := r.index(t.Get("index"))
	p.Direct = r.direct(t)
	p.Files = r.files(t.Get("files"), p, index)
	r.lock.releases[id] = p
}

// name is a package's name.
func (r *reader) name(t tomldoc.Table) name.Name {
	v := t.Get("name")
	if !v.Present() {
		r.fail(t.Line(), "no name")
	}
	return r.nameOf(v)
}

func (r *reader) nameOf(v tomldoc.Value) name.Name {
	n, err := name.Parse(v.String())
	if err != nil && !r.stop() {
		r.fail(v.Line(), "invalid name %q", v.String())
	}
	return n
}

// version is a package's version.
func (r *reader) version(t tomldoc.Table) version.Version {
	v := t.Get("version")
	parsed, err := version.Parse(v.String())
	switch {
	case r.stop() || err == nil:
	case !v.Present():
		r.fail(t.Line(), "no version")
	default:
		r.fail(v.Line(), "invalid version %q", v.String())
	}
	return parsed
}

// requirements are texts that are requirements, in their normal form.
func (r *reader) requirements(v tomldoc.Value) []string {
	var texts []string
	for item := range v.Items() {
		parsed, err := requirement.Parse(item.String())
		if err != nil && !r.stop() {
			r.fail(item.Line(), "%s", err)
		}
		if parsed.URL != "" && !r.stop() {
			r.url(parsed.URL, item)
		}
		texts = append(texts, parsed.String())
	}
	slices.Sort(texts)
	return slices.Compact(texts)
}

// index is the name or URL of an index.
func (r *reader) index(v tomldoc.Value) string {
	text := v.String()
	switch {
	case v.Present() && text == "" || strings.ContainsFunc(text, unicode.IsControl):
		r.fail(v.Line(), "the index %q is none", text)
	case strings.Contains(text, "://"):
		r.url(text, v)
	}
	return text
}

// url checks a URL: it must not hold credentials.
func (r *reader) url(text string, v tomldoc.Value) *url.URL {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		r.fail(v.Line(), "%s is no http or https URL", v.Path())
		return &url.URL{}
	case u.User != nil:
		r.fail(v.Line(), "%s holds credentials, which nobody should commit", v.Path())
	}
	return u
}

// direct is the URL that a build names, in place of an index.
func (r *reader) direct(t tomldoc.Table) string {
	v := t.Get("url")
	if !v.Present() || r.stop() {
		return ""
	}
	u := r.url(v.String(), v)
	if t.Has("index") {
		r.fail(v.Line(), "both an index and a url")
	}
	if files := t.Get("files"); u.Fragment != "" || files.Len() != 1 {
		r.fail(v.Line(), "a url must be that of the only file")
	}
	for f := range t.Tables("files") {
		if path.Base(u.Path) != f.String("file") {
			r.fail(v.Line(), "the url ends in another name than %q", f.String("file"))
		}
	}
	return v.String()
}

// files are the wheels of a release, sorted.
func (r *reader) files(v tomldoc.Value, p *locked, index string) []resolve.File {
	var files []resolve.File
	seen := map[string]bool{}
	for t := range v.Tables() {
		if r.stop() {
			return nil
		}
		f := resolve.File{Filename: r.wheel(t, p), SHA256: r.sha256(t), Size: t.Int("size"), Index: index, URL: p.Direct}
		if f.Size < 0 {
			r.fail(t.Get("size").Line(), "the size %d, which no file has", f.Size)
		}
		if seen[f.Filename] {
			r.fail(t.Line(), "%q is listed twice", f.Filename)
		}
		seen[f.Filename] = true
		files = append(files, f)
	}
	if len(files) == 0 {
		r.fail(max(p.line, v.Line()), "no files")
	}
	slices.SortFunc(files, func(a, b resolve.File) int { return strings.Compare(a.Filename, b.Filename) })
	return files
}

// wheel is the file name of a wheel of p.
func (r *reader) wheel(t tomldoc.Table, p *locked) string {
	v := t.Get("file")
	text := v.String()
	if r.stop() {
		return ""
	}
	wheel, err := filename.ParseWheel(text)
	switch {
	case !v.Present():
		r.fail(t.Line(), "a file without a name")
	case err != nil || strings.ContainsAny(text, `/\`) || strings.ContainsFunc(text, unicode.IsControl) || text[0] == '.':
		r.fail(v.Line(), "%q is no name of a wheel", text)
	case wheel.Name != p.Name:
		r.fail(v.Line(), "%q is a file of another project", text)
	case !wheel.Version.Equal(p.Version):
		r.fail(v.Line(), "%q is a file of another version", text)
	}
	return text
}

// sha256 is a file's sha256, in lower case.
func (r *reader) sha256(t tomldoc.Table) string {
	v := t.Get("sha256")
	text := strings.ToLower(v.String())
	switch {
	case r.stop():
	case !v.Present():
		r.fail(t.Line(), "%q has no sha256", t.String("file"))
	case strings.Trim(text, "0123456789abcdef") != "":
		r.fail(v.Line(), "the sha256 %.80q is not hexadecimal", text)
	case len(text) != 64:
		r.fail(v.Line(), "the sha256 has %d digits, not 64", len(text))
	}
	return text
}

// build reads one [[build]]. seen are the lines of the builds before it.
func (r *reader) build(t tomldoc.Table, seen map[string]int) {
	r.entry = ""
	b := &Build{Line: t.Line(), Package: r.subject(t)}
	r.entry = b.Package
	for v := range t.Get("for").Items() {
		if kind := v.String(); kind == "" || strings.ContainsFunc(kind, notKind) {
			r.fail(v.Line(), "%q is no Python and platform such as cp312-manylinux_x86_64", kind)
		}
		b.For = append(b.For, v.String())
	}
	if len(b.For) == 0 {
		r.fail(t.Line(), "it is for no Python and platform")
	}
	slices.Sort(b.For)
	for _, key := range []string{"requires", "pins"} {
		if !t.Has(key) {
			r.fail(t.Line(), "no %s", key)
		}
	}
	b.Requirements = append([]string{}, r.requirements(t.Get("requires"))...)
	pinned := map[name.Name]bool{}
	for v := range t.Get("pins").Items() {
		r.pin(b, v, pinned)
	}
	if r.stop() {
		return
	}
	b.sortPins()
	for _, kind := range b.For {
		id := b.Package + "\x00" + kind + "\x00" + strings.Join(b.Requirements, "\x00")
		if line, twice := seen[id]; twice {
			r.fail(b.Line, "its requirements are pinned for %s twice, also in line %d", kind, line)
			return
		}
		seen[id] = b.Line
	}
	r.lock.builds = append(r.lock.builds, b)
}

// notKind says whether a character stands in no kind of target.
func notKind(c rune) bool {
	return c > unicode.MaxASCII || !unicode.IsLower(c) && !unicode.IsDigit(c) && c != '-' && c != '_'
}

// subject is what is built: "name version", "name @ location" or a name.
func (r *reader) subject(t tomldoc.Table) string {
	v := t.Get("package")
	if !v.Present() {
		r.fail(t.Line(), "no package")
	}
	if r.stop() {
		return ""
	}
	project, rest, _ := strings.Cut(v.String(), " ")
	if _, err := name.Parse(project); err != nil {
		r.fail(v.Line(), "invalid name %q", project)
	}
	location, isLocation := strings.CutPrefix(rest, "@ ")
	if _, err := version.Parse(rest); rest != "" && err != nil && !isLocation {
		r.fail(v.Line(), "invalid version %q", rest)
	}
	if strings.ContainsFunc(location, unicode.IsControl) {
		r.fail(v.Line(), "invalid location %q", location)
	}
	return packageOf(v.String())
}

// pin reads a "name version", which must be locked. pinned are the names before it.
func (r *reader) pin(b *Build, v tomldoc.Value, pinned map[name.Name]bool) {
	if r.stop() {
		return
	}
	project, number, _ := strings.Cut(v.String(), " ")
	n, err := name.Parse(project)
	parsed, wrong := version.Parse(number)
	id := release{n, parsed.String()}
	switch {
	case err != nil || wrong != nil:
		r.fail(v.Line(), "%q is no name and version", v.String())
	case r.lock.releases[id] == nil:
		r.fail(v.Line(), "%s is pinned, and there is no such [[package]]", id)
	case pinned[n]:
		r.fail(v.Line(), "%s is pinned twice", n)
	}
	pinned[n] = true
	b.pins = append(b.pins, id)
}
