package venv_test

import (
	"bufio"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ofiuco/ofiuco/internal/oracle"
	"github.com/ofiuco/ofiuco/interpreter"
	"github.com/ofiuco/ofiuco/venv"
)

// childVariable makes TestChild a maker of environments: mode, folder, store and interpreter, a line each.
const childVariable = "OFIUCO_VENV_CHILD"

// TestChild is the process of other tests: it makes one environment and another in its place by turns.
func TestChild(t *testing.T) {
	job := strings.Split(os.Getenv(childVariable), "\n")
	if len(job) != 4 {
		t.Skip("it is for other tests")
	}
	all := some(t, job[2])
	for i := 0; ; i++ {
		o := venv.Options{Dir: job[1], Interpreter: infoOf(job[3]), Packages: all, Mode: venv.Mode(job[0]), Inputs: "all"}
		if i%2 == 1 {
			o.Packages, o.Inputs = all[:1], "one"
		}
		mustMake(t, o)
		if _, err := os.Stdout.WriteString("made\n"); err != nil {
			t.Fatal(err)
		}
	}
}

func infoOf(path string) interpreter.Info {
	return interpreter.Info{
		Executable: path, BaseExecutable: path, Python: "3.12.4", FullVersion: "3.12.4", Platform: "manylinux_2_36_x86_64",
		Implementation: "CPython", Library: "python3.12", CacheTag: "cpython-312",
	}
}

// child is a running TestChild.
type child struct {
	cmd    *exec.Cmd
	stdout *bufio.Reader
	stderr strings.Builder
}

func startChild(t *testing.T, mode venv.Mode, dir, store, python string) *child {
	t.Helper()
	c := &child{cmd: exec.Command(os.Args[0], "-test.run=^TestChild$")}
	c.cmd.Env = append(os.Environ(), childVariable+"="+strings.Join([]string{string(mode), dir, store, python}, "\n"))
	c.cmd.Stderr = &c.stderr
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	c.stdout = bufio.NewReader(out)
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.cmd.Process.Kill() })
	return c
}

// awaitMade waits until the child has made environments.
func (c *child) awaitMade(t *testing.T, n int) {
	t.Helper()
	for range n {
		if line, err := c.stdout.ReadString('\n'); err != nil || line != "made\n" {
			rest, _ := io.ReadAll(c.stdout)
			t.Fatalf("the child said %q, %v\n%s%s", line, err, rest, &c.stderr)
		}
	}
}

func (c *child) kill(t *testing.T) {
	t.Helper()
	if err := c.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = c.cmd.Wait()
}

// wholeAs fails unless the environment is one of two, whole.
func wholeAs(t *testing.T, dir string) {
	t.Helper()
	_, all := venv.Current(dir, "all")
	_, one := venv.Current(dir, "one")
	if all == one {
		t.Errorf("the environment is none of both")
	}
}

// TestKill kills a process at any moment: the environment is whole, and the next run removes what was left.
func TestKill(t *testing.T) {
	for _, mode := range modes {
		t.Run(string(mode), func(t *testing.T) {
			parent, store, info := t.TempDir(), t.TempDir(), noPython(t)
			o := venv.Options{Dir: filepath.Join(parent, "env"), Interpreter: info, Packages: some(t, store), Mode: mode, Inputs: "all"}
			for range oracle.Cases(t, 5, 60) {
				c := startChild(t, mode, o.Dir, store, info.Executable)
				c.awaitMade(t, 2)
				time.Sleep(rand.N(10 * time.Millisecond)) // to be anywhere
				c.kill(t)
				wholeAs(t, o.Dir)
			}
			mustMake(t, o)
			if entries, err := os.ReadDir(parent); err != nil || len(entries) != 1 {
				t.Errorf("beside the environment there are %v, %v", entries, err)
			}
		})
	}
}

// TestTwoAtOnce lets processes make environments in one place.
func TestTwoAtOnce(t *testing.T) {
	parent, store, info := t.TempDir(), t.TempDir(), noPython(t)
	dir := filepath.Join(parent, "env")
	some(t, store)
	children := []*child{startChild(t, venv.Symlink, dir, store, info.Executable), startChild(t, venv.Copy, dir, store, info.Executable)}
	var group sync.WaitGroup
	for _, c := range children {
		group.Go(func() { c.awaitMade(t, 20) })
	}
	group.Wait()
	for _, c := range children {
		c.kill(t)
	}
	wholeAs(t, dir)
	mustMake(t, venv.Options{Dir: dir, Interpreter: info})
	if entries, err := os.ReadDir(parent); err != nil || len(entries) != 1 {
		t.Errorf("beside the environment there are %v, %v", entries, err)
	}
}
