package toolchain

import (
	"context"
	"os/exec"
	"path/filepath"
	"strings"
)

// rust tells Cargo, pyo3, maturin and setuptools-rust about the target. The standard library of the target is Rust's to
// say: without it, rustc ends with "the target may not be installed", and how to install it.
func (f *finder) rust(p platform, cc, data string) {
	triple := p.rustTriple()
	f.pinned.set("CARGO_BUILD_TARGET", triple)
	f.pinned.set("CARGO_TARGET_"+strings.ToUpper(strings.ReplaceAll(triple, "-", "_"))+"_LINKER", cc)
	if p.musl() {
		// Rust links musl statically unless told otherwise, and makes no shared libraries then.
		f.pinned.set("CARGO_BUILD_RUSTFLAGS", "-C target-feature=-crt-static")
	}
	f.pinned.set("PYO3_CROSS", "1")
	f.pinned.set("PYO3_CROSS_LIB_DIR", data)
	f.pinned.set("PYO3_CROSS_PYTHON_VERSION", p.version)
	f.rustHomes()
}

// rustHomes are the folders without which rustup's programs do not find their toolchain, and Cargo not what it fetched.
func (f *finder) rustHomes() {
	for variable, folder := range map[string]string{"RUSTUP_HOME": ".rustup", "CARGO_HOME": ".cargo"} {
		if dir := f.getenv(variable); dir != "" {
			f.places.set(variable, dir)
		} else if home := f.getenv("HOME"); home != "" {
			f.places.set(variable, filepath.Join(home, folder))
		}
	}
}

// rustVersion is what rustc says of itself, "" when there is none.
func (f *finder) rustVersion(ctx context.Context) string {
	if _, err := exec.LookPath("rustc"); err != nil {
		return ""
	}
	said, err := f.ask(ctx, []string{"rustc", "-v"}, "-V")
	if err != nil {
		return ""
	}
	return said
}
