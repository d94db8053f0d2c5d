package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ofiuco/ofiuco/internal/indextest"
	"github.com/ofiuco/ofiuco/internal/oracle"
)

// hostileWheel is a wheel of the project evil, by what is in it beside a package, and the words of its refusal.
type hostileWheel struct {
	name  string
	files map[string]string
	words string
	both  bool // it is at fault only beside another wheel
}

const evilData, evilInfo = "evil-1.0.data/", "evil-1.0.dist-info/"

func hostileWheels() []hostileWheel {
	both := func(w hostileWheel) hostileWheel {
		w.both = true
		return w
	}
	one := func(name, path, words string) hostileWheel {
		return hostileWheel{name: name, files: map[string]string{path: "#!python\nprint('evil')\n"}, words: words}
	}
	entry := func(name, line, words string) hostileWheel {
		return hostileWheel{name: name, files: map[string]string{evilInfo + "entry_points.txt": "[console_scripts]\n" + line + "\n"}, words: words}
	}
	return []hostileWheel{
		one("path_dotdot", "../outside.py", "../outside.py"),
		one("path_mid", "evil/../../../outside.py", "outside.py"),
		one("path_absolute", "/outside.py", "/outside.py"),
		one("path_backslash", `evil\..\..\outside.py`, "outside.py"),
		one("path_drive", "C:outside.py", "C:outside.py"),
		one("path_newline", "evil/new\nline.py", "line.py"),
		one("data_climb", evilData+"data/../../../outside.py", "outside.py"),
		one("data_unknown_key", evilData+"lib/outside.py", "outside.py"),
		one("data_no_key", evilData+"outside.py", "outside.py"),
		one("data_script_subdir", evilData+"scripts/sub/dir.py", "sub/dir.py"),
		one("data_script_python", evilData+"scripts/python", "would replace"),
		one("data_script_python3", evilData+"scripts/python3", "would replace"),
		one("data_script_activate", evilData+"scripts/activate", "would replace"),
		one("data_script_activate_ps1", evilData+"scripts/Activate.ps1", "would replace"),
		one("data_bin_python", evilData+"data/bin/python", "bin/python"),
		one("data_pyvenv_cfg", evilData+"data/pyvenv.cfg", "pyvenv.cfg"),
		both(one("data_state", evilData+"data/.ofiuco", ".ofiuco")),
		both(one("data_folder_of_scripts", evilData+"data/bin", "bin")),
		both(one("file_is_dir", "good", "good")),
		both(one("file_of_another", "good/__init__.py", "good/__init__.py")),
		both(one("script_of_another", evilData+"scripts/good-script", "good-script")),
		both(one("data_of_another", evilData+"data/share/good.txt", "good.txt")),
		both(one("library_of_another_by_data", evilData+"platlib/good/__init__.py", "good/__init__.py")),
		one("info_of_another", "good-1.0.dist-info/METADATA", "good-1.0.dist-info"),
		entry("ep_python", "python = evil:main", "python"),
		entry("ep_activate", "activate = evil:main", "activate"),
		entry("ep_climb", "../../outside = evil:main", "../../outside"),
		entry("ep_absolute", "/tmp/outside = evil:main", "/tmp/outside"),
		entry("ep_inject_call", "evil-run = evil:main();import os", "evil-run"),
		entry("ep_inject_line", "evil-run = evil:main\n  import os", "import os"),
		entry("ep_inject_module", "evil-run = evil\"\nimport os:main", "evil"),
		both(entry("ep_of_another", "good-run = evil:main", "good-run")),
		{name: "wheel_v2", files: map[string]string{evilInfo + "WHEEL": "Wheel-Version: 2.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"}, words: "Wheel-Version"},
		{name: "meta_name", files: map[string]string{evilInfo + "METADATA": "Metadata-Version: 2.1\nName: good\nVersion: 1.0\n"}, words: "good"},
		{name: "meta_version", files: map[string]string{evilInfo + "METADATA": "Metadata-Version: 2.1\nName: evil\nVersion: 2.0\n"}, words: "2.0"},
	}
}

// TestVenvHostileWheels adds a hostile wheel to the lock of an environment that has a sound one. The old environment
// stays, to the last byte, and nothing is written anywhere else.
func TestVenvHostileWheels(t *testing.T) {
	needSignals(t) // the paths are those of environments that are not of Windows
	t.Parallel()
	s := newShop(t)
	good := buildWheel("good-1.0-py3-none-any.whl", map[string]string{
		"good/__init__.py": "VALUE = 1\n", "good-1.0.data/scripts/good-script": "#!python\n", "good-1.0.data/data/share/good.txt": "good",
		"good-1.0.dist-info/entry_points.txt": "[console_scripts]\ngood-run = good:main\n",
	})
	row := func(project string, wheel []byte) string {
		return fmt.Sprintf("[[packages]]\nname = %q\nversion = \"1.0\"\nwheels = [{url = \"https://index.invalid/%[1]s-1.0-py3-none-any.whl\", hashes = {sha256 = %q}}]\n", project, indextest.Digest(wheel))
	}
	head := "lock-version = \"1.0\"\ncreated-by = \"test\"\n"
	store := t.TempDir()
	for _, c := range hostileWheels() {
		t.Run(c.name, func(t *testing.T) {
			c.files["evil/__init__.py"] = ""
			evil := buildWheel("evil-1.0-py3-none-any.whl", c.files)
			dir := t.TempDir()
			own := &shop{project: filepath.Join(dir, "project"), wheels: filepath.Join(dir, "wheels"), python: s.python}
			writeFiles(t, own.project, map[string]string{oldLock: head + row("good", good), newLock: head + row("good", good) + row("evil", evil)})
			writeFiles(t, own.wheels, map[string]string{"good-1.0-py3-none-any.whl": string(good), "evil-1.0-py3-none-any.whl": string(evil)})
			env := filepath.Join(dir, "env")
			before := own.make(t, oldLock, store, env)
			state := readFile(t, filepath.Join(env, ownState))
			for range min(oracle.Cases(t, 1, 2), 2) { // what the first run keeps in the store changes nothing
				got := finish(t, own.venv(newLock, store, env))
				wantFailure(t, c.name, got, statusInput, c.words, "evil")
				if at := newLock + ":7: evil 1.0: "; !strings.Contains(got.stderr, at) && !(c.both && strings.Contains(got.stderr, newLock+":13: good 1.0: ")) {
					t.Errorf("the message does not say where the lock names it: %s", got.stderr)
				}
			}
			wantContents(t, "the old environment", contents(t, env), before)
			if string(readFile(t, filepath.Join(env, ownState))) != string(state) {
				t.Error("the old environment was made again")
			}
			if left := temporaries(t, store, dir); len(left) > 0 {
				t.Errorf("%v is left", left)
			}
			entries, err := os.ReadDir(dir)
			if err != nil || len(entries) != 3 || fileExists("/tmp/outside") || fileExists("/outside.py") {
				t.Errorf("there is more than before: %v, error %v", entries, err)
			}
		})
	}
}
