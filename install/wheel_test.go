package install_test

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/ofiuco/ofiuco/install"
	"github.com/ofiuco/ofiuco/tree"
	"github.com/ofiuco/ofiuco/wheel"
)

// madeWheel is a wheel to be written: the project "my-pkg" 1.0, whose .dist-info and RECORD are added.
type madeWheel struct {
	platlib bool
	members []member
}

type member struct {
	path, data string
	executable bool
	stored     bool
}

const (
	distInfo = "My_Pkg-1.0.dist-info/"
	dataDir  = "My_Pkg-1.0.data/"
)

// bytes is the wheel.
func (m madeWheel) bytes(t testing.TB) []byte {
	t.Helper()
	members := append(m.members,
		member{path: distInfo + "METADATA", data: "Metadata-Version: 2.1\nName: My.Pkg\nVersion: 1.0\n"},
		member{path: distInfo + "WHEEL", data: fmt.Sprintf("Wheel-Version: 1.0\nRoot-Is-Purelib: %v\nTag: py3-none-any\n", !m.platlib)})
	var b, record bytes.Buffer
	rows := csv.NewWriter(&record)
	z := zip.NewWriter(&b)
	for _, f := range members {
		sum := sha256.Sum256([]byte(f.data))
		_ = rows.Write([]string{f.path, "sha256=" + base64.RawURLEncoding.EncodeToString(sum[:]), fmt.Sprint(len(f.data))})
		f.add(t, z)
	}
	_ = rows.Write([]string{distInfo + "RECORD", "", ""})
	rows.Flush()
	member{path: distInfo + "RECORD", data: record.String()}.add(t, z)
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func (f member) add(t testing.TB, z *zip.Writer) {
	t.Helper()
	header := &zip.FileHeader{Name: f.path, Method: zip.Deflate}
	if f.stored {
		header.Method = zip.Store
	}
	header.SetMode(0o644)
	if f.executable {
		header.SetMode(0o755)
	}
	w, err := z.CreateHeader(header)
	if err == nil {
		_, err = w.Write([]byte(f.data))
	}
	if err != nil {
		t.Fatal(err)
	}
}

const madeName = "My_Pkg-1.0-py3-none-any.whl"

// file writes the wheel to a folder of its own.
func (m madeWheel) file(t testing.TB) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), madeName)
	if err := os.WriteFile(path, m.bytes(t), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// tree installs the wheel.
func (m madeWheel) tree(t testing.TB, options install.Options) (tree.Tree, error) {
	t.Helper()
	data := m.bytes(t)
	checked, err := wheel.Check(bytes.NewReader(data), int64(len(data)), madeName)
	if err != nil {
		t.Fatal(err)
	}
	return install.Tree(checked, bytes.NewReader(data), options)
}

// mustTree installs the wheel and returns its files' texts, too.
func (m madeWheel) mustTree(t testing.TB, options install.Options) (tree.Tree, map[string]string) {
	t.Helper()
	made, err := m.tree(t, options)
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{}
	for _, f := range made.Files() {
		data, err := f.Content.ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		texts[f.Path] = string(data)
	}
	return made, texts
}

// everything is a wheel with a file of each kind.
func everything() madeWheel {
	return madeWheel{members: []member{
		{path: "my_pkg/__init__.py", data: "def main(): print('hello')\n"},
		{path: "my_pkg/__pycache__/__init__.cpython-312.pyc", data: "stale"},
		{path: "__pycache__/x.cpython-312.pyc", data: "stale"},
		{path: "my_pkg/tool", data: "#!python\n", executable: true},
		{path: dataDir + "purelib/pure.py", data: "x = 1\n"},
		{path: dataDir + "platlib/plat.py", data: "x = 1\n"},
		{path: dataDir + "headers/h.h", data: "//\n"},
		{path: dataDir + "headers/sub/h.h", data: "//\n"},
		{path: dataDir + "scripts/s1", data: "#!python\nprint(1)\n"},
		{path: dataDir + "scripts/s2.py", data: "#!pythonw -x\nprint(1)\n", executable: true},
		{path: dataDir + "scripts/s3", data: "#!/bin/sh\n"},
		{path: dataDir + "scripts/s4", data: "\x7fELF", executable: true, stored: true},
		{path: dataDir + "scripts/s5", data: "#!python3.9 -E\r\nprint()\r\n"},
		{path: dataDir + "scripts/s6", data: "#!python"},
		{path: dataDir + "scripts/s7", data: ""},
		{path: dataDir + "data/share/x.txt", data: "d\n"},
		{path: dataDir + "data/etc/ü,\"q.txt", data: "d\n"},
		{path: distInfo + "entry_points.txt", data: "[console_scripts]\ncli = my_pkg:main\n" +
			"cli2=my_pkg.sub:a.b.c [extra]\n# a comment\n[gui_scripts]\ngui = my_pkg:main\n[other]\nx = y\n"},
		{path: distInfo + "licenses/LICENSE", data: "MIT"},
	}}
}
