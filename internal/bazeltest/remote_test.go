package bazeltest_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ofiuco/ofiuco/internal/bazeltest"
)

// parts of the examples that have every kind of action: a zip for another platform, an image, an environment, tests, a build from source.
var parts = []string{"//deck:deploy_aws_lambda", "//deck:model_test", "//deck:venv", "//oci:x86_64", "//sdist/..."}

// TestRemoteExecution has all actions but those that fetch run remotely, by workers without network, and then finds all of them in
// the remote cache.
func TestRemoteExecution(t *testing.T) {
	needsLinux(t)
	binary := bazeltest.Binary(t)
	onEach(t, func(t *testing.T, version string) {
		b := bazeltest.New(t, version, bazeltest.CopyExamples(t), binary)
		args := slices.Concat(b.Executor(t), []string{"--test_output=errors"}, parts)
		remote := map[string]int{}
		for _, s := range mustRun(t, b, args...) {
			if local := s.Mnemonic == "OfiucoFetch"; local != (s.Runner == "linux-sandbox") || !local && s.Runner != "remote" {
				t.Errorf("an action %s ran by %q", s.Mnemonic, s.Runner)
			}
			remote[s.Mnemonic]++
		}
		for _, mnemonic := range []string{"OfiucoBuild", "OfiucoFetch", "OfiucoImage", "OfiucoInstall", "OfiucoVenv", "OfiucoZip", "TestRunner"} {
			if remote[mnemonic] == 0 {
				t.Errorf("there is no action %s: %v", mnemonic, remote)
			}
		}
		if out, err := b.Run("clean", host); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		checkHits(t, remote, mustRun(t, b, args...))

		// Nothing but the zip itself is downloaded, though its wheels are only there.
		if out, err := b.Run("clean", host); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		args = append(args[:len(args)-len(parts)], "--remote_download_toplevel", "//deck:deploy_aws_lambda")
		checkHits(t, nil, mustRun(t, b, args...))
		unpacked(t, b.Output("//deck:deploy_aws_lambda.zip"))
	})
}

// TestDiskCache finds every action of one checkout in the disk cache when another one, in another folder, is built.
func TestDiskCache(t *testing.T) {
	needsLinux(t)
	binary := bazeltest.Binary(t)
	onEach(t, func(t *testing.T, version string) {
		args := append([]string{"--disk_cache=" + filepath.Join(t.TempDir(), "cache")}, parts...)
		count := map[string]int{}
		for _, s := range mustRun(t, bazeltest.New(t, version, bazeltest.CopyExamples(t), binary), args...) {
			count[s.Mnemonic]++
		}
		checkHits(t, count, mustRun(t, bazeltest.New(t, version, bazeltest.CopyExamples(t), binary), args...))
	})
}

func mustRun(t *testing.T, b *bazeltest.Bazel, args ...string) []bazeltest.Spawn {
	t.Helper()
	command := "test"
	if !slices.ContainsFunc(args, func(arg string) bool { return strings.HasSuffix(arg, "_test") }) {
		command = "build"
	}
	out, spawns, err := b.RunLogged(t, command, host, args...)
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	// Bazel goes on without what it could not write to the cache.
	if strings.Contains(out, "Remote Cache") {
		t.Log(out)
	}
	return spawns
}

// checkHits finds actions that had to be run again, and, unless before is nil, ones that are missing.
func checkHits(t *testing.T, before map[string]int, spawns []bazeltest.Spawn) {
	t.Helper()
	hits := map[string]int{}
	for _, s := range spawns {
		if s.CacheHit() || ofDuration(s) {
			hits[s.Mnemonic]++
		} else {
			t.Errorf("an action %s was not found in the cache, and ran by %q: %q", s.Mnemonic, s.Runner, s.Outputs)
		}
	}
	for mnemonic, count := range before {
		if hits[mnemonic] != count {
			t.Errorf("%d of %d actions %s were found in the cache", hits[mnemonic], count, mnemonic)
		}
	}
	t.Logf("hits: %v", hits)
}

// ofDuration tells whether an action is the one of Bazel 4 that writes how long a test took, which differs from run to run.
func ofDuration(s bazeltest.Spawn) bool {
	return len(s.Outputs) == 1 && strings.HasSuffix(s.Outputs[0], "/test.xml")
}
