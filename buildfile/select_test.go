package buildfile

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ofiuco/ofiuco/lock"
	"github.com/ofiuco/ofiuco/pypa/name"
	"github.com/ofiuco/ofiuco/selection"
)

func hubOf(t testing.TB, l *lock.Lock) []File {
	t.Helper()
	files, err := Files(l, Options{Hub: "hub", Rules: "@ofiuco", LockLabel: "@//:" + l.Path, Extras: true})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// everythingOf is the choice that a hub makes.
func everythingOf(l *lock.Lock) selection.Options {
	extras, groups := Asked(l)
	return selection.Options{Extras: extras, Groups: groups, NoDefaultGroups: true}
}

// TestHubIsSelection compares what `:all` leads to with what selection takes, of every lock on every target.
func TestHubIsSelection(t *testing.T) {
	compared, refused := 0, 0
	for path, l := range realLocks(t) {
		targets := targets(t)
		calls := readHub(t, hubOf(t, l))
		for _, one := range targets {
			s, err := selection.Select(l, one, everythingOf(l))
			if err != nil {
				refused++
				continue
			}
			var want []string
			for _, p := range s.Packages {
				want = append(want, constraintOf(p.Package))
			}
			slices.Sort(want)
			a := &analysis{t: t, targets: calls, env: one.Environment(), held: map[string]bool{}}
			got := a.closure("all")
			if diff := cmp.Diff(want, got); diff != "" || len(a.refused) > 0 {
				t.Errorf("%s on %s: refused %v (-selection +hub)\n%s", path, one, a.refused, diff)
			}
			compared++
		}
	}
	if compared < 300 || refused > compared/2 {
		t.Errorf("%d compared, %d refused", compared, refused)
	}
	t.Logf("%d compared, %d refused", compared, refused)
}

// reachable are the packages that one of a lock leads to among those that were taken, "name==version": each edge that holds
// is followed, with the extras that it asks for.
func reachable(t testing.TB, l *lock.Lock, s *selection.Selection, start *lock.Package) []string {
	t.Helper()
	env := *s.Target.Environment()
	env.Extras, env.DependencyGroups = Asked(l)
	env.DependencyGroups = append(env.DependencyGroups, "")
	taken := map[name.Name]*lock.Package{}
	for _, p := range s.Packages {
		taken[p.Name] = p.Package
	}
	type visit struct {
		pkg   *lock.Package
		extra name.Name
	}
	found, seen := map[string]bool{}, map[visit]bool{}
	queue := []visit{{start, ""}}
	for len(queue) > 0 {
		v := queue[0]
		queue = queue[1:]
		if seen[v] {
			continue
		}
		seen[v] = true
		found[constraintOf(v.pkg)] = true
		for _, d := range v.pkg.Dependencies {
			to := taken[d.Name]
			if holds, err := d.Marker.EvaluateExtras(&env); err != nil || !holds || d.Extra != v.extra || to == nil {
				continue
			}
			for _, extra := range append([]name.Name{""}, d.Extras...) {
				queue = append(queue, visit{to, extra})
			}
		}
	}
	return slices.Sorted(maps.Keys(found))
}

func constraintOf(p *lock.Package) string {
	if v := versionText(p); v != "" {
		return p.Name.String() + "==" + v
	}
	return p.Name.String()
}

// TestEveryTargetIsWhole compares what each package's target brings with what can be reached from it in the lock.
func TestEveryTargetIsWhole(t *testing.T) {
	compared := 0
	for path, l := range realLocks(t) {
		if len(l.Conflicts) > 0 {
			continue // its markers ask for what edges ask for
		}
		calls := readHub(t, hubOf(t, l))
		for _, one := range targets(t)[:3] {
			s, err := selection.Select(l, one, everythingOf(l))
			if err != nil {
				continue
			}
			a := &analysis{t: t, targets: calls, env: one.Environment(), held: map[string]bool{}}
			for _, p := range s.Packages {
				want := reachable(t, l, s, p.Package)
				if diff := cmp.Diff(want, a.closure(p.Name.String())); diff != "" {
					t.Errorf("%s on %s: %s (-lock +hub)\n%s", path, one, p.Name, diff)
				}
				compared++
			}
		}
	}
	if compared < 3000 {
		t.Errorf("only %d targets compared", compared)
	}
}
