package bazeltest_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ofiuco/ofiuco/internal/bazeltest"
)

// TestErrors has each bad input end in one message that names what to do.
func TestErrors(t *testing.T) {
	needsLinux(t)
	binary := bazeltest.Binary(t)
	workspace := filepath.Join(t.TempDir(), "examples")
	if err := os.CopyFS(workspace, os.DirFS(filepath.Join(bazeltest.Root(), "examples", "bazel"))); err != nil {
		t.Fatal(err)
	}
	edit := func(name, old, replacement string) {
		path := filepath.Join(workspace, name)
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
	edit("WORKSPACE", "../../bazel", filepath.Join(bazeltest.Root(), "bazel"))
	edit("cycles/uv.lock", "094c4d56209d1734e7d252f6e0b3ccc090bd52ee56807a5d9315b19c122ab15d", strings.Repeat("0", 64))
	edit("sdist/BUILD.bazel", `    "ofiuco.build.lock",`, "")
	if err := os.Remove(filepath.Join(workspace, "sdist", "ofiuco.build.lock")); err != nil {
		t.Fatal(err)
	}
	b := bazeltest.New(t, "4", workspace, binary)
	for _, test := range []struct {
		name, target string
		want         []string
	}{
		{"an unknown package", "@cycles//:nosuch", []string{"no such target '@cycles//:nosuch'"}},
		{"a wrong hash", "@cycles//:sphinxcontrib-applehelp", []string{"cycles/uv.lock: sphinxcontrib-applehelp 1.0.7: ", "sha256"}},
		{"no build lock", "@sdist//:markupsafe", []string{"markupsafe 2.1.5", "ofiuco.build.lock", "ofiuco venv"}},
	} {
		out, err := b.Run("build", host, test.target)
		if err == nil {
			t.Errorf("%s: it was built", test.name)
		}
		for _, text := range test.want {
			if !strings.Contains(out, text) {
				t.Errorf("%s: it lacks %q:\n%s", test.name, text, out)
			}
		}
	}
}
