package zipfile

import (
	"context"
	"fmt"
	"hash/crc32"
	"io"
	"sync/atomic"

	"github.com/klauspost/compress/flate"
	"golang.org/x/sync/errgroup"

	"github.com/ofiuco/ofiuco/tree"
)

const (
	// level is part of what defines the bytes: another one, or another release of the compressor, is
	// another zip. Python sources come out 0.7 % larger than from zip -9 in a third of the time of
	// level 9.
	level = 8

	keepEach = 1 << 20 // bytes of one deflate stream that are kept
	keepAll  = 8 << 20 // bytes of all of them
)

// deflateAll finds the compressed size and CRC-32 of every entry, which has its content.
func deflateAll(ctx context.Context, entries []*entry, jobs int) error {
	group, ctx := errgroup.WithContext(ctx)
	var next, kept atomic.Int64
	for range min(max(jobs, 1), len(entries)) {
		group.Go(func() error {
			d, err := newDeflater()
			if err != nil {
				return err
			}
			for {
				i := int(next.Add(1)) - 1
				if i >= len(entries) {
					return nil
				}
				if err := ctx.Err(); err != nil {
					return err
				}
				if err := d.plan(entries[i], &kept); err != nil {
					return fmt.Errorf("%s: reading %q: %w", entries[i].owner, entries[i].name, err)
				}
			}
		})
	}
	return group.Wait()
}

// deflater is a compressor for one goroutine.
type deflater struct {
	w      *flate.Writer
	buffer []byte
}

func newDeflater() (*deflater, error) {
	w, err := flate.NewWriter(nil, level)
	return &deflater{w, make([]byte, 64<<10)}, err
}

// plan decides how an entry is stored and keeps its bytes when they are few.
func (d *deflater) plan(e *entry, kept *atomic.Int64) error {
	stream := &keptStream{}
	crc, err := d.deflate(stream, e.content)
	if err != nil {
		return err
	}
	e.crc = crc
	if stream.size < e.size {
		e.compressed, e.deflated = stream.size, true
		if stream.bytes != nil && kept.Add(stream.size) <= keepAll {
			e.data, e.content = stream.bytes, nil
		}
		return nil
	}
	e.compressed = e.size
	switch {
	case e.content.Bytes != nil:
		e.data, e.content = e.content.Bytes, nil
	case e.content.Section != nil:
		e.section, e.content = e.content.Section, nil
	}
	return nil
}

// deflate writes the deflate stream of a content and returns the CRC-32 of its bytes.
func (d *deflater) deflate(w io.Writer, content *tree.Content) (crc uint32, err error) {
	d.w.Reset(w)
	if crc, err = d.copy(d.w, content); err != nil {
		return 0, err
	}
	return crc, d.w.Close()
}

// copy writes the bytes of a content and returns their CRC-32.
func (d *deflater) copy(w io.Writer, content *tree.Content) (crc uint32, err error) {
	r, err := content.NewReader()
	if err != nil {
		return 0, err
	}
	defer r.Close()
	for {
		n, err := r.Read(d.buffer)
		crc = crc32.Update(crc, crc32.IEEETable, d.buffer[:n])
		if _, err := w.Write(d.buffer[:n]); err != nil {
			return 0, err
		}
		switch err {
		case nil:
		case io.EOF:
			return crc, nil
		default:
			return 0, err
		}
	}
}

// keptStream counts the bytes written to it, and keeps them while they are few.
type keptStream struct {
	size  int64
	bytes []byte // nil when they were too many
}

func (k *keptStream) Write(p []byte) (int, error) {
	if k.size == int64(len(k.bytes)) && k.size+int64(len(p)) <= keepEach {
		k.bytes = append(k.bytes, p...)
	} else {
		k.bytes = nil
	}
	k.size += int64(len(p))
	return len(p), nil
}
