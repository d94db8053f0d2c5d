package buildfile

import (
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.starlark.net/starlark"

	"github.com/ofiuco/ofiuco/internal/starlarktest"
	"github.com/ofiuco/ofiuco/lock"
	"github.com/ofiuco/ofiuco/pypa/marker"
	"github.com/ofiuco/ofiuco/target"
)

// vectorsFile holds what marker.bzl and this package must agree on. UPDATE_GOLDENS=1 rewrites it.
const vectorsFile = "../bazel/python/private/testdata/markers.json"

// vectors are markers in text and in their parsed form, with what they say in each environment: true, false, or null where
// a marker has no answer.
type vectors struct {
	Environments map[string]map[string]string `json:"environments"`
	Markers      []vector                     `json:"markers"`
}

type vector struct {
	Marker string           `json:"marker"`
	Parsed json.RawMessage  `json:"parsed"`
	Holds  map[string]*bool `json:"holds"`
}

// text is the file, with an environment or a marker a line.
func (v vectors) text() string {
	var lines []string
	for _, name := range slices.Sorted(maps.Keys(v.Environments)) {
		lines = append(lines, jsonText(name)+": "+jsonText(v.Environments[name]))
	}
	text := "{\"environments\": {\n" + strings.Join(lines, ",\n") + "\n}, \"markers\": [\n"
	lines = nil
	for _, one := range v.Markers {
		lines = append(lines, jsonText(one))
	}
	return text + strings.Join(lines, ",\n") + "\n]}\n"
}

// wrongBefore are markers that the first ofiuco, which this one replaces, answered wrongly or not at all.
var wrongBefore = []string{
	// Its comparison of versions did not end at the first difference.
	`python_full_version < "3.11.3"`, `python_full_version >= "3.11.0a7"`, `python_full_version == "3.10"`, `python_full_version == "3.10.*"`,
	`python_full_version ~= "3.8.1"`, `python_version > "3"`, `python_version >= "3.9"`, `python_version < "3.10"`, `python_version != "3.9"`,
	// "in" asks for a part of a text, in either direction, also of versions.
	`sys_platform in "linux darwin"`, `"64" in platform_machine`, `python_version in "3.9 3.10"`, `python_version not in "3.8, 3.9"`,
	// Variables that it did not know.
	`platform_release == ""`, `platform_release >= "6.1"`, `platform_version == "1"`, `implementation_version < "3.11"`,
	`"linux" == sys_platform and os_name == 'posix'`, `os.name == "nt" or python_implementation == "PyPy"`,
	// The machines of Linux, macOS and Windows are spelled differently; greenlet was lost on Lambda's arm64.
	`platform_machine == "aarch64"`, `platform_machine == "arm64"`, `platform_machine == "AMD64"`,
	`(python_version < "3.14") and (platform_machine == "aarch64" or (platform_machine == "ppc64le" or (platform_machine == "x86_64" or ` +
		`(platform_machine == "amd64" or (platform_machine == "AMD64" or (platform_machine == "win32" or platform_machine == "WIN32"))))))`,
}

// odd are markers at the edges of PEP 508.
var odd = []string{
	`"3.10" <= python_version`, `"3.10" == python_full_version`, `python_version == "3.10"`, `python_version === "3.10"`,
	`os_name == "posix" and sys_platform == "linux" or python_version < "3" and os_name == "nt"`,
	`os_name == "posix" and (sys_platform == "darwin" or python_version >= "3.12")`, `platform_system < "Linux"`, `platform_system <= "Linux"`,
	`os_name ~= "posix"`, `os_name === "posix"`, `"posix" ~= os_name`, `os_name == "posix" or os_name ~= "posix"`, `'os_name' == 'posix'`,
	`os_name == "a\x22b"`, `os_name == 'a"b\\'`, `os_name == "naïve"`, `python_version < "abc"`, `python_version >= "3.10.post1"`,
	`python_full_version > "3.11.2"`, `python_full_version < "3.14"`, `python_full_version >= "3.14.0rc1"`, `implementation_version > "3.10.13"`,
	`python_version in "3.100"`, `"3.1" in python_version`, `platform_machine not in "aarch64 arm64"`, `python_version ~= "3.8"`,
}

// vectorEnvironments are those of targets, and one of a Python that asks its host.
func vectorEnvironments(t *testing.T) map[string]map[string]string {
	t.Helper()
	all := map[string]map[string]string{}
	for _, text := range []string{
		"aws-lambda-python3.12-arm64", "cp310-manylinux_2_28_x86_64", "cp311-macosx_14_0_arm64", "cp313-win_amd64", "pp311-manylinux_2_28_x86_64",
	} {
		one, err := target.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		if text == "cp311-macosx_14_0_arm64" {
			one, err = one.WithPython("3.11.2")
		} else if !one.PyPy() {
			one, err = one.WithPython(one.Python() + ".14")
		}
		if err != nil {
			t.Fatal(err)
		}
		all[text] = variables(one.Environment())
	}
	host := maps.Clone(all["cp310-manylinux_2_28_x86_64"])
	host["platform_release"], host["platform_version"] = "6.1.0", "#1 SMP"
	host["python_version"], host["python_full_version"], host["implementation_version"] = "3.14", "3.14.0rc2", "3.14.0rc2"
	all["host"] = host
	return all
}

// variables are an Environment under the names of its variables.
func variables(e *marker.Environment) map[string]string {
	return map[string]string{
		"implementation_name": e.ImplementationName, "implementation_version": e.ImplementationVersion, "os_name": e.OSName,
		"platform_machine": e.PlatformMachine, "platform_python_implementation": e.PlatformPythonImplementation,
		"platform_release": e.PlatformRelease, "platform_system": e.PlatformSystem, "platform_version": e.PlatformVersion,
		"python_full_version": e.PythonFullVersion, "python_version": e.PythonVersion, "sys_platform": e.SysPlatform,
	}
}

func environmentOf(v map[string]string) *marker.Environment {
	return &marker.Environment{
		ImplementationName: v["implementation_name"], ImplementationVersion: v["implementation_version"], OSName: v["os_name"],
		PlatformMachine: v["platform_machine"], PlatformPythonImplementation: v["platform_python_implementation"],
		PlatformRelease: v["platform_release"], PlatformSystem: v["platform_system"], PlatformVersion: v["platform_version"],
		PythonFullVersion: v["python_full_version"], PythonVersion: v["python_version"], SysPlatform: v["sys_platform"],
	}
}

// wantVectors are the answers of package marker.
func wantVectors(t *testing.T) vectors {
	t.Helper()
	v := vectors{Environments: vectorEnvironments(t)}
	for _, text := range slices.Concat(wrongBefore, odd) {
		m, err := marker.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		one := vector{Marker: text, Parsed: json.RawMessage(written(m.Tree()).json()), Holds: map[string]*bool{}}
		for name, environment := range v.Environments {
			one.Holds[name] = nil
			if holds, err := m.Evaluate(environmentOf(environment)); err == nil {
				one.Holds[name] = &holds
			}
		}
		v.Markers = append(v.Markers, one)
	}
	return v
}

// written is a tree as a condition, with nothing answered or simplified.
func written(n *marker.Node) condition {
	if len(n.Args) == 0 {
		return comparison(n)
	}
	args := make([]condition, len(n.Args))
	for i := range n.Args {
		args[i] = written(&n.Args[i])
	}
	return compound(n.Op, args)
}

// TestMarkerVectors holds the vectors against package marker, which is held against packaging.
func TestMarkerVectors(t *testing.T) {
	want := wantVectors(t).text()
	if os.Getenv("UPDATE_GOLDENS") != "" {
		if err := os.WriteFile(vectorsFile, []byte(want), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(vectorsFile)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("%s (-want +file; UPDATE_GOLDENS=1 rewrites it)\n%s", vectorsFile, diff)
	}
}

// TestStarlarkAnswersVectors evaluates the vectors, and what buildfile writes of every real lock's markers, in marker.bzl.
func TestStarlarkAnswersVectors(t *testing.T) {
	v := wantVectors(t)
	m := starlarktest.Load(t, "//python/private:marker.bzl")
	environments := inStarlark(v.Environments)
	for _, one := range v.Markers {
		var parsed any
		if err := json.Unmarshal(one.Parsed, &parsed); err != nil {
			t.Fatal(err)
		}
		read := m.Call("parse_marker", starlark.String(one.Marker)).(starlark.Tuple)
		if read[0].String() != starlarktest.Value(parsed).String() {
			t.Errorf("parse_marker(%q) = %v, want %s", one.Marker, read, one.Parsed)
		}
		for name, want := range one.Holds {
			answer := m.Call("evaluate_marker", starlarktest.Value(parsed), environments[name]).(starlark.Tuple)
			if got, defined := answer[0].(starlark.Bool); defined != (want != nil) || defined && bool(got) != *want {
				t.Errorf("%q on %s is %v", one.Marker, name, answer)
			}
		}
	}
}

// TestStarlarkAnswersConditions compares marker.bzl with package marker on every marker of the real locks, in the form in
// which a hub has it.
func TestStarlarkAnswersConditions(t *testing.T) {
	m := starlarktest.Load(t, "//python/private:marker.bzl")
	environments := vectorEnvironments(t)
	values := inStarlark(environments)
	seen := map[string]bool{}
	for path, l := range realLocks(t) {
		a := everything(l)
		for _, own := range markersOf(l) {
			if own.Uses("extra") || own.Uses("extras") || own.Uses("dependency_groups") || seen[own.String()] {
				continue
			}
			seen[own.String()] = true
			var parsed any
			if err := json.Unmarshal([]byte(a.condition(own).json()), &parsed); err != nil {
				t.Fatal(err)
			}
			for name, environment := range environments {
				want, err := own.Evaluate(environmentOf(environment))
				if err != nil {
					t.Fatal(err)
				}
				answer := m.Call("evaluate_marker", starlarktest.Value(parsed), values[name]).(starlark.Tuple)
				if answer[0] != starlark.Bool(want) {
					t.Errorf("%s: %q on %s is %v, want %v", path, own, name, answer, want)
				}
			}
		}
	}
	if len(seen) < 100 {
		t.Errorf("only %d markers", len(seen))
	}
}

// inStarlark are environments as marker.bzl takes them.
func inStarlark(environments map[string]map[string]string) map[string]starlark.Value {
	values := map[string]starlark.Value{}
	for name, environment := range environments {
		variables := map[string]any{}
		for key, value := range environment {
			variables[key] = value
		}
		values[name] = starlarktest.Value(variables)
	}
	return values
}

// markersOf are the markers of a lock that are not nil.
func markersOf(l *lock.Lock) []*marker.Marker {
	var all []*marker.Marker
	for _, p := range l.Packages {
		for i := range p.Dependencies {
			all = append(all, p.Dependencies[i].Marker)
		}
		for i := range p.Included {
			all = append(all, p.Included[i].Marker)
		}
		all = append(all, p.Forks...)
	}
	return slices.DeleteFunc(all, func(m *marker.Marker) bool { return m == nil })
}
