package tag

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ofiuco/ofiuco/internal/oracle"
)

func TestParse(t *testing.T) {
	for _, test := range []struct {
		set  string
		want string // tags separated by spaces; "" is an error
	}{
		{"py3-none-any", "py3-none-any"},
		{"py2.py3-none-any", "py2-none-any py3-none-any"},
		{"py3.py2-none-any", "py2-none-any py3-none-any"},
		{"py3.py3-none-any.any", "py3-none-any"},
		{"CP312-ABI3-Win_AMD64", "cp312-abi3-win_amd64"},
		{"cp38-abi3-manylinux_2_17_x86_64.manylinux2014_x86_64",
			"cp38-abi3-manylinux2014_x86_64 cp38-abi3-manylinux_2_17_x86_64"},
		{"a.b-c.d-e", "a-c-e a-d-e b-c-e b-d-e"},
		{"py3-no ne-a+ny", "py3-no ne-a+ny"},
		{"", ""},
		{"py3-none", ""},
		{"py3-none-any-more", ""},
		{"py3--any", ""},
		{"py3-none-", ""},
		{".py3-none-any", ""},
		{"py3-none.-any", ""},
		{"py3-none-a..b", ""},
		{"3py-none-any", ""},
		{"py 3-none-any", ""},
		{"py3-none-any\xff", ""},
		// A lock of a few hundred bytes must not stand for millions of tags.
		{strings.Repeat("a.", 100) + "a-" + strings.Repeat("b.", 100) + "b-c", ""},
		{"a-b-" + strings.Repeat("c.", MaxSet-1) + "c", "a-b-c"},
		{"a-b-" + strings.Repeat("c.", MaxSet) + "c", ""},
	} {
		tags, err := Parse(test.set)
		if (err == nil) != (test.want != "") {
			t.Errorf("Parse(%.60q) = %v, want %q", test.set, err, test.want)
			continue
		}
		var got []string
		for _, tag := range tags {
			got = append(got, tag.String())
		}
		if joined := strings.Join(got, " "); joined != test.want {
			t.Errorf("Parse(%.60q) = %q, want %q", test.set, joined, test.want)
		}
	}
}

func TestParseAsPackaging(t *testing.T) {
	python := oracle.Python(t)
	sets := generateSets(oracle.Cases(t, 10_000, 100_000))
	input, err := json.Marshal(sets)
	if err != nil {
		t.Fatal(err)
	}
	command := exec.Command(python, "testdata/parse.py")
	command.Stdin = bytes.NewReader(input)
	output, err := command.Output()
	if err != nil {
		t.Fatalf("running testdata/parse.py: %v", err)
	}
	var want [][][3]string
	if err := json.Unmarshal(output, &want); err != nil {
		t.Fatal(err)
	}
	accepted := 0
	for i, set := range sets {
		tags, err := Parse(set)
		var got [][3]string
		for _, tag := range tags {
			got = append(got, [3]string{tag.Interpreter, tag.ABI, tag.Platform})
		}
		slices.SortFunc(want[i], func(a, b [3]string) int { return slices.Compare(a[:], b[:]) })
		if (err == nil) != (want[i] != nil) || !slices.Equal(got, want[i]) {
			t.Errorf("Parse(%q) = %q, %v; packaging has %q", set, got, err, want[i])
		}
		if err == nil {
			accepted++
		}
	}
	if accepted < len(sets)/4 || accepted > len(sets)*9/10 {
		t.Errorf("packaging accepts %d of %d cases: the generator is lopsided", accepted, len(sets))
	}
	t.Logf("%d compressed sets compared, %d of them valid", len(sets), accepted)
}

// generateSets makes compressed sets of real parts, most of them valid, with letters in all cases and a few
// characters where Python's str and Go's strings differ.
func generateSets(n int) []string {
	random := rand.New(rand.NewPCG(1, 2))
	pick := func(of []string) string { return of[random.IntN(len(of))] }
	component := func(of []string) string {
		parts := []string{pick(of)}
		for random.IntN(3) == 0 {
			parts = append(parts, pick(of))
		}
		return strings.Join(parts, ".")
	}
	noise := []string{"", "-", ".", " ", "_", "0", "é", "Σ", "ΑΣ", "İ", "ͅ", "\u037a", "ﹰ", "ª", "²", "٣", "·", "+", "\n", "Ⅷ", "ǅ", "’"}
	sets := make([]string, n)
	for i := range sets {
		set := component([]string{"py2", "py3", "py312", "cp38", "CP313", "pp311", "graalpy", "_x", "ünder", "3x"}) + "-" +
			component([]string{"none", "abi3", "ABI3T", "cp312", "cp313t", "pypy311_pp73", "cp312d"}) + "-" +
			component([]string{"any", "win_amd64", "manylinux_2_28_x86_64", "manylinux2014_aarch64", "macosx_11_0_arm64", "Linux_ARMv7l"})
		for random.IntN(3) == 0 {
			at := random.IntN(len(set) + 1)
			for at < len(set) && set[at]&0xc0 == 0x80 {
				at++ // not inside a character
			}
			set = set[:at] + pick(noise) + set[at:]
		}
		sets[i] = set
	}
	return sets
}

func TestOrdered(t *testing.T) {
	for _, test := range []struct {
		name    string
		ordered *Ordered
		want    []string // the first tags, then the last ones
	}{
		{
			"cp312 on glibc 2.17", CPython(12, false, Glibc(17, "aarch64")),
			[]string{
				"cp312-cp312-linux_aarch64", "cp312-cp312-manylinux_2_17_aarch64", "cp312-cp312-manylinux2014_aarch64",
				"cp312-abi3-linux_aarch64", "py30-none-any",
			},
		},
		{
			"cp313t on Windows", CPython(13, true, []string{"win_amd64"}),
			[]string{
				"cp313-cp313t-win_amd64", "cp313-abi3t-win_amd64", "cp313-none-win_amd64", "cp312-abi3t-win_amd64", "py30-none-any",
			},
		},
		{
			"PyPy on musl", PyPy(10, "pypy310_pp73", Musl(0, "x86_64")),
			[]string{
				"pp310-pypy310_pp73-linux_x86_64", "pp310-pypy310_pp73-musllinux_1_0_x86_64", "pp310-none-linux_x86_64",
				"pp310-none-musllinux_1_0_x86_64", "py310-none-linux_x86_64", "py30-none-any",
			},
		},
	} {
		tags := test.ordered.Tags()
		var got []string
		for _, tag := range append(tags[:len(test.want)-1:len(test.want)-1], tags[len(tags)-1]) {
			got = append(got, tag.String())
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}

// Rank must be the place in Tags for every tag, and nothing for every other.
func TestRankIsThePlaceInTags(t *testing.T) {
	lists := []*Ordered{
		CPython(12, false, Glibc(34, "x86_64")),
		CPython(14, true, Musl(2, "aarch64")),
		CPython(11, false, MacOS(14, 0, "arm64")),
		CPython(9, false, MacOS(10, 15, "x86_64")),
		PyPy(11, "pypy311_pp80", []string{"win_amd64"}),
	}
	for _, ordered := range lists {
		place := map[Tag]int{}
		for i, tag := range ordered.Tags() {
			if _, twice := place[tag]; twice {
				t.Errorf("%v stands twice in the list", tag)
			}
			place[tag] = i
		}
		if len(place) != ordered.Len() {
			t.Errorf("Len() = %d, want %d", ordered.Len(), len(place))
		}
		for _, other := range lists {
			for _, tag := range other.Tags() {
				want, wantOK := place[tag]
				if got, ok := ordered.Rank(tag); ok != wantOK || ok && got != want {
					t.Errorf("Rank(%v) = %d, %v; want %d, %v", tag, got, ok, want, wantOK)
				}
				if got, ok := ordered.RankSet(tag.String()); ok != wantOK || ok && got != want {
					t.Errorf("RankSet(%v) = %d, %v; want %d, %v", tag, got, ok, want, wantOK)
				}
			}
		}
	}
}

func TestMacOS(t *testing.T) {
	for _, test := range []struct {
		major, minor int
		arch         string
		n            int
		first, last  string
	}{
		{14, 0, "arm64", 4*2 + 13, "macosx_14_0_arm64", "macosx_10_4_universal2"},
		{14, 5, "x86_64", 4*6 + 13*6, "macosx_14_0_x86_64", "macosx_10_4_universal"},
		{10, 15, "x86_64", 12 * 6, "macosx_10_15_x86_64", "macosx_10_4_universal"},
	} {
		got := MacOS(test.major, test.minor, test.arch)
		if len(got) != test.n || got[0] != test.first || got[len(got)-1] != test.last {
			t.Errorf("MacOS(%d, %d, %q) = %d tags, %s … %s", test.major, test.minor, test.arch, len(got), got[0], got[len(got)-1])
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, set := range generateSets(50) {
		f.Add(set)
	}
	ordered := CPython(12, false, Glibc(34, "x86_64"))
	f.Fuzz(func(t *testing.T, set string) {
		tags, err := Parse(set)
		rank, ok := ordered.RankSet(set)
		if err != nil {
			if ok {
				t.Fatalf("RankSet(%q) = %d of a set that Parse refuses: %v", set, rank, err)
			}
			return
		}
		if len(tags) == 0 || len(tags) > MaxSet || !slices.IsSortedFunc(tags, Tag.Compare) {
			t.Fatalf("Parse(%q) = %v: empty, too many or not sorted", set, tags)
		}
		best, fits := 0, false
		for _, tag := range tags {
			again, err := Parse(tag.String())
			if err != nil || len(again) != 1 || again[0] != tag {
				t.Fatalf("Parse(%q) = %v, %v", tag.String(), again, err)
			}
			if r, ok := ordered.Rank(tag); ok && (!fits || r < best) {
				best, fits = r, true
			}
		}
		if ok != fits || rank != best {
			t.Fatalf("RankSet(%q) = %d, %v; its tags have %d, %v", set, rank, ok, best, fits)
		}
	})
}

func BenchmarkCPython(b *testing.B) {
	for b.Loop() {
		CPython(12, false, Glibc(34, "x86_64"))
	}
}

func BenchmarkRankSet(b *testing.B) {
	ordered := CPython(12, false, Glibc(34, "x86_64"))
	b.ReportAllocs()
	for b.Loop() {
		ordered.RankSet("cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64")
	}
}

func BenchmarkParse(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse("cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64"); err != nil {
			b.Fatal(err)
		}
	}
}
