package unpack_test

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/ofiuco/ofiuco/fetch"
	"github.com/ofiuco/ofiuco/internal/atomicfile"
	"github.com/ofiuco/ofiuco/unpack"
)

// benchStore is a store in which the wheels in the folder OFIUCO_WHEELS are, such as that which bench/ fetches.
func benchStore(b *testing.B) (*fetch.Store, []unpack.Request) {
	b.Helper()
	dir := os.Getenv("OFIUCO_WHEELS")
	if dir == "" {
		b.Skip("OFIUCO_WHEELS names no folder of wheels")
	}
	paths, err := filepath.Glob(filepath.Join(dir, "*.whl"))
	if err != nil || len(paths) == 0 {
		b.Fatalf("there is no wheel in %s: %v", dir, err)
	}
	files, err := fetch.OpenStore(filepath.Join(b.TempDir(), "store"))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { makeWritable(files.Dir()) })
	var requests []unpack.Request
	for _, path := range paths {
		sum, err := files.Add(b.Context(), path)
		if err != nil {
			b.Fatal(err)
		}
		requests = append(requests, unpack.Request{SHA256: sum, Filename: filepath.Base(path)})
	}
	return files, requests
}

// BenchmarkUnpack checks and unpacks all the wheels.
func BenchmarkUnpack(b *testing.B) {
	files, requests := benchStore(b)
	for b.Loop() {
		unpackAll(b, files, requests)
		b.StopTimer()
		if err := atomicfile.RemoveAll(filepath.Join(files.Dir(), "u")); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
}

// BenchmarkVerify takes all the wheels when they are unpacked already.
func BenchmarkVerify(b *testing.B) {
	files, requests := benchStore(b)
	unpackAll(b, files, requests)
	for b.Loop() {
		unpackAll(b, files, requests)
	}
}

func unpackAll(b *testing.B, files *fetch.Store, requests []unpack.Request) {
	b.Helper()
	_, errs := unpack.Open(files).Wheels(b.Context(), requests, runtime.GOMAXPROCS(0))
	if err := errors.Join(errs...); err != nil {
		b.Fatal(err)
	}
}
