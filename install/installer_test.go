package install_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
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

// executableScripts makes all scripts executable, as uv does: installer leaves them as the archive has them, which may have been
// made on Windows.
func executableScripts(files map[string]installed, scheme install.Scheme) {
	for path, file := range files {
		if strings.HasPrefix(path, scheme.Scripts+"/") {
			files[path] = installed{true, file[1]}
		}
	}
}

func compare(t *testing.T, scheme install.Scheme, wheels []string) {
	t.Helper()
	for i, want := range installedBy(t, scheme, wheels) {
		cleanRows(want)
		executableScripts(want, scheme)
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

func TestMadeWheelsLikeInstaller(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	wheels := []string{everything().file(t)}
	for range oracle.Cases(t, 40, 400) {
		wheels = append(wheels, randomWheel(r).file(t))
	}
	compare(t, install.Venv("python3.12", false), wheels)
	compare(t, install.Scheme{Purelib: "a/b", Platlib: "a/c/d", Headers: "h", Scripts: "a/b/s", Data: "a"}, wheels)
	compare(t, install.Flat(), wheels)
}

// randomWheel has files of any kind under odd names, none of them twice.
func randomWheel(r *rand.Rand) madeWheel {
	pick := func(list ...string) string { return list[r.IntN(len(list))] }
	w := madeWheel{platlib: r.IntN(2) == 0}
	n := 0
	unique := func() string {
		n++
		return pick("f", "F", "a b", "q\"", "c,", "ü", "日本", "-x", "x=1", ".h", "zz.", "'") + strconv.Itoa(n)
	}
	for range r.IntN(12) {
		folder := pick("", "", "pkg/", "pkg/sub/", "pkg/__pycache__/", "__pycache__/", "data/scripts/",
			dataDir+"purelib/", dataDir+"platlib/p/", dataDir+"headers/", dataDir+"headers/h/", dataDir+"data/",
			dataDir+"data/share/", dataDir+"scripts/", dataDir+"scripts/", distInfo, distInfo+"licenses/")
		w.members = append(w.members, member{
			path:       folder + unique(),
			data:       pick("", "text\n", "#!python", "#!python\n", "#!pythonw x\nrest\n\n", "#! python\n", "#!python3\r\nx", "#!pytho"),
			executable: r.IntN(3) == 0,
			stored:     r.IntN(3) == 0,
		})
	}
	if r.IntN(2) == 0 {
		var text strings.Builder
		for _, group := range []string{"console_scripts", "other", "gui_scripts"} {
			text.WriteString("[" + group + "]\n")
			for range r.IntN(3) {
				text.WriteString("e" + pick("", ".", "-", "_") + strconv.Itoa(n) + pick("=", " = ") + pick("m", "m.n", "_") +
					pick(":", " : ") + pick("f", "f.g.h", "_") + pick("", " [x]", "[x,y]") + "\n")
				n++
			}
		}
		w.members = append(w.members, member{path: distInfo + "entry_points.txt", data: text.String()})
	}
	return w
}

// Flat is where uv and pip put things with --target, but for the folder of pip's headers.
func TestFlatIsATargetFolder(t *testing.T) {
	file := everything().file(t)
	var want []string
	for path := range installedByUs(t, file, install.Options{Scheme: install.Flat()}) {
		want = append(want, path)
	}
	slices.Sort(want)
	for name, cmd := range map[string][]string{
		"uv":  {oracle.Tool(t, "uv"), "pip", "install", "--quiet", "--offline", "--no-deps", "--python", oracle.Python(t)},
		"pip": {oracle.Python(t), "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", "--no-compile", "--disable-pip-version-check"},
	} {
		folder := filepath.Join(t.TempDir(), "target")
		if out, err := exec.Command(cmd[0], append(cmd[1:], "--target", folder, file)...).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", name, err, out)
		}
		var got []string
		err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			path = filepath.ToSlash(strings.TrimPrefix(path, folder+string(filepath.Separator)))
			if _, after, found := strings.Cut(path, "/my-pkg/"); found && name == "pip" {
				path = "include/my-pkg/" + after
			}
			switch filepath.Base(path) {
			case "REQUESTED", "direct_url.json", "uv_cache.json", ".lock":
			default:
				got = append(got, path)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		got = slices.DeleteFunc(got, func(path string) bool { return strings.Contains(path, "__pycache__") })
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-ofiuco +%s):\n%s", name, name, diff)
		}
	}
}
