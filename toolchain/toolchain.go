// Package toolchain finds what compiles extension modules for a Target, and the variables that make build backends use it.
//
// It stands beside interpreter and before sdist, which runs a backend with a Toolchain's Environ. Its rules:
//
//   - The target decides. A compiler is the one that the request names, else that of the user's CC, else the platform's
//     own: cc, gcc or clang at home, TRIPLET-gcc and then zig for another platform. Each is asked what it compiles for
//     (-dumpmachine), and one that makes programs for another processor is not taken.
//   - All backends are told the same: setuptools by CC, LDSHARED and CFLAGS; CMake by a toolchain file; Meson by a cross
//     file; Cargo, maturin and setuptools-rust by CARGO_… and PYO3_CROSS_…; pkg-config by its search path.
//   - The flags are fixed, not those that the interpreter was once configured with: those name compilers that are not
//     here, and put the folders of its machine into what they link.
//   - Another platform's sysconfig data are those of the Python in the sysroot, else made from the build Python's: what a
//     version of CPython decides is kept, what the platform decides is replaced. Its headers are a copy in the toolchain's
//     folder, with a pyconfig.h of the target.
//   - A build for another platform runs on a Python of the same minor version, which says that it is the target
//     (sysconfig, os.uname, platform). Programs that the build runs, such as ninja, stay those of the host.
//   - Nothing of the host's libraries is found by a cross build: without a sysroot it finds no libraries but the C library.
//   - No compiler is no error by itself, since most sources are pure Python. In its place stands a program that says what
//     to install, and remembers that it was asked for: see Toolchain.Wanted.
//
// Not supported: compiling for macOS or Windows anywhere but there, and compiling for another platform on a host that
// is not Linux, or with PyPy.
package toolchain

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"

	"github.com/ofiuco/ofiuco/interpreter"
	"github.com/ofiuco/ofiuco/target"
)

// Request asks for a toolchain.
type Request struct {
	Build  interpreter.Info // the Python that runs the build
	Target target.Target
	// CC, CXX are compilers with their arguments ("aarch64-linux-gnu-gcc", "zig cc"), Sysroot a folder with the target's headers
	// and libraries; "" to find them. Words are separated by spaces, and none can contain one.
	CC, CXX, Sysroot string
	Getenv           func(string) string
}

// Toolchain is what a build is told.
type Toolchain struct {
	Name    string   // "aarch64-linux-gnu-gcc 12.2.0", as messages show it; "" when there is no compiler
	Cross   bool     // the target is not the host
	Environ []string // CC, CXX, CFLAGS, …, _PYTHON_HOST_PLATFORM, CARGO_BUILD_TARGET, …, sorted; never PATH
	Bin     string   // a folder to search for programs before all others (pg_config of the sysroot), "" for none
	// Settings are config_settings (PEP 517) by the backend's module ("mesonpy"), for what no variable tells.
	Settings map[string]map[string][]string
	// Digest is the SHA-256 of all that a result depends on: the compiler's name and its version's text, Rust's version,
	// flags, target, the files written here, and the sysroot's packages. It depends neither on the folder that the files
	// are in nor on the sysroot's path. A sysroot is told apart by its package manager's list of what is installed;
	// one without a list, by the paths, sizes and times of its headers and libraries. A file that is put
	// by hand into a sysroot with a list goes unnoticed.
	Digest string
	// Missing says why there is no compiler, and what to do about it. A build that needs none succeeds all the same.
	Missing error

	dir string
}

// Wanted gives Missing when a build has called the compiler that is not there since Wanted was last asked. A backend may
// have swallowed that error, and made a wheel without the extension modules, as setuptools does with those that are optional.
func (t *Toolchain) Wanted() error {
	if t.Missing == nil {
		return nil
	}
	if err := os.Remove(filepath.Join(t.dir, wantedFile)); err != nil {
		return nil
	}
	return t.Missing
}

// Find finds a toolchain, and writes what it needs (a target's sysconfig data, wrappers, CMake and Meson files) to dir, an
// empty folder given by its absolute path, which must stay while builds run. It fails when the build Python is not one of
// the target's minor version, when a compiler that was named does not fit, and when the sysroot is not there. That no
// compiler was found is told by Toolchain.Missing.
func Find(ctx context.Context, r Request, dir string) (*Toolchain, error) {
	host, err := r.Build.Target()
	if err != nil {
		return nil, err
	}
	if err := samePython(&r, host); err != nil {
		return nil, err
	}
	f := &finder{Request: r, host: host, dir: dir}
	var t *Toolchain
	if crosses(host, r.Target) {
		t, err = f.cross(ctx)
	} else {
		t, err = f.native(ctx)
	}
	if err != nil {
		return nil, err
	}
	t.dir = dir
	return t, f.digest(ctx, t)
}

// finder is one Find.
type finder struct {
	Request
	host target.Target
	dir  string
	// pinned are variables that a result depends on, places those that say where this host has something.
	pinned, places environ
	// versions are what the compilers say of themselves.
	versions []string
	soabi    string // of the target, "cpython-311-aarch64-linux-gnu"
}

// crosses tells whether programs for the target are foreign to the host. An older libc of the same kind is not: what
// is linked against a newer one is found out by its symbols.
func crosses(host, t target.Target) bool {
	return host.OS() != t.OS() || host.Arch() != t.Arch() || host.Libc().Name != t.Libc().Name
}

// samePython refuses a build Python that compiles for another ABI than the target's.
func samePython(r *Request, host target.Target) error {
	t := r.Target
	if host.Python() == t.Python() && host.PyPy() == t.PyPy() && host.FreeThreaded() == t.FreeThreaded() {
		return nil
	}
	wanted := t.Python()
	switch {
	case t.PyPy():
		wanted = "pypy" + wanted
	case t.FreeThreaded():
		wanted += "t"
	}
	return fmt.Errorf("building for %s takes Python %s, and %s is %s: get one, such as by uv python install %s, and name it with --build-python",
		t, wanted, r.Build.Executable, r.Build.Python, wanted)
}

// errWrongMachine is why a compiler that was found is not taken.
var errWrongMachine = errors.New("it compiles for another platform")

// native is the toolchain of a target that is the host.
func (f *finder) native(ctx context.Context) (*Toolchain, error) {
	t := &Toolchain{}
	if runtime.GOOS == "windows" {
		return t, nil // backends find Visual Studio by themselves; there is no compiler on PATH
	}
	found, err := f.nativeCompiler(ctx)
	if err != nil {
		return nil, err
	}
	if found == nil {
		t.Missing = errors.New("no C compiler found: install one (apt-get install gcc g++, dnf install gcc gcc-c++, apk add gcc g++ musl-dev), or name one with --cc")
		if found, err = f.standIn(t.Missing); err != nil {
			return nil, err
		}
	}
	t.Name = found.name
	f.pinned.set("CC", found.cc)
	f.pinned.set("CXX", found.cxx)
	f.pinned.set("CFLAGS", flags)
	f.pinned.set("CXXFLAGS", flags)
	if f.Target.OS() == target.Linux {
		f.pinned.set("LDSHARED", found.cc+" -shared")
		if found.cxx != "" {
			f.pinned.set("LDCXXSHARED", found.cxx+" -shared")
		}
		f.pinned.set("LDFLAGS", linkFlags)
	}
	if version, ok := macOSVersion(f.Target); ok {
		f.pinned.set("MACOSX_DEPLOYMENT_TARGET", version)
	}
	if found.zig {
		cache, err := f.zigCache()
		if err != nil {
			return nil, err
		}
		f.places.set("ZIG_GLOBAL_CACHE_DIR", cache)
	}
	f.rustHomes()
	t.Environ = f.environ()
	return t, nil
}
