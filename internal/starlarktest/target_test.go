package starlarktest

import (
	"maps"
	"strings"
	"testing"

	"go.starlark.net/starlark"
	"go.starlark.net/starlarkstruct"

	"github.com/ofiuco/ofiuco/target"
)

// facts is the argument of target_of.
type facts struct{ python, os, cpu, libc, glibc, macos, runtime string }

func (f facts) value() starlark.Value {
	s := func(text string) starlark.Value { return starlark.String(text) }
	return starlarkstruct.FromStringDict(starlarkstruct.Default, starlark.StringDict{
		"python": s(f.python), "os": s(f.os), "cpu": s(f.cpu), "libc": s(f.libc), "glibc": s(f.glibc), "macos": s(f.macos), "runtime": s(f.runtime),
	})
}

func attr(t *testing.T, v starlark.Value, name string) starlark.Value {
	t.Helper()
	value, err := v.(starlark.HasAttrs).Attr(name)
	if err != nil {
		t.Fatal(err)
	}
	return value
}

func text(t *testing.T, v starlark.Value, name string) string {
	t.Helper()
	s, _ := starlark.AsString(attr(t, v, name))
	return s
}

// goEnvironment is the marker environment of a target, by its variables' names.
func goEnvironment(t target.Target) map[string]string {
	e := t.Environment()
	return map[string]string{
		"implementation_name": e.ImplementationName, "implementation_version": e.ImplementationVersion, "os_name": e.OSName,
		"platform_machine": e.PlatformMachine, "platform_python_implementation": e.PlatformPythonImplementation,
		"platform_release": e.PlatformRelease, "platform_system": e.PlatformSystem, "platform_version": e.PlatformVersion,
		"python_full_version": e.PythonFullVersion, "python_version": e.PythonVersion, "sys_platform": e.SysPlatform,
	}
}

func starlarkEnvironment(t *testing.T, v starlark.Value) map[string]string {
	t.Helper()
	environment := map[string]string{}
	for key, value := range attr(t, v, "marker_env").(*starlark.Dict).Entries() {
		k, _ := starlark.AsString(key)
		environment[k], _ = starlark.AsString(value)
	}
	return environment
}

var pythons = []string{
	"3.8", "3.9", "3.10", "3.11", "3.12", "3.13", "3.14", "3.15", "3.13t", "3.14t", "3.15t",
	"3.8.18", "3.12.1", "3.13.0rc2", "3.14.0b1", "3.12.4+",
}

// platforms are the facts of a platform and the word for it that the Go package knows.
var platforms = map[string]facts{
	"x86_64-unknown-linux-gnu":       {os: "linux", cpu: "x86_64"},
	"aarch64-unknown-linux-gnu":      {os: "linux", cpu: "aarch64", libc: "glibc"},
	"i686-unknown-linux-gnu":         {os: "linux", cpu: "i686"},
	"armv7-unknown-linux-gnueabihf":  {os: "linux", cpu: "armv7l"},
	"powerpc64le-unknown-linux-gnu":  {os: "linux", cpu: "ppc64le"},
	"s390x-unknown-linux-gnu":        {os: "linux", cpu: "s390x"},
	"riscv64gc-unknown-linux-gnu":    {os: "linux", cpu: "riscv64"},
	"aarch64-unknown-linux-musl":     {os: "linux", cpu: "aarch64", libc: "musl"},
	"armv7-unknown-linux-musleabihf": {os: "linux", cpu: "armv7l", libc: "musl"},
	"manylinux_2_36_x86_64":          {os: "linux", cpu: "x86_64", glibc: "2.36"},
	"aarch64-apple-darwin":           {os: "macos", cpu: "aarch64"},
	"x86_64-apple-darwin":            {os: "macos", cpu: "x86_64"},
	"macosx_14_0_arm64":              {os: "macos", cpu: "aarch64", macos: "14"},
	"macosx_10_9_x86_64":             {os: "macos", cpu: "x86_64", macos: "10.9"},
	"x86_64-pc-windows-msvc":         {os: "windows", cpu: "x86_64"},
	"aarch64-pc-windows-msvc":        {os: "windows", cpu: "aarch64"},
	"i686-pc-windows-msvc":           {os: "windows", cpu: "i686"},
}

// TestTargets compares the ruleset's targets with those of the Go package that its actions run with.
func TestTargets(t *testing.T) {
	m := Load(t, "//platforms:target.bzl")
	for platform, f := range platforms {
		for _, python := range pythons {
			want, err := target.New(python, platform)
			if err != nil {
				t.Fatal(err)
			}
			f.python = python
			answer := m.Call("target_of", f.value()).(starlark.Tuple)
			if answer[1] != starlark.None {
				t.Errorf("%s on %s: %v", python, platform, answer[1])
				continue
			}
			check(t, answer[0], want)
			if triple := text(t, answer[0], "triple"); strings.Contains(platform, "-") && triple != platform {
				t.Errorf("the triple of %s is %s", platform, triple)
			}
		}
	}
}

func check(t *testing.T, got starlark.Value, want target.Target) {
	t.Helper()
	if tag := text(t, got, "tag"); tag != want.String() {
		t.Errorf("the tag is %s, want %s", tag, want)
	}
	if environment := starlarkEnvironment(t, got); !maps.Equal(environment, goEnvironment(want)) {
		t.Errorf("%s:\n got %v\nwant %v", want, environment, goEnvironment(want))
	}
	// What actions are told must mean the same.
	parsed, err := target.Parse(text(t, got, "tag"))
	if python := text(t, got, "python"); err == nil && python != "" {
		parsed, err = parsed.WithPython(python)
	}
	if err != nil || !maps.Equal(goEnvironment(parsed), goEnvironment(want)) {
		t.Errorf("%s reads again as %v, %v", want, parsed, err)
	}
}

// TestRuntimes holds the ruleset to have every runtime of AWS Lambda, as it is.
func TestRuntimes(t *testing.T) {
	m := Load(t, "//platforms:target.bzl")
	names := target.Runtimes()
	if n := m.Globals["AWS_LAMBDA"].(*starlark.Dict).Len() * m.Globals["AWS_LAMBDA_CPUS"].(*starlark.Dict).Len(); n != len(names) {
		t.Errorf("%d runtimes, want %d", n, len(names))
	}
	for _, name := range names {
		want, err := target.Parse(name)
		if err != nil {
			t.Fatal(err)
		}
		answer := m.Call("target_of", facts{python: want.Python(), os: "linux", cpu: want.Arch(), runtime: "aws_lambda"}.value()).(starlark.Tuple)
		if answer[1] != starlark.None {
			t.Errorf("%s: %v", name, answer[1])
			continue
		}
		check(t, answer[0], want)
		runtime, _, _ := m.Globals["AWS_LAMBDA"].(*starlark.Dict).Get(starlark.String(want.Python()))
		if glibc := "glibc " + text(t, runtime, "glibc"); glibc != want.Libc().String() {
			t.Errorf("%s has %s, want %s", name, glibc, want.Libc())
		}
	}
}
