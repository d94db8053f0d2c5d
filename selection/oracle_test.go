package selection

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ofiuco/ofiuco/internal/oracle"
	"github.com/ofiuco/ofiuco/lock"
	"github.com/ofiuco/ofiuco/pypa/marker"
	"github.com/ofiuco/ofiuco/pypa/name"
	"github.com/ofiuco/ofiuco/target"
)

// wheres are the targets that the oracles and we are asked about: python, and where it differs from the newest patch
// release, its full version.
var wheres = [][2]string{
	{"cp312-manylinux_2_34_aarch64"},
	{"cp311-manylinux_2_28_x86_64", "3.11.2"}, // before 3.11.3, of which some markers ask
	{"cp310-win_amd64"},
	{"cp313-macosx_14_0_arm64"},
	{"aws-lambda-python3.12-x86_64"},
	{"cp310-manylinux_2_17_x86_64"},
	{"cp313-manylinux_2_28_aarch64"},
	{"cp312-musllinux_1_2_x86_64"},
	{"cp312-macosx_11_0_x86_64"},
	{"cp313-win_amd64"},
	{"pp311-manylinux_2_28_x86_64"},
	{"cp39-manylinux_2_17_x86_64"}, // older than what most locks are for
}

func targetsOf(t testing.TB, n int) []target.Target {
	t.Helper()
	var targets []target.Target
	for _, w := range wheres[:min(n, len(wheres))] {
		one, err := target.Parse(w[0])
		if err != nil {
			t.Fatal(err)
		}
		if w[1] != "" {
			if one, err = one.WithPython(w[1]); err != nil {
				t.Fatal(err)
			}
		}
		targets = append(targets, one)
	}
	return targets
}

// aLock is a lock file that the oracles read too.
type aLock struct {
	label  string // "web/uv.lock"
	folder string // where it lies unpacked, beside its pyproject.toml
	lock   *lock.Lock
	picks  []pick
}

// pick is a choice of extras and groups, in the words of testdata/oracle.py.
type pick struct {
	Extras []name.Name `json:"extras"`
	Groups []name.Name `json:"groups"`
	Only   bool        `json:"only"`
	Bare   bool        `json:"bare"`
}

func (p pick) String() string {
	words := []string{}
	for _, e := range p.Extras {
		words = append(words, "extra:"+e.String())
	}
	for _, g := range p.Groups {
		words = append(words, "group:"+g.String())
	}
	if p.Only {
		words = append(words, "only")
	}
	if p.Bare {
		words = append(words, "bare")
	}
	return "[" + strings.Join(words, ",") + "]"
}

func (p pick) options() Options {
	o := Options{Extras: p.Extras, NoDefaultGroups: p.Bare}
	if p.Only {
		o.OnlyGroups = p.Groups
	} else {
		o.Groups = p.Groups
	}
	return o
}

// picksOf are the choices that a lock offers: none, each extra and group, and all extras.
func picksOf(l *lock.Lock) []pick {
	empty := []name.Name{}
	picks := []pick{{Extras: empty, Groups: empty}}
	if len(l.Extras)+len(l.Groups) == 0 {
		return picks
	}
	picks = append(picks, pick{Extras: empty, Groups: empty, Bare: true})
	for _, e := range l.Extras {
		picks = append(picks, pick{Extras: []name.Name{e}, Groups: empty})
	}
	if len(l.Extras) > 1 {
		picks = append(picks, pick{Extras: l.Extras, Groups: empty, Bare: true})
	}
	for _, g := range l.Groups {
		one := []name.Name{g}
		picks = append(picks, pick{Extras: empty, Groups: one, Bare: true}, pick{Extras: empty, Groups: one, Only: true})
	}
	return picks
}

// realLocks are the short forms of real locks in testdata/locks, and the locks of the package lock's tests.
func realLocks(t testing.TB) []aLock {
	t.Helper()
	files, _ := filepath.Glob("testdata/locks/*/*.gz")
	for _, pattern := range []string{"uv/*/uv.lock", "poetry/[12]*/poetry.lock", "pylock/*/pylock.toml"} {
		more, _ := filepath.Glob("../lock/testdata/" + pattern)
		files = append(files, more...)
	}
	if len(files) < 35 {
		t.Fatalf("only %d locks", len(files))
	}
	root := t.TempDir()
	var locks []aLock
	for i, file := range files {
		l := aLock{label: filepath.Base(filepath.Dir(file)) + "/" + strings.TrimSuffix(filepath.Base(file), ".gz")}
		l.folder = filepath.Join(root, fmt.Sprint(i))
		in := lock.Input{Path: filepath.Base(l.label), Data: readMaybeGzip(t, file), PyprojectPath: "pyproject.toml"}
		write(t, filepath.Join(l.folder, in.Path), in.Data)
		if data, err := os.ReadFile(filepath.Join(filepath.Dir(file), "pyproject.toml")); err == nil {
			in.Pyproject = data
			write(t, filepath.Join(l.folder, "pyproject.toml"), data)
		}
		var err error
		if l.lock, err = lock.Read(in); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		l.picks = picksOf(l.lock)
		locks = append(locks, l)
	}
	return locks
}

func readMaybeGzip(t testing.TB, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil || !strings.HasSuffix(path, ".gz") {
		return data
	}
	r, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if data, err = io.ReadAll(r); err != nil {
		t.Fatal(err)
	}
	return data
}

func write(t testing.TB, path string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

// answer is a set of packages with the files taken, of an oracle or ours.
type answer struct {
	Packages []string // "name version", sorted
	Files    []string // the file of each: "-" where none fits, "" where the oracle is not asked
	Error    string
}

func ask(t *testing.T, locks []aLock, targets []target.Target) [][]answer {
	t.Helper()
	type file struct {
		Folder string      `json:"folder"`
		Format lock.Format `json:"format"`
	}
	type where struct {
		Environment map[string]string `json:"environment"`
		Tags        []string          `json:"tags"`
	}
	question := struct {
		UV      string   `json:"uv"`
		Locks   []file   `json:"locks"`
		Targets []where  `json:"targets"`
		Choices [][]pick `json:"choices"`
	}{UV: oracle.Tool(t, "uv")}
	for _, l := range locks {
		question.Locks = append(question.Locks, file{l.folder, l.lock.Format})
		question.Choices = append(question.Choices, l.picks)
	}
	for _, one := range targets {
		w := where{Environment: variables(one.Environment())}
		for _, tag := range one.Tags() {
			w.Tags = append(w.Tags, tag.String())
		}
		question.Targets = append(question.Targets, w)
	}
	input, err := json.Marshal(question)
	if err != nil {
		t.Fatal(err)
	}
	command := exec.Command(oracle.Python(t), "testdata/oracle.py")
	command.Stdin = bytes.NewReader(input)
	command.Stderr = os.Stderr
	output, err := command.Output()
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(bytes.NewReader(output))
	lines.Buffer(nil, 1<<24)
	answers := make([][]answer, len(locks))
	for i, l := range locks {
		for range len(targets) * len(l.picks) {
			var a answer
			if !lines.Scan() {
				t.Fatal("too few answers")
			}
			if err := json.Unmarshal(lines.Bytes(), &a); err != nil {
				t.Fatal(err)
			}
			answers[i] = append(answers[i], a)
		}
	}
	return answers
}

// variables are an Environment under the names of its variables.
func variables(e *marker.Environment) map[string]string {
	return map[string]string{
		"implementation_name": e.ImplementationName, "implementation_version": e.ImplementationVersion, "os_name": e.OSName,
		"platform_machine": e.PlatformMachine, "platform_python_implementation": e.PlatformPythonImplementation,
		"platform_release": e.PlatformRelease, "platform_system": e.PlatformSystem, "platform_version": e.PlatformVersion,
		"python_full_version": e.PythonFullVersion, "python_version": e.PythonVersion, "sys_platform": e.SysPlatform,
	}
}

// ours is what is taken, also where no file fits.
func ours(f *files, t target.Target, o Options) answer {
	a, errs := activate(f.lock, o)
	if len(errs) > 0 {
		return answer{Error: errs[0].Error()}
	}
	s := f.decide(t, a)
	if len(s.errs) > 0 {
		return answer{Error: s.errs[0].Error()}
	}
	pairs := [][2]string{}
	for _, n := range s.order {
		if n.pkg.Project {
			continue
		}
		label, file := n.pkg.Name.String(), "-"
		if !n.pkg.Version.IsZero() {
			label += " " + n.pkg.Version.String()
		}
		if chosen, ok := best(n.pkg.Artifacts, t); ok {
			file = chosen.Filename
		}
		pairs = append(pairs, [2]string{label, file})
	}
	slices.SortFunc(pairs, func(a, b [2]string) int { return strings.Compare(a[0], b[0]) })
	result := answer{Packages: []string{}, Files: []string{}}
	for _, p := range pairs {
		result.Packages, result.Files = append(result.Packages, p[0]), append(result.Files, p[1])
	}
	return result
}

func isTargetRefused(message string) bool {
	return strings.Contains(message, "the lock requires Python") || strings.Contains(message, "the lock was not made for")
}

// compare says how our answer differs from the oracle's.
func compare(l *lock.Lock, got, want answer) string {
	if isTargetRefused(got.Error) && l.Format != lock.Pylock {
		return "" // only packaging looks at what the lock was made for
	}
	if strings.HasPrefix(want.Error, "No wheel found") && slices.Contains(got.Files, "-") {
		return ""
	}
	if got.Error != "" || want.Error != "" {
		if (got.Error == "") != (want.Error == "") {
			return fmt.Sprintf("the oracle says %q, we say %q", want.Error, got.Error)
		}
		return ""
	}
	if diff := cmp.Diff(want.Packages, got.Packages); diff != "" {
		return "(-oracle +ours)\n" + diff
	}
	for i, file := range want.Files {
		if file != "" && file != got.Files[i] {
			return fmt.Sprintf("%s: the oracle takes %q, we take %q", want.Packages[i], file, got.Files[i])
		}
	}
	return ""
}

// TestOracles compares what is taken of real locks with what the tools that wrote them take: see testdata/oracle.py
// for who is asked about which format.
func TestOracles(t *testing.T) {
	targets := targetsOf(t, oracle.Cases(t, 2, len(wheres)))
	locks := realLocks(t)
	answers := ask(t, locks, targets)
	compared, refused := 0, 0
	for i, l := range locks {
		f := newFiles(l.lock)
		for j, one := range targets {
			for k, p := range l.picks {
				want := answers[i][j*len(l.picks)+k]
				got := ours(f, one, p.options())
				if difference := compare(l.lock, got, want); difference != "" {
					t.Errorf("%s %s %s: %s", l.label, one, p, difference)
				}
				compared++
				if want.Error != "" {
					refused++
				}
			}
		}
	}
	if compared < 100*len(targets) || refused > compared/2 {
		t.Errorf("%d answers compared, of which %d are errors", compared, refused)
	}
	t.Logf("%d answers compared, of which %d are errors", compared, refused)
	if os.Getenv("OFIUCO_UPDATE") != "" && !t.Failed() && len(targets) == len(wheres) {
		write(t, goldenPath, []byte(golden(locks, targets)))
	}
}

// TestGolden compares with answers that TestOracles has compared with those of the oracles on all targets, and then
// written under OFIUCO_UPDATE=1.
func TestGolden(t *testing.T) {
	want, err := os.ReadFile(goldenPath)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), golden(realLocks(t), targetsOf(t, len(wheres)))); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

const goldenPath = "testdata/golden.txt"

// golden has a line for each lock and target: how many packages each choice takes, and a digest of them and their
// files; "x" stands for an error.
func golden(locks []aLock, targets []target.Target) string {
	var b strings.Builder
	for _, l := range locks {
		f := newFiles(l.lock)
		for _, one := range targets {
			hash := sha256.New()
			fmt.Fprintf(&b, "%s %s", l.label, one)
			for _, p := range l.picks {
				a := ours(f, one, p.options())
				fmt.Fprintln(hash, a.Packages, a.Files)
				if a.Error != "" {
					b.WriteString(" x")
				} else {
					fmt.Fprintf(&b, " %d", len(a.Packages))
				}
			}
			fmt.Fprintf(&b, " %.6x\n", hash.Sum(nil))
		}
	}
	return b.String()
}
