package main

import (
	"bytes"
	"io"
	"os"
)

// spoolMemory is how much of a stream is held in memory, in bytes; what is longer goes to a file.
const spoolMemory = 16 << 20

// spooled is the bytes of a stream at random access.
type spooled struct {
	io.ReaderAt
	size int64
	file *os.File // nil when they are in memory
	keep bool     // the file is the user's
}

// spool reads a stream to its end.
func spool(r io.Reader) (*spooled, error) {
	var memory bytes.Buffer
	n, err := io.CopyN(&memory, r, spoolMemory)
	if err == io.EOF {
		return &spooled{ReaderAt: bytes.NewReader(memory.Bytes()), size: n}, nil
	}
	if err != nil {
		return nil, err
	}
	file, err := os.CreateTemp("", "ofiuco-*")
	if err != nil {
		return nil, err
	}
	_ = os.Remove(file.Name()) // where a file may lose its name while it is open, nothing can leave it behind
	s := &spooled{ReaderAt: file, file: file}
	if s.size, err = io.Copy(file, io.MultiReader(&memory, r)); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// Close removes the file.
func (s *spooled) Close() {
	if s.file != nil {
		_ = s.file.Close() // it was only for us
	}
	if s.file != nil && !s.keep {
		_ = os.Remove(s.file.Name()) // Windows removes it only now
	}
}
