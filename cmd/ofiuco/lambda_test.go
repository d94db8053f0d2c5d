package main

import (
	"archive/zip"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ofiuco/ofiuco/internal/lambdatest"
	"github.com/ofiuco/ofiuco/internal/oracle"
)

const example = "../../examples/lambda-arm64"

// TestLambdaX86 builds the example for the machine's own architecture, and has the real runtime client run it.
func TestLambdaX86(t *testing.T) {
	python := oracle.Python(t)
	version, err := exec.Command(python, "-c", "import sys; print('cp%d%d' % sys.version_info[:2])").Output()
	if err != nil {
		t.Fatal(err)
	}
	invokeExample(t, strings.TrimSpace(string(version))+"-manylinux_2_34_x86_64", python)
}

// TestLambdaARM64 builds the example for arm64, and has a real arm64 CPython run it under emulation. The system root
// has Python 3.11 and glibc 2.36.
func TestLambdaARM64(t *testing.T) {
	qemu := oracle.Program(t, "qemu-aarch64-static")
	root := filepath.Join(oracle.Dir(), "arm64")
	python := filepath.Join(root, "usr", "bin", "python3.11")
	if _, err := os.Stat(python); err != nil {
		oracle.Missing(t, "the arm64 system root")
	}
	invokeExample(t, "cp311-manylinux_2_34_aarch64", qemu, "-L", root, python)
}

// unpacked runs ofiuco zip and unpacks what it wrote.
func unpacked(t *testing.T, args ...string) string {
	t.Helper()
	dir := t.TempDir()
	out := filepath.Join(dir, "out.zip")
	args = append([]string{"zip", "-o", out}, args...)
	if status := run(context.Background(), args); status != statusDone {
		t.Fatalf("ofiuco %s: exit status %d", strings.Join(args, " "), status)
	}
	r, err := zip.OpenReader(out)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if err := os.CopyFS(filepath.Join(dir, "out"), r); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, "out")
}

func invokeExample(t *testing.T, target string, python ...string) {
	t.Helper()
	task := unpacked(t, "--project", example, "--target", target, "--exclude-package", "boto3", "--exclude-package", "botocore",
		"--exclude-package", "awslambdaric", example+"/src")
	function := lambdatest.Function{
		Task: task, Handler: "handler.handle", Python: python,
		Client: unpacked(t, "--lock", "testdata/awslambdaric/pylock.toml", "--target", target, "--keep-preinstalled"),
	}
	event, err := os.ReadFile(example + "/event.json")
	if err != nil {
		t.Fatal(err)
	}
	answer, err := function.Invoke(t.Context(), event)
	if err != nil {
		t.Fatal(err)
	}
	var said struct {
		Inside []string `json:"inside"`
	}
	if err := json.Unmarshal(answer.Body, &said); err != nil || answer.Kind != "response" || !slices.Equal(said.Inside, []string{"zurich"}) {
		t.Fatalf("got %s %s (%v), want the device in zurich", answer.Kind, answer.Body, err)
	}
	// What was imported must have come from the zip.
	program := fmt.Sprintf("import sys; sys.path.insert(0, %q); import shapely, pydantic, pydantic_core; "+
		"print(shapely.lib.__file__, pydantic.__file__, pydantic_core._pydantic_core.__file__)", task)
	where, err := exec.Command(python[0], append(slices.Clone(python[1:]), "-c", program)...).Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range strings.Fields(string(where)) {
		if !strings.HasPrefix(file, task) {
			t.Errorf("%s was imported, which is not of the zip", file)
		}
	}
}
