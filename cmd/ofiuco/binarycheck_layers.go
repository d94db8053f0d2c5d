package main

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
)

const (
	// whiteout begins the name of a file that removes another from the layers below, and opaque is one that removes
	// all that the folder has there (OCI image-spec, layer.md).
	whiteout = ".wh."
	opaque   = ".wh..wh..opq"
	// maxLayerEntries is how many files an image may have.
	maxLayerEntries = 4 << 20
)

// layerView adds the files of an image's layers, the uppermost layer first, each once: what it adds is what a container
// sees.
type layerView struct {
	scan *binaryScan
	// taken are the paths of the layers so far: true for a folder, which lets those below through.
	taken map[string]bool
	// closed are the folders below which nothing comes from the layers that follow.
	closed map[string]bool
}

func newLayerView(scan *binaryScan) *layerView {
	return &layerView{scan: scan, taken: map[string]bool{}, closed: map[string]bool{}}
}

// add adds what a layer shows through those above. What it hides, it hides of the layers after it only.
func (v *layerView) add(ctx context.Context, layer *tar.Reader) error {
	taken, closed := map[string]bool{}, map[string]bool{}
	for ctx.Err() == nil {
		header, err := layer.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if len(v.taken)+len(taken) > maxLayerEntries {
			return fmt.Errorf("the image has more than %d files", maxLayerEntries)
		}
		name := cleanEntry(header.Name)
		folder, base := path.Split(name)
		switch removed, isWhiteout := strings.CutPrefix(base, whiteout); {
		case base == opaque:
			closed[strings.TrimSuffix(folder, "/")] = true
		case isWhiteout:
			taken[folder+removed] = false
		case v.hides(name):
		default:
			taken[name] = header.Typeflag == tar.TypeDir
			if err := v.take(name, header, layer); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
	}
	for name, folder := range taken {
		if _, above := v.taken[name]; !above {
			v.taken[name] = folder
		}
	}
	for folder := range closed {
		v.closed[folder] = true
	}
	return context.Cause(ctx)
}

// hides tells whether the layers above have another file at a path, or none at all.
func (v *layerView) hides(name string) bool {
	if _, above := v.taken[name]; above {
		return true
	}
	for folder := name; folder != ""; {
		folder = strings.TrimSuffix(path.Dir("/" + folder)[1:], "/")
		isFolder, above := v.taken[folder]
		if above && !isFolder && folder != "" || v.closed[folder] {
			return true
		}
	}
	return false
}

func (v *layerView) take(name string, header *tar.Header, r io.Reader) error {
	switch {
	case v.scan.excludes.Match(name):
	case header.Typeflag == tar.TypeReg:
		return addLinked(v.scan.output, name, r)
	case header.Typeflag == tar.TypeSymlink, header.Typeflag == tar.TypeLink:
		v.scan.output.AddLink(name, header.Linkname)
	}
	return nil
}
