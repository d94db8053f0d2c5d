package wheel

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ofiuco/ofiuco/internal/oracle"
)

// ask asks Python what it reads in each of the cases; question is one of testdata/oracle.py.
func ask[T any](t *testing.T, question string, cases []string) []T {
	t.Helper()
	input, err := json.Marshal(cases)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(oracle.Python(t), "testdata/oracle.py", question)
	cmd.Stdin = bytes.NewReader(input)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	output, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, stderr.Bytes())
	}
	var answers []T
	if err := json.Unmarshal(output, &answers); err != nil {
		t.Fatal(err)
	}
	return answers
}

// mixtures joins pieces at random, up to so many each.
func mixtures(random *rand.Rand, count, most int, pieces []string) []string {
	all := make([]string, count)
	for i := range all {
		var b strings.Builder
		for range random.IntN(most + 1) {
			b.WriteString(pieces[random.IntN(len(pieces))])
		}
		all[i] = b.String()
	}
	return all
}

func TestHeadersAgreeWithEmail(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	cases := mixtures(random, oracle.Cases(t, 5_000, 50_000), 14, []string{
		"\n", "\n", "\r\n", "\r", ":", " ", "\t", "Name", "Name: alpha\n", "name:beta\n", "Version: 1.0\n", "Requires-Dist: a\n", "  more\n",
		"\tmore\r\n", "From ", "From x: y\n", "é: x\n", "X-é", "About ü", "\x00", "\x7f", "\v", "\f", "\x1c", "\u2028", "a b: c\n", ": none\n", ">", "-", "~!$",
	})
	for i, want := range ask[[][2]string](t, "header", cases) {
		got := [][2]string{}
		for _, h := range parseHeaders(cases[i]) {
			got = append(got, [2]string{h.name, h.value})
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q (-email +parseHeaders):\n%s", cases[i], diff)
		}
	}
}

func TestRecordAgreesWithCSV(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	cases := mixtures(random, oracle.Cases(t, 5_000, 50_000), 12, []string{
		"\n", "\r\n", "\r", ",", ",", ",", `"`, `"`, `""`, "a", "b/c.py", "sha256=abc", "12", " ", "é", "a,b,c\n", "\"x,y\",,\n", ",,", "'", "\\",
	})
	type answer struct {
		Rows   [][]string `json:"rows"`
		Strict bool       `json:"strict"`
	}
	accepted := 0
	for i, want := range ask[answer](t, "record", cases) {
		whole := !slices.ContainsFunc(want.Rows, func(fields []string) bool { return len(fields) != 3 })
		rows, err := parseRecord(cases[i])
		if err != nil {
			if whole && want.Strict {
				t.Errorf("%q: %v, but csv reads %q", cases[i], err, want.Rows)
			}
			continue
		}
		accepted++
		got := [][]string{}
		for _, r := range rows {
			got = append(got, []string{r.path, r.digest, r.size})
		}
		if diff := cmp.Diff(want.Rows, got); diff != "" {
			t.Errorf("%q (-csv +parseRecord):\n%s", cases[i], diff)
		}
	}
	if accepted < len(cases)/20 {
		t.Errorf("only %d of %d cases are accepted: too few to compare", accepted, len(cases))
	}
}

// TestEntryPointsAgreeWithImportlib compares entry points of other groups than scripts, of which those
// that cannot be read are passed over.
func TestEntryPointsAgreeWithImportlib(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	cases := mixtures(random, oracle.Cases(t, 3_000, 30_000), 14, []string{
		"\n", "\n", "\r\n", "[group]\n", "\n[other group]\n", "a = b:c\n", "x=y.z\n", "é = ü:ß\n", "name", " = ", ":", ".", "[", "]", "[extra]", "[e1, e2]",
		"# no\n", " ", "\t", "\v", "\x1c", "\u2028", "m.n", "attr", "two words = p:q\n", "=", "0", "_",
	})
	for i := range cases {
		cases[i] = "[group]\n" + cases[i]
	}
	compared := 0
	for i, wants := range ask[[][5]any](t, "entry_points", cases) {
		got, err := readEntryPoints([]byte(cases[i]), &oddities{})
		if err != nil {
			t.Errorf("%q: %v", cases[i], err)
			continue
		}
		for _, e := range got {
			text := fmt.Sprint([5]any{e.Group, e.Name, e.Module, e.Attr, e.Extras})
			if !slices.ContainsFunc(wants, func(want [5]any) bool { return fmt.Sprint(want) == text }) {
				t.Errorf("%q: importlib.metadata does not read %s, but %v", cases[i], text, wants)
			}
			compared++
		}
		for _, want := range wants {
			_, err := parseEntryPoint(want[0].(string), fmt.Sprintf("%s = %s:%s", want[1], want[2], want[3]))
			known := slices.ContainsFunc(got, func(e EntryPoint) bool { return e.Group == want[0] && e.Name == want[1] })
			if want[3] != "" && err == nil && !known {
				t.Errorf("%q: importlib.metadata reads %v, which is passed over", cases[i], want)
			}
		}
	}
	if compared < len(cases)/4 {
		t.Errorf("only %d entry points in %d cases: too few to compare", compared, len(cases))
	}
}
