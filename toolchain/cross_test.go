package toolchain_test

import (
	"archive/zip"
	"bytes"
	"debug/elf"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ofiuco/ofiuco/internal/oracle"
	"github.com/ofiuco/ofiuco/interpreter"
	"github.com/ofiuco/ofiuco/target"
	"github.com/ofiuco/ofiuco/toolchain"
)

// crossFolder is a folder that tools/cross-sysroot.sh fills.
func crossFolder(t testing.TB, name string) string {
	t.Helper()
	path := filepath.Join(oracle.Dir(), "cross", name)
	if _, err := os.Stat(path); err != nil {
		oracle.Missing(t, "cross/"+name)
	}
	path, err := filepath.Abs(path)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// pythonOf is an installed Python of a minor version, of PATH or of pyenv.
func pythonOf(t testing.TB, version string) interpreter.Info {
	t.Helper()
	candidates := []string{"python" + version}
	if root, err := exec.Command("pyenv", "root").Output(); err == nil {
		found, _ := filepath.Glob(filepath.Join(strings.TrimSpace(string(root)), "versions", version+".*", "bin", "python"+version))
		candidates = append(candidates, found...)
	}
	for _, candidate := range candidates {
		if info, err := interpreter.Query(t.Context(), candidate); err == nil {
			return info
		}
	}
	t.Skipf("no Python %s is installed", version)
	return interpreter.Info{}
}

// workshop builds wheels with a toolchain.
type workshop struct {
	*toolchain.Toolchain
	python string // of an environment with build backends
}

// buildEnvironment makes an environment of build requirements.
func buildEnvironment(t testing.TB, info interpreter.Info, requirements ...string) (python string) {
	t.Helper()
	uv, wheels := oracle.Tool(t, "uv"), crossFolder(t, "wheels")
	dir := filepath.Join(t.TempDir(), "env")
	run(t, nil, "", uv, "venv", "-q", "--offline", "--python", info.Executable, dir)
	python = filepath.Join(dir, "bin", "python")
	install := []string{"pip", "install", "-q", "--offline", "--no-index", "--find-links", wheels, "--python", python}
	run(t, nil, "", uv, append(install, requirements...)...)
	return python
}

// ask is the request of a target's toolchain.
func ask(t testing.TB, name string, change func(*toolchain.Request)) toolchain.Request {
	t.Helper()
	request := toolchain.Request{Target: parse(t, name), Getenv: os.Getenv}
	if change != nil {
		change(&request)
	}
	if request.Build.Executable == "" {
		request.Build = pythonOf(t, request.Target.Python())
	}
	return request
}

func parse(t testing.TB, name string) target.Target {
	t.Helper()
	parsed, err := target.Parse(name)
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

// find finds a toolchain.
func find(t testing.TB, name string, change func(*toolchain.Request)) *toolchain.Toolchain {
	t.Helper()
	tools, err := toolchain.Find(t.Context(), ask(t, name, change), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return tools
}

// furnish finds a toolchain for a target, and makes an environment of build requirements.
func furnish(t testing.TB, name string, change func(*toolchain.Request), requirements ...string) workshop {
	t.Helper()
	request := ask(t, name, change)
	tools, err := toolchain.Find(t.Context(), request, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return workshop{tools, buildEnvironment(t, request.Build, requirements...)}
}

// environ is the environment that a build runs in: scrubbed but for the toolchain's variables.
func (w workshop) environ(t testing.TB) []string {
	path := strings.Join([]string{filepath.Dir(w.python), os.Getenv("PATH")}, ":")
	if w.Bin != "" {
		path = w.Bin + ":" + path
	}
	return append([]string{"PATH=" + path, "HOME=" + t.TempDir(), "SOURCE_DATE_EPOCH=315532800", "LC_ALL=C.UTF-8"}, w.Environ...)
}

const buildWheel = `import importlib, json, sys
backend, settings = sys.argv[1], json.loads(sys.argv[3])
print("built", importlib.import_module(backend).build_wheel(sys.argv[2], settings))`

// wheel builds a wheel of the tree in dir through its backend, and gives its path.
func (w workshop) wheel(t testing.TB, dir, backend string) string {
	t.Helper()
	out := t.TempDir()
	settings := "{}"
	if arguments := w.Settings[backend]["setup-args"]; len(arguments) > 0 {
		settings = `{"setup-args": ["` + strings.Join(arguments, `", "`) + `"]}`
	}
	start := time.Now()
	run(t, w.environ(t), dir, w.python, "-c", buildWheel, backend, out, settings)
	found, err := filepath.Glob(filepath.Join(out, "*.whl"))
	if err != nil || len(found) != 1 {
		t.Fatalf("%s built %v (%v)", backend, found, err)
	}
	t.Logf("%s: %s in %.1f s", w.Name, filepath.Base(found[0]), time.Since(start).Seconds())
	return found[0]
}

// run runs a program that must succeed, and gives what it says.
func run(t testing.TB, environ []string, dir, program string, arguments ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program, arguments...)
	cmd.Env, cmd.Dir = environ, dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", filepath.Base(program), strings.Join(arguments, " "), err, out)
	}
	return string(out)
}

// unpackSource unpacks an sdist of tools/sdists.txt.
func unpackSource(t testing.TB, name string) string {
	t.Helper()
	archive := oracle.Sdist(t, name+".tar.gz")
	dir := t.TempDir()
	run(t, nil, dir, "tar", "xzf", archive)
	return filepath.Join(dir, name)
}

// extension is an extension module in a wheel.
type extension struct {
	name    string
	machine elf.Machine
	class   elf.Class
	libs    []string
	data    []byte
}

// extensions are the extension modules of a wheel.
func extensions(t testing.TB, wheel string) (all []extension) {
	t.Helper()
	archive, err := zip.OpenReader(wheel)
	if err != nil {
		t.Fatal(err)
	}
	defer archive.Close()
	for _, file := range archive.File {
		if !strings.HasSuffix(file.Name, ".so") {
			continue
		}
		r, err := file.Open()
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		object, err := elf.NewFile(bytes.NewReader(data))
		if err != nil {
			t.Fatalf("%s: %v", file.Name, err)
		}
		libs, err := object.ImportedLibraries()
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, extension{filepath.Base(file.Name), object.Machine, object.Class, libs, data})
	}
	return all
}

// expectExtension fails unless the wheel's tag and its extension modules are the target's.
func expectExtension(t testing.TB, wheel, tag, suffix string, machine elf.Machine) extension {
	t.Helper()
	if !strings.HasSuffix(wheel, "-"+tag+".whl") {
		t.Errorf("built %s, want the tag %s", filepath.Base(wheel), tag)
	}
	all := extensions(t, wheel)
	if len(all) == 0 {
		t.Fatalf("%s has no extension module", filepath.Base(wheel))
	}
	for _, e := range all {
		if !strings.HasSuffix(e.name, suffix) {
			t.Errorf("extension module %s, want the suffix %s", e.name, suffix)
		}
		if e.machine != machine {
			t.Errorf("%s is for %v, want %v", e.name, e.machine, machine)
		}
	}
	return all[0]
}

// runArm64 runs a program of the sysroot's Python with a wheel.
func runArm64(t testing.TB, wheel, program string) string {
	t.Helper()
	sysroot, qemu := crossFolder(t, "sysroot"), oracle.Program(t, "qemu-aarch64-static")
	site := t.TempDir()
	run(t, nil, site, "unzip", "-q", wheel)
	return run(t, []string{"PYTHONPATH=" + site}, "", qemu, "-L", sysroot, filepath.Join(sysroot, "usr/bin/python3.11"), "-c", program)
}

const (
	arm64     = "cp311-manylinux_2_36_aarch64"
	arm64Tag  = "cp311-cp311-linux_aarch64"
	arm64So   = ".cpython-311-aarch64-linux-gnu.so"
	setuptool = "setuptools.build_meta"
)

func withSysroot(t testing.TB) func(*toolchain.Request) {
	sysroot := crossFolder(t, "sysroot")
	oracle.Program(t, "aarch64-linux-gnu-gcc")
	return func(r *toolchain.Request) { r.Sysroot = sysroot }
}

// TestMarkupSafeForArm64 imports an extension module that was built with the sysroot's Python, then one with what is made
// of the build Python's, then the same once more.
func TestMarkupSafeForArm64(t *testing.T) {
	const program = "from markupsafe import _speedups, escape; print(_speedups.__file__.rsplit('/')[-1], escape('<'))"
	oracle.Program(t, "aarch64-linux-gnu-gcc")
	var built [][]byte
	changes := []func(*toolchain.Request){withSysroot(t), nil, nil}
	for _, change := range changes[:min(oracle.Cases(t, 1, len(changes)), len(changes))] {
		w := furnish(t, arm64, change, "setuptools", "wheel")
		wheel := w.wheel(t, unpackSource(t, "MarkupSafe-2.1.5"), setuptool)
		built = append(built, expectExtension(t, wheel, arm64Tag, arm64So, elf.EM_AARCH64).data)
		if bytes.Contains(built[len(built)-1], []byte(os.TempDir())) {
			t.Error("it names a folder of its build")
		}
		if got := runArm64(t, wheel, program); got != "_speedups"+arm64So+" &lt;\n" {
			t.Errorf("arm64 Python says %q", got)
		}
	}
	if len(built) == len(changes) && !bytes.Equal(built[1], built[2]) {
		t.Error("two builds have different bytes")
	}
}

// thorough skips a test that builds for seconds, outside CI and unless OFIUCO_CASES is set.
func thorough(t testing.TB) {
	t.Helper()
	if oracle.Cases(t, 0, 1) == 0 {
		t.Skip("builds for seconds: set OFIUCO_CASES=1")
	}
}

// TestPsycopgForArm64 builds with a library of the sysroot, which a pg_config tells of.
func TestPsycopgForArm64(t *testing.T) {
	thorough(t)
	w := furnish(t, arm64, withSysroot(t), "setuptools", "wheel")
	wheel := w.wheel(t, unpackSource(t, "psycopg2-2.9.10"), setuptool)
	e := expectExtension(t, wheel, arm64Tag, arm64So, elf.EM_AARCH64)
	if !slices.Contains(e.libs, "libpq.so.5") {
		t.Errorf("linked to %v", e.libs)
	}
	if got := runArm64(t, wheel, "import psycopg2; print(psycopg2.__libpq_version__ // 10000)"); got != "15\n" {
		t.Errorf("arm64 Python says %q", got)
	}
}
