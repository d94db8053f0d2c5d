package main

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/ofiuco/ofiuco/internal/indextest"
)

// execroot is a folder that actions run in, as in a sandbox of Bazel: their inputs are links to files elsewhere, and there is
// nothing of the user, not even an environment.
type execroot struct {
	testing.TB
	dir   string
	files string // where the inputs really are
}

func newExecroot(t testing.TB) *execroot {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("links need rights")
	}
	return &execroot{t, t.TempDir(), t.TempDir()}
}

// object is JSON.
type object = map[string]any

// arm is the target of most tests.
var arm = object{"tag": "cp312-manylinux_2_34_aarch64", "python": "3.12.4"}

// input puts a file where actions see it.
func (x *execroot) input(path string, data []byte) string {
	x.Helper()
	real := filepath.Join(x.files, path)
	link := filepath.Join(x.dir, path)
	for _, dir := range []string{filepath.Dir(real), filepath.Dir(link)} {
		if err := os.MkdirAll(dir, 0o777); err != nil {
			x.Fatal(err)
		}
	}
	if err := os.WriteFile(real, data, 0o444); err != nil {
		x.Fatal(err)
	}
	if err := os.Symlink(real, link); err != nil {
		x.Fatal(err)
	}
	return path
}

// wheel makes a wheel an input, and gives what a lock says of it.
func (x *execroot) wheel(filename string, members map[string]string) object {
	x.Helper()
	all := map[string]string{} // buildWheel adds to it
	maps.Copy(all, members)
	data := buildWheel(filename, all)
	x.input("wheels/"+filename, data)
	return object{"filename": filename, "hashes": object{"sha256": indextest.Digest(data)}}
}

// entry is a package of a lock.
func entry(name, version string, artifacts ...object) object {
	return object{"name": name, "version": version, "lock": "app/poetry.lock", "line": 7, "artifacts": artifacts}
}

// run runs an action.
func (x *execroot) run(subcommand string, instructions any) outcome {
	x.Helper()
	data, err := json.Marshal(instructions)
	if err != nil {
		x.Fatal(err)
	}
	file := filepath.Join(x.TempDir(), subcommand+".json")
	if err := os.WriteFile(file, data, 0o444); err != nil {
		x.Fatal(err)
	}
	c := exec.Command("ofiuco", "bazel", subcommand, file)
	c.Dir, c.Env = x.dir, []string{"GORACE=atexit_sleep_ms=0"}
	return finish(x, c)
}

// must runs an action that is to end well, without a word.
func (x *execroot) must(subcommand string, instructions any) {
	x.Helper()
	if got := x.run(subcommand, instructions); got.status != statusDone || got.stdout+got.stderr != "" {
		x.Fatalf("%s: %s", subcommand, got)
	}
}

// fetch has a package's artifact fetched out of the inputs, and hides it from later actions behind links.
func (x *execroot) fetch(entry, target object, output string) {
	x.Helper()
	x.must("fetch", object{"package": entry, "target": target, "output": output, "files": x.wheels(), "build_lock": ""})
	x.handOn(output)
}

func (x *execroot) wheels() []string {
	x.Helper()
	found, err := filepath.Glob(filepath.Join(x.dir, "wheels", "*"))
	if err != nil {
		x.Fatal(err)
	}
	files := []string{}
	for _, path := range found {
		files = append(files, "wheels/"+filepath.Base(path))
	}
	return files
}

// handOn makes an output an input: a folder of links.
func (x *execroot) handOn(output string) {
	x.Helper()
	from, to := filepath.Join(x.dir, output), filepath.Join(x.files, output)
	if err := os.MkdirAll(filepath.Dir(to), 0o777); err != nil {
		x.Fatal(err)
	}
	if err := os.Rename(from, to); err != nil {
		x.Fatal(err)
	}
	for path := range x.tree(to) {
		link := filepath.Join(from, path)
		if err := os.MkdirAll(filepath.Dir(link), 0o777); err != nil {
			x.Fatal(err)
		}
		if err := os.Symlink(filepath.Join(to, path), link); err != nil {
			x.Fatal(err)
		}
	}
}

// tree is what a folder holds: the bytes of its files and the targets of its links, by their paths.
func (x *execroot) tree(dir string) map[string]string {
	x.Helper()
	found := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		relative, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		text, err := os.Readlink(path)
		if err != nil {
			data, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			text = info.Mode().Perm().String()[9:] + string(data) // who may execute it is what an output has of a mode
		}
		found[filepath.ToSlash(relative)] = text
		return nil
	})
	if err != nil {
		x.Fatal(err)
	}
	return found
}

// names are the paths of files in an output.
func (x *execroot) names(output string) []string {
	var names []string
	for name := range x.tree(filepath.Join(x.dir, output)) {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// alpha has all that a wheel can have.
var alpha = map[string]string{
	"alpha/__init__.py":                   "VALUE = 1\n",
	"alpha/BUILD.bazel":                   "a build file\n",
	"alpha/sub/BUILD":                     "another\n",
	"alpha/sub/data.txt":                  strings.Repeat("data ", 1000),
	"alpha/x=y.txt":                       "an equals sign",
	"target/__init__.py":                  "",
	"alpha-1.0.data/scripts/alpha-script": "#!python\nprint(1)\n", "alpha-1.0.data/purelib/alpha/late.py": "LATE = 1\n",
	"alpha-1.0.data/data/share/alpha.txt": "shared", "alpha-1.0.data/headers/alpha.h": "// header\n",
	"alpha-1.0.dist-info/entry_points.txt": "[console_scripts]\nalpha = alpha:main\n",
}

const alphaFile = "alpha-1.0-py3-none-any.whl"

// outputs runs all actions over two packages, and gives what they wrote.
func outputs(t *testing.T) map[string]string {
	x := newExecroot(t)
	alpha := entry("alpha", "1.0", x.wheel(alphaFile, alpha))
	beta := entry("beta", "2.0", x.wheel("beta-2.0-cp312-cp312-manylinux_2_17_aarch64.whl", map[string]string{"beta/core.so": "code", "beta/__init__.py": ""}))
	x.fetch(alpha, arm, "out/fetched alpha")
	x.fetch(beta, arm, "out/beta")
	x.must("build", object{"package": alpha, "target": arm, "fetched": "out/fetched alpha", "output": "out/alpha", "interpreter": "", "cc": nil, "build_lock": ""})
	x.handOn("out/alpha")
	x.must("install", object{"target": arm, "wheel": "out/alpha", "output": "out/site"})
	x.input("app/main.py", []byte("import alpha, beta\n"))
	wheels := []object{{"dir": "out/alpha", "prefix": "hub/3.12/alpha"}, {"dir": "out/beta", "prefix": "hub/3.12/beta"}}
	files := []object{{"path": "app/main.py", "name": "_main/app/main.py"}}
	x.must("zip", object{"output": "out/app.zip", "target": arm, "wheels": wheels, "files": files, "exclude": []string{"**.dist-info/**"}, "shebang": ""})
	x.must("layer", object{"output": "out/app.tar.gz", "target": arm, "prefix": "opt", "wheels": wheels, "files": files, "exclude": []string{"**.dist-info/**"}})
	x.must("layer", object{"output": "out/app.tar", "target": arm, "prefix": "opt", "wheels": wheels, "files": files, "exclude": []string{}})
	image := object{"output": "out/image", "base": x.base(), "target": arm, "prefix": "app", "wheels": wheels, "files": files, "config": object{"cmd": []string{"x"}}}
	x.must("image", image)
	x.handOn("out/image")
	x.must("tarball", object{"image": "out/image", "output": "out/image.tar", "repo_tags": []string{"team/project"}})
	x.must("venv", object{"output": "out/venv", "target": arm, "interpreter": "/bin/sh", "wheels": []object{{"dir": "out/alpha"}, {"dir": "out/beta"}}, "prompt": ""})
	for _, dir := range []string{x.dir, x.files} {
		if left := temporaries(t, dir); len(left) > 0 {
			t.Errorf("temporary files are left: %v", left)
		}
	}
	all := x.tree(x.dir)
	for path, text := range all {
		if filepath.IsAbs(text) { // an input, or one that was handed on
			all[path] = "a link"
			if !strings.HasPrefix(text, x.files) {
				t.Errorf("%s is a link to %s", path, text)
			}
		}
		if bytes.Contains([]byte(text), []byte(x.dir)) {
			t.Errorf("%s holds the path of the execution root", path)
		}
	}
	for path, text := range x.tree(x.files) {
		all["real "+path] = text
	}
	return all
}

// TestActionsArePureFunctions runs all actions twice, at different places: they write the same bytes, and nothing besides.
func TestActionsArePureFunctions(t *testing.T) {
	first, second := outputs(t), outputs(t)
	for path := range first {
		if first[path] != second[path] {
			t.Errorf("%s differs", path)
		}
	}
	if len(first) != len(second) {
		t.Errorf("%d files and %d", len(first), len(second))
	}
	for _, path := range []string{
		"out/site/alpha/__init__.py", "out/site/bin/alpha", "out/app.zip", "out/app.tar", "out/app.tar.gz", "out/image.tar", "real out/image/index.json", "real out/image/oci-layout", "out/venv/pyvenv.cfg", "out/venv/bin/python",
		"out/venv/lib/python3.12/site-packages/beta/core.so", "real out/alpha/" + alphaFile, "real out/beta/artifact.json",
	} {
		if _, there := first[path]; !there {
			t.Errorf("there is no %s", path)
		}
	}
	for path := range first {
		known := slices.ContainsFunc([]string{"wheels/", "app/", "base/", "out/", "real "}, func(prefix string) bool { return strings.HasPrefix(path, prefix) })
		if !known {
			t.Errorf("%s was left", path)
		}
	}
}

// TestZipIsTheCommands holds the action to `ofiuco zip`: the same packages and sources are the same bytes.
func TestZipIsTheCommands(t *testing.T) {
	x := newExecroot(t)
	artifact := x.wheel(alphaFile, alpha)
	x.fetch(entry("alpha", "1.0", artifact), arm, "out/alpha")
	project := t.TempDir()
	writeFiles(t, project, map[string]string{
		"src/main.py": "import alpha\n", "src/pkg/x=y.txt": "equals",
		"pylock.toml": `lock-version = "1.0"
created-by = "test"
[[packages]]
name = "alpha"
version = "1.0"
wheels = [{name = "` + alphaFile + `", path = "` + alphaFile + `", hashes = {sha256 = "` + artifact["hashes"].(object)["sha256"].(string) + `"}}]
`,
		alphaFile: string(buildWheel(alphaFile, maps.Clone(alpha))),
	})
	zipped := filepath.Join(project, "out.zip")
	got := finish(t, command("zip", "--project", project, "--target", arm["tag"].(string), "--python", "3.12.4", "--cache-dir", t.TempDir(), "--exclude", "**/late.py", "-o", zipped, filepath.Join(project, "src")))
	if got.status != statusDone {
		t.Fatal(got)
	}
	files := []object{}
	for _, name := range []string{"main.py", "pkg/x=y.txt"} {
		files = append(files, object{"path": x.input("src/"+name, readFile(t, filepath.Join(project, "src", name))), "name": name})
	}
	instructions := object{"output": "out.zip", "target": arm, "wheels": []object{{"dir": "out/alpha", "prefix": ""}}, "files": files, "exclude": []string{"**/late.py"}, "executable": []string{}, "shebang": ""}
	x.must("zip", instructions)
	if !bytes.Equal(readFile(t, zipped), readFile(t, filepath.Join(x.dir, "out.zip"))) {
		t.Error("the zips differ")
	}
	instructions["shebang"], instructions["output"] = "#!/usr/bin/env python3", "out.pyz"
	x.must("zip", instructions)
	if got, want := string(readFile(t, filepath.Join(x.dir, "out.pyz"))), "#!/usr/bin/env python3\n"+string(readFile(t, zipped)); got != want {
		t.Error("with a shebang the zip is not the same below it")
	}
}
