package sdist

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"time"
)

//go:embed backend.py
var backendProgram []byte

const (
	// maxAnswer bounds what a backend answers, in bytes: a list of requirements at most.
	maxAnswer = 1 << 20
	// killDelay is how long the output of a backend may stay open after it was killed or left programs behind.
	killDelay = 5 * time.Second
)

// The files in Build.Scratch.
const (
	backendFile = "backend.py"
	requestFile = "request.json"
	answerFile  = "answer.json"
	homeFolder  = "home"
	tempFolder  = "tmp"
)

// request is what backend.py reads.
type request struct {
	Backend  string         `json:"backend"`
	Path     []string       `json:"path"`
	Hook     string         `json:"hook"`
	Output   string         `json:"output"`
	Settings map[string]any `json:"settings"`
	Answer   string         `json:"answer"`
}

// answer is what backend.py writes.
type answer struct {
	Value   json.RawMessage `json:"value"`
	Missing bool            `json:"missing"`
	Fault   *exception      `json:"fault"`
}

// exception is one of Python's.
type exception struct {
	Kind string `json:"kind"` // "import", "hook", "path"
	Type string `json:"type"`
	Name string `json:"name"` // of a module that was not found
	Text string `json:"text"`
}

// call calls a hook, and decodes what it returns. out is the folder for a wheel, "" for hooks without one.
func (b *Build) call(ctx context.Context, hook, out string, value any) (missing bool, err error) {
	for _, folder := range []string{homeFolder, tempFolder} {
		if err := os.MkdirAll(b.scratch(folder), 0o755); err != nil {
			return false, err
		}
	}
	if err := os.WriteFile(b.scratch(backendFile), backendProgram, 0o644); err != nil {
		return false, err
	}
	said := &transcript{to: b.Output}
	ended, err := b.run(ctx, hook, out, said)
	said.end()
	b.said = said.lines
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	if err != nil {
		return false, fmt.Errorf("running the build backend %s: %w", b.System.Backend, err)
	}
	a, unanswered := readAnswer(b.scratch(answerFile), value)
	if ended == nil && unanswered == nil && a.Fault == nil {
		return a.Missing, nil
	}
	return false, b.explain(&failure{hook: hook, lines: b.said, raised: a.Fault, ended: ended, unanswered: unanswered})
}

func (b *Build) scratch(file string) string { return filepath.Join(b.Scratch, file) }

// run runs backend.py with the most isolation that the host allows. ended is how it ended, unless it ended well.
func (b *Build) run(ctx context.Context, hook, out string, said io.Writer) (ended *exec.ExitError, err error) {
	levels := []isolation{{}}
	if b.level != nil {
		levels[0] = *b.level
	} else {
		levels = append(b.levels(), isolation{})
	}
	for _, level := range levels {
		cmd, err := b.command(ctx, level, hook, out)
		if err != nil {
			return nil, err
		}
		cmd.Stdout, cmd.Stderr = said, said
		err = runWhole(cmd)
		exited := errors.As(err, &ended)
		if level != (isolation{}) && ctx.Err() == nil && (err != nil && !exited || b.refused()) {
			continue
		}
		b.reached(level)
		if exited {
			return ended, nil
		}
		return nil, err
	}
	return nil, errors.ErrUnsupported // not reached: nothing forbids a program without isolation
}

// runWhole runs a command to its end, and ends the programs that it left behind in its session: that they hold its output
// open is no fault of it.
func runWhole(cmd *exec.Cmd) error {
	// Linux ends the command with the thread that started it: see endWithParent.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	err := cmd.Run()
	endGroup(cmd)
	if errors.Is(err, exec.ErrWaitDelay) {
		return nil
	}
	return err
}

// command is the program that calls a hook, and the request that it reads.
func (b *Build) command(ctx context.Context, level isolation, hook, out string) (*exec.Cmd, error) {
	seen := b.view(level, out)
	r := request{
		Backend: b.System.Backend, Path: append([]string{}, b.System.BackendPath...), Hook: hook, Settings: b.configSettings(),
		Answer: seen.path(b.scratch(answerFile)),
	}
	if out != "" {
		r.Output = seen.path(out)
	}
	if err := os.Remove(b.scratch(answerFile)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	if err := writeJSON(b.scratch(requestFile), r); err != nil {
		return nil, err
	}
	program := []string{seen.path(b.Python), seen.path(b.scratch(backendFile)), seen.path(b.scratch(requestFile))}
	cmd := exec.CommandContext(ctx, program[0], program[1:]...)
	cmd.Dir = b.Dir
	cmd.Env = b.environ(seen, level)
	cmd.WaitDelay = killDelay
	ownGroup(cmd)
	endWithParent(cmd)
	if level != (isolation{}) {
		return cmd, b.enter(cmd, level, seen)
	}
	return cmd, nil
}

// configSettings is Settings as hooks get it: a text, or a list where there are several, and None for none.
func (b *Build) configSettings() map[string]any {
	if len(b.Settings) == 0 {
		return nil
	}
	settings := make(map[string]any, len(b.Settings))
	for key, values := range b.Settings {
		if settings[key] = values; len(values) == 1 {
			settings[key] = values[0]
		}
	}
	return settings
}

func writeJSON(path string, value any) error {
	data, err := json.Marshal(value)
	if err != nil {
		return err
	}
	return os.WriteFile(path, data, 0o644)
}

// readAnswer reads what backend.py wrote, and decodes what the hook returned into value.
func readAnswer(path string, value any) (a answer, err error) {
	file, err := os.Open(path)
	if err != nil {
		return a, errors.New("it gave no answer")
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, maxAnswer+1))
	if err != nil {
		return a, err
	}
	if len(data) > maxAnswer || json.Unmarshal(data, &a) != nil {
		return a, errors.New("its answer is not to be read")
	}
	if len(a.Value) > 0 && json.Unmarshal(a.Value, value) != nil {
		return a, fmt.Errorf("it returned %.200q, which is of the wrong type", a.Value)
	}
	return a, nil
}
