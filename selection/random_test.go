package selection

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ofiuco/ofiuco/internal/oracle"
	"github.com/ofiuco/ofiuco/lock"
	"github.com/ofiuco/ofiuco/pypa/marker"
	"github.com/ofiuco/ofiuco/pypa/name"
	"github.com/ofiuco/ofiuco/pypa/version"
	"github.com/ofiuco/ofiuco/target"
)

// state is a package with one of its extras, "" for the package itself; of the project, an extra or group.
type state struct {
	name  name.Name
	extra name.Name
}

// reference is what a naive selection takes: it looks at all edges again and again, until none adds anything. It gives
// the distance of each state from the project, or an error when two versions of a package would be taken.
func reference(l *lock.Lock, t target.Target, o Options) (taken map[name.Name]*lock.Package, distance map[state]int, failed bool) {
	taken, distance = map[name.Name]*lock.Package{}, map[state]int{}
	reach := func(d *lock.Dependency, from int) (changed bool) {
		if holds, err := d.Marker.EvaluateExtras(t.Environment()); err != nil || !holds {
			return false
		}
		for _, p := range l.Packages {
			if p.Name != d.Name || !d.Version.IsZero() && !d.Version.Equal(p.Version) {
				continue
			}
			if taken[p.Name] != nil && taken[p.Name] != p {
				failed = true
				continue
			}
			taken[p.Name] = p
			for _, extra := range append([]name.Name{""}, d.Extras...) {
				if before, known := distance[state{p.Name, extra}]; !known || before > from+1 {
					distance[state{p.Name, extra}] = from + 1
					changed = true
				}
			}
		}
		return changed
	}
	for changed := true; changed && !failed; {
		changed = false
		for i := range l.Roots {
			r := &l.Roots[i]
			asked := r.Group == "" && len(o.OnlyGroups) == 0 || slices.Contains(o.Groups, r.Group) || slices.Contains(o.OnlyGroups, r.Group)
			if asked && (r.Extra == "" || slices.Contains(o.Extras, r.Extra)) && reach(&r.Dependency, 0) {
				changed = true
			}
		}
		for s, far := range maps.Clone(distance) {
			p := taken[s.name]
			for i := range p.Dependencies {
				if d := &p.Dependencies[i]; d.Extra == s.extra && reach(d, far) {
					changed = true
				}
			}
		}
	}
	return taken, distance, failed
}

var randomMarkers = []string{"", "", "", "sys_platform == 'linux'", "sys_platform != 'linux'", "python_version < '3.12'", "os_name == 'nt' or python_version >= '3.12'"}

// randomLock is a graph with cycles, extras, groups, markers and now and then two versions of a name.
func randomLock(t testing.TB, random *rand.Rand) *lock.Lock {
	l := &lock.Lock{Path: "uv.lock", Format: lock.UV, Project: "p", Extras: []name.Name{"x", "y"}, Groups: []name.Name{"dev"}}
	n := 2 + random.IntN(14)
	for i := range n {
		l.Packages = append(l.Packages, &lock.Package{Name: name.Name(fmt.Sprintf("n%d", i)), Version: version.MustParse("1"), Line: i + 1})
		if random.IntN(8) == 0 {
			l.Packages = append(l.Packages, &lock.Package{Name: name.Name(fmt.Sprintf("n%d", i)), Version: version.MustParse("2"), Line: i + 1})
		}
	}
	edge := func(extras []name.Name) lock.Dependency {
		to := l.Packages[random.IntN(len(l.Packages))]
		d := lock.Dependency{Name: to.Name, Version: to.Version, Line: random.IntN(100)}
		if text := randomMarkers[random.IntN(len(randomMarkers))]; text != "" {
			m, err := marker.Parse(text)
			if err != nil {
				t.Fatal(err)
			}
			d.Marker = m
		}
		for _, e := range extras {
			if random.IntN(3) == 0 {
				d.Extras = append(d.Extras, e)
			}
		}
		d.Extra = append([]name.Name{"", "", ""}, extras...)[random.IntN(3+len(extras))]
		return d
	}
	for _, p := range l.Packages {
		for range random.IntN(4) {
			p.Dependencies = append(p.Dependencies, edge([]name.Name{"e", "f"}))
		}
	}
	for range 1 + random.IntN(5) {
		r := lock.Root{Dependency: edge([]name.Name{"e", "f"}), From: "p"}
		r.Extra = []name.Name{"", "", "x", "y"}[random.IntN(4)]
		if r.Extra == "" && random.IntN(3) == 0 {
			r.Group = "dev"
		}
		l.Roots = append(l.Roots, r)
	}
	return l
}

// TestRandomGraphs compares with the naive reference: what is taken, how far it is from the project, and that the chain
// that says so is one of live edges.
func TestRandomGraphs(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	targets := targetsOf(t, 3)
	options := []Options{{}, {Extras: []name.Name{"x"}}, {Groups: []name.Name{"dev"}, AllExtras: true, Extras: []name.Name{"x", "y"}}, {OnlyGroups: []name.Name{"dev"}}}
	taken, refused := 0, 0
	cases := oracle.Cases(t, 3000, 30000)
	for range cases {
		l := randomLock(t, random)
		one, o := targets[random.IntN(len(targets))], options[random.IntN(len(options))]
		want, distance, failed := reference(l, one, o)
		s, err := Select(l, one, o)
		if failed != (err != nil) {
			t.Fatalf("%v, the reference fails: %v, of %s", err, failed, describe(l))
		}
		if failed {
			refused++
			continue
		}
		compareReference(t, l, s, want, distance)
		compareFlat(t, l, s, one, o)
		taken += len(s.Packages)
		if t.Failed() {
			t.Fatal(describe(l))
		}
	}
	if taken < cases || refused > cases/2 {
		t.Errorf("%d packages taken, %d refused", taken, refused)
	}
	t.Logf("%d graphs, %d packages taken, %d graphs refused", cases, taken, refused)
}

func compareReference(t *testing.T, l *lock.Lock, s *Selection, want map[name.Name]*lock.Package, distance map[state]int) {
	t.Helper()
	if len(s.Packages) != len(want) {
		t.Errorf("%d packages are taken, want %d", len(s.Packages), len(want))
	}
	for _, p := range s.Packages {
		if want[p.Name] != p.Package {
			t.Errorf("%s %s is taken, want %v", p.Name, p.Version, want[p.Name])
			continue
		}
		for _, e := range p.Extras {
			if distance[state{p.Name, e}] == 0 {
				t.Errorf("%s[%s] is asked for by nothing", p.Name, e)
			}
		}
		if len(p.Because) != distance[state{p.Name, ""}] {
			t.Errorf("%s is %d edges away, want %d", p.Name, len(p.Because), distance[state{p.Name, ""}])
		}
		at := "p"
		for _, step := range p.Because {
			from, extra, _ := strings.Cut(strings.TrimSuffix(step.From, "]"), "[")
			to, asked, _ := strings.Cut(strings.TrimSuffix(at, "]"), "[")
			if from != to || extra != "" && !slices.Contains(strings.Split(asked, ","), extra) {
				t.Errorf("%s because of %s, behind %s", p.Name, step.From, at)
			}
			at = step.To
		}
		if to, _, _ := strings.Cut(at, "["); to != p.Name.String() {
			t.Errorf("the chain of %s ends at %s", p.Name, at)
		}
	}
	checkWhole(t, "random", l, s)
}

// compareFlat asks the same of a lock that says itself what it includes.
func compareFlat(t *testing.T, l *lock.Lock, s *Selection, one target.Target, o Options) {
	t.Helper()
	flat := *l
	flat.Packages = nil
	for _, p := range l.Packages {
		q := *p
		q.Included = []lock.Condition{}
		if slices.ContainsFunc(s.Packages, func(taken *Package) bool { return taken.Package == p }) {
			q.Included = []lock.Condition{{Group: ""}, {Group: "dev"}}
		}
		flat.Packages = append(flat.Packages, &q)
	}
	again, err := Select(&flat, one, o)
	if err != nil {
		t.Errorf("as a list: %v", err)
		return
	}
	for i, p := range again.Packages {
		q := s.Packages[i]
		if p.Name != q.Name || !p.Version.Equal(q.Version) || len(p.Because) != len(q.Because) ||
			!slices.Equal(p.Dependencies, q.Dependencies) || !slices.Equal(p.Extras, q.Extras) {
			t.Errorf("as a list: %v, along edges %v", p, q)
		}
	}
	if len(again.Packages) != len(s.Packages) {
		t.Errorf("as a list: %d packages, along edges %d", len(again.Packages), len(s.Packages))
	}
}

func describe(l *lock.Lock) string {
	var b strings.Builder
	edge := func(from string, d *lock.Dependency) {
		fmt.Fprintf(&b, "%s[%s] > %s %s %v ; %s\n", from, d.Extra, d.Name, d.Version, d.Extras, d.Marker)
	}
	b.WriteByte('\n')
	for i := range l.Roots {
		edge("p "+l.Roots[i].Group.String(), &l.Roots[i].Dependency)
	}
	for _, p := range l.Packages {
		for i := range p.Dependencies {
			edge(p.Name.String()+" "+p.Version.String(), &p.Dependencies[i])
		}
	}
	return b.String()
}

// TestDenseCycles: where all packages ask for all others, the time is that of looking at each edge a few times.
func TestDenseCycles(t *testing.T) {
	for _, n := range []int{44, 400} {
		l := &lock.Lock{Path: "uv.lock", Format: lock.UV, Project: "p"}
		for i := range n {
			p := &lock.Package{Name: name.Name(fmt.Sprintf("n%d", i)), Version: version.MustParse("1"), Line: i}
			for j := range n {
				p.Dependencies = append(p.Dependencies, lock.Dependency{Name: name.Name(fmt.Sprintf("n%d", j))})
			}
			l.Packages = append(l.Packages, p)
		}
		l.Roots = []lock.Root{{Dependency: lock.Dependency{Name: "n7"}}}
		start := time.Now()
		s, err := Select(l, targetsOf(t, 1)[0], Options{})
		if err != nil || len(s.Packages) != n || len(s.Packages[3].Dependencies) != n {
			t.Fatalf("%d: %v", n, err)
		}
		if out := s.Without([]name.Name{"n7"}); len(out) != n {
			t.Errorf("without n7 %d of %d go", len(out), n)
		}
		if took := time.Since(start); took > 2*time.Second {
			t.Errorf("%d packages took %v", n, took)
		} else {
			t.Logf("%d packages, %d edges: %v", n, n*n, took)
		}
	}
}

// TestCheck gives for each of many targets at once what Select gives for it alone, and the same each time.
func TestCheck(t *testing.T) {
	targets := targetsOf(t, len(wheres))
	for _, l := range realLocks(t) {
		if l.label != "web/poetry.lock" && l.label != "conflict/uv.lock" {
			continue
		}
		for range 3 {
			for i, r := range Check(l.lock, targets, Options{AllExtras: true}) {
				s, err := Select(l.lock, targets[i], Options{AllExtras: true})
				if fmt.Sprint(err) != fmt.Sprint(r.Err) || r.Target.String() != targets[i].String() {
					t.Errorf("%s on %s: %v, alone %v", l.label, r.Target, r.Err, err)
				}
				if err == nil {
					got, errGot := json.Marshal(r.Selection)
					want, errWant := json.Marshal(s)
					if errGot != nil || errWant != nil || string(got) != string(want) || !slices.Equal(s.Notes, r.Selection.Notes) {
						t.Errorf("%s on %s: %s, alone %s", l.label, r.Target, got, want)
					}
				}
			}
		}
	}
}
