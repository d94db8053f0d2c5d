package target

import (
	"archive/zip"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/ofiuco/ofiuco/internal/oracle"
)

// wheelhouse is a folder of wheels for uv's --find-links.
type wheelhouse struct {
	t   *testing.T
	dir string
}

func (h wheelhouse) add(project, version, tag string, requires ...string) {
	h.t.Helper()
	file, err := os.Create(filepath.Join(h.dir, fmt.Sprintf("%s-%s-%s.whl", project, version, tag)))
	if err != nil {
		h.t.Fatal(err)
	}
	defer file.Close()
	metadata := fmt.Sprintf("Metadata-Version: 2.1\nName: %s\nVersion: %s\n", project, version)
	for _, r := range requires {
		metadata += "Requires-Dist: " + r + "\n"
	}
	archive := zip.NewWriter(file)
	for name, text := range map[string]string{
		"METADATA": metadata, "WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: " + tag + "\n", "RECORD": "",
	} {
		w, err := archive.Create(fmt.Sprintf("%s-%s.dist-info/%s", project, version, name))
		if err != nil {
			h.t.Fatal(err)
		}
		if _, err := w.Write([]byte(text)); err != nil {
			h.t.Fatal(err)
		}
	}
	if err := archive.Close(); err != nil {
		h.t.Fatal(err)
	}
}

var installed = regexp.MustCompile(`(?m)^ \+ (\S+)==(\S+)$`)

// install is what uv would install of a project for a platform, by name.
func (h wheelhouse) install(project, platform string) map[string]string {
	h.t.Helper()
	command := exec.Command(oracle.Tool(h.t, "uv"), "pip", "install", "--dry-run", "--no-config", "--no-index", "--no-cache", "--only-binary", ":all:",
		"--find-links", h.dir, "--target", h.t.TempDir(), "--python", oracle.Python(h.t), "--python-version", "3.12", "--python-platform", platform, project)
	// MACOSX_DEPLOYMENT_TARGET would change what a word means.
	command.Env = slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "MACOSX_DEPLOYMENT_TARGET=") })
	output, err := command.CombinedOutput()
	if err != nil {
		h.t.Fatalf("uv for %s: %v\n%s", platform, err, output)
	}
	got := map[string]string{}
	for _, match := range installed.FindAllStringSubmatch(string(output), -1) {
		got[match[1]] = match[2]
	}
	return got
}

// TestPlatformWordsAsUV asks uv what it takes each platform word for: it is offered a wheel of every version of
// the platform, and packages that are required by the markers of our Environment only.
func TestPlatformWordsAsUV(t *testing.T) {
	oracle.Tool(t, "uv")
	for _, word := range []string{
		"linux", "macos", "windows", "x86_64-unknown-linux-gnu", "aarch64-unknown-linux-gnu", "x86_64-unknown-linux-musl",
		"aarch64-unknown-linux-musl", "riscv64-unknown-linux", "aarch64-apple-darwin", "x86_64-apple-darwin", "x86_64-pc-windows-msvc",
		"aarch64-pc-windows-msvc", "i686-pc-windows-msvc", "x86_64-manylinux2014", "x86_64-manylinux_2_28", "aarch64-manylinux_2_34",
	} {
		t.Run(word, func(t *testing.T) {
			target, err := New("3.12", word)
			if err != nil {
				t.Fatal(err)
			}
			h := wheelhouse{t, t.TempDir()}
			env := target.Environment()
			var requires []string
			for i, condition := range []string{
				"os_name == '" + env.OSName + "'", "sys_platform == '" + env.SysPlatform + "'", "platform_system == '" + env.PlatformSystem + "'",
				"platform_machine == '" + env.PlatformMachine + "'", "python_version == '" + env.PythonVersion + "'",
			} {
				name := fmt.Sprintf("holds%d", i)
				h.add(name, "1", "py3-none-any")
				requires = append(requires, name+"; "+condition)
			}
			own := target.d.platform
			for version := range 60 {
				p := own
				switch {
				case own.os == Linux:
					p.minor = version
				case own.os == MacOS:
					p.major = version
				case version > 0:
					continue
				}
				h.add("probe", fmt.Sprint(version), "cp312-cp312-"+p.tag(), requires...)
			}
			got := h.install("probe", word)
			want := map[OS]int{Linux: own.minor, MacOS: own.major}[own.os]
			if got["probe"] != fmt.Sprint(want) || len(got) != 1+len(requires) {
				t.Errorf("uv installs %v; want probe %d, of %s, with %d more", got, want, target, len(requires))
			}
		})
	}
}
