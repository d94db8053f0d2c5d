package lock

import (
	"bytes"
	"fmt"
	"path"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/ofiuco/ofiuco/pypa/name"
	"github.com/ofiuco/ofiuco/pypa/version"
)

// The hints of a requirements.txt.
const (
	requirementsHint = "compile it anew, e.g. with uv pip compile --generate-hashes or uv export"
	variableHint     = "write the value itself; credentials belong in the environment or a netrc file"
	indexHint        = "use --index-url alone: a second index could serve another project under the same name"
)

const (
	// maxIncludes is how deep requirements files may include each other.
	maxIncludes = 20
	// maxFiles is how often files may be included in all: each may include others many times.
	maxFiles = 1000
)

// requirementsReader reads a requirements.txt in which every requirement is pinned and hashed, as
// pip's hash-checking mode asks for, and the files that it includes. A lock of this kind has no edges:
// each requirement is a Root, and its package has the requirement's marker as its Condition.
//
// The file names of an index's packages are not in such a lock: see Package.Hashes. What pip expands
// or looks up elsewhere (variables, a second index, files outside the lock's folder) is refused.
type requirementsReader struct {
	in      Input
	lock    *Lock
	markers markers
	byName  map[name.Name][]*Package
	// constraints are the lines of -c files.
	constraints []constraintLine
	noIndex     bool
	files       int // that were included so far
}

// constraintLine is a requirement of a -c file.
type constraintLine struct {
	at       place
	name     name.Name
	allowed  Constraint
	isMarked bool
}

// place is a line of a requirements file.
type place struct {
	file string // relative to the lock's folder, "" for the lock itself
	line int
}

// readRequirements reads a requirements.txt.
func readRequirements(in Input) (*Lock, error) {
	r := &requirementsReader{in: in, lock: &Lock{Path: in.Path, Format: Requirements}, byName: map[name.Name][]*Package{}}
	if err := r.readFile(in.Data, "", nil, false); err != nil {
		return nil, err
	}
	if err := r.checkConstraints(); err != nil {
		return nil, err
	}
	if len(r.lock.Packages) == 0 {
		return nil, r.wrong(place{}, requirementsHint, "no requirements")
	}
	r.setIndex()
	return r.lock, nil
}

// wrong is an error at a line.
func (r *requirementsReader) wrong(at place, hint, format string, args ...any) *Error {
	file := r.in.Path
	if at.file != "" {
		file = path.Join(path.Dir(strings.ReplaceAll(file, `\`, "/")), at.file)
	}
	return &Error{Path: file, Line: at.line, Msg: fmt.Sprintf(format, args...), Hint: hint}
}

// of is the error as one of a package.
func (e *Error) of(pkg string) *Error {
	e.Package = pkg
	return e
}

// warn notes an option that is not obeyed.
func (r *requirementsReader) warn(at place, format string, args ...any) {
	r.lock.Warnings = append(r.lock.Warnings, r.wrong(at, "", format, args...))
}

// readFile reads a requirements file, which the files of includes include.
func (r *requirementsReader) readFile(data []byte, file string, includes []string, isConstraint bool) *Error {
	at := place{file: file}
	if err := r.checkText(data, at); err != nil {
		return err
	}
	for line, text := range logicalLines(string(bytes.TrimPrefix(data, []byte("\ufeff")))) {
		at.line = line
		if err := r.readLine(text, at, includes, isConstraint); err != nil {
			return err
		}
	}
	return nil
}

// checkText refuses what is no text, or was not meant to be a requirements file.
func (r *requirementsReader) checkText(data []byte, at place) *Error {
	at.line = 1
	if start := bytes.TrimSpace(data); len(start) > 0 && start[0] == '<' && !bytes.HasPrefix(start, []byte("<<<")) {
		return r.wrong(at, "download the file itself", "an HTML or XML page where requirements should be")
	}
	for line := range bytes.Lines(data) {
		if !utf8.Valid(line) {
			return r.wrong(at, "save the file as UTF-8", "not UTF-8 text")
		}
		text := strings.TrimRight(string(line), "\r\n")
		if strings.ContainsFunc(text, func(c rune) bool { return c != '\t' && unicode.IsControl(c) || c == '\u2028' || c == '\u2029' }) {
			return r.wrong(at, requirementsHint, "a control character in %q", shortened(text))
		}
		for _, marker := range []string{"<<<<<<<", "=======", "|||||||", ">>>>>>>"} {
			if strings.HasPrefix(text, marker) {
				return r.wrong(at, "resolve the merge, then "+requirementsHint, "a line of a git merge conflict, %q", marker)
			}
		}
		at.line++
	}
	return nil
}

// shortened is the start of a text, for a message.
func shortened(text string) string {
	const shown = 80
	if len(text) <= shown {
		return text
	}
	return text[:shown] + "…"
}

// logicalLines yields the lines that are not empty, without comments, with the line each begins at.
// A line ending in "\" goes on in the next one; a comment ends it.
func logicalLines(text string) func(yield func(int, string) bool) {
	return func(yield func(int, string) bool) {
		start, joined := 0, strings.Builder{}
		number := 0
		flush := func() bool {
			line := strings.TrimSpace(uncommented(joined.String()))
			joined.Reset()
			return line == "" || yield(start, line)
		}
		for line := range strings.Lines(text) {
			number++
			line = strings.TrimRight(line, "\r\n")
			if joined.Len() == 0 {
				start = number
			}
			isComment := strings.HasPrefix(strings.TrimLeft(line, " \t"), "#")
			if isComment {
				joined.WriteByte(' ') // so that it is one after a continued line, too
			} else if before, continued := strings.CutSuffix(line, `\`); continued {
				joined.WriteString(strings.TrimRight(before, `\`))
				if joined.Len() == 0 {
					joined.WriteByte(' ') // the next line belongs to this one
				}
				continue
			}
			joined.WriteString(line)
			if !flush() {
				return
			}
		}
		flush()
	}
}

// uncommented is a line without its comment, which begins at a "#" after a space or at the start.
func uncommented(line string) string {
	for i := range len(line) {
		if line[i] == '#' && (i == 0 || line[i-1] == ' ' || line[i-1] == '\t') {
			return line[:i]
		}
	}
	return line
}

// add adds a package under a condition. One that is there already, under another, gets this too.
func (r *requirementsReader) add(p *Package, root Root) {
	root.Line, root.Name = p.Line, p.Name
	r.lock.Roots = append(r.lock.Roots, root)
	for _, other := range r.byName[p.Name] {
		if other.Source == p.Source && other.Version.Equal(p.Version) && other.Version.Local() == p.Version.Local() {
			other.Included = append(other.Included, p.Included...)
			for _, h := range p.Hashes {
				if !slices.Contains(other.Hashes, h) {
					other.Hashes = append(other.Hashes, h)
				}
			}
			return
		}
	}
	r.lock.Packages = append(r.lock.Packages, p)
	r.byName[p.Name] = append(r.byName[p.Name], p)
}

// checkConstraints holds the packages against the -c files. A constraint under a marker may not
// apply, and the requirement was compiled knowing that.
func (r *requirementsReader) checkConstraints() *Error {
	for _, c := range r.constraints {
		for _, p := range r.byName[c.name] {
			if !c.isMarked && !p.Version.IsZero() && !c.allowed.Allows(p.Version) {
				return r.wrong(c.at, requirementsHint, "the constraint %q does not allow it", c.allowed.Text).of(p.Name.String() + " " + p.Version.String())
			}
		}
	}
	return nil
}

// setIndex says of each package of an index which one that is.
func (r *requirementsReader) setIndex() {
	source := Source{Kind: FromIndex}
	for _, index := range r.lock.Indexes {
		if r.noIndex && index.Flat && source.Kind == FromIndex {
			source = Source{Kind: FromFlat, URL: index.URL}
			if !strings.Contains(index.URL, "://") {
				source.URL, source.Path = "", path.Clean(index.URL)
			}
		}
		if index.Default {
			source.URL = index.URL
		}
	}
	for _, p := range r.lock.Packages {
		if p.Source.Kind == FromIndex {
			p.Source = source
		}
	}
}

// pinned is the one version that a constraint allows, if it is "==" or "===" a version.
func pinned(c Constraint) (version.Version, bool) {
	text, isPin := strings.CutPrefix(c.Text, "==")
	v, err := version.Parse(strings.TrimSpace(strings.TrimPrefix(text, "=")))
	return v, isPin && err == nil
}
