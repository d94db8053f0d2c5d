package inflate

import (
	"encoding/binary"
	"math/bits"
)

var le = binary.LittleEndian

const (
	// literalBits and distanceBits are how many bits of a code its table is indexed by. Longer codes go on
	// in a table further behind, by their next bits.
	literalBits  = 11
	distanceBits = 8
	literalMask  = 1<<literalBits - 1
	distanceMask = 1<<distanceBits - 1

	// The sizes are the most that any complete code of 288 or 32 symbols and 15 bits needs with subtables
	// (computed by the program "enough" of zlib's examples).
	literalTableSize  = 2342
	distanceTableSize = 402

	maxBits      = 15
	maxLiteral   = 286 // symbols of a dynamic literal code
	maxDistances = 30
	endOfBlock   = 256
	lengthCodes  = 19
	lengthBits   = 7
)

// An entry of a table says what the code means that the next bits begin with:
//
//	bits 0-5    how many bits it takes: the code, and the extra bits of a length or distance
//	bit 8       it is a literal
//	bits 10-13  how many bits the code itself takes; of a subtable, how many bits index it
//	bit 14      it is longer, and found in a subtable
//	bit 15      it is no literal, length or distance
//	bits 16-31  the literal, the base of the length or distance, or the place of the subtable
const (
	entryBits     = 63
	entryLiteral  = 1 << 8
	entryCode     = 10
	entrySubtable = 1 << 14
	entryOther    = 1 << 15
	entryValue    = 16

	entryEnd     = entryOther | 1<<entryValue
	entryInvalid = uint32(entryOther)
)

// literalEntries and distanceEntries are the entries of all symbols, without the bits of their codes;
// lengthEntries those of the code for code lengths.
var (
	literalEntries, distanceEntries, lengthEntries = symbolEntries()
	fixedLiterals, fixedDistances                  = fixedTables()
)

func symbolEntries() (literals [288]uint32, distances [32]uint32, lengths [lengthCodes]uint32) {
	for i := range 256 {
		literals[i] = entryLiteral | uint32(i)<<entryValue
	}
	literals[endOfBlock] = entryEnd
	base := uint32(3)
	for i := range uint32(28) {
		extra := max(i/4, 1) - 1
		literals[257+i] = base<<entryValue | extra
		base += 1 << extra
	}
	literals[285] = maxMatch << entryValue
	literals[286], literals[287] = entryInvalid, entryInvalid
	base = 1
	for i := range uint32(maxDistances) {
		extra := max(i/2, 1) - 1
		distances[i] = base<<entryValue | extra
		base += 1 << extra
	}
	distances[30], distances[31] = entryInvalid, entryInvalid
	for i := range lengths {
		lengths[i] = uint32(i) << entryValue
	}
	return literals, distances, lengths
}

// fixedTables are those of blocks with fixed codes (RFC 1951, 3.2.6).
func fixedTables() (literals [literalTableSize]uint32, distances [distanceTableSize]uint32) {
	var lengths [288]uint8
	for i := range lengths {
		switch {
		case i < 144:
			lengths[i] = 8
		case i < 256:
			lengths[i] = 9
		case i < 280:
			lengths[i] = 7
		default:
			lengths[i] = 8
		}
	}
	buildTable(literals[:], literalBits, lengths[:], literalEntries[:])
	for i := range 32 {
		lengths[i] = 5
	}
	buildTable(distances[:], distanceBits, lengths[:32], distanceEntries[:])
	return literals, distances
}

func (d *Decoder) fixedTables() {
	d.literals, d.distances = fixedLiterals, fixedDistances
}

// blockHeader is the room that reading the header of a dynamic block needs.
type blockHeader struct {
	lengths [maxLiteral + maxDistances]uint8
	table   [1 << lengthBits]uint32
}

// lengthOrder is the order of the code lengths for code lengths (RFC 1951, 3.2.7).
var lengthOrder = [lengthCodes]uint8{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}

// dynamicTables reads the header of a block with codes of its own.
func (d *Decoder) dynamicTables() error {
	h := &d.header
	literals, distances, codes := 257+d.take(5), 1+d.take(5), 4+d.take(4)
	if literals > maxLiteral || distances > maxDistances {
		return errCodes
	}
	var lengths [lengthCodes]uint8
	for _, symbol := range lengthOrder[:codes] {
		lengths[symbol] = uint8(d.take(3))
	}
	if !buildTable(h.table[:], lengthBits, lengths[:], lengthEntries[:]) {
		return errCodes
	}
	if err := d.readLengths(h.lengths[:literals+distances]); err != nil {
		return err
	}
	if !buildTable(d.literals[:], literalBits, h.lengths[:literals], literalEntries[:]) ||
		!buildTable(d.distances[:], distanceBits, h.lengths[literals:literals+distances], distanceEntries[:]) {
		return errCodes
	}
	return nil
}

// readLengths reads the code lengths of a dynamic block, which are coded themselves.
func (d *Decoder) readLengths(lengths []uint8) error {
	for i := 0; i < len(lengths); {
		d.refill()
		entry := d.header.table[d.bits&(1<<lengthBits-1)]
		if entry&entryOther != 0 {
			return errSymbol
		}
		d.bits >>= entry & entryBits
		d.count -= uint(entry & entryBits)
		symbol := uint8(entry >> entryValue)
		if symbol < 16 {
			lengths[i] = symbol
			i++
			continue
		}
		repeated, times := uint8(0), uint(0)
		switch symbol {
		case 16:
			if i == 0 {
				return errCodes
			}
			repeated, times = lengths[i-1], 3+d.take(2)
		case 17:
			times = 3 + d.take(3)
		default:
			times = 11 + d.take(7)
		}
		if uint(len(lengths)-i) < times {
			return errCodes
		}
		for range times {
			lengths[i] = repeated
			i++
		}
	}
	return nil
}

// buildTable makes the table of the canonical code with these lengths, 0 for a symbol without a code. It
// is false when there is no such code. Codes must be complete, except that of one symbol and one bit; a
// table of no symbols has no valid entry.
func buildTable(table []uint32, tableBits int, lengths []uint8, entries []uint32) bool {
	var count, place [maxBits + 2]uint16
	for _, length := range lengths {
		count[length]++
	}
	longest := maxBits
	for longest > 0 && count[longest] == 0 {
		longest--
	}
	unused := 1 // codes of the length that are no prefix's
	for length := 1; length <= longest; length++ {
		unused = unused<<1 - int(count[length])
		if unused < 0 {
			return false
		}
		place[length+1] = place[length] + count[length]
	}
	if longest == 0 || unused > 0 {
		return longest <= 1 && buildLone(table[:1<<tableBits], lengths, entries)
	}
	var symbols [288]uint16 // by length, then by number
	for symbol, length := range lengths {
		if length != 0 {
			symbols[place[length]] = uint16(symbol)
			place[length]++
		}
	}
	b := builder{table: table, bits: tableBits, entries: entries, symbols: symbols[:place[longest]], count: &count}
	b.short(longest)
	b.long(longest)
	return true
}

// buildLone makes the table of a code of one bit and one symbol, or of no symbol.
func buildLone(table []uint32, lengths []uint8, entries []uint32) bool {
	for i := range table {
		table[i] = entryInvalid
	}
	for symbol, length := range lengths {
		if length != 0 {
			for i := 0; i < len(table); i += 2 {
				table[i] = entries[symbol] + 1<<entryCode + 1
			}
		}
	}
	return true
}

// builder fills a table. code is that of the next symbol, its first bit lowest, as the stream has it.
type builder struct {
	table   []uint32
	bits    int
	entries []uint32
	symbols []uint16
	count   *[maxBits + 2]uint16
	code    int
}

// short fills in the codes that are no longer than the table's index. The table doubles with each bit.
func (b *builder) short(longest int) {
	size := 1
	for length := 1; length <= b.bits; length++ {
		copy(b.table[size:2*size], b.table[:size])
		size *= 2
		if length > longest {
			continue
		}
		for _, symbol := range b.symbols[:b.count[length]] {
			b.table[b.code] = b.entries[symbol] + uint32(length)<<entryCode + uint32(length)
			b.next(length)
		}
		b.symbols = b.symbols[b.count[length]:]
	}
}

// long fills in the other codes, in subtables.
func (b *builder) long(longest int) {
	prefix, start, size := -1, 1<<b.bits, 0
	for length := b.bits + 1; length <= longest; length++ {
		for i, symbol := range b.symbols[:b.count[length]] {
			if b.code&(1<<b.bits-1) != prefix {
				prefix = b.code & (1<<b.bits - 1)
				start += size
				indexBits := b.subtableBits(length, int(b.count[length])-i)
				size = 1 << indexBits
				b.table[prefix] = uint32(start)<<entryValue | entryOther | entrySubtable | uint32(indexBits)<<entryCode
			}
			entry := b.entries[symbol] + uint32(length)<<entryCode + uint32(length)
			for at := b.code >> b.bits; at < size; at += 1 << (length - b.bits) {
				b.table[start+at] = entry
			}
			b.next(length)
		}
		b.symbols = b.symbols[b.count[length]:]
	}
}

// subtableBits is how many bits index the subtable that begins with a code of a length, of which there are
// so many left.
func (b *builder) subtableBits(length, left int) int {
	indexBits := length - b.bits
	for used := left; used < 1<<indexBits; {
		indexBits++
		used = used<<1 + int(b.count[b.bits+indexBits])
	}
	return indexBits
}

// next adds one to the code of a length, whose lowest bit is the highest here.
func (b *builder) next(length int) {
	zeros := b.code ^ (1<<length - 1)
	if zeros == 0 {
		return // the last code
	}
	bit := 1 << (bits.Len(uint(zeros)) - 1)
	b.code = b.code&(bit-1) | bit
}
