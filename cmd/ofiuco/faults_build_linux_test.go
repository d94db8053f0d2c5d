package main

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// TestBuildReadOnlyProject can't write the build lock: the run says so. With a build lock that holds all, nothing needs to be written.
func TestBuildReadOnlyProject(t *testing.T) {
	y := newHelpedYard(t, helpedBehaviour)
	disk := smallDisk(t, "size=10m")
	project := filepath.Join(disk, "project")
	if err := os.CopyFS(project, os.DirFS(y.project)); err != nil {
		t.Fatal(err)
	}
	y.project = project
	remount(t, disk, unix.MS_RDONLY, "")
	wantFailure(t, "no build lock", finish(t, y.venv()), statusDisk, y.buildLock(), "read-only file system")
	if fileExists(y.env) || len(temporaries(t, y.store, y.dir, disk)) > 0 {
		t.Error("something is left")
	}
	remount(t, disk, 0, "")
	if got := finish(t, y.venv()); got.status != statusDone {
		t.Fatal(got)
	}
	remount(t, disk, unix.MS_RDONLY, "")
	y.store, y.env = t.TempDir(), y.env+"2"
	if got := finish(t, y.venv()); got.status != statusDone {
		t.Errorf("a build lock that holds all: %s", got)
	}
}

// TestBuildFullDisk runs out of space while a backend writes.
func TestBuildFullDisk(t *testing.T) {
	y := newYard(t, nil)
	y.behave("def build(out):\n    open('large', 'wb').write(b'x' * 50_000_000)\n")
	disk := smallDisk(t, "size=8m")
	y.store = filepath.Join(disk, "store")
	wantFailure(t, "a full disk", finish(t, y.venv()), statusDisk, "pylock.toml"+yardLine, "No space left on device")
	y.wantNothing("a full disk")
	remount(t, disk, 0, "size=200m")
	if got := finish(t, y.venv()); got.status != statusDone {
		t.Errorf("with room: %s", got)
	}
}

// marked waits until a backend has made its mark, and gives its lines.
func (y *yard) marked() []string {
	y.t.Helper()
	timeout := time.After(30 * time.Second)
	for tick := time.Tick(5 * time.Millisecond); ; {
		select {
		case <-timeout:
			y.t.Fatal("the backend has made no mark")
		case <-tick:
			if data, err := os.ReadFile(y.mark); err == nil && strings.HasSuffix(string(data), "end\n") {
				return strings.Fields(string(data))
			}
		}
	}
}

// wantGone fails the test when a process runs on.
func wantGone(t *testing.T, what, pid string) {
	t.Helper()
	number, err := strconv.Atoi(pid)
	if err != nil {
		t.Fatal(err)
	}
	timeout := time.After(5 * time.Second)
	for tick := time.Tick(5 * time.Millisecond); ; {
		stat, err := os.ReadFile(filepath.Join("/proc", pid, "stat"))
		if err != nil || strings.Contains(string(stat), ") Z ") {
			return
		}
		select {
		case <-timeout:
			t.Errorf("%s: process %s runs on", what, pid)
			_ = syscall.Kill(number, syscall.SIGKILL)
			return
		case <-tick:
		}
	}
}

// markPids has a backend tell the processes that it and a child are.
const markPids = `
    import os, subprocess, time
    child = subprocess.Popen(["sleep", "600"]%s)
    with open(MARK, "w") as mark:
        print(os.getpid(), child.pid, "end", file=mark)
`

// TestBuildInterrupted signals the program while a backend and its child sleep. None of them runs on.
func TestBuildInterrupted(t *testing.T) {
	t.Parallel()
	for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGKILL} {
		t.Run(signal.String(), func(t *testing.T) {
			t.Parallel()
			y := newYard(t, nil)
			y.behave("def build(out):" + fmt.Sprintf(markPids, "") + "    time.sleep(600)\n")
			run := y.venv()
			wait := begin(t, run)
			pids := y.marked()
			if err := run.Process.Signal(signal); err != nil {
				t.Fatal(err)
			}
			got := wait()
			if signal != syscall.SIGKILL {
				if got.status != statusInterrupted || !strings.HasSuffix(got.stderr, "ofiuco: interrupted\n") {
					t.Errorf("the run ends otherwise: %s", got)
				}
				y.wantNothing("an interrupted build")
			}
			wantGone(t, "the backend", pids[0])
			if signal != syscall.SIGKILL { // who kills without a warning may leave grandchildren
				wantGone(t, "its child", pids[1])
			}
			y.behave("def build(out): pass")
			if got := finish(t, y.venv()); got.status != statusDone {
				t.Errorf("the next run: %s", got)
			}
			if left := temporaries(t, y.store, y.dir); len(left) > 0 {
				t.Errorf("the next run leaves %v", left)
			}
		})
	}
}

// TestBuildLeavesProcesses has a backend that ends well while a child of it holds its output open, in its session or in one of its own.
func TestBuildLeavesProcesses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, options string }{{"same session", ""}, {"own session", ", start_new_session=True"}} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			y := newYard(t, nil)
			y.behave("def build(out):" + fmt.Sprintf(markPids, c.options))
			start := time.Now()
			if got := finish(t, y.venv()); got.status != statusDone {
				t.Error(got)
			}
			if took := time.Since(start); took > 30*time.Second {
				t.Errorf("the run waited %v for what the backend left", took)
			}
			child := y.marked()[1]
			if c.options == "" {
				wantGone(t, "what the backend left", child)
			} else {
				_ = exec.Command("kill", child).Run() // a session of its own may live on
			}
		})
	}
}

// TestBuildHasNoNetwork has a backend that calls a server of this host, and finds it only when the project allows it.
func TestBuildHasNoNetwork(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	y := newYard(t, nil)
	y.behave(fmt.Sprintf(`def build(out):
    import socket
    try:
        socket.create_connection(("127.0.0.1", %d), 5)
    except ConnectionRefusedError:
        socket.create_connection(("192.0.2.1", 443), 5)
`, listener.Addr().(*net.TCPAddr).Port))
	got := finish(t, y.venv())
	if strings.Contains(got.stderr, "allows no network namespaces") {
		t.Skip(got.stderr)
	}
	wantFailure(t, "a backend without network", got, statusInput, "pylock.toml"+yardLine, "Network is unreachable", "network = true")
	writeFiles(t, y.project, map[string]string{"pyproject.toml": "[tool.ofiuco.build.pkg]\nnetwork = true\n"})
	if got := finish(t, y.venv()); got.status != statusDone {
		t.Errorf("with network: %s", got)
	}
}
