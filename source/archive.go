package source

import (
	"bufio"
	"compress/bzip2"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/ulikunitz/xz"

	"github.com/ofiuco/ofiuco/internal/quoted"
	"github.com/ofiuco/ofiuco/pypa/name"
	"github.com/ofiuco/ofiuco/pypa/version"
)

const (
	// maxUnpacked is the most that an archive may inflate to, in bytes: ten times the largest sdists.
	maxUnpacked = 4 << 30
	// An archive is a bomb when it inflates to more than bombSize bytes and bombRatio times its size. Those are the
	// bounds that PyPI sets to wheels.
	bombSize  = 64 << 20
	bombRatio = 50
)

// kind is what a member of an archive is.
type kind byte

const (
	file kind = iota
	folder
	symlink
	hardlink // the same file under a second name
)

// member is a member of an archive.
type member struct {
	name       string // as written
	kind       kind
	target     string // of a link
	size       int64  // of a file, in bytes
	executable bool
	modified   time.Time
}

// Unpack unpacks an archive (.tar.gz, .tar.bz2, .tar.xz, their short forms, .tar and .zip: by its file name) into dir,
// which must be an empty folder, and gives the folder of the project in it. That is the only folder at the archive's
// top, or dir itself when more is there, as pip and uv have it. The error is an *Error when the archive is at fault,
// else the disk's or that of ctx; what is in dir then is of no use.
func Unpack(ctx context.Context, archive, filename, dir string) (root string, err error) {
	top, err := unpack(ctx, archive, filename, dir)
	var fault *Error
	if errors.As(err, &fault) {
		fault.Source = filename
		return "", fault
	}
	return filepath.Join(dir, filepath.FromSlash(top)), err
}

// UnpackSdist is Unpack for the sdist of an index, whose one folder at the top must be NAME-VERSION (PEP 517, 625),
// however spelled.
func UnpackSdist(ctx context.Context, archive, filename, dir string, n name.Name, v version.Version) (root string, err error) {
	root, err = Unpack(ctx, archive, filename, dir)
	if err != nil {
		return "", err
	}
	if filepath.Clean(root) == filepath.Clean(dir) {
		return "", &Error{Source: filename, Reason: "has not one folder at its top, as an sdist must have", Hint: broken}
	}
	if top := filepath.Base(root); !isTop(top, n, v) {
		return "", &Error{
			Source: filename, Reason: fmt.Sprintf("has the folder %s at its top, not one of %s %s", quoted.Always(top), n, v), Hint: broken,
		}
	}
	return root, nil
}

// isTop says whether a folder is NAME-VERSION. Older tools left dashes in either part.
func isTop(top string, n name.Name, v version.Version) bool {
	for i := range len(top) {
		if top[i] != '-' || name.Normalize(top[:i]) != n {
			continue
		}
		if got, err := version.Parse(top[i+1:]); err == nil && got.Compare(v) == 0 {
			return true
		}
	}
	return false
}

// formats are the archives that are unpacked, by the ends of their file names.
var formats = []struct {
	suffix string
	unpack func(context.Context, *os.File, int64, *place) error
}{
	{".tar.gz", unpackGzip}, {".tgz", unpackGzip},
	{".tar.bz2", unpackBzip2}, {".tbz2", unpackBzip2}, {".tbz", unpackBzip2},
	{".tar.xz", unpackXZ}, {".txz", unpackXZ},
	{".tar", unpackPlain},
	{".zip", unpackZip},
}

// unpack is Unpack with errors that don't name the archive. top is relative to dir.
func unpack(ctx context.Context, archive, filename, dir string) (top string, err error) {
	lower := strings.ToLower(filename)
	for _, format := range formats {
		if !strings.HasSuffix(lower, format.suffix) {
			continue
		}
		f, err := os.Open(archive)
		if err != nil {
			return "", err
		}
		defer f.Close()
		info, err := f.Stat()
		if err != nil {
			return "", err
		}
		p, err := openPlace(dir, limit(info.Size()))
		if err != nil {
			return "", err
		}
		defer p.close()
		if err := format.unpack(ctx, f, info.Size(), p); err != nil {
			return "", err
		}
		return p.finish()
	}
	e := refuse("", "is packed in a way that ofiuco does not unpack")
	e.Hint = "An sdist is a .tar.gz (PEP 625); .tar.bz2, .tar.xz, .tar and .zip are unpacked, too."
	return "", e
}

// limit is how many bytes an archive of so many may inflate to.
func limit(size int64) int64 {
	return min(maxUnpacked, max(bombSize, bombRatio*min(size, maxUnpacked)))
}

func unpackPlain(ctx context.Context, f *os.File, _ int64, p *place) error {
	return unpackTar(ctx, bufio.NewReaderSize(f, 1<<16), p)
}

func unpackGzip(ctx context.Context, f *os.File, _ int64, p *place) error {
	r, err := gzip.NewReader(bufio.NewReaderSize(f, 1<<16))
	if err != nil {
		return refuse("", "is no gzip file: %v", err)
	}
	defer r.Close()
	return unpackTar(ctx, bufio.NewReaderSize(r, 1<<16), p)
}

func unpackBzip2(ctx context.Context, f *os.File, _ int64, p *place) error {
	return unpackTar(ctx, bufio.NewReaderSize(bzip2.NewReader(bufio.NewReaderSize(f, 1<<16)), 1<<16), p)
}

func unpackXZ(ctx context.Context, f *os.File, _ int64, p *place) error {
	if err := scanXZ(bufio.NewReaderSize(f, 1<<16), p.left); err != nil {
		return err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	r, err := xz.NewReader(bufio.NewReaderSize(f, 1<<16))
	if err != nil {
		return refuse("", "is no xz file: %v", err)
	}
	return unpackTar(ctx, bufio.NewReaderSize(r, 1<<16), p)
}

func unpackTar(ctx context.Context, r io.Reader, p *place) error {
	t := &tarReader{r: &meter{ctx: ctx, r: r, left: p.left}}
	for {
		m, err := t.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = p.add(m, t)
		}
		if err != nil {
			return err
		}
	}
}

// meter reads no more than an archive may inflate to, and says of every other error that it is the archive's.
type meter struct {
	ctx  context.Context
	r    io.Reader
	left int64
}

func (m *meter) Read(b []byte) (int, error) {
	if err := m.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := m.r.Read(b)
	if m.left -= int64(n); m.left < 0 {
		return 0, errBomb()
	}
	if err != nil && !errors.Is(err, io.EOF) {
		var disk *os.PathError
		if !errors.As(err, &disk) {
			err = refuse("", "can't be inflated: %v", err)
		}
	}
	return n, err
}

func errBomb() *Error {
	return refuse("", "inflates to more than %d MiB and %d times its size, or to more than %d GiB", bombSize>>20, bombRatio, maxUnpacked>>30)
}

// cleanName is a member's name as a path, "" for the archive's top. Tools that are told to pack "." begin every name
// with "./"; what else is not clean is refused.
func cleanName(written string) (string, error) {
	if strings.HasPrefix(written, "/") {
		return "", fmt.Errorf("has an absolute name")
	}
	elements := make([]string, 0, 8)
	for element := range strings.SplitSeq(written, "/") {
		if element != "" && element != "." {
			elements = append(elements, element)
		}
	}
	if len(elements) > maxDepth {
		return "", fmt.Errorf("lies in more than %d folders", maxDepth)
	}
	return path.Join(elements...), checkElements(elements)
}
