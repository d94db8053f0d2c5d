package zipfile

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"slices"
	"testing"

	"github.com/ofiuco/ofiuco/tree"
)

// Zip64 begins where the count is 65,535 itself, since that value says "look in zip64".
func TestCountOfEntries(t *testing.T) {
	for _, test := range []struct {
		entries int
		zip64   bool
	}{{65_534, false}, {65_535, true}, {65_536, true}, {70_000, true}} {
		files := make([]tree.File, test.entries)
		for i := range files {
			files[i] = tree.File{Path: fmt.Sprintf("d/%06d", i), Content: tree.Content{}}
		}
		b := render(t, newTree(t, files...), 2)
		if got := bytes.Contains(b, []byte("PK\x06\x06")); got != test.zip64 {
			t.Errorf("%d entries: zip64 is %v", test.entries, got)
		}
		r, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			t.Fatal(err)
		}
		if len(r.File) != test.entries {
			t.Errorf("%d entries are read, want %d", len(r.File), test.entries)
		}
	}
}

// zeros is a source of any size.
type zeros struct{}

func (zeros) ReadAt(p []byte, offset int64) (int, error) {
	clear(p)
	return len(p), nil
}

// rendered reads any part of a zip without writing the rest.
type rendered struct{ *Plan }

func (r rendered) ReadAt(p []byte, offset int64) (int, error) {
	part := p[:max(min(int64(len(p)), r.size-offset), 0)]
	if err := (&worker{plan: r.Plan}).fill(part, offset); err != nil {
		return 0, err
	}
	if len(part) < len(p) {
		return len(part), io.EOF
	}
	return len(p), nil
}

// Sizes and offsets beyond 4 GiB, with the largest numbers that do without zip64.
func TestLargeSizesAndOffsets(t *testing.T) {
	section := func(size, compressed int64) tree.Content {
		return tree.Content{Size: size, Section: &tree.Section{Source: zeros{}, CompressedSize: compressed, Deflated: true}}
	}
	made := newTree(t,
		tree.File{Path: "a-widest", Content: section(sentinel32-1, 1)},
		tree.File{Path: "b-inflated", Content: section(sentinel32, 1)},
		tree.File{Path: "c-both", Content: section(5<<30, sentinel32)},
		tree.File{Path: "d-offset", Content: section(1, 1)},
		tree.File{Path: "e-all", Content: section(6<<30, 1<<32)})
	p, err := NewPlan(t.Context(), made, 2)
	if err != nil {
		t.Fatal(err)
	}
	r, err := zip.NewReader(rendered{p}, p.Size())
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for i, f := range r.File {
		offset, err := f.DataOffset()
		if err != nil {
			t.Fatal(err)
		}
		if want := p.entries[i].dataOffset(); offset != want {
			t.Errorf("%q begins at %d, want %d", f.Name, offset, want)
		}
		got = append(got, fmt.Sprintf("%s %d %d extra %d version %d", f.Name, f.UncompressedSize64, f.CompressedSize64, len(f.Extra), f.ReaderVersion))
	}
	want := []string{
		"a-widest 4294967294 1 extra 0 version 20",
		"b-inflated 4294967295 1 extra 12 version 45",
		"c-both 5368709120 4294967295 extra 20 version 45",
		"d-offset 1 1 extra 12 version 45",
		"e-all 6442450944 4294967296 extra 28 version 45",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

// A local header says what the directory says.
func TestLocalHeadersOfLargeEntries(t *testing.T) {
	e := entry{name: "a", size: sentinel32, compressed: 7, deflated: true}
	want := "PK\x03\x04-\x00\x00\x00\x08\x00\x00\x00!\x00\x00\x00\x00\x00" +
		"\xff\xff\xff\xff\xff\xff\xff\xff\x01\x00\x14\x00a" +
		"\x01\x00\x10\x00\xff\xff\xff\xff\x00\x00\x00\x00\x07\x00\x00\x00\x00\x00\x00\x00"
	if got := string(e.appendLocal(nil)); got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if e.headerSize() != int64(len(want)) {
		t.Errorf("headerSize is %d, want %d", e.headerSize(), len(want))
	}
}
