package interpreter

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"
)

const (
	// patience bounds an interpreter that hangs; a cold start over a network folder takes seconds.
	patience = 30 * time.Second
	// killDelay is how long the pipes of a killed interpreter may stay open.
	killDelay = time.Second
	// maxOutput bounds what an interpreter may print: the answer is a kilobyte.
	maxOutput = 64 << 10
	// oldestMinor is the oldest Python 3 that is known here.
	oldestMinor = 8
)

//go:embed describe.py
var describe string

// Query asks an interpreter, a path or the name of a program on PATH, what it is.
func Query(ctx context.Context, path string) (Info, error) { return (&Finder{}).Query(ctx, path) }

// asking is the error of an interpreter that gave no answer, for a reason that does not name it.
func asking(path string, reason error) error {
	return fmt.Errorf("asking %s what it is: %w", path, reason)
}

// ask starts an interpreter and returns the line that it answered, JSON.
//
// No error of the system is wrapped: that a program does not run is no fault of this program's disk or network.
func ask(ctx context.Context, path string, patience time.Duration) ([]byte, error) {
	limited, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	cmd := exec.CommandContext(limited, path, "-I", "-c", describe)
	cmd.Env = environ(os.Environ())
	cmd.WaitDelay = killDelay
	ownGroup(cmd)
	stdout, stderr := &limitedBuffer{full: cancel}, &limitedBuffer{full: cancel}
	cmd.Stdout, cmd.Stderr = stdout, stderr
	err := cmd.Run()
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case stdout.over || stderr.over:
		return nil, fmt.Errorf("it is no Python: it printed more than %d KB", maxOutput>>10)
	case limited.Err() != nil:
		return nil, fmt.Errorf("it gave no answer in %s", patience)
	case err != nil:
		return nil, didNotRun(err, stderr.kept)
	}
	line := lastLine(stdout.kept)
	if !strings.HasPrefix(line, "{") {
		return nil, fmt.Errorf("it is no Python: it answered %.200q", line)
	}
	return []byte(line), nil
}

// didNotRun is why a program that could not be run, or failed, is not what was hoped for.
func didNotRun(err error, stderr []byte) error {
	last := lastLine(stderr)
	var exit *exec.ExitError
	switch {
	case !errors.As(err, &exit):
		var failed *os.PathError
		if errors.As(err, &failed) {
			err = failed.Err // its path is in the message already
		}
		return fmt.Errorf("it does not run: %v", err)
	case bytes.Contains(stderr, []byte("Unknown option: -I")): // which came with Python 3.4
		return fmt.Errorf("it is Python 2 or as old: Python 3.%d or newer is needed", oldestMinor)
	case last == "":
		return fmt.Errorf("it is no Python that works: %v", exit)
	}
	return fmt.Errorf("it is no Python that works: %v: %.200q", exit, last)
}

// environ is the environment without what changes how Python starts.
func environ(all []string) []string {
	kept := make([]string, 0, len(all)+1)
	for _, pair := range all {
		if !strings.HasPrefix(pair, "PYTHON") && !strings.HasPrefix(pair, "__PYVENV_LAUNCHER__=") {
			kept = append(kept, pair)
		}
	}
	// Without it, a Python that was built for macOS 10 is told that newer ones are macOS 10.16.
	return append(kept, "SYSTEM_VERSION_COMPAT=0")
}

// limitedBuffer keeps what fits, and says when something does not.
type limitedBuffer struct {
	kept []byte
	over bool
	full func()
}

func (b *limitedBuffer) Write(data []byte) (int, error) {
	fits := min(len(data), maxOutput-len(b.kept))
	b.kept = append(b.kept, data[:fits]...)
	if fits < len(data) {
		b.over = true
		b.full()
	}
	return len(data), nil
}

func lastLine(b []byte) string {
	text := strings.TrimSpace(string(b))
	return text[strings.LastIndexByte(text, '\n')+1:]
}

// answer is what describe.py prints.
type answer struct {
	Executable     pathText `json:"executable"`
	Python         string   `json:"python"`
	FullVersion    string   `json:"full_version"`
	Platform       string   `json:"platform"`
	BaseExecutable pathText `json:"base_executable"`
	BasePrefix     pathText `json:"base_prefix"`
	Implementation string   `json:"implementation"`
	Library        string   `json:"library"`
	CacheTag       string   `json:"cache_tag"`
	Windows        bool     `json:"windows"`
}

// pathText is a path that is no UTF-8 where the file system's names are none: each character stands for a byte.
type pathText string

// UnmarshalJSON puts the bytes back.
func (p *pathText) UnmarshalJSON(data []byte) error {
	var text string
	if err := json.Unmarshal(data, &text); err != nil {
		return err
	}
	path := make([]byte, 0, len(text))
	for _, r := range text {
		if r > 0xff {
			return fmt.Errorf("%q stands for no byte", r)
		}
		path = append(path, byte(r))
	}
	*p = pathText(path)
	return nil
}

// readAnswer refuses what is too old, and other implementations of Python than those that targets know.
func readAnswer(line []byte) (Info, error) {
	var a answer
	if err := json.Unmarshal(line, &a); err != nil || a.FullVersion == "" || a.Python == "" || a.Library == "" && !a.Windows {
		return Info{}, fmt.Errorf("it is no Python: it answered %.200q", line)
	}
	major, minor, ok := release(a.FullVersion)
	switch {
	case !ok:
		return Info{}, fmt.Errorf("it is no Python: it says that its version is %.200q", a.FullVersion)
	case major < 3 || major == 3 && minor < oldestMinor:
		return Info{}, fmt.Errorf("it is Python %s: Python 3.%d or newer is needed", a.FullVersion, oldestMinor)
	case a.Implementation != "CPython" && a.Implementation != "PyPy":
		return Info{}, fmt.Errorf("it is %.100q: only CPython and PyPy are known here", a.Implementation)
	}
	return Info{
		Executable: string(a.Executable), Python: a.Python, FullVersion: a.FullVersion, Platform: a.Platform,
		BaseExecutable: string(a.BaseExecutable), BasePrefix: string(a.BasePrefix), Implementation: a.Implementation,
		Library: a.Library, CacheTag: a.CacheTag, Windows: a.Windows,
	}, nil
}
