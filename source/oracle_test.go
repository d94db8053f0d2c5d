package source_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ofiuco/ofiuco/internal/oracle"
	"github.com/ofiuco/ofiuco/source"
)

// stricter are the refusals of what tarfile's filter "data" lets pass, by what the refusal says. tarfile strips leading
// slashes, follows links that stay inside, and lets a member replace any other.
var stricter = []string{
	"absolute name", "is not clean", "backslash", "drive letter", "control character", "not UTF-8", // names that are odd somewhere
	"lies under", "where the archive has a folder", "name of a folder", "there twice", "has no name", // what tools that pack a tree do not write
	"no file that the archive had before it", "of its own", "two sizes", "second name", "second link target", // two readings
	"leaves the source", // by a link above the top folder, or one that later links lead astray
	"never ends", "has no files", "after its end", "is a link to nothing", "empty",
}

// TestTarAsPython unpacks generated archives with Python's tarfile, too: where both accept they must agree, whatever
// Python refuses must be refused, and what is refused beyond that is one of stricter.
func TestTarAsPython(t *testing.T) {
	python := oracle.Python(t)
	folder, out := t.TempDir(), t.TempDir()
	cases := oracle.Cases(t, 400, 3000)
	for i := range cases {
		random := rand.New(rand.NewPCG(7, uint64(i)))
		if err := os.WriteFile(filepath.Join(folder, fmt.Sprintf("%05d.tar", i)), generateTar(random), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	output, err := exec.Command(python, filepath.Join("testdata", "tarfile_data.py"), folder, out).Output()
	if err != nil {
		t.Fatal(err)
	}
	var answers map[string]struct {
		Files []string
		Error string
	}
	if err := json.Unmarshal(output, &answers); err != nil {
		t.Fatal(err)
	}
	both, neither := 0, 0
	for archive, answer := range answers {
		dir := t.TempDir()
		_, err := source.Unpack(t.Context(), filepath.Join(folder, archive), archive, dir)
		switch {
		case err != nil && answer.Error != "":
			neither++
		case err != nil:
			if !slices.ContainsFunc(stricter, func(s string) bool { return strings.Contains(err.Error(), s) }) {
				t.Errorf("%s: %v, but tarfile takes it", archive, err)
			}
		case answer.Error != "":
			t.Errorf("%s: accepted, but tarfile says %s", archive, answer.Error)
		default:
			both++
			if diff := cmp.Diff(answer.Files, hexListing(t, dir)); diff != "" {
				t.Errorf("%s: %s", archive, diff)
			}
		}
	}
	if both < cases/10 || neither < cases/10 {
		t.Errorf("of %d archives %d are accepted by both and %d refused by both: too few to compare", cases, both, neither)
	}
}

// hexListing is listing with the bytes in hexadecimal, as the oracle has it.
func hexListing(t *testing.T, dir string) []string {
	all := listing(t, dir)
	for i, line := range all {
		if at := strings.Index(line, ` "`); at > 0 {
			var text string
			if err := json.Unmarshal([]byte(line[at+1:]), &text); err != nil {
				t.Fatal(err)
			}
			all[i] = line[:at+1] + fmt.Sprintf("%x", text)
		}
	}
	slices.Sort(all)
	return all
}

// generateTar is an archive of a few members, some of them odd.
func generateTar(random *rand.Rand) []byte {
	names := []string{"a/x", "a/y", "a/b/x", "a/b/y", "a/l", "a/m", "a/b/l", "a/b", "./a/x", "a//z", "b"}
	oddNames := []string{"../x", "a/../x", "a/../../x", "/x", "/a/x", "..", ".", "a/l/x", "a/b/l/x", `a\x`, "a/..x", "C:/x", "a/\x01"}
	targets := []string{"x", "y", "b/x", "b", ".", "../a/b", "l", "m", "none", "b/../x"}
	oddTargets := []string{"..", "../x", "../..", "../../x", "../../../x", "/x", "/etc/passwd", "b/../../..", "l/..", "m/../..", ""}
	pick := func(usual, odd []string) string {
		if random.IntN(12) == 0 {
			return odd[random.IntN(len(odd))]
		}
		return usual[random.IntN(len(usual))]
	}
	var parts []any
	hardlinks := random.IntN(3) == 0
	for range 1 + random.IntN(6) {
		e := entry{name: pick(names, oddNames), mode: []int64{0o644, 0o755, 0o4755, 0o600, 0o777}[random.IntN(5)]}
		switch random.IntN(12) {
		case 0, 1:
			e.kind, e.link = '2', pick(targets, oddTargets)
		case 2:
			if !hardlinks {
				break
			}
			e.kind, e.link = '1', pick(names, append(oddNames, "/etc/passwd", "../../../../etc/passwd"))
		case 3, 4:
			e.kind, e.name = '5', e.name+"/"
		case 5:
			if random.IntN(4) == 0 {
				e.kind = []byte("346")[random.IntN(3)]
			}
		default:
			e.data = strings.Repeat("d", random.IntN(600))
		}
		if hardlinks {
			e.mode = 0o644 // of two names of a file, whose modes are one
		}
		switch random.IntN(10) {
		case 0:
			parts = append(parts, pax("path="+e.name))
			e.name = "cut"
		case 1:
			parts = append(parts, extension('L', e.name+"\x00"))
			e.name = "cut"
		}
		parts = append(parts, e)
	}
	return tarOf(parts...)
}
