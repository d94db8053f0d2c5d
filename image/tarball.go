package image

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/ofiuco/ofiuco/tree"
)

// What containerd and Docker call an image by.
const (
	fullName = "io.containerd.image.name"
	tagName  = "org.opencontainers.image.ref.name"
)

// owner is what the files of a layout come from.
const owner = "the image"

// Files are those of a layout with an image that New made, but for its layers.
func (i *Image) Files() (tree.Tree, error) {
	files, err := layoutFiles([]v1.Descriptor{i.Descriptor})
	if err != nil {
		return tree.Tree{}, err
	}
	for digest, data := range map[v1.Hash][]byte{i.Descriptor.Digest: i.rawManifest, i.Manifest.Config.Digest: i.rawConfig} {
		path, err := blobPath(digest)
		if err != nil {
			return tree.Tree{}, err
		}
		files = append(files, fileOf(path, data))
	}
	return tree.New(files)
}

// BlobPath is the path of a layer in a layout.
func (l *Layer) BlobPath() string { return "blobs/sha256/" + l.Digest.Hex }

// BlobFile is a blob as a file of another layout.
func (l *Layout) BlobFile(d v1.Descriptor) (tree.File, error) {
	path, err := blobPath(d.Digest)
	open := func() (io.ReadCloser, error) { return l.Blob(d) }
	return tree.File{Path: path, Owner: owner, Content: tree.Content{Size: d.Size, Open: open}}, err
}

func fileOf(path string, data []byte) tree.File {
	return tree.File{Path: path, Owner: owner, Content: tree.BytesContent(data)}
}

// layoutFiles are the files of a layout that are no blobs.
func layoutFiles(manifests []v1.Descriptor) ([]tree.File, error) {
	index, err := json.Marshal(v1.IndexManifest{SchemaVersion: 2, MediaType: types.OCIImageIndex, Manifests: manifests})
	if err != nil {
		return nil, err
	}
	return []tree.File{fileOf(layoutFile, []byte(`{"imageLayoutVersion":"`+layoutVersion+`"}`)), fileOf(indexFile, index)}, nil
}

// archiveEntry is an image in the manifest.json of Docker's archives.
type archiveEntry struct {
	Config   string
	RepoTags []string
	Layers   []string
}

// Archive is the one image of a layout as WriteTar writes it for `docker load` and `podman load`: it is both an OCI layout and what
// `docker save` writes, with the names that the image is to have there.
func (l *Layout) Archive(repoTags []string) (tree.Tree, error) {
	d, err := l.Single()
	if err != nil {
		return tree.Tree{}, err
	}
	image, err := l.Image(d)
	if err != nil {
		return tree.Tree{}, err
	}
	entry := archiveEntry{RepoTags: []string{}, Layers: []string{}}
	var descriptors []v1.Descriptor
	for _, text := range repoTags {
		tag, err := name.NewTag(text)
		if err != nil {
			return tree.Tree{}, fmt.Errorf("%q is no name of an image: %w", text, err)
		}
		named := d
		full := tag.Name()
		if tag.RegistryStr() == name.DefaultRegistry {
			full = strings.TrimPrefix(full, "index.") // containerd calls the default registry by its domain alone
		}
		named.Annotations = merged(d.Annotations, map[string]string{fullName: full, tagName: tag.TagStr()})
		descriptors = append(descriptors, named)
		entry.RepoTags = append(entry.RepoTags, strings.TrimSuffix(text, ":"+tag.TagStr())+":"+tag.TagStr())
	}
	if len(descriptors) == 0 {
		descriptors = append(descriptors, d)
	}
	files, err := layoutFiles(descriptors)
	if err != nil {
		return tree.Tree{}, err
	}
	blobs := slices.Concat([]v1.Descriptor{d, image.Manifest.Config}, image.Manifest.Layers)
	placed := map[string]bool{}
	for i, blob := range blobs {
		file, err := l.BlobFile(blob)
		if err != nil {
			return tree.Tree{}, err
		}
		switch {
		case i == 1:
			entry.Config = file.Path
		case i > 1:
			entry.Layers = append(entry.Layers, file.Path)
		}
		if !placed[file.Path] { // a layer may be there twice
			placed[file.Path] = true
			files = append(files, file)
		}
	}
	manifest, err := json.Marshal([]archiveEntry{entry})
	if err != nil {
		return tree.Tree{}, err
	}
	return tree.New(append(files, fileOf("manifest.json", manifest)))
}
