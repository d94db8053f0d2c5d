package selection

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ofiuco/ofiuco/lock"
)

// TestFormatsAgree compares each real uv.lock with the pylock.toml and requirements.txt that uv exported from it: the same
// packages and, where the lock names them, the same files, in whose names uv makes the project's name small.
func TestFormatsAgree(t *testing.T) {
	targets := targetsOf(t, len(wheres))
	locks := realLocks(t)
	compared := 0
	for _, uv := range locks {
		if uv.lock.Format != lock.UV {
			continue
		}
		for _, other := range locks {
			exported := other.lock.Format == lock.Pylock || other.lock.Format == lock.Requirements
			if project := filepath.Dir(uv.label); !exported || filepath.Dir(other.label) != project || project == "forks" || project == "sources" {
				continue
			}
			for _, one := range targets {
				want, got := ours(newFiles(uv.lock), one, Options{}), ours(newFiles(other.lock), one, Options{})
				if want.Error != "" || other.lock.Format == lock.Requirements {
					want.Files, got.Files, want.Error, got.Error = nil, nil, "", ""
				}
				if want.Packages == nil {
					continue
				}
				if diff := cmp.Diff(want, got, cmp.Comparer(strings.EqualFold)); diff != "" {
					t.Errorf("%s and %s on %s (-first +second):\n%s", uv.label, other.label, one, diff)
				}
				compared++
			}
		}
	}
	if compared < 80 {
		t.Errorf("only %d pairs compared", compared)
	}
}

// TestEverythingInOneList says that each package of a lock is taken or passed over, that each artifact of a taken
// package is a candidate once, and that what is said of them holds together.
func TestEverythingInOneList(t *testing.T) {
	for _, l := range realLocks(t) {
		for _, one := range targetsOf(t, 6) {
			for _, p := range l.picks {
				s, err := Select(l.lock, one, p.options())
				if err == nil {
					checkWhole(t, l.label, l.lock, s)
				}
			}
		}
	}
}

func checkWhole(t *testing.T, label string, l *lock.Lock, s *Selection) {
	t.Helper()
	seen := map[*lock.Package]int{}
	names := map[string]bool{}
	for _, p := range s.Packages {
		names[p.Name.String()] = true
	}
	for _, p := range s.Packages {
		seen[p.Package]++
		var lines, candidates []int
		for _, a := range p.Package.Artifacts {
			lines = append(lines, a.Line)
		}
		for i, c := range p.Candidates() {
			candidates = append(candidates, c.Artifact.Line)
			if (c.Reason.Code == Taken) != (i == 0) {
				t.Errorf("%s: candidate %d of %s is %s", label, i, p.Name, c.Reason)
			}
		}
		slices.Sort(lines)
		slices.Sort(candidates)
		if !slices.Equal(lines, candidates) {
			t.Errorf("%s: %s has artifacts of lines %v, and candidates of %v", label, p.Name, lines, candidates)
		}
		if len(p.Because) == 0 || len(p.Requirements) == 0 && p.Package.Included == nil {
			t.Errorf("%s: nothing says why %s is taken", label, p.Name)
		}
		for _, d := range p.Dependencies {
			if !names[d.String()] {
				t.Errorf("%s: %s depends on %s, which is not taken", label, p.Name, d)
			}
		}
	}
	for _, p := range s.PassedOver {
		seen[p.Package]++
		if p.Reason.Code == "" || p.Reason.Code == Taken {
			t.Errorf("%s: %s is passed over as %q", label, p.Package.Name, p.Reason)
		}
	}
	for _, p := range l.Packages {
		if want := 1; seen[p] != want && !p.Project {
			t.Errorf("%s: %s %s is in %d lists", label, p.Name, p.Version, seen[p])
		}
	}
}
