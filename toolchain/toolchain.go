// Package toolchain finds what compiles extension modules for a Target, and the variables that make build backends use it.
//
// It stands beside interpreter and before sdist.
package toolchain

import (
	"context"

	"github.com/ofiuco/ofiuco/interpreter"
	"github.com/ofiuco/ofiuco/target"
)

// Request asks for a toolchain.
type Request struct {
	Build  interpreter.Info // the Python that runs the build
	Target target.Target
	// CC, CXX are compilers with their arguments ("aarch64-linux-gnu-gcc", "zig cc"), Sysroot a folder with the target's headers
	// and libraries; "" to find them.
	CC, CXX, Sysroot string
	Getenv           func(string) string
}

// Toolchain is what a build is told.
type Toolchain struct {
	Name    string   // "aarch64-linux-gnu-gcc 12.2.0", as messages show it
	Cross   bool     // the target is not the host
	Environ []string // CC, CXX, CFLAGS, …, _PYTHON_HOST_PLATFORM, CARGO_BUILD_TARGET, …
	Digest  string   // SHA-256 of all that a result depends on: compiler, flags, target
}

// Find finds a toolchain, and writes what it needs (a target's sysconfig data, wrappers, CMake and Meson files) to dir, an
// empty folder. A host without any compiler is no error as long as the target is the host: pure projects build without.
func Find(ctx context.Context, r Request, dir string) (*Toolchain, error) { panic("unwritten") }
