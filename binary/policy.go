package binary

import (
	"strconv"
	"strings"

	"github.com/ofiuco/ofiuco/pypa/tag"
)

// glibcSet is the set of versions that glibc gives its symbols.
const glibcSet = "GLIBC"

// baseline are the highest versions that every Linux with a glibc has of the libraries beside it (PEP 600, as the
// policies of auditwheel 6 put it: what all distributions with that glibc have in common).
type baseline struct {
	glibc int // 2.glibc
	sets  map[string]string
}

// baselines are in the order of their glibc. A glibc between two of them has what the older one has.
var baselines = []baseline{
	{5, map[string]string{"GLIBCXX": "3.4.8", "CXXABI": "1.3.1", "GCC": "4.2.0"}},
	{12, map[string]string{"GLIBCXX": "3.4.13", "CXXABI": "1.3.3", "GCC": "4.5.0", "ZLIB": "1.2.2.4"}},
	{17, map[string]string{"GLIBCXX": "3.4.19", "CXXABI": "1.3.7", "GCC": "4.8.0", "ZLIB": "1.2.5.2"}},
	{24, map[string]string{"GLIBCXX": "3.4.22", "CXXABI": "1.3.10", "GCC": "4.8.0", "ZLIB": "1.2.5.2", "LIBATOMIC": "1.2"}},
	{26, map[string]string{"GLIBCXX": "3.4.24", "CXXABI": "1.3.11", "GCC": "7.0.0", "ZLIB": "1.2.5.2", "LIBATOMIC": "1.2"}},
	{27, map[string]string{"GLIBCXX": "3.4.24", "CXXABI": "1.3.11", "GCC": "7.0.0", "ZLIB": "1.2.9", "LIBATOMIC": "1.2"}},
	{31, map[string]string{"GLIBCXX": "3.4.28", "CXXABI": "1.3.12", "GCC": "7.0.0", "ZLIB": "1.2.9", "LIBATOMIC": "1.2"}},
	{34, map[string]string{"GLIBCXX": "3.4.29", "CXXABI": "1.3.13", "GCC": "11.0", "ZLIB": "1.2.9", "LIBATOMIC": "1.2"}},
	{35, map[string]string{"GLIBCXX": "3.4.30", "CXXABI": "1.3.13", "GCC": "12.0.0", "ZLIB": "1.2.9", "LIBATOMIC": "1.2"}},
	{37, map[string]string{"GLIBCXX": "3.4.30", "CXXABI": "1.3.13", "GCC": "12.0.0", "ZLIB": "1.2.12", "LIBATOMIC": "1.2"}},
	{39, map[string]string{"GLIBCXX": "3.4.33", "CXXABI": "1.3.15", "GCC": "14.0.0", "ZLIB": "1.2.12", "LIBATOMIC": "1.2"}},
}

// On x86_64 the baseline of glibc 2.26 is that of 2.24: SUSE Linux 15 came with GCC 7, others did not.
const laggingArch, laggingGlibc = "x86_64", 26

// oddSets are versions that no number orders, by the glibc of the first baseline that has them.
var oddSets = map[string]int{
	"CXXABI_TM": 17, "CXXABI_FLOAT128": 24, "CXXABI_LDBL": 17, "CXXABI_ARM": 17, "CXXABI_IEEE128": 34,
	"GLIBC_ABI_DT_RELR": 36,
}

// longDoubleSets are versions of libstdc++ for the long doubles of ppc64le and s390x; their numbers are those of GLIBCXX.
var longDoubleSets = []string{"GLIBCXX_LDBL", "GLIBCXX_IEEE128"}

// glibcLibraries are the libraries that every manylinux has (PEP 600), by the glibc of the first that does.
var glibcLibraries = map[string]int{
	"libc.so.6": 0, "libm.so.6": 0, "libdl.so.2": 0, "libpthread.so.0": 0, "librt.so.1": 0, "libutil.so.1": 0, "libresolv.so.2": 0,
	"libanl.so.1": 0, "libnsl.so.1": 0, "libmvec.so.1": 24, "libgcc_s.so.1": 0, "libstdc++.so.6": 0, "libatomic.so.1": 0,
	"libz.so.1": 0, "libexpat.so.1": 12, "libglib-2.0.so.0": 0, "libgobject-2.0.so.0": 0, "libgthread-2.0.so.0": 0,
	"libGL.so.1": 0, "libX11.so.6": 0, "libXext.so.6": 0, "libXrender.so.1": 0, "libICE.so.6": 0, "libSM.so.6": 0,
}

// muslLibraries are the libraries that every musllinux has (PEP 656).
var muslLibraries = map[string]bool{"libc.so": true, "libz.so.1": true}

// desktopLibraries are those of manylinux that an image of AWS Lambda has not, though desktops do.
var desktopLibraries = map[string]bool{
	"libGL.so.1": true, "libX11.so.6": true, "libXext.so.6": true, "libXrender.so.1": true, "libICE.so.6": true, "libSM.so.6": true,
}

// driverLibraries come with a device's driver, never with a package or an image.
var driverLibraries = []string{"libcuda.so.", "libnvidia-", "libnvcuvid.so.", "libcudadebugger.so."}

// isLoader holds for glibc's program loader, whose name depends on the architecture.
func isLoader(library string) bool {
	return strings.HasPrefix(library, "ld-linux") || library == "ld64.so.1" || library == "ld64.so.2"
}

// baselineLibrary tells whether every Linux with that libc has a library, and since which glibc 2.
func baselineLibrary(library, libc string) (since int, ok bool) {
	if libc == Musl {
		return 0, muslLibraries[library] || isMuslLibc(library) || strings.HasPrefix(library, "ld-musl-")
	}
	since, ok = glibcLibraries[library]
	return since, ok || isLoader(library)
}

// isMuslLibc holds for musl under the names that Alpine and others give it.
func isMuslLibc(library string) bool {
	return library == "libc.so" || strings.HasPrefix(library, "libc.musl-")
}

func isDriver(library string) bool {
	for _, prefix := range driverLibraries {
		if strings.HasPrefix(library, prefix) {
			return true
		}
	}
	return false
}

// baselineOf is what every Linux of that architecture has with glibc 2.minor.
func baselineOf(minor int, arch string) baseline {
	found := baselines[0]
	for _, b := range baselines {
		if b.glibc <= minor && !(b.glibc == laggingGlibc && arch == laggingArch) {
			found = b
		}
	}
	return found
}

// firstGlibc is the minor version of the oldest glibc 2 whose baseline has that version; ok is false when none has.
func firstGlibc(v Version, arch string) (minor int, ok bool) {
	set := v.Set
	for _, longDouble := range longDoubleSets {
		if set == longDouble {
			set = "GLIBCXX"
		}
	}
	if minor, ok := oddSets[set]; ok {
		return minor, true
	}
	if set == glibcSet {
		minor, err := strconv.Atoi(strings.Split(strings.TrimPrefix(v.Number, "2."), ".")[0])
		return max(minor, tag.OldestGlibc(arch)), err == nil && strings.HasPrefix(v.Number, "2.")
	}
	if set == v.Library { // a library's own name as version: it has no history
		return 0, true
	}
	known := false
	for _, b := range baselines {
		highest := baselineOf(b.glibc, arch).sets[set]
		if highest != "" && compareNumbers(v.Number, highest) <= 0 && v.Number != "" {
			return max(b.glibc, tag.OldestGlibc(arch)), true
		}
		known = known || highest != ""
	}
	// Of libraries that have no table (libGL, libX11, glib), versions are not held against anything.
	return 0, !known && !strings.HasPrefix(set, glibcSet)
}
