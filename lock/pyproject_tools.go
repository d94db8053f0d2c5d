package lock

import (
	"strings"

	"github.com/ofiuco/ofiuco/internal/tomldoc"
	"github.com/ofiuco/ofiuco/pypa/name"
	"github.com/ofiuco/ofiuco/pypa/requirement"
)

// readUV reads what [tool.uv] says of groups and indexes; all else is in uv.lock.
func (r *projectReader) readUV(t tomldoc.Table) {
	for item := range t.Get("dev-dependencies").Items() {
		dev := r.group("dev", item.Line())
		dev.standard = append(dev.standard, r.requirement(item))
	}
	defaults, all := map[name.Name]bool{"dev": true}, false
	switch v := t.Get("default-groups"); v.Kind() {
	case tomldoc.Absent:
	case tomldoc.String:
		if all = v.String() == "all"; !all {
			r.fail(v.Line(), `default-groups must be "all" or an array, found %q`, v.String())
		}
	default:
		clear(defaults)
		for _, n := range r.names(v) {
			defaults[n] = true
		}
	}
	for n, g := range r.groups {
		g.optional = !all && !defaults[n]
	}
	for s := range t.Tables("index") {
		url := s.Get("url")
		index := Index{
			Name: s.String("name"), URL: url.String(),
			Explicit: s.Bool("explicit"), Default: s.Bool("default"), Flat: s.String("format") == "flat",
		}
		if !index.Flat { // a flat one may be a folder
			r.webURL(url)
		}
		r.project.indexes = append(r.project.indexes, index)
	}
}

// readPDM reads what [tool.pdm] says of groups and indexes.
func (r *projectReader) readPDM(t tomldoc.Table) {
	for key, v := range t.Table("dev-dependencies").All() {
		g := r.group(r.name(key, v), v.Line())
		for item := range v.Items() {
			g.standard = append(g.standard, r.pdmRequirement(item.String(), item))
		}
	}
	for s := range t.Tables("source") {
		url := s.Get("url")
		index := Index{Name: s.String("name"), URL: url.String(), Flat: s.String("type") == "find_links"}
		index.Default = strings.EqualFold(index.Name, "pypi") // so PDM calls the one that stands for PyPI
		if !index.Flat {
			r.webURL(url)
		}
		r.project.indexes = append(r.project.indexes, index)
	}
}

// pdmRequirement is a requirement in PDM's notation: PEP 508's, or a URL that is to be editable,
//
//	-e file:///${PROJECT_ROOT}/folder#egg=name
func (f *tomlFile) pdmRequirement(text string, v tomldoc.Value) poetryDependency {
	line, editable := strings.CutPrefix(text, "-e ")
	if editable {
		address, fragment, _ := strings.Cut(strings.TrimSpace(line), "#")
		egg, _, _ := strings.Cut(strings.TrimPrefix(fragment, "egg="), "&")
		line = egg + " @ " + address
	}
	parsed, err := requirement.Parse(line)
	if err != nil {
		f.fail(v.Line(), "%s", err)
		return poetryDependency{}
	}
	d := requirementEdge(parsed, v.Line())
	if d.Source != nil {
		d.Source.Editable = editable
	}
	return poetryDependency{Dependency: d}
}
