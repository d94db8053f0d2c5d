package bazeltest_test

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ofiuco/ofiuco/internal/bazeltest"
	"github.com/ofiuco/ofiuco/internal/indextest"
)

// TestPrivateIndex takes a package from an index that asks for a password. Actions have it from --action_env, or from a netrc that it
// names; without one the message says how to give it.
func TestPrivateIndex(t *testing.T) {
	needsLinux(t)
	const file = "farewell-1.0-py3-none-any.whl"
	content, err := os.ReadFile(filepath.Join(bazeltest.Root(), "examples", "bazel", "members", "wheels", file))
	if err != nil {
		t.Fatal(err)
	}
	server := indextest.New(t, indextest.Options{User: "ci", Password: "s3cret"})
	server.Add(file, content)
	workspace := bazeltest.CopyExamples(t)
	writeText(t, filepath.Join(workspace, "private", "BUILD.bazel"), "")
	writeText(t, filepath.Join(workspace, "private", "pyproject.toml"), fmt.Sprintf(`[project]
name = "project"
version = "1.0"
requires-python = ">=3.10"
dependencies = ["farewell"]

[[tool.uv.index]]
name = "corp"
url = %q
`, server.URL))
	writeText(t, filepath.Join(workspace, "private", "uv.lock"), fmt.Sprintf(`version = 1
revision = 3
requires-python = ">=3.10"

[[package]]
name = "farewell"
version = "1.0"
source = { registry = %q }
wheels = [
    { url = %q, hash = "sha256:%s", size = %d },
]

[[package]]
name = "project"
version = "1.0"
source = { virtual = "." }
dependencies = [
    { name = "farewell" },
]
`, server.URL, server.FileURL(file), indextest.Digest(content), len(content)))
	bazeltest.Edit(t, workspace, "WORKSPACE", "load(\"//pythons", "poetry_parse(\n    name = \"private\",\n    lock = \"//private:uv.lock\",\n)\n\nload(\"//pythons")
	b := bazeltest.New(t, "4", workspace, bazeltest.Binary(t))

	out, err := b.Run("build", host, "@private//:farewell")
	if err == nil || !strings.Contains(out, "private/uv.lock: farewell 1.0") || !strings.Contains(out, "OFIUCO_INDEX_<NAME>_USERNAME") {
		t.Errorf("without a password: %v\n%s", err, out)
	}
	out, err = b.Run("build", host, "--action_env=OFIUCO_INDEX_CORP_USERNAME=ci", "--action_env=OFIUCO_INDEX_CORP_PASSWORD=s3cret", "@private//:farewell")
	if err != nil {
		t.Errorf("with a password: %v\n%s", err, out)
	}
	if out, err := b.Run("clean", host); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	at, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	netrc := filepath.Join(t.TempDir(), "netrc")
	writeText(t, netrc, fmt.Sprintf("machine %s login ci password s3cret\n", at.Hostname()))
	if out, err := b.Run("build", host, "--action_env=NETRC="+netrc, "@private//:farewell"); err != nil {
		t.Errorf("with a netrc: %v\n%s", err, out)
	}
	outputs, err := filepath.EvalSymlinks(b.Output("//external/private"))
	if err != nil {
		t.Fatal(err)
	}
	read := 0
	err = filepath.WalkDir(outputs, func(path string, d os.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		read++
		data, err := os.ReadFile(path)
		if strings.Contains(string(data), "s3cret") {
			t.Errorf("%s holds the password", path)
		}
		return err
	})
	if err != nil || read == 0 {
		t.Errorf("reading %d outputs: %v", read, err)
	}
}
