package inflate_test

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	fast "github.com/klauspost/compress/flate"

	"github.com/ofiuco/ofiuco/internal/inflate"
	"github.com/ofiuco/ofiuco/internal/oracle"
)

// reference decodes with compress/flate, which is what Decode must agree with.
func reference(stream []byte) (data []byte, consumed int, err error) {
	r := bytes.NewReader(stream)
	data, err = io.ReadAll(flate.NewReader(r))
	return data, len(stream) - r.Len(), err
}

func decode(d *inflate.Decoder, stream []byte) (data []byte, consumed int64, err error) {
	consumed, err = d.Decode(func(p []byte) error {
		data = append(data, p...)
		return nil
	}, bytes.NewReader(stream), 0, int64(len(stream)))
	return data, consumed, err
}

// compare decodes a stream both ways.
func compare(t *testing.T, d *inflate.Decoder, stream []byte) {
	t.Helper()
	want, wantConsumed, wantErr := reference(stream)
	got, consumed, err := decode(d, stream)
	var corrupt *inflate.CorruptError
	switch {
	case (err == nil) != (wantErr == nil):
		t.Fatalf("stream %x: error %v, compress/flate's %v", shorten(stream), err, wantErr)
	case err != nil && !errors.As(err, &corrupt):
		t.Fatalf("stream %x: error %v is no *CorruptError", shorten(stream), err)
	case err == nil && (!bytes.Equal(got, want) || consumed != int64(wantConsumed)):
		t.Fatalf("stream %x: %d bytes of %d, compress/flate's %d of %d", shorten(stream), len(got), consumed, len(want), wantConsumed)
	case !bytes.HasPrefix(want, got) && !bytes.HasPrefix(got, want):
		t.Fatalf("stream %x: the bytes before the error differ", shorten(stream))
	}
}

func shorten(b []byte) []byte { return b[:min(len(b), 100)] }

// texts are bytes of many kinds, up to several windows long.
func texts(random *rand.Rand) [][]byte {
	all := [][]byte{nil, []byte("a"), bytes.Repeat([]byte("a"), 70_000), bytes.Repeat([]byte("ab"), 200_000)}
	for _, size := range []int{100, 5_000, 33_000, 300_000, 700_000} {
		noise, words, near := make([]byte, size), &bytes.Buffer{}, make([]byte, 0, size)
		for i := range noise {
			noise[i] = byte(random.Uint32())
		}
		for words.Len() < size {
			fmt.Fprintf(words, "def f%d(x): return %d\n", random.IntN(50), random.IntN(1000))
		}
		for len(near) < size { // matches at every distance
			if len(near) > 0 && random.IntN(3) > 0 {
				from := max(0, len(near)-1-random.IntN(33_000))
				for range 3 + random.IntN(256) {
					near = append(near, near[from])
					from++
				}
			}
			near = append(near, byte(random.ExpFloat64()*8))
		}
		all = append(all, noise, words.Bytes(), near)
	}
	return all
}

// streams compresses texts by compressors of different habits.
func streams(t testing.TB, texts [][]byte) [][]byte {
	t.Helper()
	var all [][]byte
	for _, text := range texts {
		for _, level := range []int{flate.NoCompression, 1, 6, 9, flate.HuffmanOnly} {
			var b bytes.Buffer
			w, err := flate.NewWriter(&b, level)
			if err != nil {
				t.Fatal(err)
			}
			w.Write(text)
			w.Close()
			all = append(all, bytes.Clone(b.Bytes()))
		}
		var b bytes.Buffer
		w, err := fast.NewWriter(&b, 6)
		if err != nil {
			t.Fatal(err)
		}
		for part := text; len(part) > 0; part = part[min(len(part), 20_000):] {
			w.Write(part[:min(len(part), 20_000)])
			w.Flush() // an empty stored block
		}
		w.Close()
		all = append(all, b.Bytes())
	}
	return all
}

func TestDecodeAgreesOnStreams(t *testing.T) {
	var d inflate.Decoder
	for _, stream := range streams(t, texts(rand.New(rand.NewPCG(1, 2)))) {
		compare(t, &d, stream)
		compare(t, &d, append(bytes.Clone(stream), "what follows"...))
	}
}

// TestDecodeAgreesOnDamage changes and cuts streams, most of which are then refused.
func TestDecodeAgreesOnDamage(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	all := streams(t, texts(random)[:10])
	var d inflate.Decoder
	for range oracle.Cases(t, 4_000, 40_000) {
		stream := bytes.Clone(all[random.IntN(len(all))])
		if len(stream) > 20_000 {
			stream = stream[:20_000]
		}
		for range 1 + random.IntN(3) {
			near := random.IntN(min(len(stream), 200)) // where the headers are
			if random.IntN(3) == 0 {
				near = random.IntN(len(stream))
			}
			stream[near] ^= 1 << random.IntN(8)
		}
		if random.IntN(4) == 0 {
			stream = stream[:random.IntN(len(stream))]
		}
		compare(t, &d, stream)
	}
}

// TestDecodeAgreesOnCuts ends streams after each of their bytes.
func TestDecodeAgreesOnCuts(t *testing.T) {
	var d inflate.Decoder
	for _, stream := range streams(t, [][]byte{[]byte("hello, hello, hello, world"), []byte(strings.Repeat("wheel", 300))}) {
		for end := range stream {
			compare(t, &d, stream[:end])
		}
	}
}

// bitWriter writes streams that no compressor makes.
type bitWriter struct {
	b     []byte
	count int
}

func (w *bitWriter) write(value uint, bits int) {
	for i := range bits {
		if w.count%8 == 0 {
			w.b = append(w.b, 0)
		}
		w.b[w.count/8] |= byte(value>>i&1) << (w.count % 8)
		w.count++
	}
}

// TestDecodeAgreesOnHeaders makes dynamic blocks of random code lengths, so that codes are too short, too
// long, alone or missing.
func TestDecodeAgreesOnHeaders(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	var d inflate.Decoder
	for range oracle.Cases(t, 20_000, 200_000) {
		var w bitWriter
		w.write(1|2<<1, 3)
		w.write(uint(random.IntN(32)), 5)
		w.write(uint(random.IntN(32)), 5)
		w.write(15, 4)
		lengths := [][19]uint{
			{3, 3, 3, 3, 3, 3, 3, 3}, {2, 2, 2, 2}, {0, 0, 0, 0, 1}, {0, 0, 0, 1, 1}, {1, 0, 2, 2}, {},
			{4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4}, {2, 2, 0, 3, 3, 0, 0, 0, 2}, {1, 0, 0, 1},
		}[random.IntN(9)]
		for _, length := range lengths {
			w.write(length, 3)
		}
		for range random.IntN(400) {
			w.write(uint(random.Uint32())&uint(random.Uint32()), 8)
		}
		compare(t, &d, w.b)
	}
}

// TestDecodeReadsNoFurther puts a stream inside other bytes.
func TestDecodeReadsNoFurther(t *testing.T) {
	stream := streams(t, [][]byte{[]byte(strings.Repeat("wheel", 40_000))})[2]
	source := &limitedSource{t: t, data: append([]byte("before"), stream...), from: 6, to: 6 + int64(len(stream))}
	var d inflate.Decoder
	var size int
	consumed, err := d.Decode(func(p []byte) error { size += len(p); return nil }, source, 6, int64(len(stream)))
	if err != nil || consumed != int64(len(stream)) || size != 200_000 {
		t.Errorf("got %d bytes of %d, error %v", size, consumed, err)
	}
}

type limitedSource struct {
	t        *testing.T
	data     []byte
	from, to int64
}

func (s *limitedSource) ReadAt(p []byte, offset int64) (int, error) {
	if offset < s.from || offset+int64(len(p)) > s.to {
		s.t.Errorf("reads %d bytes at %d, outside of %d to %d", len(p), offset, s.from, s.to)
	}
	return bytes.NewReader(s.data).ReadAt(p, offset)
}

type failingSource struct{ err error }

func (s failingSource) ReadAt([]byte, int64) (int, error) { return 0, s.err }

func TestDecodeErrors(t *testing.T) {
	disk, full := errors.New("disk"), errors.New("full")
	var d inflate.Decoder
	discard := func([]byte) error { return nil }
	if _, err := d.Decode(discard, failingSource{disk}, 0, 10); !errors.Is(err, disk) {
		t.Errorf("error of the source: got %v", err)
	}
	var corrupt *inflate.CorruptError
	if _, err := d.Decode(discard, bytes.NewReader([]byte{1}), 0, 10); err == nil || errors.As(err, &corrupt) {
		t.Errorf("source that ends before the limit: got %v", err)
	}
	stream := streams(t, [][]byte{[]byte("text")})[2]
	if _, err := d.Decode(func([]byte) error { return full }, bytes.NewReader(stream), 0, int64(len(stream))); !errors.Is(err, full) {
		t.Errorf("error of the sink: got %v", err)
	}
	compare(t, &d, stream) // the Decoder is usable after errors
}

func FuzzDecode(f *testing.F) {
	for _, stream := range streams(f, [][]byte{nil, []byte("a"), []byte(strings.Repeat("hello ", 50)), binary.LittleEndian.AppendUint64(nil, 1<<60)}) {
		f.Add(stream)
	}
	f.Add([]byte{0x03, 0x00})
	f.Add([]byte{0x06})
	f.Fuzz(func(t *testing.T, stream []byte) {
		var d inflate.Decoder
		compare(t, &d, stream)
	})
}

func BenchmarkDecode(b *testing.B) {
	text := texts(rand.New(rand.NewPCG(7, 8)))[8] // words
	stream := streams(b, [][]byte{text})[2]
	source := bytes.NewReader(stream)
	discard := func([]byte) error { return nil }
	b.Run("inflate", func(b *testing.B) {
		var d inflate.Decoder
		b.SetBytes(int64(len(text)))
		for b.Loop() {
			if _, err := d.Decode(discard, source, 0, int64(len(stream))); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("flate", func(b *testing.B) {
		r := flate.NewReader(source)
		b.SetBytes(int64(len(text)))
		for b.Loop() {
			source.Reset(stream)
			r.(flate.Resetter).Reset(source, nil)
			if _, err := io.Copy(io.Discard, r); err != nil {
				b.Fatal(err)
			}
		}
	})
}
