package main

import (
	"strings"
	"testing"
)

// TestBuildFails has backends that fail in as many ways as there are. The message names the package and the lock's line, shows the
// backend's last words, and drives no terminal.
func TestBuildFails(t *testing.T) {
	t.Parallel()
	store := t.TempDir() // for all, so that Python is asked once
	for _, c := range []struct{ name, behave, words string }{
		{"raises", `raise ValueError("the last word")`, "the last word"},
		{"raises a text with escape codes", `raise ValueError("the \x1b[31mlast\x9b31m\u202e word")`, "word"},
		{"exits", `import sys; print("the last word"); sys.exit("goodbye")`, "goodbye"},
		{"exits with 0", `import os, sys; print("the last word"); sys.stdout.flush(); os._exit(0)`, "the last word"},
		{"exits with 1", `import os, sys; print("the last word", file=sys.stderr); sys.stderr.flush(); os._exit(1)`, "the last word"},
		{"is killed", `import os, signal; os.write(2, b"the last word\n"); os.kill(os.getpid(), signal.SIGKILL)`, "the last word"},
		{"says 40 MB", `import os; [os.write(1, b"x" * 999999 + b"\n") for i in range(40)]; raise ValueError("the last word")`, "the last word"},
		{"says 40 MB in a line", `import os; [os.write(1, b"x" * 1000000) for i in range(40)]; raise ValueError("the last word")`, "the last word"},
		{"says no text", `import os; os.write(1, bytes(range(256)) * 100 + b"\n\xff\xfe\n"); raise ValueError("the last word")`, "the last word"},
		{"says many lines", `import sys; print("\n" * 5000); raise ValueError("the last word")`, "the last word"},
		{"misses a module", `import module_that_is_missing`, "module_that_is_missing"},
		{"misses a program", `import subprocess; subprocess.check_call(["program-that-is-missing"])`, "program-that-is-missing"},
		{"recurses", `f = lambda: f(); f()`, "recursion"},
		{"tells secrets", `import os; raise ValueError("the last word " + repr(dict(os.environ)))`, "the last word"},
	} {
		t.Run(c.name, func(t *testing.T) {
			y := newYard(t, nil)
			y.store = store
			y.behave("def build(out):\n    " + c.behave)
			run := y.venv()
			run.Env = append(run.Env, "MY_TOKEN=hunter2", "PIP_INDEX_URL=https://u:hunter2@index.invalid/", "PYTHONPATH=/hunter2")
			got := finish(t, run)
			wantFailure(t, c.name, got, statusInput, "pylock.toml"+yardLine, c.words)
			if strings.ContainsAny(got.stderr, "\x1b\x9b\u202e\x07\x00") || len(got.stderr) > 100_000 || got.stdout != "" {
				t.Errorf("%d bytes are printed, with control characters or too many: %.2000q", len(got.stderr), got.stderr)
			}
			if strings.Contains(got.stderr, "hunter2") {
				t.Errorf("the backend has seen the user's environment: %s", got.stderr)
			}
			y.wantNothing(c.name)
		})
	}
}

// TestBuildWritesElsewhere has a backend that changes what is not its own: its environment's packages and the source that it was given. The
// next build does not see it.
func TestBuildWritesElsewhere(t *testing.T) {
	needSignals(t)
	t.Parallel()
	y := newHelpedYard(t, `
def build(out):
    import helper, os
    if helper.VALUE != "sound":
        raise SystemExit("the damage is still there")
    os.chmod(helper.__file__, 0o644)
    open(helper.__file__, "w").write("VALUE = 'damaged'\n")
    open("backend.py", "a").write("damaged")
    raise SystemExit("damaged it")
`)
	for range 2 {
		wantFailure(t, "a backend that damages", finish(t, y.venv()), statusInput, "damaged it")
	}
}
