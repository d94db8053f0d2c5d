package toolchain_test

import (
	"debug/elf"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ofiuco/ofiuco/internal/oracle"
	"github.com/ofiuco/ofiuco/toolchain"
)

// source is an extension module spam whose machine() says what it was compiled for.
const source = `#include <Python.h>
static PyObject *machine(PyObject *self, PyObject *args) {
#if defined(__aarch64__)
	return PyUnicode_FromString("aarch64");
#else
	return PyUnicode_FromString("other");
#endif
}
static PyMethodDef methods[] = {{"machine", machine, METH_NOARGS, ""}, {0}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "spam", "", -1, methods};
PyMODINIT_FUNC PyInit_spam(void) { return PyModule_Create(&module); }
`

const machineProgram = "import spam; print(spam.machine())"

// project writes the files of a source tree.
func project(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestMeson cross-compiles with meson-python, whose build asks Meson for Python's headers and for its own machine.
func TestMeson(t *testing.T) {
	thorough(t)
	w := furnish(t, arm64, withSysroot(t), "meson-python", "ninja")
	dir := project(t, map[string]string{
		"spam.c": source,
		"pyproject.toml": "[build-system]\nrequires = ['meson-python']\nbuild-backend = 'mesonpy'\n" +
			"[project]\nname = 'spam'\nversion = '1'\n",
		"meson.build": "project('spam', 'c')\npy = import('python').find_installation()\n" +
			"assert(meson.is_cross_build())\nassert(build_machine.cpu_family() != host_machine.cpu_family())\n" +
			"py.extension_module('spam', 'spam.c', dependencies: py.dependency(), install: true)\n",
	})
	wheel := w.wheel(t, dir, "mesonpy")
	expectExtension(t, wheel, arm64Tag, arm64So, elf.EM_AARCH64)
	if got := runArm64(t, wheel, machineProgram); got != "aarch64\n" {
		t.Errorf("arm64 Python says %q", got)
	}
}

// TestCMake cross-compiles with scikit-build-core, by CMake's own module for Python and by pybind11's.
func TestCMake(t *testing.T) {
	thorough(t)
	pyproject := "[build-system]\nrequires = ['scikit-build-core']\nbuild-backend = 'scikit_build_core.build'\n" +
		"[project]\nname = 'spam'\nversion = '1'\n"
	for name, files := range map[string]map[string]string{
		"FindPython": {
			"spam.c": source,
			"CMakeLists.txt": "cmake_minimum_required(VERSION 3.15...3.31)\nproject(spam LANGUAGES C)\n" +
				"find_package(Python REQUIRED COMPONENTS Interpreter Development.Module)\n" +
				"Python_add_library(spam MODULE spam.c WITH_SOABI)\ninstall(TARGETS spam DESTINATION .)\n",
		},
		"pybind11": {
			"spam.cpp": "#include <pybind11/pybind11.h>\nPYBIND11_MODULE(spam, m) {\n#ifdef __aarch64__\n" +
				"  m.def(\"machine\", []() { return \"aarch64\"; });\n#endif\n}\n",
			"CMakeLists.txt": "cmake_minimum_required(VERSION 3.15...3.31)\nproject(spam LANGUAGES CXX)\n" +
				"set(PYBIND11_FINDPYTHON ON)\nfind_package(pybind11 CONFIG REQUIRED)\n" +
				"pybind11_add_module(spam spam.cpp)\ninstall(TARGETS spam DESTINATION .)\n",
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := furnish(t, arm64, withSysroot(t), "scikit-build-core", "cmake", "ninja", "pybind11")
			files["pyproject.toml"] = pyproject
			wheel := w.wheel(t, project(t, files), "scikit_build_core.build")
			expectExtension(t, wheel, arm64Tag, arm64So, elf.EM_AARCH64)
			if got := runArm64(t, wheel, machineProgram); got != "aarch64\n" {
				t.Errorf("arm64 Python says %q", got)
			}
		})
	}
}

// optional skips a test that takes minutes, or needs what tools/cross-sysroot.sh cannot install everywhere, unless
// OFIUCO_CROSS names it.
func optional(t testing.TB, name string) {
	t.Helper()
	for word := range strings.SplitSeq(os.Getenv("OFIUCO_CROSS"), ",") {
		if word == name {
			return
		}
	}
	t.Skipf("OFIUCO_CROSS does not name %s", name)
}

// TestMaturin cross-compiles orjson, which has its crates in its sdist.
func TestMaturin(t *testing.T) {
	optional(t, "rust")
	w := furnish(t, arm64, withSysroot(t), "maturin")
	wheel := w.wheel(t, unpackSource(t, "orjson-3.11.4"), "maturin")
	expectExtension(t, wheel, "cp311-cp311-linux_aarch64", arm64So, elf.EM_AARCH64)
	if got := runArm64(t, wheel, "import orjson; print(orjson.dumps([1]))"); got != "b'[1]'\n" {
		t.Errorf("arm64 Python says %q", got)
	}
}

// TestMaturinWithZig cross-compiles orjson for platforms that zig links for.
func TestMaturinWithZig(t *testing.T) {
	optional(t, "rust")
	optional(t, "zig")
	zig := oracle.Program(t, "zig") + " cc"
	for _, test := range []struct {
		target, tag, suffix string
		machine             elf.Machine
	}{
		{"cp311-manylinux_2_17_aarch64", arm64Tag, arm64So, elf.EM_AARCH64},
		{"cp311-musllinux_1_2_x86_64", "cp311-cp311-linux_x86_64", ".cpython-311-x86_64-linux-musl.so", elf.EM_X86_64},
	} {
		t.Run(test.target, func(t *testing.T) {
			w := furnish(t, test.target, func(r *toolchain.Request) { r.CC = zig }, "maturin")
			wheel := w.wheel(t, unpackSource(t, "orjson-3.11.4"), "maturin")
			expectExtension(t, wheel, test.tag, test.suffix, test.machine)
			if test.machine == elf.EM_AARCH64 {
				runArm64(t, wheel, "import orjson")
			}
		})
	}
}

// TestZig compiles for C libraries that no package of the host has. Its first run takes a minute for each.
func TestZig(t *testing.T) {
	optional(t, "zig")
	zig := oracle.Program(t, "zig") + " cc"
	for _, test := range []struct {
		target, tag, suffix string
		machine             elf.Machine
		sysroot             bool
	}{
		{"cp311-manylinux_2_17_aarch64", arm64Tag, arm64So, elf.EM_AARCH64, true},
		{"cp311-manylinux_2_17_aarch64", arm64Tag, arm64So, elf.EM_AARCH64, false},
		{"cp311-musllinux_1_2_aarch64", arm64Tag, ".cpython-311-aarch64-linux-musl.so", elf.EM_AARCH64, false},
		{"cp311-musllinux_1_2_x86_64", "cp311-cp311-linux_x86_64", ".cpython-311-x86_64-linux-musl.so", elf.EM_X86_64, false},
		{"cp39-musllinux_1_2_x86_64", "cp39-cp39-linux_x86_64", ".cpython-39-x86_64-linux-gnu.so", elf.EM_X86_64, false},
		{"cp313-manylinux_2_17_s390x", "cp313-cp313-linux_s390x", ".cpython-313-s390x-linux-gnu.so", elf.EM_S390, false},
		{"cp312-manylinux_2_17_ppc64le", "cp312-cp312-linux_ppc64le", ".cpython-312-powerpc64le-linux-gnu.so", elf.EM_PPC64, false},
		{"cp311-manylinux_2_31_armv7l", "cp311-cp311-linux_armv7l", ".cpython-311-arm-linux-gnueabihf.so", elf.EM_ARM, false},
		{"cp312-manylinux_2_39_riscv64", "cp312-cp312-linux_riscv64", ".cpython-312-riscv64-linux-gnu.so", elf.EM_RISCV, false},
		{"cp311-manylinux_2_17_i686", "cp311-cp311-linux_i686", ".cpython-311-i386-linux-gnu.so", elf.EM_386, false},
	} {
		t.Run(test.target, func(t *testing.T) {
			change := func(r *toolchain.Request) {
				r.CC = zig
				if test.sysroot {
					r.Sysroot = crossFolder(t, "sysroot")
				}
			}
			w := furnish(t, test.target, change, "setuptools", "wheel")
			wheel := w.wheel(t, unpackSource(t, "MarkupSafe-2.1.5"), setuptool)
			expectExtension(t, wheel, test.tag, test.suffix, test.machine)
			if test.machine == elf.EM_AARCH64 && !strings.Contains(test.suffix, "musl") {
				if got := runArm64(t, wheel, "from markupsafe import _speedups, escape; print(escape('<'))"); got != "&lt;\n" {
					t.Errorf("arm64 Python says %q", got)
				}
			}
			if test.sysroot {
				wheel := w.wheel(t, unpackSource(t, "psycopg2-2.9.10"), setuptool)
				expectExtension(t, wheel, test.tag, test.suffix, test.machine)
				runArm64(t, wheel, "import psycopg2")
			}
		})
	}
}

// TestPlatformsWithZig lets zig check the facts of each platform.
func TestPlatformsWithZig(t *testing.T) {
	optional(t, "zig")
	zig := oracle.Program(t, "zig") + " cc"
	for _, arch := range []string{"x86_64", "i686", "aarch64", "armv7l", "ppc64le", "s390x", "riscv64"} {
		for _, libc := range []string{"manylinux_2_31_", "musllinux_1_2_"} {
			if arch == "x86_64" && libc[0] == 'm' && libc[1] == 'a' {
				continue // the host
			}
			t.Run(libc+arch, func(t *testing.T) {
				compileFacts(t, "cp313-"+libc+arch, func(r *toolchain.Request) { r.CC = zig })
			})
		}
	}
}

// TestFactsOfArm64 lets gcc check the facts of the platform, for each Python that is installed.
func TestFactsOfArm64(t *testing.T) {
	oracle.Program(t, "aarch64-linux-gnu-gcc")
	versions := []string{"311", "39", "313", "310", "312"}
	for _, version := range versions[:min(oracle.Cases(t, 1, len(versions)), len(versions))] {
		t.Run(version, func(t *testing.T) {
			compileFacts(t, "cp"+version+"-manylinux_2_36_aarch64", nil)
		})
	}
}

// facts compiles only if pyconfig.h says of the platform what the compiler says.
const facts = `#include <Python.h>
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <time.h>
#include <wchar.h>
#define SAME(name, value) _Static_assert(name == (value), #name)
SAME(SIZEOF_LONG, sizeof(long));
SAME(SIZEOF_LONG_LONG, sizeof(long long));
SAME(SIZEOF_VOID_P, sizeof(void *));
SAME(SIZEOF_SIZE_T, sizeof(size_t));
SAME(SIZEOF_WCHAR_T, sizeof(wchar_t));
SAME(SIZEOF_PTHREAD_T, sizeof(pthread_t));
SAME(SIZEOF_PTHREAD_KEY_T, sizeof(pthread_key_t));
SAME(SIZEOF_TIME_T, sizeof(time_t));
SAME(SIZEOF_OFF_T, sizeof(off_t));
SAME(SIZEOF_FPOS_T, sizeof(fpos_t));
SAME(SIZEOF_UINTPTR_T, sizeof(uintptr_t));
SAME(SIZEOF_PID_T, sizeof(pid_t));
SAME(SIZEOF_DOUBLE, sizeof(double));
SAME(SIZEOF_LONG_DOUBLE, sizeof(long double));
#ifdef ALIGNOF_LONG
SAME(ALIGNOF_LONG, offsetof(struct { char c; long x; }, x));
SAME(ALIGNOF_SIZE_T, offsetof(struct { char c; size_t x; }, x));
#endif
#if defined(ALIGNOF_MAX_ALIGN_T) && !(defined(__clang__) && defined(__i386__) && defined(__GLIBC__)) // gcc's is greater
SAME(ALIGNOF_MAX_ALIGN_T, _Alignof(max_align_t));
#endif
#ifdef WORDS_BIGENDIAN
SAME(__BYTE_ORDER__, __ORDER_BIG_ENDIAN__);
#else
SAME(__BYTE_ORDER__, __ORDER_LITTLE_ENDIAN__);
#endif
#if defined(DOUBLE_IS_BIG_ENDIAN_IEEE754) == defined(DOUBLE_IS_LITTLE_ENDIAN_IEEE754)
#error a double is either big or little endian
#endif
#if defined(HAVE_GCC_UINT128_T) != defined(__SIZEOF_INT128__)
#error HAVE_GCC_UINT128_T
#endif
`

// compileFacts compiles the facts with the toolchain of a target.
func compileFacts(t *testing.T, name string, change func(*toolchain.Request)) {
	t.Helper()
	tools := find(t, name, change)
	dir := project(t, map[string]string{"facts.c": facts})
	script := "$CC $CFLAGS $CPPFLAGS -c facts.c -o facts.o"
	cmd := exec.CommandContext(t.Context(), "sh", "-c", script)
	cmd.Dir, cmd.Env = dir, append(tools.Environ, "PATH="+os.Getenv("PATH"))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
