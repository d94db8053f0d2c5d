package toolchain_test

import (
	"context"
	"debug/elf"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ofiuco/ofiuco/internal/oracle"
	"github.com/ofiuco/ofiuco/interpreter"
	"github.com/ofiuco/ofiuco/toolchain"
)

// host is the tools' Python, and its target's name.
func host(t testing.TB) (interpreter.Info, string) {
	t.Helper()
	info, err := interpreter.Query(t.Context(), oracle.Python(t))
	if err != nil {
		t.Fatal(err)
	}
	own, err := info.Target()
	if err != nil {
		t.Fatal(err)
	}
	return info, own.String()
}

// elsewhere is a target of the host Python's version on another platform.
func elsewhere(t testing.TB, platform string) (interpreter.Info, string) {
	t.Helper()
	info, name := host(t)
	python, _, _ := strings.Cut(name, "-")
	return info, python + "-" + platform
}

func lookup(environ []string, name string) string {
	for _, variable := range environ {
		if value, ok := strings.CutPrefix(variable, name+"="); ok {
			return value
		}
	}
	return ""
}

// TestNative builds for the host. A Python that was built as a shared library has its own folder in its LDSHARED, which
// must not get into what is built.
func TestNative(t *testing.T) {
	oracle.Program(t, "gcc")
	info, name := host(t)
	w := furnish(t, name, func(r *toolchain.Request) { r.Build, r.Getenv = info, nil }, "setuptools", "wheel")
	if w.Cross || w.Missing != nil || w.Name == "" || w.Bin != "" {
		t.Errorf("got %+v", w.Toolchain)
	}
	wheel := w.wheel(t, unpackSource(t, "MarkupSafe-2.1.5"), setuptool)
	all := extensions(t, wheel)
	if len(all) != 1 {
		t.Fatalf("%d extension modules", len(all))
	}
	object, err := elf.NewFile(strings.NewReader(string(all[0].data)))
	if err != nil {
		t.Fatal(err)
	}
	for _, tag := range []elf.DynTag{elf.DT_RPATH, elf.DT_RUNPATH} {
		if paths, err := object.DynString(tag); err != nil || len(paths) > 0 {
			t.Errorf("%v %q, %v", tag, paths, err)
		}
	}
	run(t, []string{"PYTHONPATH=" + wheel}, "", w.python, "-c", "import markupsafe")
}

// TestEnvironmentsCompiler takes the user's CC if it compiles for the target, and no other.
func TestEnvironmentsCompiler(t *testing.T) {
	cross := oracle.Program(t, "aarch64-linux-gnu-gcc")
	oracle.Program(t, "gcc")
	info, name := host(t)
	for _, test := range []struct{ cc, target, want string }{
		{cross, name, "cc "},
		{cross, strings.Replace(name, "x86_64", "aarch64", 1), "aarch64-linux-gnu-gcc "},
		{"gcc", name, "gcc "},
		{"gcc", strings.Replace(name, "x86_64", "aarch64", 1), "aarch64-linux-gnu-gcc "},
	} {
		tools := find(t, test.target, func(r *toolchain.Request) {
			r.Build = info
			r.Getenv = func(name string) string { return map[string]string{"CC": test.cc}[name] }
		})
		if !strings.HasPrefix(tools.Name, test.want) {
			t.Errorf("CC=%s for %s: got %s, want %s", test.cc, test.target, tools.Name, test.want)
		}
	}
}

// TestErrors names what does not fit.
func TestErrors(t *testing.T) {
	oracle.Program(t, "gcc")
	info, name := host(t)
	_, arm := elsewhere(t, "manylinux_2_36_aarch64")
	for _, test := range []struct {
		target, cc, cxx, sysroot, want string
	}{
		{target: "cp38-manylinux_2_36_aarch64", want: "building for cp38-manylinux_2_36_aarch64 takes Python 3.8, and " + info.Executable + " is " + info.Python +
			": get one, such as by uv python install 3.8, and name it with --build-python"},
		{target: "cp313t-manylinux_2_36_x86_64", want: "takes Python 3.13t, and"},
		{target: "pp311-manylinux_2_28_x86_64", want: "takes Python pypy3.11, and"},
		{target: arm, cc: "gcc", want: `the compiler "gcc" is not one for ` + arm + `: it compiles for another platform: it makes programs for "x86_64-linux-gnu"`},
		{target: arm, cc: "no-such-gcc -O1", want: `there is no program "no-such-gcc"`},
		{target: arm, cc: "  ", want: "its command is empty"},
		{target: name, cc: "gcc", cxx: "no-such-g++", want: `there is no program "no-such-g++" for C++`},
		{target: name, cc: "false", want: "asking false for --version: exit status 1"},
		{target: arm, sysroot: "/no/such/folder", want: "opening the sysroot: stat /no/such/folder: no such file or directory"},
		{target: arm, sysroot: "sysroot", want: `the sysroot "sysroot" is no absolute path`},
		{target: arm, sysroot: "/tmp/a b", want: "has a character in its path that compilers' options cannot hold"},
		{target: arm, sysroot: "/etc/passwd", want: `the sysroot "/etc/passwd" is no folder`},
	} {
		r := toolchain.Request{Build: info, Target: parse(t, test.target), CC: test.cc, CXX: test.cxx, Sysroot: test.sysroot, Getenv: os.Getenv}
		tools, err := toolchain.Find(t.Context(), r, t.TempDir())
		if err == nil {
			t.Errorf("%+v: got %+v", test, tools)
		} else if !strings.Contains(err.Error(), test.want) {
			t.Errorf("%+v:\n got %v\nwant %s", test, err, test.want)
		}
	}
}

// TestMissing builds what needs no compiler without one, and tells when one was wanted.
func TestMissing(t *testing.T) {
	for _, test := range []struct{ platform, want string }{
		{"manylinux_2_36_aarch64", "no cross compiler for aarch64 Linux found: apt-get install gcc-aarch64-linux-gnu g++-aarch64-linux-gnu, or pip install ziglang, or name one with --cc"},
		{"manylinux_2_17_i686", "no cross compiler for i686 Linux found: apt-get install gcc-i686-linux-gnu g++-i686-linux-gnu, or pip install ziglang, or name one with --cc"},
		{"musllinux_1_2_x86_64", "no cross compiler for x86_64 Linux with musl found: pip install ziglang, or name one with --cc"},
		{"macosx_14_0_arm64", "extension modules for macOS cannot be compiled on Linux: build the wheel there, and lock it or give it with --find-links"},
		{"win_amd64", "extension modules for Windows cannot be compiled on Linux: build the wheel there, and lock it or give it with --find-links"},
		{"", "no C compiler found: install one (apt-get install gcc g++, dnf install gcc gcc-c++, apk add gcc g++ musl-dev), or name one with --cc"},
	} {
		t.Run(test.platform, func(t *testing.T) {
			info, name := host(t)
			if test.platform != "" {
				_, name = elsewhere(t, test.platform)
			}
			path := os.Getenv("PATH")
			t.Setenv("PATH", t.TempDir())
			tools := find(t, name, func(r *toolchain.Request) { r.Build, r.Getenv = info, nil })
			t.Setenv("PATH", path)
			if tools.Name != "" || tools.Missing == nil || tools.Missing.Error() != test.want {
				t.Fatalf("Name %q, Missing %v, want %s", tools.Name, tools.Missing, test.want)
			}
			thorough(t)
			w := workshop{tools, buildEnvironment(t, info, "setuptools", "wheel")}
			pure := project(t, map[string]string{"setup.py": "from setuptools import setup\nsetup(name='pure', version='1', py_modules=['pure'])\n", "pure.py": ""})
			if wheel := w.wheel(t, pure, setuptool); !strings.HasSuffix(wheel, "pure-1-py3-none-any.whl") {
				t.Errorf("built %s", wheel)
			}
			if err := tools.Wanted(); err != nil {
				t.Errorf("a pure project wanted a compiler: %v", err)
			}
			wheel := w.wheel(t, unpackSource(t, "MarkupSafe-2.1.5"), setuptool)
			if !strings.HasSuffix(wheel, "-py3-none-any.whl") {
				t.Errorf("built %s", wheel)
			}
			if err := tools.Wanted(); err != tools.Missing {
				t.Errorf("Wanted gives %v after a compilation failed", err)
			}
			if err := tools.Wanted(); err != nil {
				t.Errorf("Wanted gives %v twice", err)
			}
		})
	}
}

// TestStandIn says in the build's own output what is missing.
func TestStandIn(t *testing.T) {
	info, name := elsewhere(t, "manylinux_2_36_aarch64")
	path := os.Getenv("PATH")
	t.Setenv("PATH", t.TempDir())
	tools := find(t, name, func(r *toolchain.Request) { r.Build, r.Getenv = info, nil })
	t.Setenv("PATH", path)
	out, err := exec.Command(lookup(tools.Environ, "CC"), "-c", "x.c").CombinedOutput()
	if err == nil || string(out) != "ofiuco: "+tools.Missing.Error()+"\n" {
		t.Errorf("it says %q (%v)", out, err)
	}
	out, err = exec.Command(filepath.Join(tools.Bin, "pg_config"), "--libdir").CombinedOutput()
	if err == nil || !strings.Contains(string(out), "there is no PostgreSQL for aarch64 Linux") {
		t.Errorf("pg_config says %q (%v)", out, err)
	}
}

const whoAmI = `import json, os, platform, subprocess, sys, sysconfig
print(json.dumps({
    "platform": sysconfig.get_platform(), "machine": platform.machine(), "uname": os.uname().machine, "glibc": os.confstr("CS_GNU_LIBC_VERSION"),
    "suffix": sysconfig.get_config_var("EXT_SUFFIX"), "multiarch": sys.implementation._multiarch, "cc": sysconfig.get_config_var("LDSHARED").split()[0],
    "include": sysconfig.get_path("include"), "platinclude": sysconfig.get_path("platinclude"), "includepy": sysconfig.get_config_var("INCLUDEPY"),
    "shared": sysconfig.get_config_var("Py_ENABLE_SHARED"), "native": subprocess.check_output(["uname", "-m"]).decode().strip(),
}))`

// TestPythonsThatSayTheyAreTheTarget holds for each version of the host, the ones without a sysroot's data.
func TestPythonsThatSayTheyAreTheTarget(t *testing.T) {
	oracle.Program(t, "aarch64-linux-gnu-gcc")
	versions := []string{"3.11", "3.8", "3.9", "3.10", "3.12", "3.13"}
	for _, version := range versions[:min(oracle.Cases(t, 2, len(versions)), len(versions))] {
		t.Run(version, func(t *testing.T) {
			info, digits := pythonOf(t, version), strings.ReplaceAll(version, ".", "")
			tools := find(t, "cp"+digits+"-manylinux_2_28_aarch64", nil)
			out := run(t, append([]string{"PATH=" + os.Getenv("PATH")}, tools.Environ...), "", info.Executable, "-c", whoAmI)
			var got map[string]any
			if err := json.Unmarshal([]byte(out), &got); err != nil {
				t.Fatal(err)
			}
			include := strings.TrimPrefix(lookup(tools.Environ, "CPPFLAGS"), "-I")
			want := map[string]any{
				"platform": "linux-aarch64", "machine": "aarch64", "uname": "aarch64", "glibc": "glibc 2.28",
				"suffix": ".cpython-" + digits + "-aarch64-linux-gnu.so", "multiarch": "aarch64-linux-gnu", "cc": lookup(tools.Environ, "CC"),
				"include": include, "platinclude": include, "includepy": include, "shared": 0.0, "native": "x86_64",
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// TestVersions compiles the same extension module for each version of CPython, without a sysroot.
func TestVersions(t *testing.T) {
	thorough(t)
	oracle.Program(t, "aarch64-linux-gnu-gcc")
	for _, minor := range []string{"9", "10", "12", "13"} {
		t.Run("3."+minor, func(t *testing.T) {
			w := furnish(t, "cp3"+minor+"-manylinux_2_36_aarch64", nil, "setuptools", "wheel")
			wheel := w.wheel(t, unpackSource(t, "MarkupSafe-2.1.5"), setuptool)
			expectExtension(t, wheel, "cp3"+minor+"-cp3"+minor+"-linux_aarch64", ".cpython-3"+minor+"-aarch64-linux-gnu.so", elf.EM_AARCH64)
		})
	}
}

// TestDigest changes with all that a result depends on, and with nothing else.
func TestDigest(t *testing.T) {
	oracle.Program(t, "aarch64-linux-gnu-gcc")
	info, name := elsewhere(t, "manylinux_2_36_aarch64")
	sysroot := func(text string) string {
		dir := t.TempDir()
		if err := os.MkdirAll(filepath.Join(dir, "usr/include"), 0o755); err != nil {
			t.Fatal(err)
		}
		header := filepath.Join(dir, "usr/include/zlib.h")
		if err := os.WriteFile(header, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(header, time.Unix(0, 0), time.Unix(0, 0)); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	digest := func(name string, change func(*toolchain.Request)) string {
		return find(t, name, func(r *toolchain.Request) {
			r.Build = info
			if change != nil {
				change(r)
			}
		}).Digest
	}
	with := func(text string) func(*toolchain.Request) {
		dir := sysroot(text)
		return func(r *toolchain.Request) { r.Sysroot = dir }
	}
	plain := digest(name, nil)
	if again := digest(name, nil); again != plain {
		t.Error("it changes with the folder")
	}
	if digest(name, with("1")) != digest(name, with("2")) {
		t.Error("it changes with the path of the sysroot")
	}
	_, older := elsewhere(t, "manylinux_2_28_aarch64")
	_, own := host(t)
	different := []string{
		plain, digest(older, nil), digest(own, nil), digest(name, with("1")), digest(name, with("longer")),
		digest(name, func(r *toolchain.Request) { r.CC = "aarch64-linux-gnu-gcc -mcpu=neoverse-n1" }),
	}
	slices.Sort(different)
	if len(slices.Compact(different)) != 6 {
		t.Errorf("of six toolchains two have one digest: %q", different)
	}
}

// TestCanceled ends with the context.
func TestCanceled(t *testing.T) {
	info, name := host(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r := toolchain.Request{Build: info, Target: parse(t, name), Getenv: os.Getenv}
	if tools, err := toolchain.Find(ctx, r, t.TempDir()); err != context.Canceled {
		t.Errorf("got %+v, %v", tools, err)
	}
}
