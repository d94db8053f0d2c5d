package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/ofiuco/ofiuco/lock"
	"github.com/ofiuco/ofiuco/pypa/name"
	"github.com/ofiuco/ofiuco/selection"
	"github.com/ofiuco/ofiuco/target"
)

// TestExclude locks a package that a runtime preinstalls, older than, equal to and newer than the runtime's, under
// requirements that do and do not allow the runtime's.
func TestExclude(t *testing.T) {
	const runtimeName = "aws-lambda-python3.12-arm64"
	runtime, err := target.Parse(runtimeName)
	if err != nil {
		t.Fatal(err)
	}
	have := runtime.Runtime().Packages["boto3"].String()
	for _, test := range []struct {
		name                      string
		boto3, requirement, more  string // more: an entry and a requirement of the project's own
		named                     []name.Name
		keep                      bool
		target                    string
		wantDropped, wantNoteWith string
	}{
		{name: "equal", boto3: have, requirement: "==" + have, wantDropped: "boto3 jmespath only-boto3"},
		{name: "older, allowed", boto3: "1.28.72", requirement: ">=1.28", wantDropped: "boto3 jmespath only-boto3"},
		{name: "older, pinned", boto3: "1.28.72", requirement: "==1.28.72", wantDropped: "jmespath", wantNoteWith: "the project requires ==1.28.72"},
		{name: "newer, allowed", boto3: "1.99.0", requirement: ">=1.28", wantDropped: "boto3 jmespath only-boto3"},
		{name: "newer, needed", boto3: "1.99.0", requirement: ">=1.98", wantDropped: "jmespath", wantNoteWith: "the project requires >=1.98"},
		{name: "needed by another, too", boto3: "1.28.72", requirement: ">=1.28", more: "only-boto3", wantDropped: "boto3 jmespath"},
		{name: "named", boto3: "1.28.72", requirement: "==1.28.72", named: []name.Name{"boto3"}, wantDropped: "boto3 jmespath only-boto3",
			wantNoteWith: "production imports the " + have},
		{name: "kept", boto3: have, requirement: "==" + have, keep: true},
		{name: "no runtime", boto3: have, requirement: "==" + have, target: "cp312-manylinux_2_34_aarch64"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := selectBoto3(t, test.boto3, test.requirement, test.more, cmp.Or(test.target, runtimeName))
			got := exclude(s, test.named, test.keep)
			dropped := slices.Sorted(maps.Keys(got.dropped))
			words := make([]string, len(dropped))
			for i, n := range dropped {
				words[i] = n.String()
			}
			if strings.Join(words, " ") != test.wantDropped {
				t.Errorf("dropped %v, want %q", words, test.wantDropped)
			}
			notes := strings.Join(got.notes, "\n")
			if !strings.Contains(notes, test.wantNoteWith) || test.wantNoteWith == "" && notes != "" {
				t.Errorf("notes %q, want %q", notes, test.wantNoteWith)
			}
			if len(got.list) != len(dropped) {
				t.Errorf("%d packages dropped, and a reason for %d", len(dropped), len(got.list))
			}
		})
	}
}

// selectBoto3 selects a project that requires boto3, which needs jmespath (preinstalled, and its version allowed) and
// only-boto3 (not preinstalled).
func selectBoto3(t *testing.T, version, requirement, more, targetName string) *selection.Selection {
	t.Helper()
	var text strings.Builder
	for _, p := range [][2]string{
		{"boto3==" + version, "jmespath = \">=0.7\"\nonly-boto3 = \"*\"\n"}, {"jmespath==0.9.0", ""}, {"only-boto3==1.0", ""},
	} {
		project, number, _ := strings.Cut(p[0], "==")
		fmt.Fprintf(&text, "[[package]]\nname = %q\nversion = %q\noptional = false\npython-versions = \"*\"\ngroups = [\"main\"]\n"+
			"files = [{file = \"%s-%s-py3-none-any.whl\", hash = \"sha256:%064d\"}]\n\n", project, number, strings.ReplaceAll(project, "-", "_"), number, 1)
		if p[1] != "" {
			text.WriteString("[package.dependencies]\n" + p[1] + "\n")
		}
	}
	text.WriteString("[metadata]\nlock-version = \"2.1\"\npython-versions = \"*\"\ncontent-hash = \"\"\n")
	project := "[tool.poetry.dependencies]\nboto3 = \"" + requirement + "\"\n"
	if more != "" {
		project += more + " = \"*\"\n"
	}
	l, err := lock.Read(lock.Input{Path: "poetry.lock", Data: []byte(text.String()), Pyproject: []byte(project), PyprojectPath: "pyproject.toml"})
	if err != nil {
		t.Fatal(err)
	}
	goal, err := target.Parse(targetName)
	if err != nil {
		t.Fatal(err)
	}
	s, err := selection.Select(l, goal, selection.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}
