package lock

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/ofiuco/ofiuco/pypa/name"
)

// dump is a lock as text that a person can check: one line a fact.
func dump(l *Lock) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s of %q, python %q (line %d)\n", l.Format, l.Version, l.Project, l.RequiresPython, l.RequiresPythonLine)
	fmt.Fprintf(&b, "extras %v, groups %v, by default %v\n", l.Extras, l.Groups, l.DefaultGroups)
	for _, m := range l.Environments {
		fmt.Fprintf(&b, "environment %s\n", m)
	}
	for _, i := range l.Indexes {
		fmt.Fprintf(&b, "index %+v\n", i)
	}
	for _, w := range l.Warnings {
		fmt.Fprintf(&b, "warning %v\n", w)
	}
	for _, r := range l.Roots {
		fmt.Fprintf(&b, "root %sgroup %q from %q\n", dumpEdge(r.Dependency), r.Group, r.From)
	}
	for _, p := range l.Packages {
		fmt.Fprintf(&b, "\n%s %s (line %d) %+v", p.Name, p.Version, p.Line, p.Source)
		fmt.Fprintf(&b, " python %q provides %v\n", p.RequiresPython, p.Provides)
		if p.Spelling != "" {
			fmt.Fprintf(&b, "  spelled %q\n", p.Spelling)
		}
		if p.Description != "" {
			fmt.Fprintf(&b, "  described as %q\n", p.Description)
		}
		if p.Included == nil {
			b.WriteString("  included by edges\n")
		}
		for _, c := range p.Included {
			fmt.Fprintf(&b, "  included by %q if %s\n", c.Group, c.Marker)
		}
		for _, m := range p.Forks {
			fmt.Fprintf(&b, "  fork %s\n", m)
		}
		for _, d := range p.Dependencies {
			fmt.Fprintf(&b, "  needs %s\n", strings.TrimSpace(dumpEdge(d)))
		}
		for _, a := range p.Artifacts {
			fmt.Fprintf(&b, "  %s %s %s%s (line %d) %.12s\n", a.Kind, a.Filename, a.URL, a.Path, a.Line, a.SHA256())
		}
	}
	return b.String()
}

func dumpEdge(d Dependency) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s%v (line %d) ", d.Name, d.Extras, d.Line)
	for _, field := range []struct{ label, value string }{
		{"at", d.Constraint.String()}, {"if", d.Marker.String()}, {"by extra", d.Extra.String()}, {"only", d.Version.String()},
	} {
		if field.value != "" {
			fmt.Fprintf(&b, "%s %s ", field.label, field.value)
		}
	}
	if d.Source != nil {
		fmt.Fprintf(&b, "from %+v ", *d.Source)
	}
	return b.String()
}

// golden compares got with a file, which UPDATE_GOLDEN=1 writes.
func golden(t *testing.T, file, got string) {
	t.Helper()
	if os.Getenv("UPDATE_GOLDEN") != "" {
		if err := os.WriteFile(file, []byte(got), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got; UPDATE_GOLDEN=1 rewrites it):\n%s", file, diff)
	}
}

// folderInput is the Input of a folder with a pyproject.toml and a lock.
func folderInput(t testing.TB, folder, base string) Input {
	t.Helper()
	read := func(base string) []byte {
		data, err := os.ReadFile(filepath.Join(folder, base))
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	return Input{Path: base, Data: read(base), Pyproject: read("pyproject.toml"), PyprojectPath: "pyproject.toml"}
}

// realLocks are the folders of real locks that stand beside the checkout where it is developed.
func realLocks(t testing.TB, base string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", "..", "shared", "locks", "*", base))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Skip("there are no real locks beside the checkout")
	}
	for i := range files {
		files[i] = filepath.Dir(files[i])
	}
	return files
}

// packageNamed is the only package of that name.
func packageNamed(t *testing.T, l *Lock, n name.Name) *Package {
	t.Helper()
	found := l.byName()[n]
	if len(found) != 1 {
		t.Fatalf("%d packages are called %s", len(found), n)
	}
	return found[0]
}
