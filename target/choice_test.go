package target

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ofiuco/ofiuco/internal/oracle"
	"github.com/ofiuco/ofiuco/pypa/filename"
)

// releases are the wheels of the releases in real lock files: a line of testdata/wheels.txt is NAME-VERSION and
// what follows it in the name of each wheel.
func releases(t testing.TB) [][]string {
	t.Helper()
	file, err := os.Open("testdata/wheels.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var all [][]string
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		var release []string
		for _, suffix := range fields[1:] {
			release = append(release, fields[0]+"-"+suffix+".whl")
		}
		all = append(all, release)
	}
	if lines.Err() != nil || len(all) < 500 {
		t.Fatalf("%d releases (%v)", len(all), lines.Err())
	}
	all = append(all, mixed(all)...)
	// A rebuilt wheel goes before the first build, whatever its place.
	return append(all,
		[]string{"a-1-py3-none-any.whl", "a-1-2-py3-none-any.whl", "a-1-10-py3-none-any.whl", "a-1-2b-py3-none-any.whl"},
		[]string{"a-1-9-py3-none-any.whl", "a-1-cp312-abi3-manylinux_2_17_x86_64.whl", "a-1-1-cp312-abi3-manylinux_2_17_x86_64.whl"},
		[]string{"a-1-py2.py3-none-any.whl", "a-1-py3-none-any.whl"},
	)
}

// mixed are releases of forty wheels each with tags out of all the real ones, so that more than two fit.
func mixed(all [][]string) [][]string {
	var suffixes []string
	for _, release := range all {
		for _, file := range release {
			suffixes = append(suffixes, strings.SplitN(file, "-", 3)[2])
		}
	}
	slices.Sort(suffixes)
	suffixes = slices.Compact(suffixes)
	random := rand.New(rand.NewPCG(7, 8))
	releases := make([][]string, 150)
	for i := range releases {
		for range 40 {
			releases[i] = append(releases[i], "a-1-"+suffixes[random.IntN(len(suffixes))])
		}
	}
	return releases
}

// order is how t prefers the wheels of a release: by rank, of equal ones the greater build tag, then the first.
func order(t testing.TB, target Target, release []string) []int {
	type fitting struct {
		place, rank int
		build       filename.Build
	}
	var fits []fitting
	for place, file := range release {
		wheel, err := filename.ParseWheel(file)
		if err != nil {
			t.Fatal(err)
		}
		rank, ok := target.Rank(wheel.Tags)
		set, _, _ := filename.WheelTags(file)
		if again, okAgain := target.RankSet(set); again != rank || okAgain != ok {
			t.Errorf("%s: RankSet(%q) = %d, %v; Rank = %d, %v", target, set, again, okAgain, rank, ok)
		}
		if why := target.Why(wheel.Tags); (why == Mismatch{}) != ok {
			t.Errorf("%s: Why(%s) = %v, but it fits: %v", target, file, why, ok)
		}
		if ok {
			fits = append(fits, fitting{place, rank, wheel.Build})
		}
	}
	slices.SortStableFunc(fits, func(a, b fitting) int {
		if a.rank != b.rank {
			return a.rank - b.rank
		}
		return b.build.Compare(a.build)
	})
	places := []int{}
	for _, f := range fits {
		places = append(places, f.place)
	}
	return places
}

var choosers = []string{
	"cp312-manylinux_2_34_x86_64", "cp312-manylinux_2_34_aarch64", "cp310-manylinux_2_26_aarch64", "cp38-manylinux_2_17_x86_64",
	"cp313t-manylinux_2_28_x86_64", "cp315-manylinux_2_41_x86_64", "cp311-musllinux_1_2_x86_64", "cp314-macosx_14_0_arm64",
	"cp39-macosx_10_16_x86_64", "cp312-win_amd64", "cp313-win_arm64", "pp311-manylinux_2_28_x86_64", "cp311-manylinux_2_31_armv7l",
}

// TestChoicesAsPip compares the order of the wheels of real releases with pip's.
func TestChoicesAsPip(t *testing.T) {
	question := struct {
		Targets  []machine  `json:"targets"`
		Releases [][]string `json:"releases"`
	}{Releases: releases(t)}
	targets := choosers[:min(oracle.Cases(t, 6, len(choosers)), len(choosers))]
	for _, name := range targets {
		question.Targets = append(question.Targets, machineOf(t, name))
	}
	var want [][][]int
	run(t, question, &want, "testdata/choices.py")
	compared := 0
	for i, name := range targets {
		target, err := Parse(name)
		if err != nil {
			t.Fatal(err)
		}
		for j, release := range question.Releases {
			got := order(t, target, release)
			if diff := cmp.Diff(want[i][j], got); diff != "" {
				t.Errorf("%s: the order of %s and its siblings (-pip +ours):\n%s", name, release[0], diff)
			}
			if len(got) > 1 {
				compared++
			}
		}
	}
	if compared < 50*len(targets) {
		t.Errorf("only %d orders of two wheels or more compared", compared)
	}
	t.Logf("%d releases on %d targets, %d of the orders of two wheels or more", len(question.Releases), len(targets), compared)
}

// TestGoldenChoices compares with frozen answers of pip 26.3, which OFIUCO_UPDATE=1 writes anew.
func TestGoldenChoices(t *testing.T) {
	const path = "testdata/choices.jsonl"
	all := releases(t)
	if os.Getenv("OFIUCO_UPDATE") != "" {
		file, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		for _, name := range choosers {
			var want [][][]int
			run(t, map[string]any{"targets": []machine{machineOf(t, name)}, "releases": all}, &want, "testdata/choices.py")
			if err := json.NewEncoder(file).Encode([]any{name, want[0]}); err != nil {
				t.Fatal(err)
			}
		}
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	if len(lines) != len(choosers) {
		t.Fatalf("%d targets frozen, want %d", len(lines), len(choosers))
	}
	for i, line := range lines {
		target, err := Parse(choosers[i])
		if err != nil {
			t.Fatal(err)
		}
		got := [][]int{}
		for _, release := range all {
			got = append(got, order(t, target, release))
		}
		encoded, err := json.Marshal([]any{choosers[i], got})
		if err != nil {
			t.Fatal(err)
		}
		if string(encoded) != line {
			t.Errorf("%s: the orders differ from the frozen ones", choosers[i])
		}
	}
}

func machineOf(t *testing.T, name string) machine {
	t.Helper()
	target, err := Parse(name)
	if err != nil {
		t.Fatal(err)
	}
	d := target.d
	m := machine{Name: name, Implementation: d.python.interpreter()[:2], Minor: d.python.minor, ABI: d.python.abi()}
	switch d.platform.os {
	case Linux:
		m.Platform = []any{target.Libc().Name, d.platform.minor, d.platform.arch}
	case MacOS:
		m.Platform = []any{"macos", d.platform.major, d.platform.minor, d.platform.spelledArch()}
	case Windows:
		m.Platform = []any{"windows", strings.Replace(d.platform.tag(), "_", "-", 1)}
	}
	return m
}

func BenchmarkRankAll(b *testing.B) {
	target, err := Parse("cp312-manylinux_2_34_x86_64")
	if err != nil {
		b.Fatal(err)
	}
	var sets []string
	for _, release := range releases(b) {
		for _, file := range release {
			set, _, _ := filename.WheelTags(file)
			sets = append(sets, set)
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		for _, set := range sets {
			target.RankSet(set)
		}
	}
	b.ReportMetric(float64(len(sets)), "wheels/op")
}

func BenchmarkParse(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		target, err := Parse("cp312-manylinux_2_34_x86_64")
		if err != nil {
			b.Fatal(err)
		}
		target.RankSet("py3-none-any")
	}
}

func ExampleTarget_Why() {
	target, err := Parse("aws-lambda-python3.11-x86_64")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, file := range []string{
		"numpy-2.3.5-cp311-cp311-manylinux_2_27_x86_64.manylinux_2_28_x86_64.whl",
		"numpy-2.3.5-cp311-cp311-macosx_14_0_arm64.whl",
		"numpy-2.3.5-cp312-cp312-manylinux_2_27_x86_64.whl",
	} {
		wheel, err := filename.ParseWheel(file)
		if err != nil {
			fmt.Println(err)
			return
		}
		why := target.Why(wheel.Tags)
		fmt.Println(why.Kind, why.Detail)
	}
	// Output:
	// platform glibc 2.27 > 2.26
	// platform macosx_14_0_arm64 is not linux
	// python cp312 is not cp311
}
