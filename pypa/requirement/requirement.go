// Package requirement reads and prints dependency specifiers (PEP 508), such as
//
//	requests[security] >= 2.8.1, == 2.8.* ; python_version < "3.12"
//	pip @ https://example.com/pip.zip ; sys_platform == "linux"
//
// METADATA's Requires-Dist, pyproject.toml's dependencies and dependency groups and the lines of a
// requirements.txt are read with it. It answers as the `packaging` project (26.3) does. Its rules:
//
//   - Name and extras are normalized (PEP 503, PEP 685); extras are a sorted set.
//   - Specifiers may stand in parentheses, and may end in a comma.
//   - A URL ends at the first space, so that a marker after it needs " ;".
//   - Between tokens only spaces and tabs are allowed.
//
// Two spellings that `packaging` reads are refused: names and extras that end in "_", which PEP 508
// and a later check by name.Parse exclude, and what the packages version and marker refuse.
package requirement

import (
	"strings"

	"github.com/ofiuco/ofiuco/pypa/marker"
	"github.com/ofiuco/ofiuco/pypa/name"
	"github.com/ofiuco/ofiuco/pypa/version"
)

// Requirement is one dependency of a project.
type Requirement struct {
	Name       name.Name
	Extras     []name.Name        // asked for; sorted, without repetition
	Specifiers version.Specifiers // none with a URL
	URL        string             // where to take it from, else ""; it may hold credentials
	Marker     *marker.Marker     // nil: always required
}

// SyntaxError points at the place in a requirement that is wrong. Credentials of a URL are blotted
// out of its text.
type SyntaxError = marker.SyntaxError

// String is the requirement as packaging prints it, with normalized names.
func (r Requirement) String() string {
	var b strings.Builder
	b.WriteString(r.Name.String())
	for i, extra := range r.Extras {
		b.WriteByte("[,"[min(i, 1)])
		b.WriteString(extra.String())
	}
	if len(r.Extras) > 0 {
		b.WriteByte(']')
	}
	b.WriteString(r.Specifiers.String())
	if r.URL != "" {
		b.WriteString(" @ " + r.URL)
		if r.Marker != nil {
			b.WriteByte(' ')
		}
	}
	if r.Marker != nil {
		b.WriteString("; " + r.Marker.String())
	}
	return b.String()
}
