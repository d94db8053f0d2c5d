package binary

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
)

const (
	pageSize = 4 << 10
	maxPages = 8
	// maxRead is how much of a file is read in bytes. libtorch_cuda.so needs less than 30 KiB.
	maxRead = 4 << 20
	// maxText is how many bytes all names of a file may have, and maxName one of them. RUNPATHs of kilobytes exist.
	maxText = 1 << 20
	maxName = 64 << 10
	// maxEntries is how many libraries, versions, commands … a file may have of each kind.
	maxEntries = 1 << 10
)

// window reads small pieces of a file. It keeps the last few pages, since headers, tables and names are read in turns. After
// the first error it reads zeroes.
type window struct {
	r     io.ReaderAt
	size  int64
	order binary.ByteOrder

	pages   []page
	oldest  int    // of pages, to be replaced next
	scratch []byte // a piece that lies across two pages
	spent   int64  // bytes read
	text    int    // bytes of names
	err     error
}

// page is a piece of a file that begins at a multiple of pageSize.
type page struct {
	start int64
	bytes []byte
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
	first := w.page(offset)
	if int64(len(first)) >= n {
		return first[:n]
	}
	w.scratch = append(w.scratch[:0], first...)
	w.scratch = append(w.scratch, w.page(offset+int64(len(first)))...)
	if w.err != nil {
		return nil
	}
	return w.scratch[:n]
}

// page is what a page has from an offset on; nil after an error.
func (w *window) page(offset int64) []byte {
	inside := offset % pageSize
	start := offset - inside
	for _, p := range w.pages {
		if p.start == start {
			return p.bytes[inside:]
		}
	}
	n := min(pageSize, w.size-start)
	if w.spent += n; w.spent > maxRead {
		w.fail("what it says of itself is over %d MiB", maxRead>>20)
	}
	if w.err != nil {
		return nil
	}
	if len(w.pages) < maxPages {
		w.pages = append(w.pages, page{bytes: make([]byte, 0, pageSize)})
		w.oldest = len(w.pages) - 1
	}
	p := &w.pages[w.oldest]
	w.oldest = (w.oldest + 1) % maxPages
	p.start, p.bytes = start, p.bytes[:n]
	if got, err := w.r.ReadAt(p.bytes, start); got < len(p.bytes) {
		if err == nil || err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		w.err = fmt.Errorf("reading %d bytes at %d: %w", n, start, err)
		p.start = -1
		return nil
	}
	return p.bytes[inside:]
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
