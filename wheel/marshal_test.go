package wheel

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"reflect"
	"testing"
)

// sample is a Wheel with something in each field and so many entries.
func sample(t testing.TB, entries int) *Wheel {
	t.Helper()
	w, err := parseFilename("alpha-1.0-2b-py2.py3-none-any.whl")
	if err != nil {
		t.Fatal(err)
	}
	w.DistInfo, w.DataDir, w.RootIsPurelib = "alpha-1.0.dist-info", "alpha-1.0.data", true
	w.Metadata = Metadata{
		Name: "alpha", Version: "1.0", RequiresPython: ">=3.8",
		RequiresDist: []string{"beta", "gamma"}, ProvidesExtra: []string{"test"},
	}
	w.EntryPoints = []EntryPoint{
		{Group: ConsoleScripts, Name: "alpha", Module: "alpha", Attr: "main", Extras: []string{"x"}},
		{Group: "plugins", Name: "beta", Module: "alpha.beta"},
	}
	w.Oddities = []Oddity{{Code: CodeRecord, Member: "alpha/a.py", Text: "differs", Facts: "both"}, {Code: CodeTags, Text: "other"}}
	offset := int64(0)
	for i := range entries {
		e := Entry{
			Path: fmt.Sprintf("alpha/package_%d/module_%d.py", i/20, i), Executable: i%7 == 0, Deflated: i%3 != 0,
			Offset: offset + 70, CompressedSize: int64(i) * 3, Size: int64(i) * 10, CRC32: uint32(i) * 7919,
			SHA256: sha256.Sum256([]byte{byte(i)}),
		}
		offset = e.Offset + e.CompressedSize
		w.Entries = append(w.Entries, e)
	}
	return w
}

func marshal(t testing.TB, w *Wheel) []byte {
	t.Helper()
	data, err := w.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestMarshal(t *testing.T) {
	for _, entries := range []int{0, 1, 500} {
		w := sample(t, entries)
		var got Wheel
		if err := got.UnmarshalBinary(marshal(t, w)); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(&got, w) {
			t.Errorf("with %d entries: got %+v, want %+v", entries, got, w)
		}
	}
}

func TestUnmarshalKeepsNothing(t *testing.T) {
	w := sample(t, 3)
	data := marshal(t, w)
	var got Wheel
	if err := got.UnmarshalBinary(data); err != nil {
		t.Fatal(err)
	}
	clear(data)
	if !reflect.DeepEqual(&got, w) {
		t.Error("the Wheel changed with the bytes it was read from")
	}
}

// TestUnmarshalDamage flips, cuts and adds bytes.
func TestUnmarshalDamage(t *testing.T) {
	data := marshal(t, sample(t, 3))
	before := Wheel{Filename: "unchanged"}
	try := func(what string, damaged []byte) {
		got := before
		if err := got.UnmarshalBinary(damaged); !errors.Is(err, errDamaged) || !reflect.DeepEqual(got, before) {
			t.Errorf("%s: error %v, Wheel %+v", what, err, got)
		}
	}
	for i := range data {
		damaged := bytes.Clone(data)
		damaged[i] ^= 0x10
		try(fmt.Sprintf("byte %d flipped", i), damaged)
		try(fmt.Sprintf("cut at %d", i), data[:i])
	}
	try("a byte more", append(bytes.Clone(data), 0))
}

// seal gives a body the checksum that makes UnmarshalBinary read it.
func seal(body []byte) []byte {
	data := append([]byte(magic), body...)
	sum := sha256.Sum256(data)
	return append(data, sum[:]...)
}

func TestUnmarshalStale(t *testing.T) {
	var w Wheel
	if err := w.UnmarshalBinary(seal(binary.AppendUvarint(nil, CheckVersion+1))); !errors.Is(err, ErrStale) {
		t.Errorf("got %v, want ErrStale", err)
	}
}

// FuzzUnmarshal reads bodies whose checksum is right.
func FuzzUnmarshal(f *testing.F) {
	data := marshal(f, sample(f, 3))
	f.Add(data[len(magic) : len(data)-sha256.Size])
	f.Add([]byte{CheckVersion})
	f.Fuzz(func(t *testing.T, body []byte) {
		var w Wheel
		if err := w.UnmarshalBinary(seal(body)); err != nil {
			return
		}
		var again Wheel
		if err := again.UnmarshalBinary(marshal(t, &w)); err != nil || !reflect.DeepEqual(&again, &w) {
			t.Errorf("%v: %+v, then %+v", err, w, again)
		}
	})
}

func BenchmarkUnmarshal(b *testing.B) {
	for _, entries := range []int{3_000, 25_000} {
		b.Run(fmt.Sprint(entries), func(b *testing.B) {
			data := marshal(b, sample(b, entries))
			for b.Loop() {
				var w Wheel
				if err := w.UnmarshalBinary(data); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// TestSampleIsWhole holds sample to all fields, so that the tests above miss none.
func TestSampleIsWhole(t *testing.T) {
	w := reflect.ValueOf(*sample(t, 3))
	for i := range w.NumField() {
		if w.Field(i).IsZero() {
			t.Errorf("sample has no %s", w.Type().Field(i).Name)
		}
	}
}
