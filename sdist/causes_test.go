package sdist_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/ofiuco/ofiuco/internal/oracle"
	"github.com/ofiuco/ofiuco/sdist"
)

// shell is a build whose backend runs a shell script in its tree, and fails with it.
func shell(t testing.TB, script string) *sdist.Build {
	t.Helper()
	return inTree(t, fmt.Sprintf("def build_wheel(folder, config_settings=None, metadata_directory=None):\n"+
		"    import subprocess, sys\n    sys.exit(subprocess.call(['sh', '-c', %q]) or 'it did not fail')\n", script))
}

// TestCauses lets real programs fail in the ways that builds fail most, and expects the cause and what to do.
func TestCauses(t *testing.T) {
	for name, test := range map[string]struct{ program, script, msg, hint string }{
		"a known header":    {"cc", "echo '#include <openssl/none.h>' > x.c; cc -c x.c", "the header openssl/none.h is missing", "apt-get install libssl-dev, or dnf install openssl-devel, or apk add openssl-dev"},
		"an unknown header": {"cc", "echo '#include <none.h>' > x.c; cc -c x.c", "the header none.h is missing", "apt-file search none.h"},
		"a header of C++":   {"c++", "echo '#include <none/none.hpp>' > x.cc; c++ -c x.cc", "the header none/none.hpp is missing", ""},
		"Python.h":          {"cc", "echo '#include \"Python.h\"' > x.c; cc -c x.c", "the header Python.h of its Python is missing", "apt-get install python3-dev"},
		"old C code":        {"cc", "echo '#include <longintrepr.h>' > x.c; cc -c x.c", "its C code is not for this version of Python", "older Python"},
		"old member":        {"cc", "echo 'struct s {int a;} s; int f(void) { return s.ob_digit; }' > x.c; cc -c x.c", "its C code is not for this version of Python", "older Python"},
		"a library":         {"cc", "echo 'int f;' > x.c; cc -shared x.c -lnone", "the library of the linker's option -lnone is missing", "package of your system"},
		"a known library":   {"cc", "echo 'int f;' > x.c; cc -shared x.c -lrdkafka", "the library of the linker's option -lrdkafka is missing", "apt-get install librdkafka-dev"},
		"memory":            {"cc", "echo 'int f;' > x.c; printf '#!/bin/sh\\nkill -9 $$' > cc1; chmod +x cc1; cc -B. -c x.c", "memory ran out", "MAX_JOBS"},
		"pkg-config":        {"pkg-config", "pkg-config --cflags none", "pkg-config does not know the library none", "apt-file search none.pc"},
		"a shell's program": {"", "mysql_config --cflags", "the program mysql_config is missing", "default-libmysqlclient-dev"},
		"Python's program":  {"", `python -c 'import subprocess; subprocess.run("autoreconf_none")'`, "the program autoreconf_none is missing", ""},
		"a module":          {"", "python -c 'import skbuild'", `it imports the module "skbuild", which its build requirements do not bring`, `requires = ["scikit-build"]`},
		"the network":       {"", `python -c 'import urllib.request as r; r.urlopen("http://files.example.com")'`, "it wants to download something", "[tool.ofiuco.build.alpha] network = true"},
		"git":               {"git", "git clone -q https://example.com/none", "it wants to download something", "network = true"},
		"pip":               {"", "python -m pip install none==1", "it wants to download something", "network = true"},
		"cargo's crates":    {"cargo", "mkdir src; : > src/lib.rs; printf '[package]\\nname=\"a\"\\nversion=\"1.0.0\"\\n[dependencies]\\nnone=\"1\"\\n' > Cargo.toml; cargo build", "it wants to download something", "network = true"},
		"old Rust":          {"cargo", "mkdir src; : > src/lib.rs; printf '[package]\\nname=\"a\"\\nversion=\"1.0.0\"\\nrust-version=\"99.0\"\\n' > Cargo.toml; cargo build", "it needs Rust 99.0 or newer", "rustup update"},
		"Rust's target":     {"cargo", "mkdir src; : > src/lib.rs; printf '[package]\\nname=\"a\"\\nversion=\"1.0.0\"\\n' > Cargo.toml; cargo build --target aarch64-apple-ios-sim", "Rust has no standard library for aarch64-apple-ios-sim", "rustup target add"},
		"CMake's package":   {"cmake", "printf 'cmake_minimum_required(VERSION 3.15)\\nproject(a NONE)\\nfind_package(none REQUIRED)' > CMakeLists.txt; cmake .", "CMake does not find none", ""},
		"CMake's compiler":  {"cmake", "printf 'cmake_minimum_required(VERSION 3.15)\\nproject(a C)\\n' > CMakeLists.txt; CC=none cmake .", "a C compiler is missing", "gcc"},
		"CMake's Ninja":     {"cmake", "printf 'cmake_minimum_required(VERSION 3.15)\\nproject(a NONE)\\n' > CMakeLists.txt; PATH=/empty:$(dirname $(readlink -f $(command -v sh))) $(command -v cmake) -G Ninja -D CMAKE_MAKE_PROGRAM= .", "the program ninja is missing", "ninja-build"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if test.program != "" {
				oracle.Program(t, test.program)
			}
			b := shell(t, test.script)
			b.Environ = append(b.Environ, rustHomes()...)
			expectCause(t, b, test.msg, test.hint)
		})
	}
}

// expectCause expects that a build fails for a cause.
func expectCause(t *testing.T, b *sdist.Build, msg, hint string) {
	t.Helper()
	got := failure(t, b)
	if !strings.Contains(got.Msg, msg) || !strings.Contains(got.Hint, hint) {
		t.Errorf("got %q and the hint %q\nwant %q and %q\n%s", got.Msg, got.Hint, msg, hint, strings.Join(got.Output, "\n"))
	}
}

// TestBackendCauses lets backends fail for what is missing around them.
func TestBackendCauses(t *testing.T) {
	if oracle.Cases(t, 1, 9) == 1 {
		t.Skip("takes seconds: set OFIUCO_CASES")
	}
	expect := func(name, from string, change func(b *sdist.Build), msg, hint string) {
		t.Run(name, func(t *testing.T) {
			b := project(t, from)
			change(b)
			expectCause(t, b, msg, hint)
		})
	}
	// without leaves only the programs that are named on PATH.
	without := func(programs ...string) func(*sdist.Build) {
		return func(b *sdist.Build) {
			dir := t.TempDir()
			for _, program := range programs {
				if path, err := exec.LookPath(program); err == nil {
					if err := os.Symlink(path, filepath.Join(dir, program)); err != nil {
						t.Fatal(err)
					}
				}
			}
			b.Environ = append(b.Environ, "PATH="+dir, "CC=", "CXX=")
		}
	}
	meson := func(line string) func(*sdist.Build) {
		return func(b *sdist.Build) {
			writeTree(t, b.Dir, map[string]string{"meson.build": "project('alpha', 'c')\n" + line + "\n"})
		}
	}
	expect("setuptools without a compiler", "setuptools", func(b *sdist.Build) { b.Environ = append(b.Environ, "CC=/none/gcc") }, "a C compiler is missing", "gcc")
	expect("Meson without a compiler", "meson", without("sh"), "a C compiler is missing", "gcc")
	expect("CMake without a compiler", "cmake", without("sh", "cmake", "make"), "a C++ compiler is missing", "g++")
	expect("maturin without Rust", "maturin", without("sh", "cc", "ld"), "Rust is missing", "rustup.rs")
	t.Run("maturin asks for a downloader of Rust", func(t *testing.T) {
		b := project(t, "maturin")
		without("sh")(b)
		if got, err := b.Requirements(t.Context()); err == nil || !strings.Contains(err.Error(), "Rust is missing") {
			t.Errorf("got %q and %v", got, err)
		}
	})
	expect("maturin without a linker", "maturin", without("sh", "cargo", "rustc"), "a C compiler is missing", "gcc")
	expect("Meson's dependency", "meson", meson("dependency('none')"), "the library none is missing", "")
	expect("Meson's program", "meson", meson("find_program('swig-none')"), "the program swig-none is missing", "")
	expect("no version", "setuptools-scm", func(b *sdist.Build) { b.Version, b.Scratch = noVersion, t.TempDir() }, "its version is taken from git", "SETUPTOOLS_SCM_PRETEND_VERSION")
	if _, err := exec.LookPath("gfortran"); err != nil {
		expect("no Fortran", "meson", meson("add_languages('fortran')"), "a Fortran compiler is missing", "apt-get install gfortran")
	}
}

// TestRecognize holds lines that programs said, which tests can't make them say.
func TestRecognize(t *testing.T) {
	b := inTree(t, "")
	for line, want := range map[string][2]string{
		"error: Microsoft Visual C++ 14.0 or greater is required. Get it with \"Microsoft C++ Build Tools\"": {"Microsoft's C++ compiler is missing", "Visual Studio"},
		"src\\x.c(1): fatal error C1083: Cannot open include file: 'zlib.h': No such file or directory":      {"the header zlib.h is missing", "zlib1g-dev"},
		"x.c:1:10: fatal error: 'ffi.h' file not found":                                                      {"the header ffi.h is missing", "libffi"},
		"psycopg/psycopg.h:35:10: fatal error: libpq-fe.h: No such file or directory":                        {"the header libpq-fe.h is missing", "libpq-dev"},
		"ld: library 'xml2' not found":                               {"the library xml2 is missing", "libxml2"},
		"ld: library not found for -lssl":                            {"the library of the linker's option -lssl is missing", "openssl"},
		"Error: pg_config executable not found.":                     {"the program pg_config is missing", "libpq-dev"},
		"g++: fatal error: Killed signal terminated program cc1plus": {"memory ran out", "MAX_JOBS"},
		"error: the configured Python interpreter version (3.14) is newer than PyO3's maximum supported version (3.13)": {"its PyO3 knows Python up to 3.13, and this one is 3.14", "PYO3_USE_ABI3_FORWARD_COMPATIBILITY"},
		"AttributeError: module 'pkgutil' has no attribute 'ImpImporter'. Did you mean: 'zipimporter'?":                 {"it was written for older releases of Python and setuptools", "newer version"},
		"ModuleNotFoundError: No module named 'distutils'":                                                              {"it imports distutils, which Python has no longer since 3.12", `requires = ["setuptools"]`},
		"ModuleNotFoundError: No module named 'pkg_resources'":                                                          {"it imports pkg_resources, which setuptools has no longer since 82", `requires = ["setuptools<81"]`},
		"ModuleNotFoundError: No module named 'imp'":                                                                    {"it imports imp, which Python has no longer since 3.12", "older Python"},
		"error: can't find Rust compiler":                                                                               {"Rust is missing", "rustup.rs"},
		"ofiuco: no C compiler found: install one (apt-get install gcc g++), or name one with --cc":                     {"it has extension modules, and no C compiler found", "Install one (apt-get"},
		"CMake Error: Could NOT find OpenSSL (missing: OPENSSL_CRYPTO_LIBRARY)":                                         {"CMake does not find OpenSSL", ""},
		"npm ERR! code ENOTCACHED":                                                                                      {"it wants to download something, and builds have no network", "network = true"},
		"OSError: [Errno 28] No space left on device":                                                                   {"no space is left on the disk", ""},
	} {
		msg, hint := b.Recognize("building", line, "error: exit status 1")
		if msg != want[0] || !strings.Contains(hint, want[1]) {
			t.Errorf("%s:\ngot %q and the hint %q\nwant %q and %q", line, msg, hint, want[0], want[1])
		}
	}
	for _, line := range []string{"running build_ext", "copying x.h -> build", "checking for openssl... yes", "-- Could NOT find Doxygen"} {
		if msg, _ := b.Recognize(line); msg != "" {
			t.Errorf("%s: taken for %q", line, msg)
		}
	}
	b.Environ = []string{"_PYTHON_HOST_PLATFORM=linux-aarch64"}
	if _, hint := b.Recognize("x.c:1:10: fatal error: ffi.h: No such file or directory"); !strings.Contains(hint, "--sysroot") {
		t.Errorf("the hint of a cross build is %q", hint)
	}
}

// TestCauseAboveTheLastLines shows the line of the cause where much was said after it.
func TestCauseAboveTheLastLines(t *testing.T) {
	oracle.Program(t, "cc")
	got := failure(t, shell(t, "echo '#include <zlib/none.h>' > x.c; cc -c x.c; seq 100 1000; false"))
	if !strings.Contains(got.Output[0], "fatal error: zlib/none.h") || got.Output[1] != "…" || len(got.Output) != 22 {
		t.Errorf("the output is %q", got.Output)
	}
}

func TestFullDisk(t *testing.T) {
	got := failure(t, shell(t, "echo 'cc1: error: No space left on device'; false"))
	if !errors.Is(got, syscall.ENOSPC) {
		t.Errorf("the cause of %v is %v", got, got.Err)
	}
}

// TestSwallowedFailure notes that a wheel lacks the extension module that a compiler failed on.
func TestSwallowedFailure(t *testing.T) {
	oracle.Program(t, "cc")
	hook := "def build_wheel(folder, config_settings=None, metadata_directory=None):\n    import subprocess\n    subprocess.call('cc -c alpha/x.c', shell=True)\n    return write_wheel(folder)\n"
	for name, test := range map[string]struct {
		files map[string]string
		want  string
	}{
		"a compiler failed": {map[string]string{"alpha/x.c": "#include <openssl/none.h>\n"}, "it was built without its extension modules: the header openssl/none.h is missing. Install it: apt-get install libssl-dev"},
		"Cython":            {map[string]string{"alpha/x.c": "int i;", "ext/x.pyx": ""}, `it was built without extension modules, although its source has "ext/x.pyx"`},
		"C beside modules":  {map[string]string{"alpha/x.c": "int i;", "alpha/__init__.py": ""}, `it was built without extension modules, although its source has "alpha/x.c"`},
		"Rust":              {map[string]string{"alpha/x.c": "int i;", "rust/Cargo.toml": ""}, `it was built without extension modules, although its source has "rust/Cargo.toml"`},
		"C of a test":       {map[string]string{"alpha/x.c": "int i;", "tests/__init__.py": "", "tests/x.c": "", ".venv/x.pyx": ""}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			b := inTree(t, hook)
			writeTree(t, b.Dir, test.files)
			build(t, b)
			notes := strings.Join(b.Notes(), "\n")
			if !strings.HasPrefix(notes, test.want) || test.want == "" && notes != "" {
				t.Errorf("the notes are %q, want %q", notes, test.want)
			}
		})
	}
}
