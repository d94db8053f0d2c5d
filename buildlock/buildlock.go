// Package buildlock reads and writes ofiuco.build.lock: the versions and hashes of all that takes part in builds from source.
//
// It stands beside lock, between resolve and build: what a build requires is looked up here, and resolved only
// where it is not known yet. The file is TOML:
//
//	version = 1
//
//	[[build]]
//	package = "markupsafe 2.1.5"             # or "myproject @ ./libs/myproject"
//	for = ["cp312-manylinux_x86_64"]         # the Pythons and platforms that it was resolved for
//	requires = ["setuptools>=61"]            # as the source tree and its backend ask
//	pins = ["setuptools 75.1.0"]             # each is a package below
//
//	[[package]]
//	name = "setuptools"
//	version = "75.1.0"
//	requires-python = ">=3.8"
//	requires = []                            # as its METADATA asks; what hangs on an extra only for those of extras
//	extras = []
//	index = "internal"                       # its name or URL; left out for the default index
//	url = "https://…"                        # in place of an index, where a build names a URL
//	files = [{ file = "setuptools-75.1.0-py3-none-any.whl", sha256 = "…", size = 1248506 }]
//
// Its rules:
//
//   - Every file has a sha256. All wheels of a release are there, so that another host takes the same version.
//   - Pins count for exactly the requirements that they were resolved for, in any spelling and order.
//   - Pins of one target are taken for another one, too, as long as they have a wheel for it and lack nothing
//     that it requires in addition: versions change only where they must.
//   - The text depends on what is locked only. Entries are sorted and one to a block, values one to a line, so that a diff is
//     read easily and git merges what two branches added. A merge that leaves a contradiction is refused.
package buildlock

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/ofiuco/ofiuco/lock"
	"github.com/ofiuco/ofiuco/pypa/name"
	"github.com/ofiuco/ofiuco/pypa/requirement"
	"github.com/ofiuco/ofiuco/pypa/version"
	"github.com/ofiuco/ofiuco/resolve"
	"github.com/ofiuco/ofiuco/target"
)

// Filename is the build lock's name, beside the lock.
const Filename = "ofiuco.build.lock"

// Lock is a build lock. The zero Lock is empty.
type Lock struct {
	// Warnings are to be shown once; reading went on.
	Warnings []*lock.Error

	path     string
	builds   []*Build
	releases map[release]*locked
}

// Key says for what requirements were resolved.
type Key struct {
	Package      string   // "markupsafe 2.1.5", or "myproject @ ./libs/myproject" for a folder
	Requirements []string // as the source tree and its backend name them; in any spelling and order
	Target       target.Target
}

// Build is an entry: what is built, and with what.
type Build struct {
	Package      string   // as in Key, its name and version normalized
	For          []string // the Pythons and platforms that it was resolved for, sorted: "cp312-manylinux_x86_64"
	Requirements []string // normalized and sorted
	Pins         []string // "setuptools 75.1.0", sorted
	Line         int      // in the file, 0 for one that was added

	pins []release
}

// release names a locked package.
type release struct {
	name    name.Name
	version string
}

func (r release) String() string { return string(r.name) + " " + r.version }

// locked is a locked package.
type locked struct {
	resolve.Pin
	line int
}

// Len is the number of builds.
func (l *Lock) Len() int { return len(l.builds) }

// Builds are the entries in the order of the file.
func (l *Lock) Builds() []Build {
	var all []Build
	for _, b := range l.sorted() {
		all = append(all, *b)
	}
	return all
}

// Versions are the newest versions that are pinned, for resolve.Resolve to prefer, so that builds share what they can.
func (l *Lock) Versions() map[name.Name]version.Version {
	versions := map[name.Name]version.Version{}
	for _, b := range l.builds {
		for _, r := range b.pins {
			v := l.releases[r].Version
			if known, ok := versions[r.name]; !ok || v.Compare(known) > 0 {
				versions[r.name] = v
			}
		}
	}
	return versions
}

// Lookup are the pins of a build, not ok when the lock has none for the key: then Explain says why. Files that were
// read from the file have no URL, unless the Pin is Direct: their index knows it.
func (l *Lock) Lookup(k Key) (pins []resolve.Pin, ok bool) {
	requirements, err := parseAll(k.Requirements)
	if err != nil {
		return nil, false
	}
	for _, b := range l.matching(k) {
		if pins, err := l.pins(b, k.Target, requirements); err == nil {
			return pins, true
		}
	}
	return nil, false
}

// pins are those of a build for a target, or why they do not serve it.
func (l *Lock) pins(b *Build, t target.Target, requirements []requirement.Requirement) ([]resolve.Pin, error) {
	resolved := slices.Contains(b.For, kindOf(t))
	var pins []resolve.Pin
	for _, r := range b.pins {
		pin := l.releases[r].Pin
		if resolved {
			// All of them are needed, and nothing else is. What they require is not asked again: wheels of one
			// release may differ in that, and the lock has what all of them require together.
			requirements = append(requirements, requirement.Requirement{Name: pin.Name})
			pin.Requires = nil
		}
		pins = append(pins, pin)
	}
	return resolve.Within(t, requirements, pins)
}

// matching are the builds of a key's package and requirements: first those that were resolved for its target.
func (l *Lock) matching(k Key) []*Build {
	wanted, kind := normalize(k.Requirements), kindOf(k.Target)
	var exact, others []*Build
	for _, b := range l.sorted() {
		switch {
		case b.Package != packageOf(k.Package) || !slices.Equal(b.Requirements, wanted):
		case slices.Contains(b.For, kind):
			exact = append(exact, b)
		default:
			others = append(others, b)
		}
	}
	return append(exact, others...)
}

// Explain says why Lookup finds no pins for a key: nil when it does.
func (l *Lock) Explain(k Key) *lock.Error {
	e := &lock.Error{Path: l.path, Package: packageOf(k.Package)}
	requirements, err := parseAll(k.Requirements)
	if err != nil {
		e.Msg = err.Error()
		return e
	}
	for _, b := range l.matching(k) {
		_, err := l.pins(b, k.Target, requirements)
		if err == nil {
			return nil
		}
		if e.Msg == "" {
			e.Line, e.Msg = b.Line, fmt.Sprintf("its build requirements are not pinned for %s: %s", k.Target, err)
		}
	}
	if e.Msg != "" {
		return e
	}
	for _, b := range l.sorted() {
		if b.Package == e.Package {
			e.Line, e.Msg = b.Line, "its build requirements changed"
			e.Facts = append(e.Facts, "pinned for "+list(b.Requirements))
		}
	}
	if e.Msg == "" {
		e.Msg = "its build requirements are not pinned"
	}
	e.Facts = append(e.Facts, "required are "+list(normalize(k.Requirements)))
	return e
}

// list is texts in one line, "none" for none.
func list(texts []string) string {
	if len(texts) == 0 {
		return "none"
	}
	var quoted []string
	for _, text := range texts {
		quoted = append(quoted, fmt.Sprintf("%q", text))
	}
	return strings.Join(quoted, ", ")
}

// Add notes the pins of a build, in place of those for the same key. It is an error when a file is locked with
// another hash, or a release from another place; then nothing is noted.
func (l *Lock) Add(k Key, pins []resolve.Pin) error {
	kind := kindOf(k.Target)
	added := &Build{Package: packageOf(k.Package), For: []string{kind}, Requirements: normalize(k.Requirements)}
	merged := map[release]*locked{}
	for _, p := range pins {
		r := release{p.Name, p.Version.String()}
		m, err := l.merge(r, p)
		if err != nil {
			return &lock.Error{Path: l.path, Package: r.String(), Msg: err.Error(), Hint: "ask the index's operator which file is the right one"}
		}
		merged[r] = m
		added.pins = append(added.pins, r)
	}
	if l.releases == nil {
		l.releases = map[release]*locked{}
	}
	maps.Copy(l.releases, merged)
	added.sortPins()
	l.replace(added, kind)
	return nil
}

// replace puts a build in the place of the one of the same package and requirements for its target.
func (l *Lock) replace(added *Build, kind string) {
	l.builds = slices.DeleteFunc(l.builds, func(b *Build) bool {
		if b.Package != added.Package || !slices.Equal(b.Requirements, added.Requirements) {
			return false
		}
		b.For = slices.DeleteFunc(b.For, func(f string) bool { return f == kind })
		if slices.Equal(b.pins, added.pins) {
			added.For = append(added.For, b.For...)
			return true
		}
		return len(b.For) == 0
	})
	slices.Sort(added.For)
	l.builds = append(l.builds, added)
}

func (b *Build) sortPins() {
	slices.SortFunc(b.pins, func(a, c release) int { return strings.Compare(string(a.name), string(c.name)) })
	b.Pins = nil
	for _, r := range b.pins {
		b.Pins = append(b.Pins, r.String())
	}
}

// Prune drops the builds that no key keeps. A key keeps those of its Package and Requirements for every target;
// one whose Requirements are nil keeps all of its Package.
func (l *Lock) Prune(keep []Key) {
	kept := map[string]bool{}
	for _, k := range keep {
		if k.Requirements == nil {
			kept[packageOf(k.Package)] = true
		} else {
			kept[packageOf(k.Package)+"\x00"+strings.Join(normalize(k.Requirements), "\x00")] = true
		}
	}
	l.builds = slices.DeleteFunc(l.builds, func(b *Build) bool {
		return !kept[b.Package] && !kept[b.Package+"\x00"+strings.Join(b.Requirements, "\x00")]
	})
}

// kindOf is what a build lock calls a target: wheels of one version of its C library or of macOS mostly serve
// the others, so that the version is left out.
func kindOf(t target.Target) string {
	interpreter, platform := "cp", ""
	if t.PyPy() {
		interpreter = "pp"
	}
	interpreter += strings.ReplaceAll(t.Python(), ".", "")
	if t.FreeThreaded() {
		interpreter += "t"
	}
	switch t.OS() {
	case target.MacOS:
		platform = "macosx"
	case target.Windows:
		platform = "win"
	default:
		platform = "manylinux"
		if t.Libc().Name == "musl" {
			platform = "musllinux"
		}
	}
	return interpreter + "-" + platform + "_" + t.Arch()
}

// packageOf is a Key's Package with its name and version normalized.
func packageOf(text string) string {
	project, rest, found := strings.Cut(strings.TrimSpace(text), " ")
	if v, err := version.Parse(rest); err == nil {
		rest = v.String()
	}
	if !found {
		return string(name.Normalize(project))
	}
	return string(name.Normalize(project)) + " " + rest
}

// normalize is requirements in their normal form, sorted, each once. What is no requirement stays as it is.
func normalize(texts []string) []string {
	normal := []string{}
	for _, text := range texts {
		if r, err := requirement.Parse(text); err == nil {
			text = r.String()
		}
		normal = append(normal, text)
	}
	slices.Sort(normal)
	return slices.Compact(normal)
}

func parseAll(texts []string) ([]requirement.Requirement, error) {
	var all []requirement.Requirement
	for _, text := range texts {
		r, err := requirement.Parse(text)
		if err != nil {
			return nil, fmt.Errorf("the build requirement %q cannot be read: %w", text, err)
		}
		all = append(all, r)
	}
	return all, nil
}
