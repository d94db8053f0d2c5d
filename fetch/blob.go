package fetch

import (
	"context"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"os"

	"github.com/ofiuco/ofiuco/internal/atomicfile"
	"github.com/ofiuco/ofiuco/lock"
)

// blob is a file on its way into the store, hashed as it comes.
type blob struct {
	store   *Store
	file    *atomicfile.File
	want    []lock.Hash
	digests map[string]hash.Hash // by algorithm; always sha256, and what want names
	size    int64
}

// newBlob begins a file that must have all the hashes of want.
func (s *Store) newBlob(want []lock.Hash) (*blob, error) {
	file, err := s.temporary(blobMode)
	if err != nil {
		return nil, err
	}
	b := &blob{store: s, file: file, want: want}
	b.start()
	return b, nil
}

func (b *blob) start() {
	b.digests = map[string]hash.Hash{"sha256": sha256.New()}
	for _, h := range b.want {
		if digest := newDigest(h.Algorithm); digest != nil {
			b.digests[h.Algorithm] = digest
		}
	}
	b.size = 0
}

// newDigest makes a strong digest that a lock may name, nil for others.
func newDigest(algorithm string) hash.Hash {
	switch algorithm {
	case "sha256":
		return sha256.New()
	case "sha384":
		return sha512.New384()
	case "sha512":
		return sha512.New()
	}
	return nil
}

// Write implements io.Writer. Its errors are the disk's.
func (b *blob) Write(p []byte) (int, error) {
	n, err := b.file.Write(p)
	if err != nil {
		return n, fmt.Errorf("writing to the store: %w", err)
	}
	for _, digest := range b.digests {
		digest.Write(p)
	}
	b.size += int64(n)
	return n, nil
}

// reset throws away what came so far.
func (b *blob) reset() error {
	_, err := b.file.Seek(0, io.SeekStart)
	if err == nil {
		err = b.file.Truncate(0)
	}
	if err != nil {
		return fmt.Errorf("writing to the store: %w", err)
	}
	b.start()
	return nil
}

// digest is what came so far, hashed.
func (b *blob) digest(algorithm string) string {
	if d, ok := b.digests[algorithm]; ok {
		return hex.EncodeToString(d.Sum(nil))
	}
	return ""
}

// mismatch is the first wanted hash that the file does not have.
func (b *blob) mismatch() (want lock.Hash, got string, found bool) {
	for _, h := range b.want {
		if got := b.digest(h.Algorithm); got != h.Hex {
			return h, got, true
		}
	}
	return lock.Hash{}, "", false
}

// commit names the file, whose hashes the caller has compared, and gives its SHA-256.
func (b *blob) commit() (string, error) {
	sha := b.digest("sha256")
	return sha, b.store.commit(b.file, b.store.Path(sha))
}

func (b *blob) close() { _ = b.file.Close() }

// copyChunk is how much is read at once, in bytes.
const copyChunk = 256 << 10

// copyFrom reads a whole local file of at most limit bytes.
func (b *blob) copyFrom(ctx context.Context, path string, limit int64, advance func(int64)) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() { // opening a pipe would wait, reading a device never end
		return fmt.Errorf("%s is not a regular file", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	return b.readFrom(ctx, f, limit, advance)
}

// readFrom appends what r gives.
func (b *blob) readFrom(ctx context.Context, r io.Reader, limit int64, advance func(int64)) error {
	buffer := make([]byte, copyChunk)
	for {
		n, err := r.Read(buffer)
		if n > 0 {
			if b.size+int64(n) > limit {
				return &tooLongError{limit}
			}
			if _, err := b.Write(buffer[:n]); err != nil {
				return err
			}
			if advance != nil {
				advance(int64(n))
			}
		}
		if err == io.EOF {
			return nil
		}
		if err == nil {
			err = context.Cause(ctx)
		}
		if err != nil {
			return err
		}
	}
}

type tooLongError struct{ limit int64 }

func (e *tooLongError) Error() string {
	return fmt.Sprintf("it has more than the %d bytes that are allowed for it", e.limit)
}

// hashFile hashes what r gives. It reads in chunks, so that memory stays small whatever the file's size.
func hashFile(ctx context.Context, r io.Reader, digest hash.Hash) (string, error) {
	buffer := make([]byte, copyChunk)
	for {
		n, err := r.Read(buffer)
		digest.Write(buffer[:n])
		if err == io.EOF {
			return hex.EncodeToString(digest.Sum(nil)), nil
		}
		if err == nil {
			err = context.Cause(ctx)
		}
		if err != nil {
			return "", err
		}
	}
}

// hashPath hashes a local file.
func hashPath(ctx context.Context, path, algorithm string) (string, error) {
	digest := newDigest(algorithm)
	if digest == nil {
		return "", fmt.Errorf("%q is no strong hash", algorithm)
	}
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	return hashFile(ctx, f, digest)
}
