package image

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/ofiuco/ofiuco/target"
)

const (
	maxNested    = 4    // indexes in indexes
	maxManifests = 1000 // in a layout; the largest known have some dozens
)

// architectures are Go's names of processors, which OCI takes, by Python's.
var architectures = map[string]v1.Platform{
	"x86_64":  {Architecture: "amd64"},
	"aarch64": {Architecture: "arm64"},
	"i686":    {Architecture: "386"},
	"armv7l":  {Architecture: "arm", Variant: "v7"},
	"ppc64le": {Architecture: "ppc64le"},
	"riscv64": {Architecture: "riscv64"},
	"s390x":   {Architecture: "s390x"},
}

// PlatformOf is what OCI calls the platform of a Target.
func PlatformOf(t target.Target) (v1.Platform, error) {
	platform, known := architectures[t.Arch()]
	if t.OS() != target.Linux || !known {
		return v1.Platform{}, fmt.Errorf("an image is for Linux, and the target %s is not: name a platform of Linux", t)
	}
	platform.OS = "linux"
	return platform, nil
}

// normal leaves out the variant that each processor has.
func normal(p v1.Platform) v1.Platform {
	variant := p.Variant
	switch {
	case p.Architecture == "arm64" && variant == "v8" || p.Architecture == "amd64" && variant == "v1":
		variant = ""
	case p.Architecture == "arm":
		variant = cmp.Or(variant, "v7")
	}
	return v1.Platform{OS: p.OS, Architecture: p.Architecture, Variant: variant}
}

func samePlatform(a, b v1.Platform) bool {
	return normal(a).Equals(normal(b))
}

// candidate is an image of a layout.
type candidate struct {
	descriptor v1.Descriptor
	platform   v1.Platform
}

// ForPlatform is the image for a platform; of several that are, the first one. The error says which there are.
func (l *Layout) ForPlatform(want v1.Platform) (*Image, error) {
	index, err := l.Index()
	if err != nil {
		return nil, err
	}
	all := &candidates{layout: l}
	if err := all.add(index, 0); err != nil {
		return nil, err
	}
	there := []string{}
	for _, c := range all.found {
		if samePlatform(c.platform, want) {
			return l.imageFor(c)
		}
		there = append(there, c.platform.String())
	}
	slices.Sort(there)
	if len(there) == 0 {
		return nil, errors.New("it has no image, only other things")
	}
	return nil, fmt.Errorf("it has no image for %s, only for %s", want, strings.Join(slices.Compact(there), ", "))
}

func (l *Layout) imageFor(c candidate) (*Image, error) {
	image, err := l.Image(c.descriptor)
	if err != nil {
		return nil, err
	}
	if said := image.Platform(); !samePlatform(said, c.platform) {
		return nil, fmt.Errorf("%s is for %s by the index, and for %s by its config", c.descriptor.Digest, c.platform, said)
	}
	return image, nil
}

// candidates are the images of a layout. What is no image (a signature, say) is passed over.
type candidates struct {
	layout *Layout
	found  []candidate
	seen   int // of all kinds
}

// add adds the images of an index and of those in it.
func (all *candidates) add(index *v1.IndexManifest, depth int) error {
	for _, d := range index.Manifests {
		if all.seen++; all.seen > maxManifests {
			return fmt.Errorf("its indexes name more than %d things", maxManifests)
		}
		switch {
		case d.MediaType.IsIndex():
			if depth == maxNested {
				return fmt.Errorf("%s is an index in %d others, too deep", d.Digest, depth)
			}
			nested, err := all.layout.IndexOf(d)
			if err == nil {
				err = all.add(nested, depth+1)
			}
			if err != nil {
				return err
			}
		case d.MediaType.IsImage() && d.Platform != nil && d.Platform.OS != "" && d.Platform.Architecture != "":
			all.found = append(all.found, candidate{d, *d.Platform})
		case d.MediaType.IsImage():
			image, err := all.layout.Image(d)
			if err != nil {
				return err
			}
			all.found = append(all.found, candidate{d, image.Platform()})
		}
	}
	return nil
}
