package resolve

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/ofiuco/ofiuco/internal/oracle"
	"github.com/ofiuco/ofiuco/pypa/name"
	"github.com/ofiuco/ofiuco/pypa/version"
	"github.com/ofiuco/ofiuco/target"
)

// uvPlatforms are uv's words for the targets' platforms.
var uvPlatforms = map[string]string{"manylinux_2_28_x86_64": "x86_64-manylinux_2_28", "win_amd64": "x86_64-pc-windows-msvc"}

// askUV is uv's answer.
func askUV(t testing.TB, uv, index, cache string, on target.Target, set requirementSet) string {
	t.Helper()
	_, platform, _ := strings.Cut(on.String(), "-")
	c := exec.CommandContext(t.Context(), uv, "pip", "compile", "-", "--no-config", "--python", oracle.Python(t), "--only-binary", ":all:", "--index-url", index+"/simple/", "--cache-dir", cache,
		"--python-version", on.FullPython(), "--python-platform", uvPlatforms[platform], "--no-header", "--no-annotate", "--quiet")
	c.Stdin = strings.NewReader(strings.Join(set.requires, "\n"))
	var stderr bytes.Buffer
	c.Stderr = &stderr
	out, err := c.Output()
	if err != nil {
		if !strings.Contains(stderr.String(), "No solution found") {
			t.Fatalf("uv: %v\n%s", err, &stderr)
		}
		return "none"
	}
	return answerOf(t, string(out), "==")
}

// answerOf are pins, one a line, as ours gives them.
func answerOf(t testing.TB, text, between string) string {
	t.Helper()
	var pins []string
	for line := range strings.Lines(text) {
		project, number, ok := strings.Cut(strings.TrimSpace(line), between)
		if !ok {
			continue
		}
		v, err := version.Parse(number)
		if err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		pins = append(pins, fmt.Sprint(name.Normalize(project), " ", v))
	}
	slices.Sort(pins)
	return strings.Join(pins, ", ")
}

// askPip is pip's answer. Its markers are those of the Python that runs it, so that only one target can be asked for.
func askPip(t testing.TB, index string, on target.Target, set requirementSet) string {
	t.Helper()
	args := []string{"-m", "pip", "--isolated", "--no-cache-dir", "install", "--dry-run", "--ignore-installed", "--no-build-isolation", "--quiet", "--report", "-",
		"--only-binary", ":all:", "--index-url", index + "/simple/", "--target", t.TempDir(), "--python-version", on.Python(), "--implementation", "cp"}
	var platforms, abis []string
	for _, tag := range on.Tags() {
		platforms, abis = append(platforms, tag.Platform), append(abis, tag.ABI)
	}
	slices.Sort(platforms)
	slices.Sort(abis)
	for _, p := range slices.Compact(platforms) {
		args = append(args, "--platform", p)
	}
	for _, a := range slices.Compact(abis) {
		args = append(args, "--abi", a)
	}
	c := exec.CommandContext(t.Context(), oracle.Python(t), append(args, set.requires...)...)
	var stderr bytes.Buffer
	c.Stderr = &stderr
	out, err := c.Output()
	if err != nil {
		if !strings.Contains(stderr.String(), "ResolutionImpossible") && !strings.Contains(stderr.String(), "No matching distribution") {
			t.Fatalf("pip: %v\n%s", err, &stderr)
		}
		return "none"
	}
	var report struct {
		Install []struct {
			Metadata struct{ Name, Version string }
		}
	}
	if err := json.Unmarshal(out, &report); err != nil {
		t.Fatal(err)
	}
	var lines strings.Builder
	for _, i := range report.Install {
		fmt.Fprintf(&lines, "%s %s\n", i.Metadata.Name, i.Metadata.Version)
	}
	return answerOf(t, lines.String(), " ")
}

// The answers are those of uv. A few of its runs are repeated; CI and OFIUCO_RECORD=1 repeat all.
func TestUV(t *testing.T) {
	known := map[string]string{}
	if data, err := os.ReadFile(answersOfUV); err == nil {
		for line := range strings.Lines(string(data)) {
			question, answer, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " -> ")
			known[question] = answer
		}
	}
	f := readFrozen(t)
	index := httptest.NewServer(f)
	defer index.Close()
	var written strings.Builder
	cache, every, asked := t.TempDir(), 40, 0
	if recording() {
		every = 1
	} else if n := oracle.Cases(t, 6, 1000); n > 6 {
		every = 1
	}
	for _, set := range readRequirementSets(t) {
		for _, text := range frozenTargets[:6] {
			on := mustTarget(t, text)
			question := set.about + " on " + text
			got, why := ours(t.Context(), t, f, on, set)
			if asked++; asked%every == 0 {
				answer := askUV(t, oracle.Tool(t, "uv"), index.URL, cache, on, set)
				if !recording() && answer != known[question] {
					t.Errorf("%s: uv answers\n%s, and not\n%s", question, answer, known[question])
				}
				known[question] = answer
			}
			fmt.Fprintf(&written, "%s -> %s\n", question, known[question])
			if recording() {
				t.Log(question)
			}
			if got != known[question] {
				t.Errorf("%s:\ngot  %s (%v)\nwant %s", question, got, why, known[question])
			}
		}
	}
	if recording() {
		if err := os.WriteFile(answersOfUV, []byte(written.String()), 0o666); err != nil {
			t.Fatal(err)
		}
		f.write(t)
	}
}

// pip answers alike, for the one Python whose markers it can evaluate.
func TestPip(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), oracle.Python(t), "-c", "import sys; print('cp%d%d' % sys.version_info[:2])").Output()
	if err != nil {
		t.Fatal(err)
	}
	on, err := target.Parse(strings.TrimSpace(string(out)) + "-manylinux_2_28_x86_64")
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(frozenTargets, on.String()) {
		t.Skipf("nothing is frozen for %s, which runs pip", on)
	}
	f := readFrozen(t)
	index := httptest.NewServer(f)
	defer index.Close()
	every := max(1, 20/oracle.Cases(t, 1, 1000))
	for i, set := range readRequirementSets(t) {
		if i%every != 0 && !recording() {
			continue
		}
		got, why := ours(t.Context(), t, f, on, set)
		if want := askPip(t, index.URL, on, set); got != want {
			t.Errorf("%s on %s:\ngot  %s (%v)\npip  %s", set.about, on, got, why, want)
		}
	}
	if recording() {
		f.write(t)
	}
}
