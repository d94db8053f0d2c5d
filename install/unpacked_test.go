package install_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"io/fs"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ofiuco/ofiuco/install"
	"github.com/ofiuco/ofiuco/wheel"
)

// kind is how a file of a Layout gets to its place.
type kind struct {
	Executable bool
	Size       int64
	SHA256     string
}

// TestUnpackedIsTheTree holds both parts of a Layout against the Tree of the same wheel.
func TestUnpackedIsTheTree(t *testing.T) {
	data := everything().bytes(t)
	checked, err := wheel.Check(bytes.NewReader(data), int64(len(data)), madeName)
	if err != nil {
		t.Fatal(err)
	}
	files, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	direct := &install.DirectURL{URL: "https://host/x.whl", Archive: &install.Archive{}}
	for _, options := range []install.Options{
		{Scheme: install.Venv("python3.12", false), Interpreter: "/p/bin/python"},
		{Scheme: install.Venv("python3.12", true), Interpreter: `C:\p\python.exe`, DirectURL: direct},
	} {
		made, err := install.Tree(checked, bytes.NewReader(data), options)
		if err != nil {
			t.Fatal(err)
		}
		want := map[string]kind{}
		for _, f := range made.Files() {
			want[f.Path] = kind{f.Executable, f.Content.Size, string(f.Content.SHA256)}
		}
		for _, recorded := range []bool{false, true} {
			layout, err := install.Unpacked(checked, files, recorded, options)
			if err != nil {
				t.Fatal(err)
			}
			got := map[string]kind{}
			for _, f := range layout.Written {
				got[f.Path] = kind{f.Executable, f.Content.Size, string(f.Content.SHA256)}
			}
			for _, m := range layout.Moved {
				got[m.Path] = kind{m.Entry.Executable, m.Entry.Size, string(m.Entry.SHA256[:])}
			}
			for _, e := range checked.Entries {
				if install.Kept(checked, e.Path) {
					got[layout.Root+"/"+e.Path] = kind{e.Executable, e.Size, string(e.SHA256[:])}
				}
			}
			if recorded && options.DirectURL == nil {
				for _, name := range []string{"INSTALLER", "RECORD"} {
					path := layout.Root + "/" + distInfo + name
					if _, written := got[path]; written {
						t.Errorf("%s is written, though it is there", name)
					}
					got[path] = want[path]
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("recorded %v: %s", recorded, diff)
			}
		}
	}
}

// TestUnpackedFaults: what is wrong in an unpacked wheel is found, with the names of the wheel and the file.
func TestUnpackedFaults(t *testing.T) {
	script := "x-1.data/scripts/x"
	for path, want := range map[string]string{
		script:                        script,
		"x-1.data/other/x":            "no folder of an installation scheme",
		"x-1.data/data/pyvenv.cfg":    "would replace",
		"../x":                        "not clean",
		"x-1.data/data/bin/python3.9": "would replace",
	} {
		w := &wheel.Wheel{Filename: "x-1-py3-none-any.whl", Name: "x", DistInfo: "x-1.dist-info", DataDir: "x-1.data",
			Entries: []wheel.Entry{{Path: path, Size: 1}}}
		_, err := install.Unpacked(w, nowhere{}, false, install.Options{Scheme: install.Venv("python3.12", false)})
		if err == nil || !strings.HasPrefix(err.Error(), "x : installing x-1-py3-none-any.whl: ") || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got error %v", path, err)
		}
		if path == script && !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("got error %v", err)
		}
	}
	if install.Kept(&wheel.Wheel{}, "a/__pycache__/x") {
		t.Error("bytecode is kept")
	}
}

// nowhere is a folder without files.
type nowhere struct{}

func (nowhere) Open(name string) (fs.File, error) {
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}
