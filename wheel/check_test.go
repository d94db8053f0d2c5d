package wheel_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ofiuco/ofiuco/wheel"
)

// manyMembers is a wheel of so many modules.
func manyMembers(n int) *builder {
	b := newBuilder()
	for i := range n {
		b.add(fmt.Sprintf("alpha/module_%d.py", i), strings.Repeat(fmt.Sprintf("x%d = %d\n", i, i), 1+i%500))
	}
	return b
}

// TestCheckerIsShared checks wheels at once with one Checker; the race detector watches.
func TestCheckerIsShared(t *testing.T) {
	checker := wheel.NewChecker(2)
	data := manyMembers(300).build()
	first, err := checkBytes(data, newBuilder().filename)
	if err != nil {
		t.Fatal(err)
	}
	want, err := first.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			w, err := checker.Check(bytes.NewReader(data), int64(len(data)), newBuilder().filename)
			if err != nil {
				t.Error(err)
				return
			}
			if got, err := w.MarshalBinary(); err != nil || !bytes.Equal(got, want) {
				t.Errorf("another result than alone (%v)", err)
			}
		})
	}
	group.Wait()
}

// TestFirstFault holds the message to the first bad member, whatever is read first.
func TestFirstFault(t *testing.T) {
	b := manyMembers(200)
	for _, name := range []string{"module_20.py", "module_21.py", "module_150.py"} {
		p := b.part(name)
		wrong := func(h *header) { h.crc++ }
		p.local, p.central = wrong, wrong
	}
	data := b.build()
	for workers := 1; workers <= 4; workers++ {
		for range 10 {
			_, err := wheel.NewChecker(workers).Check(bytes.NewReader(data), int64(len(data)), b.filename)
			var fault *wheel.Error
			if !errors.As(err, &fault) || fault.Member != "alpha/module_20.py" {
				t.Fatalf("%d workers: %v", workers, err)
			}
		}
	}
}

var errDisk = errors.New("disk")

// failing fails to read what lies behind an offset.
type failing struct {
	*bytes.Reader
	from int64
}

func (f failing) ReadAt(p []byte, offset int64) (int, error) {
	if offset+int64(len(p)) > f.from {
		return 0, errDisk
	}
	return f.Reader.ReadAt(p, offset)
}

// TestReadErrors holds errors of the disk apart from faults of the wheel.
func TestReadErrors(t *testing.T) {
	data := newBuilder().build()
	var fault *wheel.Error
	for _, from := range []int64{0, int64(len(data)) - 1} {
		_, err := wheel.Check(failing{bytes.NewReader(data), from}, int64(len(data)), newBuilder().filename)
		if !errors.Is(err, errDisk) || errors.As(err, &fault) {
			t.Errorf("from %d on: got %v", from, err)
		}
	}
	broken := &holed{Reader: bytes.NewReader(data), from: 0, to: 200}
	if _, err := wheel.Check(broken, int64(len(data)), newBuilder().filename); !errors.Is(err, errDisk) {
		t.Errorf("in a member: got %v", err)
	}
	if _, err := wheel.Check(bytes.NewReader(data), int64(len(data))+10, newBuilder().filename); err == nil || errors.As(err, &fault) {
		t.Errorf("file shorter than its size: got %v", err)
	}
}

// holed fails to read what touches a range.
type holed struct {
	*bytes.Reader
	from, to int64
}

func (h *holed) ReadAt(p []byte, offset int64) (int, error) {
	if offset < h.to && offset+int64(len(p)) > h.from && int64(len(p)) < h.Size() {
		return 0, errDisk
	}
	return h.Reader.ReadAt(p, offset)
}

func TestReadFile(t *testing.T) {
	b := newBuilder()
	data := b.build()
	w, err := checkBytes(data, b.filename)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.ReadFile(bytes.NewReader(data), "alpha/none.py"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no such file: got %v", err)
	}
	e := w.Lookup("alpha/__init__.py")
	data[e.Offset+5] ^= 1
	if _, err := w.ReadFile(bytes.NewReader(data), e.Path); err == nil {
		t.Error("a file that changed since the check is read")
	}
	clear(data)
	if _, err := w.ReadFile(bytes.NewReader(data), "alpha/data.bin"); err == nil {
		t.Error("a file that was wiped since the check is read")
	}
}

// TestOdditiesAreBounded has a wheel that is odd a hundred times.
func TestOdditiesAreBounded(t *testing.T) {
	b := manyMembers(100)
	for _, p := range b.parts {
		p.unlisted = true
	}
	w, err := checkBytes(b.build(), b.filename)
	if err != nil {
		t.Fatal(err)
	}
	var texts []string
	for _, o := range w.Oddities {
		texts = append(texts, o.Code+": "+o.String())
	}
	want := []string{
		`record-unlisted: member "alpha/__init__.py": is not listed in RECORD`,
		`record-unlisted: member "alpha/data.bin": is not listed in RECORD`,
		`record-unlisted: member "alpha/module_0.py": is not listed in RECORD`,
		`record-unlisted: 102 more like the one before`,
	}
	if diff := cmp.Diff(want, texts); diff != "" {
		t.Error(diff)
	}
}

// TestMemory checks a wheel that inflates to 200 MB, of which little may be in memory at once.
func TestMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds with the race detector")
	}
	b := newBuilder()
	data, stream := zeros()
	for i := range 3 {
		b.add(fmt.Sprintf("alpha/zeros_%d", i), data).stream = &stream
	}
	file := b.build()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, err := checkBytes(file, b.filename); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if used := after.TotalAlloc - before.TotalAlloc; used > 8<<20 {
		t.Errorf("%d bytes were allocated", used)
	}
}

func BenchmarkCheck(b *testing.B) {
	built := manyMembers(1000)
	data := built.build()
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if _, err := checkBytes(data, built.filename); err != nil {
			b.Fatal(err)
		}
	}
}
