// Package inflate decodes DEFLATE streams (RFC 1951), such as the members of a zip archive.
//
// It is for package wheel, which inflates every byte of every wheel that it checks: on these it is more
// than twice as quick as the decoders of compress/flate and klauspost/compress, because the compressed
// bytes are at hand in large pieces and the result may be handed on in large pieces. Its rules:
//
//   - A stream is accepted, decoded and measured exactly as by compress/flate. Codes must be complete, but
//     one symbol alone may have a code of one bit.
//   - The compressed bytes have a limit, past which no byte is read or used.
//   - Memory is about a quarter of a megabyte a Decoder, whatever the stream.
package inflate

import (
	"errors"
	"io"
)

const (
	historySize = 32 << 10 // how far back a match may reach

	// windowSize holds the history and what is decoded until it is handed on. The last bytes are slack: two
	// literals and the longest match may begin just before the limit, and copies write whole words.
	windowSize  = historySize + 128<<10 + windowSlack
	windowSlack = maxMatch + 4*8
	windowLimit = windowSize - windowSlack
	maxMatch    = 258

	// inputSize holds compressed bytes, and zeros after the last of them, so that the loop may read whole
	// words. It is larger than the largest header of a block.
	inputSize  = 64 << 10
	inputSlack = 48
	maxHeader  = 1 << 10
)

// CorruptError is what is wrong with a stream.
type CorruptError struct{ reason string }

func (e *CorruptError) Error() string { return e.reason }

var (
	errCut      = &CorruptError{"the deflate stream has no end"}
	errBlock    = &CorruptError{"the deflate stream has a block of an unknown type"}
	errStored   = &CorruptError{"the deflate stream has a stored block with a wrong length"}
	errCodes    = &CorruptError{"the deflate stream has a block with wrong code lengths"}
	errSymbol   = &CorruptError{"the deflate stream has a code without a meaning"}
	errDistance = &CorruptError{"the deflate stream repeats bytes from before its start"}
)

// errRead is a source that ends before the limit it was given.
var errRead = errors.New("the source of a deflate stream ends too early")

// Decoder decodes one stream after the other. The zero Decoder is ready.
type Decoder struct {
	source       io.ReaderAt
	offset, left int64 // of what was not read from source yet
	in           []byte
	inPos, inEnd int    // what was read and not used yet
	bits         uint64 // what was taken from in and not used yet, from the lowest bit on
	count        uint   // of these bits; what bits holds above them will be read again

	sink    func([]byte) error
	window  []byte
	pos     int // where the next byte goes
	flushed int // what was handed to sink

	literals  [literalTableSize]uint32
	distances [distanceTableSize]uint32
	header    blockHeader
}

// Decode decodes the stream that begins at offset of source and has at most size compressed bytes. It hands
// the result to sink in pieces, which sink must not keep, and returns how many compressed bytes the stream
// has. The error is a *CorruptError, that of source or that of sink; sink may have got pieces before it.
func (d *Decoder) Decode(sink func([]byte) error, source io.ReaderAt, offset, size int64) (consumed int64, err error) {
	if d.in == nil {
		d.in = make([]byte, inputSize+inputSlack)
		d.window = make([]byte, windowSize)
	}
	d.source, d.offset, d.left, d.sink = source, offset, size, sink
	d.inPos, d.inEnd, d.bits, d.count = 0, 0, 0, 0
	d.pos, d.flushed = 0, 0
	defer func() { d.source, d.sink = nil, nil }()
	for final := false; !final; {
		if final, err = d.block(); err != nil {
			return 0, err
		}
	}
	if d.overrun() {
		return 0, errCut
	}
	return size - d.left - int64(d.inEnd-d.inPos) - int64(d.count/8), d.flush()
}

// block decodes one block and says whether it is the last.
func (d *Decoder) block() (final bool, err error) {
	if err := d.fill(maxHeader); err != nil {
		return false, err
	}
	final = d.take(1) == 1
	switch d.take(2) {
	case 0:
		err = d.storedBlock()
	case 1:
		d.fixedTables()
		err = d.codedBlock()
	case 2:
		if err = d.dynamicTables(); err == nil && !d.overrun() {
			err = d.codedBlock()
		}
	default:
		err = errBlock
	}
	if d.overrun() {
		err = errCut
	}
	return final, err
}

// take takes the lowest n bits, n <= 16. The input must be filled: past its end there are zeros, which
// overrun finds.
func (d *Decoder) take(n uint) uint {
	d.refill()
	taken := uint(d.bits) & (1<<n - 1)
	d.bits >>= n
	d.count -= n
	return taken
}

// refill takes bytes from in until there are at least 56 bits.
func (d *Decoder) refill() {
	if d.inPos+8 > len(d.in) {
		d.count |= 56 // zeros, far past the end
		return
	}
	d.bits, d.count, d.inPos = refill(d.in, d.bits, d.count, d.inPos)
}

// unread gives back the whole bytes of the bits.
func (d *Decoder) unread() {
	d.inPos -= int(d.count / 8)
	d.count &= 7
	d.bits &= 1<<d.count - 1
}

// overrun says whether more was used than there is.
func (d *Decoder) overrun() bool {
	return d.inPos-int(d.count/8) > d.inEnd
}

// fill reads from the source, unless so many bytes are at hand or the stream's limit is reached.
func (d *Decoder) fill(least int) error {
	if d.inEnd-d.inPos >= least || d.left == 0 {
		return nil
	}
	d.unread()
	kept := copy(d.in, d.in[d.inPos:d.inEnd])
	n := int(min(int64(inputSize-kept), d.left))
	read, err := d.source.ReadAt(d.in[kept:kept+n], d.offset)
	if read < n {
		if err == nil || err == io.EOF {
			err = errRead
		}
		return err
	}
	d.offset += int64(n)
	d.left -= int64(n)
	d.inPos, d.inEnd = 0, kept+n
	clear(d.in[d.inEnd : d.inEnd+inputSlack])
	return nil
}

// flush hands what was decoded to sink, and makes room in the window.
func (d *Decoder) flush() error {
	if d.pos > d.flushed {
		if err := d.sink(d.window[d.flushed:d.pos]); err != nil {
			return err
		}
	}
	if d.pos >= windowLimit {
		copy(d.window, d.window[d.pos-historySize:d.pos])
		d.pos = historySize
	}
	d.flushed = d.pos
	return nil
}

// storedBlock copies a block that is not compressed.
func (d *Decoder) storedBlock() error {
	d.unread()
	d.bits, d.count = 0, 0
	if d.inPos+4 > d.inEnd {
		return errCut
	}
	length, check := le.Uint16(d.in[d.inPos:]), le.Uint16(d.in[d.inPos+2:])
	if length != ^check {
		return errStored
	}
	d.inPos += 4
	for left := int(length); left > 0; {
		if err := d.fill(1); err != nil {
			return err
		}
		n := min(left, d.inEnd-d.inPos, windowLimit-d.pos)
		copy(d.window[d.pos:], d.in[d.inPos:d.inPos+n])
		d.inPos += n
		d.pos += n
		left -= n
		if d.pos == windowLimit {
			if err := d.flush(); err != nil {
				return err
			}
		} else if n == 0 {
			return errCut
		}
	}
	return nil
}

// codedBlock decodes a block by the tables.
func (d *Decoder) codedBlock() error {
	for {
		done, err := d.decode()
		if err != nil || done {
			return err
		}
		// The loop stopped for lack of input or of room.
		if d.pos >= windowLimit {
			if err := d.flush(); err != nil {
				return err
			}
		}
		if d.overrun() {
			return errCut
		}
		if err := d.fill(inputSlack); err != nil {
			return err
		}
	}
}
