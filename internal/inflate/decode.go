package inflate

// decode decodes a coded block until its end (done), or until input or room may be lacking.
//
// A turn of the loop decodes up to three literals, or two of them and a match. It begins with at least 56
// bits; two literals take 26 of them and a length 20. A distance takes 28 and the look at the next entry 11,
// so there is one more refill before a distance if need be. Refills take whole words from the input, and
// copies write whole words to the window: both have slack for that.
func (d *Decoder) decode() (done bool, err error) {
	in, out := d.in, d.window
	literals, distances := &d.literals, &d.distances
	bits, count, inPos := refill(in, d.bits, d.count, d.inPos)
	inLimit, pos := d.inLimit(), d.pos
	entry := literals[bits&literalMask]
	for inPos <= inLimit && pos < windowLimit {
		bits, count, inPos = refill(in, bits, count, inPos)
		if entry&entryLiteral != 0 {
			out[pos] = byte(entry >> entryValue)
			pos++
			bits, count = drop(bits, count, entry)
			if entry = literals[bits&literalMask]; entry&entryLiteral != 0 {
				out[pos] = byte(entry >> entryValue)
				pos++
				bits, count = drop(bits, count, entry)
				if entry = literals[bits&literalMask]; entry&entryLiteral != 0 {
					out[pos] = byte(entry >> entryValue)
					pos++
					bits, count = drop(bits, count, entry)
					entry = literals[bits&literalMask]
					continue
				}
			}
		}
		if entry&entrySubtable != 0 {
			entry = literals[min(subtableIndex(entry, bits>>literalBits), literalTableSize-1)]
			if entry&entryLiteral != 0 {
				continue
			}
		}
		if entry&entryOther != 0 {
			bits, count = drop(bits, count, entry)
			done, err = entry&entryEnd == entryEnd, meaningless(entry)
			break
		}
		length := value(entry, bits)
		bits, count = drop(bits, count, entry)
		if count < 28+literalBits {
			bits, count, inPos = refill(in, bits, count, inPos)
		}
		if entry = distances[bits&distanceMask]; entry&entrySubtable != 0 {
			entry = distances[min(subtableIndex(entry, bits>>distanceBits), distanceTableSize-1)]
		}
		from := pos - value(entry, bits)
		if from < 0 || entry&entryOther != 0 {
			err = errDistance
			break
		}
		bits, count = drop(bits, count, entry)
		entry = literals[bits&literalMask]
		repeat(out, pos, from, length)
		pos += length
	}
	d.bits, d.count, d.inPos, d.pos = bits, count, inPos, pos
	return done, err
}

// inLimit is up to where a turn of the loop may begin. Zeros follow the last byte of the input; overrun
// finds out whether they were used.
func (d *Decoder) inLimit() int {
	if d.left == 0 {
		return d.inEnd + 8
	}
	return d.inEnd - inputSlack
}

// meaningless is the error of an entry that is no literal and no length.
func meaningless(entry uint32) error {
	if entry&entryEnd != entryEnd {
		return errSymbol
	}
	return nil
}

// refill takes bytes from in until there are at least 56 bits. What bits holds above its count is the same
// bits that are taken next.
func refill(in []byte, bits uint64, count uint, pos int) (uint64, uint, int) {
	return bits | le.Uint64(in[pos:])<<(count&63), count | 56, pos + int(63-count)>>3
}

// drop removes the bits that an entry takes.
func drop(bits uint64, count uint, entry uint32) (uint64, uint) {
	return bits >> (entry & entryBits), count - uint(entry&entryBits)
}

// value is the length or the distance of an entry, whose extra bits follow the code.
func value(entry uint32, bits uint64) int {
	return int(entry>>entryValue) + int(bits&(1<<(entry&entryBits)-1)>>(entry>>entryCode&15))
}

// subtableIndex is the place of the entry that an entry for longer codes leads to.
func subtableIndex(entry uint32, bits uint64) uint32 {
	return entry>>entryValue + uint32(bits)&(1<<(entry>>entryCode&15)-1)
}

// repeat copies length bytes within out, from < pos. The ranges may overlap: then bytes that were just
// written are read. It may write up to 15 bytes more.
func repeat(out []byte, pos, from, length int) {
	distance := pos - from
	end := pos + length
	switch {
	case distance >= 8:
		for {
			to, what := out[pos:pos+16], out[from:from+16]
			le.PutUint64(to, le.Uint64(what))
			le.PutUint64(to[8:], le.Uint64(what[8:]))
			if pos += 16; pos >= end {
				return
			}
			from += 16
		}
	case distance == 1:
		for word := uint64(out[from]) * 0x0101010101010101; pos < end; pos += 8 {
			le.PutUint64(out[pos:], word)
		}
	default:
		for ; pos < end; pos++ {
			out[pos] = out[from]
			from++
		}
	}
}
