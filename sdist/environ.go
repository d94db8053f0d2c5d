package sdist

import (
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"

	"github.com/ofiuco/ofiuco/pypa/version"
)

// epoch is SOURCE_DATE_EPOCH: 1980-01-01, the first time that a zip can tell, in seconds. One value for all sources
// makes it the same however a source was brought.
const epoch = "315532800"

// fixed are the variables that every build gets.
var fixed = []string{
	"LANG=C.UTF-8", "LC_ALL=C.UTF-8", "TZ=UTC", "SOURCE_DATE_EPOCH=" + epoch, "TERM=dumb", "NO_COLOR=1",
	"PYTHONHASHSEED=0", "PYTHONDONTWRITEBYTECODE=1", "PYTHONNOUSERSITE=1", "PYTHONUNBUFFERED=1",
	// What a backend runs has no settings of the user's either. git trusts a tree whoever owns it, which it
	// otherwise does not when root builds what another user unpacked.
	"PIP_CONFIG_FILE=" + os.DevNull, "PIP_DISABLE_PIP_VERSION_CHECK=1", "UV_NO_CONFIG=1",
	"GIT_CONFIG_GLOBAL=" + os.DevNull, "GIT_CONFIG_NOSYSTEM=1", "GIT_TERMINAL_PROMPT=0",
	"GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=safe.directory", "GIT_CONFIG_VALUE_0=*",
}

// offline makes programs that know of it say at once that there is no network, with words that name the cause.
var offline = []string{"PIP_NO_INDEX=1", "UV_OFFLINE=1", "CARGO_NET_OFFLINE=true", "GOPROXY=off", "GOTOOLCHAIN=local", "npm_config_offline=true"}

// windowsPassed are variables of the host without which programs do not run on Windows, or Visual Studio is not found.
var windowsPassed = []string{
	"SystemRoot", "SystemDrive", "ComSpec", "PATHEXT", "windir", "NUMBER_OF_PROCESSORS", "PROCESSOR_ARCHITECTURE",
	"ProgramData", "ProgramFiles", "ProgramFiles(x86)", "ProgramW6432", "CommonProgramFiles", "CommonProgramFiles(x86)",
	"VSINSTALLDIR", "VCINSTALLDIR", "VCToolsInstallDir", "VCToolsVersion", "VisualStudioVersion", "VSCMD_ARG_TGT_ARCH",
	"WindowsSdkDir", "WindowsSDKVersion", "UniversalCRTSdkDir", "UCRTVersion", "INCLUDE", "LIB", "LIBPATH", "DISTUTILS_USE_SDK", "MSSdk",
}

// networkPassed are variables of the host that a build with network gets.
var networkPassed = []string{
	"http_proxy", "https_proxy", "all_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY",
	"SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "PIP_CERT", "CARGO_HTTP_CAINFO",
}

// environ is all that the build has in its environment.
func (b *Build) environ(seen view, level isolation) []string {
	var env []string
	pass := func(names []string) {
		for _, name := range names {
			if value := b.getenv(name); value != "" {
				env = append(env, name+"="+value)
			}
		}
	}
	if runtime.GOOS == "windows" {
		pass(windowsPassed)
	}
	env = append(env, fixed...)
	home, temp := seen.path(b.scratch(homeFolder)), seen.path(b.scratch(tempFolder))
	for _, name := range []string{"HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA"} {
		env = append(env, name+"="+home)
	}
	for _, name := range []string{"TMPDIR", "TEMP", "TMP"} {
		env = append(env, name+"="+temp)
	}
	// A repository around the store or the project is not the source's.
	env = append(env, "GIT_CEILING_DIRECTORIES="+filepath.Dir(seen.path(b.root())))
	if b.Network {
		pass(networkPassed)
	} else {
		env = append(env, offline...)
	}
	env = append(env, b.versions()...)
	env = append(env, b.Environ...)
	if !level.paths && !b.Editable && runtime.GOOS != "windows" {
		env = b.mapPaths(env)
	}
	return append(env, b.path(env, seen))
}

func (b *Build) getenv(name string) string {
	if b.Getenv == nil {
		return os.Getenv(name)
	}
	return b.Getenv(name)
}

// lookup finds the value of a variable, of which the last holds.
func lookup(env []string, name string) (value string) {
	for _, variable := range env {
		if rest, ok := strings.CutPrefix(variable, name+"="); ok {
			value = rest
		}
	}
	return value
}

// path is PATH: the toolchain's programs, the environment's, then the caller's if there are any, else the host's.
func (b *Build) path(env []string, seen view) string {
	dirs := []string{filepath.Dir(seen.path(b.Python))}
	if b.Bin != "" {
		dirs = append([]string{b.Bin}, dirs...)
	}
	rest := lookup(env, "PATH")
	if rest == "" {
		rest = b.getenv("PATH")
	}
	for _, dir := range filepath.SplitList(rest) {
		if filepath.IsAbs(dir) {
			dirs = append(dirs, dir)
		}
	}
	return "PATH=" + strings.Join(dirs, string(filepath.ListSeparator))
}

// mapPaths tells compilers to write the paths that a build has with a view, where it has none. Rust's flags are those of
// the setting that a project's own flags override, since some do not build without theirs.
func (b *Build) mapPaths(env []string) []string {
	flags := map[string]string{"CFLAGS": " -ffile-prefix-map=", "CXXFLAGS": " -ffile-prefix-map=", "CARGO_BUILD_RUSTFLAGS": " --remap-path-prefix="}
	for _, name := range []string{"CFLAGS", "CXXFLAGS", "CARGO_BUILD_RUSTFLAGS"} {
		value := lookup(env, name)
		for _, folder := range b.folders("") {
			if !strings.ContainsAny(folder.real, " \t\"'\\$=") {
				value += flags[name] + folder.real + "=" + folder.seen
			}
		}
		if value = strings.TrimSpace(value); value != "" {
			env = append(env, name+"="+value)
		}
	}
	return env
}

// separators are what setuptools-scm makes an underscore of in a project's name.
var separators = regexp.MustCompile(`[-_.]+`)

// versions tells the version to what would ask git for it, where the tree is no sdist, which knows its version.
func (b *Build) versions() []string {
	if b.Version == (version.Version{}) {
		return nil
	}
	if _, err := os.Stat(filepath.Join(b.Dir, "PKG-INFO")); err == nil {
		return nil
	}
	v := b.Version.String()
	told := []string{
		"SETUPTOOLS_SCM_PRETEND_VERSION=" + v, // hatch-vcs, scikit-build-core and older releases do not give a name
		"PBR_VERSION=" + v, "PDM_BUILD_SCM_VERSION=" + v,
		"POETRY_DYNAMIC_VERSIONING_BYPASS=" + v, "UV_DYNAMIC_VERSIONING_BYPASS=" + v,
	}
	if b.Name != "" {
		n := strings.ToUpper(separators.ReplaceAllString(b.Name.String(), "_"))
		told = append(told, "SETUPTOOLS_SCM_PRETEND_VERSION_FOR_"+n+"="+v)
	}
	return told
}
