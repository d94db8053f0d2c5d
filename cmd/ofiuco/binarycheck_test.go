package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"debug/elf"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/ofiuco/ofiuco/internal/indextest"
	"github.com/ofiuco/ofiuco/internal/oracle"
)

// moduleName is the path of newModule in what is checked; its target can be any Python.
const moduleName = "part/speed.abi3.so"

var compileModule = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "module-*")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	for name, text := range map[string]string{
		"libc.c": "int fcntl64(void) { return 1; }\n", "versions": "GLIBC_2.28 { fcntl64; };\n",
		"speed.c": "extern int fcntl64(void);\nint call(void) { return fcntl64(); }\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			return nil, err
		}
	}
	for _, args := range []string{
		"-o libc.so libc.c -Wl,-soname,libc.so.6 -Wl,--version-script=versions", "-o speed.so speed.c libc.so",
	} {
		c := exec.Command("gcc", append([]string{"-shared", "-fPIC", "-nostdlib"}, strings.Fields(args)...)...)
		c.Dir = dir
		if output, err := c.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("gcc %s: %w\n%s", args, err, output)
		}
	}
	return os.ReadFile(filepath.Join(dir, "speed.so"))
})

// newModule is a library for x86_64 that needs fcntl64 of glibc 2.28.
func newModule(t *testing.T) []byte {
	t.Helper()
	oracle.Program(t, "gcc")
	if runtime.GOOS != "linux" || runtime.GOARCH != "amd64" {
		t.Skip("the compiler makes libraries of another kind")
	}
	data, err := compileModule()
	if err != nil {
		t.Fatal(err)
	}
	return bytes.Clone(data)
}

// forARM makes an ELF file one for aarch64.
func forARM(data []byte) []byte {
	data = bytes.Clone(data)
	data[18] = byte(elf.EM_AARCH64)
	return data
}

func zipOf(t *testing.T, files map[string][]byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "out.zip")
	out, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w := zip.NewWriter(out)
	for name, data := range sorted(files) {
		entry, err := w.Create(name)
		if err == nil {
			_, err = entry.Write(data)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestBinaryCheckWheel(t *testing.T) {
	file := "part-1.0-cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64.whl"
	path := filepath.Join(t.TempDir(), file)
	if err := os.WriteFile(path, buildWheel(file, map[string]string{moduleName: string(newModule(t))}), 0o666); err != nil {
		t.Fatal(err)
	}
	wantFailure(t, "a wheel whose name promises too much", finish(t, command("check", "--binary-check", path)), statusInput,
		moduleName+" needs GLIBC_2.28 (fcntl64) of libc.so.6, but cp312-manylinux_2_17_x86_64 has glibc 2.17", "--exclude")
	if got := finish(t, command("check", "--binary-check", path, "--target", "cp312-manylinux_2_28_x86_64")); got.status != statusDone ||
		got.stdout != "cp312-manylinux_2_28_x86_64: ok, libraries and programs: 1\n" {
		t.Errorf("on a newer glibc: %s", got)
	}
	got := finish(t, command("check", "--binary-check", path, "--json", "--target", "cp312-musllinux_1_2_x86_64", "--target", "cp312-manylinux_2_28_x86_64"))
	var rows []binaryCheckJSON
	if err := json.Unmarshal([]byte(got.stdout), &rows); err != nil || got.status != statusInput {
		t.Fatalf("%v: %s", err, got)
	}
	if len(rows) != 2 || rows[0].OK || len(rows[0].Problems) != 1 || rows[0].Problems[0].Path != moduleName || !rows[1].OK || rows[1].Files != 1 {
		t.Errorf("JSON: %+v", rows)
	}
	if got := finish(t, command("check", "--binary-check", path, "--exclude", "**/speed.*")); got.status != statusDone {
		t.Errorf("without the file: %s", got)
	}
}

func TestBinaryCheckZip(t *testing.T) {
	module := newModule(t)
	path := zipOf(t, map[string][]byte{"part/speed.cpython-312-x86_64-linux-gnu.so": forARM(module), "setuptools/cli.exe": []byte("MZ, but no PE"), "app.py": nil})
	wantFailure(t, "aarch64 in a zip for x86_64", finish(t, command("check", "--binary-check", path, "--target", "aws-lambda-python3.12-x86_64")), statusInput,
		path+": part/speed.cpython-312-x86_64-linux-gnu.so is an ELF file for aarch64, but aws-lambda-python3.12-x86_64 runs on x86_64")
	text := filepath.Join(t.TempDir(), "notes.txt")
	writeFiles(t, filepath.Dir(text), map[string]string{"notes.txt": "nothing to check"})
	wantFailure(t, "a text", finish(t, command("check", "--binary-check", text, "--target", "cp312-win_amd64")), statusInput, "nothing that can be checked")
	wantFailure(t, "nothing", finish(t, command("check", "--binary-check", text+"x", "--target", "cp312-win_amd64")), statusInput, "notes.txtx")
	broken := zipOf(t, map[string][]byte{"a.py": bytes.Repeat([]byte("x = 1\n"), 1000)})
	data := readFile(t, broken)
	if err := os.WriteFile(broken, data[:len(data)/2], 0o666); err != nil {
		t.Fatal(err)
	}
	wantFailure(t, "half a zip", finish(t, command("check", "--binary-check", broken, "--target", "cp312-win_amd64")), statusInput, "checking "+broken)
}

// oneWheel is a project whose lock has one wheel, with a module in it, and the index that has the wheel.
func oneWheel(t *testing.T, file string, module []byte) (project, url string) {
	t.Helper()
	index := indextest.New(t, indextest.Options{})
	sum := index.Add(file, buildWheel(file, map[string]string{"part/__init__.py": "", moduleName: string(module)}))
	project = t.TempDir()
	writeFiles(t, project, map[string]string{"poetry.lock": fmt.Sprintf("[[package]]\nname = \"part\"\nversion = \"1.0\"\noptional = false\n"+
		"python-versions = \"*\"\ngroups = [\"main\"]\nfiles = [{file = %q, hash = \"sha256:%s\"}]\n\n"+
		"[metadata]\nlock-version = \"2.1\"\npython-versions = \"^3.8\"\ncontent-hash = \"\"\n", file, sum), "src/app.py": "import part\n"})
	return project, index.URL
}

// TestBinaryCheckNewVenv has `ofiuco venv` refuse a wheel that is not for the machine that its name says.
func TestBinaryCheckNewVenv(t *testing.T) {
	file := "part-1.0-py3-none-manylinux_2_17_x86_64.whl"
	project, url := oneWheel(t, file, forARM(newModule(t)))
	dir, store := filepath.Join(t.TempDir(), "env"), t.TempDir()
	args := []string{"venv", "--project", project, "--index-url", url, "--cache-dir", store, "--no-project", "--python", oracle.Python(t), dir}
	wantFailure(t, "checked", finish(t, command(append(args, "--binary-check")...)), statusInput,
		"part 1.0: "+moduleName+" is an ELF file for aarch64", "the file is of "+file)
	if _, err := os.Stat(dir); err == nil {
		t.Error("there is an environment")
	}
	allowBinaries(t, project)
	for _, run := range [][]string{args, append(args, "--binary-check")} {
		if got := finish(t, command(run...)); got.status != statusDone {
			t.Errorf("%q: %s", run, got)
		}
	}
}

// allowBinaries waives the check for the package of oneWheel.
func allowBinaries(t *testing.T, project string) {
	t.Helper()
	writeFiles(t, project, map[string]string{"pyproject.toml": "[tool.ofiuco.allow]\nPart = \"binary\"\n"})
}

// TestBinaryCheckOutput has the commands that write outputs refuse one.
func TestBinaryCheckOutput(t *testing.T) {
	file := "part-1.0-cp312-cp312-manylinux_2_17_x86_64.whl"
	project, url := oneWheel(t, file, newModule(t))
	store := t.TempDir()
	for _, kind := range []string{"zip", "tree"} {
		out := filepath.Join(t.TempDir(), "out")
		args := func(glibc string, more ...string) []string {
			return append([]string{kind, "--project", project, "--index-url", url, "--cache-dir", store, "-o", out,
				"--target", "cp312-manylinux_2_" + glibc + "_x86_64"}, append(more, filepath.Join(project, "src"))...)
		}
		wantFailure(t, kind, finish(t, command(args("17", "--binary-check")...)), statusInput,
			"part 1.0: "+moduleName+" needs GLIBC_2.28 (fcntl64) of libc.so.6", "the file is of "+file)
		if _, err := os.Stat(out); err == nil {
			t.Errorf("%s: there is an output", kind)
		}
		for _, run := range [][]string{args("28", "--binary-check"), args("17", "--binary-check", "--exclude", moduleName)} {
			if got := finish(t, command(run...)); got.status != statusDone {
				t.Errorf("%q: %s", run, got)
			}
		}
		allowBinaries(t, project)
		if got := finish(t, command(args("17", "--binary-check")...)); got.status != statusDone {
			t.Errorf("%s, allowed: %s", kind, got)
		}
		if err := os.Remove(filepath.Join(project, "pyproject.toml")); err != nil {
			t.Fatal(err)
		}
	}
}

// TestBinaryCheckVenv checks an environment for its own interpreter, to which it leads.
func TestBinaryCheckVenv(t *testing.T) {
	module := newModule(t)
	dir, store := filepath.Join(t.TempDir(), "env"), t.TempDir()
	if output, err := exec.Command(oracle.Python(t), "-m", "venv", "--without-pip", dir).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	packages, err := filepath.Glob(filepath.Join(dir, "lib", "python*", "site-packages"))
	if err != nil || len(packages) != 1 {
		t.Fatal(packages, err)
	}
	writeFiles(t, store, map[string]string{"part/speed.abi3.so": string(module), "part/libs/libfoo.so": string(forARM(module))})
	for link, to := range map[string]string{"part": filepath.Join(store, "part"), "again": packages[0], "lost": "nowhere"} {
		if err := os.Symlink(to, filepath.Join(packages[0], link)); err != nil {
			t.Fatal(err)
		}
	}
	inside := strings.TrimPrefix(filepath.ToSlash(packages[0]), filepath.ToSlash(dir)+"/")
	wantFailure(t, "a library for aarch64", finish(t, command("check", "--cache-dir", store, "--binary-check", dir)), statusInput, inside+"/part/libs/libfoo.so is an ELF file for aarch64")
	got := finish(t, command("check", "--cache-dir", store, "--binary-check", dir, "--exclude", "**/libfoo.so"))
	if got.status != statusDone || !strings.HasSuffix(got.stdout, ": ok, libraries and programs: 1\n") {
		t.Errorf("without it: %s", got)
	}
}

// layerOf is a tar archive of files in this order; a name that ends with "->" is a link to its content.
func layerOf(t *testing.T, files ...[2]string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, f := range files {
		header := &tar.Header{Name: f[0], Mode: 0o755, Size: int64(len(f[1])), Typeflag: tar.TypeReg}
		if name, ok := strings.CutSuffix(f[0], "->"); ok {
			header = &tar.Header{Name: name, Linkname: f[1], Typeflag: tar.TypeSymlink}
		}
		if err := w.WriteHeader(header); err != nil {
			t.Fatal(err)
		}
		if header.Typeflag == tar.TypeReg {
			if _, err := w.Write([]byte(f[1])); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func gzipped(t *testing.T, data []byte) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func zstdOf(t *testing.T, data []byte) string {
	t.Helper()
	w, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	return string(w.EncodeAll(data, nil))
}

// layoutOf is an OCI image layout, by path: an index of images, each by its architecture.
func layoutOf(t *testing.T, images map[string][]string) map[string]string {
	t.Helper()
	files := map[string]string{"oci-layout": `{"imageLayoutVersion": "1.0.0"}`}
	blob := func(data string) string {
		sum := indextest.Digest([]byte(data))
		files["blobs/sha256/"+sum] = data
		return "sha256:" + sum
	}
	var manifests []string
	for architecture, layers := range sorted(images) {
		var descriptors []string
		for _, layer := range layers {
			descriptors = append(descriptors, fmt.Sprintf(`{"digest": %q}`, blob(layer)))
		}
		manifests = append(manifests, fmt.Sprintf(`{"digest": %q, "platform": {"os": "linux", "architecture": %q}}`,
			blob(`{"layers": [`+strings.Join(descriptors, ", ")+`]}`), architecture))
	}
	index := blob(`{"manifests": [` + strings.Join(manifests, ", ") + `]}`)
	files["index.json"] = fmt.Sprintf(`{"manifests": [{"digest": %q}]}`, index)
	return files
}

// TestBinaryCheckImage checks what a container sees of an image's layers, in each form that images have.
func TestBinaryCheckImage(t *testing.T) {
	module := string(newModule(t))
	arm := string(forARM([]byte(module)))
	base := layerOf(t, [2]string{"app/speed.abi3.so", arm}, [2]string{"app/old/speed.abi3.so", arm}, [2]string{"./opt/a/speed.abi3.so", arm},
		[2]string{"srv/speed.abi3.so", arm}, [2]string{"lib/libc.so.6->", "libc-2.31.so"})
	hidden := layerOf(t, [2]string{"app/speed.abi3.so", module}, [2]string{"app/.wh.old", ""}, [2]string{"opt/.wh..wh..opq", ""}, [2]string{"opt/b/speed.abi3.so", module},
		[2]string{"srv->", "/app"})
	shown := layerOf(t, [2]string{"app/more/speed.abi3.so", arm})
	docker := func(layers ...string) string {
		entries := [][2]string{{"manifest.json", `[{"Layers": ["0/layer.tar", "./1/layer.tar", "2/layer.tar"]}]`}}
		for i, layer := range layers {
			entries = append(entries, [2]string{fmt.Sprintf("%d/layer.tar", i), layer})
		}
		return string(layerOf(t, append(entries, [2]string{"2/layer.tar->", "../1/layer.tar"})...))
	}
	dir := t.TempDir()
	writeFiles(t, filepath.Join(dir, "oci"), layoutOf(t, map[string][]string{"amd64": {gzipped(t, base), zstdOf(t, hidden)}, "arm64": {string(base)}}))
	var entries [][2]string
	for name, data := range sorted(layoutOf(t, map[string][]string{"amd64": {string(base), string(hidden), gzipped(t, shown)}})) {
		entries = append(entries, [2]string{name, data})
	}
	writeFiles(t, dir, map[string]string{
		"oci.tar": string(layerOf(t, entries...)), "docker.tar": docker(string(base), string(hidden)), "docker.tar.gz": gzipped(t, []byte(docker(string(base), string(hidden)))),
		"plain.tar": string(hidden), "deep/oci-layout": "{}", "deep/index.json": `{"manifests": [{"digest": "sha256:../../etc/passwd"}]}`,
		"none/oci-layout": "{}", "none/index.json": `{"manifests": [{"digest": "sha256:` + strings.Repeat("0", 64) + `", "platform": {"os": "linux", "architecture": "s390x"}}]}`,
	})
	for name, want := range map[string]string{"oci": "", "docker.tar": "", "docker.tar.gz": "", "plain.tar": "",
		"oci.tar": "app/more/speed.abi3.so is an ELF file for aarch64", "deep": "is no digest", "none": "only for linux/s390x"} {
		got := finish(t, command("check", "--binary-check", filepath.Join(dir, name), "--target", "cp312-manylinux_2_28_x86_64"))
		if want != "" {
			wantFailure(t, name, got, statusInput, want)
			if strings.Contains(got.stderr, "old") {
				t.Errorf("%s: what is hidden counts: %s", name, got)
			}
		} else if got.status != statusDone || !strings.HasSuffix(got.stdout, ": ok, libraries and programs: 2\n") {
			t.Errorf("%s: %s", name, got)
		}
	}
	got := finish(t, command("check", "--binary-check", filepath.Join(dir, "oci"), "--target", "cp312-manylinux_2_28_aarch64"))
	if got.status != statusDone || !strings.HasSuffix(got.stdout, ": ok, libraries and programs: 4\n") {
		t.Errorf("the image for arm64: %s", got)
	}
}
