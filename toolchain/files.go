package toolchain

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// quote is a word of a POSIX shell.
func quote(s string) string {
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

func quoteAll(words []string) string {
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = quote(w)
	}
	return strings.Join(quoted, " ")
}

// program writes a shell script into the folder of programs, and gives its path.
func (f *finder) program(name, script string) (string, error) {
	err := f.write(filepath.Join("bin", name), []byte("#!/bin/sh\n"+script+"\n"), 0o755)
	return filepath.Join(f.dir, "bin", name), err
}

// standIn writes a program that fails with the error wherever a compiler would be run.
func (f *finder) standIn(missing error) (*compiler, error) {
	script := ": > " + quote(filepath.Join(f.dir, wantedFile)) + "\necho " + quote("ofiuco: "+missing.Error()) + " >&2\nexit 1"
	path, err := f.program("no-compiler", script)
	return &compiler{cc: path, cxx: path}, err
}

// wrap writes programs that run a cross compiler and its tools without arguments, since linkers of Cargo and compilers of
// CMake are paths.
func (f *finder) wrap(ctx context.Context, p platform, c *compiler) (_ *compiler, err error) {
	prefix := p.triplet() + "-"
	wrapped := &compiler{name: c.name, zig: c.zig}
	if wrapped.cc, err = f.wrapCompiler(prefix+"cc", p, c.cc, c.zig); err != nil {
		return nil, err
	}
	if c.cxx == "" {
		script := "echo " + quote("ofiuco: no C++ cross compiler for "+p.String()+" found beside "+c.name+": apt-get install "+p.debianCompiler("g++")+", or name one with --cxx") + " >&2\nexit 1"
		wrapped.cxx, err = f.program(prefix+"c++", script)
	} else {
		wrapped.cxx, err = f.wrapCompiler(prefix+"c++", p, c.cxx, isZig(strings.Fields(c.cxx)))
	}
	if err != nil {
		return nil, err
	}
	for _, name := range []string{"ar", "ranlib", "strip"} {
		path := ""
		if c.zig {
			path, err = f.program(prefix+name, zigTool(c, name))
			if err != nil {
				return nil, err
			}
		} else {
			path = f.tool(ctx, c, name)
		}
		f.pinned.set(strings.ToUpper(name), path)
	}
	return wrapped, nil
}

// zigTool is the script of a program of binutils. Zig has no strip that works in place, and without debug
// information it would have little to take.
func zigTool(c *compiler, name string) string {
	if name == "strip" {
		return "exit 0"
	}
	command, _, _ := strings.Cut(c.cc, " cc ")
	return "exec " + quoteAll(strings.Fields(command)) + " " + name + ` "$@"`
}

// wrapCompiler writes a program that runs the compiler with the sysroot. What it makes names neither folder.
func (f *finder) wrapCompiler(name string, p platform, command string, zig bool) (string, error) {
	options := []string{"-ffile-prefix-map=" + f.dir + "=/toolchain"}
	if f.Sysroot != "" {
		options = append(options, "-ffile-prefix-map="+f.Sysroot+"=")
	}
	script := ""
	switch {
	case zig:
		cache, err := f.zigCache()
		if err != nil {
			return "", err
		}
		script = "[ -n \"$ZIG_GLOBAL_CACHE_DIR\" ] || export ZIG_GLOBAL_CACHE_DIR=" + quote(cache) + "\n" + dropTargets
		options = append(options, "-fno-sanitize=undefined")
		options = append(options, f.zigSysroot(p)...)
	case f.Sysroot != "":
		options = append(options, "--sysroot="+f.Sysroot)
	}
	return f.program(name, script+"exec "+quoteAll(strings.Fields(command))+" "+quoteAll(options)+` "$@"`)
}

// dropTargets leaves out the targets that Rust's crate cc gives to what it takes for clang, since zig calls them otherwise.
const dropTargets = `for argument; do
  shift
  case $argument in --target=*) ;; *) set -- "$@" "$argument" ;; esac
done
`

// zigSysroot are the options by which zig, which brings its own C library, finds the others of the sysroot after it.
func (f *finder) zigSysroot(p platform) (options []string) {
	if f.Sysroot == "" {
		return nil
	}
	for _, folder := range []string{"usr/include", "usr/include/" + p.triplet()} {
		options = append(options, "-idirafter", filepath.Join(f.Sysroot, folder))
	}
	for _, folder := range f.libraries(p) {
		options = append(options, "-L"+folder)
	}
	return options
}

// libraries are the sysroot's folders of libraries.
func (f *finder) libraries(p platform) (folders []string) {
	for _, folder := range []string{"usr/lib/" + p.triplet(), "usr/lib64", "usr/lib"} {
		path := filepath.Join(f.Sysroot, folder)
		if info, err := os.Stat(path); err == nil && info.IsDir() {
			folders = append(folders, path)
		}
	}
	return folders
}

// root is where CMake and pkg-config search for the target's libraries: an empty folder when there is no sysroot, so that
// they don't find the host's.
func (f *finder) root() (string, error) {
	if f.Sysroot != "" {
		return f.Sysroot, nil
	}
	root := filepath.Join(f.dir, "root")
	return root, os.MkdirAll(root, 0o755)
}

// pkgConfig has pkg-config search the sysroot, and puts a pg_config of the sysroot before the host's.
func (f *finder) pkgConfig(p platform, t *Toolchain) error {
	root, err := f.root()
	if err != nil {
		return err
	}
	f.pinned.set("PKG_CONFIG_SYSROOT_DIR", root)
	f.pinned.set("PKG_CONFIG_LIBDIR", strings.Join(f.pkgConfigFolders(p, root), ":"))
	f.pinned.set("PKG_CONFIG_ALLOW_CROSS", "1") // of Rust's crate pkg-config
	t.Bin = filepath.Join(f.dir, "bin")
	script := "echo " + quote("ofiuco: pg_config: there is no PostgreSQL for "+p.String()+": name a folder that has its headers and libpq with --sysroot") + " >&2\nexit 1"
	if f.Sysroot != "" {
		for _, include := range []string{"usr/include/postgresql", "usr/include/pgsql", "usr/include"} {
			if header, err := os.ReadFile(filepath.Join(f.Sysroot, include, "pg_config.h")); err == nil {
				script = f.pgConfig(p, filepath.Join(f.Sysroot, include), string(header))
				break
			}
		}
	}
	_, err = f.program("pg_config", script)
	return err
}

func (f *finder) pkgConfigFolders(p platform, root string) []string {
	var folders []string
	for _, folder := range []string{"usr/lib/" + p.triplet(), "usr/lib64", "usr/lib", "usr/share"} {
		folders = append(folders, filepath.Join(root, folder, "pkgconfig"))
	}
	return folders
}

var pgVersion = regexp.MustCompile(`(?m)^#define PG_VERSION "([^"]*)"`)

// pgConfig is a pg_config that speaks of the sysroot's libpq.
func (f *finder) pgConfig(p platform, include, header string) string {
	version := ""
	if found := pgVersion.FindStringSubmatch(header); found != nil {
		version = found[1]
	}
	major, _, _ := strings.Cut(version, ".")
	server := filepath.Join(include, major, "server")
	lib := filepath.Join(f.Sysroot, "usr", "lib")
	if folders := f.libraries(p); len(folders) > 0 {
		lib = folders[0]
	}
	var b strings.Builder
	b.WriteString("for option; do\n  case $option in\n")
	for _, answer := range [][2]string{
		{"--includedir|--pkgincludedir", include}, {"--includedir-server", server}, {"--libdir|--pkglibdir", lib},
		{"--version", "PostgreSQL " + version}, {"--libs", "-lpq"}, {"--bindir", filepath.Join(f.Sysroot, "usr", "bin")},
	} {
		fmt.Fprintf(&b, "  %s) echo %s ;;\n", answer[0], quote(answer[1]))
	}
	b.WriteString("  *) echo ;;\n  esac\ndone")
	return b.String()
}

// cmake writes a toolchain file.
func (f *finder) cmake(p platform, include string) error {
	root, err := f.root()
	if err != nil {
		return err
	}
	lines := []string{
		"set(CMAKE_SYSTEM_NAME Linux)",
		"set(CMAKE_SYSTEM_PROCESSOR " + p.arch + ")",
		"set(CMAKE_C_COMPILER " + cmakeQuote(f.pinned["CC"]) + ")",
		"set(CMAKE_CXX_COMPILER " + cmakeQuote(f.pinned["CXX"]) + ")",
		"set(CMAKE_LIBRARY_ARCHITECTURE " + p.triplet() + ")",
		"set(CMAKE_FIND_ROOT_PATH " + cmakeQuote(root) + ")",
		"set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)",
		"set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)",
		"set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)",
		"set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE BOTH) # pybind11 and nanobind are in the build's environment",
	}
	for _, tool := range []string{"AR", "RANLIB", "STRIP"} {
		if path := f.pinned[tool]; filepath.IsAbs(path) {
			lines = append(lines, "set(CMAKE_"+tool+" "+cmakeQuote(path)+")")
		}
	}
	for _, module := range []string{"Python", "Python3"} {
		lines = append(lines,
			"set("+module+"_INCLUDE_DIR "+cmakeQuote(include)+" CACHE PATH \"\")",
			"set("+module+"_SOABI "+f.soabi+" CACHE STRING \"\")")
	}
	lines = append(lines, "set(PYTHON_INCLUDE_DIR "+cmakeQuote(include)+" CACHE PATH \"\")")
	name := "toolchain.cmake"
	f.pinned.set("CMAKE_TOOLCHAIN_FILE", filepath.Join(f.dir, name))
	f.pinned.set("CMAKE_ARGS", "-DCMAKE_TOOLCHAIN_FILE="+filepath.Join(f.dir, name)) // of backends that run an older CMake
	return f.write(name, []byte(strings.Join(lines, "\n")+"\n"), 0o644)
}

func cmakeQuote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, `$`, `\$`).Replace(s) + `"`
}

// meson writes a cross file.
func (f *finder) meson(p platform, t *Toolchain) error {
	root, err := f.root()
	if err != nil {
		return err
	}
	endian := "little"
	if p.big {
		endian = "big"
	}
	var b strings.Builder
	b.WriteString("[binaries]\n")
	for _, pair := range [][2]string{
		{"c", f.pinned["CC"]}, {"cpp", f.pinned["CXX"]}, {"ar", f.pinned["AR"]}, {"strip", f.pinned["STRIP"]}, {"pkg-config", "pkg-config"},
	} {
		if pair[1] != "" {
			fmt.Fprintf(&b, "%s = %s\n", pair[0], mesonQuote(pair[1]))
		}
	}
	fmt.Fprintf(&b, "\n[host_machine]\nsystem = 'linux'\ncpu_family = '%s'\ncpu = '%s'\nendian = '%s'\n", p.family, p.arch, endian)
	fmt.Fprintf(&b, "\n[properties]\nneeds_exe_wrapper = true\nsys_root = %s\npkg_config_libdir = %s\n",
		mesonQuote(root), mesonQuote(strings.Join(f.pkgConfigFolders(p, root), ":")))
	path := filepath.Join(f.dir, "cross.ini")
	t.Settings = map[string]map[string][]string{"mesonpy": {"setup-args": {"--cross-file=" + path}}}
	return f.write("cross.ini", []byte(b.String()), 0o644)
}

func mesonQuote(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(s) + "'"
}
