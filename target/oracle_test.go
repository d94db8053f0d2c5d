package target

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/ofiuco/ofiuco/internal/oracle"
)

// machine is a target as testdata/tags.py takes it.
type machine struct {
	Name           string `json:"-"`
	Implementation string `json:"implementation"`
	Minor          int    `json:"minor"`
	ABI            string `json:"abi"`
	Platform       []any  `json:"platform"`
}

// machines are every Python on a choice of platforms of every kind.
func machines() []machine {
	type where struct {
		tag   string
		facts []any
	}
	var platforms []where
	for _, arch := range linuxArchs {
		for _, minor := range []int{17, 26, 28, 34, 41} {
			platforms = append(platforms, where{fmt.Sprintf("manylinux_2_%d_%s", minor, arch), []any{"glibc", minor, arch}})
		}
		for _, minor := range []int{0, 2} {
			platforms = append(platforms, where{fmt.Sprintf("musllinux_1_%d_%s", minor, arch), []any{"musl", minor, arch}})
		}
	}
	platforms = append(platforms,
		where{"manylinux1_i686", []any{"glibc", 5, "i686"}},
		where{"manylinux2010_x86_64", []any{"glibc", 12, "x86_64"}},
		where{"manylinux2014_s390x", []any{"glibc", 17, "s390x"}},
		where{"win_amd64", []any{"windows", "win-amd64"}},
		where{"win_arm64", []any{"windows", "win-arm64"}},
		where{"win32", []any{"windows", "win32"}},
	)
	for _, mac := range [][2]int{{11, 0}, {12, 0}, {14, 5}, {15, 0}, {26, 1}} {
		for _, arch := range []string{"arm64", "x86_64"} {
			platforms = append(platforms, where{fmt.Sprintf("macosx_%d_%d_%s", mac[0], mac[1], arch), []any{"macos", mac[0], mac[1], arch}})
		}
	}
	for _, minor := range []int{4, 9, 16} {
		platforms = append(platforms, where{fmt.Sprintf("macosx_10_%d_x86_64", minor), []any{"macos", 10, minor, "x86_64"}})
	}

	var all []machine
	for minor := oldestMinor; minor <= newestMinor; minor++ {
		for _, p := range platforms {
			cp := fmt.Sprintf("cp3%d", minor)
			all = append(all, machine{cp + "-" + p.tag, "cp", minor, cp, p.facts})
			if minor >= oldestFreeThreaded {
				all = append(all, machine{cp + "t-" + p.tag, "cp", minor, cp + "t", p.facts})
			}
			if minor <= newestPyPyMinor {
				abi := fmt.Sprintf("pypy3%d_%s", minor, pypyReleases[minor][0].abi)
				all = append(all, machine{fmt.Sprintf("pp3%d-%s", minor, p.tag), "pp", minor, abi, p.facts})
			}
		}
	}
	return all
}

func tagLines(t *testing.T, name string) []string {
	t.Helper()
	target, err := Parse(name)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, tag := range target.Tags() {
		lines = append(lines, tag.String())
	}
	return lines
}

// run asks a Python script that reads and writes JSON.
func run(t *testing.T, input, output any, script string, args ...string) {
	t.Helper()
	text, err := json.Marshal(input)
	if err != nil {
		t.Fatal(err)
	}
	command := exec.Command(oracle.Python(t), append([]string{script}, args...)...)
	command.Stdin = bytes.NewReader(text)
	var stderr bytes.Buffer
	command.Stderr = &stderr
	answer, err := command.Output()
	if err != nil {
		t.Fatalf("running %s: %v\n%s", script, err, stderr.Bytes())
	}
	if err := json.Unmarshal(answer, output); err != nil {
		t.Fatal(err)
	}
}

func TestTagsAsPackaging(t *testing.T) {
	all := machines()
	if n := oracle.Cases(t, 600, len(all)); n < len(all) {
		var some []machine // evenly spread
		for i := range n {
			some = append(some, all[i*len(all)/n])
		}
		all = some
	}
	var want [][]string
	run(t, all, &want, "testdata/tags.py")
	total := 0
	for i, m := range all {
		got := tagLines(t, m.Name)
		total += len(got)
		for at := range max(len(got), len(want[i])) {
			if at >= len(got) || at >= len(want[i]) || got[at] != want[i][at] {
				t.Errorf("%s: tag %d of %d differs; packaging has %d: %q", m.Name, at, len(got), len(want[i]), want[i][at:min(at+3, len(want[i]))])
				break
			}
		}
	}
	t.Logf("%d targets, %d tags compared", len(all), total)
}

// TestGoldenTags compares with frozen answers of packaging 26.3: of each target the number of its tags and the
// SHA-256 of their lines. They are written anew with OFIUCO_UPDATE=1.
func TestGoldenTags(t *testing.T) {
	const path = "testdata/tags.txt"
	if os.Getenv("OFIUCO_UPDATE") != "" {
		all := machines()
		var want [][]string
		run(t, all, &want, "testdata/tags.py")
		var golden bytes.Buffer
		for i, m := range all {
			fmt.Fprintln(&golden, m.Name, len(want[i]), digest(want[i]))
		}
		if err := os.WriteFile(path, golden.Bytes(), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	golden, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(string(golden), "\n"), "\n")
	if len(lines) < 550 {
		t.Errorf("%d targets frozen, want 550 and more", len(lines))
	}
	for _, line := range lines {
		name, _, _ := strings.Cut(line, " ")
		tags := tagLines(t, name)
		if got := fmt.Sprintln(name, len(tags), digest(tags)); got != line+"\n" {
			t.Errorf("got %swant %s", got, line)
		}
	}
}

func digest(lines []string) string {
	return fmt.Sprintf("%x", sha256.Sum256([]byte(strings.Join(lines, "\n"))))[:32]
}
