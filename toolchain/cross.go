package toolchain

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/ofiuco/ofiuco/target"
)

// wantedFile is written by the program that stands in for a compiler.
const wantedFile = "wanted"

// cross is the toolchain of a target that is not the host.
func (f *finder) cross(ctx context.Context) (*Toolchain, error) {
	t := &Toolchain{Cross: true}
	if err := checkPath("folder of the toolchain's files", f.dir); err != nil {
		return nil, err
	}
	if err := f.checkSysroot(); err != nil {
		return nil, err
	}
	if t.Missing = f.unsupported(); t.Missing != nil {
		if runtime.GOOS == "windows" {
			return t, nil
		}
		found, err := f.standIn(t.Missing)
		if err != nil {
			return nil, err
		}
		f.pinned.set("CC", found.cc)
		f.pinned.set("CXX", found.cxx)
		t.Environ = f.environ()
		return t, nil
	}
	p := platformOf(f.Target)
	found, err := f.crossCompiler(ctx, p)
	if err != nil {
		return nil, err
	}
	if found == nil {
		t.Missing = noCompiler(p)
		found, err = f.standIn(t.Missing)
	} else {
		t.Name = found.name
		found, err = f.wrap(ctx, p, found)
	}
	if err != nil {
		return nil, err
	}
	if err := f.tell(ctx, p, found, t); err != nil {
		return nil, err
	}
	t.Environ = f.environ()
	return t, nil
}

// NoCompilerError says that there is no compiler for a platform other than the host.
type NoCompilerError struct {
	Platform string // "aarch64 Linux"
	Hint     string // how to get one
}

func (e *NoCompilerError) Error() string {
	return "no cross compiler for " + e.Platform + " found: " + e.Hint
}

func noCompiler(p platform) error {
	gcc := "apt-get install " + p.debianCompiler("gcc") + " " + p.debianCompiler("g++") + ", or "
	if p.musl() {
		gcc = "" // Debian has none for musl
	}
	return &NoCompilerError{p.String(), gcc + "pip install ziglang, or name one with --cc"}
}

// checkPath refuses a folder that options in variables such as CPPFLAGS, which are split at spaces, cannot name.
func checkPath(what, path string) error {
	if !filepath.IsAbs(path) {
		return fmt.Errorf("the %s %q is no absolute path", what, path)
	}
	if strings.ContainsAny(path, " \t\n'\"\\$`") {
		return fmt.Errorf("the %s %q has a character in its path that compilers' options cannot hold", what, path)
	}
	return nil
}

func (f *finder) checkSysroot() error {
	if f.Sysroot == "" {
		return nil
	}
	if err := checkPath("sysroot", f.Sysroot); err != nil {
		return err
	}
	info, err := os.Stat(f.Sysroot)
	if err != nil {
		return fmt.Errorf("opening the sysroot: %w", err)
	}
	if !info.IsDir() {
		return fmt.Errorf("the sysroot %q is no folder", f.Sysroot)
	}
	return nil
}

// unsupported says why no extension module can be compiled for the target here, whatever is installed.
func (f *finder) unsupported() error {
	switch {
	case f.Target.OS() != target.Linux:
		return fmt.Errorf("extension modules for %s cannot be compiled on %s: build the wheel there, and lock it or give it with --find-links",
			systemNames[f.Target.OS()], systemNames[f.host.OS()])
	case f.host.OS() != target.Linux:
		return fmt.Errorf("extension modules for Linux cannot be compiled on %s: build on Linux, such as in a container", systemNames[f.host.OS()])
	case f.Target.PyPy():
		return errors.New("extension modules for PyPy cannot be compiled for another platform: build the wheel there, and lock it or give it with --find-links")
	}
	return nil
}

var systemNames = map[target.OS]string{target.Linux: "Linux", target.MacOS: "macOS", target.Windows: "Windows"}

// tell sets the variables and writes the files by which backends use the compiler.
func (f *finder) tell(ctx context.Context, p platform, c *compiler, t *Toolchain) error {
	f.pinned.set("CC", c.cc)
	f.pinned.set("CXX", c.cxx)
	f.pinned.set("LDSHARED", c.cc+" -shared")
	f.pinned.set("LDCXXSHARED", c.cxx+" -shared")
	f.pinned.set("CFLAGS", flags)
	f.pinned.set("CXXFLAGS", flags)
	f.pinned.set("LDFLAGS", linkFlags)
	modules, include, err := f.writePython(ctx, p)
	if err != nil {
		return err
	}
	f.pinned.set("CPPFLAGS", "-I"+include)
	f.pinned.set("PYTHONPATH", modules)
	f.pinned.set("_PYTHON_HOST_PLATFORM", "linux-"+p.arch)
	f.pinned.set("_PYTHON_SYSCONFIGDATA_NAME", f.dataName(p))
	f.rust(p, c.cc, modules)
	if err := f.pkgConfig(p, t); err != nil {
		return err
	}
	if err := f.cmake(p, include); err != nil {
		return err
	}
	if err := f.meson(p, t); err != nil {
		return err
	}
	return f.buildCompiler(ctx)
}

// buildCompiler names the compiler of programs that the build itself runs, such as Rust's build scripts.
func (f *finder) buildCompiler(ctx context.Context) error {
	own := *f
	own.Target, own.CC, own.CXX = f.host, "", ""
	found, err := own.nativeCompiler(ctx)
	if err != nil || found == nil {
		return err
	}
	for _, prefix := range []string{"HOST_CC", "CC_FOR_BUILD"} {
		f.places.set(prefix, found.cc)
	}
	for _, prefix := range []string{"HOST_CXX", "CXX_FOR_BUILD"} {
		f.places.set(prefix, found.cxx)
	}
	f.pinned.set("HOST_CFLAGS", flags)
	f.pinned.set("HOST_CXXFLAGS", flags)
	return nil
}
