package marker

import (
	"strings"

	"github.com/ofiuco/ofiuco/pypa/name"
)

// Environment is what a marker is evaluated against: the variables of PEP 508 and PEP 751. A value
// that is not known is "".
type Environment struct {
	ImplementationName           string // "cpython"
	ImplementationVersion        string // "3.12.4"
	OSName                       string // "posix", "nt"
	PlatformMachine              string // "x86_64", "aarch64", "arm64", "AMD64"
	PlatformPythonImplementation string // "CPython"
	PlatformRelease              string // the kernel's release
	PlatformSystem               string // "Linux", "Darwin", "Windows"
	PlatformVersion              string // the kernel's build
	PythonFullVersion            string // "3.12.4"
	PythonVersion                string // "3.12"
	SysPlatform                  string // "linux", "darwin", "win32"

	Extra                    string      // the one extra of PEP 508's `extra`, in any spelling
	Extras, DependencyGroups []name.Name // the sets of PEP 751
}

// variable is one of the names that a marker may ask for.
type variable uint8

const (
	unknown variable = iota // only of a literal that stands where a variable should
	implementationName
	implementationVersion
	osName
	platformMachine
	platformPythonImplementation
	platformRelease
	platformSystem
	platformVersion
	pythonFullVersion
	pythonVersion
	sysPlatform
	extra
	extras
	dependencyGroups
)

var variableNames = [...]string{
	implementationName:           "implementation_name",
	implementationVersion:        "implementation_version",
	osName:                       "os_name",
	platformMachine:              "platform_machine",
	platformPythonImplementation: "platform_python_implementation",
	platformRelease:              "platform_release",
	platformSystem:               "platform_system",
	platformVersion:              "platform_version",
	pythonFullVersion:            "python_full_version",
	pythonVersion:                "python_version",
	sysPlatform:                  "sys_platform",
	extra:                        "extra",
	extras:                       "extras",
	dependencyGroups:             "dependency_groups",
}

// variableNamed finds the variable of a name as PEP 508 spells it.
func variableNamed(s string) variable {
	if s == "" {
		return unknown
	}
	for v, text := range variableNames {
		if text == s {
			return variable(v)
		}
	}
	return unknown
}

// variableSpelled also knows the old spellings, such as os.name.
func variableSpelled(s string) variable {
	switch s {
	case "os.name", "sys.platform", "platform.version", "platform.machine", "platform.python_implementation":
		return variableNamed(strings.Replace(s, ".", "_", 1))
	case "python_implementation":
		return platformPythonImplementation
	}
	return variableNamed(s)
}

func (v variable) String() string { return variableNames[v] }

// isVersion says whether the variable's comparisons are those of versions.
func (v variable) isVersion() bool {
	switch v {
	case implementationVersion, platformRelease, pythonFullVersion, pythonVersion:
		return true
	}
	return false
}

func (v variable) isSet() bool { return v == extras || v == dependencyGroups }

// variables is a set of them.
type variables uint32

func (vs variables) with(v variable) variables { return vs | 1<<v }

func (vs variables) has(v variable) bool { return v != unknown && vs&(1<<v) != 0 }

// text is the value of a variable that is no set.
func (e *Environment) text(v variable) string {
	switch v {
	case implementationName:
		return e.ImplementationName
	case implementationVersion:
		return e.ImplementationVersion
	case osName:
		return e.OSName
	case platformMachine:
		return e.PlatformMachine
	case platformPythonImplementation:
		return e.PlatformPythonImplementation
	case platformRelease:
		return e.PlatformRelease
	case platformSystem:
		return e.PlatformSystem
	case platformVersion:
		return e.PlatformVersion
	case pythonFullVersion:
		if strings.HasSuffix(e.PythonFullVersion, "+") {
			return e.PythonFullVersion + "local"
		}
		return e.PythonFullVersion
	case pythonVersion:
		return e.PythonVersion
	case sysPlatform:
		return e.SysPlatform
	case extra:
		return string(name.Normalize(e.Extra))
	}
	return ""
}

// set is the value of a variable that is one.
func (e *Environment) set(v variable) []name.Name {
	if v == extras {
		return e.Extras
	}
	return e.DependencyGroups
}
