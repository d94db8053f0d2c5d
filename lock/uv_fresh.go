package lock

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ofiuco/ofiuco/internal/tomldoc"
	"github.com/ofiuco/ofiuco/pypa/marker"
	"github.com/ofiuco/ofiuco/pypa/name"
	"github.com/ofiuco/ofiuco/pypa/version"
	"github.com/ofiuco/ofiuco/target"
)

// maxStaleFacts is how many differences a message tells of.
const maxStaleFacts = 5

// request is something that a project asks for, apart from its marker.
type request struct {
	group, extra name.Name // of the project, that ask for it
	// requirement is the name with its extras and version requirement, such as "shapely[extra] >=2.0,<3".
	requirement string
	sourced     bool // by [tool.uv.sources] or a URL
}

func (r request) String() string {
	text := r.requirement
	if r.sourced {
		text += " from a source of its own"
	}
	if r.group != "" {
		text += fmt.Sprintf(" in the group %q", r.group)
	}
	if r.extra != "" {
		text += fmt.Sprintf(" in the extra %q", r.extra)
	}
	return text
}

// requests are what a project asks for, each with the answers of its marker in every environment. uv rewrites markers, and splits
// a requirement whose sources depend on markers, so that only the answers are the same.
type requests struct {
	environments []marker.Environment
	answers      map[request][]bool
	// mixed are the names of which only some requirements have a source, by their markers.
	mixed map[name.Name]bool
}

// add adds a requirement that d.Extra or a group asks for, together with an equal one that is there already.
func (r *requests) add(group name.Name, d Dependency, sourced bool) {
	asked := request{group: group, extra: d.Extra, sourced: sourced && !r.mixed[d.Name]}
	extras := make([]string, len(d.Extras))
	for i, extra := range d.Extras {
		extras[i] = extra.String()
	}
	slices.Sort(extras)
	asked.requirement = d.Name.String()
	if len(extras) > 0 {
		asked.requirement += "[" + strings.Join(slices.Compact(extras), ",") + "]"
	}
	if !sourced && !r.mixed[d.Name] {
		asked.requirement += d.Constraint.sorted()
	}
	answers := r.answers[asked]
	if answers == nil {
		answers = make([]bool, len(r.environments))
		r.answers[asked] = answers
	}
	for i := range r.environments {
		environment := r.environments[i]
		environment.Extra = d.Extra.String()
		holds, err := d.Marker.Evaluate(&environment)
		answers[i] = answers[i] || err == nil && holds
	}
}

// sorted is the constraint, of PEP 440, in one spelling: " <3,>=2.0".
func (c Constraint) sorted() string {
	var all []string
	for _, set := range c.AnyOf {
		for specifier := range set.All() {
			all = append(all, specifier.String())
		}
	}
	slices.Sort(all)
	if all = slices.Compact(all); len(all) == 0 {
		return ""
	}
	return " " + strings.Join(all, ",")
}

func checkUVFresh(in Input) error {
	f, err := openTOML(in.Path, in.Data, uvHint)
	if err != nil {
		return err
	}
	project, err := readPyproject(in, UV)
	if err != nil {
		return err
	}
	sources, err := uvSources(in)
	if err != nil {
		return err
	}
	c := &uvFreshness{tomlFile: f, project: project, sources: sources}
	facts, line := c.compare()
	if f.stop() {
		return f.err
	}
	if len(facts) > 0 {
		return staleError(in, line, uvHint, facts...)
	}
	return nil
}

// uvSources are the names that [tool.uv.sources] has a source for, and whether that depends on markers.
func uvSources(in Input) (map[name.Name]bool, error) {
	f, err := openTOML(in.PyprojectPath, in.Pyproject, uvHint)
	if err != nil {
		return nil, err
	}
	sources := map[name.Name]bool{}
	for project, v := range f.doc.Root().Table("tool").Table("uv").Table("sources").All() {
		sources[f.name(project, v)] = v.Kind() == tomldoc.Array
	}
	if f.stop() {
		return nil, f.err
	}
	return sources, nil
}

// uvFreshness compares a uv.lock with a pyproject.toml.
type uvFreshness struct {
	*tomlFile // the lock
	project   *pyproject
	sources   map[name.Name]bool // by uvSources
}

// compare tells what differs, and where the lock keeps it.
func (c *uvFreshness) compare() (facts []string, line int) {
	root := c.doc.Root()
	own, metadata := c.own(root)
	python := root.Get("requires-python")
	if locked := c.specifiers(python); c.project.requiresPython.Text != "" && !samePythons(locked, c.project.requiresPython) {
		facts = append(facts, fmt.Sprintf("requires-python is %q, and the lock was made for %q", c.project.requiresPython.Text, python.String()))
	}
	if own != c.project.name {
		facts = append(facts, fmt.Sprintf("the project is %q, and the lock was made for %q", c.project.name, own))
	}
	environments := c.environments()
	locked, asked := c.empty(environments), c.empty(environments)
	c.readLocked(locked, metadata)
	c.readAsked(asked)
	facts = append(facts, difference(asked, locked, "%s is asked for, and not in the lock")...)
	facts = append(facts, difference(locked, asked, "%s is in the lock, and no longer asked for")...)
	if len(facts) > maxStaleFacts {
		facts = append(facts[:maxStaleFacts-1], fmt.Sprintf("and %d more", len(facts)-maxStaleFacts+1))
	}
	return facts, max(metadata.Line(), python.Line())
}

// own is the project in the lock's folder, and what the lock keeps of its pyproject.toml. One that is no package is in the manifest.
func (c *uvFreshness) own(root tomldoc.Table) (name.Name, tomldoc.Table) {
	for t := range root.Tables("package") {
		source := t.Table("source")
		for _, kind := range []string{"editable", "virtual", "directory"} {
			if source.Has(kind) && source.String(kind) == "." {
				return name.Normalize(t.String("name")), t.Table("metadata")
			}
		}
	}
	return "", root.Table("manifest")
}

func (c *uvFreshness) empty(environments []marker.Environment) *requests {
	return &requests{environments: environments, answers: map[request][]bool{}, mixed: c.sources}
}

// platforms are those whose answers to markers differ.
var platforms = []string{"linux/amd64", "linux/arm64", "macos/arm64", "windows/amd64"}

// environments are those that the project is for.
func (c *uvFreshness) environments() []marker.Environment {
	var all []marker.Environment
	for minor := 8; minor <= 15; minor++ {
		for _, platform := range platforms {
			t, err := target.New(fmt.Sprintf("3.%d", minor), platform)
			if err != nil {
				continue
			}
			python, err := version.Parse(t.FullPython())
			if err == nil && c.project.requiresPython.Allows(python) {
				all = append(all, *t.Environment())
			}
		}
	}
	return all
}

// ownSources are the keys of a requirement in the lock that say where it is from.
var ownSources = []string{"index", "url", "git", "path", "directory", "editable", "virtual"}

// readLocked reads what the lock was made for.
func (c *uvFreshness) readLocked(into *requests, metadata tomldoc.Table) {
	add := func(t tomldoc.Table, group name.Name) {
		project := t.Get("name")
		d := Dependency{Name: c.name(project.String(), project), Extras: c.names(t.Get("extras")), Constraint: c.specifiers(t.Get("specifier"))}
		text := t.Get("marker")
		if text.Present() {
			d.Marker = c.markerText(text.String(), text)
		}
		for _, d.Extra = range c.extrasOf(text) {
			into.add(group, d, slices.ContainsFunc(ownSources, t.Has))
		}
	}
	for _, key := range []string{"requires-dist", "requirements"} {
		if !c.project.dynamic {
			for t := range metadata.Tables(key) {
				add(t, "")
			}
		}
	}
	for _, key := range []string{"requires-dev", "dependency-groups"} {
		for group, v := range metadata.Table(key).All() {
			n := c.name(group, v)
			for t := range v.Tables() {
				add(t, n)
			}
		}
	}
}

// readAsked reads what the project asks for.
func (c *uvFreshness) readAsked(into *requests) {
	for _, root := range c.project.roots {
		if root.Group == "" && c.project.dynamic {
			continue
		}
		_, sourced := c.sources[root.Name]
		into.add(root.Group, root.Dependency, sourced || root.Source != nil)
	}
}

// maxMarkerExtras bounds the extras of one marker, each of which the marker is evaluated for.
const maxMarkerExtras = 100

// extrasOf are the extras that a marker of the lock asks for, "" when it asks for none.
func (c *uvFreshness) extrasOf(text tomldoc.Value) []name.Name {
	var extras []name.Name
	for _, item := range conflictItem.FindAllStringSubmatch(text.String(), maxMarkerExtras+1) {
		extras = append(extras, name.Normalize(item[2]))
	}
	if len(extras) > maxMarkerExtras {
		c.fail(text.Line(), "a marker asks for more than %d extras", maxMarkerExtras)
	}
	if len(extras) == 0 {
		return []name.Name{""}
	}
	slices.Sort(extras)
	return slices.Compact(extras)
}

// difference tells of what is asked for in one and not in the other, or elsewhere.
func difference(one, other *requests, format string) []string {
	var facts []string
	for asked, answers := range one.answers {
		if !slices.Equal(answers, other.answers[asked]) {
			facts = append(facts, fmt.Sprintf(format, asked))
		}
	}
	slices.Sort(facts)
	return facts
}

// samePythons tells whether two constraints allow the same Pythons.
func samePythons(a, b Constraint) bool {
	for minor := range 31 {
		for micro := range 31 {
			v, err := version.Parse(fmt.Sprintf("3.%d.%d", minor, micro))
			if err == nil && a.Allows(v) != b.Allows(v) {
				return false
			}
		}
	}
	return true
}
