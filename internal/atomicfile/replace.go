package atomicfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// ReplaceFolder gives a temporary folder of MkdirIn the name goal, which lies in the same parent folder, and removes the
// folder that had the name before. Where the system can exchange two names, one of the two is there at any moment; elsewhere
// none is between two renames.
func ReplaceFolder(made, goal string) error {
	if info, err := os.Lstat(goal); errors.Is(err, fs.ErrNotExist) {
		return os.Rename(made, goal)
	} else if err != nil {
		return err
	} else if !info.IsDir() {
		return &fs.PathError{Op: "replace", Path: goal, Err: errors.New("it is not a folder")}
	}
	err := exchange(made, goal)
	if errors.Is(err, errors.ErrUnsupported) {
		err = renameTwice(made, goal)
	}
	if err != nil {
		return err
	}
	if err := RemoveAll(made); err != nil {
		return fmt.Errorf("removing what %s was before: %w", goal, err)
	}
	return nil
}

// renameTwice puts made in the place of goal, and what was there in the place of made.
func renameTwice(made, goal string) error {
	old, err := MkdirIn(filepath.Dir(goal), "."+filepath.Base(goal), 0o700)
	if err != nil {
		return err
	}
	defer os.Remove(old)
	aside := filepath.Join(old, "old")
	if err := os.Rename(goal, aside); err != nil {
		return err
	}
	if err := os.Rename(made, goal); err != nil {
		return errors.Join(err, os.Rename(aside, goal))
	}
	return os.Rename(aside, made)
}
