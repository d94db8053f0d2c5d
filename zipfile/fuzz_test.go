package zipfile

import (
	"archive/zip"
	"bytes"
	"fmt"
	"testing"

	"github.com/ofiuco/ofiuco/tree"
)

// FuzzRead writes Trees of any shape and reads them back.
func FuzzRead(f *testing.F) {
	f.Add([]byte{}, 1)
	f.Add([]byte("\x00\x05hello"), 2)
	f.Add([]byte("\x11\x00\x22\xffaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\x33\x03abc\x04\x10bbbbbbbb"), 3)
	f.Fuzz(func(t *testing.T, script []byte, jobs int) {
		contents := map[string][]byte{}
		var files []tree.File
		// Each byte pair is a kind and a length, followed by so many bytes, repeated now and then.
		for i := 0; len(script) >= 2; i++ {
			kind, n := script[0], min(int(script[1]), len(script)-2)
			data := bytes.Repeat(script[2:2+n], 1+int(kind>>4)*int(kind>>4))
			script = script[2+n:]
			path := fmt.Sprintf("%c/%d", "ab"[kind>>7], i)
			if kind&8 != 0 {
				path += "é"
			}
			file := tree.File{Path: path, Executable: kind&4 != 0}
			switch kind & 3 {
			case 0:
				file.Content = tree.BytesContent(data)
			case 1:
				file.Content = stored(data)
			case 2:
				file.Content = deflated(t, data)
			default:
				file.Content = opened(data)
			}
			files = append(files, file)
			contents[path] = data
		}
		made, err := tree.New(files)
		if err != nil {
			return
		}
		jobs %= 8
		b := render(t, made, jobs)
		if !bytes.Equal(b, render(t, made, jobs+3)) {
			t.Error("the bytes depend on the number of workers")
		}
		r, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			t.Fatal(err)
		}
		if len(r.File) != len(contents) {
			t.Fatalf("%d entries, want %d", len(r.File), len(contents))
		}
		for _, f := range r.File {
			if got := readEntry(t, f); !bytes.Equal(got, contents[f.Name]) {
				t.Errorf("%q has other bytes", f.Name)
			}
		}
	})
}
