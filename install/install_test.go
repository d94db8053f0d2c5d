package install_test

import (
	"errors"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ofiuco/ofiuco/install"
	"github.com/ofiuco/ofiuco/tree"
	"github.com/ofiuco/ofiuco/wheel"
)

// Bug 11 of the original: wheels were used as they unpack. .data was not routed, there were no console
// scripts, a folder "target" was left out and a nested BUILD file hid its folder.
func TestEveryPartIsInItsPlace(t *testing.T) {
	w := everything()
	w.members = append(w.members, member{path: "target/x.py"}, member{path: "my_pkg/sub/BUILD"}, member{path: "my_pkg/sub/y.py"})
	for _, test := range []struct {
		name   string
		scheme install.Scheme
		want   []string
	}{
		{"flat", install.Flat(), []string{
			"My_Pkg-1.0.dist-info/INSTALLER", "My_Pkg-1.0.dist-info/METADATA", "My_Pkg-1.0.dist-info/RECORD",
			"My_Pkg-1.0.dist-info/WHEEL", "My_Pkg-1.0.dist-info/entry_points.txt", "My_Pkg-1.0.dist-info/licenses/LICENSE",
			"bin/cli*", "bin/cli2*", "bin/gui*", "bin/s1*", "bin/s2.py*", "bin/s3*", "bin/s4*", "bin/s5*", "bin/s6*", "bin/s7*",
			"etc/ü,\"q.txt", "include/my-pkg/h.h", "include/my-pkg/sub/h.h", "my_pkg/__init__.py",
			"my_pkg/sub/BUILD", "my_pkg/sub/y.py", "my_pkg/tool*", "plat.py", "pure.py", "share/x.txt", "target/x.py",
		}},
		{"venv", install.Venv("python3.12", false), []string{
			"bin/cli*", "bin/cli2*", "bin/gui*", "bin/s1*", "bin/s2.py*", "bin/s3*", "bin/s4*", "bin/s5*", "bin/s6*", "bin/s7*",
			"etc/ü,\"q.txt", "include/site/python3.12/my-pkg/h.h", "include/site/python3.12/my-pkg/sub/h.h",
			"lib/python3.12/site-packages/My_Pkg-1.0.dist-info/INSTALLER", "lib/python3.12/site-packages/My_Pkg-1.0.dist-info/METADATA",
			"lib/python3.12/site-packages/My_Pkg-1.0.dist-info/RECORD", "lib/python3.12/site-packages/My_Pkg-1.0.dist-info/WHEEL",
			"lib/python3.12/site-packages/My_Pkg-1.0.dist-info/entry_points.txt",
			"lib/python3.12/site-packages/My_Pkg-1.0.dist-info/licenses/LICENSE",
			"lib/python3.12/site-packages/my_pkg/__init__.py", "lib/python3.12/site-packages/my_pkg/sub/BUILD",
			"lib/python3.12/site-packages/my_pkg/sub/y.py", "lib/python3.12/site-packages/my_pkg/tool*",
			"lib/python3.12/site-packages/plat.py", "lib/python3.12/site-packages/pure.py", "lib/python3.12/site-packages/target/x.py",
			"share/x.txt",
		}},
		{"windows", install.Venv("python3.12", true), []string{
			"Lib/site-packages/My_Pkg-1.0.dist-info/INSTALLER", "Lib/site-packages/My_Pkg-1.0.dist-info/METADATA",
			"Lib/site-packages/My_Pkg-1.0.dist-info/RECORD", "Lib/site-packages/My_Pkg-1.0.dist-info/WHEEL",
			"Lib/site-packages/My_Pkg-1.0.dist-info/entry_points.txt", "Lib/site-packages/My_Pkg-1.0.dist-info/licenses/LICENSE",
			"Lib/site-packages/my_pkg/__init__.py", "Lib/site-packages/my_pkg/sub/BUILD", "Lib/site-packages/my_pkg/sub/y.py",
			"Lib/site-packages/my_pkg/tool*", "Lib/site-packages/plat.py", "Lib/site-packages/pure.py", "Lib/site-packages/target/x.py",
			"Scripts/cli-script.py*", "Scripts/cli2-script.py*", "Scripts/gui-script.pyw*",
			"Scripts/s1*", "Scripts/s2.py*", "Scripts/s3*", "Scripts/s4*", "Scripts/s5*", "Scripts/s6*", "Scripts/s7*",
			"etc/ü,\"q.txt", "include/site/python3.12/my-pkg/h.h", "include/site/python3.12/my-pkg/sub/h.h", "share/x.txt",
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			made, _ := w.mustTree(t, install.Options{Scheme: test.scheme})
			var got []string
			for _, f := range made.Files() {
				if f.Owner != "my-pkg 1.0" {
					t.Errorf("%q belongs to %q", f.Path, f.Owner)
				}
				mark := ""
				if f.Executable {
					mark = "*"
				}
				got = append(got, f.Path+mark)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// What is not rewritten stays a stream inside the wheel.
func TestNothingIsUnpacked(t *testing.T) {
	made, _ := everything().mustTree(t, install.Options{Scheme: install.Flat()})
	var rewritten []string
	for _, f := range made.Files() {
		if f.Content.Bytes != nil {
			rewritten = append(rewritten, f.Path)
		}
		if len(f.Content.SHA256) != 32 {
			t.Errorf("%q has no digest", f.Path)
		}
	}
	want := []string{distInfo + "INSTALLER", distInfo + "RECORD", "bin/cli", "bin/cli2", "bin/gui", "bin/s1", "bin/s2.py", "bin/s5", "bin/s6"}
	if diff := cmp.Diff(want, rewritten); diff != "" {
		t.Error(diff)
	}
}

func TestInterpreters(t *testing.T) {
	flat, windows := install.Flat(), install.Venv("python3.12", true)
	long := "/" + strings.Repeat("x", 123)
	for _, test := range []struct {
		scheme      install.Scheme
		interpreter string
		script      string
		want        string // what the script begins with
	}{
		{flat, "", "bin/cli", "#!/usr/bin/env python3\n# -*-"},
		{flat, "", "bin/s1", "#!/usr/bin/env python3\nprint(1)\n"},
		{flat, "", "bin/s3", "#!/bin/sh\n"},
		{flat, "/var/lang/bin/python3.12", "bin/gui", "#!/var/lang/bin/python3.12\n# -*-"},
		{flat, "/var/lang/bin/python3.12", "bin/s2.py", "#!/var/lang/bin/python3.12\nprint(1)\n"},
		{flat, "/var/lang/bin/python3.12", "bin/s5", "#!/var/lang/bin/python3.12\nprint()\r\n"},
		{flat, "/var/lang/bin/python3.12", "bin/s6", "#!/var/lang/bin/python3.12\n"},
		{flat, long, "bin/cli", "#!" + long + "\n# -*-"},
		{flat, long + "x", "bin/cli", "#!/bin/sh\n'''exec' " + long + "x \"$0\" \"$@\"\n' '''\n# -*-"},
		{flat, "/a b/it's", "bin/s1", "#!/bin/sh\n'''exec' '/a b/it'\"'\"'s' \"$0\" \"$@\"\n' '''\nprint(1)\n"},
		{flat, "./python", "bin/cli", "#!/bin/sh\n'''exec' \"$(dirname -- \"$(realpath -- \"$0\")\")\"/python \"$0\" \"$@\"\n' '''\n# -*-"},
		{windows, `C:\Program Files\python\python.exe`, "Scripts/cli-script.py", "#!C:\\Program Files\\python\\python.exe\n# -*-"},
		{windows, `C:\Program Files\python\python.exe`, "Scripts/gui-script.pyw", "#!C:\\Program Files\\python\\pythonw.exe\n# -*-"},
		{windows, "", "Scripts/gui-script.pyw", "#!/usr/bin/env pythonw3\n# -*-"},
	} {
		_, texts := everything().mustTree(t, install.Options{Scheme: test.scheme, Interpreter: test.interpreter})
		if got := texts[test.script]; !strings.HasPrefix(got, test.want) {
			t.Errorf("with %q, %s is %q, want %q…", test.interpreter, test.script, got, test.want)
		}
	}
	if _, err := everything().tree(t, install.Options{Scheme: flat, Interpreter: "/bin/sh\nexit"}); err == nil {
		t.Error("a line end in the interpreter was written")
	}
}

// Scripts run, whatever the path of their interpreter.
func TestScriptsRun(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("there is no python3")
	}
	root := t.TempDir()
	for _, name := range []string{"python3", "it's python3", strings.Repeat("x", 130)} {
		link := filepath.Join(root, name)
		wrapper := "#!/bin/sh\nexec " + python + " \"$@\"\n"
		if err := os.WriteFile(link, []byte(wrapper), 0o755); err != nil {
			t.Fatal(err)
		}
		w := everything()
		w.members = append(w.members, member{path: dataDir + "scripts/old", executable: true, data: "#!python\nimport my_pkg; my_pkg.main()\n"})
		made, texts := w.mustTree(t, install.Options{Scheme: install.Flat(), Interpreter: link})
		site := t.TempDir()
		for _, f := range made.Files() {
			mode := os.FileMode(0o644)
			if f.Executable {
				mode = 0o755
			}
			file := filepath.Join(site, f.Path)
			if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, []byte(texts[f.Path]), mode); err != nil {
				t.Fatal(err)
			}
		}
		for _, script := range []string{"cli", "gui", "old"} {
			cmd := exec.Command(filepath.Join(site, "bin", script))
			cmd.Env = append(os.Environ(), "PYTHONPATH="+site, "PYTHONDONTWRITEBYTECODE=1")
			if out, err := cmd.CombinedOutput(); err != nil || string(out) != "hello\n" {
				t.Errorf("%s by %q: %q, %v", script, name, out, err)
			}
		}
	}
}

func TestRecord(t *testing.T) {
	_, texts := everything().mustTree(t, install.Options{Scheme: install.Venv("python3.12", false), Interpreter: "/p"})
	record := texts["lib/python3.12/site-packages/"+distInfo+"RECORD"]
	for _, want := range []string{
		"../../../bin/s3,sha256=qAdtPSjSHgIBKyDq99v3VAmmJ3E0Q5Al8oLjaOMwWr8,10\n",
		"\"../../../etc/ü,\"\"q.txt\",sha256=jXS-7BvpljIq12gTuvuS1Ag5iV1t1-6AixfKIB6smL4,2\n",
		"../../../include/site/python3.12/my-pkg/sub/h.h,sha256=EB6tk2oigdU9zAZLfioqsNU7ku8-97NLZoZzAHiVyGA,3\n",
		"plat.py,sha256=nia_NpkRxFwkPGhBR7I_yeHc_PJX0pmhxjIBam_NM_Q,6\n",
		distInfo + "INSTALLER,sha256=",
		distInfo + "RECORD,,\n",
	} {
		if !strings.Contains("\n"+record, "\n"+want) {
			t.Errorf("RECORD lacks %q:\n%s", want, record)
		}
	}
	if rows := strings.Count(record, "\n"); rows != len(texts) {
		t.Errorf("RECORD has %d rows for %d files", rows, len(texts))
	}
}

// Files that tell of another installation give way to ours.
func TestInstallersOwnFiles(t *testing.T) {
	w := everything()
	for _, name := range []string{"INSTALLER", "REQUESTED", "direct_url.json"} {
		w.members = append(w.members, member{path: distInfo + name, data: "theirs"})
	}
	_, texts := w.mustTree(t, install.Options{Scheme: install.Flat()})
	if got := texts[distInfo+"INSTALLER"]; got != "ofiuco\n" {
		t.Errorf("INSTALLER is %q", got)
	}
	for _, name := range []string{"REQUESTED", "direct_url.json"} {
		if _, found := texts[distInfo+name]; found || strings.Contains(texts[distInfo+"RECORD"], name) {
			t.Errorf("%s was installed", name)
		}
	}
}

func TestDirectURL(t *testing.T) {
	hashes := map[string]string{"sha256": "00ff"}
	for _, test := range []struct {
		url  install.DirectURL
		want string
	}{
		{install.DirectURL{URL: "https://user:secret@host:8080/a%20b/x.whl?token=secret#sha256=00", Archive: &install.Archive{Hashes: hashes}},
			`{"url":"https://host:8080/a%20b/x.whl","archive_info":{"hashes":{"sha256":"00ff"}}}`},
		{install.DirectURL{URL: "https://host/x.zip", Archive: &install.Archive{}, Subdirectory: "a/b"},
			`{"url":"https://host/x.zip","archive_info":{},"subdirectory":"a/b"}`},
		{install.DirectURL{URL: "https://token@github.com/o/r.git", VCS: &install.VCS{VCS: "git", RequestedRevision: "v1<2", CommitID: "abc"}},
			`{"url":"https://github.com/o/r.git","vcs_info":{"vcs":"git","requested_revision":"v1<2","commit_id":"abc"}}`},
		{install.DirectURL{URL: "ssh://git:secret@github.com/o/r.git", VCS: &install.VCS{VCS: "git", CommitID: "abc"}},
			`{"url":"ssh://git@github.com/o/r.git","vcs_info":{"vcs":"git","commit_id":"abc"}}`},
		{install.DirectURL{URL: "git@github.com:o/r.git", VCS: &install.VCS{VCS: "git", CommitID: "abc"}},
			`{"url":"ssh://git@github.com/o/r.git","vcs_info":{"vcs":"git","commit_id":"abc"}}`},
		{install.DirectURL{URL: "file:///src/x", Directory: &install.Directory{Editable: true}},
			`{"url":"file:///src/x","dir_info":{"editable":true}}`},
	} {
		_, texts := everything().mustTree(t, install.Options{Scheme: install.Flat(), DirectURL: &test.url})
		if got := texts[distInfo+"direct_url.json"]; got != test.want+"\n" {
			t.Errorf("got  %s\nwant %s", got, test.want)
		}
		if !strings.Contains(texts[distInfo+"RECORD"], "direct_url.json,sha256=") {
			t.Error("RECORD does not list direct_url.json")
		}
	}
	for _, bad := range []string{"", "x.whl", "../x", "https://user:secret@host:port/", "user:secret@host", "mailto:secret@host", "\x00secret"} {
		_, err := everything().tree(t, install.Options{Scheme: install.Flat(), DirectURL: &install.DirectURL{URL: bad}})
		if err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: got error %v", bad, err)
		}
	}
}

// What wheel refuses, install refuses on its own, too.
func TestRefusals(t *testing.T) {
	venv, windows := install.Venv("python3.12", false), install.Venv("python3.12", true)
	entry := func(path string) *wheel.Wheel {
		return &wheel.Wheel{Filename: "x-1-py3-none-any.whl", Name: "x", DistInfo: "x-1.dist-info", DataDir: "x-1.data",
			Entries: []wheel.Entry{{Path: path}}}
	}
	for path, scheme := range map[string]install.Scheme{
		"x-1.data/scripts/python":           venv,
		"x-1.data/scripts/python3.13t":      venv,
		"x-1.data/scripts/pythonw.exe":      windows,
		"x-1.data/scripts/PYTHON.EXE":       windows,
		"x-1.data/scripts/Activate.ps1":     venv,
		"x-1.data/scripts/activate_this.py": venv,
		"x-1.data/scripts/deactivate.bat":   windows,
		"x-1.data/data/pyvenv.cfg":          venv,
		"x-1.data/data/Scripts/python.exe":  windows,
		"x-1.data/data/bin/activate":        venv,
		"x-1.data/data/../x":                venv,
		"x-1.data/data/":                    venv,
		"x-1.data/other/x":                  venv,
		"x-1.data/x":                        venv,
		"../x":                              venv,
		"/etc/passwd":                       venv,
	} {
		_, err := install.Tree(entry(path), strings.NewReader(""), install.Options{Scheme: scheme})
		if err == nil || !strings.HasPrefix(err.Error(), "x : installing x-1-py3-none-any.whl: ") {
			t.Errorf("%q: got error %v", path, err)
		}
	}
	for path, scheme := range map[string]install.Scheme{
		"x-1.data/scripts/python-config": venv, "x-1.data/scripts/pythonic": venv, "x-1.data/scripts/sub/python": venv,
		"x-1.data/scripts/activator": venv, "bin/python": venv, "pyvenv.cfg": venv, "bin/python3": install.Flat(),
	} {
		if _, err := install.Tree(entry(path), strings.NewReader(""), install.Options{Scheme: scheme}); err != nil {
			t.Errorf("%q: %v", path, err)
		}
	}
}

func TestFaults(t *testing.T) {
	twice := everything()
	twice.members = append(twice.members, member{path: dataDir + "scripts/cli", data: "other"})
	_, err := twice.tree(t, install.Options{Scheme: install.Flat()})
	var collision *tree.CollisionError
	if !errors.As(err, &collision) || collision.Path != "bin/cli" {
		t.Errorf("got error %v", err)
	}
	same := everything()
	same.members = append(same.members, member{path: dataDir + "data/my_pkg/__init__.py", data: "def main(): print('hello')\n"})
	if _, texts := same.mustTree(t, install.Options{Scheme: install.Flat()}); !slices.Contains(slices.Collect(maps.Keys(texts)), "my_pkg/__init__.py") {
		t.Error("a file that comes twice with the same bytes is missing")
	}
	broken := &wheel.Wheel{Filename: "x-1-py3-none-any.whl", Name: "x", DistInfo: "x-1.dist-info", DataDir: "x-1.data",
		Entries: []wheel.Entry{{Path: "x-1.data/scripts/x", Size: 10, CompressedSize: 10}}}
	if _, err := install.Tree(broken, strings.NewReader("short"), install.Options{Scheme: install.Flat()}); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("got error %v", err)
	}
}
