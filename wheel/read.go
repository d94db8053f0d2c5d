package wheel

import (
	"cmp"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/ofiuco/ofiuco/internal/quoted"
)

const (
	// bigStream is from how many compressed bytes on a member is read before the others, so that no goroutine
	// is left alone with it at the end.
	bigStream = 256 << 10

	// longestRun is how many members one goroutine reads before another may go on with the folder.
	longestRun = 64
)

// readMember reads a member into k.read. The record must be known, or be that member.
func (k *check) readMember(s *scratch, at int, keep bool) error {
	m := &k.members[at]
	out, err := k.open(at)
	if err != nil {
		return err
	}
	found, err := s.read(k.r, m, k.record.algorithm(at), keep, out)
	k.read[at] = found
	if out != nil {
		err = errors.Join(err, out.Close())
	}
	return err
}

// open is where the member's bytes go besides the check; nil when nobody takes them. A file that is there twice goes once.
func (k *check) open(at int) (io.WriteCloser, error) {
	m := &k.members[at]
	if k.into == nil || m.folder() || k.index[m.name] != at {
		return nil, nil
	}
	return k.into(m.name, m.size, m.executable)
}

// readAll reads the members that were not read yet, with s and what is idle. Of several faults it reports that of the
// first member in the archive, whatever goroutine is faster.
func (c *Checker) readAll(k *check, s *scratch) error {
	runs := k.runs()
	first := firstFault{at: len(k.members)}
	var next atomic.Int64
	readRun := func(s *scratch) (more bool) {
		i := int(next.Add(1)) - 1
		if i >= len(runs) {
			return false
		}
		for _, at := range runs[i] {
			if first.after(at) {
				first.note(at, k.readMember(s, at, false))
			}
		}
		return true
	}
	done := make(chan struct{})
	var helpers sync.WaitGroup
	for range min(cap(c.idle), len(runs)) - 1 {
		helpers.Go(func() {
			for more := true; more; {
				select {
				case s := <-c.idle:
					s = s.ready()
					more = readRun(s)
					c.release(s)
				case <-done:
					return
				}
			}
		})
	}
	for readRun(s) {
	}
	close(done)
	helpers.Wait()
	return first.err
}

// runs are the members that were not read yet, each run of one folder, in the order in which to read them.
func (k *check) runs() [][]int {
	var big, small [][]int
	folder := ""
	for at := range k.members {
		m := &k.members[at]
		switch own := path.Dir(m.name); {
		case k.read[at].offset != 0:
		case m.compressedSize >= bigStream:
			big = append(big, []int{at})
		case len(small) > 0 && own == folder && len(small[len(small)-1]) < longestRun:
			small[len(small)-1] = append(small[len(small)-1], at)
		default:
			small = append(small, []int{at})
			folder = own
		}
	}
	slices.SortStableFunc(big, func(a, b []int) int {
		return cmp.Compare(k.members[b[0]].compressedSize, k.members[a[0]].compressedSize)
	})
	return append(big, small...)
}

// firstFault is the error of the member that comes first in the archive.
type firstFault struct {
	mutex sync.Mutex
	at    int
	err   error
}

// after says whether the first fault known is of a member after at.
func (f *firstFault) after(at int) bool {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	return at < f.at
}

func (f *firstFault) note(at int, err error) {
	if err == nil {
		return
	}
	f.mutex.Lock()
	defer f.mutex.Unlock()
	if at < f.at {
		f.at, f.err = at, err
	}
}

// finish compares what was read with RECORD, and fills the Wheel.
func (k *check) finish(w *Wheel) error {
	exempt := map[string]bool{"RECORD": true, "RECORD.jws": true, "RECORD.p7s": true}
	w.Entries = make([]Entry, 0, len(k.members))
	for at := range k.members {
		m, found := &k.members[at], &k.read[at]
		if m.folder() {
			continue
		}
		if first := k.index[m.name]; first != at {
			if found.sha256 != k.read[first].sha256 || m.executable != k.members[first].executable {
				return refuse(m.name, "is in the archive twice, and not the same")
			}
			k.odd.add(CodeTwice, m.name, "is in the archive twice")
			continue
		}
		if base, inside := cutFolder(m.name, w.DistInfo); !inside || !exempt[base] {
			k.record.compare(at, m, found, &k.odd)
		}
		w.Entries = append(w.Entries, Entry{
			Path: m.name, Executable: m.executable, Deflated: m.method == methodDeflated, Offset: found.offset,
			CompressedSize: m.compressedSize, Size: m.size, CRC32: m.crc, SHA256: found.sha256,
		})
	}
	w.Oddities = k.odd.all()
	return nil
}

// cutFolder is what is left of a path after a folder.
func cutFolder(path, folder string) (rest string, inside bool) {
	if len(path) > len(folder) && path[:len(folder)] == folder && path[len(folder)] == '/' {
		return path[len(folder)+1:], true
	}
	return "", false
}

// ReadFile is the bytes of the file at a path of the wheel that r reads, checked against the Wheel. It is
// meant for small files such as METADATA; one that is not there is fs.ErrNotExist.
func (w *Wheel) ReadFile(r io.ReaderAt, path string) ([]byte, error) {
	e := w.Lookup(path)
	if e == nil {
		return nil, fmt.Errorf("%s: reading member %s: %w", w.Filename, quoted.Always(path), fs.ErrNotExist)
	}
	content := e.Content(r)
	data, err := content.ReadAll()
	if err == nil && sha256.Sum256(data) != e.SHA256 {
		err = errors.New("the file changed since it was checked")
	}
	if err != nil {
		return nil, fmt.Errorf("%s: reading member %s: %w", w.Filename, quoted.Always(path), err)
	}
	return data, nil
}
