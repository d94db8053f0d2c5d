package target

import (
	"strconv"

	"github.com/ofiuco/ofiuco/pypa/marker"
)

// environment is the marker Environment of a Python on a platform (PEP 508). platform_release and
// platform_version are facts of one machine at one time, not of a target: they are "".
func environment(py python, where platform) marker.Environment {
	e := marker.Environment{
		ImplementationName:           "cpython",
		ImplementationVersion:        py.implementationVersion(),
		PlatformPythonImplementation: "CPython",
		PythonFullVersion:            py.fullVersion(),
		PythonVersion:                "3." + strconv.Itoa(py.minor),
		OSName:                       "posix",
		PlatformMachine:              where.arch,
	}
	if py.pypy {
		e.ImplementationName, e.PlatformPythonImplementation = "pypy", "PyPy"
	}
	switch where.os {
	case Linux:
		e.PlatformSystem, e.SysPlatform = "Linux", "linux"
	case MacOS:
		e.PlatformSystem, e.SysPlatform = "Darwin", "darwin"
		e.PlatformMachine = where.spelledArch()
	case Windows:
		e.OSName, e.PlatformSystem, e.SysPlatform = "nt", "Windows", "win32"
		e.PlatformMachine = windowsMachines[where.arch]
	}
	return e
}

// windowsMachines are platform.machine() on Windows: %PROCESSOR_ARCHITECTURE%.
var windowsMachines = map[string]string{"x86_64": "AMD64", "aarch64": "ARM64", "i686": "x86"}
