// Package bazeltest runs real Bazels on the examples of the ruleset. It is used by tests only.
//
// The Bazels are those that tools/bazel.sh installs. Actions run in Bazel's sandbox, and none but those that fetch have the network.
package bazeltest

import (
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/ofiuco/ofiuco/internal/oracle"
)

// Bazel is one version of Bazel, with an output base of its own.
type Bazel struct {
	version, program, workspace, links string
	environ                            []string
}

// Root is the repository's root.
func Root() string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Join(filepath.Dir(file), "..", "..")
}

// tools is the folder that tools/bazel.sh fills.
func tools(t testing.TB) string {
	t.Helper()
	dir, err := filepath.Abs(filepath.Join(oracle.Dir(), "bazel"))
	if err == nil {
		dir, err = filepath.EvalSymlinks(dir)
	}
	if err != nil {
		oracle.Missing(t, "bazel")
	}
	return dir
}

// lookAtInputs looks at each file of the repository: go test knows of the files that a test itself looks at, and not of those that Bazel
// and the compiler read, and would take the result of an earlier run for the one of now.
func lookAtInputs(t testing.TB) {
	t.Helper()
	err := filepath.WalkDir(Root(), func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && path != Root() && strings.HasPrefix(d.Name(), ".") {
			return filepath.SkipDir
		}
		if d.Type().IsRegular() && d.Name() != "MODULE.bazel.lock" { // Bazel writes it
			_, err = os.Stat(path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Binary builds ofiuco, beside the Bazels: in their sandbox there is no folder of the test.
func Binary(t testing.TB) string {
	t.Helper()
	lookAtInputs(t)
	path := filepath.Join(tools(t), "ofiuco")
	cmd := exec.Command("go", "build", "-trimpath", "-o", path, "./cmd/ofiuco")
	cmd.Dir = Root()
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("building ofiuco: %v\n%s", err, out)
	}
	return path
}

// CopyExamples is a copy of the examples in a folder of the test, for what changes them and for a second checkout.
func CopyExamples(t testing.TB) string {
	t.Helper()
	workspace := filepath.Join(t.TempDir(), "examples")
	if err := os.CopyFS(workspace, os.DirFS(filepath.Join(Root(), "examples", "bazel"))); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"WORKSPACE", "MODULE.bazel"} {
		Edit(t, workspace, name, `"../../bazel"`, strconv.Quote(filepath.Join(Root(), "bazel")))
	}
	return workspace
}

// Edit replaces the first of some text in a file of a workspace.
func Edit(t testing.TB, workspace, name, old, replacement string) {
	t.Helper()
	path := filepath.Join(workspace, filepath.FromSlash(name))
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(data), old) {
		t.Fatalf("%s lacks %q", name, old)
	}
	if err := os.WriteFile(path, []byte(strings.Replace(string(data), old, replacement, 1)), 0o666); err != nil {
		t.Fatal(err)
	}
}

// New is the Bazel of a major version, 4 or 7, for a workspace. Its server ends with the test, and what it has of a workspace that is
// the test's own is removed.
func New(t testing.TB, version, workspace, binary string) *Bazel {
	t.Helper()
	tools := tools(t)
	b := &Bazel{version: version, program: filepath.Join(tools, "bazel"+version), workspace: workspace, links: filepath.Join(t.TempDir(), "bazel")}
	if _, err := os.Stat(b.program); err != nil {
		if _, err := os.Stat(filepath.Join(tools, "root.log")); version == "7" && err == nil {
			t.Skip("Debian's development suite had no Bazel 7 when tools/bazel.sh ran")
		}
		oracle.Missing(t, "bazel/bazel"+version)
	}
	// Not in a folder of the test: Bazel's own are read-only, and large enough to be worth keeping from run to run.
	b.environ = append(os.Environ(), "OFIUCO_BINARY="+binary, "BAZEL_OUTPUT="+filepath.Join(tools, "output"), "VISIBLE="+Root())
	t.Cleanup(func() {
		if strings.HasPrefix(workspace, Root()) {
			_, _ = b.run("shutdown")
		} else {
			_, _ = b.run("clean", "--expunge")
		}
	})
	return b
}

// Run runs a command for a platform, and gives what Bazel said.
func (b *Bazel) Run(command, platform string, args ...string) (string, error) {
	flags := []string{
		command, "--symlink_prefix=" + b.links + "-", "--spawn_strategy=sandboxed", "--nosandbox_default_allow_network", "--color=no", "--curses=no",
		"--noshow_progress", "--platforms=" + platform, "--host_platform=" + platform,
	}
	return b.run(append(flags, args...)...)
}

func (b *Bazel) run(args ...string) (string, error) {
	cmd := exec.Command(b.program, append([]string{b.workspace}, args...)...)
	cmd.Env = b.environ
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	err := cmd.Run()
	return output.String(), err
}

// Output is the path of a file that was built, "//package:name".
func (b *Bazel) Output(label string) string {
	return filepath.Join(b.links+"-bin", filepath.FromSlash(strings.Replace(strings.TrimPrefix(label, "//"), ":", "/", 1)))
}
