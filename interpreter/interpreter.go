// Package interpreter asks an installed Python what it is.
//
// It stands beside the pipeline: a Target that the user names needs no Python at all, and only when
// none is named (or half of one, such as --python without --platform) is the host's Python asked,
// once. Its rules:
//
//   - One program is run, with -I, so that neither the environment nor the working folder changes the answer.
//   - What it answers is turned into the words of a Target; nothing else is read from the host.
package interpreter

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"time"

	"github.com/ofiuco/ofiuco/target"
)

// timeout bounds an interpreter that hangs; a cold start over a network folder takes seconds.
const timeout = 30 * time.Second

//go:embed describe.py
var describe string

// ErrNone is returned by Find when no Python is on the path.
var ErrNone = errors.New("no Python is on PATH")

// Info is what an interpreter says of itself.
type Info struct {
	Executable string `json:"executable"`
	// Python is the version as target.New takes it: "3.12.4", "3.13.1t", "pypy3.10".
	Python string `json:"python"`
	// FullVersion is platform.python_version(), "3.12.4".
	FullVersion string `json:"full_version"`
	// Platform is the newest platform tag it can run: "manylinux_2_36_x86_64", "macosx_14_0_arm64".
	Platform string `json:"platform"`
	// BaseExecutable is the interpreter that virtual environments point to: Executable, unless that is one's own.
	BaseExecutable string `json:"base_executable"`
	BasePrefix     string `json:"base_prefix"`
	// Implementation is platform.python_implementation(), "CPython".
	Implementation string `json:"implementation"`
	// Library is the name of the folder that it has for its modules in lib: "python3.12", "python3.13t", "pypy3.10".
	Library string `json:"library"`
	// CacheTag is sys.implementation.cache_tag, "cpython-312".
	CacheTag string `json:"cache_tag"`
	Windows  bool   `json:"windows"`
}

// Find is the path of the host's Python: the active virtual environment's, else python3 or python of PATH.
func Find(getenv func(string) string) (string, error) {
	if venv := getenv("VIRTUAL_ENV"); venv != "" {
		for _, name := range []string{venv + "/bin/python", venv + `\Scripts\python.exe`} {
			if path, err := exec.LookPath(name); err == nil {
				return path, nil
			}
		}
	}
	for _, name := range []string{"python3", "python"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", ErrNone
}

// Query runs the interpreter and returns what it is.
func Query(ctx context.Context, path string) (Info, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, "-I", "-c", describe)
	out, err := cmd.Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			return Info{}, fmt.Errorf("asking %s what it is: %w: %q", path, err, lastLine(exit.Stderr))
		}
		return Info{}, fmt.Errorf("asking %s what it is: %w", path, err)
	}
	var info Info
	if err := json.Unmarshal(out, &info); err != nil {
		return Info{}, fmt.Errorf("asking %s what it is: it answered %q", path, lastLine(out))
	}
	return info, nil
}

// Target is the interpreter as a Target.
func (i Info) Target() (target.Target, error) {
	t, err := target.New(i.Python, i.Platform)
	if err != nil {
		return target.Target{}, fmt.Errorf("%s is no target: %w", i.Executable, err)
	}
	return t, nil
}

func lastLine(b []byte) string {
	text := strings.TrimSpace(string(b))
	return text[strings.LastIndexByte(text, '\n')+1:]
}
