package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ofiuco/ofiuco/internal/indextest"
	"github.com/ofiuco/ofiuco/internal/oracle"
)

// TestProcessesShareAColdStore starts eight runs at once, four of them for one and the same output.
func TestProcessesShareAColdStore(t *testing.T) {
	t.Parallel()
	b := newBench(t, 20, indextest.Options{})
	store, dir := filepath.Join(t.TempDir(), "store"), t.TempDir()
	var outs []string
	var waits []func() outcome
	for i := range 8 {
		out := filepath.Join(dir, fmt.Sprintf("%d.zip", max(i-3, 0)))
		outs = append(outs, out)
		waits = append(waits, begin(t, b.zip(store, out)))
	}
	for i, wait := range waits {
		b.wantCalm(t, fmt.Sprintf("process %d", i), wait(), outs[i])
	}
	for i := range 20 {
		if n := b.index.Requests(benchWheel(i)); n != 1 {
			t.Errorf("%s was fetched %d times", benchWheel(i), n)
		}
	}
	wantSoundStore(t, store)
	if left := temporaries(t, store, dir); len(left) > 0 {
		t.Errorf("%v is left", left)
	}
}

// TestInterruptDuringFetch interrupts a run that waits for an index that does not answer.
func TestInterruptDuringFetch(t *testing.T) {
	needSignals(t)
	for _, signal := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		for _, fault := range []indextest.Fault{indextest.Mute, indextest.Stall} {
			t.Run(fmt.Sprintf("%v, %s", signal, fault), func(t *testing.T) {
				t.Parallel()
				b := newBench(t, 4, indextest.Options{})
				b.index.Break(benchWheel(2), fault)
				store, dir := t.TempDir(), t.TempDir()
				out := filepath.Join(dir, "out.zip")
				writeFiles(t, dir, map[string]string{"out.zip": "old"})
				c := b.zip(store, out)
				wait := begin(t, c)
				ended := make(chan outcome, 1)
				go func() { ended <- wait() }()
				for tick := time.Tick(5 * time.Millisecond); b.index.Requests(benchWheel(2)) == 0; {
					select {
					case got := <-ended:
						t.Fatalf("the run did not wait for the index: %s", got)
					case <-tick:
					}
				}
				if err := c.Process.Signal(signal); err != nil {
					t.Fatal(err)
				}
				wantInterrupted(t, <-ended, store, dir)
				if string(readFile(t, out)) != "old" {
					t.Error("the output is another")
				}
			})
		}
	}
}

// TestInterruptAnytime interrupts runs at random moments: each ends as if nothing had been, or says that it was
// interrupted and leaves nothing.
func TestInterruptAnytime(t *testing.T) {
	needSignals(t)
	t.Parallel()
	b := newBench(t, 20, indextest.Options{})
	store, dir := t.TempDir(), t.TempDir()
	way := killing{old: true}
	length := b.timed(t, way, store, dir)
	random := rand.New(rand.NewPCG(5, 6))
	interrupted := 0
	for i := range oracle.Cases(t, 10, 40) {
		way.warm = i%2 == 1
		out := filepath.Join(dir, "out.zip")
		b.prepare(t, way, store, out)
		c := b.zip(store, out)
		wait := begin(t, c)
		timer := time.AfterFunc(time.Duration(random.Int64N(int64(length))), func() { _ = c.Process.Signal(syscall.SIGTERM) })
		got := wait()
		timer.Stop()
		switch got.status {
		case statusDone:
			b.wantCalm(t, "a run that was faster", got, out)
		case -1: // before the program has asked for signals
			if string(readFile(t, out)) != "old" || len(temporaries(t, store, dir)) > 0 {
				t.Error("something was written")
			}
		default:
			interrupted++
			wantInterrupted(t, got, store, dir)
		}
		wantSoundStore(t, store)
	}
	if interrupted == 0 {
		t.Error("no run was interrupted: the moments are ill chosen")
	}
}

func needSignals(t *testing.T) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no signals for other processes")
	}
}

func wantInterrupted(t *testing.T, got outcome, dirs ...string) {
	t.Helper()
	if got.status != statusInterrupted || got.stderr != "ofiuco: interrupted\n" || got.stdout != "" {
		t.Errorf("want exit status %d and a short message, got %s", statusInterrupted, got)
	}
	if left := temporaries(t, dirs...); len(left) > 0 {
		t.Errorf("%v is left", left)
	}
}

// TestUnusablePaths gives the program stores and outputs that can't be used.
func TestUnusablePaths(t *testing.T) {
	t.Parallel()
	b := newBench(t, 2, indextest.Options{})
	dir := t.TempDir()
	writeFiles(t, dir, map[string]string{"file": "precious"})
	at := func(name string) string { return filepath.Join(dir, filepath.FromSlash(name)) }
	if err := os.Mkdir(at("folder"), 0o777); err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("0", 300)
	for _, c := range []struct{ what, store, out, words string }{
		{"a store that is a file", at("file"), at("out.zip"), at("file") + ": it is not a folder"},
		{"a store below a file", at("file/store"), at("out.zip"), "opening the store"},
		{"a store with too long a name", at(long), at("out.zip"), "opening the store"},
		{"an output that is a folder", at("store"), at("folder"), at("folder") + " is a folder"},
		{"an output in no folder", at("store"), at("missing/out.zip"), "there is no folder " + at("missing")},
		{"an output below a file", at("store"), at("file/out.zip"), "there is no folder " + at("file")},
		{"an output that ends in a slash", at("store"), at("missing") + "/", "there is no folder " + at("missing")},
	} {
		wantFailure(t, c.what, finish(t, b.zip(c.store, c.out)), statusInput, c.words)
		if fileExists(at("out.zip")) || fileExists(at("missing")) || string(readFile(t, at("file"))) != "precious" {
			t.Errorf("%s: something was written", c.what)
		}
	}
	if n := len(b.index.Log()); n > 0 {
		t.Errorf("%d requests were made for nothing", n)
	}
	got := finish(t, b.zip(at("store"), at(long)))
	wantFailure(t, "an output with too long a name", got, statusInput, "file name too long")
	if left := temporaries(t, dir); len(left) > 0 {
		t.Errorf("%v is left", left)
	}
}
