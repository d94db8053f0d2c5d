package target

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ofiuco/ofiuco/internal/oracle"
	"github.com/ofiuco/ofiuco/pypa/marker"
)

// fields are an Environment under the names of its variables.
func fields(e *marker.Environment) map[string]string {
	return map[string]string{
		"implementation_name":            e.ImplementationName,
		"implementation_version":         e.ImplementationVersion,
		"os_name":                        e.OSName,
		"platform_machine":               e.PlatformMachine,
		"platform_python_implementation": e.PlatformPythonImplementation,
		"platform_release":               e.PlatformRelease,
		"platform_system":                e.PlatformSystem,
		"platform_version":               e.PlatformVersion,
		"python_full_version":            e.PythonFullVersion,
		"python_version":                 e.PythonVersion,
		"sys_platform":                   e.SysPlatform,
	}
}

// TestRealInterpreters compares the environment and the tags of each Python of this machine with those of the
// Target that names it.
func TestRealInterpreters(t *testing.T) {
	packaging, err := exec.Command(oracle.Python(t), "-c", "import packaging; print(packaging.__path__[0])").Output()
	if err != nil {
		t.Fatal(err)
	}
	folder := filepath.Dir(strings.TrimSpace(string(packaging)))
	pythons := []string{oracle.Program(t, "python3"), oracle.Python(t)}
	for minor := oldestMinor; minor <= newestMinor; minor++ {
		for _, suffix := range []string{"", "t"} {
			if path, err := exec.LookPath(fmt.Sprintf("python3.%d%s", minor, suffix)); err == nil {
				pythons = append(pythons, path)
			}
		}
	}
	compared := 0
	for _, python := range pythons {
		output, err := exec.Command(python, "-I", "testdata/environment.py", folder).Output()
		if err != nil {
			continue // a version manager's shim of a version that is not active, or a Python older than packaging's oldest
		}
		var real struct {
			Environment map[string]string
			Tags        []string
		}
		if err := json.Unmarshal(output, &real); err != nil {
			t.Fatal(err)
		}
		compareReal(t, python, real.Environment, real.Tags)
		compared++
	}
	if compared == 0 {
		t.Error("no interpreter could be asked")
	}
	t.Logf("%d interpreters compared", compared)
}

func compareReal(t *testing.T, python string, environment map[string]string, tags []string) {
	t.Helper()
	// The second tag is the newest manylinux or musllinux; Linux puts the bare linux_ARCH first.
	newest := strings.SplitN(tags[0], "-", 3)
	if strings.HasPrefix(newest[2], "linux_") {
		newest = strings.SplitN(tags[1], "-", 3)
	}
	version := environment["python_full_version"]
	if strings.HasSuffix(newest[1], "t") {
		version += "t"
	}
	target, err := New(version, newest[2])
	if err != nil {
		t.Errorf("%s: %v", python, err)
		return
	}
	if target.PatchAssumed() {
		t.Errorf("%s: %s was given, yet PatchAssumed", python, version)
	}
	environment["platform_release"], environment["platform_version"] = "", "" // facts of the machine alone
	if diff := cmp.Diff(environment, fields(target.Environment())); diff != "" {
		t.Errorf("%s: the environment (-real +target):\n%s", python, diff)
	}
	var got []string
	for _, tag := range target.Tags() {
		got = append(got, tag.String())
	}
	if diff := cmp.Diff(tags, got); diff != "" {
		t.Errorf("%s: the tags (-real +target):\n%s", python, diff)
	}
}

func TestEnvironment(t *testing.T) {
	for _, test := range []struct {
		python, platform string
		want             map[string]string // what differs from CPython 3.12.4 on Linux x86_64
	}{
		{"3.12.4", "linux/amd64", nil},
		{"3.12.4", "linux/arm64", map[string]string{"platform_machine": "aarch64"}},
		{"3.12.4", "linux/arm/v7", map[string]string{"platform_machine": "armv7l"}},
		{"3.12.4", "linux/386", map[string]string{"platform_machine": "i686"}},
		{"3.12.4", "linux/ppc64le", map[string]string{"platform_machine": "ppc64le"}},
		{"3.12.4", "linux/s390x", map[string]string{"platform_machine": "s390x"}},
		{"3.12.4", "musllinux_1_2_x86_64", nil},
		{"3.12.4", "darwin/arm64", map[string]string{
			"platform_machine": "arm64", "platform_system": "Darwin", "sys_platform": "darwin"}},
		{"3.12.4", "darwin/amd64", map[string]string{"platform_system": "Darwin", "sys_platform": "darwin"}},
		{"3.12.4", "windows/amd64", map[string]string{
			"os_name": "nt", "platform_machine": "AMD64", "platform_system": "Windows", "sys_platform": "win32"}},
		{"3.12.4", "windows/arm64", map[string]string{
			"os_name": "nt", "platform_machine": "ARM64", "platform_system": "Windows", "sys_platform": "win32"}},
		{"3.12.4", "win32", map[string]string{
			"os_name": "nt", "platform_machine": "x86", "platform_system": "Windows", "sys_platform": "win32"}},
		{"3.12", "linux/amd64", map[string]string{"python_full_version": "3.12.16", "implementation_version": "3.12.16"}},
		{"3.15.0rc1", "linux/amd64", map[string]string{
			"python_version": "3.15", "python_full_version": "3.15.0rc1", "implementation_version": "3.15.0c1"}},
		{"3.12.4+", "linux/amd64", map[string]string{"python_full_version": "3.12.4+"}},
		{"3.13.1t", "linux/amd64", map[string]string{
			"python_version": "3.13", "python_full_version": "3.13.1", "implementation_version": "3.13.1"}},
		{"pypy3.11.15", "linux/amd64", map[string]string{
			"implementation_name": "pypy", "platform_python_implementation": "PyPy", "implementation_version": "7.3.23",
			"python_version": "3.11", "python_full_version": "3.11.15"}},
		{"pp310", "linux/amd64", map[string]string{
			"implementation_name": "pypy", "platform_python_implementation": "PyPy", "implementation_version": "7.3.19",
			"python_version": "3.10", "python_full_version": "3.10.16"}},
	} {
		target, err := New(test.python, test.platform)
		if err != nil {
			t.Errorf("New(%q, %q): %v", test.python, test.platform, err)
			continue
		}
		want := map[string]string{
			"implementation_name": "cpython", "implementation_version": "3.12.4", "os_name": "posix", "platform_machine": "x86_64",
			"platform_python_implementation": "CPython", "platform_release": "", "platform_system": "Linux", "platform_version": "",
			"python_full_version": "3.12.4", "python_version": "3.12", "sys_platform": "linux",
		}
		for variable, value := range test.want {
			want[variable] = value
		}
		if diff := cmp.Diff(want, fields(target.Environment())); diff != "" {
			t.Errorf("New(%q, %q) (-want +got):\n%s", test.python, test.platform, diff)
		}
	}
}
