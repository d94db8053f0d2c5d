// Package conformance compares the packages of pypa/ with the `packaging` project, case by case. It
// is used by tests only.
//
// cases.py makes the cases and has packaging answer them. Some are frozen in the testdata folder of
// the package that is tested, so that they are compared where no Python is; UPDATE_GOLDENS=1 writes
// them anew. Where the tools are installed (see package oracle) fresh ones are compared as well:
// OFIUCO_CASES says how many, OFIUCO_SEED (1 by default) which.
package conformance

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"

	"github.com/ofiuco/ofiuco/internal/oracle"
)

// Counts is how many cases of a kind are frozen, and how many fresh ones are compared, by default
// and under CI=true.
type Counts struct{ Frozen, Quick, Full int }

// maxDifferences is how many differences are reported before a comparison ends.
const maxDifferences = 10

// frozenSeed is apart from the seeds of fresh cases.
const frozenSeed = "frozen"

// Run compares the cases of a kind. Check says in words how our answer differs from a case's, or
// "".
func Run[Case any](t *testing.T, kind string, counts Counts, check func(Case) string) {
	t.Run("frozen", func(t *testing.T) {
		name := filepath.Join("testdata", kind+".jsonl")
		if os.Getenv("UPDATE_GOLDENS") != "" {
			freeze(t, name, kind, counts.Frozen)
		}
		lines, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		compare(t, bytes.NewReader(lines), check)
	})
	t.Run("fresh", func(t *testing.T) {
		seed := os.Getenv("OFIUCO_SEED")
		if seed == "" {
			seed = "1"
		}
		cmd := command(t, kind, oracle.Cases(t, counts.Quick, counts.Full), seed)
		lines, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		compare(t, lines, check)
		io.Copy(io.Discard, lines)
		if err := cmd.Wait(); err != nil {
			t.Fatalf("cases.py: %v", err)
		}
	})
}

func freeze(t *testing.T, name, kind string, count int) {
	t.Helper()
	lines, err := command(t, kind, count, frozenSeed).Output()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, lines, 0o644); err != nil {
		t.Fatal(err)
	}
}

func command(t *testing.T, kind string, count int, seed string) *exec.Cmd {
	t.Helper()
	_, file, _, _ := runtime.Caller(0)
	cmd := exec.Command(oracle.Python(t), filepath.Join(filepath.Dir(file), "cases.py"), kind, strconv.Itoa(count), seed)
	cmd.Stderr = os.Stderr
	return cmd
}

func compare[Case any](t *testing.T, lines io.Reader, check func(Case) string) {
	t.Helper()
	scanner := bufio.NewScanner(lines)
	scanner.Buffer(nil, 1<<20)
	cases, differences := 0, 0
	for scanner.Scan() {
		var c Case
		if err := json.Unmarshal(scanner.Bytes(), &c); err != nil {
			t.Fatalf("reading %s: %v", scanner.Text(), err)
		}
		cases++
		if difference := check(c); difference != "" {
			t.Errorf("%s\n%s", difference, scanner.Text())
			if differences++; differences == maxDifferences {
				break
			}
		}
	}
	if err := scanner.Err(); err != nil {
		t.Fatal(err)
	}
	if cases == 0 {
		t.Fatal("no cases at all")
	}
	t.Logf("%d cases, %d differences", cases, differences)
}
