package zipfile

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sort"
	"sync/atomic"

	"golang.org/x/sync/errgroup"
)

const (
	largestBuffer  = 1 << 20 // bytes
	smallestBuffer = 64 << 10
	allBuffers     = 8 << 20 // bytes of all workers, unless smallestBuffer stops it
)

// span is a part of the zip that one worker writes.
type span struct {
	start, end int64
	stream     *entry // whose data the span is, read and deflated in one go; else nil
}

// spans cuts the zip into parts of at most size bytes, but for the data of streamed entries.
func (p *Plan) spans(size int64) []span {
	var spans []span
	at := int64(0)
	cut := func(end int64) {
		for ; at < end; at = min(at+size, end) {
			spans = append(spans, span{start: at, end: min(at+size, end)})
		}
	}
	for i := range p.entries {
		if e := &p.entries[i]; e.content != nil {
			cut(e.dataOffset())
			at = e.dataOffset() + e.compressed
			spans = append(spans, span{start: e.dataOffset(), end: at, stream: e})
		}
	}
	cut(p.size)
	return spans
}

// write writes every span to at, unless it is nil, and to inOrder, unless that is nil.
func (p *Plan) write(ctx context.Context, at io.WriterAt, jobs int, inOrder io.Writer) error {
	jobs = max(jobs, 1)
	bufferSize := min(max(allBuffers/jobs, smallestBuffer), largestBuffer)
	spans := p.spans(int64(bufferSize))
	group, ctx := errgroup.WithContext(ctx)
	var turns []chan struct{}
	if inOrder != nil {
		for range len(spans) + 1 {
			turns = append(turns, make(chan struct{}))
		}
		close(turns[0])
	}
	var next atomic.Int64
	for range min(jobs, len(spans)) {
		group.Go(func() error {
			worker := &worker{plan: p, at: at, inOrder: inOrder, buffer: make([]byte, bufferSize)}
			for {
				i := int(next.Add(1)) - 1
				if i >= len(spans) {
					return nil
				}
				if inOrder != nil {
					worker.turn, worker.done = turns[i], turns[i+1]
				}
				if err := worker.write(ctx, spans[i]); err != nil {
					return err
				}
			}
		})
	}
	return group.Wait()
}

// worker writes one span at a time.
type worker struct {
	plan     *Plan
	at       io.WriterAt
	inOrder  io.Writer
	turn     <-chan struct{} // closed when inOrder has all before the span
	done     chan<- struct{} // to be closed when inOrder has the span
	buffer   []byte
	scratch  []byte
	deflater *deflater
}

func (w *worker) write(ctx context.Context, s span) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	var err error
	if s.stream != nil {
		err = w.stream(ctx, s)
	} else {
		b := w.buffer[:s.end-s.start]
		if err = w.fill(b, s.start); err == nil {
			err = w.put(ctx, b, s.start)
		}
	}
	if err == nil && w.done != nil {
		close(w.done)
	}
	return err
}

// put writes b, which begins at an offset of the zip.
func (w *worker) put(ctx context.Context, b []byte, offset int64) error {
	if w.at != nil {
		if _, err := w.at.WriteAt(b, offset); err != nil {
			return fmt.Errorf("writing the zip: %w", err)
		}
	}
	if w.inOrder == nil {
		return nil
	}
	select {
	case <-w.turn:
	case <-ctx.Done():
		return ctx.Err()
	}
	if _, err := w.inOrder.Write(b); err != nil {
		return fmt.Errorf("writing the zip: %w", err)
	}
	return nil
}

// fill renders the part of the zip that begins at start, which holds no streamed data.
func (w *worker) fill(b []byte, start int64) error {
	p, end := w.plan, start+int64(len(b))
	for i := p.entryAt(start); i < len(p.entries) && p.entries[i].header < end; {
		n, err := w.copyData(b, start, i)
		if err != nil {
			e := &p.entries[i]
			return fmt.Errorf("%s: copying %q: %w", e.owner, e.name, err)
		}
		for ; n > 0; n-- {
			w.scratch = p.entries[i].appendLocal(w.scratch[:0])
			place(b, start, w.scratch, p.entries[i].header)
			i++
		}
	}
	if end > p.directory {
		i := max(p.position(start, func(e *entry) int64 { return e.central }), 0)
		for ; i < len(p.entries) && p.entries[i].central < end; i++ {
			w.scratch = p.entries[i].appendCentral(w.scratch[:0])
			place(b, start, w.scratch, p.entries[i].central)
		}
	}
	if end > p.end {
		w.scratch = p.appendEnd(w.scratch[:0])
		place(b, start, w.scratch, p.end)
	}
	return nil
}

// copyData renders the data of entry i and of those after it that one read can bring, and returns
// how many these are. Headers between them are left to the caller.
func (w *worker) copyData(b []byte, start int64, i int) (n int, err error) {
	entries := w.plan.entries[i:]
	first := &entries[0]
	if first.section == nil {
		place(b, start, first.data, first.dataOffset())
		return 1, nil
	}
	end := start + int64(len(b))
	for n = 1; n < len(entries) && entries[n].joined && entries[n].header < end; n++ {
	}
	last := &entries[n-1]
	from := max(first.dataOffset(), start)
	to := min(last.dataOffset()+last.compressed, end)
	if from >= to {
		return n, nil
	}
	s := first.section
	read, err := s.Source.ReadAt(b[from-start:to-start], s.Offset+from-first.dataOffset())
	if int64(read) < to-from {
		if err == nil || errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return 0, err
	}
	return n, nil
}

// stream writes the data of an entry that is not kept in memory.
func (w *worker) stream(ctx context.Context, s span) error {
	if w.deflater == nil {
		d, err := newDeflater()
		if err != nil {
			return err
		}
		w.deflater = d
	}
	out := &streamWriter{ctx: ctx, worker: w, offset: s.start}
	e, send := s.stream, w.deflater.copy
	if e.deflated {
		send = w.deflater.deflate
	}
	crc, err := send(out, e.content)
	if err == nil {
		err = out.flush()
	}
	if err == nil && (out.offset != s.end || crc != e.crc) {
		err = errors.New("the file was changed while it was zipped")
	}
	if err != nil {
		return fmt.Errorf("%s: copying %q: %w", e.owner, e.name, err)
	}
	return nil
}

// streamWriter gathers small writes in the worker's buffer. What does not fit between offset and the
// span's end is found by its size at last.
type streamWriter struct {
	ctx    context.Context
	worker *worker
	offset int64
	filled int
}

func (s *streamWriter) Write(p []byte) (int, error) {
	for rest := p; len(rest) > 0; {
		n := copy(s.worker.buffer[s.filled:], rest)
		s.filled += n
		rest = rest[n:]
		if s.filled == len(s.worker.buffer) {
			if err := s.flush(); err != nil {
				return 0, err
			}
		}
	}
	return len(p), nil
}

func (s *streamWriter) flush() error {
	err := s.worker.put(s.ctx, s.worker.buffer[:s.filled], s.offset)
	s.offset += int64(s.filled)
	s.filled = 0
	return err
}

// entryAt is the index of the entry that an offset is in.
func (p *Plan) entryAt(offset int64) int {
	if offset >= p.directory {
		return len(p.entries)
	}
	return p.position(offset, func(e *entry) int64 { return e.header })
}

// position is the index of the last entry that begins at offset or before it, or -1.
func (p *Plan) position(offset int64, begin func(*entry) int64) int {
	return sort.Search(len(p.entries), func(i int) bool { return begin(&p.entries[i]) > offset }) - 1
}

// place copies the part of a piece at pieceStart that lies in b, which begins at start.
func place(b []byte, start int64, piece []byte, pieceStart int64) {
	if skip := start - pieceStart; skip > 0 {
		if skip >= int64(len(piece)) {
			return
		}
		copy(b, piece[skip:])
	} else if at := pieceStart - start; at < int64(len(b)) {
		copy(b[at:], piece)
	}
}
