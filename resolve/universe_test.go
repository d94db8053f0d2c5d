package resolve

import (
	"bufio"
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/ofiuco/ofiuco/pypa/name"
	"github.com/ofiuco/ofiuco/pypa/requirement"
	"github.com/ofiuco/ofiuco/pypa/version"
	"github.com/ofiuco/ofiuco/target"
)

// universe is all releases of a made-up index.
type universe struct {
	files    map[name.Name][]File
	metadata map[string]Metadata // by file name
	asked    int                 // for metadata
}

func (u *universe) Files(_ context.Context, project name.Name) ([]File, error) {
	return u.files[project], nil
}

func (u *universe) Metadata(_ context.Context, _ name.Name, wheel File) (Metadata, error) {
	u.asked++
	return u.metadata[wheel.Filename], nil
}

// parseUniverse reads one file in each line: its name (".whl" may be left out for a pure wheel), then facts after "|": requirements,
// "python SPECIFIERS" of the index's page, "requires-python SPECIFIERS" of METADATA, "yanked" and "no hash".
func parseUniverse(t testing.TB, text string) *universe {
	t.Helper()
	u := &universe{files: map[name.Name][]File{}, metadata: map[string]Metadata{}}
	lines := bufio.NewScanner(strings.NewReader(text))
	for lines.Scan() {
		parts := strings.Split(lines.Text(), "|")
		file := strings.TrimSpace(parts[0])
		if file == "" {
			continue
		}
		if !strings.HasSuffix(file, ".whl") && !strings.HasSuffix(file, ".tar.gz") {
			file += "-py3-none-any.whl"
		}
		project, _, _ := strings.Cut(file, "-")
		f := File{Filename: file, URL: "https://example.com/" + file, SHA256: strings.Repeat("0", 64)}
		var metadata Metadata
		for _, fact := range parts[1:] {
			fact = strings.TrimSpace(fact)
			if python, ok := strings.CutPrefix(fact, "requires-python "); ok {
				metadata.RequiresPython = python
			} else if python, ok := strings.CutPrefix(fact, "python "); ok {
				f.RequiresPython = python
			} else if fact == "yanked" {
				f.Yanked = true
			} else if fact == "no hash" {
				f.SHA256 = ""
			} else {
				metadata.Requires = append(metadata.Requires, fact)
			}
		}
		n := name.Normalize(project)
		u.files[n] = append(u.files[n], f)
		u.metadata[file] = metadata
	}
	return u
}

func parseRequirements(t testing.TB, texts ...string) []requirement.Requirement {
	t.Helper()
	var all []requirement.Requirement
	for _, text := range texts {
		r, err := requirement.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, r)
	}
	return all
}

func mustTarget(t testing.TB, text string) target.Target {
	t.Helper()
	parsed, err := target.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

// versionsOf is pins in one line, with the wheel of those that are not pure.
func versionsOf(pins []Pin) string {
	var texts []string
	for _, p := range pins {
		text := fmt.Sprint(p.Name, " ", p.Version)
		if set, ok := strings.CutSuffix(p.Wheel.Filename, "-py3-none-any.whl"); !ok {
			text += " (" + strings.TrimSuffix(set, ".whl") + ")"
		}
		texts = append(texts, text)
	}
	return strings.Join(texts, ", ")
}

func preferences(t testing.TB, text string) map[name.Name]version.Version {
	t.Helper()
	prefer := map[name.Name]version.Version{}
	for part := range strings.SplitSeq(text, ",") {
		if n, v, ok := strings.Cut(strings.TrimSpace(part), " "); ok {
			prefer[name.Name(n)] = version.MustParse(v)
		}
	}
	return prefer
}
