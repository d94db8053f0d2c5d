package lock

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func parseProject(text string, format Format) (*pyproject, error) {
	return readPyproject(Input{Pyproject: []byte(text), PyprojectPath: "pyproject.toml"}, format)
}

func TestDependencyGroups(t *testing.T) {
	p, err := parseProject(`
[dependency-groups]
Base = ["six"]
left = [{include-group = "base"}, "idna"]
right = [{include-group = "BASE"}]
all = [{include-group = "left"}, {include-group = "right"}]
`, UV)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, r := range p.roots {
		if r.Group == "all" {
			all = append(all, r.Name.String())
		}
	}
	if got := strings.Join(all, " "); got != "six idna" && got != "idna six" {
		t.Errorf("group all has %s, want six and idna, each once", got)
	}
	if len(p.defaultGroups) != 0 {
		t.Errorf("defaultGroups = %v, want none but dev", p.defaultGroups)
	}
}

func TestMalformedPyproject(t *testing.T) {
	var chain strings.Builder
	chain.WriteString("[dependency-groups]\ng0 = []\n")
	for i := range 200 {
		fmt.Fprintf(&chain, "g%d = [{include-group = \"g%d\"}]\n", i+1, i)
	}
	for name, test := range map[string]struct {
		text, want string
		format     Format
	}{
		"cycle":           {"[dependency-groups]\na = [{include-group = \"b\"}]\nb = [{include-group = \"a\"}]", `pyproject.toml:3: dependency group "a" includes itself through "b"`, UV},
		"self":            {"[dependency-groups]\na = [{include-group = \"a\"}]", `dependency group "a" includes itself`, PDM},
		"poetry cycle":    {"[tool.poetry.group.a]\ninclude-groups = [\"b\"]\n[tool.poetry.group.b]\ninclude-groups = [\"a\"]", "includes itself through", Poetry},
		"unknown group":   {"[dependency-groups]\na = [{include-group = \"b\"}]", `dependency group "a" includes "b", which is not defined`, UV},
		"group twice":     {"[dependency-groups]\na-b = []\nA_B = []", `pyproject.toml:3: dependency group "a-b" stands here twice`, UV},
		"group entry":     {"[dependency-groups]\na = [{path = \"x\"}]", "an entry must be a requirement or {include-group = …}", UV},
		"deep chain":      {chain.String(), "more than 100 deep", UV},
		"alternatives":    {"[tool.poetry.dependencies]\nsix = \"" + strings.Repeat("1|", 256) + "2\"", "a version constraint of 257 alternatives", Poetry},
		"hub":             {hubGroups(), "more than 100000 dependencies in all", UV},
		"requirement":     {"[project]\ndependencies = [\n  \"six\",\n  \"a b\",\n]", "pyproject.toml:4: ", UV},
		"priority":        {"[[tool.poetry.source]]\nname = \"x\"\nurl = \"https://h/simple\"\npriority = \"first\"", `pyproject.toml:4: unknown priority "first" of source "x"`, Poetry},
		"default groups":  {"[tool.uv]\ndefault-groups = \"some\"", `default-groups must be "all" or an array, found "some"`, UV},
		"index":           {"[[tool.uv.index]]\nurl = \"file:///simple\"", "is not an http or https URL", UV},
		"dependency":      {"[tool.poetry.dependencies]\nsix = true", "dependency six must be a string or a table, found a boolean", Poetry},
		"platform":        {"[tool.poetry.dependencies]\nsix = {version = \"*\", platform = \"li'nux\"}", "invalid platform constraint", Poetry},
		"python":          {"[tool.poetry.dependencies]\nsix = {version = \"*\", python = \"three\"}", "invalid version constraint", Poetry},
		"not a table":     {"dependency-groups = []", "dependency-groups must be a table, found an array", UV},
		"conflict":        {"<<<<<<< HEAD\n[project]", "pyproject.toml:1: a line of a git merge conflict", UV},
		"pdm requirement": {"[tool.pdm.dev-dependencies]\ndev = [\"-e \"]", "pyproject.toml:2: ", PDM},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := parseProject(test.text, test.format)
			wantError(t, err, test.want)
		})
	}
}

// hubGroups is a file of a few kilobytes whose groups multiply to a million dependencies.
func hubGroups() string {
	var b strings.Builder
	b.WriteString("[dependency-groups]\nhub = [" + strings.Repeat("\"six\",", 1000) + "]\n")
	for i := range 1000 {
		fmt.Fprintf(&b, "g%d = [{include-group = \"hub\"}]\n", i)
	}
	return b.String()
}

func TestUVProject(t *testing.T) {
	p, err := parseProject(`
[project]
name = "Demo.Project"
requires-python = ">=3.10,<4"
dependencies = ["six ; os_name == 'nt'"]

[dependency-groups]
dev = []
docs = []
other = []

[tool.uv]
default-groups = ["dev", "Docs"]
dev-dependencies = ["ruff"]

[[tool.uv.index]]
name = "pytorch"
url = "https://download.pytorch.org/whl/cpu"
explicit = true

[[tool.uv.index]]
url = "./links"
format = "flat"
default = true
`, UV)
	if err != nil {
		t.Fatal(err)
	}
	if p.name != "demo-project" || p.requiresPython.Text != ">=3.10,<4" || p.requiresPythonLine != 4 {
		t.Errorf("project %q, python %q in line %d", p.name, p.requiresPython, p.requiresPythonLine)
	}
	if got := fmt.Sprint(p.groups, p.defaultGroups); got != "[dev docs other] [dev docs]" {
		t.Errorf("groups and default groups %s", got)
	}
	want := []Index{
		{Name: "pytorch", URL: "https://download.pytorch.org/whl/cpu", Explicit: true},
		{URL: "./links", Flat: true, Default: true},
	}
	if !slices.Equal(p.indexes, want) {
		t.Errorf("indexes = %+v, want %+v", p.indexes, want)
	}
	all, err := parseProject("[dependency-groups]\na = []\nb = []\n[tool.uv]\ndefault-groups = \"all\"", UV)
	if err != nil || len(all.defaultGroups) != 2 {
		t.Errorf("default groups %v, %v, want all", all, err)
	}
}

func TestURLSource(t *testing.T) {
	for text, want := range map[string]Source{
		"git+https://h/r.git@v1#subdirectory=a/b":    {Kind: FromGit, URL: "https://h/r.git", Reference: "v1", Subdirectory: "a/b"},
		"git+ssh://git@h/r":                          {Kind: FromGit, URL: "ssh://git@h/r"},
		"https://h/a.tar.gz#egg=a&subdirectory=x":    {Kind: FromURL, URL: "https://h/a.tar.gz", Subdirectory: "x"},
		"file:///${PROJECT_ROOT}/lib":                {Kind: FromDirectory, Path: "lib"},
		"file:///${PROJECT_ROOT}/v/a-1.0.tar.gz":     {Kind: FromPath, Path: "v/a-1.0.tar.gz"},
		"file:///opt/lib":                            {Kind: FromDirectory, Path: "/opt/lib"},
		"https://user:p%40ss@h/a-1-py3-none-any.whl": {Kind: FromURL, URL: "https://user:p%40ss@h/a-1-py3-none-any.whl"},
	} {
		if got := *urlSource(text); got != want {
			t.Errorf("urlSource(%q) = %+v, want %+v", text, got, want)
		}
	}
}

func FuzzPyproject(f *testing.F) {
	f.Add("[dependency-groups]\na = [{include-group = \"b\"}]\nb = [\"six ; extra == 'x'\"]", 0)
	f.Add("[tool.poetry.dependencies]\na = [{version = \"^1\", python = \"~3.8 || *\"}]\n[tool.poetry.extras]\nx = [\"a\"]", 1)
	f.Add("[tool.pdm.dev-dependencies]\ndev = [\"-e file:///${PROJECT_ROOT}/x#egg=x\"]", 2)
	f.Fuzz(func(t *testing.T, text string, format int) {
		_, err := parseProject(text, []Format{UV, Poetry, PDM}[uint(format)%3])
		if err != nil {
			checkRead(t, nil, err)
		}
	})
}
