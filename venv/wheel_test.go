package venv_test

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ofiuco/ofiuco/install"
	"github.com/ofiuco/ofiuco/unpack"
	"github.com/ofiuco/ofiuco/venv"
	"github.com/ofiuco/ofiuco/wheel"
)

// files are a wheel's, by their paths; those that begin with "#!" are executable.
type files map[string]string

// makeWheel is a wheel of files, with the metadata that they lack.
func makeWheel(t testing.TB, name, version string, members files) (filename string, archive []byte) {
	t.Helper()
	all := files{}
	for path, text := range members {
		all[path] = text
	}
	distInfo := name + "-" + version + ".dist-info/"
	for path, text := range (files{
		"METADATA": "Metadata-Version: 2.1\nName: " + name + "\nVersion: " + version + "\n",
		"WHEEL":    "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
	}) {
		if _, there := all[distInfo+path]; !there {
			all[distInfo+path] = text
		}
	}
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	var record strings.Builder
	add := func(path, text string) {
		header := &zip.FileHeader{Name: path, Method: zip.Deflate}
		header.SetMode(0o644)
		if strings.HasPrefix(text, "#!") {
			header.SetMode(0o755)
		}
		w, err := z.CreateHeader(header)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	for _, path := range slices.Sorted(maps.Keys(all)) { // so that processes of one test make one wheel
		text := all[path]
		add(path, text)
		sum := sha256.Sum256([]byte(text))
		fmt.Fprintf(&record, "\"%s\",sha256=%s,%d\n", path, base64.RawURLEncoding.EncodeToString(sum[:]), len(text))
	}
	add(distInfo+"RECORD", record.String()+distInfo+"RECORD,,\n")
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return name + "-" + version + "-py3-none-any.whl", b.Bytes()
}

// unpacked is a package whose wheel is unpacked below a folder, as package unpack does it.
func unpacked(t testing.TB, store, name, version string, members files) venv.Package {
	t.Helper()
	filename, archive := makeWheel(t, name, version, members)
	return unpackedArchive(t, store, filename, archive)
}

func unpackedArchive(t testing.TB, store, filename string, archive []byte) venv.Package {
	t.Helper()
	w, err := wheel.Check(bytes.NewReader(archive), int64(len(archive)), filename)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(archive)
	u := &unpack.Wheel{Wheel: w, SHA256: hex.EncodeToString(sum[:])}
	u.Dir = filepath.Join(store, u.SHA256[:16])
	for i := range w.Entries {
		e := &w.Entries[i]
		content := e.Content(bytes.NewReader(archive))
		data, err := content.ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		put(t, filepath.Join(u.Dir, e.Path), data, e.Executable)
	}
	u.SelfContained = len(w.EntryPoints) == 0 && w.DataDir == ""
	if u.SelfContained {
		made, err := install.Tree(w, bytes.NewReader(archive), install.Options{Scheme: install.Flat()})
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range []string{w.DistInfo + "/RECORD", w.DistInfo + "/INSTALLER"} {
			file, _ := made.Lookup(path)
			put(t, filepath.Join(u.Dir, path), file.Content.Bytes, false)
		}
	}
	return venv.Package{Wheel: u}
}

// epoch is the time of all files of the store.
var epoch = time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)

// put writes a file of the store, unless it is there: other processes may use it.
func put(t testing.TB, path string, data []byte, executable bool) {
	t.Helper()
	info, err := os.Lstat(path)
	if err == nil && info.ModTime().Equal(epoch) {
		if old, err := os.ReadFile(path); err == nil && bytes.Equal(old, data) {
			return
		}
	}
	mode := os.FileMode(0o444)
	if executable {
		mode = 0o555
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	_ = os.Remove(path)
	if err := os.WriteFile(path, data, mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(path, epoch, epoch); err != nil {
		t.Fatal(err)
	}
	if strings.HasSuffix(path, ".py") {
		if err := os.MkdirAll(filepath.Join(filepath.Dir(path), "__pycache__"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
}
