package venv

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/ofiuco/ofiuco/interpreter"
)

// base is the interpreter that an environment points to. Its folder is the home of pyvenv.cfg: from there the
// interpreter finds its library.
//
// A name such as python3 is followed to python3.12 beside it, so that an update of the system does not put another
// Python below the environment's packages. It is followed to other folders only where the library is found from there alone:
// what package managers keep (Homebrew's Cellar) has the patch release in its path.
func base(info interpreter.Info) string {
	executable := info.BaseExecutable
	if executable == "" {
		executable = info.Executable
	}
	if absolute, err := filepath.Abs(executable); err == nil {
		executable = absolute
	}
	if info.Windows {
		return executable
	}
	beside := followBeside(executable)
	if hasLibrary(beside, info.Library) {
		return beside
	}
	for at, links := beside, 0; links < maxLinks; links++ {
		next, ok := readlink(at)
		if !ok {
			break
		}
		if at = next; hasLibrary(at, info.Library) {
			return at
		}
	}
	return beside
}

// maxLinks is how many links in a row are followed, as by the kernel.
const maxLinks = 40

// followBeside follows links that stay in their folder.
func followBeside(path string) string {
	for range maxLinks {
		next, ok := readlink(path)
		if !ok || filepath.Dir(next) != filepath.Dir(path) {
			break
		}
		path = next
	}
	return path
}

// readlink is the absolute target of a link.
func readlink(path string) (string, bool) {
	target, err := os.Readlink(path)
	if err != nil {
		return "", false
	}
	if !filepath.IsAbs(target) {
		target = filepath.Join(filepath.Dir(path), target)
	}
	return target, true
}

// hasLibrary tells whether an interpreter finds its library from its folder, as CPython looks for it.
func hasLibrary(executable, library string) bool {
	for _, lib := range [...]string{"lib", "lib64"} {
		if _, err := os.Stat(filepath.Join(filepath.Dir(filepath.Dir(executable)), lib, library, "os.py")); err == nil {
			return true
		}
	}
	return false
}

// names are those that the interpreter has in bin besides python.
func names(info interpreter.Info) []string {
	major, rest, _ := strings.Cut(info.FullVersion, ".")
	minor, _, _ := strings.Cut(rest, ".")
	prefix, number := "python", major+"."+minor
	all := []string{prefix + major, prefix + number}
	switch {
	case strings.HasPrefix(info.Python, "pypy"):
		all = append(all, "pypy", "pypy"+major, "pypy"+number)
	case strings.HasSuffix(info.Python, "t"):
		all = append(all, prefix+number+"t")
	}
	return all
}

// is64Bit tells whether pointers have 64 bits on a platform.
func is64Bit(platform string) bool {
	for _, machine := range [...]string{"x86_64", "aarch64", "arm64", "ppc64le", "ppc64", "s390x", "riscv64", "loongarch64"} {
		if strings.HasSuffix(platform, machine) {
			return true
		}
	}
	return false
}
