package source_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"path/filepath"
	"testing"

	"github.com/ulikunitz/xz"
)

// fuzzUnpack unpacks data: whatever it is, nothing may come to lie outside, no link may lead there, and no mode may be
// other than the fixed ones.
func fuzzUnpack(t *testing.T, data []byte, filename string) {
	dir, _, err := unpack(t, data, filename)
	if err != nil {
		return
	}
	err = filepath.WalkDir(dir, func(full string, d fs.DirEntry, err error) error {
		if err != nil || full == dir {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		switch {
		case d.Type() == fs.ModeSymlink:
			// One that leads nowhere is an error here, and fine.
			if end, err := filepath.EvalSymlinks(full); err == nil {
				if relative, err := filepath.Rel(dir, end); err != nil || !filepath.IsLocal(relative) {
					t.Errorf("%s leads to %s", full, end)
				}
			}
		case d.IsDir() && info.Mode().Perm() != 0o755, d.Type().IsRegular() && info.Mode() != 0o644 && info.Mode() != 0o755:
			t.Errorf("%s has mode %s", full, info.Mode())
		case !d.IsDir() && !d.Type().IsRegular():
			t.Errorf("%s is a %s", full, info.Mode())
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// withSums gives all headers the right sum, without which chance gets no further than the first.
func withSums(data []byte) []byte {
	data = bytes.Clone(data)
	for at := 0; at+512 <= len(data); at += 512 {
		block := data[at : at+512]
		if string(block[257:262]) != "ustar" {
			continue
		}
		copy(block[148:156], "        ")
		sum := 0
		for _, c := range block {
			sum += int(c)
		}
		copy(block[148:], fmt.Sprintf("%06o\x00 ", sum))
	}
	return data
}

func FuzzUnpackTar(f *testing.F) {
	f.Add(tarOf(good, entry{name: "a/l", kind: '2', link: "../alpha-1.0"}))
	f.Add(tarOf(pax("path=a/x", "mtime=1.5", "size=1"), entry{name: "x", data: "x"}))
	f.Add(tarOf(extension('L', "a/y\x00"), extension('K', "b\x00"), entry{name: "x", kind: '2'}))
	f.Add(tarOf(entry{name: "a/x", data: "x"}, entry{name: "a/h", kind: '1', link: "a/x"}))
	f.Add(tarOf(entry{name: "a/m", kind: '2', link: "l/.."}, entry{name: "a/b/l", kind: '2', link: ".."}, entry{name: "a/l", kind: '2', link: "b"}))
	f.Fuzz(func(t *testing.T, data []byte) { fuzzUnpack(t, withSums(data), "a.tar") })
}

func FuzzUnpackZip(f *testing.F) {
	f.Add(zipOf(f, zipFile("a/x", "xx"), zipMode("a/l", "x", fs.ModeSymlink), zipFile("a/b/", "")))
	f.Add(zipOf(f, zipMode("a/run", "r", 0o755)))
	f.Fuzz(func(t *testing.T, data []byte) { fuzzUnpack(t, data, "a.zip") })
}

func FuzzUnpackXZ(f *testing.F) {
	var packed bytes.Buffer
	w, err := xz.NewWriter(&packed)
	if err != nil {
		f.Fatal(err)
	}
	w.Write(tarOf(good))
	w.Close()
	f.Add(packed.Bytes())
	f.Add(append(packed.Bytes(), make([]byte, 8)...))
	f.Fuzz(func(t *testing.T, data []byte) { fuzzUnpack(t, data, "a.tar.xz") })
}
