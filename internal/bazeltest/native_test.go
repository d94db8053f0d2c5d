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

// TestCrossBuild compiles an sdist for arm64 by a C toolchain of Bazel's, and links it with a C library that Bazel compiled for
// arm64, too. An arm64 Python, under emulation, imports the module from the zip.
func TestCrossBuild(t *testing.T) {
	needsLinux(t)
	binary, workspace := bazeltest.Binary(t), filepath.Join(bazeltest.Root(), "examples", "bazel")
	flags := []string{"--extra_toolchains=//cross:linux_arm64", "--incompatible_enable_cc_toolchain_resolution"}
	onEach(t, func(t *testing.T, version string) {
		b := bazeltest.New(t, version, workspace, binary)
		out, err := b.Run("build", host, "--platforms=//platforms:linux_arm64_python3.11", "@sdist//:markupsafe")
		if err == nil || !strings.Contains(out, "takes a C compiler for aarch64 Linux, and Bazel has no toolchain for it: register one") {
			t.Errorf("without a toolchain for arm64: %v\n%s", err, out)
		}
		if out, err := b.Run("build", host, append(flags, "//native:arm64")...); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		data, err := os.ReadFile(b.Output("//native:arm64.zip"))
		if err != nil {
			t.Fatal(err)
		}
		checkMachines(t, "arm64.zip", data, "arm64")
		python := arm64Python(t)
		cmd := exec.Command(python[0], append(python[1:], "-c", "import tally; print(tally.total([1, 2.5]))")...)
		cmd.Env = append(os.Environ(), "PYTHONPATH="+unpacked(t, b.Output("//native:arm64.zip")))
		if out, err := cmd.CombinedOutput(); err != nil || strings.TrimSpace(string(out)) != "3.5" {
			t.Errorf("tally says %q: %v", out, err)
		}
	})
}

// TestPythonOfFiles builds and tests with a Python that Bazel hands on to each action, as the ones of rules_python are: it
// builds from source, runs tests, and is the interpreter of an environment.
func TestPythonOfFiles(t *testing.T) {
	needsLinux(t)
	binary, workspace := bazeltest.Binary(t), filepath.Join(bazeltest.Root(), "examples", "bazel")
	const platform = host + "_of_files"
	onEach(t, func(t *testing.T, version string) {
		b := bazeltest.New(t, version, workspace, binary)
		if out, err := b.Run("test", platform, "--test_output=errors", "//deck:model_test", "//deck:venv", "//native/..."); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		program := filepath.Join(b.Output("//deck:venv"), "venv", "bin", "python")
		out, err := exec.Command(program, "-c", "import numpy, sys; print(sys.prefix != sys.base_prefix, sys.base_prefix)").CombinedOutput()
		if err != nil || !strings.HasPrefix(string(out), "True ") || !strings.Contains(string(out), "/external/") {
			t.Errorf("the environment's Python says %q: %v", out, err)
		}
	})
}

// arm64Python is the command of an arm64 CPython 3.11, under emulation.
func arm64Python(t *testing.T) []string {
	t.Helper()
	root := filepath.Join(oracle.Dir(), "arm64")
	python := []string{oracle.Program(t, "qemu-aarch64-static"), "-L", root, filepath.Join(root, "usr", "bin", "python3.11")}
	if _, err := os.Stat(python[3]); err != nil {
		oracle.Missing(t, "the arm64 system root")
	}
	return python
}
