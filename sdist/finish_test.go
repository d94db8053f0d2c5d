package sdist_test

import (
	"archive/zip"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ofiuco/ofiuco/internal/oracle"
	"github.com/ofiuco/ofiuco/sdist"
	"github.com/ofiuco/ofiuco/target"
	"github.com/ofiuco/ofiuco/wheel"
)

// rawWheel writes a wheel as a backend might, with the files added to those that it needs; change may set times, order
// and modes.
func rawWheel(t testing.TB, tags string, files map[string]string, change func(i int, h *zip.FileHeader)) string {
	t.Helper()
	all := map[string]string{
		"alpha/__init__.py":            "x = 1\n",
		"alpha-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: alpha\nVersion: 1.0\n",
		"alpha-1.0.dist-info/WHEEL":    "Wheel-Version: 1.0\r\nGenerator: test\r\nTag: " + tags + "\r\nRoot-Is-Purelib: false\r\n\r\n",
		"alpha-1.0.dist-info/RECORD":   "",
	}
	maps.Copy(all, files)
	path := filepath.Join(t.TempDir(), "alpha-1.0-"+tags+".whl")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	archive := zip.NewWriter(file)
	names := slices.Sorted(maps.Keys(all))
	if change != nil {
		slices.Reverse(names)
	}
	for i, name := range names {
		h := &zip.FileHeader{Name: name, Method: zip.Store}
		h.SetMode(0o644)
		if change != nil {
			change(i, h)
		}
		w, err := archive.CreateHeader(h)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(all[name])); err != nil {
			t.Fatal(err)
		}
	}
	if err := archive.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func parseTarget(t testing.TB, text string) target.Target {
	t.Helper()
	parsed, err := target.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

// TestFinishBytes makes the same bytes of two archives that differ in all but their files.
func TestFinishBytes(t *testing.T) {
	files := map[string]string{"alpha/a,b.py": "", "alpha/run": "#!/bin/sh\n", "alpha-1.0.dist-info/RECORD.jws": "{}"}
	mode := func(h *zip.FileHeader, executable os.FileMode) {
		if h.Name == "alpha/run" {
			h.SetMode(executable)
		}
	}
	first := rawWheel(t, "py2.py3-none-any", files, func(_ int, h *zip.FileHeader) { mode(h, 0o755) })
	second := rawWheel(t, "py2.py3-none-any", files, func(i int, h *zip.FileHeader) {
		h.Method, h.Modified = zip.Deflate, time.Date(2020, 1, i+1, 0, 0, 0, 0, time.UTC)
		h.SetMode(0o600)
		mode(h, 0o700)
	})
	var paths []string
	for _, raw := range []string{first, second} {
		finished, err := sdist.Finish(t.Context(), raw, host(t), t.TempDir())
		if err != nil || len(finished.Notes) > 0 {
			t.Fatal(err, finished.Notes)
		}
		paths = append(paths, finished.Path)
	}
	if digest(t, paths[0]) != digest(t, paths[1]) {
		t.Error("the bytes differ")
	}
	got := members(t, paths[0])
	want := map[string]string{
		"alpha/__init__.py": "x = 1\n", "alpha/a,b.py": "", "alpha/run": "#!/bin/sh\n",
		"alpha-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: alpha\nVersion: 1.0\n",
		"alpha-1.0.dist-info/WHEEL":    "Wheel-Version: 1.0\nGenerator: test\nTag: py2-none-any\nTag: py3-none-any\nRoot-Is-Purelib: false\n",
		"alpha-1.0.dist-info/RECORD": `alpha-1.0.dist-info/METADATA,sha256=4DP91mMrpH1xsOTYV29tGbw4sBDMA7zYYUd0mDxLlmI,47
alpha-1.0.dist-info/WHEEL,sha256=BD0FHVxCsBJ99mADOAL295fPffB1OiWBCwrteFr0Vls,94
alpha/__init__.py,sha256=nia_NpkRxFwkPGhBR7I_yeHc_PJX0pmhxjIBam_NM_Q,6
"alpha/a,b.py",sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU,0
alpha/run,sha256=qAdtPSjSHgIBKyDq99v3VAmmJ3E0Q5Al8oLjaOMwWr8,10
alpha-1.0.dist-info/RECORD,,
`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("want -, got +:\n%s", diff)
	}
	archive, err := zip.OpenReader(paths[0])
	if err != nil {
		t.Fatal(err)
	}
	defer archive.Close()
	for _, file := range archive.File {
		want := os.FileMode(0o644)
		if file.Name == "alpha/run" {
			want = 0o755
		}
		if file.Mode() != want {
			t.Errorf("%s has the mode %v", file.Name, file.Mode())
		}
	}
	again, err := sdist.Finish(t.Context(), paths[0], host(t), t.TempDir())
	if err != nil || digest(t, again.Path) != digest(t, paths[0]) {
		t.Errorf("finishing a finished wheel changes it (%v)", err)
	}
}

// compileLibrary is a shared library of C source, linked with arguments, as text.
func compileLibrary(t testing.TB, source string, arguments ...string) string {
	t.Helper()
	cc := oracle.Program(t, "cc")
	dir := t.TempDir()
	writeTree(t, dir, map[string]string{"x.c": source})
	cmd := exec.Command(cc, append([]string{"-shared", "-fPIC", "-fno-builtin", "-o", "x.so", "x.c"}, arguments...)...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	data, err := os.ReadFile(filepath.Join(dir, "x.so"))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// needing is a library that needs others, which are empty, by their names.
func needing(t testing.TB, source string, libraries ...string) string {
	t.Helper()
	dir := t.TempDir()
	arguments := []string{"-Wl,--no-as-needed"}
	for i, library := range libraries {
		path := filepath.Join(dir, fmt.Sprintf("lib%d.so", i))
		if err := os.WriteFile(path, []byte(compileLibrary(t, "", "-nostdlib", "-Wl,-soname,"+library)), 0o755); err != nil {
			t.Fatal(err)
		}
		arguments = append(arguments, path)
	}
	return compileLibrary(t, source, arguments...)
}

// onMachine is an ELF file that says that it is for another machine.
func onMachine(elf string, machine byte) string { return elf[:18] + string([]byte{machine}) + elf[19:] }

// TestPlatform finds the platform tag of real libraries.
func TestPlatform(t *testing.T) {
	const glibc = "cp311-manylinux_2_36_x86_64"
	copying := "void *memcpy(void *, const void *, unsigned long); void *f(void *a, void *b) { return memcpy(a, b, 8); }"
	oldest := "__asm__(\".symver memcpy,memcpy@GLIBC_2.2.5\");\n" + copying
	newest := "int fstat(int, void *); int f(void *s) { return fstat(0, s); }" // GLIBC_2.33
	plain := compileLibrary(t, "int x;", "-nostdlib")
	native := "cp311-cp311-linux_x86_64"
	for name, test := range map[string]struct {
		target, tags string
		files        map[string]string
		want, note   string
	}{
		"nothing":               {glibc, native, nil, "cp311-cp311-manylinux_2_5_x86_64", ""},
		"oldest":                {glibc, native, map[string]string{"a.so": compileLibrary(t, oldest)}, "cp311-cp311-manylinux_2_5_x86_64", ""},
		"2.14":                  {glibc, native, map[string]string{"a.so": compileLibrary(t, copying), "b.so": plain}, "cp311-cp311-manylinux_2_14_x86_64", ""},
		"2.33":                  {glibc, native, map[string]string{"a.so": compileLibrary(t, newest)}, "cp311-cp311-manylinux_2_33_x86_64", ""},
		"too new":               {"cp311-manylinux_2_28_x86_64", native, map[string]string{"a.so": compileLibrary(t, newest)}, "alpha 1.0: the wheel that was built does not run on cp311-manylinux_2_28_x86_64: it needs glibc 2.33", ""},
		"as maturin names it":   {glibc, "py3-none-manylinux_2_34_x86_64", map[string]string{"a.so": compileLibrary(t, copying)}, "py3-none-manylinux_2_14_x86_64", ""},
		"abi3":                  {glibc, "cp38-abi3-linux_x86_64", map[string]string{"a.so": plain}, "cp38-abi3-manylinux_2_5_x86_64", ""},
		"a library outside":     {glibc, native, map[string]string{"a.so": needing(t, "", "libnone.so.1", "libm.so.6")}, native, "it needs libnone.so.1 where it runs, since that is not in the wheel"},
		"a library inside":      {glibc, native, map[string]string{"a.so": needing(t, "", "libnone.so.1"), "alpha.libs/libnone.so.1": plain}, "cp311-cp311-manylinux_2_5_x86_64", ""},
		"another machine":       {glibc, native, map[string]string{"a.so": onMachine(plain, 183)}, "alpha 1.0: the wheel that was built does not run on " + glibc + ": a.so is compiled for aarch64, not for x86_64", ""},
		"data of another":       {glibc, native, map[string]string{"a.elf": onMachine(plain, 247)}, "cp311-cp311-manylinux_2_5_x86_64", ""},
		"arm64":                 {"cp311-manylinux_2_28_aarch64", "cp311-cp311-linux_aarch64", map[string]string{"a.so": onMachine(plain, 183)}, "cp311-cp311-manylinux_2_17_aarch64", ""},
		"another Python":        {"cp312-manylinux_2_28_x86_64", native, nil, "alpha 1.0: the wheel that was built does not run on cp312-manylinux_2_28_x86_64: cp311 is not cp312", ""},
		"the host's platform":   {"cp311-manylinux_2_28_aarch64", native, nil, "alpha 1.0: the wheel that was built does not run on cp311-manylinux_2_28_aarch64: ", ""},
		"musl":                  {"cp311-musllinux_1_2_x86_64", native, map[string]string{"a.so": needing(t, "", "libc.musl-x86_64.so.1"), "b.so": plain}, "", ""},
		"glibc for musl":        {"cp311-musllinux_1_2_x86_64", native, map[string]string{"a.so": compileLibrary(t, copying)}, "alpha 1.0: the wheel that was built does not run on cp311-musllinux_1_2_x86_64: a.so is linked with the other C library than musl 1.2", ""},
		"pure":                  {glibc, "py3-none-any", nil, "py3-none-any", ""},
		"pure with code":        {glibc, "py3-none-any", map[string]string{"a.so": plain}, "py3-none-any", "a.so is machine code, although the wheel says that it runs on any platform"},
		"macOS":                 {"cp311-macosx_14_0_arm64", "cp311-cp311-macosx_11_0_arm64", nil, "cp311-cp311-macosx_11_0_arm64", ""},
		"Windows":               {"cp311-win_amd64", "cp311-cp311-win_amd64", nil, "cp311-cp311-win_amd64", ""},
		"Linux's for Windows":   {"cp311-win_amd64", native, nil, "alpha 1.0: the wheel that was built does not run on cp311-win_amd64: ", ""},
		"no object file at all": {glibc, native, map[string]string{"a.so": "\x7fELF"}, "reading \"a.so\" of alpha-1.0-" + native + ".whl: ", ""},
	} {
		t.Run(name, func(t *testing.T) {
			if name == "musl" {
				test.files["a.so"] = compileLibrary(t, "", "-nostdlib", "-Wl,--no-as-needed", muslLibrary(t))
				test.want = "cp311-cp311-musllinux_1_2_x86_64"
			}
			finished, err := sdist.Finish(t.Context(), rawWheel(t, test.tags, test.files, nil), parseTarget(t, test.target), t.TempDir())
			got := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(finished.Path), "alpha-1.0-"), ".whl")
			if err != nil {
				got = err.Error()
			}
			if got != test.want && (err == nil || !strings.HasPrefix(got, test.want)) {
				t.Errorf("got %s, want %s", got, test.want)
			}
			if strings.Join(finished.Notes, "\n") != test.note {
				t.Errorf("the notes are %q, want %q", finished.Notes, test.note)
			}
			if err == nil && !strings.Contains(members(t, finished.Path)["alpha-1.0.dist-info/WHEEL"], "Tag: "+test.want+"\n") {
				t.Errorf("WHEEL says %q", members(t, finished.Path)["alpha-1.0.dist-info/WHEEL"])
			}
		})
	}
}

// muslLibrary is the path of a library with the name of musl.
func muslLibrary(t testing.TB) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "libc.so")
	if err := os.WriteFile(path, []byte(compileLibrary(t, "", "-nostdlib", "-Wl,-soname,libc.musl-x86_64.so.1")), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestFinishRefuses lets no wheel pass that package wheel would refuse.
func TestFinishRefuses(t *testing.T) {
	out := t.TempDir()
	for name, files := range map[string]map[string]string{
		"another version": {"alpha-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: alpha\nVersion: 2.0\n"},
		"a climber":       {"../evil.py": ""},
		"a wrong digest":  {"alpha-1.0.dist-info/RECORD": "alpha/__init__.py,sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU,0\n"},
	} {
		_, err := sdist.Finish(t.Context(), rawWheel(t, "py3-none-any", files, nil), host(t), out)
		var refused *wheel.Error
		if !errors.As(err, &refused) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if left, err := os.ReadDir(out); err != nil || len(left) > 0 {
		t.Errorf("files are left: %v (%v)", left, err)
	}
}
