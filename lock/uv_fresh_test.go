package lock

import (
	"archive/zip"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ofiuco/ofiuco/internal/oracle"
)

const freshProject = `[project]
name = "demo"
version = "1"
requires-python = ">=3.9,<3.14"
dependencies = ["alpha>=1,<3", "beta[fast]; python_version < '3.11'"]

[project.optional-dependencies]
web = ["gamma==1.0 ; sys_platform == 'linux'", "alpha[fast]"]

[dependency-groups]
dev = ["gamma", {include-group = "test"}]
test = ["beta"]

[tool.uv]
package = false
no-index = true
find-links = ["./wheels"]
`

// writeWheels writes the packages that freshProject may ask for.
func writeWheels(t *testing.T, dir string) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	for _, project := range []string{"alpha", "beta", "gamma"} {
		for _, version := range []string{"1.0", "2.0"} {
			f, err := os.Create(filepath.Join(dir, fmt.Sprintf("%s-%s-py3-none-any.whl", project, version)))
			if err != nil {
				t.Fatal(err)
			}
			w := zip.NewWriter(f)
			info := fmt.Sprintf("%s-%s.dist-info/", project, version)
			for name, text := range map[string]string{
				info + "METADATA": fmt.Sprintf("Metadata-Version: 2.1\nName: %s\nVersion: %s\nProvides-Extra: fast\n", project, version),
				info + "WHEEL":    "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
				info + "RECORD":   "",
			} {
				part, err := w.Create(name)
				if err == nil {
					_, err = part.Write([]byte(text))
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			if err := errors.Join(w.Close(), f.Close()); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// uvLock runs uv lock in a folder, without network.
func uvLock(t *testing.T, dir string, args ...string) ([]byte, error) {
	cmd := exec.Command(oracle.Tool(t, "uv"), append([]string{"lock", "--offline", "--cache-dir", filepath.Join(dir, "cache")}, args...)...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "UV_PYTHON="+oracle.Python(t))
	return cmd.CombinedOutput()
}

// freshEdits are edits of freshProject, old and new text by turns.
var freshEdits = map[string][]string{
	"nothing":                  {},
	"a comment":                {"[project]\n", "# the project\n[project]\n"},
	"the description":          {`version = "1"`, "version = \"1\"\ndescription = \"about\""},
	"the order":                {`"alpha>=1,<3", "beta[fast]; python_version < '3.11'"`, `"beta [fast] ;python_version<'3.11'", "alpha <3, >=1"`},
	"a marker in other words":  {"python_version < '3.11'", "python_full_version < '3.11'"},
	"a group without includes": {`"gamma", {include-group = "test"}`, `"gamma", "beta"`},
	"a dependency more":        {`"alpha>=1,<3"`, `"alpha>=1,<3", "gamma"`},
	"a dependency less":        {`"alpha>=1,<3", `, ""},
	"another version":          {"alpha>=1,<3", "alpha>=2,<3"},
	"a version that fits":      {"alpha>=1,<3", "alpha>=1.0.1,<3"},
	"another marker":           {"'3.11'", "'3.12'"},
	"no marker":                {"; python_version < '3.11'", ""},
	"another extra":            {"beta[fast]", "beta"},
	"another requires-python":  {">=3.9,<3.14", ">=3.10,<3.14"},
	"an extra's requirement":   {"gamma==1.0 ", "gamma==2.0 "},
	"an extra's marker":        {"'linux'", "'darwin'"},
	"an extra's name":          {"web = ", "net = "},
	"a group's requirement":    {`test = ["beta"]`, `test = ["beta>=1"]`},
	"a group's name":           {`test = ["beta"]`, `tests = ["beta"]`, `"test"}`, `"tests"}`},
	"another group":            {"[tool.uv]", "docs = [\"alpha\"]\n\n[tool.uv]"},
	"a source":                 {"[tool.uv]\n", "[tool.uv.sources]\nalpha = {path = \"wheels/alpha-2.0-py3-none-any.whl\"}\n\n[tool.uv]\n"},
}

func TestFreshAsUV(t *testing.T) {
	dir := t.TempDir()
	writeWheels(t, filepath.Join(dir, "wheels"))
	path := filepath.Join(dir, "pyproject.toml")
	write := func(text string) {
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	write(freshProject)
	if out, err := uvLock(t, dir); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	data, err := os.ReadFile(filepath.Join(dir, "uv.lock"))
	if err != nil {
		t.Fatal(err)
	}
	for what, edits := range freshEdits {
		text := freshProject
		for i := 0; i < len(edits); i += 2 {
			if !strings.Contains(text, edits[i]) {
				t.Fatalf("%s: there is no %q", what, edits[i])
			}
			text = strings.ReplaceAll(text, edits[i], edits[i+1])
		}
		write(text)
		out, want := uvLock(t, dir, "--check")
		err := CheckFresh(Input{Path: "uv.lock", Data: data, Pyproject: []byte(text), PyprojectPath: "pyproject.toml"})
		if (err == nil) != (want == nil) {
			t.Errorf("%s: CheckFresh says %v, uv %v\n%s", what, err, want, out)
		}
	}
}
