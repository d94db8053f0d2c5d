package lock

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/ofiuco/ofiuco/internal/tomldoc"
	"github.com/ofiuco/ofiuco/pypa/marker"
	"github.com/ofiuco/ofiuco/pypa/name"
)

// conflictItem is how uv asks in a marker whether something that conflicts is active; in the metadata
// of a project it is that of any extra.
var conflictItem = regexp.MustCompile(`\bextra (==|!=) '([^']*)'`)

// conflictMarker is a marker in which uv may ask what is active. Such a question becomes one of
// PEP 751 about the selection's extras and dependency groups:
//
//	extra == 'extra-4-conf-cpu'   'cpu' in extras               the extra "cpu" of conf is active
//	extra == 'group-4-conf-dev'   'dev' in dependency_groups    the group "dev" of conf is active
//	extra == 'project-4-conf'     '' in dependency_groups       conf's own dependencies are installed
//
// where conf is a package that the selection starts from (its number is the length of the name).
// An extra of the project is active when it was chosen or when an edge that is taken asks for it.
// Of another package an extra is active only when such an edge asks for it, and then the question
// is 'conf[cpu]' in extras; its group and its being a project never are, 'conf:dev' in
// dependency_groups. So a selection gathers, before it looks at an edge, the extras as "cpu" or
// "conf[cpu]" and the groups, "" with them when the project's own dependencies are installed.
//
// The edge that asks project for extras, if it is one's marker, may depend on these being active: uv
// takes them for active then, and so they are here.
func (r *uvReader) conflictMarker(v tomldoc.Value, project name.Name, extras []name.Name) *marker.Marker {
	text := v.String()
	if text == "" {
		return nil
	}
	if strings.Contains(text, "extra ") {
		text = conflictItem.ReplaceAllStringFunc(text, func(item string) string {
			parts := conflictItem.FindStringSubmatch(item)
			item = parts[2]
			question, opposite := r.conflictQuestion(item)
			if question == "" {
				r.fail(v.Line(), "marker asks for an unknown kind of extra, %q", item)
			}
			for _, extra := range extras {
				if item == fmt.Sprintf("extra-%d-%s-%s", len(project), project, extra) {
					question, opposite = alwaysHolds, neverHolds
				}
			}
			if parts[1] == "!=" {
				return opposite
			}
			return question
		})
	}
	return r.markerText(text, v)
}

// Markers that hold everywhere and nowhere; the language has no constants.
const alwaysHolds, neverHolds = `python_version >= "0"`, `python_version < "0"`

// conflictQuestion is the PEP 751 form of one of uv's names and its opposite, "" for what is none:
//
//	kind "-" length "-" package [ "-" item ]
func (r *uvReader) conflictQuestion(text string) (question, opposite string) {
	kind, rest, _ := strings.Cut(text, "-")
	digits, rest, _ := strings.Cut(rest, "-")
	length, err := strconv.Atoi(digits)
	if err != nil || length < 1 || length > len(rest) {
		return "", ""
	}
	project, item := rest[:length], strings.TrimPrefix(rest[length:], "-")
	if (kind == "project") != (item == "") {
		return "", ""
	}
	var set string
	switch own := r.starts[name.Name(project)]; {
	case kind == "extra":
		set = "extras"
		if !own {
			item = project + "[" + item + "]"
		}
	case kind == "group", kind == "project":
		set = "dependency_groups"
		if !own {
			item = project + ":" + item
		}
	default:
		return "", ""
	}
	return "'" + item + "' in " + set, "'" + item + "' not in " + set
}
