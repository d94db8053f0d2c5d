package main

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"hash/crc32"
)

// writeMember adds a deflated member with its sizes in the local header, as wheels have them.
func writeMember(w *zip.Writer, path string, data []byte) {
	var packed bytes.Buffer
	f, err := flate.NewWriter(&packed, flate.DefaultCompression)
	if err != nil {
		panic(err) // the level is a constant
	}
	_, _ = f.Write(data)
	_ = f.Close()
	h := &zip.FileHeader{
		Name: path, Method: zip.Deflate, CRC32: crc32.ChecksumIEEE(data),
		CompressedSize64: uint64(packed.Len()), UncompressedSize64: uint64(len(data)),
	}
	h.SetMode(0o644)
	raw, err := w.CreateRaw(h)
	if err == nil {
		_, err = raw.Write(packed.Bytes())
	}
	if err != nil {
		panic(err) // a bytes.Buffer never fails
	}
}
