package zipfile

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/ofiuco/ofiuco/tree"
)

// wheelFile writes a file such as a wheel of the benchmark's size: 3,000 streams, 32 MB.
func wheelFile(b *testing.B) *os.File {
	b.Helper()
	streams := noise(32<<20, 9)
	var files []tree.File
	at := 0
	for i := range 3000 {
		size := len(streams) / 3000
		if i%100 == 0 {
			size *= 50 // a shared object among sources
		} else {
			size /= 2
		}
		section := &tree.Section{Source: bytes.NewReader(streams[at : at+size]), CompressedSize: int64(size), Deflated: true}
		files = append(files, tree.File{
			Path:    fmt.Sprintf("package%02d/module_%04d.py", i/100, i*7919%3000),
			Content: tree.Content{Size: int64(3 * size), Section: section},
		})
		at += size
	}
	made, err := tree.New(files)
	if err != nil {
		b.Fatal(err)
	}
	file, err := os.Create(filepath.Join(b.TempDir(), "wheel"))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { file.Close() })
	p, err := NewPlan(b.Context(), made, 1)
	if err == nil {
		err = p.Write(b.Context(), file)
	}
	if err != nil {
		b.Fatal(err)
	}
	return file
}

// wheelTree is the Tree of a zip.
func wheelTree(b *testing.B, file *os.File) tree.Tree {
	b.Helper()
	info, err := file.Stat()
	if err != nil {
		b.Fatal(err)
	}
	r, err := zip.NewReader(file, info.Size())
	if err != nil {
		b.Fatal(err)
	}
	var files []tree.File
	for _, f := range r.File {
		offset, err := f.DataOffset()
		if err != nil {
			b.Fatal(err)
		}
		files = append(files, tree.File{Path: f.Name, Content: tree.Content{Size: int64(f.UncompressedSize64), Section: &tree.Section{
			Source: file, Offset: offset, CompressedSize: int64(f.CompressedSize64), Deflated: true, CRC32: f.CRC32,
		}}})
	}
	made, err := tree.New(files)
	if err != nil {
		b.Fatal(err)
	}
	return made
}

// BenchmarkZip is a Lambda function of 3,000 files and 32 MB, from and to a disk; "copy" reads
// and writes the same bytes without any order, for comparison.
func BenchmarkZip(b *testing.B) {
	file := wheelFile(b)
	made := wheelTree(b, file)
	for _, test := range []struct {
		name string
		jobs int
		hash bool
	}{{"jobs=1", 1, false}, {"jobs=2", 2, false}, {"jobs=2,sha256", 2, true}} {
		b.Run(test.name, func(b *testing.B) {
			path := filepath.Join(b.TempDir(), "out.zip")
			for b.Loop() {
				_ = os.Remove(path)
				p, err := NewPlan(b.Context(), made, test.jobs)
				if err != nil {
					b.Fatal(err)
				}
				out, err := os.Create(path)
				if err != nil {
					b.Fatal(err)
				}
				var inOrder io.Writer
				if test.hash {
					inOrder = sha256.New()
				}
				if err := p.WriteAt(b.Context(), out, test.jobs, inOrder); err != nil {
					b.Fatal(err)
				}
				if err := out.Close(); err != nil {
					b.Fatal(err)
				}
				b.SetBytes(p.Size())
			}
		})
	}
	b.Run("copy", func(b *testing.B) {
		path := filepath.Join(b.TempDir(), "out.zip")
		for b.Loop() {
			_ = os.Remove(path)
			out, err := os.Create(path)
			if err != nil {
				b.Fatal(err)
			}
			n, err := io.Copy(out, io.NewSectionReader(file, 0, 1<<40))
			if err != nil {
				b.Fatal(err)
			}
			if err := out.Close(); err != nil {
				b.Fatal(err)
			}
			b.SetBytes(n)
		}
	})
}
