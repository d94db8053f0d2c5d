package image

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"io"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"golang.org/x/sync/errgroup"

	"github.com/ofiuco/ofiuco/tree"
)

const (
	// MaxLayers is how many layers an image has, with those of its base: Docker stacks no more than 127.
	MaxLayers = 100
	// largePackage is from where on a package is a layer of its own, in bytes: below it the requests for a layer weigh more than its bytes.
	largePackage = 1 << 20
)

// Split parts what goes into an image into the Trees of its layers, so that a change moves little: each large package is one, in the order they
// have, then come the other packages together, and last the first-party files. Of more than most layers the smallest packages lose theirs.
func Split(packages []tree.Tree, own tree.Tree, most int) ([]tree.Tree, error) {
	whole, err := tree.Merge(append(slices.Clone(packages), own)...)
	if err != nil {
		return nil, err
	}
	large := make([]int, 0, len(packages))
	for i, p := range packages {
		if p.Size() >= largePackage {
			large = append(large, i)
		}
	}
	slices.SortStableFunc(large, func(a, b int) int { return cmp.Compare(packages[b].Size(), packages[a].Size()) })
	large = large[:min(len(large), max(most-2, 0))]
	slices.Sort(large)

	layerOf := map[string]int{} // by paths; what two have is the first one's
	claim := func(t tree.Tree, layer int) {
		for _, f := range t.Files() {
			if _, taken := layerOf[f.Path]; !taken {
				layerOf[f.Path] = layer
			}
		}
	}
	for i, p := range packages {
		layer, found := slices.BinarySearch(large, i)
		if !found {
			layer = len(large)
		}
		claim(p, layer)
	}
	claim(own, len(large)+1)
	parts := make([][]tree.File, len(large)+2)
	for _, f := range whole.Files() {
		parts[layerOf[f.Path]] = append(parts[layerOf[f.Path]], f)
	}
	var trees []tree.Tree
	for _, files := range parts {
		if len(files) == 0 {
			continue
		}
		t, err := tree.New(files)
		if err != nil {
			return nil, err
		}
		trees = append(trees, t)
	}
	return trees, nil
}

// Layer is what an image says of a layer.
type Layer struct {
	Digest v1.Hash // of the compressed bytes
	DiffID v1.Hash // of the tar
	Size   int64   // compressed, in bytes
}

// NewLayer writes a Tree as WriteLayer does, and says what was written. The tar is made beside it once more for its digest, since the
// copied streams are never inflated on the way out.
func NewLayer(ctx context.Context, w io.Writer, t tree.Tree) (Layer, error) {
	group, ctx := errgroup.WithContext(ctx)
	counter := &counter{hash: sha256.New()}
	group.Go(func() error { return WriteLayer(ctx, io.MultiWriter(w, counter), t) })
	uncompressed := sha256.New()
	group.Go(func() error { return WriteTar(ctx, uncompressed, t) })
	err := group.Wait()
	return Layer{Digest: sum(counter.hash), DiffID: sum(uncompressed), Size: counter.size}, err
}

type counter struct {
	hash hash.Hash
	size int64
}

// Write implements io.Writer.
func (c *counter) Write(p []byte) (int, error) {
	c.size += int64(len(p))
	return c.hash.Write(p)
}

func sum(h hash.Hash) v1.Hash {
	return v1.Hash{Algorithm: "sha256", Hex: hex.EncodeToString(h.Sum(nil))}
}
