package buildfile

import (
	"testing"

	"github.com/ofiuco/ofiuco/lock"
	"github.com/ofiuco/ofiuco/selection"
)

// TestPresence compares which packages are present with what selection takes, of every lock on every target. More may be
// present, since a package counts with all its extras and a circle as one step, but hardly any.
func TestPresence(t *testing.T) {
	taken, more, less := 0, 0, 0
	for path, l := range realLocks(t) {
		if len(l.Conflicts) > 0 {
			continue // what is not asked for is there as well
		}
		calls := readHub(t, hubOf(t, l))
		for _, one := range targets(t) {
			s, err := selection.Select(l, one, everythingOf(l))
			if err != nil {
				continue
			}
			isTaken := map[*lock.Package]bool{}
			for _, p := range s.Packages {
				isTaken[p.Package] = true
			}
			a := &analysis{t: t, targets: calls, env: one.Environment(), held: map[string]bool{}}
			g := newGraph(l, true)
			for _, p := range l.Packages {
				if p.Project {
					continue
				}
				switch isPresent := a.isPresent(g.labels[p]); {
				case isTaken[p] && !isPresent:
					t.Errorf("%s on %s: %s is absent", path, one, g.labels[p])
				case isTaken[p]:
					taken++
				case isPresent:
					t.Logf("%s on %s: %s is present", path, one, g.labels[p])
					more++
				default:
					less++
				}
			}
		}
	}
	if taken < 20000 || less < 1000 || more > less/20 {
		t.Errorf("%d packages are taken, %d are present beside them, %d are absent", taken, more, less)
	}
	t.Logf("%d packages are taken, %d are present beside them, %d are absent", taken, more, less)
}
