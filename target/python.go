package target

import (
	"fmt"
	"strconv"
	"strings"
)

// python is one Python 3.
type python struct {
	minor        int
	full         string // "3.12.4", "3.15.0rc1"; "" when not given
	assumed      string // stands for full; "" is the newest patch release known
	pypy         bool
	freeThreaded bool
}

// The minor versions of Python 3 that a target can have.
const (
	oldestMinor     = 8
	newestMinor     = 15
	newestPyPyMinor = 12
	// oldestFreeThreaded is the first with free-threaded builds (PEP 703).
	oldestFreeThreaded = 13
)

const pythonForms = "want 3.12, 3.12.4, 3.13t, cp312 or pypy3.11 (CPython 3.8 to 3.15, free-threaded from 3.13 on, PyPy 3.8 to 3.12)"

// newestPatch is the newest patch release of each CPython 3 minor version, by the releases that uv 0.13.9
// knows (`uv python list --all-versions`), as of 2026-11-23.
var newestPatch = [newestMinor + 1]string{
	8:  "3.8.20",
	9:  "3.9.25",
	10: "3.10.22",
	11: "3.11.18",
	12: "3.12.16",
	13: "3.13.18",
	14: "3.14.10",
	15: "3.15.2",
}

// pypyRelease is a release of PyPy and the Python it implements.
type pypyRelease struct {
	python  string
	version string
	abi     string // the last part of its ABI tag
}

// pypyReleases are, for each minor version, the newest release of PyPy and, where an older one has another
// ABI, the newest of that; as of 2026-11-23, from the same source as newestPatch. That PyPy 8 has the
// ABI pp80 is what the names of wheels on PyPI say (pp311-pypy311_pp80).
var pypyReleases = [newestPyPyMinor + 1][]pypyRelease{
	8:  {{"3.8.16", "7.3.11", "pp73"}},
	9:  {{"3.9.19", "7.3.16", "pp73"}},
	10: {{"3.10.16", "7.3.19", "pp73"}},
	11: {{"3.11.17", "8.0.1", "pp80"}, {"3.11.16", "8.0.0", "pp80"}, {"3.11.15", "7.3.23", "pp73"}},
	12: {{"3.12.15", "8.0.1", "pp80"}, {"3.12.14", "8.0.0", "pp80"}},
}

// interpreter is the interpreter tag, with the "t" of free-threaded builds: "cp313t".
func (p python) interpreter() string {
	switch {
	case p.pypy:
		return "pp3" + strconv.Itoa(p.minor)
	case p.freeThreaded:
		return "cp3" + strconv.Itoa(p.minor) + "t"
	default:
		return "cp3" + strconv.Itoa(p.minor)
	}
}

// abi is the ABI tag of the interpreter's own extension modules.
func (p python) abi() string {
	if p.pypy {
		return "pypy3" + strconv.Itoa(p.minor) + "_" + p.pypyRelease().abi
	}
	return p.interpreter()
}

func (p python) String() string {
	switch {
	case p.pypy:
		return "PyPy 3." + strconv.Itoa(p.minor)
	case p.freeThreaded:
		return "free-threaded Python 3." + strconv.Itoa(p.minor)
	default:
		return "Python 3." + strconv.Itoa(p.minor)
	}
}

// pypyRelease is the newest release known that implements the full version or, where none does, the
// newest one older than it; of a version older than all that are known, the oldest known.
func (p python) pypyRelease() pypyRelease {
	known := pypyReleases[p.minor]
	if p.full == "" {
		return known[0]
	}
	for _, release := range known {
		if patch(release.python) <= patch(p.full) {
			return release
		}
	}
	return known[len(known)-1]
}

// patch is the third number of a full version, pre-releases left aside.
func patch(full string) int {
	_, text, _ := strings.Cut(full[len("3."):], ".")
	n, _ := strconv.Atoi(leadingDigits(text))
	return n
}

// fullVersion is platform.python_version().
func (p python) fullVersion() string {
	switch {
	case p.full != "":
		return p.full
	case p.assumed != "":
		return p.assumed
	case p.pypy:
		return p.pypyRelease().python
	default:
		return newestPatch[p.minor]
	}
}

// implementationVersion is the version of the implementation as markers have it: sys.implementation.version,
// whose release candidates are "c1" there, not "rc1", and which has no "+".
func (p python) implementationVersion() string {
	if p.pypy {
		return p.pypyRelease().version
	}
	return strings.TrimSuffix(strings.Replace(p.fullVersion(), "rc", "c", 1), "+")
}

// parseInterpreter reads the interpreter part of a target: "cp312", "cp313t", "pp311".
func parseInterpreter(s string) (python, error) {
	var p python
	rest, known := strings.CutPrefix(s, "cp3")
	if !known {
		rest, known = strings.CutPrefix(s, "pp3")
		p.pypy = known
	}
	rest, p.freeThreaded = strings.CutSuffix(rest, "t")
	minor, ok := number(rest)
	if !known || !ok {
		return python{}, fmt.Errorf("%.100q is no interpreter tag: want cp38 to cp315, cp313t to cp315t or pp38 to pp312", s)
	}
	p.minor = minor
	return p, p.check()
}

// parsePython reads --python: an interpreter tag, or a version with the implementation before it and
// what marks a free-threaded build ("t", uv's "+freethreaded") after it.
func parsePython(s string) (python, error) {
	if strings.HasPrefix(s, "cp3") || strings.HasPrefix(s, "pp3") {
		return parseInterpreter(s)
	}
	var p python
	rest := s
	for _, implementation := range []string{"pypy", "cpython", "python"} {
		if version, found := strings.CutPrefix(s, implementation); found {
			p.pypy = implementation == "pypy"
			rest = strings.TrimLeft(version, "@-")
			break
		}
	}
	rest, p.freeThreaded = strings.CutSuffix(rest, "t")
	if !p.freeThreaded {
		rest, p.freeThreaded = strings.CutSuffix(rest, "+freethreaded")
	}
	release, isPython3 := strings.CutPrefix(rest, "3.")
	minor, patch, hasPatch := strings.Cut(release, ".")
	var ok bool
	if p.minor, ok = number(minor); !ok || !isPython3 || hasPatch && !isPatch(patch) {
		return python{}, fmt.Errorf("%.100q is no Python version: %s", s, pythonForms)
	}
	if hasPatch {
		p.full = rest
	}
	return p, p.check()
}

// check refuses what does not exist, or is not known here.
func (p python) check() error {
	switch {
	case p.minor < oldestMinor || p.minor > newestMinor, p.pypy && p.minor > newestPyPyMinor:
		return fmt.Errorf("%s is not known here: %s", p, pythonForms)
	case p.freeThreaded && (p.pypy || p.minor < oldestFreeThreaded):
		return fmt.Errorf("%s has no free-threaded build: %s", python{minor: p.minor, pypy: p.pypy}, pythonForms)
	}
	return nil
}

// isPatch says whether s is the third part of a full version as platform.python_version() has it: "4",
// "0rc1", "4+" of a build between two releases.
func isPatch(s string) bool {
	s = strings.TrimSuffix(s, "+")
	digits := leadingDigits(s)
	if _, ok := number(digits); !ok {
		return false
	}
	suffix := s[len(digits):]
	if suffix == "" {
		return true
	}
	for _, kind := range []string{"a", "b", "rc"} {
		if serial, found := strings.CutPrefix(suffix, kind); found {
			_, ok := number(serial)
			return ok
		}
	}
	return false
}

// number reads a decimal number of at most three digits without needless zeros.
func number(s string) (n int, ok bool) {
	if s == "" || len(s) > 3 || s != leadingDigits(s) || s[0] == '0' && len(s) > 1 {
		return 0, false
	}
	n, err := strconv.Atoi(s)
	return n, err == nil
}

func leadingDigits(s string) string {
	n := 0
	for n < len(s) && '0' <= s[n] && s[n] <= '9' {
		n++
	}
	return s[:n]
}
