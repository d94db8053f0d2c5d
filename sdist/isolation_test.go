package sdist_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/ofiuco/ofiuco/pypa/version"
	"github.com/ofiuco/ofiuco/sdist"
)

var (
	version1  = version.MustParse("1.0")
	noVersion version.Version
)

// TestEnvironment lets a backend show all of its environment.
func TestEnvironment(t *testing.T) {
	for name, value := range map[string]string{"SECRET_TOKEN": "x", "PYTHONPATH": "/nowhere", "HTTPS_PROXY": "http://user:secret@proxy", "CFLAGS": "-DHOST", "LD_PRELOAD": ""} {
		t.Setenv(name, value)
	}
	t.Setenv("PATH", os.Getenv("PATH")+":relative:")
	var b *sdist.Build
	got := says(t, func(made *sdist.Build) {
		b = made
		b.Bin, b.Environ = "/toolchain/bin", []string{"CC=mycc", "EXTRA=1"}
	}, "print('\\n'.join('%s=%s' % v for v in os.environ.items()))", "print(os.umask(0), os.listdir(os.environ['HOME']))")
	lines := strings.Split(got, "\n")
	for _, want := range []string{
		"LANG=C.UTF-8", "TZ=UTC", "SOURCE_DATE_EPOCH=315532800", "PYTHONHASHSEED=0", "PIP_NO_INDEX=1", "CARGO_NET_OFFLINE=true", "CC=mycc", "EXTRA=1", "18 []",
	} {
		if !slices.Contains(lines, want) {
			t.Errorf("no line %q in %s", want, got)
		}
	}
	for _, never := range []string{"SECRET", "secret", "nowhere", "-DHOST", "LD_PRELOAD"} {
		if strings.Contains(got, never) {
			t.Errorf("the environment has %s", never)
		}
	}
	at := slices.IndexFunc(lines, func(line string) bool { return strings.HasPrefix(line, "PATH=") })
	path := filepath.SplitList(strings.TrimPrefix(lines[at], "PATH="))
	if path[0] != "/toolchain/bin" || path[1] != filepath.Dir(b.Python) && !strings.HasPrefix(path[1], sdist.Top) || slices.Contains(path, "relative") || slices.Contains(path, "") {
		t.Errorf("PATH is %q", path)
	}
	withNetwork := says(t, func(b *sdist.Build) { b.Network = true }, "print(os.environ)")
	if !strings.Contains(withNetwork, "secret@proxy") || strings.Contains(withNetwork, "PIP_NO_INDEX") {
		t.Errorf("with network: %s", withNetwork)
	}
}

// TestSysPath holds PEP 517: a backend does not find what is in the tree, but for backend-path, nor our own program.
func TestSysPath(t *testing.T) {
	got := says(t, func(b *sdist.Build) { writeTree(t, b.Dir, map[string]string{"in_the_tree.py": ""}) },
		"import sys, also_here",
		"print('argv', len(sys.argv), 'first', os.path.basename(sys.path[0]), 'same', os.path.dirname(sys.argv[0]) in sys.path)",
		"try:\n        import in_the_tree\n    except ImportError:\n        print('not found')")
	if want := "argv 1 first tools same False\nnot found\n"; !strings.Contains(got, want) {
		t.Errorf("got %s, want %s", got, want)
	}
}

// levels are the ways in which a build is isolated.
var levels = map[string]struct{ network, paths, user bool }{
	"by root": {true, true, false}, "by a user namespace": {true, true, true}, "without network": {true, false, true}, "at fixed paths": {false, true, true}, "not at all": {},
}

// eachLevel runs a test for each way of isolation that this host allows.
func eachLevel(t *testing.T, run func(t *testing.T, isolate func(*sdist.Build), network, paths bool)) {
	if runtime.GOOS != "linux" {
		t.Skip("there is no isolation on this system")
	}
	for name, level := range levels {
		t.Run(name, func(t *testing.T) {
			if (level.network || level.paths) && !level.user && os.Geteuid() != 0 {
				t.Skip("only for root")
			}
			isolate := func(b *sdist.Build) { b.Isolate(level.network, level.paths, level.user) }
			probe := inTree(t, "def build_wheel(folder, config_settings=None, metadata_directory=None):\n    return write_wheel(folder)\n")
			isolate(probe)
			if _, err := probe.Wheel(t.Context(), t.TempDir()); err != nil {
				t.Skipf("this host forbids it: %v", err)
			}
			run(t, isolate, level.network, level.paths)
		})
	}
}

func TestNetwork(t *testing.T) {
	eachLevel(t, func(t *testing.T, isolate func(*sdist.Build), network, _ bool) {
		// 192.0.2.1 is reserved for documentation: where there is a network, nobody answers, but there is a way to it.
		got := says(t, isolate,
			"import errno, socket, threading",
			"print('devices', sorted(name for _, name in socket.if_nameindex()))",
			"with socket.create_server(('127.0.0.1', 0)) as server:\n        with socket.create_connection(server.getsockname(), 5):\n            print('loopback works')",
		)
		if !strings.Contains(got, "loopback works") {
			t.Errorf("got %s", got)
		}
		if network && !strings.Contains(got, "devices ['lo']") {
			t.Errorf("it has the network: %s", got)
		}
	})
}

func TestPaths(t *testing.T) {
	eachLevel(t, func(t *testing.T, isolate func(*sdist.Build), _, paths bool) {
		var b *sdist.Build
		got := says(t, func(made *sdist.Build) {
			b = made
			root := filepath.Dir(b.Dir)
			b.Root = filepath.Join(root, "whole")
			writeTree(t, b.Root, map[string]string{"README": "above"})
			if err := os.Rename(b.Dir, filepath.Join(b.Root, "part")); err != nil {
				t.Fatal(err)
			}
			b.Dir = filepath.Join(b.Root, "part")
			isolate(b)
		}, "import sys, tempfile", "print(open('../README').read(), os.getcwd(), folder, sys.prefix, tempfile.gettempdir(), os.environ['GIT_CEILING_DIRECTORIES'])",
			"print(len(os.listdir('/usr')) > 0, os.path.exists('/proc/self/exe'))")
		want := "above /ofiuco/source/part /ofiuco/wheel /ofiuco/environment /ofiuco/scratch/tmp /ofiuco\nTrue True\n"
		if !paths {
			want = "above " + b.Dir + " "
		}
		if !strings.HasPrefix(got, want) {
			t.Errorf("got %s, want %s", got, want)
		}
		if _, err := os.Stat(sdist.Top); err == nil {
			t.Errorf("%s is there outside the build", sdist.Top)
		}
	})
}

// TestRefusal builds all the same where the host forbids namespaces, and notes it.
func TestRefusal(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("there is no isolation on this system")
	}
	b := inTree(t, "def build_wheel(folder, config_settings=None, metadata_directory=None):\n    return write_wheel(folder, files={'cwd': os.getcwd()})\n")
	// The program that enters the namespaces is run with -I; this one says what it says where mounting is forbidden.
	python := filepath.Join(t.TempDir(), "python")
	script := "#!/bin/sh\nif [ $1 = -I ]; then echo forbidden > " + filepath.Join(b.Scratch, "refusal") + "; exit 1; fi\nexec " + b.Python + " \"$@\"\n"
	if err := os.WriteFile(python, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	b.Python = python
	if got := members(t, build(t, b))["cwd"]; got != b.Dir {
		t.Errorf("it was built in %q, want %q", got, b.Dir)
	}
	notes := strings.Join(b.Notes(), "\n")
	if !strings.Contains(notes, "network in reach") || !strings.Contains(notes, "path may be in the wheel") {
		t.Errorf("the notes are %q", notes)
	}
}

// TestPythons runs the embedded programs on each Python that is installed.
func TestPythons(t *testing.T) {
	root, err := exec.Command("pyenv", "root").Output()
	if err != nil {
		t.Skip("pyenv is not installed")
	}
	found, err := filepath.Glob(filepath.Join(strings.TrimSpace(string(root)), "versions", "3.*", "bin", "python3"))
	if err != nil {
		t.Fatal(err)
	}
	for _, python := range found {
		version := filepath.Base(filepath.Dir(filepath.Dir(python)))
		if strings.HasPrefix(version, "3.6.") {
			continue
		}
		t.Run(version, func(t *testing.T) {
			got := says(t, func(b *sdist.Build) { b.Python = python }, "import sys; print(sys.version, os.getcwd())")
			if !strings.HasPrefix(got, version) {
				t.Errorf("got %s", got)
			}
		})
	}
}
