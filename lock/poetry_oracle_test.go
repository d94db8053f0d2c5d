package lock

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ofiuco/ofiuco/internal/oracle"
	"github.com/ofiuco/ofiuco/pypa/marker"
	"github.com/ofiuco/ofiuco/pypa/name"
	"github.com/ofiuco/ofiuco/pypa/version"
)

// oracleEnvironments are the targets that Poetry and we are asked about.
var oracleEnvironments = func() []map[string]string {
	var environments []map[string]string
	for _, python := range []string{"3.8.18", "3.9.2", "3.10.14", "3.11.3", "3.12.4", "3.13.0"} {
		for _, platform := range [][4]string{
			{"linux", "Linux", "posix", "x86_64"}, {"linux", "Linux", "posix", "aarch64"},
			{"darwin", "Darwin", "posix", "arm64"}, {"win32", "Windows", "nt", "AMD64"},
		} {
			environments = append(environments, map[string]string{
				"python_full_version": python, "python_version": python[:strings.LastIndexByte(python, '.')],
				"implementation_version": python, "implementation_name": "cpython", "platform_python_implementation": "CPython",
				"sys_platform": platform[0], "platform_system": platform[1], "os_name": platform[2], "platform_machine": platform[3],
				"platform_release": "", "platform_version": "",
			})
		}
	}
	return environments
}()

// oracleVersions are the VERSIONS of testdata/poetry/locked.py.
var oracleVersions = []string{"0.4.1", "1.0", "2.2.5", "2.3.1", "2.31", "3.1", "6.1", "7.3", "8.1", "9.0", "11.2", "11.5", "12.3"}

func environmentOf(values map[string]string) *marker.Environment {
	return &marker.Environment{
		PythonFullVersion: values["python_full_version"], PythonVersion: values["python_version"],
		ImplementationVersion: values["implementation_version"], ImplementationName: values["implementation_name"],
		PlatformPythonImplementation: values["platform_python_implementation"], SysPlatform: values["sys_platform"],
		PlatformSystem: values["platform_system"], OSName: values["os_name"], PlatformMachine: values["platform_machine"],
	}
}

// poetryAnswer is what testdata/poetry/locked.py says of a folder.
type poetryAnswer struct {
	Fresh            bool
	Groups, Optional []name.Name
	Selected         [][]string
	Roots            []struct {
		Group, Extra, Name name.Name
		Features           []name.Name
		Holds, Allows      string
	}
}

// TestPoetryOracle compares what is read of real locks with what Poetry itself reads: whether they are
// fresh, the groups, the project's dependencies, and from 2.1 on which packages are included on each
// of many targets with each choice of extras.
func TestPoetryOracle(t *testing.T) {
	python := oracle.Python(t)
	folders, err := filepath.Glob(filepath.Join("testdata", "poetry", "[12]*"))
	if err != nil {
		t.Fatal(err)
	}
	projects, err := filepath.Glob(filepath.Join("testdata", "poetry", "projects", "*"))
	if err != nil {
		t.Fatal(err)
	}
	folders = append(folders, projects...)
	shared, _ := filepath.Glob(filepath.Join("..", "..", "shared", "locks", "*", "poetry.lock"))
	for _, file := range shared {
		folders = append(folders, filepath.Dir(file))
	}
	input, err := json.Marshal(oracleEnvironments)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(python, append([]string{filepath.Join("testdata", "poetry", "locked.py")}, folders...)...)
	cmd.Stdin = bytes.NewReader(input)
	output, err := cmd.Output()
	if err != nil {
		t.Fatalf("running Poetry: %v", err)
	}
	lines := bufio.NewScanner(bytes.NewReader(output))
	lines.Buffer(nil, 1<<26)
	for _, folder := range folders {
		t.Run(filepath.Base(folder), func(t *testing.T) {
			var want poetryAnswer
			if !lines.Scan() {
				t.Fatal("Poetry has no answer")
			}
			if err := json.Unmarshal(lines.Bytes(), &want); err != nil {
				t.Fatal(err)
			}
			l, err := Read(folderInput(t, folder, "poetry.lock"))
			if err != nil {
				t.Fatal(err)
			}
			compareProject(t, l, want)
			compareRoots(t, l, want)
			compareIncluded(t, l, want)
		})
	}
}

func compareProject(t *testing.T, l *Lock, want poetryAnswer) {
	t.Helper()
	stale := slices.ContainsFunc(l.Warnings, func(w *Error) bool { return strings.Contains(w.Msg, "was not made for") })
	if stale == want.Fresh {
		t.Errorf("stale: %v, Poetry says fresh: %v", stale, want.Fresh)
	}
	groups := slices.Sorted(slices.Values(l.Groups))
	if !slices.Equal(groups, want.Groups) {
		t.Errorf("Groups = %v, want %v", groups, want.Groups)
	}
	for _, g := range want.Groups {
		if slices.Contains(l.DefaultGroups, g) == slices.Contains(want.Optional, g) {
			t.Errorf("DefaultGroups = %v, optional are %v", l.DefaultGroups, want.Optional)
		}
	}
}

// compareRoots compares the project's dependencies as a set of lines. Edges that never hold are
// left out, of which merging tables makes more here than in Poetry.
func compareRoots(t *testing.T, l *Lock, want poetryAnswer) {
	t.Helper()
	byName := l.byName()
	line := func(group, extra, project name.Name, features []name.Name, holds, allows string) string {
		names := []string{}
		for _, f := range features {
			names = append(names, f.String())
		}
		return strings.Join([]string{group.String(), extra.String(), project.String(), strings.Join(names, ","), holds, allows}, "|")
	}
	var got, wanted []string
	for _, r := range l.Roots {
		var holds, allows strings.Builder
		for _, values := range oracleEnvironments {
			ok, err := r.Marker.EvaluateExtras(environmentOf(values))
			if err != nil {
				t.Error(err)
			}
			holds.WriteByte("01"[btoi(ok)])
		}
		for _, p := range byName[r.Name] {
			allows.WriteByte("01"[btoi(r.Constraint.Allows(p.Version))])
		}
		for _, v := range oracleVersions {
			allows.WriteByte("01"[btoi(r.Constraint.Allows(version.MustParse(v)))])
		}
		if strings.Contains(holds.String(), "1") {
			got = append(got, line(r.Group, r.Extra, r.Name, r.Extras, holds.String(), allows.String()))
		}
	}
	for _, r := range want.Roots {
		if strings.Contains(r.Holds, "1") {
			wanted = append(wanted, line(r.Group, r.Extra, r.Name, r.Features, r.Holds, r.Allows))
		}
	}
	slices.Sort(got)
	slices.Sort(wanted)
	if !slices.Equal(slices.Compact(got), slices.Compact(wanted)) {
		t.Errorf("roots\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(wanted, "\n"))
	}
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// compareIncluded compares which packages the conditions of the lock include with all groups.
func compareIncluded(t *testing.T, l *Lock, want poetryAnswer) {
	t.Helper()
	if want.Selected == nil {
		return
	}
	extras := slices.Sorted(slices.Values(l.Extras))
	choices := [][]name.Name{nil, extras}
	for _, extra := range extras {
		choices = append(choices, []name.Name{extra})
	}
	if len(want.Selected) != len(choices)*len(oracleEnvironments) {
		t.Fatalf("Poetry has %d answers", len(want.Selected))
	}
	for i, values := range oracleEnvironments {
		for k, choice := range choices {
			env := environmentOf(values)
			env.Extras = choice
			var got []string
			for _, p := range l.Packages {
				if includedBy(t, p, env) {
					got = append(got, p.Name.String()+" "+p.Version.String())
				}
			}
			slices.Sort(got)
			if !slices.Equal(got, want.Selected[i*len(choices)+k]) {
				t.Fatalf("%v with %v:\n%v\nwant\n%v", values, choice, got, want.Selected[i*len(choices)+k])
			}
		}
	}
}

func includedBy(t *testing.T, p *Package, env *marker.Environment) bool {
	t.Helper()
	return slices.ContainsFunc(p.Included, func(c Condition) bool {
		holds, err := c.Marker.EvaluateExtras(env)
		if err != nil {
			t.Error(err)
		}
		return holds
	})
}
