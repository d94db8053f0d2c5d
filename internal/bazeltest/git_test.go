package bazeltest_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ofiuco/ofiuco/internal/bazeltest"
	"github.com/ofiuco/ofiuco/internal/oracle"
)

// gitFiles are a workspace with a package that its lock has as a commit, REPOSITORY#COMMIT, of which it takes the folder parts/one.
var gitFiles = map[string]string{
	"git/pyproject.toml": `[project]
name = "project"
version = "1.0"
requires-python = ">=3.10"
dependencies = ["committed"]
`,
	"git/uv.lock": `version = 1
revision = 3
requires-python = ">=3.10"

[[package]]
name = "committed"
version = "0.3"
source = { git = "file://REPOSITORY?subdirectory=parts%2Fone&rev=COMMIT#COMMIT" }

[[package]]
name = "project"
version = "1.0"
source = { virtual = "." }
dependencies = [
    { name = "committed" },
]
`,
	"git/committed_test.py": "import committed\n\nassert committed.FROM == \"git\"\n",
	"git/BUILD.bazel": `py_test(
    name = "committed_test",
    srcs = ["committed_test.py"],
    python_version = "PY3",
    deps = ["@git//:committed"],
)
`,
}

// TestGit fetches the commit of a package, and builds its wheel in another action, which has neither git nor the network. In the
// system of the tests' Bazel 7 there is no git.
func TestGit(t *testing.T) {
	needsLinux(t)
	binary, workspace := bazeltest.Binary(t), bazeltest.CopyExamples(t)
	repository, commit := commitPackage(t)
	for name, text := range gitFiles {
		writeText(t, filepath.Join(workspace, name), strings.NewReplacer("REPOSITORY", repository, "COMMIT", commit).Replace(text))
	}
	buildLock, err := os.ReadFile(filepath.Join(bazeltest.Root(), "examples", "bazel", "native", "ofiuco.build.lock"))
	if err != nil {
		t.Fatal(err)
	}
	writeText(t, filepath.Join(workspace, "git", "ofiuco.build.lock"), strings.Replace(string(buildLock), "tally 1.0", "committed 0.3", 1))
	bazeltest.Edit(t, workspace, "WORKSPACE", "load(\"//pythons", "poetry_parse(\n    name = \"git\",\n    lock = \"//git:uv.lock\",\n)\n\nload(\"//pythons")
	b := bazeltest.New(t, "4", workspace, binary)
	if out, err := b.Run("test", host, "--test_output=errors", "//git/..."); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// commitPackage makes a repository with a package in one of its folders.
func commitPackage(t *testing.T) (repository, commit string) {
	t.Helper()
	git, dir := oracle.Program(t, "git"), t.TempDir()
	writeText(t, filepath.Join(dir, "parts", "one", "pyproject.toml"), `[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"

[project]
name = "committed"
version = "0.3"
`)
	writeText(t, filepath.Join(dir, "parts", "one", "src", "committed", "__init__.py"), "FROM = \"git\"\n")
	var out []byte
	for _, line := range []string{"init --quiet", "add --all", "-c user.name=test -c user.email=test@localhost commit --quiet --message=first", "rev-parse HEAD"} {
		cmd := exec.Command(git, strings.Fields(line)...)
		cmd.Dir = dir
		var err error
		if out, err = cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %s: %v\n%s", line, err, out)
		}
	}
	return dir, strings.TrimSpace(string(out))
}

func writeText(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}
