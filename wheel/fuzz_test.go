package wheel_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/ofiuco/ofiuco/wheel"
)

// FuzzCheck changes good and hostile wheels. Whatever is accepted must be read alike by archive/zip.
func FuzzCheck(f *testing.F) {
	for _, change := range []func(*builder){
		func(*builder) {},
		func(b *builder) { b.end = zip64 },
		func(b *builder) { describedPart(b) },
		func(b *builder) { b.add("alpha/sub/", ""); b.add("alpha/a.py", "x").method = 0 },
		func(b *builder) { b.add("alpha/a.py", "x"); b.add("alpha/a.py", "x").unlisted = true },
		func(b *builder) { b.add("alpha-1.0.data/scripts/tool", "x").mode = 0o100755 },
		func(b *builder) { b.add("alpha/link", "/etc").mode = 0o120777 },
		func(b *builder) { b.prefix = "#!/bin/sh\n" },
	} {
		b := newBuilder()
		b.part("data.bin").data = "0123456789"
		change(b)
		f.Add(b.build())
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		// One goroutine, so that coverage is the same each time.
		checker := wheel.NewChecker(1)
		w, err := checker.Check(bytes.NewReader(data), int64(len(data)), "alpha-1.0-py3-none-any.whl")
		if err != nil {
			var fault *wheel.Error
			if !errors.As(err, &fault) {
				t.Errorf("%v is no *wheel.Error", err)
			}
			return
		}
		if err := w.Refusal(wheel.CodeRecord, wheel.CodeBomb); err != nil {
			t.Errorf("refused although all is allowed: %v", err)
		}
		archive, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			t.Fatalf("accepted, but archive/zip says %v", err)
		}
		files := 0
		for _, file := range archive.File {
			if strings.HasSuffix(file.Name, "/") {
				continue
			}
			files++
			r, err := file.Open()
			if err != nil {
				t.Fatalf("%q: accepted, but archive/zip says %v", file.Name, err)
			}
			want, err := io.ReadAll(r)
			if err != nil {
				t.Fatalf("%q: accepted, but archive/zip says %v", file.Name, err)
			}
			got, err := w.ReadFile(bytes.NewReader(data), file.Name)
			if err != nil || !bytes.Equal(got, want) {
				t.Fatalf("%q: got %q (%v), archive/zip reads %q", file.Name, got, err, want)
			}
		}
		if files < len(w.Entries) {
			t.Errorf("%d entries, archive/zip has %d", len(w.Entries), files)
		}
	})
}
