package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"path/filepath"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/ofiuco/ofiuco/image"
	"github.com/ofiuco/ofiuco/internal/atomicfile"
	"github.com/ofiuco/ofiuco/tree"
)

// imageInstructions say what an image is made of, and how its program is run.
type imageInstructions struct {
	Output string       `json:"output"` // folder, an OCI image layout
	Base   string       `json:"base"`   // folder, the same; "" for none
	Target actionTarget `json:"target"`
	placedContent
	Config image.Config `json:"config"`
}

func (a *app) bazelImageCommand() *cobra.Command {
	return actionCommand("image", "Write an OCI image of wheels and first-party files on top of a base", a.writeImage)
}

func (a *app) writeImage(ctx context.Context, in *imageInstructions) error {
	t, err := in.Target.target()
	if err != nil {
		return err
	}
	platform, err := image.PlatformOf(t)
	if err != nil {
		return err
	}
	base, err := openBase(in.Base, platform)
	if err != nil {
		return err
	}
	packages, own, closeAll, err := in.parts(t)
	defer closeAll()
	if err != nil {
		return err
	}
	trees, err := image.Split(packages, own, image.MaxLayers-len(base.layers()))
	if err != nil {
		return settledByExclude(err)
	}
	return writeOutput(in.Output, func(dir string) error {
		layers, err := a.writeLayers(ctx, trees, dir)
		if err != nil {
			return fmt.Errorf("writing the image: %w", err)
		}
		made, err := image.New(base.image, platform, layers, in.Config)
		if err != nil {
			return fmt.Errorf("writing the image: %w", err)
		}
		files, err := base.files(made, layers)
		if err != nil {
			return fmt.Errorf("writing the image: %w", err)
		}
		return writeFolder(ctx, files, dir, a.workers())
	})
}

// baseImage is what an image is made on.
type baseImage struct {
	layout *image.Layout
	image  *image.Image // nil for none
}

func openBase(dir string, platform v1.Platform) (*baseImage, error) {
	if dir == "" {
		return &baseImage{}, nil
	}
	if !isFolder(dir) {
		return nil, fmt.Errorf("reading the base %q: it is no folder: name a target that is an OCI image layout, such as a py_image", dir)
	}
	layout, err := image.OpenLayout(os.DirFS(dir))
	if err != nil {
		return nil, fmt.Errorf("reading the base %q: %w", dir, err)
	}
	found, err := layout.ForPlatform(platform)
	if err != nil {
		return nil, fmt.Errorf("reading the base %q: %w", dir, err)
	}
	return &baseImage{layout, found}, nil
}

func (b *baseImage) layers() []v1.Descriptor {
	if b.image == nil {
		return nil
	}
	return b.image.Manifest.Layers
}

// files are those of an image's layout but for its new layers.
func (b *baseImage) files(made *image.Image, layers []image.Layer) (tree.Tree, error) {
	own, err := made.Files()
	if err != nil {
		return own, err
	}
	blobs, placed := []tree.File{}, map[v1.Hash]bool{}
	for _, layer := range layers {
		placed[layer.Digest] = true
	}
	for _, d := range b.layers() {
		if placed[d.Digest] { // an image may have a layer twice, and one of its base again
			continue
		}
		placed[d.Digest] = true
		file, err := b.layout.BlobFile(d)
		if err != nil {
			return own, err
		}
		blobs = append(blobs, file)
	}
	copied, err := tree.New(blobs)
	if err != nil {
		return own, err
	}
	return tree.Merge(own, copied)
}

// writeLayers writes layers as blobs of a layout. Their names are known only when they are written.
func (a *app) writeLayers(ctx context.Context, trees []tree.Tree, dir string) ([]image.Layer, error) {
	layers := make([]image.Layer, len(trees))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(a.workers())
	for i, t := range trees {
		group.Go(func() (err error) {
			layers[i], err = writeBlob(ctx, t, dir)
			return err
		})
	}
	return layers, group.Wait()
}

func writeBlob(ctx context.Context, t tree.Tree, dir string) (layer image.Layer, err error) {
	out, err := atomicfile.CreateIn(dir, "layer", 0o666)
	if err != nil {
		return layer, err
	}
	defer out.Close()
	buffer := bufio.NewWriterSize(out, 1<<20)
	if layer, err = image.NewLayer(ctx, buffer, t); err != nil {
		return layer, err
	}
	if err := buffer.Flush(); err != nil {
		return layer, err
	}
	path := filepath.Join(dir, filepath.FromSlash(layer.BlobPath()))
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return layer, err
	}
	return layer, out.CommitTo(path)
}

// tarballInstructions say which image is written as one file.
type tarballInstructions struct {
	Image    string   `json:"image"` // folder, an OCI image layout
	RepoTags []string `json:"repo_tags"`
	Output   string   `json:"output"`
}

func (a *app) bazelTarballCommand() *cobra.Command {
	return actionCommand("tarball", "Write an OCI image as a tarball that docker and podman load", writeTarball)
}

func writeTarball(ctx context.Context, in *tarballInstructions) error {
	layout, err := image.OpenLayout(os.DirFS(in.Image))
	if err != nil {
		return fmt.Errorf("reading the image %q: %w", in.Image, err)
	}
	files, err := layout.Archive(in.RepoTags)
	if err != nil {
		return fmt.Errorf("reading the image %q: %w", in.Image, err)
	}
	out, err := atomicfile.Create(in.Output, 0o666)
	if err != nil {
		return fmt.Errorf("writing the tarball: %w", err)
	}
	defer out.Close()
	buffer := bufio.NewWriterSize(out, 1<<20)
	err = image.WriteTar(ctx, buffer, files)
	if err == nil {
		err = buffer.Flush()
	}
	if err == nil {
		err = out.Commit()
	}
	if err != nil {
		return fmt.Errorf("writing the tarball: %w", err)
	}
	return nil
}
