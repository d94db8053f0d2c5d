package zipfile

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/flate"

	"github.com/ofiuco/ofiuco/tree"
)

// memory is an io.WriterAt that keeps what it is given.
type memory struct{ b []byte }

func (m *memory) WriteAt(p []byte, offset int64) (int, error) {
	return copy(m.b[offset:], p), nil
}

// render writes a Tree's zip to memory.
func render(t testing.TB, made tree.Tree, jobs int) []byte {
	t.Helper()
	p, err := NewPlan(t.Context(), made, jobs)
	if err != nil {
		t.Fatal(err)
	}
	out := &memory{make([]byte, p.Size())}
	if err := p.WriteAt(t.Context(), out, jobs, nil); err != nil {
		t.Fatal(err)
	}
	return out.b
}

func newTree(t testing.TB, files ...tree.File) tree.Tree {
	t.Helper()
	made, err := tree.New(files)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// deflated is a Content as a wheel has it: a deflate stream at an odd offset of a larger file.
func deflated(t testing.TB, data []byte) tree.Content {
	t.Helper()
	var b bytes.Buffer
	b.WriteString("before")
	w, err := flate.NewWriter(&b, flate.BestSpeed)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = w.Write(data)
	_ = w.Close()
	end := b.Len()
	b.WriteString("behind")
	return tree.Content{Size: int64(len(data)), Section: &tree.Section{
		Source: bytes.NewReader(b.Bytes()), Offset: 6, CompressedSize: int64(end - 6),
		Deflated: true, CRC32: crc32.ChecksumIEEE(data),
	}}
}

func stored(data []byte) tree.Content {
	return tree.Content{Size: int64(len(data)), Section: &tree.Section{
		Source: bytes.NewReader(data), CompressedSize: int64(len(data)), CRC32: crc32.ChecksumIEEE(data),
	}}
}

func opened(data []byte) tree.Content {
	return tree.Content{Size: int64(len(data)), Open: func() (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(data)), nil
	}}
}

func noise(n int, seed uint64) []byte {
	b := make([]byte, n)
	r := rand.NewChaCha8([32]byte{byte(seed), byte(seed >> 8)})
	_, _ = r.Read(b)
	return b
}

func text(n int) []byte {
	return bytes.Repeat([]byte("import os  # and then some more words\n"), n/38+1)[:n]
}

// sample is a Tree with every kind of content, in memory and too large for it.
func sample(t testing.TB) (tree.Tree, map[string][]byte) {
	contents := map[string][]byte{
		"app/__init__.py":     {},
		"app/empty_deflated":  {},
		"app/handler.py":      text(3000),
		"app/data=a,b.bin":    noise(2000, 1),
		"app/large.txt":       bytes.Repeat(noise(20<<10, 5), 10),
		"app/large.bin":       noise(1200<<10, 2),
		"numpy/core.so":       text(900_000),
		"numpy/stored.txt":    text(5000),
		"numpy/stored.bin":    noise(5000, 3),
		"numpy/stored.big":    append(noise(1100<<10, 4), text(200_000)...),
		"zusätze/größe.txt":   []byte("x"),
		"zusätze/日本.txt":      text(100),
		"bin/tool":            []byte("#!/bin/sh\nexit 0\n"),
		"a.b/c":               []byte("ordered before a/c by bytes"),
		"a/c":                 []byte("c"),
		"python/six.py":       text(40_000),
		"six-1.dist-info/RE…": []byte("RECORD"),
	}
	var files []tree.File
	for path, data := range contents {
		file := tree.File{Path: path, Owner: "app", Content: tree.BytesContent(data), Executable: path == "bin/tool"}
		switch {
		case strings.HasPrefix(path, "app/large"):
			file.Content = opened(data)
		case strings.Contains(path, "stored"):
			file.Owner, file.Content = "numpy 2.1.0", stored(data)
		case path == "app/empty_deflated" || strings.HasSuffix(path, ".so") || strings.HasSuffix(path, "six.py"):
			file.Owner, file.Content = "six 1.17.0", deflated(t, data)
		}
		files = append(files, file)
	}
	return newTree(t, files...), contents
}

// goldenDigest is the SHA-256 of sample's zip. It changes when a release of ofiuco writes other bytes
// for the same Tree, which its notes must say.
const goldenDigest = "c91c718073afe28e89aa5ba0d1724aa6289007faa4fb0fe1cb5f4e263aaa8adf"

func TestBytesAreThoseOfTheGolden(t *testing.T) {
	made, _ := sample(t)
	sum := sha256.Sum256(render(t, made, 2))
	if got := hex.EncodeToString(sum[:]); got != goldenDigest {
		t.Errorf("the zip of the sample has SHA-256 %s, want %s", got, goldenDigest)
	}
}

func TestBytesDoNotDependOnWorkers(t *testing.T) {
	made, _ := sample(t)
	want := render(t, made, 1)
	workers := []int{-1, 0, 3, 16, 500}
	if testing.Short() {
		workers = []int{16}
	}
	for _, jobs := range workers {
		if !bytes.Equal(render(t, made, jobs), want) {
			t.Errorf("%d workers write other bytes than one", jobs)
		}
	}
	p, err := NewPlan(t.Context(), made, 2)
	if err != nil {
		t.Fatal(err)
	}
	var inOrder, sequential bytes.Buffer
	if err := p.WriteAt(t.Context(), &memory{make([]byte, p.Size())}, 8, &inOrder); err != nil {
		t.Fatal(err)
	}
	if err := p.Write(t.Context(), &sequential); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(inOrder.Bytes(), want) || !bytes.Equal(sequential.Bytes(), want) {
		t.Error("written in order, the bytes are others")
	}
}

func TestGoReadsWhatIsWritten(t *testing.T) {
	made, contents := sample(t)
	b := render(t, made, 2)
	r, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	if len(r.File) != len(contents) {
		t.Errorf("%d entries, want %d", len(r.File), len(contents))
	}
	for i, f := range r.File {
		if i > 0 && r.File[i-1].Name >= f.Name {
			t.Errorf("%q stands before %q", r.File[i-1].Name, f.Name)
		}
		if got := readEntry(t, f); !bytes.Equal(got, contents[f.Name]) {
			t.Errorf("%q has other bytes", f.Name)
		}
		checkHeader(t, f)
	}
}

func readEntry(t *testing.T, f *zip.File) []byte {
	t.Helper()
	r, err := f.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatalf("%q: %v", f.Name, err)
	}
	return b
}

func checkHeader(t *testing.T, f *zip.File) {
	t.Helper()
	wantMode := os.FileMode(0o644)
	if f.Name == "bin/tool" {
		wantMode = 0o755
	}
	if f.Mode() != wantMode {
		t.Errorf("%q has mode %v, want %v", f.Name, f.Mode(), wantMode)
	}
	if !f.Modified.Equal(time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("%q has time %v", f.Name, f.Modified)
	}
	if len(f.Extra) > 0 || f.Comment != "" || f.Flags&^flagUTF8 != 0 {
		t.Errorf("%q has flags %#x, extra %q, comment %q", f.Name, f.Flags, f.Extra, f.Comment)
	}
	ascii := strings.IndexFunc(f.Name, func(r rune) bool { return r > 0x7f }) < 0
	if ascii == (f.Flags&flagUTF8 != 0) {
		t.Errorf("%q has flags %#x", f.Name, f.Flags)
	}
	if f.Method == methodStore && f.CompressedSize64 != f.UncompressedSize64 ||
		f.Method == methodDeflate && f.UncompressedSize64 == 0 {
		t.Errorf("%q has method %d, sizes %d and %d", f.Name, f.Method, f.CompressedSize64, f.UncompressedSize64)
	}
	random := strings.HasSuffix(f.Name, ".bin")
	if random != (f.Method == methodStore) && f.UncompressedSize64 > 100 {
		t.Errorf("%q has method %d", f.Name, f.Method)
	}
}

// Streams of a wheel stand in the zip bit by bit.
func TestStreamsAreCopied(t *testing.T) {
	content := deflated(t, text(100_000))
	stream := make([]byte, content.Section.CompressedSize)
	if _, err := content.Section.Source.ReadAt(stream, content.Section.Offset); err != nil {
		t.Fatal(err)
	}
	b := render(t, newTree(t, tree.File{Path: "six.py", Content: content}), 1)
	if !bytes.Equal(b[30+6:30+6+len(stream)], stream) {
		t.Error("the deflate stream was not copied")
	}
}

// A wheel of which nothing is left out is read in a few large pieces.
func TestNeighboursAreReadAtOnce(t *testing.T) {
	var wheel bytes.Buffer
	w := zip.NewWriter(&wheel)
	for i := range 100 {
		data := text(1000 + i)
		var stream bytes.Buffer
		deflater, _ := flate.NewWriter(&stream, 6)
		_, _ = deflater.Write(data)
		_ = deflater.Close()
		e, err := w.CreateRaw(&zip.FileHeader{
			Name: fmt.Sprintf("pkg/%03d.py", i), Method: zip.Deflate, CRC32: crc32.ChecksumIEEE(data),
			CompressedSize64: uint64(stream.Len()), UncompressedSize64: uint64(len(data)),
		})
		if err != nil {
			t.Fatal(err)
		}
		_, _ = e.Write(stream.Bytes())
	}
	_ = w.Close()
	source := &countingReader{ReaderAt: bytes.NewReader(wheel.Bytes())}
	r, err := zip.NewReader(bytes.NewReader(wheel.Bytes()), int64(wheel.Len()))
	if err != nil {
		t.Fatal(err)
	}
	var files []tree.File
	for _, f := range r.File {
		offset, _ := f.DataOffset()
		files = append(files, tree.File{Path: f.Name, Content: tree.Content{Size: int64(f.UncompressedSize64), Section: &tree.Section{
			Source: source, Offset: offset, CompressedSize: int64(f.CompressedSize64), Deflated: true, CRC32: f.CRC32,
		}}})
	}
	b := render(t, newTree(t, files...), 1)
	if source.reads != 1 {
		t.Errorf("%d reads for neighbours, want 1", source.reads)
	}
	made, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	for i, f := range made.File {
		if got := readEntry(t, f); !bytes.Equal(got, text(1000+i)) {
			t.Errorf("%q has other bytes", f.Name)
		}
	}
}

type countingReader struct {
	io.ReaderAt
	reads int
}

func (c *countingReader) ReadAt(p []byte, offset int64) (int, error) {
	c.reads++
	return c.ReaderAt.ReadAt(p, offset)
}

// A source of a type that can't be compared is no reason to panic.
func TestSourcesThatDoNotCompare(t *testing.T) {
	data := text(100)
	section := func() *tree.Section {
		return &tree.Section{Source: plainReader{data}, CompressedSize: 100, Deflated: true}
	}
	made := newTree(t,
		tree.File{Path: "a", Content: tree.Content{Size: 5, Section: section()}},
		tree.File{Path: "b", Content: tree.Content{Size: 5, Section: section()}})
	if b := render(t, made, 1); bytes.Count(b, data) != 2 {
		t.Error("the sections were not copied")
	}
}

type plainReader struct{ b []byte }

func (p plainReader) ReadAt(b []byte, offset int64) (int, error) {
	return bytes.NewReader(p.b).ReadAt(b, offset)
}

func TestEmptyTree(t *testing.T) {
	b := render(t, tree.Tree{}, 2)
	if want := append([]byte("PK\x05\x06"), make([]byte, 18)...); !bytes.Equal(b, want) {
		t.Errorf("got %q, want %q", b, want)
	}
}

func TestReport(t *testing.T) {
	made := newTree(t,
		tree.File{Path: "app.py", Owner: "src", Content: tree.BytesContent(text(1000))},
		tree.File{Path: "numpy/a", Owner: "numpy 2.1.0", Content: tree.BytesContent(noise(4000, 1))},
		tree.File{Path: "numpy/b", Owner: "numpy 2.1.0", Content: tree.BytesContent(noise(10, 2))},
		tree.File{Path: "six.py", Owner: "six 1.17.0", Content: tree.BytesContent(text(1000))})
	p, err := NewPlan(t.Context(), made, 1)
	if err != nil {
		t.Fatal(err)
	}
	report := p.Report(2)
	if report.Files != 4 || report.Unzipped != 6010 || report.Zipped != p.Size() {
		t.Errorf("got %+v", report)
	}
	if len(report.Owners) != 3 || report.Owners[0].Owner != "numpy 2.1.0" || report.Owners[1].Owner != "six 1.17.0" {
		t.Errorf("owners %+v", report.Owners)
	}
	if len(report.Largest) != 2 || report.Largest[0].Path != "numpy/a" || report.Largest[1].Path != "app.py" {
		t.Errorf("largest %+v", report.Largest)
	}
	sum := int64(endRecordSize)
	for _, owner := range report.Owners {
		sum += owner.Zipped
	}
	if sum != p.Size() {
		t.Errorf("owners and end record are %d bytes, the zip is %d", sum, p.Size())
	}
}

func TestFaultsOfSources(t *testing.T) {
	fault := errors.New("disk on fire")
	changing := func(datas ...[]byte) tree.Content {
		calls := 0
		return tree.Content{Size: int64(len(datas[0])), Open: func() (io.ReadCloser, error) {
			data := datas[min(calls, len(datas)-1)]
			calls++
			return io.NopCloser(bytes.NewReader(data)), nil
		}}
	}
	section := tree.Section{Source: bytes.NewReader(nil), CompressedSize: 10, Deflated: true}
	negative, huge := section, section
	negative.CompressedSize, huge.CompressedSize = -1, 1<<62
	for _, test := range []struct {
		name    string
		content tree.Content
		want    string
	}{
		{"open", tree.Content{Size: 1, Open: func() (io.ReadCloser, error) { return nil, fault }}, `six 1: reading "a/b": disk on fire`},
		{"short", tree.Content{Size: 5, Bytes: []byte("1234")}, `six 1: reading "a/b": ends 1 bytes before its size`},
		{"long", tree.Content{Size: 3, Bytes: []byte("1234")}, `six 1: reading "a/b": is longer than its size says`},
		{"section", tree.Content{Size: 5, Section: &section}, `six 1: copying "a/b": unexpected EOF`},
		{"negative", tree.Content{Size: 5, Section: &negative}, `six 1: "a/b" has a negative size`},
		{"huge", tree.Content{Size: 5, Section: &huge}, `six 1: "a/b" ends beyond`},
		{"changed", changing(noise(100<<10, 1), noise(100<<10, 2)), `six 1: copying "a/b": the file was changed`},
		{"grown", changing(noise(100<<10, 1), noise(200<<10, 1)), `six 1: copying "a/b": is longer than`},
	} {
		t.Run(test.name, func(t *testing.T) {
			p, err := NewPlan(t.Context(), newTree(t, tree.File{Path: "a/b", Owner: "six 1", Content: test.content}), 2)
			if err == nil {
				err = p.Write(t.Context(), io.Discard)
			}
			if err == nil || !strings.HasPrefix(err.Error(), test.want) {
				t.Errorf("got error %v, want %s…", err, test.want)
			}
		})
	}
}

func TestFaultsOfOutputs(t *testing.T) {
	made, _ := sample(t)
	p, err := NewPlan(t.Context(), made, 2)
	if err != nil {
		t.Fatal(err)
	}
	full := &fullDisk{}
	if err := p.WriteAt(t.Context(), full, 4, io.Discard); !errors.Is(err, errFull) {
		t.Errorf("a full disk gives %v", err)
	}
	if err := p.Write(t.Context(), full); !errors.Is(err, errFull) {
		t.Errorf("a full disk gives %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := p.WriteAt(ctx, full, 4, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("an interrupt gives %v", err)
	}
	if _, err := NewPlan(ctx, made, 4); !errors.Is(err, context.Canceled) {
		t.Errorf("an interrupt gives %v", err)
	}
}

var errFull = errors.New("no space left on device")

// fullDisk fails in the second MiB.
type fullDisk struct{ written int }

func (f *fullDisk) Write(p []byte) (int, error) {
	if f.written += len(p); f.written > 1<<20 {
		return 0, errFull
	}
	return len(p), nil
}

func (f *fullDisk) WriteAt(p []byte, offset int64) (int, error) {
	if offset > 1<<20 {
		return 0, errFull
	}
	return len(p), nil
}

func writeTemp(t *testing.T, b []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "out.zip")
	if err := os.WriteFile(path, b, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}
