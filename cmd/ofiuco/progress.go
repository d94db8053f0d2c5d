package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"golang.org/x/term"
)

// progressEvery is how often the line on a terminal is drawn again.
const progressEvery = 100 * time.Millisecond

// progress shows how a job goes: one line that is drawn again on a terminal, a plain line for each
// finished file elsewhere (with --verbose), nothing with --quiet. It is safe for concurrent use.
type progress struct {
	w        io.Writer
	terminal bool
	lines    bool // a plain line for each finished file
	color    bool

	mu          sync.Mutex
	total, done int64 // bytes
	files, left int
	last        time.Time
	drawn       bool
}

func (a *app) newProgress() *progress {
	p := &progress{w: a.stderr, lines: a.verbose}
	if f, ok := a.stderr.(*os.File); ok && !a.quiet && a.getenv("TERM") != "dumb" {
		p.terminal = term.IsTerminal(int(f.Fd()))
	}
	p.color = p.terminal && a.getenv("NO_COLOR") == ""
	return p
}

// start adds a file of so many bytes (0 when unknown) to what is to be done.
func (p *progress) start(size int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.total += size
	p.files++
	p.left++
	p.draw(false)
}

// advance says that n more bytes are there.
func (p *progress) advance(n int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done += n
	p.draw(false)
}

// finish says that a file is there, whole.
func (p *progress) finish(name string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.left--
	if p.lines {
		p.clear()
		fmt.Fprintf(p.w, "fetched %s\n", printable(name))
	}
	p.draw(true)
}

// stop takes the line away.
func (p *progress) stop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.clear()
}

func (p *progress) clear() {
	if p.drawn {
		fmt.Fprint(p.w, "\r\x1b[K")
		p.drawn = false
	}
}

func (p *progress) draw(now bool) {
	if !p.terminal || !now && time.Since(p.last) < progressEvery {
		return
	}
	p.last = time.Now()
	p.drawn = true
	const width = 24
	filled := 0
	if p.total > 0 {
		filled = int(min(p.done*width/p.total, width))
	}
	bar := strings.Repeat("━", filled) + strings.Repeat("┄", width-filled)
	if p.color {
		bar = "\x1b[32m" + bar + "\x1b[0m"
	}
	fmt.Fprintf(p.w, "\r\x1b[Kfetching %s %d/%d files, %s of %s", bar, p.files-p.left, p.files, megabytes(p.done), megabytes(p.total))
}

// megabytes is a size as people read it; 1 MB is 1,000,000 bytes.
func megabytes(n int64) string {
	if n < 1_000_000 {
		return fmt.Sprintf("%.0f kB", float64(n)/1e3)
	}
	return fmt.Sprintf("%.1f MB", float64(n)/1e6)
}

// step says what is begun that takes long: on a terminal, and elsewhere with --verbose.
func (a *app) step(format string, args ...any) {
	f, ok := a.stderr.(*os.File)
	if !a.quiet && (a.verbose || ok && term.IsTerminal(int(f.Fd()))) {
		fmt.Fprintln(a.stderr, printable(fmt.Sprintf(format, args...)))
	}
}
