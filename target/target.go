// Package target describes one Python on one platform: what a lock is selected for.
//
// It stands between the specifications (pypa/*) and everything that depends on where the result runs.
// The marker Environment and the ordered tags of a Target come from the same few facts, so that they
// cannot disagree. Rules:
//
//   - A target is written as the newest wheel tag it can run: cp312-manylinux_2_34_aarch64,
//     cp313t-musllinux_1_2_x86_64, cp311-macosx_14_0_arm64, cp312-win_amd64, pp311-manylinux_2_28_x86_64.
//     Names from before PEP 600 (manylinux2014) are accepted and mean their PEP 600 form.
//   - Or it is a runtime, whose facts are compiled in: aws-lambda-python3.12-arm64.
//   - Or --python and --platform say the same in the words of other tools (New).
//   - linux_x86_64 alone is refused: it does not say which libc, and any guess could pick wheels that
//     crash. The bare linux_ARCH tag of a wheel fits every Linux target of its architecture, as it does for pip.
//   - CPython 3.8 to 3.15, also free-threaded from 3.13 on, and PyPy 3.8 to 3.12.
//   - What a target can't know (platform_release, platform_version) is the empty string.
//   - Nothing is read from the host.
package target

import (
	"fmt"
	"strings"
	"sync"

	"github.com/ofiuco/ofiuco/pypa/marker"
	"github.com/ofiuco/ofiuco/pypa/tag"
)

// Target is one Python on one platform: immutable, cheap to copy. Only Parse and New make a usable one.
type Target struct{ d *data }

type data struct {
	name        string
	python      python
	platform    platform
	runtime     *Runtime
	environment marker.Environment
	// ordered is made at its first use: a target that is only named costs nothing.
	ordered func() *tag.Ordered
}

// Parse reads a target in its tag form ("cp312-manylinux_2_34_aarch64") or the name of a runtime
// ("aws-lambda-python3.12-arm64"). Its errors name the valid forms.
func Parse(s string) (Target, error) {
	if t, ok := parseRuntime(s); ok {
		return t, nil
	}
	if strings.HasPrefix(s, "aws-lambda-") {
		return Target{}, fmt.Errorf("unknown runtime %.100q: one of %s", s, strings.Join(Runtimes(), ", "))
	}
	interpreter, rest, found := strings.Cut(s, "-")
	if !found {
		return Target{}, fmt.Errorf("target %.100q is not PYTHON-PLATFORM, as in %s", s, forms)
	}
	py, err := parseInterpreter(interpreter)
	if err != nil {
		return Target{}, fmt.Errorf("target %.100q: %w", s, err)
	}
	where, err := parsePlatform(rest)
	if err != nil {
		return Target{}, fmt.Errorf("target %.100q: %w", s, err)
	}
	return build(py, where, nil), nil
}

const forms = "cp312-manylinux_2_34_aarch64, cp313t-musllinux_1_2_x86_64, cp311-macosx_14_0_arm64, " +
	"cp312-win_amd64, pp311-manylinux_2_28_x86_64 or aws-lambda-python3.12-arm64"

// New makes a Target of two words that other tools know.
//
// python: "3.12", "3.12.4", "3.13t", "cp312", "pypy3.11".
//
// platform: OCI's words (linux/arm64, linux/arm/v7, darwin/arm64, windows/amd64), Rust's and uv's
// triples (aarch64-unknown-linux-gnu, x86_64-manylinux_2_28, aarch64-apple-darwin, linux, macos, windows) or
// wheel platform tags (manylinux_2_28_aarch64). A word that does not say which glibc, musl or macOS
// means the default one: see DefaultGlibc and its siblings.
func New(python, platform string) (Target, error) {
	py, err := parsePython(python)
	if err != nil {
		return Target{}, err
	}
	where, err := parsePlatformWord(platform)
	if err != nil {
		return Target{}, err
	}
	return build(py, where, nil), nil
}

func build(py python, where platform, runtime *Runtime) Target {
	d := &data{python: py, platform: where, runtime: runtime}
	d.name = py.interpreter() + "-" + where.tag()
	if runtime != nil {
		d.name = runtime.Name
	}
	d.environment = environment(py, where)
	d.ordered = sync.OnceValue(func() *tag.Ordered {
		if py.pypy {
			return tag.PyPy(py.minor, py.abi(), where.tags())
		}
		return tag.CPython(py.minor, py.freeThreaded, where.tags())
	})
	return Target{d}
}

// WithPython gives the full version ("3.12.4"), or repeats the minor one; either must agree with the target's.
func (t Target) WithPython(full string) (Target, error) {
	py, err := parsePython(full)
	if err != nil {
		return Target{}, err
	}
	// "3.13.1" says nothing of free threading and "3.11.4" nothing of PyPy, so the target's stand.
	own := t.d.python
	if py.minor != own.minor || py.freeThreaded && !own.freeThreaded || py.pypy && !own.pypy {
		return Target{}, fmt.Errorf("Python %s is not the %s of target %s", full, own, t)
	}
	if py.full == "" {
		return t, nil
	}
	own.full = py.full
	return build(own, t.d.platform, t.d.runtime), nil
}

// String is the target in its tag form, or its runtime's name. Parse reads it back, save for the full version.
func (t Target) String() string { return t.d.name }

// Environment is what markers are evaluated against. It is shared: do not change it.
func (t Target) Environment() *marker.Environment { return &t.d.environment }

// PatchAssumed says that no full version was given, so that a known one stands for it: the newest patch
// release, or of a runtime the one it was last seen with.
func (t Target) PatchAssumed() bool { return t.d.python.full == "" }

// Runtime is the managed runtime that the target names, nil when it names none. It is shared: do not change it.
func (t Target) Runtime() *Runtime { return t.d.runtime }

// Python is the minor version, "3.12".
func (t Target) Python() string { return t.d.environment.PythonVersion }

// FullPython is the full version, "3.12.4": the one given, else the one PatchAssumed speaks of.
func (t Target) FullPython() string { return t.d.environment.PythonFullVersion }

// PyPy says that the implementation is PyPy, not CPython.
func (t Target) PyPy() bool { return t.d.python.pypy }

// FreeThreaded says that the interpreter is a free-threaded build of CPython (PEP 703).
func (t Target) FreeThreaded() bool { return t.d.python.freeThreaded }

// OS is the operating system.
func (t Target) OS() OS { return t.d.platform.os }

// Arch is the processor architecture in the words of Linux, whatever the operating system:
// "x86_64", "i686", "aarch64", "armv7l", "ppc64le", "s390x", "riscv64".
func (t Target) Arch() string { return t.d.platform.arch }

// Libc is the C library of a Linux target; elsewhere it is the zero Libc.
func (t Target) Libc() Libc { return t.d.platform.libc() }

// Rank is the place of the best of tags in the target's ordered tags, 0 the best; ok is false when none fits.
func (t Target) Rank(tags []tag.Tag) (rank int, ok bool) {
	ordered := t.d.ordered()
	for _, candidate := range tags {
		if r, fits := ordered.Rank(candidate); fits && (!ok || r < rank) {
			rank, ok = r, true
		}
	}
	return rank, ok
}

// RankSet is Rank of a compressed tag set ("py2.py3-none-any"), which it does not expand.
func (t Target) RankSet(set string) (rank int, ok bool) { return t.d.ordered().RankSet(set) }

// Tags are the target's tags, best first, as a new slice.
func (t Target) Tags() []tag.Tag { return t.d.ordered().Tags() }
