package binary

import (
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/ofiuco/ofiuco/internal/pytext"
	"github.com/ofiuco/ofiuco/target"
)

// module is what a file is to Python's import system by its path alone.
type module struct {
	folder, name string // folder/name.abi.so
	abi          string // "cpython-312-x86_64-linux-gnu", "abi3"; "" for a plain .so or .pyd
}

// moduleOf tells whether a path is that of an extension module: a suffix of one, in folders that can be packages.
func moduleOf(file string) (module, bool) {
	folder, base := path.Split(file)
	stem, isPYD := strings.CutSuffix(base, ".pyd")
	if !isPYD {
		var isSO bool
		if stem, isSO = strings.CutSuffix(base, ".so"); !isSO {
			return module{}, false
		}
	}
	name, abi, _ := strings.Cut(stem, ".")
	if !pytext.IsIdentifier(name) || !importable(folder) || abi == "" && !isPYD && strings.HasPrefix(name, "lib") {
		return module{}, false
	}
	return module{folder, name, abi}, true
}

// importable tells whether all folders can be packages, seen from the last folder that is on sys.path by its name.
func importable(folder string) bool {
	elements := strings.Split(strings.Trim(folder, "/"), "/")
	for i := len(elements) - 1; i >= 0; i-- {
		switch e := elements[i]; {
		case e == "site-packages" || e == "dist-packages":
			return true
		case e != "" && !pytext.IsIdentifier(e):
			return false
		}
	}
	return true
}

// isLibrary tells whether a file has the name of a library or of a module: what a program loads, and never is data.
func isLibrary(file string) bool {
	base := strings.ToLower(path.Base(file))
	return strings.HasSuffix(base, ".so") || strings.Contains(base, ".so.") || slices.Contains([]string{".dylib", ".dll", ".pyd"}, path.Ext(base))
}

// machineWords are the words by which a path says for which machine a file is. x86 is no word of x86_64.
var machineWords = sync.OnceValue(func() map[string]*regexp.Regexp {
	return map[string]*regexp.Regexp{
		"x86_64":  machineWord(`x86[_-]64|amd64|x64|linux64|win64|intel64`),
		"i686":    machineWord(`i[3-6]86|x86|ia32|linux32|win32`),
		"aarch64": machineWord(`aarch64|arm64|armv8[a-z]*`),
		"armv7l":  machineWord(`arm|arm32|armhf|armel|armv[67][a-z]*`),
		"ppc64le": machineWord(`ppc64le|powerpc64le`),
		"s390x":   machineWord(`s390x`),
		"riscv64": machineWord(`riscv64[a-z]*`),
	}
})

func machineWord(words string) *regexp.Regexp {
	return regexp.MustCompile(`(^|[^a-z0-9])(` + words + `)($|[^a-z0-9_-]|[_-]([^6]|$))`)
}

// saysMachine tells whether a file's path names one of the machines that it runs on, so that whoever loads it chooses.
func saysMachine(file string, machines []string) bool {
	for _, machine := range machines {
		if words := machineWords()[machine]; words != nil && words.MatchString(strings.ToLower(file)) {
			return true
		}
	}
	return false
}

// formatFor is the format that an operating system loads, and systemOf the system that loads a format.
var formatFor = map[target.OS]Format{target.Linux: ELF, target.MacOS: MachO, target.Windows: PE}

var withArticle = map[Format]string{ELF: "an ELF", MachO: "a Mach-O", PE: "a PE"}

var systemOf = map[Format]string{ELF: "Linux", MachO: "macOS", PE: "Windows"}
