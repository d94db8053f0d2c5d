package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/ofiuco/ofiuco/internal/oracle"
)

// venvKilling is one way to be killed while an environment is made.
type venvKilling struct {
	name, mode string
	old        bool // there is an older environment
	cold       bool // the store is empty, else it has everything
}

var venvKillings = []venvKilling{
	{name: "cold store", mode: "symlink", cold: true},
	{name: "cold store, replaced", mode: "copy", cold: true, old: true},
	{name: "symlink, replaced", mode: "symlink", old: true},
	{name: "hardlink, replaced", mode: "hardlink", old: true},
	{name: "copy, replaced", mode: "copy", old: true},
}

// scene is where one way to be killed happens, time and again.
type scene struct {
	*shop
	way        venvKilling
	store, env string
	before     map[string]string // what the environment is before a run
	after      map[string]string // and after it
	length     time.Duration     // of a run
}

func newScene(t *testing.T, s *shop, way venvKilling) *scene {
	t.Helper()
	c := &scene{shop: s, way: way, store: filepath.Join(t.TempDir(), "store"), env: filepath.Join(t.TempDir(), "env")}
	c.after = c.make(t, newLock, c.store, c.env, "--link-mode", way.mode)
	c.prepare(t)
	c.before = contents(t, c.env)
	start := time.Now()
	if got := finish(t, c.run()); got.status != statusDone {
		t.Fatal(got)
	}
	c.length = time.Since(start)
	return c
}

func (c *scene) run() *exec.Cmd { return c.venv(newLock, c.store, c.env, "--link-mode", c.way.mode) }

// prepare makes the store and the environment what they are before a run.
func (c *scene) prepare(t *testing.T) {
	t.Helper()
	if !c.way.old {
		if err := os.RemoveAll(c.env); err != nil {
			t.Fatal(err)
		}
	} else {
		c.make(t, oldLock, c.store, c.env, "--link-mode", c.way.mode)
	}
	if c.way.cold {
		if err := os.RemoveAll(c.store); err != nil {
			t.Fatal(err)
		}
	}
}

// stop starts a run and signals it at a random moment, and gives how it ended. The environment must be the old one or the new one.
func (c *scene) stop(t *testing.T, random *rand.Rand, signal os.Signal) (outcome, string) {
	t.Helper()
	c.prepare(t)
	run := c.run()
	wait := begin(t, run)
	moment := time.Duration(random.Int64N(int64(c.length)))
	timer := time.AfterFunc(moment, func() { _ = run.Process.Signal(signal) })
	got := wait()
	timer.Stop()
	what := fmt.Sprintf("%v after %v", signal, moment)
	now := contents(t, c.env)
	old, fresh := difference(now, c.before), difference(now, c.after)
	if old != "" && fresh != "" {
		t.Errorf("%s: the environment is neither the old one (%s) nor the new one (%s)", what, old, fresh)
	}
	wantSoundStore(t, c.store)
	return got, what
}

// TestVenvKill kills the program at random moments. Whatever the moment: the environment is the old one or the new one, and
// the next run makes the new one and sweeps what was left.
func TestVenvKill(t *testing.T) {
	s := newShop(t)
	kills := oracle.Cases(t, 10, 150) / len(venvKillings)
	for i, way := range venvKillings {
		t.Run(way.name, func(t *testing.T) {
			t.Parallel()
			c := newScene(t, s, way)
			random := rand.New(rand.NewPCG(uint64(i), 11))
			killed, left := 0, 0
			for tries := 0; killed < kills && tries < 5*kills+10; tries++ {
				got, what := c.stop(t, random, os.Kill)
				left += len(temporaries(t, c.store, filepath.Dir(c.env)))
				if got.status == -1 {
					killed++
				}
				wantContents(t, what+", the next run", c.make(t, newLock, c.store, c.env, "--link-mode", way.mode), c.after)
				if again := temporaries(t, c.store, filepath.Dir(c.env)); len(again) > 0 {
					t.Errorf("%s: the next run leaves %v", what, again)
				}
			}
			if killed < kills {
				t.Errorf("only %d runs were killed: the moments are ill chosen", killed)
			}
			t.Logf("%d kills in runs of %v, %d temporary files left", killed, c.length, left)
		})
	}
}

// TestVenvInterrupt interrupts runs at random moments: each ends as if nothing had been, or says that it was interrupted and
// leaves nothing.
func TestVenvInterrupt(t *testing.T) {
	needSignals(t)
	s := newShop(t)
	for i, way := range []venvKilling{venvKillings[0], venvKillings[len(venvKillings)-1]} {
		t.Run(way.name, func(t *testing.T) {
			t.Parallel()
			c := newScene(t, s, way)
			random := rand.New(rand.NewPCG(uint64(i), 12))
			for range oracle.Cases(t, 3, 40) {
				got, what := c.stop(t, random, []os.Signal{os.Interrupt, syscall.SIGTERM}[i%2])
				switch got.status {
				case statusDone:
				case -1: // before the program has asked for signals
					if left := temporaries(t, c.store, filepath.Dir(c.env)); len(left) > 0 {
						t.Errorf("%s: %v is left", what, left)
					}
				default:
					wantInterrupted(t, got, c.store, filepath.Dir(c.env))
				}
			}
		})
	}
}
