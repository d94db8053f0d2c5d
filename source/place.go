package source

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"github.com/ofiuco/ofiuco/internal/quoted"
	"github.com/ofiuco/ofiuco/tree"
)

const (
	// maxNodes is how many files, folders and links an archive may make, maxLinks how many of them may be links, and
	// maxDepth how deep they may lie: many times what sdists have.
	maxNodes = 1 << 18
	maxLinks = 1 << 14
	maxDepth = 100
)

// The times that a zip can hold, in every time zone (APPNOTE.TXT 4.4.6): backends put files into wheels with theirs.
var (
	earliest = time.Date(1980, 1, 2, 0, 0, 0, 0, time.UTC)
	latest   = time.Date(2107, 12, 30, 0, 0, 0, 0, time.UTC)
)

// place is the folder that an archive is unpacked to.
type place struct {
	root   *os.Root
	nodes  map[string]node // by path, without folders that names only imply being left out
	links  []string        // the paths of symlink nodes, in the archive's order
	left   int64           // how many bytes may still be written
	buffer []byte
	// parent is the folder of the last file, "." for the top, kept open as at: archives name the files of a folder one
	// after another.
	parent string
	at     *os.Root
}

// node is what the archive has at a path.
type node struct {
	kind   kind
	target string // of a symlink
	shared bool   // a file with two names
}

// openPlace opens an empty folder, to which so many bytes may be written.
func openPlace(dir string, bytes int64) (*place, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	return &place{root: root, nodes: map[string]node{}, left: bytes, buffer: make([]byte, 1<<16), parent: ".", at: root}, nil
}

func (p *place) close() {
	p.leave()
	_ = p.root.Close()
}

// add makes what a member says; content is that of a file.
func (p *place) add(m *member, content io.Reader) error {
	at, err := cleanName(m.name)
	if err != nil {
		return refuse(m.name, "%v", err)
	}
	if at == "" {
		if m.kind == folder {
			return nil
		}
		return refuse(m.name, "has no name")
	}
	if m.kind == folder {
		return p.named(m, p.mkdir(at))
	}
	if err := p.mkdir(path.Dir(at)); err != nil {
		return p.named(m, err)
	}
	if err := p.clear(at, m); err != nil {
		return p.named(m, err)
	}
	switch m.kind {
	case symlink:
		err = p.link(at, m.target)
	case hardlink:
		err = p.again(at, m)
	default:
		err = p.write(at, m, content)
	}
	return p.named(m, err)
}

// named says of an archive's fault which member has it.
func (p *place) named(m *member, err error) error {
	var fault *Error
	if errors.As(err, &fault) && fault.Member == "" {
		fault.Member = m.name
	}
	return err
}

// mkdir makes a folder and those that it lies in.
func (p *place) mkdir(at string) error {
	if at == "." {
		return nil
	}
	if known, ok := p.nodes[at]; ok {
		if known.kind != folder {
			return refuse("", "lies under %s, which the archive has as a file or link", quoted.Always(at))
		}
		return nil
	}
	if err := p.mkdir(path.Dir(at)); err != nil { // no deeper than maxDepth
		return err
	}
	if err := p.claim(at, node{kind: folder}); err != nil {
		return err
	}
	if err := p.enter(path.Dir(at)); err != nil {
		return err
	}
	base := path.Base(at)
	if err := p.at.Mkdir(base, 0o755); err != nil {
		return p.twin(at, err)
	}
	return p.at.Chmod(base, 0o755) // whatever the umask
}

// clear makes a path free for a member. Only a file may replace a file, as all readers of tar have it: of a second member
// where a link is or comes, or where other names lead to the same file, some write through the link.
func (p *place) clear(at string, m *member) error {
	known, ok := p.nodes[at]
	switch {
	case !ok:
		return nil
	case known.kind == folder:
		return refuse("", "is a file or link where the archive has a folder")
	case known.kind != file || m.kind != file || known.shared:
		return refuse("", "is there twice, once as a link or linked to")
	}
	delete(p.nodes, at)
	return p.root.Remove(at)
}

func (p *place) claim(at string, n node) error {
	if len(p.nodes) >= maxNodes {
		return refuse("", "is one of more than %d files and folders", maxNodes)
	}
	p.nodes[at] = n
	return nil
}

// write makes a file.
func (p *place) write(at string, m *member, content io.Reader) error {
	if m.size > p.left {
		return errBomb()
	}
	p.left -= m.size
	if err := p.claim(at, node{kind: file}); err != nil {
		return err
	}
	if err := p.enter(path.Dir(at)); err != nil {
		return err
	}
	base := path.Base(at)
	f, err := p.at.OpenFile(base, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return p.twin(at, err)
	}
	written, err := p.copy(f, content, m.size)
	if err == nil {
		err = f.Chmod(mode(m.executable)) // whatever the umask
	}
	if closing := f.Close(); err == nil {
		err = closing
	}
	if err == nil && written != m.size {
		err = refuse("", "has %d bytes, not the %d that its header says", written, m.size)
	}
	if err != nil {
		return err
	}
	return p.at.Chtimes(base, time.Time{}, clamp(m.modified))
}

// copy copies no more than one byte above the size, so that a lie is seen and does no harm.
func (p *place) copy(f *os.File, content io.Reader, size int64) (int64, error) {
	return io.CopyBuffer(struct{ io.Writer }{f}, io.LimitReader(content, size+1), p.buffer)
}

func mode(executable bool) fs.FileMode {
	if executable {
		return 0o755
	}
	return 0o644
}

func clamp(t time.Time) time.Time {
	switch {
	case t.Before(earliest):
		return earliest
	case t.After(latest):
		return latest
	}
	return t
}

// enter makes a folder the parent. Opened from the one it lies in, or from the top, none is opened twice in a row.
func (p *place) enter(dir string) error {
	if dir == p.parent {
		return nil
	}
	from, relative := p.root, dir
	if path.Dir(dir) == p.parent {
		from, relative = p.at, path.Base(dir)
	}
	at := p.root
	if dir != "." {
		var err error
		if at, err = from.OpenRoot(relative); err != nil {
			return err
		}
	}
	p.leave()
	p.parent, p.at = dir, at
	return nil
}

func (p *place) leave() {
	if p.at != p.root {
		_ = p.at.Close()
	}
	p.parent, p.at = ".", p.root
}

// again makes a file that the archive has already, under a second name. It is a copy: a build that writes to one of them
// must not change the other, and not every disk has links.
func (p *place) again(at string, m *member) error {
	from, err := cleanName(m.target)
	if err != nil {
		return refuse("", "is a link to %s, which %v", quoted.Always(m.target), err)
	}
	if known, ok := p.nodes[from]; !ok || known.kind != file {
		return refuse("", "is a link to %s, which is no file that the archive had before it", quoted.Always(m.target))
	}
	p.nodes[from] = node{kind: file, shared: true}
	if err := p.duplicate(from, at); err != nil {
		return err
	}
	p.nodes[at] = node{kind: file, shared: true}
	return nil
}

func (p *place) duplicate(from, to string) error {
	f, err := p.root.Open(from)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	copied := &member{size: info.Size(), executable: info.Mode()&0o100 != 0, modified: info.ModTime()}
	return p.write(to, copied, f)
}

// twin explains that a path is there although the archive did not have it yet.
func (p *place) twin(at string, err error) error {
	if !errors.Is(err, fs.ErrExist) {
		return err
	}
	for known := range p.nodes {
		if known != at && strings.EqualFold(norm.NFC.String(known), norm.NFC.String(at)) {
			return refuse("", "and %s are one path on this disk, which folds case", quoted.Always(known))
		}
	}
	return err
}

// finish makes the links, and says what the archive's only folder is, "" when there is more at its top.
func (p *place) finish() (top string, err error) {
	if len(p.nodes) == 0 {
		return "", refuse("", "has no files")
	}
	for at, n := range p.nodes {
		if strings.Contains(at, "/") {
			continue
		}
		if top != "" || n.kind != folder {
			top = ""
			break
		}
		top = at
	}
	return top, p.makeLinks(top)
}

// checkElements refuses the elements of a path that no Tree may hold: control characters, backslashes and drive letters
// mean something else on other systems.
func checkElements(elements []string) error {
	if len(elements) == 0 {
		return nil
	}
	var fault *tree.PathError
	if err := tree.CheckPath(strings.Join(elements, "/")); errors.As(err, &fault) {
		return fmt.Errorf("has a name that %s", fault.Reason)
	} else if err != nil {
		return err
	}
	return nil
}
