package main

import (
	"archive/tar"
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/ofiuco/ofiuco/target"
)

const (
	maxImageJSON = 8 << 20 // bytes of a manifest or an index
	// maxIndexes is how deep an index may lie in indexes; real images have one in another.
	maxIndexes = 4
	maxWindow  = 128 << 20 // bytes that zstd may look back
)

// ociArchitectures are the words of target.Target.Arch for those of OCI (GOARCH).
var ociArchitectures = map[string]string{
	"amd64": "x86_64", "386": "i686", "arm64": "aarch64", "arm": "armv7l", "ppc64le": "ppc64le", "s390x": "s390x", "riscv64": "riscv64",
}

// imageBlobs opens the parts of an image by name: those of a folder or of an archive.
type imageBlobs interface {
	open(name string) (io.ReadCloser, error)
	close()
}

// folderBlobs is an OCI image layout (image-spec, image-layout.md).
type folderBlobs string

func (f folderBlobs) open(name string) (io.ReadCloser, error) {
	return os.Open(filepath.Join(string(f), filepath.FromSlash(name)))
}

func (f folderBlobs) close() {}

// archiveBlobs is a tar archive: `docker save`, or an OCI image layout.
type archiveBlobs struct {
	data  *spooled
	parts map[string]*io.SectionReader
	links map[string]string
}

// wholeArchive is the name of the archive itself, which is a layer when it is no image: a file system that was exported.
const wholeArchive = "."

func (a *archiveBlobs) open(name string) (io.ReadCloser, error) {
	if name == wholeArchive {
		return io.NopCloser(io.NewSectionReader(a.data, 0, a.data.size)), nil
	}
	if to, ok := a.links[name]; ok { // docker save links layers that are equal
		name = path.Join(path.Dir(name), to)
	}
	part, ok := a.parts[name]
	if !ok {
		return nil, fmt.Errorf("the archive has no %q", name)
	}
	return io.NopCloser(io.NewSectionReader(part, 0, part.Size())), nil
}

func (a *archiveBlobs) close() { a.data.Close() }

// scanImage adds the files of the image that fits the output's target, as a container sees them.
func (s *binaryScan) scanImage(ctx context.Context, path string, t target.Target) error {
	var blobs imageBlobs = folderBlobs(path)
	if !isFolder(path) {
		archive, err := openImageArchive(path)
		if err != nil {
			return err
		}
		blobs = archive
	}
	defer blobs.close()
	layers, err := imageLayers(blobs, t)
	if err != nil {
		return err
	}
	view := newLayerView(s)
	for i := len(layers) - 1; i >= 0; i-- { // from the last, which hides what is below
		if err := scanLayer(ctx, view, blobs, layers[i]); err != nil {
			return err
		}
	}
	return nil
}

func scanLayer(ctx context.Context, view *layerView, blobs imageBlobs, name string) error {
	blob, err := blobs.open(name)
	if err != nil {
		return err
	}
	defer blob.Close()
	r, err := decompressed(blob)
	if err != nil {
		return fmt.Errorf("layer %q: %w", name, err)
	}
	defer r.Close()
	if err := view.add(ctx, tar.NewReader(r)); err != nil {
		return fmt.Errorf("layer %q: %w", name, err)
	}
	return nil
}

// openImageArchive finds the parts of an archive, which may be compressed.
func openImageArchive(path string) (*archiveBlobs, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	archive := &archiveBlobs{parts: map[string]*io.SectionReader{}, links: map[string]string{}}
	if archive.data, err = plainArchive(file); err != nil {
		return nil, err
	}
	at := io.NewSectionReader(archive.data, 0, archive.data.size)
	for r := tar.NewReader(at); ; {
		header, err := r.Next()
		if errors.Is(err, io.EOF) {
			return archive, nil
		}
		if err != nil {
			archive.close()
			return nil, err
		}
		name := cleanEntry(header.Name)
		switch header.Typeflag {
		case tar.TypeReg:
			offset, err := at.Seek(0, io.SeekCurrent)
			if err != nil {
				archive.close()
				return nil, err
			}
			archive.parts[name] = io.NewSectionReader(archive.data, offset, header.Size)
		case tar.TypeSymlink:
			archive.links[name] = header.Linkname
		}
	}
}

// plainArchive is an archive's bytes, decompressed if they have to be. It takes the file over.
func plainArchive(file *os.File) (*spooled, error) {
	start := make([]byte, 8)
	if n, _ := file.ReadAt(start, 0); compressionOf(start[:n]) == "" {
		info, err := file.Stat()
		if err != nil {
			file.Close()
			return nil, err
		}
		return &spooled{ReaderAt: file, size: info.Size(), file: file, keep: true}, nil
	}
	defer file.Close()
	r, err := decompressed(file)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return spool(r)
}

// cleanEntry is an entry's path without "./" before and "/" after it; ".." stays inside.
func cleanEntry(name string) string { return path.Clean("/" + name)[1:] }

func isTar(start []byte) bool { return len(start) >= 262 && string(start[257:262]) == "ustar" }

func compressionOf(start []byte) string {
	switch {
	case bytes.HasPrefix(start, []byte{0x1f, 0x8b}):
		return "gzip"
	case bytes.HasPrefix(start, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		return "zstd"
	}
	return ""
}

// decompressed reads what may be compressed.
func decompressed(r io.Reader) (io.ReadCloser, error) {
	buffered := bufio.NewReaderSize(r, 64<<10)
	start, err := buffered.Peek(4)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	switch compressionOf(start) {
	case "gzip":
		return gzip.NewReader(buffered)
	case "zstd":
		d, err := zstd.NewReader(buffered, zstd.WithDecoderMaxWindow(maxWindow), zstd.WithDecoderConcurrency(1))
		if err != nil {
			return nil, err
		}
		return d.IOReadCloser(), nil
	}
	return io.NopCloser(buffered), nil
}

// ociDescriptor is what an OCI index or manifest says of a part.
type ociDescriptor struct {
	Digest    string `json:"digest"`
	MediaType string `json:"mediaType"`
	Platform  *struct {
		Architecture string `json:"architecture"`
		OS           string `json:"os"`
	} `json:"platform"`
}

// imageLayers are the names of an image's layers, the lowest first. An archive without a manifest is one layer itself.
func imageLayers(blobs imageBlobs, t target.Target) ([]string, error) {
	var docker []struct{ Layers []string }
	if readImageJSON(blobs, "manifest.json", &docker) == nil && len(docker) > 0 {
		if len(docker) > 1 {
			return nil, fmt.Errorf("the archive has %d images: save one of them", len(docker))
		}
		layers := docker[0].Layers
		for i := range layers {
			layers[i] = cleanEntry(layers[i])
		}
		return layers, nil
	}
	if archive, ok := blobs.(*archiveBlobs); ok && archive.parts["index.json"] == nil {
		return []string{wholeArchive}, nil
	}
	return ociLayers(blobs, "index.json", t, 0)
}

func ociLayers(blobs imageBlobs, name string, t target.Target, depth int) ([]string, error) {
	var found struct {
		Manifests, Layers []ociDescriptor
	}
	if err := readImageJSON(blobs, name, &found); err != nil {
		return nil, err
	}
	if len(found.Manifests) == 0 {
		names := make([]string, len(found.Layers))
		for i, layer := range found.Layers {
			var err error
			if names[i], err = blobName(layer.Digest); err != nil {
				return nil, err
			}
		}
		return names, nil
	}
	if depth == maxIndexes {
		return nil, fmt.Errorf("its indexes lie deeper than %d in one another", maxIndexes)
	}
	var fitting []ociDescriptor
	var others []string
	for _, m := range found.Manifests {
		switch {
		case m.Platform == nil || m.Platform.OS == "linux" && ociArchitectures[m.Platform.Architecture] == t.Arch():
			fitting = append(fitting, m)
		case m.Platform.OS != "unknown": // an attestation
			others = append(others, m.Platform.OS+"/"+m.Platform.Architecture)
		}
	}
	switch {
	case len(fitting) == 0:
		return nil, fmt.Errorf("it has no image for %s, only for %s", t, strings.Join(others, ", "))
	case len(fitting) > 1:
		return nil, fmt.Errorf("it has %d images for %s: keep one in a layout of its own", len(fitting), t)
	}
	next, err := blobName(fitting[0].Digest)
	if err != nil {
		return nil, err
	}
	return ociLayers(blobs, next, t, depth+1)
}

var digestForm = regexp.MustCompile(`^(sha256|sha512):([0-9a-f]{64,128})$`)

// blobName is the place of a blob in an image layout.
func blobName(digest string) (string, error) {
	m := digestForm.FindStringSubmatch(digest)
	if m == nil {
		return "", fmt.Errorf("%.100q is no digest of a blob", digest)
	}
	return "blobs/" + m[1] + "/" + m[2], nil
}

func readImageJSON(blobs imageBlobs, name string, v any) error {
	r, err := blobs.open(name)
	if err != nil {
		return err
	}
	defer r.Close()
	data, err := io.ReadAll(io.LimitReader(r, maxImageJSON+1))
	if err != nil {
		return err
	}
	if len(data) > maxImageJSON {
		return fmt.Errorf("%s has more than %d MiB", name, maxImageJSON>>20)
	}
	if err := json.Unmarshal(data, v); err != nil {
		return fmt.Errorf("reading %s: %w", name, err)
	}
	return nil
}
