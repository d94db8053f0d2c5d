package venv

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/ofiuco/ofiuco/install"
	"github.com/ofiuco/ofiuco/tree"
)

// folds tells whether the disk takes names that differ by case only for one. The folder's own name has letters.
func folds(dir string) bool {
	other := filepath.Join(filepath.Dir(dir), strings.ToUpper(filepath.Base(dir)))
	_, err := os.Lstat(other)
	return err == nil
}

// planFolded is the plan for a disk that folds case. Two files whose paths are one there are refused.
func (b *builder) planFolded() (*plan, error) {
	var files []tree.File
	for _, p := range b.packages {
		files = append(files, p.Written...)
		for _, m := range p.Moved {
			files = append(files, tree.File{Path: m.Path, Owner: p.Owner, Content: tree.Content{Size: m.Entry.Size, SHA256: m.Entry.SHA256[:]}})
		}
		for i := range p.Wheel.Entries {
			if e := &p.Wheel.Entries[i]; install.Kept(p.Wheel.Wheel, e.Path) {
				files = append(files, tree.File{Path: p.Root + "/" + e.Path, Owner: p.Owner, Content: tree.Content{Size: e.Size, SHA256: e.SHA256[:]}})
			}
		}
	}
	all, err := tree.New(files)
	if err != nil {
		return nil, err
	}
	for _, twins := range all.Twins() {
		return nil, twinsError(all, twins)
	}
	return b.plan(true)
}

func twinsError(all tree.Tree, twins []string) error {
	var said []string
	for _, path := range twins {
		file, _ := all.Lookup(path)
		said = append(said, fmt.Sprintf("%q of %s", path, file.Owner))
	}
	return fmt.Errorf("%s are one file on this disk, which folds case: leave one out, or make the environment on another disk", strings.Join(said, " and "))
}
