package interpreter

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Finder finds interpreters. It is safe for concurrent use.
type Finder struct {
	// Getenv is the environment: PATH, VIRTUAL_ENV, HOME, PYENV_… and UV_PYTHON_INSTALL_DIR. Nil is os.Getenv.
	Getenv func(string) string
	// Cache is a folder that keeps what interpreters said of themselves; "" for none.
	Cache string
	// Prefer is an interpreter, or the folder of an environment, that Find asks before all others where no path is asked
	// for, such as the environment that is to be made anew. "" for none.
	Prefer string
	// Dir is the project's folder: the nearest .python-version in it or above says what Find takes when nothing else is
	// asked for. "" for none.
	Dir string
}

// ErrNone is the cause of Find's error where there is no Python at all.
var ErrNone = errors.New("no Python is on PATH")

func (f *Finder) getenv(name string) string {
	if f.Getenv == nil {
		return os.Getenv(name)
	}
	return f.Getenv(name)
}

// Find is the first interpreter that is what is asked for and that accepts takes; nil takes any. Asked for is
//
//   - a version, "3", "3.12", "3.12.4", "3.13t" (free-threaded), "pypy3.10", "cp312", or specifiers, ">=3.11,<3.13" (PEP 440);
//   - the name of a program on PATH, "python3.12";
//   - the path of an interpreter, or of the folder of an environment;
//   - "", what .python-version asks for, else any.
//
// The error of accepts is the reason why an interpreter is passed over. When none is left, the error lists those that were
// found with their reasons, a line each.
func (f *Finder) Find(ctx context.Context, asked string, accepts func(Info) error) (Info, error) {
	if accepts == nil {
		accepts = func(Info) error { return nil }
	}
	if path, ok := asPath(asked); ok {
		info, err := f.Query(ctx, path)
		if err != nil {
			return Info{}, err
		}
		if err := accepts(info); err != nil {
			return Info{}, fmt.Errorf("%s is not the Python that is needed: %w", path, err)
		}
		return info, nil
	}
	r, err := parseRequest(asked)
	if err != nil {
		return Info{}, err
	}
	requests := []*request{r}
	if asked == "" {
		if pins := f.pins(); len(pins) > 0 {
			requests = pins
		}
	}
	search := &search{finder: f, accepts: accepts}
	for _, r := range requests {
		info, found, err := search.run(ctx, r)
		if found || err != nil {
			return info, err
		}
	}
	return Info{}, search.none(requests[0])
}

// asPath is the interpreter that is asked for by its path, or by that of a folder.
func asPath(asked string) (string, bool) {
	info, err := os.Stat(asked)
	isFolder := err == nil && info.IsDir()
	if strings.ContainsRune(asked, '/') || strings.ContainsRune(asked, filepath.Separator) {
		if isFolder {
			if inside := executablesIn(asked); len(inside) > 0 {
				return inside[0], true
			}
		}
		return asked, true
	}
	// Without a separator it may be a version or a name on PATH as well: only an environment is meant for sure.
	if isFolder && isRegular(filepath.Join(asked, configFile)) {
		if inside := executablesIn(asked); len(inside) > 0 {
			return inside[0], true
		}
	}
	return "", false
}

func isRegular(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// search is one Find.
type search struct {
	finder  *Finder
	accepts func(Info) error
	seen    map[string]bool
	passed  []string // "path: why it was passed over"
}

// run looks for what one request asks for.
func (s *search) run(ctx context.Context, r *request) (info Info, found bool, err error) {
	s.seen = map[string]bool{}
	for path := range s.finder.candidates(ctx, r) {
		if s.repeats(path) {
			continue
		}
		if real := programBehind(path); r.excludes(filepath.Base(path)) || r.excludes(real) {
			s.pass(path, errors.New("it is "+strings.TrimSuffix(real, ".exe")+", by its name"))
			continue
		}
		info, err := s.finder.query(ctx, path)
		if ctx.Err() != nil {
			return Info{}, false, ctx.Err()
		}
		if err == nil {
			err = r.check(info)
		}
		if err == nil {
			err = s.accepts(info)
		}
		if err == nil {
			return info, true, nil
		}
		s.pass(path, err)
	}
	return Info{}, false, nil
}

// repeats tells whether an interpreter was looked at under another name. An environment's is another than the one that it
// points to.
func (s *search) repeats(path string) bool {
	key := configOf(path)
	if key == "" {
		key = path
		if real, err := filepath.EvalSymlinks(path); err == nil {
			key = real
		}
	}
	again := s.seen[key]
	s.seen[key] = true
	return again
}

// programBehind is the name of the file that a path leads to: python3.11 for /usr/bin/python3.
func programBehind(path string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	return filepath.Base(path)
}

// maxPassed bounds the lines of an error.
const maxPassed = 20

func (s *search) pass(path string, reason error) {
	line := path + ": " + strings.ReplaceAll(reason.Error(), "\n", " ")
	if !slices.Contains(s.passed, line) {
		s.passed = append(s.passed, line)
	}
}

// none is the error when nothing is left.
func (s *search) none(r *request) error {
	e := &notFound{passed: s.passed}
	install := "3.12"
	if r.isVersion {
		install = r.text
	}
	e.hint = fmt.Sprintf("install one (such as by: uv python install %s, pyenv install %s), or name the path of one", install, install)
	switch {
	case len(s.passed) == 0 && r.text == "":
		e.text = ErrNone.Error()
	case r.text == "":
		e.text = "no Python that was found will do"
	default:
		e.text = fmt.Sprintf("there is no Python %s", r)
	}
	if len(e.passed) > maxPassed {
		e.passed = append(e.passed[:maxPassed:maxPassed], fmt.Sprintf("… and %d more", len(s.passed)-maxPassed))
	}
	return e
}

// notFound is the error when no interpreter is left: a line that says so, those that were found, what to do.
type notFound struct {
	text, hint string
	passed     []string
}

func (e *notFound) Error() string {
	return strings.Join(append(append([]string{e.text}, e.passed...), e.hint), "\n")
}

// Is tells that there is no Python at all.
func (e *notFound) Is(target error) bool { return target == ErrNone && len(e.passed) == 0 }
