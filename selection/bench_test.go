package selection

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/ofiuco/ofiuco/lock"
	"github.com/ofiuco/ofiuco/pypa/name"
	"github.com/ofiuco/ofiuco/pypa/version"
)

func BenchmarkSelect(b *testing.B) {
	for _, l := range realLocks(b) {
		if l.label != "web/poetry.lock" && l.label != "web/uv.lock" && l.label != "airflow/uv.lock" {
			continue
		}
		for _, n := range []int{1, 12} {
			// The lock's own Pythons, as many times as are wanted.
			all := targetsOf(b, 3)
			targets := all[:0:0]
			for i := range n {
				targets = append(targets, all[i%len(all)])
			}
			b.Run(fmt.Sprintf("%s/%d", l.label, n), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					for _, r := range Check(l.lock, targets, Options{}) {
						if r.Err != nil {
							b.Fatal(r.Err)
						}
					}
				}
			})
		}
	}
}

// BenchmarkSynthetic selects of a thousand packages, each of which asks for ten others.
func BenchmarkSynthetic(b *testing.B) {
	l := &lock.Lock{Path: "uv.lock", Format: lock.UV, Project: "p"}
	random := rand.New(rand.NewPCG(1, 2))
	const packages = 1000
	for i := range packages {
		p := &lock.Package{Name: name.Name(fmt.Sprintf("n%d", i)), Version: version.MustParse("1.0"), Line: i}
		for range 10 {
			p.Dependencies = append(p.Dependencies, lock.Dependency{Name: name.Name(fmt.Sprintf("n%d", random.IntN(packages)))})
		}
		for _, tags := range []string{"cp312-cp312-manylinux_2_17_x86_64", "cp312-cp312-macosx_11_0_arm64", "cp313-cp313-win_amd64", "py3-none-any"} {
			p.Artifacts = append(p.Artifacts, lock.Artifact{Kind: lock.Wheel, Filename: fmt.Sprintf("n%d-1.0-%s.whl", i, tags)})
		}
		l.Packages = append(l.Packages, p)
		l.Roots = append(l.Roots, lock.Root{Dependency: lock.Dependency{Name: p.Name}, From: "p"})
	}
	targets := targetsOf(b, 12)
	b.ReportAllocs()
	for b.Loop() {
		for _, r := range Check(l, targets, Options{}) {
			if r.Err != nil {
				b.Fatal(r.Err)
			}
		}
	}
}
