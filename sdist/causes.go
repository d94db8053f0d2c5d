package sdist

import (
	"fmt"
	"regexp"
	"strings"
	"sync"
	"syscall"
)

const (
	memoryHint  = "Linux does this to a program when memory runs out: build with fewer compilers at once (MAX_JOBS, CMAKE_BUILD_PARALLEL_LEVEL, CARGO_BUILD_JOBS), or with more memory."
	olderPython = "The package is older than this Python: take a newer version of it, or an older Python."
	rustHint    = "Install Rust (https://rustup.rs), or choose a version of the package that has a wheel."
)

// rule tells a cause by a line that a compiler, a tool or a backend says.
type rule struct {
	form *regexp.Regexp
	// explain makes the cause of the form's groups, or says that it is none after all.
	explain func(b *Build, groups []string) (cause, bool)
}

// said is a rule for a line that says all.
func said(form, msg, hint string) rule {
	return rule{regexp.MustCompile(form), func(*Build, []string) (cause, bool) { return cause{msg: msg, hint: hint}, true }}
}

// lacks is a rule for a line whose first group that is not empty names what is missing; key makes a key of libraries of it.
func lacks(form, msg, key string) rule {
	return rule{regexp.MustCompile(form), func(b *Build, groups []string) (cause, bool) {
		name := firstOf(groups[1:])
		return cause{msg: fmt.Sprintf(msg, name), hint: b.howToGet(fmt.Sprintf(key, name))}, true
	}}
}

func firstOf(groups []string) string {
	for _, group := range groups {
		if group != "" {
			return group
		}
	}
	return ""
}

// howToGet is the hint for what is missing.
func (b *Build) howToGet(key string) string {
	hint := "Install the package of your system that has it."
	switch l, found := findLibrary(key); {
	case found:
		hint = l.install()
	case strings.HasSuffix(key, ".h"):
		hint = fmt.Sprintf("Find the package of your system that has it: apt-file search %s, or dnf provides '*/%s'", key, key)
	case strings.HasSuffix(key, ".pc"):
		hint = fmt.Sprintf("Find the package of your system that has it: apt-file search %s, or dnf provides 'pkgconfig(%s)'", key, strings.TrimSuffix(key, ".pc"))
	}
	if lookup(b.Environ, "_PYTHON_HOST_PLATFORM") != "" {
		hint += ". This build is for another platform: its libraries and headers belong into the sysroot (--sysroot)."
	}
	return hint
}

// rules are tried in order, each on all lines: from what ends a build for certain to what may only be a probe's answer.
var rules = sync.OnceValue(func() []rule { // most runs of ofiuco need none, and compiling them takes 2 ms
	return []rule{
		{regexp.MustCompile(`[Nn]o space left on device|\[Errno 28\]`), func(*Build, []string) (cause, bool) {
			return cause{msg: "no space is left on the disk", err: syscall.ENOSPC}, true
		}},
		said(`Killed signal terminated program|signal: 9, SIGKILL|virtual memory exhausted|cc1plus: out of memory|LLVM ERROR: out of memory|^MemoryError|ninja: .*signal 9`,
			"memory ran out", memoryHint),
		{regexp.MustCompile(`(no C(?:\+\+)? compiler found|no (?:C\+\+ )?cross compiler for [^:]* found[^:]*|extension modules for [^:]*): (.*)`), func(_ *Build, g []string) (cause, bool) {
			return cause{msg: "it has extension modules, and " + g[1], hint: strings.ToUpper(g[2][:1]) + g[2][1:]}, true
		}},
		{regexp.MustCompile(`['"]?\bPython\.h['"]?(?:: No such file or directory| file not found)`), func(*Build, []string) (cause, bool) {
			return cause{
				msg:  "the header Python.h of its Python is missing",
				hint: "Install it: apt-get install python3-dev, or dnf install python3-devel, or apk add python3-dev; or use a Python of uv or pyenv, which have it.",
			}, true
		}},
		{regexp.MustCompile(`longintrepr\.h: No such file|has no member named .?(?:ob_digit|use_tracing|exc_type|curexc_type|recursion_depth|tp_print|ob_shash|f_code|c_recursion_remaining)\b|too (?:few|many) arguments to function .?(?:PyCode_New|_PyLong_AsByteArray)|undeclared.*_PyGen_SetStopIterationValue|implicit declaration of function .?(?:_PyUnicode_|PyUnicode_GET_SIZE|PyEval_CallObject)`),
			func(*Build, []string) (cause, bool) {
				return cause{msg: "its C code is not for this version of Python", hint: olderPython}, true
			}},
		lacks(`fatal error: '?([^':]+\.(?:h|hh|hpp|hxx|inc)|[\w/]+)'?(?:: No such file or directory| file not found)`, "the header %s is missing", "%s"),
		lacks(`fatal error C1083: Cannot open include file: '([^']+)'`, "the header %s is missing", "%s"),
		lacks(`cannot find (-l[\w.+-]+)|unable to find library (-l[\w.+-]+)|library not found for (-l[\w.+-]+)`, "the library of the linker's option %s is missing", "%s"),
		lacks(`ld: library '([\w.+-]+)' not found`, "the library %s is missing", "-l%s"),
		lacks(`cannot find ((?:Scrt1|crt1|crti)\.o)`, "the C library's %s is missing", "%s"),
		lacks(`^(?:Error: )?(pg_config|mysql_config) executable not found`, "the program %s is missing", "%s"),
		said(`Microsoft Visual C\+\+ .* (?:is )?required`, "Microsoft's C++ compiler is missing", "Install Build Tools for Visual Studio, with the workload \"Desktop development with C++\": https://visualstudio.microsoft.com/downloads"),
		said(`Unknown compiler\(s\): \[\['?(?:gfortran|ifort|flang)|[Nn]o Fortran compiler found|No CMAKE_Fortran_COMPILER could be found|Could not locate executable gfortran`,
			"a Fortran compiler is missing", libraryOf("gfortran").install()),
		said(`Unknown compiler\(s\): \[\['(?:c\+\+|g\+\+|clang\+\+)|No CMAKE_CXX_COMPILER could be found|environment variable CXX:|command '(?:c\+\+|g\+\+|clang\+\+)' failed: No such file|unable to execute '(?:c\+\+|g\+\+|clang\+\+)'`,
			"a C++ compiler is missing", libraryOf("g++").install()),
		said(`Unknown compiler\(s\): \[\['|No CMAKE_C_COMPILER could be found|environment variable CC:|command '[^']*(?:cc|gcc|clang)' failed: No such file|unable to execute '[^']*(?:cc|gcc|clang)'|linker .(?:cc|gcc|clang). not found|error: no acceptable C compiler found`,
			"a C compiler is missing", libraryOf("cc").install()),
		{regexp.MustCompile(`the configured Python interpreter version \(([\d.]+)\) is newer than PyO3's maximum supported version \(([\d.]+)\)`), func(b *Build, g []string) (cause, bool) {
			return cause{
				msg:  fmt.Sprintf("its PyO3 knows Python up to %s, and this one is %s", g[2], g[1]),
				hint: olderPython + " Or try it with " + b.setting(`env = {PYO3_USE_ABI3_FORWARD_COMPATIBILITY = "1"}`),
			}, true
		}},
		{regexp.MustCompile(`requires? rustc ([\d.]+)|rustc ([\d.]+) or newer|lock file version .?(\d)`), func(_ *Build, g []string) (cause, bool) {
			msg := "this Rust is too old for it"
			if v := firstOf(g[1:3]); v != "" {
				msg = fmt.Sprintf("it needs Rust %s or newer", v)
			}
			return cause{msg: msg, hint: "Update Rust: rustup update stable"}, true
		}},
		{regexp.MustCompile(`the .?([\w-]+).? target may not be installed`), func(_ *Build, g []string) (cause, bool) {
			return cause{msg: "Rust has no standard library for " + g[1], hint: "Install it: rustup target add " + g[1]}, true
		}},
		said(`can't find Rust compiler|Cargo, the Rust package manager, is not installed|No such file or directory: '(?:cargo|rustc)'|(?:cargo|rustc): (?:command )?not found|Couldn't find .*cargo|rustup could not choose a version`,
			noRust.msg, noRust.hint),
		{regexp.MustCompile(networkForms), func(b *Build, _ []string) (cause, bool) {
			if b.Network {
				return cause{msg: "the network was at fault", hint: "Try again, or check the proxy (HTTPS_PROXY)."}, true
			}
			return cause{
				msg:  "it wants to download something, and builds have no network",
				hint: "Bytes that nobody has pinned would take part. To allow it all the same: " + b.setting("network = true"),
			}, true
		}},
		lacks(`No such file or directory: '([\w+-]+)'$|^(?:/\S+|\w*sh)(?:: line \d+|: \d+)?: ([\w+-]+): (?:command )?not found$|^([\w+-]+): command not found$`, "the program %s is missing", "%s"),
		lacks(`Program '([\w+-]+)(?: [^']*)?' not found or not executable|Could not find ([\w+-]+) with version`, "the program %s is missing", "%s"),
		said(`Problem with the CMake installation|CMake must be installed|Did not find CMake 'cmake'`, "the program cmake is missing", libraryOf("cmake").install()),
		said(`CMake was unable to find a build program corresponding to "?Ninja|Could not detect Ninja`, "the program ninja is missing", libraryOf("ninja").install()),
		said(`unable to detect version for|setuptools.scm was unable to detect|Failed to get the version from git|Versioning for this project requires either an sdist tarball`,
			"its version is taken from git, and the source is no repository with tags", "Lock it from a git URL or an sdist, or give the version as SETUPTOOLS_SCM_PRETEND_VERSION or PBR_VERSION."),
		said(`module 'pkgutil' has no attribute 'ImpImporter'|has no attribute 'SafeConfigParser'|cannot import name 'Mapping' from 'collections'|use_2to3 is invalid`,
			"it was written for older releases of Python and setuptools", olderPython),
		{regexp.MustCompile(`ModuleNotFoundError: No module named '([\w.]+)'`), func(b *Build, g []string) (cause, bool) { return b.missingModule(g[1]), true }},
		lacks(`Package ([\w.+-]+) was not found in the pkg-config search path|Package '([\w.+-]+)',? (?:required by '[^']*', )?not found|No package '([\w.+-]+)' found`, "pkg-config does not know the library %s", "%s.pc"),
		lacks(`Dependency "([\w.+-]+)" not found`, "the library %s is missing", "%s.pc"),
		lacks(`Could NOT find ([\w.+-]+) \(missing|Could not find a package configuration file provided by "([\w.+-]+)"`, "CMake does not find %s", "%s"),
	}
})

// networkForms are what programs say that have no network: libraries of C, Python, pip, uv, Cargo, Go, curl, git and npm.
const networkForms = `Temporary failure in name resolution|Name or service not known|nodename nor servname provided|getaddrinfo failed|getaddrinfo (?:ENOTFOUND|EAI_AGAIN)` +
	`|Network is unreachable|\[Errno 101\]|Could not resolve host|Failed to establish a new connection|dns error: ` +
	`|Network connectivity is disabled|attempting to make an HTTP request, but --offline was specified|net\.offline|as per the --offline flag|you're using offline mode|--offline. (?:was|is) (?:specified|passed)` +
	`|module lookup disabled by GOPROXY=off|ENOTCACHED|No matching distribution found for|urlopen error`

func libraryOf(key string) library {
	l, _ := findLibrary(key)
	return l
}
