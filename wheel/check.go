package wheel

import (
	"errors"
	"io"
	"runtime"
	"strings"

	"github.com/ofiuco/ofiuco/internal/quoted"
	"github.com/ofiuco/ofiuco/pypa/filename"
	"github.com/ofiuco/ofiuco/pypa/name"
)

const (
	// maxRecord and maxFile are the largest RECORD and the largest other file of .dist-info that are read, in
	// bytes, and maxEntryPoints is the most entry points: far more than any wheel has, so that none can
	// exhaust memory.
	maxRecord      = 32 << 20
	maxFile        = 4 << 20
	maxEntryPoints = 10_000

	// A wheel is a bomb when it is larger than bombSize bytes and bombRatio times its archive.
	bombSize  = 64 << 20
	bombRatio = 50
)

// Checker checks wheels, any number at once, and reads a limited number of members at once in all of them.
// For each of these it keeps about a third of a megabyte.
type Checker struct {
	idle    chan *scratch // what nobody reads with: nil until one is needed
	waiting chan *scratch // to the checks of wheels that have none yet
}

// NewChecker is a Checker that reads at most so many members at once.
func NewChecker(members int) *Checker {
	c := &Checker{idle: make(chan *scratch, max(members, 1)), waiting: make(chan *scratch)}
	for range cap(c.idle) {
		c.idle <- nil
	}
	return c
}

// acquire waits for something to read a wheel with.
func (c *Checker) acquire() *scratch {
	var s *scratch
	select {
	case s = <-c.idle:
	case s = <-c.waiting:
	}
	return s.ready()
}

// release gives it to a wheel that waits, before those which help with one may have it: files that several goroutines make
// in the same folders at once make the kernel wait.
func (c *Checker) release(s *scratch) {
	select {
	case c.waiting <- s:
	default:
		c.idle <- s
	}
}

// Check is Checker.Check with as many goroutines as run at once.
func Check(r io.ReaderAt, size int64, filename string) (*Wheel, error) {
	return NewChecker(runtime.GOMAXPROCS(0)).Check(r, size, filename)
}

// Check reads the wheel of that file name and size in bytes from r, from its first byte to its last. The
// error is an *Error when the wheel is at fault, else that of r. Violations that may be allowed are no
// error here, so that the result holds under every policy: ask Wheel.Refusal.
func (c *Checker) Check(r io.ReaderAt, size int64, filename string) (*Wheel, error) {
	return c.CheckInto(r, size, filename, nil)
}

// Sink takes a file of a wheel while it is checked: the writer gets its bytes, and is closed. It is called by many goroutines,
// once for each path, which obeys tree.CheckPath. Nothing that it got may be used unless the check succeeds.
type Sink func(path string, size int64, executable bool) (io.WriteCloser, error)

// CheckInto is Check, and hands every file to into on the way. Its errors are also those of into.
func (c *Checker) CheckInto(r io.ReaderAt, size int64, filename string, into Sink) (*Wheel, error) {
	w, err := c.check(r, size, filename, into)
	var fault *Error
	if errors.As(err, &fault) {
		fault.Filename = filename
		return nil, fault
	}
	return w, err
}

// check is one wheel while it is checked.
type check struct {
	r       io.ReaderAt
	into    Sink // nil when nobody takes the files
	members []member
	read    []contents     // for each member
	index   map[string]int // the first member of each name
	record  record
	odd     oddities
}

func (c *Checker) check(r io.ReaderAt, size int64, file string, into Sink) (*Wheel, error) {
	w, err := parseFilename(file)
	if err != nil {
		return nil, err
	}
	k := &check{r: r, into: into}
	s := c.acquire()
	defer c.release(s)
	if k.members, err = readMembers(r, size); err != nil {
		return nil, err
	}
	k.read = make([]contents, len(k.members))
	k.record = make(record, len(k.members))
	k.index = make(map[string]int, len(k.members))
	for i := range k.members {
		if _, twice := k.index[k.members[i].name]; !twice {
			k.index[k.members[i].name] = i
		}
	}
	if err := k.findFolders(w); err != nil {
		return nil, err
	}
	k.checkBomb(size)
	if err := k.readDistInfo(w, s); err != nil {
		return nil, err
	}
	if err := c.readAll(k, s); err != nil {
		return nil, err
	}
	if err := k.finish(w); err != nil {
		return nil, err
	}
	return w, nil
}

func parseFilename(file string) (*Wheel, error) {
	parsed, err := filename.ParseWheel(file)
	if err != nil {
		return nil, refuse("", "%v", err)
	}
	if _, err := name.Parse(string(parsed.Name)); err != nil {
		return nil, refuse("", "%v", err)
	}
	return &Wheel{Filename: file, Name: parsed.Name, Version: parsed.Version, Build: parsed.Build, Tags: parsed.Tags}, nil
}

// findFolders finds the .dist-info and the .data folder, and checks what is in the latter.
func (k *check) findFolders(w *Wheel) error {
	p := project{w.Name, w.Version}
	for i := range k.members {
		member := k.members[i].name
		folder, rest, inside := strings.Cut(member, "/")
		if !inside {
			continue
		}
		var known *string
		var suffix string
		switch lower := strings.ToLower(folder); {
		case strings.HasSuffix(lower, ".dist-info"):
			known, suffix = &w.DistInfo, ".dist-info"
		case strings.HasSuffix(lower, ".data"):
			known, suffix = &w.DataDir, ".data"
		default:
			continue
		}
		if *known == "" {
			stem, exact := strings.CutSuffix(folder, suffix)
			if !exact || !p.matchesFolder(stem) {
				return refuse(member, "is in a %s folder that is not of %s %s", suffix, p.name, p.version)
			}
			*known = folder
		}
		if *known != folder {
			return refuse(member, "is in a second %s folder besides %s", suffix, quoted.Always(*known))
		}
		if known == &w.DataDir && rest != "" && !k.members[i].folder() {
			if err := checkData(rest); err != nil {
				return refuse(member, "%v", err)
			}
		}
	}
	if w.DistInfo == "" {
		return refuse("", "has no .dist-info folder of %s %s", p.name, p.version)
	}
	return nil
}

// checkBomb compares what is inflated with the archive's size, by the rule of PyPI.
func (k *check) checkBomb(archive int64) {
	var inflated int64
	for i := range k.members {
		if inflated += k.members[i].size; inflated < 0 {
			inflated = 1<<63 - 1
			break
		}
	}
	if inflated > bombSize && inflated/bombRatio > archive {
		k.odd.add(CodeBomb, "", "inflates from %d to %d bytes, more than %d times its size", archive, inflated, bombRatio)
	}
}

// readDistInfo reads the files of .dist-info that say how the others are to be read.
func (k *check) readDistInfo(w *Wheel, s *scratch) error {
	p := project{w.Name, w.Version}
	files := []struct {
		name  string
		most  int64
		parse func([]byte) error
	}{
		{"RECORD", maxRecord, func(text []byte) error {
			rows, err := parseRecord(string(text))
			if err != nil {
				return err
			}
			return k.record.join(rows, k.members, k.index, w.DistInfo+"/RECORD", &k.odd)
		}},
		{"WHEEL", maxFile, func(text []byte) (err error) {
			w.RootIsPurelib, err = readWheelFile(text, w.Tags, &k.odd)
			return err
		}},
		{"METADATA", maxFile, func(text []byte) (err error) {
			w.Metadata, err = readMetadata(text, p, &k.odd)
			return err
		}},
		{entryPoints, maxFile, func(text []byte) (err error) {
			w.EntryPoints, err = readEntryPoints(text, &k.odd)
			return err
		}},
	}
	for _, file := range files {
		path := w.DistInfo + "/" + file.name
		at, found := k.index[path]
		if !found {
			if file.name == entryPoints {
				continue // the only one that may be missing
			}
			return refuse("", "has no %s", quoted.Always(path))
		}
		if size := k.members[at].size; size > file.most {
			return refuse(path, "has %d bytes, more than the %d that are read", size, file.most)
		}
		if err := k.readMember(s, at, true); err != nil {
			return err
		}
		err := file.parse(k.read[at].bytes)
		k.read[at].bytes = nil
		var fault *Error
		if err != nil && !errors.As(err, &fault) {
			return refuse(path, "%v", err)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
