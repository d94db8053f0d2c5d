package binary

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
)

const (
	pageSize = 4 << 10
	// maxRead is how much of a file is read in bytes. libtorch_cuda.so needs less than 30 KiB.
	maxRead = 4 << 20
	// maxText is how many bytes all names of a file may have, and maxName one of them. RUNPATHs of kilobytes exist.
	maxText = 1 << 20
	maxName = 64 << 10
	// maxEntries is how many libraries, versions, commands … a file may have of each kind.
	maxEntries = 1 << 10
)

// window reads small pieces of a file, a page at a time. After the first error it reads zeroes.
type window struct {
	r     io.ReaderAt
	size  int64
	order binary.ByteOrder

	page  []byte // the page read last
	start int64  // its place in the file
	spent int64  // bytes read
	text  int    // bytes of names
	err   error
}

func newWindow(r io.ReaderAt, size int64) *window {
	return &window{r: r, size: size, order: binary.LittleEndian}
}

// fail keeps the first error.
func (w *window) fail(format string, args ...any) {
	if w.err == nil {
		w.err = &FormatError{Reason: fmt.Sprintf(format, args...)}
	}
}

// bytes are n bytes at an offset, valid until the next call; n is at most pageSize. Nil after an error.
func (w *window) bytes(offset, n int64) []byte {
	if w.err != nil {
		return nil
	}
	if offset < 0 || offset > w.size || n > w.size-offset {
		w.fail("it ends early, or points outside of itself")
		return nil
	}
	if offset < w.start || offset+n > w.start+int64(len(w.page)) {
		w.load(offset)
	}
	if w.err != nil {
		return nil
	}
	at := offset - w.start
	return w.page[at : at+n]
}

// load reads the page that begins at an offset.
func (w *window) load(offset int64) {
	n := min(pageSize, w.size-offset)
	if w.spent += n; w.spent > maxRead {
		w.fail("what it says of itself is over %d MiB", maxRead>>20)
		return
	}
	if cap(w.page) < pageSize {
		w.page = make([]byte, pageSize)
	}
	w.page, w.start = w.page[:n], offset
	if got, err := w.r.ReadAt(w.page, offset); got < len(w.page) {
		if err == nil || err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		w.err, w.page = fmt.Errorf("reading %d bytes at %d: %w", n, offset, err), w.page[:0]
	}
}

func (w *window) uint16(offset int64) uint16 {
	if b := w.bytes(offset, 2); b != nil {
		return w.order.Uint16(b)
	}
	return 0
}

func (w *window) uint32(offset int64) uint32 {
	if b := w.bytes(offset, 4); b != nil {
		return w.order.Uint32(b)
	}
	return 0
}

func (w *window) uint64(offset int64) uint64 {
	if b := w.bytes(offset, 8); b != nil {
		return w.order.Uint64(b)
	}
	return 0
}

// name is the text at an offset that ends with a zero byte, or limit bytes on.
func (w *window) name(offset, limit int64) string {
	var text []byte
	for limit = min(limit, maxName); limit > 0 && w.err == nil; {
		n := min(limit, 256, w.size-offset)
		if n <= 0 {
			break
		}
		piece := w.bytes(offset, n)
		end := bytes.IndexByte(piece, 0)
		if end >= 0 {
			piece = piece[:end]
		}
		text = append(text, piece...)
		if end >= 0 || w.err != nil {
			break
		}
		offset += n
		limit -= n
	}
	if w.text += len(text); w.text > maxText {
		w.fail("its names are over %d MiB", maxText>>20)
	}
	return string(text)
}
