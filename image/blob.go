package image

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// maxDocument is the size of the largest index, manifest or config that is read, in bytes. Registries take no larger ones.
const maxDocument = 4 << 20

// FaultError is a file of an image layout that is not what it should be.
type FaultError struct {
	Path string // in the layout
	Err  error
}

func (e *FaultError) Error() string { return e.Path + ": " + e.Err.Error() }
func (e *FaultError) Unwrap() error { return e.Err }

func faultf(path, format string, args ...any) error {
	return &FaultError{path, fmt.Errorf(format, args...)}
}

// blobPath is where a layout has a blob. Only SHA-256 is taken: the others that the specification knows are hardly used, and every
// registry has this one.
func blobPath(digest v1.Hash) (string, error) {
	if digest.Algorithm != "sha256" || len(digest.Hex) != 2*sha256.Size {
		return "", fmt.Errorf("the digest %q is no SHA-256", digest)
	}
	return "blobs/sha256/" + digest.Hex, nil
}

// Blob reads what a descriptor names. Its last Read fails when the bytes do not have the descriptor's size and digest.
func (l *Layout) Blob(d v1.Descriptor) (io.ReadCloser, error) {
	path, err := blobPath(d.Digest)
	if err != nil {
		return nil, err
	}
	file, err := openFile(l.files, path)
	if err != nil {
		return nil, err
	}
	if info, err := file.Stat(); err == nil && info.Size() != d.Size {
		_ = file.Close() // nothing was read
		return nil, faultf(path, "it has %d bytes, and its descriptor says %d", info.Size(), d.Size)
	}
	return &blobReader{File: file, path: path, want: d, hash: sha256.New(), left: d.Size}, nil
}

// openFile opens a regular file. What is missing is the layout's fault, not the disk's.
func openFile(files fs.FS, path string) (fs.File, error) {
	file, err := files.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, faultf(path, "it is missing")
	}
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = faultf(path, "it is no file")
	}
	if err != nil {
		_ = file.Close() // nothing was read
		return nil, err
	}
	return file, nil
}

// blobReader holds a blob to its descriptor.
type blobReader struct {
	fs.File
	path string
	want v1.Descriptor
	hash hash.Hash
	left int64
}

// Read implements io.Reader.
func (r *blobReader) Read(p []byte) (int, error) {
	n, err := r.File.Read(p)
	r.left -= int64(n)
	r.hash.Write(p[:n])
	if r.left < 0 || err == io.EOF && r.left > 0 {
		return 0, faultf(r.path, "it has not the %d bytes that its descriptor says", r.want.Size)
	}
	if err == io.EOF {
		if got := hex.EncodeToString(r.hash.Sum(nil)); got != r.want.Digest.Hex {
			return 0, faultf(r.path, "its bytes have the digest sha256:%s", got)
		}
	}
	return n, err
}

// Document is a whole index, manifest or config.
func (l *Layout) Document(d v1.Descriptor) ([]byte, error) {
	if d.Size < 0 || d.Size > maxDocument {
		return nil, fmt.Errorf("%s has %d bytes by its descriptor, more than %d", d.Digest, d.Size, maxDocument)
	}
	blob, err := l.Blob(d)
	if err != nil {
		return nil, err
	}
	defer blob.Close()
	return io.ReadAll(blob)
}

// readSmall reads a file of a layout that has no digest.
func readSmall(files fs.FS, path string) ([]byte, error) {
	file, err := openFile(files, path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, maxDocument+1))
	if err == nil && len(data) > maxDocument {
		err = faultf(path, "it is longer than %d bytes", maxDocument)
	}
	return data, err
}

// describe is the descriptor of a document.
func describe(data []byte) v1.Descriptor {
	digest, size, _ := v1.SHA256(bytes.NewReader(data)) // memory has no errors
	return v1.Descriptor{Digest: digest, Size: size}
}
