package install

import (
	"fmt"
	"io"
	"io/fs"

	"github.com/ofiuco/ofiuco/tree"
	"github.com/ofiuco/ofiuco/wheel"
)

// Layout is the installation of a wheel that is unpacked already, for who links to its files: what stays as it
// is in the wheel, and where it goes, is told apart from what the installation writes.
type Layout struct {
	Owner string // the project and its version, such as "numpy 2.1.0"
	// Root is the folder, in the Tree, of what is outside the .data folder. Of that, Kept says what goes there.
	Root string
	// Moved are the files of the .data folder that stay as they are.
	Moved []Moved
	// Written are the scripts and, of .dist-info, INSTALLER, direct_url.json and RECORD.
	Written []tree.File
}

// Moved is a file of a .data folder.
type Moved struct {
	Entry *wheel.Entry
	Path  string // in the Tree
}

// Unpacked is the Layout of a wheel whose files are in a folder. The Tree of both its parts is that of Tree, with which
// it shares the rules. When the .dist-info folder is the installed one already, recorded, and there is no DirectURL, nothing
// of .dist-info is Written.
func Unpacked(w *wheel.Wheel, files fs.FS, recorded bool, options Options) (*Layout, error) {
	i := newInstallation(w, options)
	l := &Layout{Owner: i.owner, Root: i.folder(i.root)}
	if err := i.layOut(l, files, !recorded || options.DirectURL != nil); err != nil {
		return nil, fmt.Errorf("%s: installing %s: %w", i.owner, w.Filename, err)
	}
	l.Written = i.files
	return l, nil
}

func (i *installation) layOut(l *Layout, files fs.FS, metadata bool) error {
	if err := i.addEntryPoints(); err != nil {
		return err
	}
	if !metadata && i.wheel.DataDir == "" {
		return nil
	}
	for n := range i.wheel.Entries {
		e := &i.wheel.Entries[n]
		if !i.keeps(e.Path) {
			continue
		}
		if i.wheel.DataDir == "" || !isBelow(i.wheel.DataDir, e.Path) {
			if err := tree.CheckPath(e.Path); err != nil {
				return err
			}
			i.rows = append(i.rows, row{key: i.root, path: e.Path, size: e.Size, sha256: e.SHA256[:]})
			continue
		}
		if err := i.layOutData(l, files, e); err != nil {
			return err
		}
	}
	if !metadata {
		return nil
	}
	return i.addMetadata()
}

// layOutData adds a file of the .data folder. A script that the wheel has without its executable bit can't stay as it is.
func (i *installation) layOutData(l *Layout, files fs.FS, e *wheel.Entry) error {
	k, within, err := i.place(e.Path)
	if err != nil {
		return err
	}
	if k == keyScripts {
		content := tree.Content{Size: e.Size, SHA256: e.SHA256[:], Open: func() (io.ReadCloser, error) { return files.Open(e.Path) }}
		rewritten, err := i.rewriteShebang(content)
		if err != nil {
			return fmt.Errorf("reading %q: %w", e.Path, err)
		}
		if rewritten.Open == nil || !e.Executable {
			return i.add(k, within, rewritten, true)
		}
	}
	r := row{key: k, path: within, size: e.Size, sha256: e.SHA256[:]}
	full, err := i.fullPath(r)
	if err != nil {
		return err
	}
	i.rows = append(i.rows, r)
	l.Moved = append(l.Moved, Moved{Entry: e, Path: full})
	return nil
}

// Kept says whether a file outside the .data folder goes into an installation: not the bytecode, nor what the
// installation writes itself.
func Kept(w *wheel.Wheel, file string) bool {
	if w.DataDir != "" && isBelow(w.DataDir, file) {
		return false
	}
	return (&installation{wheel: w}).keeps(file)
}

func isBelow(folder, file string) bool {
	_, inside := below(folder, file)
	return inside
}
