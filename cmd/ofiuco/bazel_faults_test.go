package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestActionFaults holds what each bad input ends in: one message that names the package, the lock's path and line and what to
// do, an exit status, and nothing half-written.
func TestActionFaults(t *testing.T) {
	sound := func(x *execroot) object {
		return entry("alpha", "1.0", x.wheel(alphaFile, map[string]string{"alpha.py": ""}))
	}
	fetch := func(package_ object, files ...string) object {
		return object{"package": package_, "target": arm, "output": "out", "files": append([]string{}, files...), "build_lock": ""}
	}
	for _, test := range []struct {
		name, action string
		instructions func(x *execroot) any
		status       int
		words        []string
	}{
		{"wrong hash", "fetch", func(x *execroot) any {
			e := sound(x)
			e["artifacts"].([]object)[0]["hashes"] = object{"sha256": strings.Repeat("0", 64)}
			return fetch(e, x.wheels()...)
		}, statusInput, []string{"ofiuco: app/poetry.lock:7: alpha 1.0: ", alphaFile, strings.Repeat("0", 64)}},
		{"no wheel for the platform", "fetch", func(x *execroot) any {
			return fetch(entry("beta", "2.0", x.wheel("beta-2.0-cp312-cp312-win_amd64.whl", nil)))
		}, statusInput, []string{"ofiuco: app/poetry.lock:7: beta 2.0: ", "cp312-manylinux_2_34_aarch64", "beta-2.0-cp312-cp312-win_amd64.whl"}},
		{"no build lock", "fetch", func(x *execroot) any {
			x.input("wheels/beta-2.0.tar.gz", []byte("x"))
			sum := "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"
			return fetch(entry("beta", "2.0", object{"filename": "beta-2.0.tar.gz", "hashes": object{"sha256": sum}}), "wheels/beta-2.0.tar.gz")
		}, statusInput, []string{
			"ofiuco: app/poetry.lock:7: beta 2.0: no wheel of it runs on cp312-manylinux_2_34_aarch64, and there is no app/ofiuco.build.lock",
			"it has no wheel at all", "build it once beside the lock, by ofiuco venv",
		}},
		{"damaged RECORD", "fetch", func(x *execroot) any {
			return fetch(entry("alpha", "1.0", x.wheel(alphaFile, map[string]string{
				"alpha.py": "x = 1\n", "alpha-1.0.dist-info/RECORD": "alpha.py,sha256=AAAA,6\nalpha-1.0.dist-info/RECORD,,\n",
			})), x.wheels()...)
		}, statusInput, []string{"ofiuco: app/poetry.lock:7: alpha 1.0: ", "RECORD"}},
		{"a file that is none of the package's", "fetch", func(x *execroot) any {
			return fetch(entry("alpha", "2.0", x.wheel(alphaFile, nil)), x.wheels()...)
		}, statusInput, []string{"app/poetry.lock:7: alpha 2.0: ", "is a file of another version"}},
		{"a folder", "fetch", func(x *execroot) any {
			e := entry("alpha", "1.0", object{"kind": "directory"})
			e["source"] = object{"kind": "directory", "path": "../alpha"}
			return fetch(e)
		}, statusInput, []string{"app/poetry.lock:7: alpha 1.0: it comes from the folder ../alpha", `deps = {"alpha": `}},
		{"no server", "fetch", func(x *execroot) any {
			e := sound(x)
			e["source"] = object{"kind": "index", "url": "http://127.0.0.1:1/simple"}
			return fetch(e)
		}, statusNetwork, []string{"app/poetry.lock:7: alpha 1.0: ", "127.0.0.1:1"}},
		{"unknown key", "install", func(*execroot) any { return object{"target": arm, "wheel": "w", "output": "out", "color": "red"} },
			statusInput, []string{`unknown field "color"`, "are the rules and the binary of one version?"}},
		{"unknown key of a package", "fetch", func(x *execroot) any {
			e := sound(x)
			e["colour"] = "red"
			return fetch(e)
		}, statusInput, []string{`unknown field "colour"`}},
		{"unknown target", "install", func(*execroot) any {
			return object{"target": object{"tag": "cp312-amiga"}, "wheel": "w", "output": "out"}
		},
			statusInput, []string{"amiga"}},
		{"no wheel", "install", func(*execroot) any { return object{"target": arm, "wheel": "w", "output": "out"} },
			statusInput, []string{`opening the wheel in "w"`, "may_build"}},
		{"no file", "zip", func(*execroot) any {
			return object{"output": "out", "target": arm, "files": []object{{"path": "gone.py", "name": "_main/gone.py"}}}
		}, statusInput, []string{`reading "_main/gone.py"`, "no such file"}},
		{"a name that leaves the zip", "zip", func(x *execroot) any {
			return object{"output": "out", "target": arm, "files": []object{{"path": x.input("a.py", nil), "name": "../a.py"}}}
		}, statusInput, []string{`"../a.py"`, ".."}},
		{"a collision", "layer", func(x *execroot) any {
			x.fetch(sound(x), arm, "w")
			return object{"output": "out", "target": arm, "wheels": []object{{"dir": "w"}}, "files": []object{{"path": x.input("a.py", []byte("mine")), "name": "alpha.py"}}}
		}, statusInput, []string{`bring different files to "alpha.py"`, "alpha 1.0", "exclude"}},
		{"more than AWS Lambda unzips", "zip", func(x *execroot) any {
			path := x.input("large.bin", nil)
			if err := os.Truncate(filepath.Join(x.dir, path), 263<<20); err != nil {
				x.Fatal(err)
			}
			lambda := object{"tag": "aws-lambda-python3.12-arm64", "python": ""}
			return object{"output": "out", "target": lambda, "files": []object{{"path": path, "name": "large.bin"}}}
		}, statusInput, []string{"too large for aws-lambda-python3.12-arm64", "the limit is", "large.bin", "leave files out with exclude"}},
		{"no interpreter", "venv", func(*execroot) any { return object{"output": "out", "target": arm, "interpreter": ""} },
			statusInput, []string{"needs an interpreter", "cp312-manylinux_2_34_aarch64"}},
		{"Windows", "venv", func(*execroot) any {
			return object{"output": "out", "target": object{"tag": "cp312-win_amd64"}, "interpreter": "/bin/sh"}
		}, statusInput, []string{"a virtual environment for Windows can't be moved"}},
		{"a used output", "install", func(x *execroot) any {
			x.fetch(sound(x), arm, "w")
			x.input("out/old", nil)
			return object{"target": arm, "wheel": "w", "output": "out"}
		}, statusInput, []string{`"out" is not empty`}},
		{"a pattern of another syntax", "modules", func(*execroot) any {
			return object{"wheels": []string{}, "exclude_patterns": []string{"(?=x)"}, "output": "out/modules.json"}
		}, statusInput, []string{"exclude_patterns", "(?=x)", "RE2"}},
		{"modules of no wheel", "modules", func(x *execroot) any {
			return object{"wheels": []string{x.input("a-1.0-py3-none-any.whl", []byte("text"))}, "exclude_patterns": []string{}, "output": "out/modules.json"}
		}, statusInput, []string{"a-1.0-py3-none-any.whl"}},
		{"not ours", "install", func(*execroot) any { return []int{1} }, statusInput, []string{"reading the instructions"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			x := newExecroot(t)
			instructions := test.instructions(x)
			before := x.tree(x.dir)
			wantFailure(t, test.name, x.run(test.action, instructions), test.status, test.words...)
			for path := range x.tree(x.dir) {
				if _, there := before[path]; !there {
					t.Errorf("%s was left", path)
				}
			}
		})
	}
}

// TestActionInstructions are files that are no instructions, and no file.
func TestActionInstructions(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"empty": "", "cut": `{"target": {`, "two": `{} {}`, "list": "[]"} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		wantFailure(t, name, finish(t, command("bazel", "zip", path)), statusInput, "reading the instructions", name)
	}
	wantFailure(t, "none", finish(t, command("bazel", "zip", filepath.Join(dir, "none"))), statusInput, "reading the instructions")
	if got := finish(t, command("bazel", "zip")); got.status == statusDone {
		t.Error("without instructions it did something")
	}
	if got := finish(t, command("--help")); strings.Contains(got.stdout, "bazel") {
		t.Errorf("the help shows people what is not for them: %s", got.stdout)
	}
}

// TestVerdictIsNeeded: a wheel that no action has checked is checked, and one whose verdict is of another is refused.
func TestVerdictIsNeeded(t *testing.T) {
	x := newExecroot(t)
	x.fetch(entry("alpha", "1.0", x.wheel(alphaFile, map[string]string{"alpha.py": ""})), arm, "w")
	data := readFile(t, filepath.Join(x.dir, "w", alphaFile))
	x.input("bare/"+alphaFile, data)
	x.must("install", object{"target": arm, "wheel": "bare", "output": "site"})
	if got := x.tree(filepath.Join(x.dir, "site")); got["alpha.py"] != "-" {
		t.Errorf("got %v", got)
	}
	x.input("damaged/"+alphaFile, bytes.Replace(data, []byte("alpha.py"), []byte("alphX.py"), 1))
	wantFailure(t, "a damaged wheel", x.run("install", object{"target": arm, "wheel": "damaged", "output": "out"}), statusInput, alphaFile)
	x.input("cut/"+alphaFile, data)
	x.input("cut/verdict", []byte("x"))
	wantFailure(t, "a damaged verdict", x.run("install", object{"target": arm, "wheel": "cut", "output": "out"}), statusInput, "verdict")
}
