package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ofiuco/ofiuco/internal/indextest"
	"github.com/ofiuco/ofiuco/internal/oracle"
)

// killing is one way to be killed.
type killing struct {
	name  string
	fetch bool // the command is fetch, else zip
	warm  bool // the store has everything, so that the run is spent with the output
	old   bool // there is an older output
}

// TestKill kills the program at random moments. Whatever the moment: no file of the store is wrong, the output is the old
// one or the new one, the killed process leaves nothing but its own temporary files, and the next run
// cleans up and writes the calm run's bytes.
func TestKill(t *testing.T) {
	b := newBench(t, 20, indextest.Options{})
	for i := 0; i < 20; i += 3 {
		b.index.Break(benchWheel(i), indextest.Slow)
	}
	ways := []killing{
		{name: "fetch", fetch: true},
		{name: "zip", old: true},
		{name: "zip, new output"},
		{name: "zip, full store", warm: true, old: true},
	}
	kills := oracle.Cases(t, 12, 60)
	for i, way := range ways {
		t.Run(way.name, func(t *testing.T) {
			t.Parallel()
			random := rand.New(rand.NewPCG(uint64(i), 7))
			store, dir := t.TempDir(), t.TempDir()
			length := b.timed(t, way, store, dir)
			killed, left := 0, 0
			for tries := 0; killed < kills/len(ways) && tries < 3*kills; tries++ {
				moment := time.Duration(random.Int64N(int64(length)))
				if l, ok := b.kill(t, way, store, dir, moment); ok {
					killed++
					left += l
				}
			}
			if killed < kills/len(ways) {
				t.Errorf("only %d runs were killed: the moments are ill chosen", killed)
			}
			t.Logf("%d kills in runs of %v, %d temporary files left", killed, length, left)
		})
	}
}

// prepare makes the store and the output what they are before a run.
func (b *bench) prepare(t *testing.T, way killing, store, out string) {
	t.Helper()
	if !way.warm {
		if err := os.RemoveAll(filepath.Join(store, "files")); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.RemoveAll(out); err != nil {
		t.Fatal(err)
	}
	if way.old {
		writeFiles(t, filepath.Dir(out), map[string]string{filepath.Base(out): "old"})
	}
}

// timed is how long a run takes that is left alone.
func (b *bench) timed(t *testing.T, way killing, store, dir string) time.Duration {
	t.Helper()
	out := filepath.Join(dir, "out.zip")
	if way.warm {
		b.wantCalm(t, "the first run", finish(t, b.zip(store, out)), out)
	}
	b.prepare(t, way, store, out)
	c := b.zip(store, out)
	if way.fetch {
		c = b.fetch(store)
	}
	start := time.Now()
	if got := finish(t, c); got.status != statusDone {
		t.Fatal(got)
	}
	return time.Since(start)
}

// kill ends a run at a moment after its start, and looks at what is left. It says how many temporary files there were; not
// ok when the run was faster.
func (b *bench) kill(t *testing.T, way killing, store, dir string, moment time.Duration) (left int, ok bool) {
	t.Helper()
	out := filepath.Join(dir, "out.zip")
	b.prepare(t, way, store, out)
	c := b.zip(store, out)
	if way.fetch {
		c = b.fetch(store)
	}
	wait := begin(t, c)
	timer := time.AfterFunc(moment, func() { _ = c.Process.Kill() })
	got := wait()
	timer.Stop()

	what := fmt.Sprintf("killed after %v", moment)
	wantSoundStore(t, store)
	data, err := os.ReadFile(out)
	switch {
	case err == nil && (way.old && string(data) == "old" || indextest.Digest(data) == b.calm):
	case os.IsNotExist(err) && !way.old:
	default:
		t.Errorf("%s: the output has %d bytes that are neither old nor new (error %v)", what, len(data), err)
	}
	found := temporaries(t, store, dir)
	for _, path := range found {
		if !strings.HasSuffix(path, fmt.Sprintf(".tmp-%d", got.pid)) {
			t.Errorf("%s: %s was left by an earlier run", what, path)
		}
	}
	b.wantCalm(t, what+", the next run", finish(t, b.zip(store, out)), out)
	if again := temporaries(t, store, dir); len(again) > 0 {
		t.Errorf("%s: the next run leaves %v", what, again)
	}
	return len(found), got.status == -1
}
