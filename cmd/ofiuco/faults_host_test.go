package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ofiuco/ofiuco/internal/indextest"
)

// host is a machine as far as a run could notice it.
type host struct {
	name    string
	umask   string
	folder  string // of the project, below a new one
	env     []string
	jobs    int
	reverse bool // the order in which the sources are made
	age     time.Duration
}

// TestSameBytesOnEveryHost writes function, layer and report under settings that are none of their business.
func TestSameBytesOnEveryHost(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the umask is set by a shell")
	}
	b := newBench(t, 6, indextest.Options{})
	plain := host{name: "plain", umask: "022", folder: "project"}
	want := b.outputs(t, plain)
	for _, h := range []host{
		{name: "umask 000", umask: "000", jobs: 1, env: []string{"TZ=America/St_Johns"}},
		{name: "umask 077", umask: "077", jobs: 8, reverse: true},
		{name: "Turkish", umask: "022", env: []string{"LANG=tr_TR.UTF-8", "LC_ALL=tr_TR.UTF-8", "GOMAXPROCS=1"}},
		{name: "C", umask: "002", env: []string{"LC_ALL=C", "TZ=UTC", "GOMAXPROCS=2"}, age: 20 * 365 * 24 * time.Hour},
		{name: "folder", umask: "022", folder: "año nuevo/İstanbul 'x'", reverse: true},
		{name: "future", umask: "022", age: -1000 * time.Hour, env: []string{"HOME=/nonexistent", "SOURCE_DATE_EPOCH=1", "PYTHONHASHSEED=7"}},
		{name: "no environment", umask: "027", env: []string{"TERM=", "USER=", "LANG=", "TMPDIR=/nonexistent"}},
	} {
		t.Run(h.name, func(t *testing.T) {
			t.Parallel()
			for file, sum := range b.outputs(t, h) {
				if sum != want[file] {
					t.Errorf("%s differs from the plain host's", file)
				}
			}
		})
	}
}

// outputs makes the project anew on a host and runs there, and gives each output's SHA-256 by its name.
func (b *bench) outputs(t *testing.T, h host) map[string]string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), filepath.FromSlash(h.folder))
	b.makeSources(t, dir, h)
	store := filepath.Join(t.TempDir(), "store")
	run := func(args ...string) {
		t.Helper()
		args = append([]string{"-c", `umask "$0" && exec "$@"`, h.umask, "ofiuco", "zip", "--target", benchTarget,
			"--index-url", b.url, "--cache-dir", store, "--jobs", strconv.Itoa(h.jobs)}, args...)
		c := exec.Command("sh", args...)
		c.Dir, c.Env = dir, append(command().Env, h.env...)
		if got := finish(t, c); got.status != statusDone {
			t.Errorf("%s: %s", h.name, got)
		}
	}
	run("-o", "function.zip", "--report", "function.json", "src")
	run("-o", "layer.zip", "--report", "layer.json", "--layer", "--exclude", "**.dist-info/**")
	sums := map[string]string{}
	for _, file := range []string{"function.zip", "function.json", "layer.zip", "layer.json"} {
		data := readFile(t, filepath.Join(dir, file))
		sums[file] = indextest.Digest(data)
		if file == "function.json" {
			var report zipReport
			if err := json.Unmarshal(data, &report); err != nil || report.SHA256 != sums["function.zip"] {
				t.Errorf("the report tells SHA-256 %s, error %v", report.SHA256, err)
			}
		}
	}
	return sums
}

// makeSources writes the project's files under the host's umask.
func (b *bench) makeSources(t *testing.T, dir string, h host) {
	t.Helper()
	script := `umask "$0" && mkdir -p "$1/src/lib" && cp "$2/poetry.lock" "$1/" && shift 2 && for f in "$@"; do echo "import part00" >"$f"; done`
	var files []string
	for _, name := range []string{"app.py", "Zeta.py", "ünï.py", "lib/b.py", "lib/a.py", "run.sh"} {
		files = append(files, filepath.Join(dir, "src", filepath.FromSlash(name)))
	}
	if h.reverse {
		slices.Reverse(files)
	}
	made := exec.Command("sh", append([]string{"-c", script, h.umask, dir, b.project}, files...)...)
	if out, err := made.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for i, file := range files {
		then := time.Now().Add(-h.age - time.Duration(i)*time.Minute)
		if err := os.Chtimes(file, then, then); err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(file, ".sh") {
			if err := os.Chmod(file, 0o700); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// TestOutputInsideASource has the output, its report and a killed run's leftover among the sources: none of them
// goes into the next zip.
func TestOutputInsideASource(t *testing.T) {
	t.Parallel()
	b := newBench(t, 2, indextest.Options{})
	store, src := t.TempDir(), filepath.Join(b.project, "src")
	out, report := filepath.Join(src, "out.zip"), filepath.Join(src, "report.json")
	b.wantCalm(t, "the first run", finish(t, b.zip(store, out, "--report", report)), out)
	first := string(readFile(t, report))
	leftover := filepath.Join(src, fmt.Sprintf(".other.zip.AAAAAAAAAA-00000000.tmp-%d", os.Getpid()))
	if err := os.WriteFile(leftover, []byte("half"), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"--jobs", "1"}, {"--offline"}} {
		b.wantCalm(t, "the next run", finish(t, b.zip(store, out, append(args, "--report", report)...)), out)
		if string(readFile(t, report)) != first {
			t.Error("the next run has another report")
		}
		if err := os.Remove(out); err != nil {
			t.Fatal(err)
		}
	}
}
