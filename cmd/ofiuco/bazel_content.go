package main

import (
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"

	"github.com/ofiuco/ofiuco/internal/atomicfile"
	"github.com/ofiuco/ofiuco/target"
	"github.com/ofiuco/ofiuco/tree"
)

// placedContent is what goes into an output of wheels and first-party files.
type placedContent struct {
	Prefix  string        `json:"prefix"` // folder of the output that everything goes to, "" for its root
	Wheels  []placedWheel `json:"wheels"`
	Files   []placedFile  `json:"files"`
	Exclude []string      `json:"exclude"` // patterns of names in the output
	// Executable are patterns of the names of first-party files that are executable in the output. Their own modes do not count:
	// Bazel makes executable what it builds, and all files where it runs actions remotely.
	Executable []string `json:"executable"`
}

// placedWheel is a wheel of an output, and the folder below the output's Prefix that it goes to; "" is the Prefix itself.
type placedWheel struct {
	Dir    string `json:"dir"` // that an action wrote
	Prefix string `json:"prefix"`
}

// placedFile is a first-party file of an output, or a folder whose files all are.
type placedFile struct {
	Path string `json:"path"`
	Name string `json:"name"` // below the output's Prefix, slash-separated
}

// tree joins wheels and first-party files. closeAll ends the use of the wheels.
func (c *placedContent) tree(t target.Target) (whole tree.Tree, closeAll func(), err error) {
	packages, own, closeAll, err := c.parts(t)
	if err != nil {
		return whole, closeAll, err
	}
	whole, err = tree.Merge(append(packages, own)...)
	return whole, closeAll, settledByExclude(err)
}

// settledByExclude says how a collision is settled.
func settledByExclude(err error) error {
	var collision *tree.CollisionError
	if errors.As(err, &collision) {
		err = fmt.Errorf("%w with the attribute exclude", err)
	}
	return err
}

// parts are the wheels and the first-party files without what the patterns match, so that these can settle a collision.
func (c *placedContent) parts(t target.Target) (packages []tree.Tree, own tree.Tree, closeAll func(), err error) {
	var open []*actionWheel
	closeAll = func() {
		for _, w := range open {
			w.close()
		}
	}
	patterns := tree.CompilePatterns(c.Exclude)
	place := func(part tree.Tree, prefix string) (kept tree.Tree, err error) {
		if prefix != "" {
			if part, err = part.Prefix(prefix); err != nil {
				return kept, err
			}
		}
		kept, _ = part.Exclude(patterns)
		return kept, nil
	}
	for _, placed := range c.Wheels {
		w, err := openActionWheel(placed.Dir)
		if err != nil {
			return nil, own, closeAll, err
		}
		open = append(open, w)
		installed, err := w.tree(t)
		if err == nil {
			installed, err = place(installed, path.Join(c.Prefix, placed.Prefix))
		}
		if err != nil {
			return nil, own, closeAll, err
		}
		packages = append(packages, installed)
	}
	own, err = firstParty(c.Files, c.Prefix, tree.CompilePatterns(c.Executable))
	if err == nil {
		own, err = place(own, c.Prefix)
	}
	return packages, own, closeAll, err
}

// writeFile has one file written of the content. The file gets its place only when all of it is there.
func (c *placedContent) writeFile(what, output string, of actionTarget, write func(*atomicfile.File, tree.Tree) error) error {
	t, err := of.target()
	if err != nil {
		return err
	}
	whole, closeAll, err := c.tree(t)
	defer closeAll()
	if err != nil {
		return err
	}
	out, err := atomicfile.Create(output, 0o666)
	if err != nil {
		return fmt.Errorf("writing %s: %w", what, err)
	}
	defer out.Close()
	if err = write(out, whole); err == nil {
		err = out.Commit()
	}
	if err != nil {
		return fmt.Errorf("writing %s: %w", what, err)
	}
	return nil
}

// firstParty are the files that a rule named, and those in the folders that it named, for the folder prefix of an output.
func firstParty(files []placedFile, prefix string, executable tree.Patterns) (tree.Tree, error) {
	var all []tree.File
	pending := slices.Clone(files)
	for len(pending) > 0 {
		placed := pending[len(pending)-1]
		pending = pending[:len(pending)-1]
		info, err := os.Stat(placed.Path) // inputs are links in a sandbox
		if err != nil {
			return tree.Tree{}, fmt.Errorf("reading %q: %w", placed.Name, err)
		}
		if info.IsDir() {
			entries, err := os.ReadDir(placed.Path)
			if err != nil {
				return tree.Tree{}, fmt.Errorf("reading %q: %w", placed.Name, err)
			}
			for _, entry := range entries {
				pending = append(pending, placedFile{filepath.Join(placed.Path, entry.Name()), path.Join(placed.Name, entry.Name())})
			}
			continue
		}
		file, err := sourceFile(placed.Path, placed.Name, info)
		if err != nil {
			return tree.Tree{}, err
		}
		file.Executable = executable.Match(path.Join(prefix, placed.Name))
		all = append(all, file)
	}
	return tree.New(all)
}
