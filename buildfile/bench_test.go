package buildfile

import (
	"fmt"
	"strings"
	"testing"

	"github.com/ofiuco/ofiuco/lock"
	"github.com/ofiuco/ofiuco/pypa/marker"
	"github.com/ofiuco/ofiuco/pypa/name"
	"github.com/ofiuco/ofiuco/pypa/version"
)

func pythonBefore311() (*marker.Marker, error) { return marker.Parse(`python_version < "3.11"`) }

func syntheticName(i int) name.Name { return name.Name(fmt.Sprintf("package-%05d", i)) }

// syntheticPackage has the wheels of ten platforms and an sdist, as a package with compiled code has.
func syntheticPackage(i int) *lock.Package {
	p := &lock.Package{Name: syntheticName(i), Version: version.MustParse("1.0"), Line: 10 * i, Description: "A package of the benchmark"}
	add := func(kind lock.ArtifactKind, file string) {
		p.Artifacts = append(p.Artifacts, lock.Artifact{
			Kind: kind, Filename: file, URL: "https://files.example.org/" + file, Hashes: []lock.Hash{{Algorithm: "sha256", Hex: strings.Repeat("ab", 32)}}, Size: 12345,
		})
	}
	for minor := 10; minor < 15; minor++ {
		for _, platform := range []string{"manylinux_2_28_x86_64", "macosx_14_0_arm64"} {
			add(lock.Wheel, fmt.Sprintf("package_%05d-1.0-cp3%d-cp3%d-%s.whl", i, minor, minor, platform))
		}
	}
	add(lock.Sdist, fmt.Sprintf("package_%05d-1.0.tar.gz", i))
	return p
}

// BenchmarkFiles writes the hub of a lock of 1,000 packages with 8 dependencies each.
func BenchmarkFiles(b *testing.B) {
	l := web(1000, 8)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Files(l, Options{Rules: "@ofiuco", Extras: true}); err != nil {
			b.Fatal(err)
		}
	}
}
