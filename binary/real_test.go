package binary

import (
	"archive/zip"
	"bytes"
	"debug/elf"
	"debug/macho"
	"debug/pe"
	"fmt"
	"io"
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

// realWheels are wheels as they were published, about 30 MB, each with the targets that it must be found to run on, and
// after a bar those that it must not.
var realWheels = []struct{ pin, python, platform, runs, fails string }{
	{"markupsafe==1.1.1", "3.7", "manylinux1_x86_64", "cp38-manylinux_2_5_x86_64", "cp38-manylinux_2_5_i686 cp312-musllinux_1_2_x86_64"},
	{"markupsafe==1.1.1", "3.7", "manylinux1_i686", "cp38-manylinux_2_5_i686", "cp38-manylinux_2_5_x86_64"},
	{"markupsafe==2.1.5", "3.12", "macosx_10_9_universal2", "cp312-macosx_10_9_x86_64 cp312-macosx_11_0_arm64", "cp312-manylinux_2_28_x86_64 cp312-win_amd64"},
	{"markupsafe==2.1.5", "3.12", "win32", "cp312-win32", "cp312-win_amd64 cp311-win32"},
	{"charset-normalizer==3.5.2", "3.12", "manylinux2014_s390x", "cp312-manylinux_2_17_s390x", "cp312-manylinux_2_17_ppc64le"},
	{"markupsafe==2.1.5", "3.12", "musllinux_1_1_aarch64", "cp312-musllinux_1_1_aarch64", "cp312-manylinux_2_28_aarch64 cp312-musllinux_1_2_x86_64"},
	{"cryptography==46.0.7", "3.11", "manylinux_2_34_aarch64", "cp311-manylinux_2_34_aarch64", "cp311-manylinux_2_31_aarch64 cp311-manylinux_2_33_aarch64"},
	{"cryptography==42.0.8", "3.11", "musllinux_1_2_aarch64", "cp311-musllinux_1_2_aarch64", "cp311-manylinux_2_34_aarch64"},
	{"psycopg2-binary==2.9.10", "3.12", "manylinux2014_x86_64", "cp312-manylinux_2_17_x86_64 aws-lambda-python3.12-x86_64", "cp312-manylinux_2_5_x86_64"},
	{"pydantic-core==2.23.4", "3.12", "manylinux2014_armv7l", "cp312-manylinux_2_17_armv7l", "cp312-manylinux_2_17_aarch64"},
	{"pydantic-core==2.41.5", "3.12", "win_arm64", "cp312-win_arm64", "cp312-win_amd64 cp313-win_arm64"},
	{"numpy==2.1.0", "3.12", "macosx_14_0_arm64", "cp312-macosx_14_0_arm64 cp312-macosx_15_0_arm64", "cp312-macosx_13_0_arm64"},
	{"setuptools==75.6.0", "3.12", "any", "cp312-manylinux_2_28_x86_64 cp312-win_amd64 cp312-win_arm64 cp312-macosx_14_0_arm64 cp312-musllinux_1_2_x86_64", ""},
	{"distlib==0.3.9", "3.12", "any", "cp312-manylinux_2_28_aarch64 cp312-win32", ""},
}

// wheelOf downloads a wheel with pip into the tools' folder, where it stays.
func wheelOf(t *testing.T, pin, python, platform string) string {
	t.Helper()
	folder := filepath.Join(oracle.Dir(), "wheels", "binary", pin+"-"+platform)
	if found, _ := filepath.Glob(filepath.Join(folder, "*.whl")); len(found) == 1 {
		return found[0]
	}
	temporary := t.TempDir()
	output, err := exec.Command(oracle.Python(t), "-m", "pip", "download", "-q", "--disable-pip-version-check", "--no-deps", "--only-binary", ":all:",
		"-d", temporary, "--python-version", python, "--platform", platform, pin).CombinedOutput()
	if err != nil {
		text := fmt.Sprintf("downloading %s: %v\n%s", pin, err, output)
		if os.Getenv("CI") == "true" {
			t.Fatal(text)
		}
		t.Skip(text)
	}
	if err := os.CopyFS(folder, os.DirFS(temporary)); err != nil {
		t.Fatal(err)
	}
	found, _ := filepath.Glob(filepath.Join(folder, "*.whl"))
	if len(found) != 1 {
		t.Fatalf("pip downloaded %q", found)
	}
	return found[0]
}

// eachMember gives the files of a wheel.
func eachMember(t *testing.T, path string, take func(name string, data []byte)) {
	t.Helper()
	archive, err := zip.OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	defer archive.Close()
	for _, entry := range archive.File {
		r, err := entry.Open()
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(r)
		r.Close()
		if err != nil {
			t.Fatal(err)
		}
		take(entry.Name, data)
	}
}

// TestRealWheels reads published wheels, compares what they need with what Go's own packages say, and holds them against
// targets.
func TestRealWheels(t *testing.T) {
	if testing.Short() {
		t.Skip("reads and may download 30 MB")
	}
	for _, wheel := range realWheels {
		t.Run(wheel.pin+"-"+wheel.platform, func(t *testing.T) {
			t.Parallel()
			var targets []target.Target
			runs := strings.Fields(wheel.runs)
			for _, name := range append(runs, strings.Fields(wheel.fails)...) {
				where, err := target.Parse(name)
				if err != nil {
					t.Fatal(err)
				}
				targets = append(targets, where)
			}
			output := NewOutput(targets...)
			eachMember(t, wheelOf(t, wheel.pin, wheel.python, wheel.platform), func(name string, data []byte) {
				compareWithGo(t, name, data)
				if err := output.Add(name, bytes.NewReader(data), int64(len(data))); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			})
			if output.Len() == 0 {
				t.Error("no linked file in it")
			}
			for i, where := range targets {
				problems := slices.DeleteFunc(output.Problems(where), func(p Problem) bool { return p.Info })
				if (len(problems) == 0) != (i < len(runs)) {
					t.Errorf("on %s: %+v", where, problems)
				}
			}
		})
	}
}

// compareWithGo compares what Read finds with debug/elf, debug/macho or debug/pe.
func compareWithGo(t *testing.T, name string, data []byte) {
	t.Helper()
	counting := &countingReader{r: bytes.NewReader(data)}
	got, err := Read(counting, int64(len(data)))
	if err != nil {
		t.Errorf("%s: %v", name, err)
	}
	if got == nil {
		return
	}
	if counting.bytes > 48<<10 {
		t.Errorf("%s: %d bytes read of %d", name, counting.bytes, len(data))
	}
	var needed, versions []string
	switch got.Format {
	case ELF:
		needed, versions = goELF(t, name, data)
	case MachO:
		needed = goMachO(t, name, data)
	case PE:
		needed = goPE(t, name, data)
	}
	var gotVersions []string
	for _, v := range got.Versions {
		gotVersions = append(gotVersions, v.Library+" "+v.String())
	}
	if diff := cmp.Diff(versions, gotVersions); diff != "" {
		t.Errorf("%s: versions (-debug +ours):\n%s", name, diff)
	}
	// debug/pe lists symbols, so that it knows neither libraries without one nor their order.
	slices.Sort(needed)
	if diff := cmp.Diff(slices.Compact(needed), slices.Sorted(slices.Values(got.Needed))); diff != "" {
		t.Errorf("%s: needed (-debug +ours):\n%s", name, diff)
	}
}

func goELF(t *testing.T, name string, data []byte) (needed, versions []string) {
	f, err := elf.NewFile(bytes.NewReader(data))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	needed, err = f.ImportedLibraries()
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	needs, err := f.DynamicVersionNeeds()
	if err != nil && f.SectionByType(elf.SHT_GNU_VERNEED) != nil {
		t.Fatalf("%s: %v", name, err)
	}
	for _, library := range needs {
		for _, need := range library.Needs {
			versions = append(versions, library.Name+" "+need.Dep)
		}
	}
	return needed, versions
}

func goMachO(t *testing.T, name string, data []byte) []string {
	var slices []*macho.File
	if fat, err := macho.NewFatFile(bytes.NewReader(data)); err == nil {
		for _, arch := range fat.Arches {
			slices = append(slices, arch.File)
		}
	} else {
		thin, err := macho.NewFile(bytes.NewReader(data))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		slices = append(slices, thin)
	}
	var needed []string
	for _, slice := range slices {
		libraries, err := slice.ImportedLibraries()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		needed = append(needed, libraries...)
	}
	return needed
}

func goPE(t *testing.T, name string, data []byte) []string {
	f, err := pe.NewFile(bytes.NewReader(data))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	symbols, err := f.ImportedSymbols()
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	var needed []string
	for _, symbol := range symbols {
		_, library, _ := strings.Cut(symbol, ":")
		needed = append(needed, library)
	}
	return needed
}
