package sdist

import (
	"os"
	"path/filepath"
	"strings"
)

// isolation is what a build is kept from.
type isolation struct {
	network bool // it has no network
	paths   bool // it sees its folders at fixed paths
	user    bool // by a user namespace: what Linux asks of those who are not root
}

// top is the folder in which a build sees its folders.
const top = "/ofiuco"

// bind is a folder and where a build sees it.
type bind struct{ real, seen string }

// view is how a build sees the file system.
type view []bind

// path is a path as the build sees it.
func (v view) path(real string) string {
	best := bind{}
	for _, b := range v {
		if under(real, b.real) && len(b.real) > len(best.real) {
			best = b
		}
	}
	if best.real == "" {
		return real
	}
	return best.seen + filepath.ToSlash(strings.TrimPrefix(real, best.real))
}

// under tells whether path is dir or in it.
func under(path, dir string) bool {
	rest, ok := strings.CutPrefix(path, dir)
	return ok && (rest == "" || os.IsPathSeparator(rest[0]))
}

// root is the folder of the whole source.
func (b *Build) root() string {
	if b.Root == "" {
		return b.Dir
	}
	return b.Root
}

// folders are those of the build, and where it sees them. The environment is none where Python is in no virtual
// environment.
func (b *Build) folders(out string) view {
	v := view{{filepath.Clean(b.root()), top + "/source"}, {filepath.Clean(b.Scratch), top + "/scratch"}}
	environment := filepath.Dir(filepath.Dir(b.Python))
	if _, err := os.Stat(filepath.Join(environment, "pyvenv.cfg")); err == nil {
		v = append(v, bind{environment, top + "/environment"})
	}
	if out != "" {
		v = append(v, bind{filepath.Clean(out), top + "/wheel"})
	}
	return v
}

// view is how the build sees the file system.
func (b *Build) view(level isolation, out string) view {
	if !level.paths {
		return nil
	}
	return b.folders(out)
}
