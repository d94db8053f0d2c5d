package install_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ofiuco/ofiuco/install"
	"github.com/ofiuco/ofiuco/internal/oracle"
	"github.com/ofiuco/ofiuco/wheel"
)

const interpreter = "/opt/python/bin/python3.12"

// installed is a file as testdata/installed.py prints it: whether it is executable, and its digest or, of
// RECORD, its text.
type installed [2]any

// installedBy runs PyPA's installer on wheels.
func installedBy(t *testing.T, scheme install.Scheme, wheels []string) []map[string]installed {
	t.Helper()
	job, err := json.Marshal(map[string]any{
		"scheme": map[string]string{
			"purelib": scheme.Purelib, "platlib": scheme.Platlib, "headers": scheme.Headers,
			"scripts": scheme.Scripts, "data": scheme.Data,
		},
		"interpreter": interpreter,
		"metadata":    map[string]string{"INSTALLER": "ofiuco\n"},
		"wheels":      wheels,
	})
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(oracle.Python(t), "testdata/installed.py")
	cmd.Stdin = bytes.NewReader(job)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, &stderr)
	}
	var results []struct {
		Files map[string]installed
		Error string
	}
	if err := json.Unmarshal(out, &results); err != nil {
		t.Fatal(err)
	}
	var files []map[string]installed
	for i, result := range results {
		if result.Error != "" {
			t.Fatalf("installer on %s: %s", wheels[i], result.Error)
		}
		files = append(files, result.Files)
	}
	return files
}

// installedByUs is the Tree of a wheel in the same form.
func installedByUs(t *testing.T, file string, options install.Options) map[string]installed {
	t.Helper()
	archive, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer archive.Close()
	info, err := archive.Stat()
	if err != nil {
		t.Fatal(err)
	}
	checked, err := wheel.Check(archive, info.Size(), filepath.Base(file))
	if err != nil {
		t.Fatal(err)
	}
	made, err := install.Tree(checked, archive, options)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]installed{}
	for _, f := range made.Files() {
		data, err := f.Content.ReadAll()
		if err != nil {
			t.Fatalf("%q: %v", f.Path, err)
		}
		sum := sha256.Sum256(data)
		if !bytes.Equal(sum[:], f.Content.SHA256) || int64(len(data)) != f.Content.Size {
			t.Errorf("%q has another digest or size than its Content says", f.Path)
		}
		text := hex.EncodeToString(sum[:])
		if strings.HasSuffix(f.Path, ".dist-info/RECORD") {
			text = string(data)
		}
		files[f.Path] = installed{f.Executable, text}
	}
	return files
}

// cleanRows takes "./" off the rows of installer's RECORD: where two keys are one folder, its rows are not
// clean, and ours are.
func cleanRows(files map[string]installed) {
	for path, file := range files {
		if strings.HasSuffix(path, ".dist-info/RECORD") {
			text := "\n" + file[1].(string)
			text = strings.ReplaceAll(strings.ReplaceAll(text, "\n./", "\n"), "\n\"./", "\n\"")
			files[path] = installed{file[0], text[1:]}
		}
	}
}

func compare(t *testing.T, scheme install.Scheme, wheels []string) {
	t.Helper()
	for i, want := range installedBy(t, scheme, wheels) {
		cleanRows(want)
		got := installedByUs(t, wheels[i], install.Options{Scheme: scheme, Interpreter: interpreter})
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-installer +ofiuco):\n%.2000s", filepath.Base(wheels[i]), diff)
		}
	}
}

// realWheels are the smallest wheels of testdata/real.txt, downloaded once.
func realWheels(t *testing.T) []string {
	t.Helper()
	folder := filepath.Join(oracle.Dir(), "wheels", "install")
	want, err := os.ReadFile("testdata/real.txt")
	if err != nil {
		t.Fatal(err)
	}
	stamp := filepath.Join(folder, "real.txt")
	if have, err := os.ReadFile(stamp); err != nil || !bytes.Equal(have, want) {
		if err := os.RemoveAll(folder); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(oracle.Python(t), "-m", "pip", "download", "--quiet", "--disable-pip-version-check",
			"--dest", folder, "--no-deps", "--require-hashes", "--requirement", "testdata/real.txt",
			"--only-binary", ":all:", "--python-version", "3.12", "--implementation", "cp",
			"--platform", "manylinux_2_28_x86_64", "--platform", "manylinux_2_27_x86_64",
			"--platform", "manylinux_2_24_x86_64", "--platform", "manylinux_2_17_x86_64")
		if out, err := cmd.CombinedOutput(); err != nil {
			if os.Getenv("CI") == "true" {
				t.Fatalf("downloading the real wheels: %v\n%s", err, out)
			}
			t.Skipf("downloading the real wheels: %v", err)
		}
		if err := os.WriteFile(stamp, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	wheels, err := filepath.Glob(filepath.Join(folder, "*.whl"))
	if err != nil || len(wheels) == 0 {
		t.Fatalf("%d real wheels: %v", len(wheels), err)
	}
	size := map[string]int64{}
	for _, file := range wheels {
		info, err := os.Stat(file)
		if err != nil {
			t.Fatal(err)
		}
		size[file] = info.Size()
	}
	slices.SortFunc(wheels, func(a, b string) int { return int(size[a] - size[b]) })
	return wheels[:min(len(wheels), oracle.Cases(t, 8, len(wheels)))]
}

func TestRealWheelsLikeInstaller(t *testing.T) {
	wheels := realWheels(t)
	compare(t, install.Venv("python3.12", false), wheels)
	compare(t, install.Flat(), wheels)
}
