package lock

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/ofiuco/ofiuco/internal/oracle"
)

// Documents that are valid or broken in some place are accepted just when packaging accepts them.
// What ofiuco refuses beyond that has its own test, TestPylockStricter.
func TestPylockOracle(t *testing.T) {
	python := oracle.Python(t)
	random := rand.New(rand.NewPCG(3, 4))
	var documents []string
	for range oracle.Cases(t, 2000, 10000) {
		documents = append(documents, randomPylock(random))
	}
	in, err := json.Marshal(documents)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(python, "testdata/pylock.py")
	cmd.Stdin, cmd.Stderr = bytes.NewReader(in), os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var verdicts []string
	if err := json.Unmarshal(out, &verdicts); err != nil {
		t.Fatal(err)
	}
	valid := 0
	for i, document := range documents {
		_, err := Read(Input{Path: "pylock.toml", Data: []byte(document)})
		if err != nil && strings.Contains(err.Error(), "of another version") && !strings.Contains(document, "\nversion = ") {
			continue // stricter: the files of a package without a version are of one
		}
		if (err == nil) != (verdicts[i] == "") {
			t.Errorf("%s\n\nofiuco: %v\npackaging: %s", document, err, verdicts[i])
		}
		if err == nil {
			valid++
		}
	}
	if valid < len(documents)/5 || valid > len(documents)*4/5 {
		t.Errorf("%d of %d documents are valid: a poor mixture", valid, len(documents))
	}
}

// randomPylock is a document that is broken in no place or a few.
func randomPylock(random *rand.Rand) string {
	var b strings.Builder
	// line writes one of the good forms of a key, seldom one of the bad ones; "" leaves it out.
	line := func(key string, good, bad []string) {
		value := good[random.IntN(len(good))]
		if len(bad) > 0 && random.IntN(40) == 0 {
			value = bad[random.IntN(len(bad))]
		}
		if value != "" {
			b.WriteString(key + " = " + value + "\n")
		}
	}
	const (
		hashes = `hashes = {sha256 = "` + digest + `"}`
		wheel  = `url = "https://h/alpha-1.0-py3-none-any.whl", ` + hashes
		sdist  = `url = "https://h/alpha-1.0.tar.gz", ` + hashes
	)
	text := []string{`"x"`}
	types := []string{`1`, `true`, `[1]`, `{}`, `1.5`}
	line("lock-version", []string{`"1.0"`, `"1"`, `"1.0.0"`, `"1.2"`}, []string{`"2.0"`, `"0.9"`, `"x"`, `1.0`, ``})
	line("created-by", text, append(types, ``))
	line("requires-python", []string{``, `">=3.9"`, `""`}, append(types, `">=x"`))
	line("environments", []string{``, `[]`, `["sys_platform == 'linux'"]`}, []string{`"x"`, `["x"]`, `[1]`, `[""]`})
	line("extras", []string{``, `[]`, `["a", "b-c"]`}, []string{`"a"`, `[1]`, `{}`})
	line("dependency-groups", []string{``, `["a"]`}, []string{`"a"`, `[1]`})
	line("default-groups", []string{``, `["a"]`}, []string{`"a"`, `[1]`})
	line("tool", []string{``, `{x = {y = 1}}`}, []string{`1`, `[]`})
	b.WriteString("[[packages]]\n")
	line("name", []string{`"alpha"`}, append(types, ``, `"al/pha"`, `""`))
	line("version", []string{`"1.0"`, `"1"`, ``}, append(types, `"x"`, `"2.0"`))
	line("marker", []string{``, `"'a' in extras or 'b' in dependency_groups"`, `"python_version < '3.12'"`}, append(types, `"x"`, `""`, `"python_version <"`))
	line("requires-python", []string{``, `">=3.9"`}, append(types, `"x"`))
	line("dependencies", []string{``, `[]`, `[{name = "beta"}]`}, []string{`"beta"`, `["beta"]`, `{name = "beta"}`})
	line("index", []string{``, `"https://h/simple"`}, types)
	line("attestation-identities", []string{``, `[{kind = "x", y = 1}]`}, []string{`[{}]`, `["x"]`, `{}`, `[{kind = 1}]`})
	line("tool", []string{``, `{}`}, []string{`1`})
	badFiles := []string{
		hashes, `url = "", path = "", ` + hashes, `url = "https://h/alpha-1.0-py3-none-any.whl"`, sdist + `, size = "1"`, wheel + `, size = true`,
		`url = "https://h/alpha-1.0.tar.gz", hashes = {}`, `url = "https://h/alpha-1.0-py3-none-any.whl", hashes = "x"`, `url = 1, ` + hashes,
		`url = "https://h/alpha-1.0.tar.gz", hashes = {sha256 = 1}`, wheel + `, upload-time = 2024-01-01`, wheel + `, upload-time = 07:00:00`,
		sdist + `, upload-time = "2024-01-01T00:00:00Z"`, `path = 1, ` + hashes,
		`url = "https://h/beta-1.0-py3-none-any.whl", ` + hashes, `url = "https://h/alpha-1.1-py3-none-any.whl", ` + hashes, `url = "https://h/alpha-1.1.tar.gz", ` + hashes,
		`url = "https://h/x.whl", ` + hashes, wheel + `, name = 1`, wheel + `, name = "beta-1.0-py3-none-any.whl"`, sdist + `, name = "beta-1.0.tar.gz"`, `url = "https://h/alpha.tar.gz", ` + hashes,
	}
	files := func(good ...string) string {
		if random.IntN(25) == 0 {
			return badFiles[random.IntN(len(badFiles))]
		}
		return good[random.IntN(len(good))]
	}
	wheels := func() string {
		return "[{" + files(wheel, wheel+`, size = 1, upload-time = 2024-01-01T00:00:00Z`, `path = "d/alpha-1.0-1-cp312-abi3-any.whl", `+hashes,
			`name = "alpha-1.0-py3-none-any.whl", url = "https://h/x", `+hashes, `url = "https://h/al%70ha-1.0-py3-none-any.whl?x#y", `+hashes,
			`url = "https://h/x", path = "Alpha-1.0-py3-none-any.whl", hashes = {sha512 = "`+digest+digest+`", other = "x"}`) + "}]"
	}
	sdists := func() string {
		return "{" + files(sdist, `path = "alpha-1.0.zip", upload-time = 2024-01-01T00:00:00, `+hashes, `name = "alpha-1.0.tar.gz", url = "https://h/x", `+hashes) + "}"
	}
	archives := []string{`url = "https://h/main.zip", ` + hashes, `path = "x/main.tar.gz", size = 3, subdirectory = "sub", ` + hashes, wheel}
	archive := "{" + archives[random.IntN(len(archives))] + "}"
	commit := digest[:40]
	switch random.IntN(6) {
	case 0:
		b.WriteString("wheels = " + wheels() + "\n")
	case 1:
		b.WriteString("sdist = " + sdists() + "\n")
	case 2:
		b.WriteString("wheels = " + wheels() + "\nsdist = " + sdists() + "\n")
	case 3:
		line("archive", []string{archive}, []string{`{}`, `1`, ``, `{url = "https://h/main.zip"}`, `{` + hashes + `}`})
	case 4:
		line("directory", []string{`{path = "x"}`, `{path = ".", editable = true, subdirectory = "y"}`}, []string{`{}`, `1`, `{path = "x", editable = 1}`, ``})
	case 5:
		line("vcs", []string{`{type = "git", url = "https://h/r", commit-id = "` + commit + `"}`, `{type = "git", path = "r", requested-revision = "v1", commit-id = "` + commit + `"}`},
			[]string{`{type = "git", url = "https://h/r"}`, `{url = "https://h/r", commit-id = "` + commit + `"}`, `{type = "git", commit-id = "` + commit + `"}`, `{type = "git", url = "https://h/r", commit-id = 1}`, ``})
	}
	if random.IntN(30) == 0 && !strings.Contains(b.String(), "\narchive") {
		b.WriteString("archive = " + archive + "\n")
	}
	if random.IntN(30) == 0 && !strings.Contains(b.String(), "\nwheels") {
		b.WriteString("wheels = []\n")
	}
	return b.String()
}
