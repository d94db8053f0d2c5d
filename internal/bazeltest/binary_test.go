package bazeltest_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ofiuco/ofiuco/internal/bazeltest"
)

// TestBinary takes the binary in each way that it may come: downloaded by its SHA-256, and built by the host's Go.
func TestBinary(t *testing.T) {
	needsLinux(t)
	binary := bazeltest.Binary(t)
	data, err := os.ReadFile(binary)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(data)
	right := hex.EncodeToString(sum[:])
	const target = "@ofiuco_linux_amd64//:ofiuco"
	onEach(t, func(t *testing.T, version string) {
		b := bazeltest.New(t, version, binaryWorkspace(t, binary, right), "")
		if out, err := b.Run("build", "@ofiuco//platforms:aws_lambda_python3.12_x86_64", target); err != nil {
			t.Errorf("a download: %v\n%s", err, out)
		}
		b = bazeltest.New(t, version, binaryWorkspace(t, binary, strings.Repeat("0", 64)), "")
		out, err := b.Run("build", "@ofiuco//platforms:aws_lambda_python3.12_x86_64", target)
		if err == nil || !strings.Contains(out, "Checksum was "+right+" but wanted 0000") {
			t.Errorf("a download with another SHA-256: %v\n%s", err, out)
		}
	})
	t.Run("built", func(t *testing.T) {
		program, err := exec.LookPath("go")
		if err != nil {
			t.Fatal(err)
		}
		b := bazeltest.New(t, "4", binaryWorkspace(t, "", ""), "")
		path := fmt.Sprintf("--repo_env=PATH=%s:/usr/bin:/bin", filepath.Dir(program))
		if out, err := b.Run("build", "@ofiuco//platforms:aws_lambda_python3.12_x86_64", path, target); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
		out, err := b.Run("build", "@ofiuco//platforms:aws_lambda_python3.12_x86_64", "--repo_env=PATH=/nowhere", target)
		if err == nil || !strings.Contains(out, "building ofiuco needs Go in PATH: install it") {
			t.Errorf("without Go: %v\n%s", err, out)
		}
	})
}

// binaryWorkspace is a workspace that downloads the binary from a file, or, where that is "", has it built.
func binaryWorkspace(t *testing.T, binary, sum string) string {
	t.Helper()
	dir := t.TempDir()
	rules := filepath.Join(bazeltest.Root(), "bazel")
	module := fmt.Sprintf(`module(name = "binary")

bazel_dep(name = "ofiuco")
bazel_dep(name = "platforms", version = "0.0.11")
bazel_dep(name = "rules_python", version = "0.40.0")

local_path_override(module_name = "ofiuco", path = %q)

ofiuco = use_extension("@ofiuco//ofiuco:extensions.bzl", "ofiuco")
ofiuco.binary(platform = "linux_amd64", sha256 = %q, urls = ["file://%s"])
use_repo(ofiuco, "ofiuco_linux_amd64")
`, rules, sum, binary)
	prebuilt := ""
	if binary != "" {
		prebuilt = fmt.Sprintf(`prebuilt = {"linux_amd64": (["file://%s"], %q)}`, binary, sum)
	}
	workspace := fmt.Sprintf(`workspace(name = "binary")

local_repository(name = "ofiuco", path = %q)

load("@ofiuco//python:repositories.bzl", "install_dependencies", "ofiuco_register_toolchains")

ofiuco_register_toolchains(%s)

install_dependencies()
`, rules, prebuilt)
	for name, text := range map[string]string{"MODULE.bazel": module, "WORKSPACE": workspace, "BUILD.bazel": ""} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
