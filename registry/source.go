package registry

import (
	"bytes"
	"fmt"
	"io"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/partial"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/ofiuco/ofiuco/image"
)

// source is an image, or an index of images, of a layout, whose bytes are checked while they are sent.
func source(l *image.Layout, d v1.Descriptor) (remote.Taggable, error) {
	if d.MediaType.IsIndex() {
		return newIndex(l, d)
	}
	return newImage(l, d)
}

// document is an index or manifest of a layout.
type document struct {
	layout     *image.Layout
	descriptor v1.Descriptor
	raw        []byte
}

func (d *document) MediaType() (types.MediaType, error) { return d.descriptor.MediaType, nil }
func (d *document) Digest() (v1.Hash, error)            { return d.descriptor.Digest, nil }
func (d *document) Size() (int64, error)                { return d.descriptor.Size, nil }
func (d *document) RawManifest() ([]byte, error)        { return d.raw, nil }

// pushedImage is what partial makes a v1.Image of.
type pushedImage struct {
	document
	manifest *v1.Manifest
}

func newImage(l *image.Layout, d v1.Descriptor) (v1.Image, error) {
	manifest, err := l.ManifestOf(d)
	if err != nil {
		return nil, err
	}
	raw, err := l.Document(d)
	if err != nil {
		return nil, err
	}
	return partial.CompressedToImage(&pushedImage{document{l, d, raw}, manifest})
}

func (i *pushedImage) RawConfigFile() ([]byte, error) { return i.layout.Document(i.manifest.Config) }

func (i *pushedImage) LayerByDigest(digest v1.Hash) (partial.CompressedLayer, error) {
	for _, d := range i.manifest.Layers {
		if d.Digest == digest {
			return &blob{i.layout, d}, nil
		}
	}
	return nil, fmt.Errorf("%s has no layer %s", i.descriptor.Digest, digest)
}

// blob is a layer of a layout.
type blob struct {
	layout     *image.Layout
	descriptor v1.Descriptor
}

func (b *blob) Digest() (v1.Hash, error)            { return b.descriptor.Digest, nil }
func (b *blob) Size() (int64, error)                { return b.descriptor.Size, nil }
func (b *blob) MediaType() (types.MediaType, error) { return b.descriptor.MediaType, nil }
func (b *blob) Compressed() (io.ReadCloser, error)  { return b.layout.Blob(b.descriptor) }

// index is a v1.ImageIndex.
type index struct{ document }

func newIndex(l *image.Layout, d v1.Descriptor) (v1.ImageIndex, error) {
	raw, err := l.Document(d)
	if err != nil {
		return nil, err
	}
	return &index{document{l, d, raw}}, nil
}

func (i *index) IndexManifest() (*v1.IndexManifest, error) {
	return v1.ParseIndexManifest(bytes.NewReader(i.raw))
}

// Image implements v1.ImageIndex.
func (i *index) Image(digest v1.Hash) (v1.Image, error) {
	d, err := i.find(digest)
	if err != nil {
		return nil, err
	}
	return newImage(i.layout, d)
}

// ImageIndex implements v1.ImageIndex.
func (i *index) ImageIndex(digest v1.Hash) (v1.ImageIndex, error) {
	d, err := i.find(digest)
	if err != nil {
		return nil, err
	}
	return newIndex(i.layout, d)
}

func (i *index) find(digest v1.Hash) (v1.Descriptor, error) {
	manifest, err := i.IndexManifest()
	if err != nil {
		return v1.Descriptor{}, err
	}
	for _, d := range manifest.Manifests {
		if d.Digest == digest {
			return d, nil
		}
	}
	return v1.Descriptor{}, fmt.Errorf("%s does not name %s", i.descriptor.Digest, digest)
}
