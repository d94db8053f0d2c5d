package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ofiuco/ofiuco/internal/indextest"
)

// TestPassingFaults gives each file and page a fault that passes, as servers and networks have them: the run ends with
// the right zip all the same.
func TestPassingFaults(t *testing.T) {
	t.Parallel()
	files := []indextest.Fault{
		indextest.TruncateOnce, indextest.Truncate, indextest.ResetOnce, indextest.Unavailable, indextest.TooMany,
		indextest.Status500, indextest.Slow, indextest.Redirect, indextest.Partly,
	}
	pages := []indextest.Fault{indextest.Redirect, indextest.Unavailable, indextest.ResetOnce, indextest.Inject}
	b := newBench(t, len(files)+len(pages), indextest.Options{})
	for i, fault := range files {
		b.index.Break(benchWheel(i), fault)
	}
	for i, fault := range pages {
		b.index.Break(fmt.Sprintf("part%02d/", len(files)+i), fault)
	}
	out := filepath.Join(t.TempDir(), "out.zip")
	b.wantCalm(t, "an index that is out of order", finish(t, b.zip(t.TempDir(), out, "--jobs", "16")), out)
}

// networkCase is a fault of one of the bench's files, or of its page, that does not pass, and how the run must end.
type networkCase struct {
	fault  indextest.Fault
	page   bool // the project's page goes wrong, not its file
	status int
	words  string // what the message holds, between |
}

// The status tells whether trying again may help: 3 for what may pass by itself, 1 for what won't.
var networkCases = []networkCase{
	{fault: indextest.Reset, status: statusNetwork, words: "tries in"},
	{fault: indextest.Status503, status: statusNetwork, words: "503 Service Unavailable"},
	{fault: indextest.Later, status: statusNetwork, words: "503 Service Unavailable|1 try"},
	{fault: indextest.Status403, status: statusInput, words: "403 Forbidden|check the credentials"},
	{fault: indextest.Status404, status: statusInput, words: "404 Not Found"},
	{fault: indextest.Wrong, status: statusInput, words: "not the locked file|want sha256:|got  sha256:"},
	{fault: indextest.Short, status: statusInput, words: "not the locked file|want sha256:"},
	{fault: indextest.Empty, status: statusInput, words: "not the locked file|0 bytes"},
	{fault: indextest.Login, status: statusInput, words: "got an HTML page (a login?)|want sha256:"},
	{fault: indextest.Endless, status: statusInput, words: "longer than"},
	{fault: indextest.RedirectFile, status: statusInput, words: "file:"},
	{fault: indextest.RedirectLoop, status: statusInput, words: "more than 10 redirects"},
	{fault: indextest.RedirectEcho, status: statusInput, words: "404 Not Found"},
	{page: true, fault: indextest.Status404, status: statusInput, words: "no file"},
	{page: true, fault: indextest.Confuse, status: statusInput, words: "no file part03|want sha256:"},
	{page: true, fault: indextest.BadJSON, status: statusInput, words: "reading the page at|it ends early"},
	{page: true, fault: indextest.DeepJSON, status: statusInput, words: "reading the page at|max depth"},
	{page: true, fault: indextest.GzipBomb, status: statusInput, words: "reading the page at"},
	{page: true, fault: indextest.Login, status: statusInput, words: "got an HTML page with a form (a login?)"},
}

// TestLastingFaults runs against an index that asks for a password and goes wrong. The run says what is wrong, of which
// package, and where the lock asks for it; the password is never shown, and with the index mended the same
// store serves the right zip.
func TestLastingFaults(t *testing.T) {
	const broken = 3 // the package that goes wrong
	for _, c := range networkCases {
		target, label := benchWheel(broken), string(c.fault)
		if c.page {
			target, label = "part03/", "page "+label
		}
		t.Run(label, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, 4, indextest.Options{User: "someone", Password: "hunter2"})
			b.index.Break(target, c.fault)
			store, dir := t.TempDir(), t.TempDir()
			out := filepath.Join(dir, "out.zip")
			got := finish(t, b.zip(store, out, "--verbose"))
			wantFailure(t, "the broken index", got, c.status, append(strings.Split(c.words, "|"), "part03 1.0", "poetry.lock:")...)
			if left := temporaries(t, store, dir); len(left) > 0 {
				t.Errorf("%v is left", left)
			}
			if fileExists(out) {
				t.Error("there is an output")
			}
			if strings.Contains(got.stdout+got.stderr, "hunter2") {
				t.Errorf("the password is shown: %s", got)
			}
			wantSoundStore(t, store)
			b.index.Mend(target)
			b.wantCalm(t, "the mended index", finish(t, b.zip(store, out)), out)
		})
	}
}

// TestRedirectToAnotherPort redirects a file: that is followed, but what the first port may know is not told to the other.
func TestRedirectToAnotherPort(t *testing.T) {
	t.Parallel()
	open := newBench(t, 4, indextest.Options{})
	open.index.Break(benchWheel(0), indextest.RedirectPort)
	out := filepath.Join(t.TempDir(), "out.zip")
	open.wantCalm(t, "without a password", finish(t, open.zip(t.TempDir(), out)), out)

	locked := newBench(t, 4, indextest.Options{User: "someone", Password: "hunter2"})
	locked.index.Break(benchWheel(0), indextest.RedirectPort)
	got := finish(t, locked.zip(t.TempDir(), filepath.Join(t.TempDir(), "out.zip")))
	wantFailure(t, "with a password", got, statusInput, "401 Unauthorized", "part00 1.0")
	asked := 0
	for _, r := range locked.index.Log() {
		if r.Other {
			asked++
			if r.Authorization != "" {
				t.Errorf("the other port was told %q", r.Authorization)
			}
		}
	}
	if asked == 0 || strings.Contains(got.stdout+got.stderr, "hunter2") {
		t.Errorf("the other port was asked %d times: %s", asked, got)
	}
}
