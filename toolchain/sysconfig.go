package toolchain

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	_ "embed"
)

//go:embed describe.py
var describe string

// python is a Python to compile for: where its headers are, and its sysconfig data.
type python struct {
	Variables   map[string]json.RawMessage `json:"variables"` // integers and strings
	Include     string                     `json:"include"`
	PlatInclude string                     `json:"platinclude"`
}

// describeBuild asks the build Python for its sysconfig data.
func (f *finder) describeBuild(ctx context.Context, data ...string) (*python, error) {
	cmd := exec.CommandContext(ctx, f.Build.Executable, append([]string{"-I", "-c", describe}, data...)...)
	cmd.Env = slices.DeleteFunc(cmd.Environ(), func(v string) bool { return strings.HasPrefix(v, "_PYTHON_") })
	out, err := cmd.Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			return nil, fmt.Errorf("asking %s for sysconfig data: %w: %.500q", f.Build.Executable, err, exit.Stderr)
		}
		return nil, fmt.Errorf("asking %s for sysconfig data: %w", f.Build.Executable, err)
	}
	var p python
	if err := json.Unmarshal(out, &p); err != nil {
		return nil, fmt.Errorf("asking %s for sysconfig data: %w", f.Build.Executable, err)
	}
	return &p, nil
}

// targetPython is the Python of the sysroot, else what the build Python would be on the platform.
func (f *finder) targetPython(ctx context.Context, p platform) (*python, []byte, error) {
	if data, include := f.sysrootPython(p); data != "" {
		found, err := f.describeBuild(ctx, data)
		if err != nil {
			return nil, nil, err
		}
		found.Include = include
		header, err := readPyconfig(include, filepath.Join(f.Sysroot, "usr", "include", p.triplet(), filepath.Base(include)))
		return found, header, err
	}
	found, err := f.describeBuild(ctx)
	if err != nil {
		return nil, nil, err
	}
	header, err := readPyconfig(found.Include, append([]string{found.PlatInclude}, multiarchFolders(found.Include)...)...)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: the headers of %s are missing: install its development package, or name a sysroot that has Python's with --sysroot", err, f.Build.Executable)
	}
	facts := p.facts()
	for name, value := range facts {
		if value == "" {
			value = "0" // as sysconfig has what is undefined
		}
		if _, known := found.Variables[name]; known {
			found.Variables[name] = json.RawMessage(value)
		}
	}
	soabi, err := retriplet(found.text("SOABI"), p.soabiTriplet())
	if err != nil {
		return nil, nil, err
	}
	found.set("SOABI", soabi)
	found.set("EXT_SUFFIX", "."+soabi+".so")
	found.set("MULTIARCH", p.soabiTriplet())
	return found, retarget(header, facts), nil
}

// retriplet puts a platform in the place of another in a SOABI: cpython-313t-x86_64-linux-gnu.
func retriplet(soabi, triplet string) (string, error) {
	words := strings.SplitN(soabi, "-", 3)
	if len(words) < 2 {
		return "", fmt.Errorf("the build Python's SOABI %.100q is not IMPLEMENTATION-VERSION-PLATFORM", soabi)
	}
	return words[0] + "-" + words[1] + "-" + triplet, nil
}

// sysrootPython is where the sysroot's Python of the target's version has its data and headers; "" when it has none.
func (f *finder) sysrootPython(p platform) (data, include string) {
	if f.Sysroot == "" {
		return "", ""
	}
	name := "python" + p.version
	flag := ""
	if f.Target.FreeThreaded() {
		flag = "t"
	}
	for _, prefix := range []string{"usr", "usr/local", ""} {
		include := filepath.Join(f.Sysroot, prefix, "include", name+flag)
		if _, err := os.Stat(filepath.Join(include, "Python.h")); err != nil {
			continue
		}
		for _, lib := range []string{"lib", "lib64"} {
			found, err := filepath.Glob(filepath.Join(f.Sysroot, prefix, lib, name+flag, "_sysconfigdata_"+flag+"_*.py"))
			if err == nil && len(found) > 0 {
				return found[0], include
			}
		}
	}
	return "", ""
}

// kept are the variables that are taken from a Python's own data. The others that are not integers say where and how that
// Python was built.
var kept = []string{"ABIFLAGS", "EXT_SUFFIX", "LDVERSION", "MULTIARCH", "SHLIB_SUFFIX", "SOABI", "VERSION", "EXE"}

// variables are the target's sysconfig data.
func (f *finder) variables(p platform, found *python, include string) map[string]json.RawMessage {
	all := map[string]json.RawMessage{}
	for name, value := range found.Variables {
		if len(value) > 0 && value[0] != '"' || slices.Contains(kept, name) {
			all[name] = value
		}
	}
	target := &python{Variables: all}
	cc, cxx := f.pinned["CC"], f.pinned["CXX"]
	library := "libpython" + target.text("LDVERSION") + ".a"
	prefix := filepath.Join("/", f.Sysroot, "usr")
	lib := filepath.Join(prefix, "lib")
	for name, value := range map[string]string{
		"CC": cc, "CXX": cxx, "LINKCC": cc, "MAINCC": cc, "LDSHARED": f.pinned["LDSHARED"], "BLDSHARED": f.pinned["LDSHARED"],
		"LDCXXSHARED": f.pinned["LDCXXSHARED"], "AR": f.pinned["AR"], "ARFLAGS": "rcs", "RANLIB": f.pinned["RANLIB"],
		"CFLAGS": flags, "PY_CFLAGS": flags, "CCSHARED": "-fPIC", "OPT": "", "BASECFLAGS": "", "CPPFLAGS": "", "LDFLAGS": linkFlags,
		"PY_LDFLAGS": linkFlags, "SHLIBS": "", "LIBS": "", "LIBM": "-lm", "LINKFORSHARED": "", "MACHDEP": "linux",
		"HOST_GNU_TYPE": p.triplet(), "BUILD_GNU_TYPE": p.triplet(), "INCLUDEPY": include, "CONFINCLUDEPY": include,
		"prefix": prefix, "exec_prefix": prefix, "INCLUDEDIR": filepath.Dir(include), "CONFINCLUDEDIR": filepath.Dir(include), "LIBDIR": lib, "LIBPL": lib,
		"LIBDEST": filepath.Join(lib, "python"+p.version), "LIBRARY": library, "LDLIBRARY": library, "BLDLIBRARY": "",
	} {
		target.set(name, value)
	}
	all["Py_ENABLE_SHARED"] = json.RawMessage("0") // extension modules are not linked to libpython
	return all
}

func (p *python) text(name string) string {
	var s string
	_ = json.Unmarshal(p.Variables[name], &s)
	return s
}

func (p *python) set(name, value string) {
	p.Variables[name] = literal(value)
}

// literal is a string as JSON and Python both write it.
func literal(s string) json.RawMessage {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // a string always has a form
	return bytes.TrimSpace(b.Bytes())
}

// dataName is the module of the sysconfig data, named as a Python of the target names it.
func (f *finder) dataName(p platform) string {
	flag := ""
	if f.Target.FreeThreaded() {
		flag = "t"
	}
	return "_sysconfigdata_" + flag + "_linux_" + p.soabiTriplet()
}

// writePython writes the target's sysconfig data and headers. It gives the folder of its modules.
func (f *finder) writePython(ctx context.Context, p platform) (modules, include string, err error) {
	found, pyconfig, err := f.targetPython(ctx, p)
	if err != nil {
		return "", "", err
	}
	modules = filepath.Join(f.dir, "python")
	include = filepath.Join(f.dir, "include", filepath.Base(found.Include))
	if err := os.CopyFS(include, headersOnly{os.DirFS(found.Include)}); err != nil {
		return "", "", fmt.Errorf("copying Python's headers: %w", err)
	}
	if err := f.replace(filepath.Join("include", filepath.Base(include), "pyconfig.h"), pyconfig); err != nil {
		return "", "", err
	}
	var b bytes.Buffer
	b.WriteString("build_time_vars = {\n")
	variables := f.variables(p, found, include)
	f.soabi = found.text("SOABI")
	for _, name := range slices.Sorted(maps.Keys(variables)) {
		fmt.Fprintf(&b, "    %s: %s,\n", literal(name), variables[name])
	}
	b.WriteString("}\n")
	if err := f.write(filepath.Join("python", f.dataName(p)+".py"), b.Bytes(), 0o644); err != nil {
		return "", "", err
	}
	return modules, include, f.writeShim(p, include)
}

//go:embed sitecustomize.py
var shim string

// writeShim writes what makes the build Python say that it is the target.
func (f *finder) writeShim(p platform, include string) error {
	glibc := "None"
	if !p.musl() {
		glibc = string(literal(fmt.Sprintf("glibc %d.%d", p.libc.Major, p.libc.Minor)))
	}
	call := fmt.Sprintf("\n\n_be_the_target(%s, %s, %s, %s, %s)\n",
		literal(p.version), literal(p.arch), literal(p.soabiTriplet()), glibc, literal(include))
	return f.write(filepath.Join("python", "sitecustomize.py"), []byte(shim+call), 0o644)
}

// headersOnly hides what is no header, such as links out of the folder.
type headersOnly struct{ fs.FS }

// ReadDir implements fs.ReadDirFS.
func (h headersOnly) ReadDir(name string) ([]fs.DirEntry, error) {
	entries, err := fs.ReadDir(h.FS, name)
	return slices.DeleteFunc(entries, func(e fs.DirEntry) bool {
		return !e.IsDir() && !(e.Type().IsRegular() && strings.HasSuffix(e.Name(), ".h"))
	}), err
}

func (f *finder) write(name string, data []byte, mode fs.FileMode) error {
	path := filepath.Join(f.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, data, mode)
}

// replace writes a file in the place of one that may be read-only.
func (f *finder) replace(name string, data []byte) error {
	if err := os.Remove(filepath.Join(f.dir, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return f.write(name, data, 0o644)
}
