package source_test

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ofiuco/ofiuco/source"
)

// entry is a member of a tar archive that a test builds, byte by byte: no library writes the bad ones.
type entry struct {
	name, link string
	kind       byte // 0: a file, '0'
	mode       int64
	data       string
	size       *int64 // a lie, nil for none
	modified   int64
	change     func(block []byte) // before the sum
	badSum     bool
}

func (e entry) String() string {
	var b [512]byte
	copy(b[:100], e.name)
	mode, kind, size := e.mode, e.kind, int64(len(e.data))
	if mode == 0 {
		mode = 0o644
	}
	if kind == 0 {
		kind = '0'
	}
	if e.size != nil {
		size = *e.size
	}
	copy(b[100:], fmt.Sprintf("%07o\x00%07o\x00%07o\x00%011o\x00%011o\x00        ", mode, 0, 0, size, e.modified))
	b[156] = kind
	copy(b[157:257], e.link)
	copy(b[257:], "ustar\x0000")
	if e.change != nil {
		e.change(b[:])
	}
	sum := 0
	for _, c := range b {
		sum += int(c)
	}
	if e.badSum {
		sum++
	}
	copy(b[148:], fmt.Sprintf("%06o\x00 ", sum))
	return string(b[:]) + e.data + strings.Repeat("\x00", -len(e.data)&511)
}

// pax is a header of records for the next member, KEY=VALUE each.
func pax(records ...string) string { return extension('x', paxRecords(records...)) }

func extension(kind byte, data string) string {
	return entry{name: "PaxHeader", kind: kind, data: data}.String()
}

func paxRecords(records ...string) string {
	var b strings.Builder
	for _, r := range records {
		n := len(r) + 3
		for len(fmt.Sprintf("%d %s\n", n, r)) != n {
			n++
		}
		fmt.Fprintf(&b, "%d %s\n", n, r)
	}
	return b.String()
}

const tarEnd = 1024

// tarOf joins entries and ready blocks to an archive.
func tarOf(parts ...any) []byte {
	var b bytes.Buffer
	for _, p := range parts {
		fmt.Fprint(&b, p)
	}
	b.Write(make([]byte, tarEnd))
	return b.Bytes()
}

func gzipOf(data []byte) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Write(data)
	w.Close()
	return b.Bytes()
}

// zipPart is a member of a zip that a test builds.
type zipPart struct {
	header zip.FileHeader
	data   string
}

func zipOf(t testing.TB, parts ...zipPart) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, p := range parts {
		to, err := w.CreateHeader(&p.header)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := to.Write([]byte(p.data)); err != nil && !strings.HasSuffix(p.header.Name, "/") {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func zipFile(name, data string) zipPart {
	return zipPart{zip.FileHeader{Name: name, Method: zip.Deflate}, data}
}

func zipMode(name, data string, mode fs.FileMode) zipPart {
	p := zipFile(name, data)
	p.header.SetMode(mode)
	return p
}

// unpack unpacks data into a new folder beside which a witness lies; nothing may come to lie there.
func unpack(t testing.TB, data []byte, filename string) (dir, root string, err error) {
	t.Helper()
	around := t.TempDir()
	archive := filepath.Join(around, "archive")
	dir = filepath.Join(around, "in", "dir")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(archive, data, 0o600); err != nil {
		t.Fatal(err)
	}
	root, err = source.Unpack(t.Context(), archive, filename, dir)
	for _, folder := range []string{around, filepath.Join(around, "in")} {
		entries, listing := os.ReadDir(folder)
		if want := map[string]int{around: 2}[folder]; listing != nil || len(entries) != max(want, 1) {
			t.Errorf("%v lie outside (%v)", entries, listing)
		}
	}
	if got, reading := os.ReadFile(archive); reading != nil || !bytes.Equal(got, data) {
		t.Errorf("the archive changed (%v)", reading)
	}
	return dir, root, err
}

// listing is what is in a folder: "PATH x BYTES" for an executable file, "PATH f BYTES" for another, "PATH -> TARGET".
func listing(t testing.TB, dir string) []string {
	t.Helper()
	all := []string{}
	err := filepath.WalkDir(dir, func(full string, d fs.DirEntry, err error) error {
		if err != nil || full == dir {
			return err
		}
		if d.Name() == ".git" {
			return filepath.SkipDir
		}
		relative, err := filepath.Rel(dir, full)
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		at := filepath.ToSlash(relative)
		switch {
		case d.IsDir():
			all = append(all, at+"/")
		case d.Type() == fs.ModeSymlink:
			target, err := os.Readlink(full)
			if err != nil {
				return err
			}
			all = append(all, at+" -> "+target)
		default:
			data, err := os.ReadFile(full)
			if err != nil {
				return err
			}
			mark := "f"
			if info.Mode()&0o100 != 0 {
				mark = "x"
			}
			all = append(all, fmt.Sprintf("%s %s %q", at, mark, data))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func pemOf(c *x509.Certificate) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})
}
