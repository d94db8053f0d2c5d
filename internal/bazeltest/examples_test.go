package bazeltest_test

import (
	"archive/zip"
	"bytes"
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/ofiuco/ofiuco/internal/bazeltest"
)

const host = "//platforms:linux_x86_64_python3.12"

func needsLinux(t *testing.T) {
	t.Helper()
	if runtime.GOOS != "linux" || runtime.GOARCH != "amd64" {
		t.Skip("the Bazels that are installed are for Linux on x86_64")
	}
	if testing.Short() {
		t.Skip("runs Bazel")
	}
}

// onEach runs a test on both Bazels, side by side: much of what they do is to wait.
func onEach(t *testing.T, test func(t *testing.T, version string)) {
	t.Helper()
	t.Run("bazel", func(t *testing.T) {
		for _, version := range []string{"4", "7"} {
			t.Run(version, func(t *testing.T) {
				t.Parallel()
				test(t, version)
			})
		}
	})
}

// TestExamples builds and tests the examples on both Bazels: packages of five lock formats, a cycle, a build from source, and zips
// for three Pythons and two processors of one lock. The bytes of the zips depend neither on the Bazel nor on who writes them. Loading
// the ruleset runs its own tests.
func TestExamples(t *testing.T) {
	needsLinux(t)
	workspace, binary := filepath.Join(bazeltest.Root(), "examples", "bazel"), bazeltest.Binary(t)
	var mu sync.Mutex
	zips := map[string][]byte{}
	onEach(t, func(t *testing.T, version string) {
		b := bazeltest.New(t, version, workspace, binary)
		if out, err := b.Run("test", host, "--test_output=errors", "//...", "@ofiuco//..."); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		for _, cpu := range []string{"arm64", "x86_64"} {
			for _, python := range []string{"3.10", "3.11", "3.12"} {
				name := fmt.Sprintf("flat_python%s_%s.zip", python, cpu)
				data, err := os.ReadFile(b.Output("//deck:" + name))
				if err != nil {
					t.Fatal(err)
				}
				mu.Lock()
				if before := zips[name]; before != nil && !bytes.Equal(before, data) {
					t.Errorf("%s: the Bazels write other bytes", name)
				}
				zips[name] = data
				mu.Unlock()
				checkMachines(t, name, data, cpu)
			}
		}
		deployed, err := os.ReadFile(b.Output("//deck:deploy_aws_lambda.zip"))
		if err != nil {
			t.Fatal(err)
		}
		checkMachines(t, "deploy_aws_lambda.zip", deployed, "arm64")
		checkExcluded(t, deployed)
		checkAnswers(t, b)
		checkMembers(t, b)
	})
	for cpu, arch := range map[string]string{"arm64": "aarch64", "x86_64": "x86_64"} {
		if name := "flat_python3.11_" + cpu + ".zip"; zips[name] != nil && !bytes.Equal(zips[name], commandLine(t, binary, workspace, arch)) {
			t.Errorf("%s: ofiuco zip writes other bytes", name)
		}
	}
}

// members gives the files of a zip.
func members(t *testing.T, data []byte, each func(name string, content []byte)) {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range r.File {
		open, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(open)
		if err := errors.Join(err, open.Close()); err != nil {
			t.Fatal(err)
		}
		each(f.Name, content)
	}
}

// checkMachines finds libraries for another processor.
func checkMachines(t *testing.T, name string, data []byte, cpu string) {
	t.Helper()
	wanted, count := map[string]elf.Machine{"arm64": elf.EM_AARCH64, "x86_64": elf.EM_X86_64}[cpu], 0
	members(t, data, func(path string, content []byte) {
		file, err := elf.NewFile(bytes.NewReader(content))
		if err != nil {
			return
		}
		count++
		if file.Machine != wanted {
			t.Errorf("%s: %s is for %s", name, path, file.Machine)
		}
	})
	if count == 0 {
		t.Errorf("%s: it has no library", name)
	}
}

// checkMembers finds a member of a workspace in a zip, beside the package that it needs.
func checkMembers(t *testing.T, b *bazeltest.Bazel) {
	t.Helper()
	data, err := os.ReadFile(b.Output("//members:zip.zip"))
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	members(t, data, func(path string, _ []byte) { found[path] = true })
	if !found["greeting/__init__.py"] || !found["jinja2/__init__.py"] {
		t.Errorf("of the member and its package there is only %v", found)
	}
}

// checkExcluded holds a zip against the patterns of the deck, inside packages, too.
func checkExcluded(t *testing.T, data []byte) {
	t.Helper()
	found := false
	members(t, data, func(path string, _ []byte) {
		found = found || strings.HasSuffix(path, "/deck/lambda.py")
		for _, part := range []string{".dist-info/", "/bin/", "/boto3/", "/botocore/", "/awslambdaric/"} {
			if strings.Contains(path, part) {
				t.Errorf("deploy_aws_lambda.zip: %s should have been left out", path)
			}
		}
	})
	if !found {
		t.Error("deploy_aws_lambda.zip: the function itself is missing")
	}
}

// commandLine is the zip that the command writes of the same packages and sources.
func commandLine(t *testing.T, binary, workspace, arch string) []byte {
	t.Helper()
	out := filepath.Join(t.TempDir(), "out.zip")
	cmd := exec.Command(binary, "zip", "-q", "--project", filepath.Join(workspace, "deck"), "--target", "cp311-manylinux_2_28_"+arch, "--no-default-groups",
		"--exclude-package", "pydantic", "-o", out, filepath.Join(workspace, "deck", "lambda.py"))
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	data, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	return data
}
