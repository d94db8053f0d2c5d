package selection

import (
	"strings"
	"testing"

	"github.com/ofiuco/ofiuco/lock"
	"github.com/ofiuco/ofiuco/target"
)

// TestNearestNamesWhatNearlyFits: a wheel for a newer glibc comes before one for another processor, and that before other systems.
func TestNearestNamesWhatNearlyFits(t *testing.T) {
	p := new(lock.Package)
	for _, platform := range []string{"macosx_10_13_x86_64", "macosx_14_0_arm64", "manylinux_2_27_aarch64", "manylinux_2_34_x86_64", "manylinux_2_27_x86_64", "win_amd64"} {
		p.Artifacts = append(p.Artifacts, lock.Artifact{Kind: lock.Wheel, Filename: "numpy-2.5.5-cp312-cp312-" + platform + ".whl"})
	}
	old, err := target.Parse("cp312-manylinux_2_17_x86_64")
	if err != nil {
		t.Fatal(err)
	}
	got := Nearest((&Package{Package: p, target: old}).Candidates())
	for i, want := range []string{"manylinux_2_27_x86_64.whl: glibc 2.27 > 2.17", "manylinux_2_34_x86_64.whl: glibc 2.34 > 2.17", "manylinux_2_27_aarch64.whl"} {
		if i >= len(got) || !strings.Contains(got[i], want) {
			t.Errorf("line %d lacks %q: %q", i, want, got)
		}
	}
}
