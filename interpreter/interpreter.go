// Package interpreter finds installed Pythons and asks them what they are.
//
// It stands beside the pipeline: a Target that the user names needs no Python at all. Only when none is named (or
// half of one, such as --python without --platform), and for a virtual environment or a build, is one looked for.
// Its rules:
//
//   - One program is run, with -I and without Python's environment variables, so that neither these nor the working
//     folder change the answer. It is given thirty seconds and may print sixty-four kilobytes.
//   - What an interpreter says of itself decides. Names of files and folders only tell which to ask first, and which
//     need not be asked: python3.9 is not started when Python 3.12 is wanted.
//   - An answer is remembered for as long as the executable, the machine's loader and the kernel are the same, so that
//     each interpreter is started once. What a shim starts depends on where and how it is called: only what it started is known.
//   - Virtual environments are asked through the interpreter that they point to.
//   - The same request finds the same interpreter: the active environment's, then what is on PATH, then what pyenv, uv
//     and Windows' py have installed, newest release first.
package interpreter

import (
	"fmt"

	"github.com/ofiuco/ofiuco/target"
)

// Info is what an interpreter says of itself.
type Info struct {
	// Executable is sys.executable: the interpreter itself where a shim was asked.
	Executable string
	// Python is the version as target.New takes it: "3.12.4", "3.13.1t", "pypy3.10.16".
	Python string
	// FullVersion is platform.python_version(), "3.12.4".
	FullVersion string
	// Platform is the newest platform tag it can run: "manylinux_2_36_x86_64", "macosx_14_0_arm64".
	Platform string
	// BaseExecutable is the interpreter that virtual environments point to: Executable, unless that is one's own. It stays
	// when the environment is removed.
	BaseExecutable string
	// BasePrefix is sys.base_prefix, the folder that the interpreter is installed in.
	BasePrefix string
	// Implementation is platform.python_implementation(), "CPython" or "PyPy".
	Implementation string
	// Library is the name of the folder that it has for its modules in lib: "python3.12", "python3.13t", "pypy3.10".
	Library string
	// CacheTag is sys.implementation.cache_tag, "cpython-312".
	CacheTag string
	// Windows tells whether environments are laid out as on Windows (os.name is "nt").
	Windows bool
}

// Target is the interpreter as a Target.
func (i Info) Target() (target.Target, error) {
	t, err := target.New(i.Python, i.Platform)
	if err != nil {
		return target.Target{}, fmt.Errorf("%s is no target: %w", i.Executable, err)
	}
	return t, nil
}
