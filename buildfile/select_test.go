package buildfile

import (
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
	var o selection.Options
	a := everything(l)
	for _, extra := range l.Extras {
		if a.extras[extra] {
			o.Extras = append(o.Extras, extra)
		}
	}
	o.NoDefaultGroups = true
	for _, group := range append(append([]name.Name{}, l.Groups...), l.DefaultGroups...) {
		if a.groups[group] {
			o.Groups = append(o.Groups, group)
		}
	}
	return o
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
				text := p.Name.String()
				if v := versionText(p.Package); v != "" {
					text += "==" + v
				}
				want = append(want, text)
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
