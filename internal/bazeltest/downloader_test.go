package bazeltest_test

import (
	"path/filepath"
	"testing"

	"github.com/ofiuco/ofiuco/internal/bazeltest"
)

// TestDownloader has Bazel's own downloader bring the files of a hub, so that no action is given the network. A second checkout finds
// all of them in the repository cache, and is let download nothing.
func TestDownloader(t *testing.T) {
	needsLinux(t)
	binary := bazeltest.Binary(t)
	onEach(t, func(t *testing.T, version string) {
		cache := filepath.Join(t.TempDir(), "cache")
		for _, more := range [][]string{nil, {"--experimental_repository_disable_download"}} {
			workspace := bazeltest.CopyExamples(t)
			for _, name := range []string{"MODULE.bazel", "WORKSPACE"} {
				bazeltest.Edit(t, workspace, name, `lock = "//members:uv.lock",`, `lock = "//members:uv.lock", downloader = ["cp312-manylinux_2_28_x86_64"],`)
			}
			b := bazeltest.New(t, version, workspace, binary)
			args := append([]string{"--repository_cache=" + cache, "--modify_execution_info=OfiucoFetch=-requires-network,OfiucoFetch=+block-network", "--test_output=errors"}, more...)
			if out, err := b.Run("test", host, append(args, "//members:members_test")...); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			// What was not downloaded, an action can't fetch.
			if out, err := b.Run("build", host, append(args, "@uv//:idna")...); err == nil {
				t.Errorf("an action without network fetched a package\n%s", out)
			}
		}
	})
}
