package lock

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/ofiuco/ofiuco/internal/oracle"
	"github.com/ofiuco/ofiuco/pypa/marker"
	"github.com/ofiuco/ofiuco/pypa/version"
)

// The Pythons of testdata/poetry/constraints.py.
var oraclePythons = []string{
	"2.7.18", "3.6.0", "3.6.15", "3.8.1", "3.9.0", "3.9.2", "3.10.14", "3.11.3", "3.12.0", "3.12.4", "3.14.0",
}

// constraintAnswer is what testdata/poetry/constraints.py says of a constraint.
type constraintAnswer struct{ Allows, Python string }

// TestConstraintOracle compares ParseConstraint and pythonMarker with poetry-core.
func TestConstraintOracle(t *testing.T) {
	const each = 40
	count := oracle.Cases(t, 60_000, 400_000) / each
	random := rand.New(rand.NewPCG(440, 508))
	constraints := slices.Clone(knownConstraints)
	for len(constraints) < count {
		constraints = append(constraints, randomConstraint(random))
	}
	versions := make([][]string, len(constraints))
	for i, c := range constraints {
		for range each {
			versions[i] = append(versions[i], nearVersion(random, c))
		}
	}
	pairs, excused, invalid := 0, 0, 0
	for i, want := range poetryAllows(t, constraints, versions) {
		c := constraints[i]
		got, err := ParseConstraint(c)
		if (err != nil) != (want == nil) && !refusedWildcard(c) {
			t.Errorf("ParseConstraint(%q): error %v, poetry-core says %v", c, err, want)
		}
		if err != nil || want == nil || want.Allows == "" {
			invalid++
			continue
		}
		for k, text := range versions[i] {
			pairs++
			is, should := got.Allows(version.MustParse(text)), want.Allows[k] == '1'
			if is != should && divergent(c, text, is) {
				excused++
			} else if is != should {
				t.Errorf("%q allows %s: %v, poetry-core says %v", c, text, is, should)
			}
		}
		comparePythonMarker(t, c, want.Python)
	}
	t.Logf("%d pairs, %d of them documented divergences; %d invalid of %d constraints", pairs, excused, invalid, len(constraints))
}

// poetryAllows asks poetry-core about each constraint and its versions; nil is its answer for an
// invalid one.
func poetryAllows(t *testing.T, constraints []string, versions [][]string) []*constraintAnswer {
	t.Helper()
	var input bytes.Buffer
	encoder := json.NewEncoder(&input)
	for i, c := range constraints {
		if err := encoder.Encode([]any{c, versions[i]}); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(oracle.Python(t), "testdata/poetry/constraints.py")
	cmd.Stdin = &input
	output, err := cmd.Output()
	if err != nil {
		t.Fatalf("running poetry-core: %v", err)
	}
	answers := make([]*constraintAnswer, len(constraints))
	decoder := json.NewDecoder(bytes.NewReader(output))
	for i := range answers {
		if err := decoder.Decode(&answers[i]); err != nil {
			t.Fatalf("poetry-core's answer on %q: %v", constraints[i], err)
		}
	}
	return answers
}

// comparePythonMarker compares the marker of python = constraint for each of the Pythons.
func comparePythonMarker(t *testing.T, constraint, want string) {
	t.Helper()
	if want == "" || strings.ContainsAny(constraint, "+abcdefghijklmnopqrstuvwyz") {
		return // no Python is called so
	}
	text, err := pythonMarker(constraint)
	if err != nil {
		t.Errorf("pythonMarker(%q): %v", constraint, err)
		return
	}
	var m *marker.Marker
	if text != "" {
		if m, err = marker.Parse(text); err != nil {
			t.Errorf("pythonMarker(%q) = %q: %v", constraint, text, err)
			return
		}
	}
	for i, full := range oraclePythons {
		parts := strings.Split(full, ".")
		got, err := m.Evaluate(&marker.Environment{PythonVersion: parts[0] + "." + parts[1], PythonFullVersion: full})
		if err != nil {
			t.Errorf("%q: %v", text, err)
		} else if got != (want[i] == '1') {
			t.Errorf("python = %q (%s) on %s: %v, poetry-core says %c", constraint, text, full, got, want[i])
		}
	}
}

// divergent says whether ParseConstraint's documentation names the difference, allowed being our answer.
func divergent(constraint, v string, allowed bool) bool {
	if strings.Contains(constraint, "+") && strings.ContainsAny(constraint, "<>^~") {
		return true
	}
	post := strings.Contains(v, "post")
	if !allowed {
		return post && strings.Contains(constraint, ">") && strings.ContainsAny(constraint, "|, ")
	}
	return post && strings.Contains(constraint, "!=")
}

// refusedWildcard says whether the constraint has a wildcard that PEP 440 has no form of.
func refusedWildcard(constraint string) bool {
	_, err := ParseConstraint(constraint)
	return err != nil && strings.Contains(err.Error(), "a wildcard after")
}

var knownConstraints = []string{
	"*", "x", "X.*", "v*", "*.*", "", " ", "vx.x", "*x", "*.", "^1.2", "^1.2.3", "^0.2.3", "^0.0.3", "^0.0", "^0", "^1", "^1.2.3.4", "^0.0.0.5",
	"~1.2.3", "~1.2", "~1", "~1.2.3.4", "~0", "~=1", "~=1.4", "~=1.4.5", "~=1.4.5a4", "~=0.0.0.5", "~=1!2.3", "1.*", "1.2.*", "==1.2.*", "!=1.2.*", "1.2.*.*", "1.2.3.4.*",
	"=1.2.*", "<>1.2.*", "1.2.3.4.*.*", "v1.2.*", "1.2", "=1.2", "==1.2", "===1.2", "<>1.2", "!=1.2", ">=1.2,<2", ">=1.2 <2", ">= 1.2, < 2", ">=1,<2,", ">=1,,<2", ">=1, ,<2", ">=1 , <2",
	"^1.2 || >=3", "^1 | ^2", "^1||^2", "||", "1 - 2", ">=1.0,!=1.0.5", "!=1.0,!=2.0", ">1.0", "<1.0", "<=1.0", ">1.0a1", "<1.0a1", "<1.0.post1", ">1.0.post1", "dev", ">=dev", "^dev", "dev.*", "DEV",
	">=1.2.*", "<1.2.*", "^1.2.*", "~*", "^*", ">=*", "2.2.1+cu121", "==2.2.1+cu121", "!=2.2.1+cu121", ">=2.2.1+cu121", "^2.2+cu121", "<2.2.1+cu121", ">2.2.1+cu121", "<=2.2.1+cu121",
	">=2.7, !=3.0.*, !=3.1.*, !=3.2.*", ">=3.8,<4.0", "~3.12", "^3.8", ">=3.6.2,<4.0.0", "!=3.9.7,>=3.8", ">3.6", "<=3.9", "<=3.9.1", "3.12", "3.12.4", "3.12.*", "!=3.9.*", "!=3.9", "~2.7 || ^3.6",
	"1.0a1.*", "1.0.post1.*", "1.0.dev1.*", "==1.0rc1.dev2.*", "1.0-1", "1.0-alpha", ">=1.0.0-beta,<2", "99999999999999999999.*", "^99999999999999999999", "~9.9.9", "1!2.*", "^1!0.2",
}

// randomConstraint is one to three terms, mostly valid.
func randomConstraint(random *rand.Rand) string {
	pick := func(of ...string) string { return of[random.IntN(len(of))] }
	var b strings.Builder
	for i := range 1 + random.IntN(3) {
		if i > 0 {
			b.WriteString(pick(",", ", ", ",", " ", " ,", " || ", "|", " | ", "  ", ",,"))
		}
		op := pick("^", "~", "~=", "==", "=", "", "!=", "<", "<=", ">", ">=", ">=", "<", "^", "<>", "===")
		b.WriteString(op + pick("", "", "", " ") + randomVersion(random))
		if random.IntN(8) == 0 {
			b.WriteString(".*")
		}
	}
	return b.String()
}

// randomVersion is a version of small numbers, so that constraints and versions meet often.
func randomVersion(random *rand.Rand) string {
	var b strings.Builder
	if random.IntN(40) == 0 {
		b.WriteString("1!")
	}
	for i := range 1 + random.IntN(4) {
		if i > 0 {
			b.WriteByte('.')
		}
		fmt.Fprint(&b, random.IntN(3))
	}
	suffixes := []string{"a1", "b2", "rc1", ".post1", ".post0", ".dev0", ".dev1", "a1.post1", "rc1.dev2", ".post1.dev3", "a0.post2.dev1", "+cu121", "+cpu", ".post1+a.1", "a1+x"}
	if random.IntN(3) == 0 {
		b.WriteString(suffixes[random.IntN(len(suffixes))])
	}
	return b.String()
}

// nearVersion is any version, or one that the constraint names or touches.
func nearVersion(random *rand.Rand, constraint string) string {
	if random.IntN(2) == 0 {
		return randomVersion(random)
	}
	named := strings.FieldsFunc(constraint, func(r rune) bool { return strings.ContainsRune("^~=<>!|, *", r) })
	if len(named) == 0 {
		return randomVersion(random)
	}
	v, err := version.Parse(strings.TrimRight(named[random.IntN(len(named))], "."))
	if err != nil {
		return randomVersion(random)
	}
	suffixes := []string{"", "", ".0", ".1", "a1", ".post1", ".post2", ".dev0", "+cu121", "+local.1", "rc1", ".post1.dev0"}
	near := v.String() + suffixes[random.IntN(len(suffixes))]
	if _, err := version.Parse(near); err != nil {
		return v.String()
	}
	return near
}
