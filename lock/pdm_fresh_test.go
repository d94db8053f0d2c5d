package lock

import (
	"os"
	"strings"
	"testing"
)

// TestPDMContentHash takes a lock that PDM wrote, and changes its project.
func TestPDMContentHash(t *testing.T) {
	data, err := os.ReadFile("../examples/bazel/formats/pdm.lock")
	if err != nil {
		t.Fatal(err)
	}
	project, err := os.ReadFile("../examples/bazel/formats/pyproject.toml")
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct{ old, replacement, want string }{
		"as it was":       {"", "", ""},
		"a comment":       {"[project]", "# a comment\n[project]", ""},
		"a description":   {"description = \"", "description = \"another ", ""},
		"a dependency":    {"boto3==1.28.72", "boto3==1.28.73", "pdm.lock:8: the lock was not made for pyproject.toml as it is now"},
		"a group":         {"pytest>=8,<9", "pytest>=8", "the lock was not made for"},
		"a source":        {"[tool.pdm]", "[[tool.pdm.source]]\nname = \"mirror\"\nurl = \"https://index.example\"\n[tool.pdm]", "the lock was not made for"},
		"a group in dev":  {"dev = [", "dev = [{include-group = \"x\"},", "can't be computed of pyproject.toml"},
		"no project":      {"[project]", "[project", "pyproject.toml:"},
		"a wrong type":    {"[dependency-groups]\ndev = [", "[dependency-groups]\nmore = 1\ndev = [", "pyproject.toml:"},
		"requires-python": {">=3.10,<3.13", ">=3.11", "the lock was not made for"},
	} {
		t.Run(name, func(t *testing.T) {
			if test.old != "" && !strings.Contains(string(project), test.old) {
				t.Fatalf("the project lacks %q", test.old)
			}
			in := Input{Path: "pdm.lock", Data: data, PyprojectPath: "pyproject.toml", Pyproject: []byte(strings.Replace(string(project), test.old, test.replacement, 1))}
			switch err := CheckFresh(in); {
			case test.want == "" && err != nil:
				t.Error(err)
			case test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)):
				t.Errorf("error %v, want %q", err, test.want)
			}
			l, err := Read(in)
			if err != nil {
				return // the project can't be read
			}
			warned := len(l.Warnings) > 0 && strings.Contains(l.Warnings[len(l.Warnings)-1].Msg, "not made for")
			if stale := strings.Contains(test.want, "not made for"); warned != stale {
				t.Errorf("reading warns of %v", l.Warnings)
			}
		})
	}
}
