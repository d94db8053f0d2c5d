package buildfile

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ofiuco/ofiuco/lock"
)

// TestIncompatible compares, of every lock on every target, a hub whose absent packages are incompatible with one where they are
// empty: what `:all` leads to is the same, and a target is incompatible where the other one is empty.
func TestIncompatible(t *testing.T) {
	guards := 0
	for path, l := range realLocks(t) {
		files, err := Files(l, Options{Hub: "hub", Rules: "@ofiuco", LockLabel: "@//:" + l.Path, Extras: true, Absent: "incompatible"})
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			if !strings.Contains(f.Path, "/") {
				checkFormatted(t, f)
			}
		}
		empty, guarded := readHub(t, hubOf(t, l)), readHub(t, files)
		checkUnguardedInside(t, path, guarded)
		for _, one := range targets(t) {
			want := &analysis{t: t, targets: empty, env: one.Environment(), held: map[string]bool{}}
			got := &analysis{t: t, targets: guarded, env: one.Environment(), held: want.held}
			if diff := cmp.Diff(want.closure("all"), got.closure("all")); diff != "" {
				t.Errorf("%s on %s: (-empty +incompatible)\n%s", path, one, diff)
			}
			for label, c := range guarded {
				setting := c.text["target_compatible_with"]
				if setting == "" {
					continue
				}
				guards++
				for condition, value := range got.target(setting).dict["flag_values"] {
					holds := got.holds(got.target(condition).text["when"])
					if value != "yes" || holds != want.isPresent(label) {
						t.Errorf("%s on %s: %q is compatible: %t", path, one, label, holds)
					}
				}
			}
		}
	}
	if guards < 1000 {
		t.Errorf("%d guards", guards)
	}
}

// checkUnguardedInside finds targets that lead to a guard, and so would be incompatible along with it.
func checkUnguardedInside(t *testing.T, path string, targets map[string]*targetCall) {
	t.Helper()
	for label, c := range targets {
		leads := slices.Concat(c.list["deps"], c.list["versions"], []string{c.text["package"], c.text["cycle"]})
		for member := range c.dict["members"] {
			leads = append(leads, member)
		}
		for _, to := range leads {
			if other := targets[strings.TrimPrefix(to, ":")]; other != nil && other.text["target_compatible_with"] != "" {
				t.Errorf("%s: %q leads to %q, which may be incompatible", path, label, to)
			}
		}
	}
}

// TestIncompatibleNames keeps all names of a hub, whatever a package is where it is absent.
func TestIncompatibleNames(t *testing.T) {
	names := func(l *lock.Lock, absent string) []string {
		files, err := Files(l, Options{Hub: "hub", Rules: "@ofiuco", LockLabel: "@//:" + l.Path, Extras: true, Absent: absent})
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for name := range readHub(t, files) {
			if !strings.HasPrefix(name, "_") {
				names = append(names, name)
			}
		}
		slices.Sort(names)
		return names
	}
	for path, l := range realLocks(t) {
		if diff := cmp.Diff(names(l, ""), names(l, "incompatible")); diff != "" {
			t.Errorf("%s: (-empty +incompatible)\n%s", path, diff)
		}
	}
}
