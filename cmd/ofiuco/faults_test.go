package main

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/ofiuco/ofiuco/internal/atomicfile"
	"github.com/ofiuco/ofiuco/internal/indextest"
)

// The fault tests run the program itself, in processes of its own, and hold every run to one of two ends: the calm
// run's bytes, or a message, the right exit status and nothing half-written. They share a bench: a project whose
// poetry.lock names up to twenty wheels, and an index that has them.
type bench struct {
	index   *indextest.Server
	url     string // of the index, as the program is told it
	project string // folder
	calm    string // SHA-256 of the zip that a run without faults writes
}

// benchTarget is what every zip of the fault tests is for.
const benchTarget = "aws-lambda-python3.12-arm64"

// benchWheels are twenty wheels by file name, of 100 kB to 1.6 MB each.
var benchWheels = sync.OnceValue(func() map[string][]byte {
	var seed [32]byte
	noise := rand.NewChaCha8(seed)
	wheels := map[string][]byte{}
	for i := range 20 {
		project := fmt.Sprintf("part%02d", i)
		content := make([]byte, 100_000<<(i%5))
		_, _ = noise.Read(content) // never fails
		file := benchWheel(i)
		wheels[file] = buildWheel(file, map[string]string{
			project + "/__init__.py": "VALUE = 1\n", project + "/noise.bin": string(content),
		})
	}
	return wheels
})

// benchWheel is the file name of a wheel of the bench.
func benchWheel(i int) string { return fmt.Sprintf("part%02d-1.0-py3-none-any.whl", i) }

// newBench makes a bench of the first few wheels.
func newBench(t *testing.T, wheels int, options indextest.Options) *bench {
	t.Helper()
	b := &bench{index: indextest.New(t, options), project: filepath.Join(t.TempDir(), "project")}
	b.url = b.index.URL
	if options.User != "" {
		b.url = strings.Replace(b.url, "://", "://"+options.User+":"+options.Password+"@", 1)
	}
	var lock strings.Builder
	for i := range wheels {
		file := benchWheel(i)
		project, _, _ := strings.Cut(file, "-")
		fmt.Fprintf(&lock, "[[package]]\nname = %q\nversion = \"1.0\"\noptional = false\npython-versions = \"*\"\n"+
			"groups = [\"main\"]\nfiles = [{file = %q, hash = \"sha256:%s\"}]\n\n", project, file, b.index.Add(file, benchWheels()[file]))
	}
	lock.WriteString("[metadata]\nlock-version = \"2.1\"\npython-versions = \"^3.12\"\ncontent-hash = \"\"\n")
	writeFiles(t, b.project, map[string]string{
		"poetry.lock": lock.String(), "src/app.py": "import part00\n", "src/lib/inner.py": "X = 1\n",
	})
	out := filepath.Join(t.TempDir(), "out.zip")
	if got := finish(t, b.zip(t.TempDir(), out)); got.status != statusDone {
		t.Fatalf("the calm run: %s", got)
	}
	b.calm = indextest.Digest(readFile(t, out))
	b.index.Forget()
	return b
}

// sorted goes through a map in the order of its keys.
func sorted[V any](m map[string]V) func(yield func(string, V) bool) {
	return func(yield func(string, V) bool) {
		for _, key := range slices.Sorted(maps.Keys(m)) {
			if !yield(key, m[key]) {
				return
			}
		}
	}
}

func writeFiles(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for path, text := range sorted(files) {
		full := filepath.Join(dir, filepath.FromSlash(path))
		if err := os.MkdirAll(filepath.Dir(full), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(full, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// command is a run of the program: TestMain puts it in the PATH.
func command(args ...string) *exec.Cmd {
	c := exec.Command("ofiuco", args...)
	c.Env = append(os.Environ(), "HOME="+os.TempDir(), "NETRC=", "no_proxy=127.0.0.1",
		"GORACE=atexit_sleep_ms=0") // else every process of a -race build waits a second at its end
	return c
}

// zip is a run that writes the bench's zip to out.
func (b *bench) zip(store, out string, more ...string) *exec.Cmd {
	args := []string{"zip", "--project", b.project, "--target", benchTarget, "--index-url", b.url, "--cache-dir", store, "-o", out}
	return command(append(append(args, more...), filepath.Join(b.project, "src"))...)
}

// fetch is a run that fills a store.
func (b *bench) fetch(store string) *exec.Cmd {
	return command("fetch", "--project", b.project, "--target", benchTarget, "--index-url", b.url, "--cache-dir", store)
}

// outcome is how a run ended.
type outcome struct {
	status         int // -1 when a signal ended it
	pid            int
	stdout, stderr string
}

func (o outcome) String() string {
	return fmt.Sprintf("exit status %d\nstdout: %s\nstderr: %s", o.status, o.stdout, o.stderr)
}

// finish runs c to its end.
func finish(t testing.TB, c *exec.Cmd) outcome {
	t.Helper()
	return begin(t, c)()
}

// begin starts c and returns what waits for its end.
func begin(t testing.TB, c *exec.Cmd) func() outcome {
	t.Helper()
	var stdout, stderr strings.Builder
	if c.Stderr = &stderr; c.Stdout == nil {
		c.Stdout = &stdout
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	return func() outcome {
		err := c.Wait()
		if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
			t.Error(err)
		}
		return outcome{c.ProcessState.ExitCode(), c.Process.Pid, stdout.String(), stderr.String()}
	}
}

// wantCalm fails the test unless the run went well and out is what the calm run writes.
func (b *bench) wantCalm(t testing.TB, what string, got outcome, out string) {
	t.Helper()
	if got.status != statusDone {
		t.Errorf("%s: %s", what, got)
		return
	}
	data, err := os.ReadFile(out)
	if err != nil || indextest.Digest(data) != b.calm {
		t.Errorf("%s: the output is not the calm run's (error %v)", what, err)
	}
}

// wantFailure fails the test unless a run ended with a status and messages that hold all words, in a few lines, and
// without a trace of Go.
func wantFailure(t testing.TB, what string, got outcome, status int, words ...string) {
	t.Helper()
	if got.status != status {
		t.Errorf("%s: want exit status %d, got %s", what, status, got)
	}
	if !strings.Contains("\n"+got.stderr, "\nofiuco: ") || strings.Count(got.stderr, "\n") > 40 || strings.Contains(got.stderr, "goroutine ") {
		t.Errorf("%s: no clear message: %s", what, got.stderr)
	}
	for _, word := range words {
		if !strings.Contains(got.stderr, word) {
			t.Errorf("%s: the message lacks %q: %s", what, word, got.stderr)
		}
	}
}

// temporaries are the files under the folders that are on their way to a name, or were left so.
func temporaries(t testing.TB, dirs ...string) []string {
	t.Helper()
	var found []string
	for _, dir := range dirs {
		err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
			if err == nil && strings.Contains(entry.Name(), ".tmp-") {
				if !atomicfile.IsTemporary(path) {
					t.Errorf("%s looks like a temporary file, but no sweep would find it", path)
				}
				found = append(found, path)
			}
			return err
		})
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
	}
	return found
}

// wantSoundStore fails the test when a file of the store is not what its name says.
func wantSoundStore(t testing.TB, store string) {
	t.Helper()
	blobs, err := filepath.Glob(filepath.Join(store, "files", "sha256", "*", "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range blobs {
		data, err := os.ReadFile(path)
		if err != nil || indextest.Digest(data) != filepath.Base(path) {
			t.Errorf("%s is damaged (error %v)", path, err)
		}
	}
}
