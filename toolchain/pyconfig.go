package toolchain

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
)

// defined is a line of pyconfig.h that decides a name, as autoconf writes it: "#define NAME value" or "/* #undef NAME */".
var defined = regexp.MustCompile(`(?m)^[ \t]*(?:#[ \t]*define[ \t]+(\w+)\b.*|/\*[ \t]*#[ \t]*undef[ \t]+(\w+)[ \t]*\*/)$`)

// facts are the names of pyconfig.h that differ between the platforms of Linux and that headers of CPython or extension
// modules read, with their values; "" is undefined. TestFacts holds them against the compilers.
func (p platform) facts() map[string]string {
	number := strconv.Itoa
	yes := func(b bool) string {
		if b {
			return "1"
		}
		return ""
	}
	word := p.pointer
	x86 := p.arch == "x86_64" || p.arch == "i686"
	longDouble, maxAlign, timeT := p.longDouble, p.maxAlign, word
	if p.musl() {
		timeT = 8
		switch p.arch {
		case "ppc64le":
			longDouble, maxAlign = 8, 8
		case "i686":
			maxAlign = 8
		}
	}
	return map[string]string{
		"SIZEOF_LONG": number(word), "SIZEOF_VOID_P": number(word), "SIZEOF_SIZE_T": number(word), "SIZEOF_UINTPTR_T": number(word),
		"SIZEOF_PTHREAD_T": number(word), "SIZEOF_TIME_T": number(timeT), "SIZEOF_OFF_T": "8", "SIZEOF_FPOS_T": "16",
		"SIZEOF_LONG_DOUBLE": number(longDouble), "ALIGNOF_LONG": number(word), "ALIGNOF_SIZE_T": number(word),
		"ALIGNOF_MAX_ALIGN_T": number(maxAlign), "HAVE_LARGEFILE_SUPPORT": yes(word == 4), "HAVE_GCC_UINT128_T": yes(word == 8),
		"WORDS_BIGENDIAN": yes(p.big), "DOUBLE_IS_BIG_ENDIAN_IEEE754": yes(p.big), "DOUBLE_IS_LITTLE_ENDIAN_IEEE754": yes(!p.big),
		"HAVE_GCC_ASM_FOR_X64": yes(p.arch == "x86_64"), "HAVE_GCC_ASM_FOR_X87": yes(x86),
		"X87_DOUBLE_ROUNDING": yes(p.arch == "i686"), "Py_ENABLE_SHARED": "", "PY_SUPPORT_TIER": "0",
	}
}

// retarget is a pyconfig.h with other facts. Names that it does not know stay unknown.
func retarget(header []byte, facts map[string]string) []byte {
	return defined.ReplaceAllFunc(header, func(line []byte) []byte {
		groups := defined.FindSubmatch(line)
		name := string(groups[1]) + string(groups[2])
		value, ok := facts[name]
		switch {
		case !ok:
			return line
		case value == "":
			return []byte("/* #undef " + name + " */")
		default:
			return []byte("#define " + name + " " + value)
		}
	})
}

// readPyconfig reads the pyconfig.h of the headers in include. Debian's holds nothing but the paths of others, by
// processor: then it is that of the first of the folders that has one with definitions.
func readPyconfig(include string, folders ...string) ([]byte, error) {
	var first error
	for _, folder := range append([]string{include}, folders...) {
		data, err := os.ReadFile(filepath.Join(folder, "pyconfig.h"))
		if err == nil && bytes.Contains(data, []byte("SIZEOF_LONG")) {
			return data, nil
		}
		if first == nil {
			first = err
		}
	}
	if first == nil {
		first = fmt.Errorf("pyconfig.h in %s defines nothing", include)
	}
	return nil, first
}

// multiarchFolders are where Debian has the real pyconfig.h of a Python whose headers are in include.
func multiarchFolders(include string) []string {
	found, _ := filepath.Glob(filepath.Join(filepath.Dir(include), "*-linux-*", filepath.Base(include)))
	return found
}
