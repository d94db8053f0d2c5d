package index

import (
	"context"
	"fmt"
	"io"
	"time"
)

// body reads a response: it fails when nothing comes for a while, when more comes than is allowed, and
// when less comes than was announced.
type body struct {
	r      io.Reader
	idle   time.Duration
	timer  *time.Timer
	cancel context.CancelCauseFunc

	announced int64 // -1 when it was not
	limited   bool
	limit     int64
	read      int64
	err       error // what ended it, io.EOF after the last byte
}

func newBody(r io.Reader, announced int64, idle time.Duration, cancel context.CancelCauseFunc) *body {
	b := &body{r: r, idle: idle, cancel: cancel, announced: announced}
	b.timer = time.AfterFunc(idle, func() { cancel(errStalled) })
	b.timer.Stop() // it runs only while we wait for bytes
	return b
}

func (b *body) stop() { b.timer.Stop() }

func (b *body) Read(p []byte) (int, error) {
	if b.err != nil {
		return 0, b.err
	}
	b.timer.Reset(b.idle)
	n, err := b.r.Read(p)
	stalled := !b.timer.Stop()
	b.read += int64(n)
	switch {
	case b.limited && b.read > b.limit:
		err = errTooLong
	case err == io.EOF && b.announced >= 0 && b.read < b.announced:
		err = errCut
	case err == nil || err == io.EOF:
	case stalled:
		err = fmt.Errorf("%w (%s)", errStalled, b.idle)
	case err == io.ErrUnexpectedEOF:
		err = errCut
	}
	b.err = err
	return n, err
}
