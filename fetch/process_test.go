package fetch

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ofiuco/ofiuco/index"
	"github.com/ofiuco/ofiuco/internal/indextest"
	"github.com/ofiuco/ofiuco/lock"
)

// childVariable makes the test binary a process that fetches what the variable says.
const childVariable = "OFIUCO_FETCH_CHILD"

// errand is what a child process does.
type errand struct {
	Store, Index string
	Requests     []Request
}

func TestMain(m *testing.M) {
	if text := os.Getenv(childVariable); text != "" {
		if err := runErrand(text); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

func runErrand(text string) error {
	var e errand
	if err := json.Unmarshal([]byte(text), &e); err != nil {
		return err
	}
	store, err := OpenStore(e.Store)
	if err != nil {
		return err
	}
	f := &Fetcher{Store: store, Client: index.NewClient(index.Options{}), Places: index.Places{Default: e.Index}}
	_, err = f.Fetch(context.Background(), e.Requests)
	return err
}

func (e errand) command(t testing.TB) *exec.Cmd {
	t.Helper()
	text, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), childVariable+"="+string(text))
	return c
}

// newErrand is one to fetch some files of a project into a new store.
func newErrand(t testing.TB, s *indextest.Server, files int) errand {
	t.Helper()
	e := errand{Store: filepath.Join(t.TempDir(), "store"), Index: s.URL}
	for i := range files {
		r := request("")
		r.Artifact.Filename = fmt.Sprintf("alpha-1.%d-py3-none-any.whl", i)
		data := append([]byte(r.Artifact.Filename), content...)
		r.Artifact.Hashes = []lock.Hash{{Algorithm: "sha256", Hex: s.Add(r.Artifact.Filename, data)}}
		e.Requests = append(e.Requests, r)
	}
	return e
}

// whole fails the test unless the store has all the files, and nothing that is damaged or left over.
func (e errand) whole(t testing.TB) {
	t.Helper()
	s, err := OpenStore(e.Store)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range e.Requests {
		if _, ok := s.Has(r.Artifact.SHA256()); !ok {
			t.Errorf("%s is missing", r.Artifact.Filename)
		}
	}
	clean(t, s)
}

func TestProcessesShareAColdStore(t *testing.T) {
	s := indextest.New(t, indextest.Options{})
	e := newErrand(t, s, 12)
	var all sync.WaitGroup
	for range 8 {
		c := e.command(t)
		all.Go(func() {
			if out, err := c.CombinedOutput(); err != nil {
				t.Errorf("%v: %s", err, out)
			}
		})
	}
	all.Wait()
	e.whole(t)
	for _, r := range e.Requests {
		if n := s.Requests(r.Artifact.Filename); n != 1 {
			t.Errorf("%s was fetched %d times", r.Artifact.Filename, n)
		}
	}
}

func TestKill(t *testing.T) {
	s := indextest.New(t, indextest.Options{})
	e := newErrand(t, s, 6)
	for _, r := range e.Requests[:3] {
		s.Break(r.Artifact.Filename, indextest.Slow)
	}
	random := rand.New(rand.NewPCG(3, 4))
	killed, leftovers := 0, 0
	for range 25 {
		if err := os.RemoveAll(filepath.Join(e.Store, filesDir)); err != nil {
			t.Fatal(err)
		}
		c := e.command(t)
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		timer := time.AfterFunc(time.Duration(random.IntN(250))*time.Millisecond, func() { _ = c.Process.Kill() })
		if c.Wait() != nil {
			killed++
		}
		timer.Stop()
		left, _ := filepath.Glob(filepath.Join(e.Store, tmpDir, "*.tmp-*"))
		leftovers += len(left)
		for _, path := range left {
			if !strings.HasSuffix(path, fmt.Sprintf(".tmp-%d", c.Process.Pid)) {
				t.Errorf("%s was left by an earlier run", path)
			}
		}
		store, err := OpenStore(e.Store)
		if err != nil {
			t.Fatal(err)
		}
		if left, _ = filepath.Glob(filepath.Join(e.Store, tmpDir, "*.tmp-*")); len(left) > 0 {
			t.Errorf("%v is not removed by the next run", left)
		}
		if _, damaged, err := store.Verify(context.Background()); err != nil || len(damaged) > 0 {
			t.Errorf("damaged %v, error %v", damaged, err)
		}
	}
	if killed < 10 || leftovers == 0 {
		t.Errorf("only %d of 25 runs were killed, with %d leftovers: the moments are ill chosen", killed, leftovers)
	}
	if out, err := e.command(t).CombinedOutput(); err != nil {
		t.Errorf("the next run: %v: %s", err, out)
	}
	e.whole(t)
}
