package image

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// The names of an image layout.
const (
	layoutFile    = "oci-layout"
	indexFile     = "index.json"
	layoutVersion = "1.0.0"
)

// Layout is a folder with images (the OCI image specification, "Image Layout"): blobs, each under its digest, and an index of images. Nothing
// in it is trusted: a blob must have the size and the digest of the descriptor that names it, and no name leads out of it.
type Layout struct {
	files fs.FS
	index []byte
}

// OpenLayout opens a folder.
func OpenLayout(files fs.FS) (*Layout, error) {
	data, err := readSmall(files, layoutFile)
	if err != nil {
		return nil, fmt.Errorf("it is no OCI image layout: %w", err)
	}
	var head struct {
		Version string `json:"imageLayoutVersion"`
	}
	if err := decode(data, &head); err != nil {
		return nil, &FaultError{layoutFile, err}
	}
	if head.Version != layoutVersion {
		return nil, faultf(layoutFile, "it is of version %q, and only %s is known", head.Version, layoutVersion)
	}
	index, err := readSmall(files, indexFile)
	if err != nil {
		return nil, err
	}
	l := &Layout{files, index}
	_, err = l.Index()
	return l, err
}

// Index is what the layout's index.json says.
func (l *Layout) Index() (*v1.IndexManifest, error) {
	var index v1.IndexManifest
	if err := decode(l.index, &index); err != nil {
		return nil, &FaultError{indexFile, err}
	}
	if len(index.Manifests) == 0 {
		return nil, faultf(indexFile, "it names no image")
	}
	return &index, nil
}

// Single is the descriptor of the one image, or index of images, that a layout is for.
func (l *Layout) Single() (v1.Descriptor, error) {
	index, err := l.Index()
	if err != nil {
		return v1.Descriptor{}, err
	}
	if n := len(index.Manifests); n != 1 {
		return v1.Descriptor{}, faultf(indexFile, "it names %d images, and one is wanted, or an index of them", n)
	}
	return index.Manifests[0], nil
}

// IndexOf is the index that a descriptor names.
func (l *Layout) IndexOf(d v1.Descriptor) (*v1.IndexManifest, error) {
	var index v1.IndexManifest
	return &index, l.decodeBlob(d, &index)
}

// ManifestOf is the manifest that a descriptor names.
func (l *Layout) ManifestOf(d v1.Descriptor) (*v1.Manifest, error) {
	if !d.MediaType.IsImage() {
		return nil, fmt.Errorf("%s is no image: its media type is %q", d.Digest, d.MediaType)
	}
	var manifest v1.Manifest
	return &manifest, l.decodeBlob(d, &manifest)
}

// Image is the image that a descriptor names. Its config tells of each layer.
func (l *Layout) Image(d v1.Descriptor) (*Image, error) {
	manifest, err := l.ManifestOf(d)
	if err != nil {
		return nil, err
	}
	if !manifest.Config.MediaType.IsConfig() {
		return nil, fmt.Errorf("%s is no image: the media type of its config is %q", d.Digest, manifest.Config.MediaType)
	}
	for _, layer := range manifest.Layers {
		if _, err := layerType(layer.MediaType); err != nil {
			return nil, fmt.Errorf("%s: %w", d.Digest, err)
		}
	}
	var config v1.ConfigFile
	if err := l.decodeBlob(manifest.Config, &config); err != nil {
		return nil, err
	}
	if layers, ids := len(manifest.Layers), len(config.RootFS.DiffIDs); layers != ids {
		return nil, fmt.Errorf("%s has %d layers, and its config tells of %d", d.Digest, layers, ids)
	}
	return &Image{Descriptor: d, Manifest: *manifest, Config: config}, nil
}

func (l *Layout) decodeBlob(d v1.Descriptor, into any) error {
	data, err := l.Document(d)
	if err != nil {
		return err
	}
	if err := decode(data, into); err != nil {
		return fmt.Errorf("%s: %w", d.Digest, err)
	}
	return nil
}

// layerType is the OCI name of a layer's media type; Docker has others for the same bytes.
func layerType(t types.MediaType) (types.MediaType, error) {
	switch t {
	case types.OCILayer, types.DockerLayer:
		return types.OCILayer, nil
	case types.OCIUncompressedLayer, types.DockerUncompressedLayer:
		return types.OCIUncompressedLayer, nil
	case types.OCILayerZStd:
		return t, nil
	}
	return "", fmt.Errorf("it has a layer of the media type %q, which is none of a layer that can be copied", t)
}

// decode reads one value of JSON and nothing after it.
func decode(data []byte, into any) error {
	if err := json.Unmarshal(bytes.TrimSpace(data), into); err != nil {
		return fmt.Errorf("it is not the JSON of an image: %w", err)
	}
	return nil
}
