package lock

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/ofiuco/ofiuco/internal/tomldoc"
	"github.com/ofiuco/ofiuco/pypa/marker"
	"github.com/ofiuco/ofiuco/pypa/name"
	"github.com/ofiuco/ofiuco/pypa/version"
)

// tomlFile is a TOML file that is being read: a lock, or a pyproject.toml. The first thing that is
// wrong with it is kept, and reading may go on to the next convenient stop.
type tomlFile struct {
	path, hint string
	doc        *tomldoc.Document
	err        *Error
	warnings   []*Error
	// pkg is the package being read, as messages name it.
	pkg string

	markers     markers
	constraints map[string]Constraint
}

// openTOML parses a file; hint is what mends it.
func openTOML(path string, data []byte, hint string) (*tomlFile, error) {
	f := &tomlFile{path: path, hint: hint, constraints: map[string]Constraint{}}
	if strings.TrimSpace(string(data[:min(len(data), 4096)])) == "" && strings.TrimSpace(string(data)) == "" {
		return nil, &Error{Path: path, Msg: "the file is empty", Hint: hint}
	}
	doc, err := tomldoc.Parse(data)
	if err != nil {
		return nil, f.documentError(err)
	}
	f.doc = doc
	return f, nil
}

// documentError is an error of the TOML document itself.
func (f *tomlFile) documentError(err error) *Error {
	var broken *tomldoc.Error
	if !errors.As(err, &broken) {
		return &Error{Path: f.path, Msg: err.Error(), Hint: f.hint, Err: err}
	}
	e := &Error{Path: f.path, Line: broken.Line, Package: f.pkg, Msg: broken.Msg, Hint: f.hint, Err: err}
	if broken.Cause == tomldoc.Conflict {
		e.Hint = "resolve the merge, then " + f.hint
	}
	return e
}

// fail notes what is wrong with the package being read, or with the file.
func (f *tomlFile) fail(line int, format string, args ...any) {
	if f.stop() {
		return
	}
	f.err = &Error{Path: f.path, Line: line, Package: f.pkg, Msg: fmt.Sprintf(format, args...), Hint: f.hint}
}

// stop says whether something is wrong, a value of the wrong type included.
func (f *tomlFile) stop() bool {
	if f.err == nil && f.doc.Err() != nil {
		f.err = f.documentError(f.doc.Err())
	}
	return f.err != nil
}

// warn notes what the user should know, where reading goes on.
func (f *tomlFile) warn(line int, format string, args ...any) {
	f.warnings = append(f.warnings, &Error{Path: f.path, Line: line, Package: f.pkg, Msg: fmt.Sprintf(format, args...), Hint: f.hint})
}

// enter and leave say which package is being read.
func (f *tomlFile) enter(p *Package) {
	f.pkg = strings.TrimSpace(p.Name.String() + " " + p.Version.String())
}
func (f *tomlFile) leave() { f.pkg = "" }

// close is what is wrong, and warns of keys that nobody has read, each once.
func (f *tomlFile) close() error {
	if f.stop() {
		return f.err
	}
	f.leave()
	warned := map[string]bool{}
	for _, v := range f.doc.Unread() {
		if key := v.Path(); !warned[key] {
			warned[key] = true
			f.warnings = append(f.warnings, &Error{
				Path: f.path, Line: v.Line(), Msg: fmt.Sprintf("unknown key %s: this ofiuco does not know what it means", key),
				Hint: "look for a newer ofiuco",
			})
		}
	}
	return nil
}

// name is text as a name, which v holds.
func (f *tomlFile) name(text string, v tomldoc.Value) name.Name {
	n, err := name.Parse(text)
	if err != nil {
		f.fail(v.Line(), "invalid name %q", text)
	}
	return n
}

// names is an array of names.
func (f *tomlFile) names(v tomldoc.Value) []name.Name {
	var names []name.Name
	for item := range v.Items() {
		names = append(names, f.name(item.String(), item))
	}
	return names
}

// constraint is a constraint in Poetry's language; an absent or empty value allows all.
func (f *tomlFile) constraint(v tomldoc.Value) Constraint {
	text := v.String()
	if text == "" {
		return Constraint{}
	}
	c, ok := f.constraints[text]
	if !ok {
		var err error
		if c, err = ParseConstraint(text); err != nil {
			f.fail(v.Line(), "%s", err)
		}
		f.constraints[text] = c
	}
	return c
}

// marker is a marker as Poetry writes it.
func (f *tomlFile) marker(v tomldoc.Value) *marker.Marker {
	text, err := poetryMarker(v.String())
	if err != nil {
		return nil
	}
	return f.markerText(text, v)
}

// markerText is the marker text, which v holds.
func (f *tomlFile) markerText(text string, v tomldoc.Value) *marker.Marker {
	m, err := f.markers.parse(text)
	if err != nil && !f.stop() {
		f.fail(v.Line(), "%s: %s", v.Path(), err)
		f.err.Facts, f.err.Err = markerFacts(err), err
	}
	return m
}

// identity is a package with the name and version of its table. It is the one being read from then on.
func (f *tomlFile) identity(t tomldoc.Table) *Package {
	f.leave()
	p := &Package{Line: t.Line()}
	project, v := t.Get("name"), t.Get("version")
	if !project.Present() {
		f.fail(t.Line(), "a package without a name")
		return p
	}
	p.Name = f.name(project.String(), project)
	p.spell(project.String())
	f.enter(p)
	if !v.Present() {
		f.fail(t.Line(), "no version")
		return p
	}
	parsed, err := version.Parse(v.String())
	if err != nil {
		f.fail(v.Line(), "invalid version %q", v.String())
	}
	p.Version = parsed
	f.enter(p)
	return p
}

// lockVersion is the version of a lock's format.
type lockVersion struct {
	text         string
	major, minor int
}

func (v lockVersion) atLeast(major, minor int) bool {
	return v.major > major || v.major == major && v.minor >= minor
}

// lockVersion reads the version of the format, whose major must be from first to last.
func (f *tomlFile) lockVersion(t tomldoc.Table, key string, first, last int) lockVersion {
	v := t.Get(key)
	if !v.Present() {
		f.fail(t.Line(), "no %s", key)
		return lockVersion{}
	}
	text := v.String()
	parts := strings.Split(text, ".")
	var numbers [2]int
	for i := range parts {
		n, err := strconv.Atoi(parts[i])
		if err != nil || n < 0 || len(parts) > 3 {
			f.fail(v.Line(), "invalid %s %q", key, text)
			return lockVersion{}
		}
		if i < len(numbers) {
			numbers[i] = n
		}
	}
	if numbers[0] < first || numbers[0] > last {
		read := fmt.Sprintf("%d.x", first)
		if last > first {
			read += fmt.Sprintf(" and %d.x", last)
		}
		hint := f.hint
		f.hint = "upgrade ofiuco or " + hint
		f.fail(v.Line(), "%s %s; this ofiuco reads %s", key, text, read)
		f.hint = hint
	}
	return lockVersion{text, numbers[0], numbers[1]}
}
