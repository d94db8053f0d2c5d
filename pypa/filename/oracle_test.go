package filename

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/ofiuco/ofiuco/internal/oracle"
)

func TestWheelsAsPackaging(t *testing.T) {
	compare(t, "wheel", generateWheels(oracle.Cases(t, 8_000, 100_000)), wheelAnswer)
}

func TestSdistsAsPackaging(t *testing.T) {
	compare(t, "sdist", generateSdists(oracle.Cases(t, 8_000, 100_000)), sdistAnswer)
}

func compare(t *testing.T, kind string, filenames []string, parse func(string) any) {
	answers := ask(t, kind, filenames)
	accepted := 0
	for i, filename := range filenames {
		differ(t, filename, parse(filename), answers[i])
		if answers[i] != nil {
			accepted++
		}
	}
	if accepted < len(filenames)/4 || accepted > len(filenames)*9/10 {
		t.Errorf("packaging accepts %d of %d cases: the generator is lopsided", accepted, len(filenames))
	}
	t.Logf("%d %s file names compared, %d of them valid", len(filenames), kind, accepted)
}

func ask(t *testing.T, kind string, filenames []string) []any {
	t.Helper()
	python := oracle.Python(t)
	input, err := json.Marshal(filenames)
	if err != nil {
		t.Fatal(err)
	}
	command := exec.Command(python, "testdata/parse.py", kind)
	command.Stdin = bytes.NewReader(input)
	output, err := command.Output()
	if err != nil {
		t.Fatalf("running testdata/parse.py: %v", err)
	}
	var answers []any
	if err := json.Unmarshal(output, &answers); err != nil {
		t.Fatal(err)
	}
	return answers
}

// TestGolden compares with frozen answers of packaging 26.3, one a line: kind, file name, answer. They are
// written anew with OFIUCO_UPDATE=1.
func TestGolden(t *testing.T) {
	const path = "testdata/golden.jsonl"
	if os.Getenv("OFIUCO_UPDATE") != "" {
		var golden bytes.Buffer
		for _, kind := range []string{"wheel", "sdist"} {
			filenames := map[string]func(int) []string{"wheel": generateWheels, "sdist": generateSdists}[kind](600)
			for i, answer := range ask(t, kind, filenames) {
				line, err := json.Marshal([]any{kind, filenames[i], answer})
				if err != nil {
					t.Fatal(err)
				}
				fmt.Fprintf(&golden, "%s\n", line)
			}
		}
		if err := os.WriteFile(path, golden.Bytes(), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	n := 0
	for ; lines.Scan(); n++ {
		var line [3]any
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			t.Fatal(err)
		}
		parse := map[string]func(string) any{"wheel": wheelAnswer, "sdist": sdistAnswer}[line[0].(string)]
		filename := line[1].(string)
		differ(t, filename, parse(filename), line[2])
	}
	if err := lines.Err(); err != nil || n != 1200 {
		t.Errorf("%d golden lines (%v), want 1200", n, err)
	}
}

var (
	names     = []string{"numpy", "Pillow", "zope.interface", "ruamel_yaml", "A", "_x_", "x.", "ÉCOLE", "ΟΔΟΣ", "a__b", "a b", "日本", "½", ""}
	versions  = []string{"1.0", "2024.1.1", "1!2.0rc1", "1.0.post1.dev2", "v1.0", "1.0+cu121", "1.0_1", "01.02", "1.0a", "1.0alpha1", "x", "", "1.0+", "1..0", "1.0 ", "9" + strings.Repeat("0", 30)}
	builds    = []string{"1", "0", "007", "1a", "12_x.y", "1\nx", "20240101120000000000000000", "x", "", "٣", "1é"}
	pythons   = []string{"py3", "py2.py3", "cp312", "CP38", "pp311", "cp39.cp310", "3x", "", "py 3"}
	abis      = []string{"none", "abi3", "cp312", "cp313t", "pypy311_pp73", "abi3.abi3t", ""}
	platforms = []string{"any", "win_amd64", "manylinux_2_17_x86_64.manylinux2014_x86_64", "macosx_11_0_arm64", "musllinux_1_2_aarch64", "linux_armv7l", ".any", ""}
	noise     = []string{"-", "_", ".", " ", "\n", "0", "é", "Σ", "İ", "²", "\x00", "/", "..", "__", "+"}
)

// pick takes one of a list whose last entries are odd ones, and seldom those.
func pick(random *rand.Rand, of []string, odd int) string {
	if random.IntN(12) == 0 {
		return of[random.IntN(len(of))]
	}
	return of[random.IntN(len(of)-odd)]
}

// spoil puts a few characters where they may not belong.
func spoil(random *rand.Rand, s string) string {
	for random.IntN(4) == 0 {
		at := random.IntN(len(s) + 1)
		for at < len(s) && s[at]&0xc0 == 0x80 {
			at++ // not inside a character
		}
		if random.IntN(3) == 0 && at < len(s) && s[at] < 0x80 {
			s = s[:at] + s[at+1:]
			continue
		}
		s = s[:at] + noise[random.IntN(len(noise))] + s[at:]
	}
	return s
}

func generateWheels(n int) []string {
	random := rand.New(rand.NewPCG(3, 4))
	filenames := make([]string, n)
	for i := range filenames {
		parts := []string{pick(random, names, 6), pick(random, versions, 7)}
		if random.IntN(4) == 0 {
			parts = append(parts, pick(random, builds, 4))
		}
		parts = append(parts, pick(random, pythons, 3), pick(random, abis, 1), pick(random, platforms, 2))
		filenames[i] = spoil(random, strings.Join(parts, "-")) + ".whl"
		if random.IntN(30) == 0 {
			filenames[i] = spoil(random, filenames[i])
		}
	}
	return filenames
}

func generateSdists(n int) []string {
	random := rand.New(rand.NewPCG(5, 6))
	filenames := make([]string, n)
	for i := range filenames {
		stem := pick(random, names, 1) + "-" + pick(random, versions, 7)
		if random.IntN(4) == 0 {
			stem = pick(random, names, 1) + "-" + stem
		}
		filenames[i] = spoil(random, stem) + pick(random, []string{".tar.gz", ".zip", ".tgz", ".TAR.GZ", ""}, 3)
	}
	return filenames
}
