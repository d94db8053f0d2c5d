package bazeltest_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ofiuco/ofiuco/internal/bazeltest"
)

// A change of a file of the examples: the first old text becomes another.
type edit struct{ file, old, replacement string }

// What is wrong with the workspace of TestErrors.
var wrong = []edit{
	{"cycles/uv.lock", "094c4d56209d1734e7d252f6e0b3ccc090bd52ee56807a5d9315b19c122ab15d", strings.Repeat("0", 64)},
	{"deck/pyproject.toml", "boto3==1.28.72", "boto3==1.28.73"},
	{"formats/pylock.toml", "marker = \"sys_platform == 'win32'\"\nindex = \"https://pypi.org/simple\"\nwheels", "wheels"},
	{"pythons/pythons.bzl", `_DEFAULT_VERSION = "3.12"`, `_DEFAULT_VERSION = ""`},
	{"oci/BUILD.bazel", "# A program runs by itself.", `[
    py_image(
        name = name,
        base = base,
        tags = ["manual"],
        target = ":work",
    )
    for name, base in {
        "no_base": "work.py",
        "no_platform": ":packages",
        "nothing_to_run": ":base",
    }.items()
]

py_image_push(
    name = "no_layout",
    image = ":program",
    tags = ["manual"],
)

# A program runs by itself.`},
	{"platforms/BUILD.bazel", "[\n", `platform(
    name = "no_python",
    constraint_values = ["@platforms//cpu:x86_64", "@platforms//os:linux"],
)

[
`},
}

// TestErrors has each bad input end in one message that names what to do.
func TestErrors(t *testing.T) {
	needsLinux(t)
	binary := bazeltest.Binary(t)
	onEach(t, func(t *testing.T, version string) {
		workspace := wrongWorkspace(t)
		b := bazeltest.New(t, version, workspace, binary)
		for _, test := range []struct {
			name, command, platform, target string
			want                            []string
		}{
			{"an unknown package", "build", host, "@cycles//:nosuch", []string{"no such target '@", "cycles//:nosuch'"}},
			{"a wrong hash", "build", host, "@cycles//:sphinxcontrib-applehelp", []string{"cycles/uv.lock: sphinxcontrib-applehelp 1.0.7: ", "sha256"}},
			{"no build lock", "build", host, "@sdist//:markupsafe", []string{"markupsafe 2.1.5", "ofiuco.build.lock", "ofiuco venv"}},
			{"a stale lock", "test", host, "//deck:update_test", []string{"deck/poetry.lock", "pyproject.toml", "bazel run //deck:update"}},
			{"no wheel for the platform", "build", host, "@pylock//:pywin32", []string{"formats/pylock.toml", "pywin32 312", "cp312-manylinux_2_28_x86_64"}},
			{"another platform's library", "build", host, "//formats:windows_only", []string{"//formats:windows_only is incompatible and cannot be built"}},
			{"no Python toolchain", "build", "//platforms:no_python", "@cycles//:sphinx", []string{"//platforms:no_python has no", "register a Python toolchain", "@ofiuco//platforms:python3.12"}},
			{"no base", "build", host, "//oci:no_base", []string{`reading the base "oci/work.py": it is no folder: name a target that is an OCI image layout`}},
			{"a base for another platform", "build", host, "//oci:no_platform", []string{"it has no image for linux/amd64, only for linux/arm64"}},
			{"nothing to run", "build", host, "//oci:nothing_to_run", []string{"writing the image: the image has nothing to run: ", "name an entrypoint or a cmd"}},
			{"no image", "build", host, "//oci:no_layout", []string{"//oci:no_layout: image = ", " has 2 files and no oci-layout among them: name a target that is an OCI image layout"}},
		} {
			out, err := b.Run(test.command, test.platform, "--test_output=errors", test.target)
			if err == nil {
				t.Errorf("%s: it was built", test.name)
			}
			for _, text := range test.want {
				if !strings.Contains(out, text) {
					t.Errorf("%s: it lacks %q:\n%s", test.name, text, out)
				}
			}
		}
		// What the message asks for: the hub knows of the file as soon as it is there.
		pins, err := os.ReadFile(filepath.Join(bazeltest.Root(), "examples", "bazel", "sdist", "ofiuco.build.lock"))
		if err != nil {
			t.Fatal(err)
		}
		writeText(t, filepath.Join(workspace, "sdist", "ofiuco.build.lock"), string(pins))
		bazeltest.Edit(t, workspace, "sdist/BUILD.bazel", "py_test(", "# For Bazel 4, which does not see the file by itself.\npy_test(")
		if out, err := b.Run("build", host, "@sdist//:markupsafe"); err != nil {
			t.Errorf("with the build lock: %v\n%s", err, out)
		}
	})
}

// wrongWorkspace is a copy of the examples with what is wrong.
func wrongWorkspace(t *testing.T) string {
	t.Helper()
	workspace := bazeltest.CopyExamples(t)
	if err := os.Remove(filepath.Join(workspace, "sdist", "ofiuco.build.lock")); err != nil {
		t.Fatal(err)
	}
	for _, e := range wrong {
		bazeltest.Edit(t, workspace, e.file, e.old, e.replacement)
	}
	return workspace
}
