package binary

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ofiuco/ofiuco/internal/oracle"
	"github.com/ofiuco/ofiuco/target"
)

func mustParse(t testing.TB, name string) target.Target {
	t.Helper()
	where, err := target.Parse(name)
	if err != nil {
		t.Fatal(err)
	}
	return where
}

// linux is an ELF file that needs libraries, and versions each written LIBRARY:VERSION.
func linux(machine, needed, versions string) *File {
	f := &File{Format: ELF, Machines: []string{machine}, Needed: strings.Fields(needed)}
	for _, text := range strings.Fields(versions) {
		library, version, _ := strings.Cut(text, ":")
		set, number := splitVersion(version)
		f.Versions = append(f.Versions, Version{library, set, number})
	}
	f.Symbols = highest(f.Versions)
	return f
}

func darwin(machine, oldest string, needed ...string) *File {
	return &File{Format: MachO, Machines: []string{machine}, Needed: needed, Oldest: map[string]string{machine: oldest}}
}

func windows(machine string, needed ...string) *File {
	return &File{Format: PE, Machines: []string{machine}, Needed: needed}
}

const module312 = "a/m.cpython-312-x86_64-linux-gnu.so"

func TestCheck(t *testing.T) {
	private := linux("x86_64", "libc.so.6", "libc.so.6:GLIBC_PRIVATE")
	stack := linux("x86_64", "libc.so.6", "")
	stack.ExecutableStack = true
	glibcProgram := linux("x86_64", "", "")
	glibcProgram.Interpreter = "/lib64/ld-linux-x86-64.so.2"
	for _, test := range []struct {
		target, path string
		file         *File
		want         string // of the problems, joined by "; "; info in parentheses
	}{
		{"cp312-manylinux_2_28_x86_64", module312, linux("x86_64", "libc.so.6 libm.so.6 ld-linux-x86-64.so.2", "libc.so.6:GLIBC_2.28"), ""},
		{"cp312-manylinux_2_26_x86_64", module312, linux("x86_64", "libc.so.6", "libc.so.6:GLIBC_2.27 libc.so.6:GLIBC_2.28 libc.so.6:GLIBC_2.9"),
			"needs GLIBC_2.27 and GLIBC_2.28 of libc.so.6, but cp312-manylinux_2_26_x86_64 has glibc 2.26"},
		{"aws-lambda-python3.11-x86_64", module312, linux("x86_64", "libstdc++.so.6", "libstdc++.so.6:GLIBCXX_3.4.30"),
			"needs GLIBCXX_3.4.30 of libstdc++.so.6, but aws-lambda-python3.11-x86_64 is only sure to have GLIBCXX_3.4.22, as all systems with glibc 2.26"},
		{"cp312-manylinux_2_35_x86_64", module312, linux("x86_64", "libc.so.6", "libc.so.6:GLIBC_ABI_DT_RELR"),
			"needs GLIBC_ABI_DT_RELR of libc.so.6, but cp312-manylinux_2_35_x86_64 has glibc 2.35"},
		{"cp312-manylinux_2_28_x86_64", module312, linux("x86_64", "libstdc++.so.6", "libstdc++.so.6:CXXABI_FLOAT128 libstdc++.so.6:CXXABI_NEW"), ""},
		{"cp312-manylinux_2_28_x86_64", module312, private, "(needs GLIBC_PRIVATE of libc.so.6, which each glibc may change)"},
		{"cp312-manylinux_2_41_x86_64", "a/libx.so", stack, "asks for an executable stack, which glibc 2.41 refuses to make for a library"},
		{"cp312-manylinux_2_36_x86_64", "a/libx.so", stack, ""},

		{"cp312-manylinux_2_28_x86_64", module312, linux("aarch64", "libc.so.6", ""), "is an ELF file for aarch64, but cp312-manylinux_2_28_x86_64 runs on x86_64"},
		{"cp312-manylinux_2_28_x86_64", "a/libs/aarch64/libx.so", linux("aarch64", "", ""), "(is an ELF file for aarch64, but cp312-manylinux_2_28_x86_64 runs on x86_64)"},
		{"cp312-manylinux_2_28_x86_64", "a/attach_linux_x86.so", linux("i686", "", ""), "(is an ELF file for i686, but cp312-manylinux_2_28_x86_64 runs on x86_64)"},
		{"cp312-manylinux_2_28_i686", "a/attach_linux_x86_64.so", linux("x86_64", "", ""), "(is an ELF file for x86_64, but cp312-manylinux_2_28_i686 runs on i686)"},
		{"cp312-manylinux_2_28_x86_64", "a/libx86_64.so", linux("i686", "", ""), "is an ELF file for i686, but cp312-manylinux_2_28_x86_64 runs on x86_64"},
		{"cp312-manylinux_2_28_x86_64", "bin/tool", linux("aarch64", "", ""), "is an ELF file for aarch64, but cp312-manylinux_2_28_x86_64 runs on x86_64"},
		{"cp312-manylinux_2_28_x86_64", "setuptools/cli.exe", windows("i686", "KERNEL32.dll"), "(is a PE file of Windows, but cp312-manylinux_2_28_x86_64 is Linux)"},
		{"cp312-manylinux_2_28_x86_64", "a/m.pyd", windows("x86_64"), "is a PE file of Windows, but cp312-manylinux_2_28_x86_64 is Linux"},
		{"cp312-manylinux_2_28_x86_64", "a/libx.dylib", darwin("x86_64", "10.9"), "(is a Mach-O file of macOS, but cp312-manylinux_2_28_x86_64 is Linux)"},
		{"cp312-manylinux_2_28_x86_64", "a/m.cpython-312-darwin.so", darwin("x86_64", "10.9"), "is a Mach-O file of macOS, but cp312-manylinux_2_28_x86_64 is Linux"},
		{"cp312-manylinux_2_28_x86_64", "a/m.so", darwin("x86_64", "10.9"), "is a Mach-O file of macOS, but cp312-manylinux_2_28_x86_64 is Linux"},

		{"cp312-manylinux_2_28_x86_64", module312, linux("x86_64", "libc.musl-x86_64.so.1", ""), "is linked with musl, but cp312-manylinux_2_28_x86_64 has glibc 2.28"},
		{"cp312-musllinux_1_2_x86_64", module312, linux("x86_64", "libc.so.6", "libc.so.6:GLIBC_2.2.5"), "is linked with glibc, but cp312-musllinux_1_2_x86_64 has musl 1.2"},
		{"cp312-musllinux_1_2_x86_64", "bin/tool", glibcProgram, "is linked with glibc, but cp312-musllinux_1_2_x86_64 has musl 1.2"},
		{"cp312-musllinux_1_2_x86_64", module312, linux("x86_64", "libc.musl-x86_64.so.1 libz.so.1 libshipped.so", "libshipped.so:GCC_3.0"), ""},
		{"cp312-musllinux_1_2_x86_64", module312, linux("x86_64", "libc.so libstdc++.so.6", ""), "needs libstdc++.so.6, which is neither in the output nor part of musllinux_1_2"},

		{"cp312-manylinux_2_28_x86_64", module312, linux("x86_64", "libpq.so.5 libshipped.so", ""), "needs libpq.so.5, which is neither in the output nor part of manylinux_2_28"},
		{"aws-lambda-python3.12-x86_64", module312, linux("x86_64", "libpq.so.5", ""),
			"needs libpq.so.5, which is neither in the output nor part of manylinux_2_34: is it in the image of aws-lambda-python3.12-x86_64?"},
		{"aws-lambda-python3.12-x86_64", module312, linux("x86_64", "libGL.so.1", ""), "needs libGL.so.1, which is neither in the output nor in the image of aws-lambda-python3.12-x86_64"},
		{"cp312-manylinux_2_28_x86_64", module312, linux("x86_64", "libGL.so.1", ""), ""},
		{"cp312-manylinux_2_5_x86_64", module312, linux("x86_64", "libexpat.so.1", ""), "needs libexpat.so.1, which is neither in the output nor part of manylinux_2_5"},
		{"cp312-manylinux_2_28_x86_64", "a/libx.so", linux("x86_64", "libcuda.so.1", ""), "(needs libcuda.so.1, which comes with the driver of the device)"},
		{"cp312-manylinux_2_28_x86_64", module312, linux("x86_64", "libpython3.12.so.1.0", ""), "needs libpython3.12.so.1.0, which a Python that is linked statically does not have"},

		{"cp312-macosx_14_0_arm64", "a/m.cpython-312-darwin.so", darwin("aarch64", "11.0", "/usr/lib/libSystem.B.dylib", "/System/Library/Frameworks/Accelerate.framework/Accelerate", "@loader_path/.dylibs/libshipped.so"), ""},
		{"cp312-macosx_13_0_arm64", "a/m.cpython-312-darwin.so", darwin("aarch64", "14.0"), "needs macOS 14.0, but cp312-macosx_13_0_arm64 is macOS 13.0"},
		{"cp312-macosx_14_0_arm64", "a/m.cpython-312-darwin.so", darwin("x86_64", "10.9"), "is a Mach-O file for x86_64, but cp312-macosx_14_0_arm64 runs on aarch64"},
		{"cp312-macosx_14_0_arm64", "a/m.cpython-312-iphoneos.so", darwin("aarch64", "iOS 13.0"), "is built for iOS 13.0, but cp312-macosx_14_0_arm64 is macOS"},
		{"cp312-macosx_14_0_arm64", "a/m.abi3.so", darwin("aarch64", "11.0", "@rpath/libx.dylib", "/opt/homebrew/lib/libpq.5.dylib", "@rpath/libpython3.12.dylib"),
			"needs @rpath/libx.dylib, which is not in the output; needs /opt/homebrew/lib/libpq.5.dylib, which only the machine that built it has for sure; " +
				"needs @rpath/libpython3.12.dylib, Python's own library, which is elsewhere on another machine"},
		{"cp312-macosx_14_0_arm64", "a/attach_linux_amd64.so", linux("x86_64", "", ""), "(is an ELF file of Linux, but cp312-macosx_14_0_arm64 is macOS)"},

		{"cp312-win_amd64", "a/m.cp312-win_amd64.pyd", windows("x86_64", "python312.dll", "python3.dll", "KERNEL32.dll", "api-ms-win-crt-heap-l1-1-0.dll", "VCRUNTIME140_1.dll"), ""},
		{"cp312-win_amd64", "a/m.pyd", windows("x86_64", "python311.dll", "libx.dll"),
			"needs python311.dll, but cp312-win_amd64 is Python 3.12; needs libx.dll, which is neither in the output nor part of Windows"},
		{"cp313t-win_amd64", "a/m.pyd", windows("x86_64", "python313t.dll", "python313.dll"), "needs python313.dll, but cp313t-win_amd64 is Python 3.13"},
		{"pp311-win_amd64", "a/m.pyd", windows("x86_64", "libpypy3.11-c.dll"), ""},
		{"cp312-win_amd64", "a/m.pyd", windows("x86_64", "MSVCP140.dll"), "(needs MSVCP140.dll of the Visual C++ Redistributable, which many a Windows has, but not each)"},
		{"cp312-win_amd64", "a/m.pyd", windows("i686"), "is a PE file for i686, but cp312-win_amd64 runs on x86_64"},
		{"cp312-win_amd64", "pip/t32.exe", windows("i686"), "(is a PE file for i686, but cp312-win_amd64 runs on x86_64)"},
		{"cp312-win_amd64", "a/m.cpython-312-x86_64-linux-gnu.so", linux("x86_64", "", ""), "is an ELF file of Linux, but cp312-win_amd64 is Windows"},
		{"cp312-win_amd64", "a/libx.so", linux("x86_64", "", ""), "(is an ELF file of Linux, but cp312-win_amd64 is Windows)"},
	} {
		var got []string
		for _, p := range test.file.Check(mustParse(t, test.target), test.path, func(library string) bool { return library == "libshipped.so" }) {
			text := p.Text
			if p.Info {
				text = "(" + text + ")"
			}
			if got = append(got, text); p.Path != test.path || !p.Info && p.Hint == "" {
				t.Errorf("%s on %s: %+v", test.path, test.target, p)
			}
		}
		if diff := cmp.Diff(test.want, strings.Join(got, "; ")); diff != "" {
			t.Errorf("%s on %s (-want +got):\n%s", test.path, test.target, diff)
		}
	}
}

func TestModuleOf(t *testing.T) {
	for _, test := range []struct {
		path string
		want module
		ok   bool
	}{
		{"m.so", module{"", "m", ""}, true},
		{"a/b/m.cpython-312-x86_64-linux-gnu.so", module{"a/b/", "m", "cpython-312-x86_64-linux-gnu"}, true},
		{"a/_m.cp312-win_amd64.pyd", module{"a/", "_m", "cp312-win_amd64"}, true},
		{"lib/python3.12/site-packages/a/m.abi3.so", module{"lib/python3.12/site-packages/a/", "m", "abi3"}, true},
		{"lib/python3.12/site-packages/a-b/m.abi3.so", module{}, false},
		{"a/libm.so", module{}, false},
		{"a/libm.abi3.so", module{"a/", "libm", "abi3"}, true},
		{"a.libs/m-12.so", module{}, false},
		{"a/libm.so.6", module{}, false},
		{"a/m.dll", module{}, false},
		{"usr/lib/x86_64-linux-gnu/m.so", module{}, false},
	} {
		if got, ok := moduleOf(test.path); got != test.want || ok != test.ok {
			t.Errorf("%s: %+v, %v; want %+v, %v", test.path, got, ok, test.want, test.ok)
		}
	}
}

// output is an Output of files in memory.
func output(t testing.TB, where target.Target, files map[string]*File) *Output {
	t.Helper()
	o := NewOutput(where)
	for path, f := range files {
		o.files = append(o.files, outputFile{path: path, file: f})
	}
	return o
}

func texts(problems []Problem) []string {
	all := []string{}
	for _, p := range problems {
		text := p.Path + " " + p.Text
		if p.Info {
			text = "(" + text + ")"
		}
		all = append(all, text)
	}
	return all
}

func TestOutput(t *testing.T) {
	defines := func(f *File, name string, versions ...string) *File {
		f.Name, f.Defines = name, versions
		return f
	}
	shipped := map[string]*File{
		"a/m.so":                 linux("x86_64", "libx.so.1 libreal.so libother.so", "libx.so.1:X_2"),
		"a.libs/libx.so.1.2":     defines(linux("x86_64", "", ""), "libx.so.1", "X_1"),
		"a.libs/libreal.so.9":    linux("x86_64", "", ""),
		"arm/libother.so":        linux("aarch64", "", ""),
		"b/m.cpython-311-arm.so": linux("aarch64", "", ""),
		"b/m.abi3.so":            linux("x86_64", "", ""),
		"c/i686/libz.so":         linux("i686", "", ""),
		"d/libz.so":              linux("x86_64", "", ""),
	}
	o := output(t, mustParse(t, "cp312-manylinux_2_28_x86_64"), shipped)
	o.AddLink("a.libs/libreal.so", "libreal.so.9")
	want := []string{
		"a/m.so needs libother.so, which is neither in the output nor part of manylinux_2_28",
		"a/m.so needs X_2 of libx.so.1, but the libx.so.1 in the output has at most X_1",
		"arm/libother.so is an ELF file for aarch64, but cp312-manylinux_2_28_x86_64 runs on x86_64",
		"(b/m.cpython-311-arm.so is an ELF file for aarch64, but cp312-manylinux_2_28_x86_64 runs on x86_64; the output has one for it, too)",
		"(c/i686/libz.so is an ELF file for i686, but cp312-manylinux_2_28_x86_64 runs on x86_64; the output has one for it, too)",
	}
	if diff := cmp.Diff(want, texts(o.Problems(mustParse(t, "cp312-manylinux_2_28_x86_64")))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	o.System = func(library string) bool { return library == "libother.so" }
	if got := texts(o.Problems(mustParse(t, "cp312-manylinux_2_28_x86_64"))); strings.Contains(got[0], "libother") {
		t.Errorf("what the machine has is missed: %q", got)
	}
}

// TestImage checks a whole system: what it has counts, not what manylinux has.
func TestImage(t *testing.T) {
	libc := linux("x86_64", "", "")
	libc.Defines = []string{"GLIBC_2.2.5", "GLIBC_2.36"}
	o := output(t, mustParse(t, "cp312-manylinux_2_41_x86_64"), map[string]*File{
		"usr/lib/x86_64-linux-gnu/libc.so.6": libc,
		"app/m.so":                           linux("x86_64", "libc.so.6 libstdc++.so.6", "libc.so.6:GLIBC_2.2.5 libc.so.6:GLIBC_2.38"),
	})
	o.Image = true
	want := []string{
		"app/m.so needs libstdc++.so.6, which is not in the output",
		"app/m.so needs GLIBC_2.38 of libc.so.6, but the libc.so.6 in the output has at most GLIBC_2.36",
	}
	if diff := cmp.Diff(want, texts(o.Problems(mustParse(t, "cp312-manylinux_2_41_x86_64")))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestOutputBroken(t *testing.T) {
	o := NewOutput(mustParse(t, "cp312-manylinux_2_28_x86_64"))
	for _, path := range []string{"a/m.so", "tests/data.bin"} {
		if err := o.Add(path, strings.NewReader("\x7fELF\x02\x01"), 6); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{
		"a/m.so is a broken ELF file: it ends early, or points outside of itself",
		"(tests/data.bin is a broken ELF file: it ends early, or points outside of itself)",
	}
	if diff := cmp.Diff(want, texts(o.Problems(mustParse(t, "cp312-manylinux_2_28_x86_64")))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// compile makes a library of C source.
func compile(t *testing.T, compiler, source string, flags ...string) []byte {
	t.Helper()
	dir := t.TempDir()
	file, out := filepath.Join(dir, "m.c"), filepath.Join(dir, "m.so")
	if err := os.WriteFile(file, []byte(source), 0o666); err != nil {
		t.Fatal(err)
	}
	args := append([]string{"-shared", "-fPIC", "-o", out, file}, flags...)
	if output, err := exec.Command(oracle.Program(t, compiler), args...).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", compiler, err, output)
	}
	data, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestCompiled checks libraries of the machine's own compiler, also without section headers, and compares with readelf.
func TestCompiled(t *testing.T) {
	const source = `
extern int since_2_99(void);
__asm__(".symver since_2_99, since_2_99@GLIBC_2.99");
int call(void) { return since_2_99(); }
`
	const stub = `int since_2_99(void) { return 1; }`
	dir := t.TempDir()
	script := filepath.Join(dir, "versions")
	if err := os.WriteFile(script, []byte("GLIBC_2.99 { since_2_99; };\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	libc := filepath.Join(dir, "libstub.so")
	if err := os.WriteFile(libc, compile(t, "gcc", stub, "-nostdlib", "-Wl,-soname,libc.so.6", "-Wl,--version-script="+script), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, style := range []string{"gnu", "sysv", "both"} {
		data := compile(t, "gcc", source, "-nostdlib", libc, "-Wl,--hash-style="+style, "-Wl,-rpath,$ORIGIN/../x.libs")
		f := read(t, data)
		if f.Symbols["GLIBC"] != "2.99" || !slices.Equal(f.RunPaths, []string{"$ORIGIN/../x.libs"}) || f.Libc() != Glibc {
			t.Errorf("%+v", f)
		}
		if len(data) > 64 {
			clear(data[0x28:0x30]) // e_shoff: as if stripped of section headers
			clear(data[0x3a:0x40])
		}
		where := mustParse(t, "cp312-manylinux_2_28_"+f.Machines[0])
		o := NewOutput(where)
		if err := o.Add("a/m.so", bytes.NewReader(data), int64(len(data))); err != nil {
			t.Fatal(err)
		}
		want := []string{"a/m.so needs GLIBC_2.99 (since_2_99) of libc.so.6, but " + where.String() + " has glibc 2.28"}
		if diff := cmp.Diff(want, texts(o.Problems(where))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", style, diff)
		}
	}
}

// TestDebugSymbols passes over a file that objcopy splits off, whose headers lead to nothing.
func TestDebugSymbols(t *testing.T) {
	objcopy := oracle.Program(t, "objcopy")
	dir := t.TempDir()
	library, symbols := filepath.Join(dir, "m.so"), filepath.Join(dir, "m.so.debug")
	data := compile(t, "gcc", "int call(void) { return 1; }", "-g", "-nostdlib")
	if err := os.WriteFile(library, data, 0o666); err != nil {
		t.Fatal(err)
	}
	if output, err := exec.Command(objcopy, "--only-keep-debug", library, symbols).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	data, err := os.ReadFile(symbols)
	if err != nil {
		t.Fatal(err)
	}
	if f := read(t, data); f != nil {
		t.Errorf("symbols are read as %+v", f)
	}
}
