// Package locktool has the tool that a lock file is written by, Poetry or uv, write it anew.
//
// The tool is the user's own, of any version, and runs in the folder of pyproject.toml with the user's environment: it asks the
// indexes with the user's credentials, from the user's caches.
package locktool

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/ofiuco/ofiuco/internal/atomicfile"
)

// Versions says what becomes of the versions that the lock has.
type Versions string

const (
	AsTool Versions = ""       // what the tool does when it is told nothing
	Keep   Versions = "keep"   // they stay where they fit
	Newest Versions = "newest" // every package gets the newest that fits
)

// separator, among the arguments, has what follows it be a whole command of the tool.
const separator = "--"

// tool is what is known of a program.
type tool struct {
	lock string // the name of its lock file
	// flags are those for Versions; nil when it has to be asked for its version first.
	flags   map[Versions][]string
	install string
}

var tools = map[string]tool{
	"poetry": {lock: "poetry.lock", install: "pipx install poetry"},
	"uv":     {lock: "uv.lock", flags: map[Versions][]string{Newest: {"--upgrade"}}, install: "pipx install uv"},
}

// Poetry 2 keeps versions unless it is told otherwise, Poetry 1 the other way round.
var (
	poetry1 = map[Versions][]string{Keep: {"--no-update"}}
	poetry2 = map[Versions][]string{Newest: {"--regenerate"}}
)

// Job is one run of a tool.
type Job struct {
	Tool      string // "poetry" or "uv"
	Program   string // its path; "" has it looked for in PATH
	Pyproject string // path of pyproject.toml
	// Lock is the path of the lock file. Where it is not the tool's own, beside Pyproject, the tool works on a copy
	// there. An empty file stands for none.
	Lock     string
	Versions Versions
	// Args are added to the tool's command `lock`. What follows "--" in them is run in its place.
	Args           []string
	Stdin          io.Reader
	Stdout, Stderr io.Writer
}

// Run runs the tool. The error wraps an *exec.ExitError when the tool has failed, and has said why itself.
func (j *Job) Run(ctx context.Context) (err error) {
	known, ok := tools[j.Tool]
	if !ok {
		return fmt.Errorf("%q is no tool that writes locks: want poetry or uv", j.Tool)
	}
	if base := filepath.Base(j.Pyproject); base != "pyproject.toml" {
		return fmt.Errorf("%s reads pyproject.toml, not %q", j.Tool, base)
	}
	program, err := j.program(known)
	if err != nil {
		return err
	}
	args, err := j.arguments(ctx, known, program)
	if err != nil {
		return err
	}
	restore, err := j.place(filepath.Join(filepath.Dir(j.Pyproject), known.lock))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, restore()) }()
	if err := j.command(ctx, program, args).Run(); err != nil {
		return fmt.Errorf("running %s %s: %w", j.Tool, strings.Join(args, " "), err)
	}
	return nil
}

func (j *Job) command(ctx context.Context, program string, args []string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir = filepath.Dir(j.Pyproject)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = j.Stdin, j.Stdout, j.Stderr
	return cmd
}

func (j *Job) program(known tool) (string, error) {
	name := j.Program
	if name == "" {
		name = j.Tool
	}
	found, err := exec.LookPath(name)
	if err == nil {
		found, err = filepath.Abs(found)
	}
	if err != nil {
		return "", fmt.Errorf("looking for %s: %w: install it (%s), or name its program", j.Tool, err, known.install)
	}
	return found, nil
}

// arguments are those of the tool's command.
func (j *Job) arguments(ctx context.Context, known tool, program string) ([]string, error) {
	if i := slices.Index(j.Args, separator); i >= 0 {
		return j.Args[i+1:], nil
	}
	flags := known.flags
	if flags == nil && j.Versions != AsTool {
		major, err := j.major(ctx, program)
		if err != nil {
			return nil, err
		}
		flags = poetry2
		if major == "0" || major == "1" {
			flags = poetry1
		}
	}
	return slices.Concat([]string{"lock"}, flags[j.Versions], j.Args), nil
}

var majorVersion = regexp.MustCompile(`\b(\d+)\.\d`)

// major is the first number of the tool's version.
func (j *Job) major(ctx context.Context, program string) (string, error) {
	cmd := j.command(ctx, program, []string{"--version"})
	cmd.Stdin, cmd.Stdout = nil, nil
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("asking %s for its version: %w", j.Tool, err)
	}
	found := majorVersion.FindSubmatch(out)
	if found == nil {
		return "", fmt.Errorf("asking %s for its version: it answers %q", j.Tool, out)
	}
	return string(found[1]), nil
}

// place puts the lock where the tool has it. restore is to be called after the run: it puts the lock back where it belongs, and
// an empty one that the tool did not replace is empty again.
func (j *Job) place(usual string) (restore func() error, err error) {
	old, err := os.ReadFile(j.Lock)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("reading the lock: %w", err)
	}
	there := err == nil
	lockInfo, _ := os.Stat(j.Lock)
	usualInfo, err := os.Lstat(usual)
	if err == nil && usualInfo.Mode()&fs.ModeSymlink != 0 {
		usualInfo, err = os.Stat(usual)
	}
	inPlace := filepath.Clean(usual) == filepath.Clean(j.Lock) || err == nil && there && os.SameFile(lockInfo, usualInfo)
	if !inPlace && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s writes %s, which is there and not the lock %s: name that one as lock, or remove it", j.Tool, usual, j.Lock)
	}
	if inPlace {
		if !there || len(old) > 0 {
			return func() error { return nil }, nil
		}
		if err := os.Remove(j.Lock); err != nil {
			return nil, err
		}
		return func() error { return j.writeMissing(old) }, nil
	}
	if len(old) > 0 {
		if err := atomicfile.WriteFile(usual, old, 0o666); err != nil {
			return nil, fmt.Errorf("copying the lock: %w", err)
		}
	}
	return func() error { return moveBack(usual, j.Lock) }, nil
}

func (j *Job) writeMissing(data []byte) error {
	if _, err := os.Stat(j.Lock); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return os.WriteFile(j.Lock, data, 0o666)
}

// moveBack writes what the tool has made of the copy into the lock.
func moveBack(usual, lock string) error {
	data, err := os.ReadFile(usual)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // the tool failed before it wrote one
	}
	if err != nil {
		return err
	}
	// Bazel's lock may be a link to the file in the workspace, which stays one.
	if target, err := filepath.EvalSymlinks(lock); err == nil {
		lock = target
	}
	if err := atomicfile.WriteFile(lock, data, 0o666); err != nil {
		return fmt.Errorf("writing the lock: %w", err)
	}
	return os.Remove(usual)
}
