package binary

import (
	"cmp"
	"errors"
	"io"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/ofiuco/ofiuco/target"
)

// Output is all linked files of an output, to be held against Targets. Files may be added concurrently; all of them must
// be before Problems is asked.
type Output struct {
	// System tells whether the machine that the output is for has a library, where one knows that machine: a virtual
	// environment is on it. May be nil.
	System func(library string) bool
	// Image says that the output may be the file system of an image: where it has a C library, it has all libraries there
	// are.
	Image bool

	mu      sync.Mutex
	files   []outputFile
	links   []link
	broken  []Problem
	targets []target.Target
}

// maxNamesakes is how many files of one name are told apart.
const maxNamesakes = 64

type outputFile struct {
	path  string
	file  *File
	users map[Version][]string
}

type link struct{ path, to string }

// NewOutput is an Output without files, for targets that Problems is going to be asked for.
func NewOutput(targets ...target.Target) *Output { return &Output{targets: targets} }

// Add reads a file of the output, if it is a linked one; size is in bytes. The error is that of reading: a broken file
// is a Problem.
func (o *Output) Add(file string, r io.ReaderAt, size int64) error {
	f, err := Read(r, size)
	var broken *FormatError
	if errors.As(err, &broken) {
		p := Problem{Path: file, Text: "is a " + broken.Error(), Info: !isLibrary(file)}
		if !p.Info {
			p.Hint = "Tell the package's maintainers, or choose another version."
		}
		o.mu.Lock()
		defer o.mu.Unlock()
		o.broken = append(o.broken, p)
		return nil
	}
	if f == nil || err != nil {
		return err
	}
	added := outputFile{path: file, file: f}
	if f.Format == ELF {
		added.users = users(r, size, o.tooNew)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.files = append(o.files, added)
	return nil
}

// AddLink adds a symbolic or hard link at file: another name of the file that to's last element names.
func (o *Output) AddLink(file, to string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.links = append(o.links, link{file, to})
}

// Len is how many linked files were added.
func (o *Output) Len() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.files)
}

// tooNew tells whether a version is too new for one of the targets.
func (o *Output) tooNew(v Version) bool {
	return slices.ContainsFunc(o.targets, func(t target.Target) bool {
		return t.Libc().Name == Glibc && (&checker{target: t}).tooNew(v)
	})
}

// Problems are what keeps files from running on t, and what is worth to know, sorted by path.
func (o *Output) Problems(t target.Target) []Problem {
	o.mu.Lock()
	defer o.mu.Unlock()
	s := &shipment{output: o, target: t, byName: map[string][]int{}, modules: map[module]bool{}}
	s.index()
	problems := slices.Clone(o.broken)
	system := o.Image && s.hasLibc()
	for i := range o.files {
		f := &o.files[i]
		c := &checker{
			file: f.file, path: f.path, target: t, users: f.users, system: system,
			whole: func(library string) ([]*File, bool) { return s.find(f.file, library) },
			twin:  func() bool { return s.hasTwin(f) },
		}
		problems = append(problems, c.check()...)
	}
	slices.SortStableFunc(problems, func(a, b Problem) int { return cmp.Compare(a.Path, b.Path) })
	return problems
}

// shipment is an Output as a Target sees it.
type shipment struct {
	output  *Output
	target  target.Target
	byName  map[string][]int // of files, by the names a library is found under
	modules map[module]bool  // modules, without their ABI, that the target can load
}

// index finds the files by all names of theirs: their own, that in them, and those of links to them.
func (s *shipment) index() {
	for i, f := range s.output.files {
		s.name(f.path, i)
		if f.file.Name != "" {
			s.name(f.file.Name, i)
		}
		if m, ok := moduleOf(f.path); ok && s.fits(f.file) {
			s.modules[module{folder: m.folder, name: m.name}] = true
		}
	}
	// A link may lead to a link: a few rounds find all of a real output.
	for range 3 {
		for _, l := range s.output.links {
			for _, i := range s.byName[s.key(l.to)] {
				s.name(l.path, i)
			}
		}
	}
}

// name makes a file found under the last element of a path.
func (s *shipment) name(file string, i int) {
	key := s.key(file)
	if known := s.byName[key]; len(known) < maxNamesakes && !slices.Contains(known, i) {
		s.byName[key] = append(known, i)
	}
}

// key is a library's name as the target's loader compares it.
func (s *shipment) key(file string) string {
	if s.target.OS() == target.Windows {
		return strings.ToLower(path.Base(file))
	}
	return path.Base(file)
}

// fits tells whether the target can load a file at all.
func (s *shipment) fits(f *File) bool {
	return f.Format == formatFor[s.target.OS()] && slices.Contains(f.Machines, s.target.Arch())
}

// find finds the library that a file needs, for one of its machines.
func (s *shipment) find(needs *File, library string) ([]*File, bool) {
	var files []*File
	for _, i := range s.byName[s.key(library)] {
		f := s.output.files[i].file
		if f.Format == needs.Format && slices.ContainsFunc(f.Machines, func(m string) bool { return slices.Contains(needs.Machines, m) }) {
			files = append(files, f)
		}
	}
	return files, len(files) > 0 || s.output.System != nil && s.output.System(library)
}

// hasTwin tells whether the output has the same module, or a library of the same name, for the target.
func (s *shipment) hasTwin(f *outputFile) bool {
	if m, ok := moduleOf(f.path); ok {
		return s.modules[module{folder: m.folder, name: m.name}]
	}
	return slices.ContainsFunc(s.byName[s.key(f.path)], func(i int) bool { return s.fits(s.output.files[i].file) })
}

// hasLibc tells whether the output has a C library for the target.
func (s *shipment) hasLibc() bool {
	for name, files := range s.byName {
		if name != "libc.so.6" && !strings.HasPrefix(name, "ld-musl-") {
			continue
		}
		if slices.ContainsFunc(files, func(i int) bool { return s.fits(s.output.files[i].file) }) {
			return true
		}
	}
	return false
}
