package interpreter

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/ofiuco/ofiuco/pypa/version"
)

// request is what a Python is asked for by, but for a path.
type request struct {
	text       string // "" for any Python
	origin     string // the .python-version that asks, "" for who called
	name       string // of a program on PATH; "" when a version is asked for
	isVersion  bool   // a version, not specifiers: then the implementation and the build are asked for too
	pypy       bool
	threaded   bool // a free-threaded build
	specifiers version.Specifiers
	minors     map[[2]int]bool // what mayBe found out
}

// newestMinor bounds the names that are looked for on PATH: the versions of the next years.
const newestMinor = 20

const requestForms = `want a version ("3.12", "3.12.4", "3.13t", "pypy3.10"), specifiers (">=3.11,<3.13"), a name on PATH or a path`

// versionRequest has the implementation, the three numbers, what marks a free-threaded build, and what pyenv and uv add in the
// names of their folders: pypy3.10-7.3.12, cpython-3.12.4-linux-x86_64-gnu, 3.14-dev.
var versionRequest = regexp.MustCompile(
	`^(?i:(python|cpython|pypy|cp|pp)[-@]?)?(\d)(?:\.?(\d{1,3}))?(?:\.(\d{1,3}(?:(?:a|b|rc)\d{1,3})?))?(t|\+freethreaded)?(-[\w.+-]+)?$`)

// parseRequest reads a request that is no path.
func parseRequest(text string) (*request, error) {
	r := &request{text: text}
	if text == "" {
		return r, nil
	}
	if strings.ContainsAny(text[:1], "<>=!~") {
		var err error
		if r.specifiers, err = version.ParseSpecifiers(text); err != nil {
			return nil, fmt.Errorf("the Python %q: %w", text, err)
		}
		return r, nil
	}
	if strings.EqualFold(text, "pypy") {
		r.pypy, r.isVersion, r.name = true, true, "pypy"
		return r, nil
	}
	found := versionRequest.FindStringSubmatch(text)
	if found == nil || found[6] != "" && found[1] == "" && found[6] != "-dev" {
		if strings.ContainsAny(text, " \t\r\n,;<>=") || text[0] == '-' {
			return nil, fmt.Errorf("%q names no Python: %s", text, requestForms)
		}
		r.name = text
		return r, nil
	}
	implementation := strings.ToLower(found[1])
	if implementation == "python" || implementation == "pypy" {
		r.name = strings.ToLower(text) // if there is no such program, any of that version will do
	}
	r.isVersion, r.pypy, r.threaded = true, implementation == "pypy" || implementation == "pp", found[5] != ""
	specifier := "==" + found[2]
	switch {
	case found[4] != "":
		specifier += "." + found[3] + "." + found[4]
	case found[3] != "":
		specifier += "." + found[3] + ".*"
	default:
		specifier += ".*"
	}
	var err error
	r.specifiers, err = version.ParseSpecifiers(specifier)
	return r, err
}

// String is the request as messages name it.
func (r *request) String() string {
	if r.origin == "" {
		return fmt.Sprintf("%q", r.text)
	}
	return fmt.Sprintf("%q of %s", r.text, r.origin)
}

// isAny tells whether no version is asked for.
func (r *request) isAny() bool { return !r.isVersion && r.specifiers.IsZero() }

// check is why an interpreter is not what is asked for.
func (r *request) check(info Info) error {
	v, err := version.Parse(info.FullVersion)
	if err != nil {
		return fmt.Errorf("it is Python %q, which is no version", info.FullVersion)
	}
	what := info.Implementation + " " + info.FullVersion
	threaded := strings.HasSuffix(info.Python, "t")
	switch {
	case !r.specifiers.Contains(v), r.isVersion && r.pypy != (info.Implementation == "PyPy"):
		return fmt.Errorf("it is %s", what)
	case r.isVersion && threaded && !r.threaded:
		return fmt.Errorf("it is a free-threaded build of %s, which is asked for with a %q behind the version", what, "t")
	case r.isVersion && !threaded && r.threaded:
		return fmt.Errorf("it is %s, but no free-threaded build", what)
	}
	return nil
}

// mayBe tells whether some release of a minor version can be what is asked for.
func (r *request) mayBe(major, minor int) bool {
	key := [2]int{major, minor}
	answer, known := r.minors[key]
	if !known {
		if answer = r.findRelease(major, minor); r.minors == nil {
			r.minors = map[[2]int]bool{}
		}
		r.minors[key] = answer
	}
	return answer
}

// newestPatch bounds the releases of a minor version: CPython makes them for five years.
const newestPatch = 50

func (r *request) findRelease(major, minor int) bool {
	// Pre-releases are few, and only met by who names one.
	for s := range r.specifiers.All() {
		if strings.ContainsAny(s.Version(), "abrcdev") {
			return true
		}
	}
	for patch := range newestPatch {
		v, err := version.Parse(fmt.Sprintf("%d.%d.%d", major, minor, patch))
		if err == nil && r.specifiers.Contains(v) {
			return true
		}
	}
	return false
}

// programName is what interpreters are called: python3.12, python3.13t, pypy3.10, python.exe.
var programName = regexp.MustCompile(`^(python|pypy)(\d)?(?:\.(\d{1,3}))?(t)?(?:\.exe)?$`)

// excludes tells, from a program's name alone, that it is not what is asked for.
func (r *request) excludes(program string) bool {
	found := programName.FindStringSubmatch(program)
	if found == nil || r.isAny() || found[3] == "" {
		return false
	}
	major, _ := strconv.Atoi(found[2])
	minor, _ := strconv.Atoi(found[3])
	return !r.mayBe(major, minor) || r.isVersion && (r.pypy != (found[1] == "pypy") && found[1] == "pypy" || found[4] != "" && !r.threaded)
}

// release is the first two numbers of a version.
func release(text string) (major, minor int, ok bool) {
	v, err := version.Parse(text)
	if err != nil {
		return 0, 0, false
	}
	numbers := append(v.Release(), "0")
	major, errMajor := strconv.Atoi(numbers[0])
	minor, errMinor := strconv.Atoi(numbers[1])
	return major, minor, errMajor == nil && errMinor == nil
}
