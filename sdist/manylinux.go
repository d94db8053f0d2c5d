package sdist

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/ofiuco/ofiuco/binary"
	"github.com/ofiuco/ofiuco/pypa/tag"
)

// manylinuxLibraries are the libraries outside a wheel that a manylinux wheel may need (PEP 513, 571, 599 and 600). The
// loader is ld-linux*.so.N or ld64.so.N.
var manylinuxLibraries = []string{
	"libc.so.6", "libm.so.6", "libmvec.so.1", "libdl.so.2", "librt.so.1", "libpthread.so.0", "libutil.so.1", "libnsl.so.1", "libresolv.so.2",
	"libanl.so.1", "libgcc_s.so.1", "libstdc++.so.6", "libatomic.so.1", "libz.so.1", "libexpat.so.1", "libX11.so.6", "libXext.so.6",
	"libXrender.so.1", "libICE.so.6", "libSM.so.6", "libGL.so.1", "libglib-2.0.so.0", "libgobject-2.0.so.0", "libgthread-2.0.so.0",
}

// musllinuxLibraries are those of a musllinux wheel (PEP 656); musl is libc.so or libc.musl-ARCH.so.1.
var musllinuxLibraries = []string{"libc.so", "libz.so.1"}

type policy struct {
	glibc   int               // 2.glibc
	symbols map[string]string // the newest version by set
}

// policies are what a manylinux platform has of the libraries that come with its compiler: the newest version of each set
// of symbols that its oldest distribution knows. They are facts of the distributions, as auditwheel 6 lists them.
var policies = []policy{
	{5, map[string]string{"GCC": "4.2.0", "GLIBCXX": "3.4.8", "CXXABI": "1.3.1", "ZLIB": "0", "LIBATOMIC": "0"}},
	{12, map[string]string{"GCC": "4.3.0", "GLIBCXX": "3.4.13", "CXXABI": "1.3.3", "ZLIB": "1.2.2.4", "LIBATOMIC": "0"}},
	{17, map[string]string{"GCC": "4.8.0", "GLIBCXX": "3.4.19", "CXXABI": "1.3.7", "ZLIB": "1.2.5.2", "LIBATOMIC": "0"}},
	{24, map[string]string{"GCC": "4.8.0", "GLIBCXX": "3.4.22", "CXXABI": "1.3.10", "ZLIB": "1.2.5.2", "LIBATOMIC": "1.2"}},
	{27, map[string]string{"GCC": "7.0.0", "GLIBCXX": "3.4.24", "CXXABI": "1.3.11", "ZLIB": "1.2.9", "LIBATOMIC": "1.2"}},
	{31, map[string]string{"GCC": "7.0.0", "GLIBCXX": "3.4.28", "CXXABI": "1.3.12", "ZLIB": "1.2.9", "LIBATOMIC": "1.2"}},
	{34, map[string]string{"GCC": "7.0.0", "GLIBCXX": "3.4.29", "CXXABI": "1.3.13", "ZLIB": "1.2.9", "LIBATOMIC": "1.2"}},
	{35, map[string]string{"GCC": "12.0.0", "GLIBCXX": "3.4.30", "CXXABI": "1.3.13", "ZLIB": "1.2.9", "LIBATOMIC": "1.2"}},
	{37, map[string]string{"GCC": "12.0.0", "GLIBCXX": "3.4.30", "CXXABI": "1.3.13", "ZLIB": "1.2.12", "LIBATOMIC": "1.2"}},
	{39, map[string]string{"GCC": "14.0.0", "GLIBCXX": "3.4.33", "CXXABI": "1.3.15", "ZLIB": "1.2.12", "LIBATOMIC": "1.2"}},
}

// relativeRelocations is the version by which a file with compact relocations (DT_RELR) asks for a glibc that knows them,
// and glibcOfThem the first glibc 2 that does.
const (
	relativeRelocations = "GLIBC_ABI_DT_RELR"
	glibcOfThem         = 36
)

// lowestGlibc is the oldest glibc 2.minor that has what the files need of libraries outside the wheel. newer is a version
// of symbols that no known platform has, "" when there is none.
func lowestGlibc(files []*binary.File, inside map[string]bool, arch string) (minor int, newer string) {
	minor = tag.OldestGlibc(arch)
	for _, file := range files {
		for _, v := range file.Versions {
			switch _, known := policies[0].symbols[v.Set]; {
			case inside[v.Library]:
			case v.Set == "GLIBC":
				minor = max(minor, glibcMinor(v.Number))
			case v.Set == relativeRelocations:
				minor = max(minor, glibcOfThem)
			case known:
				at := slices.IndexFunc(policies, func(p policy) bool { return compareDotted(v.Number, p.symbols[v.Set]) <= 0 })
				if at < 0 {
					newer = max(newer, v.String())
					continue
				}
				minor = max(minor, policies[at].glibc)
			}
		}
	}
	return minor, newer
}

// needsGlibc tells whether a file needs a version of glibc.
func needsGlibc(file *binary.File) bool {
	return slices.ContainsFunc(file.Versions, func(v binary.Version) bool { return v.Set == "GLIBC" })
}

// glibcMinor is 28 of "2.28".
func glibcMinor(text string) int {
	_, rest, _ := strings.Cut(text, ".")
	rest, _, _ = strings.Cut(rest, ".")
	minor, err := strconv.Atoi(rest)
	if err != nil {
		return 0
	}
	return minor
}

// compareDotted compares versions of numbers and dots.
func compareDotted(a, b string) int {
	return slices.CompareFunc(strings.Split(a, "."), strings.Split(b, "."), func(x, y string) int {
		x, y = strings.TrimLeft(x, "0"), strings.TrimLeft(y, "0")
		return cmp.Or(cmp.Compare(len(x), len(y)), cmp.Compare(x, y))
	})
}

// foreign are the libraries that the files need and that neither the wheel nor each platform of that kind has, sorted.
func foreign(files []*binary.File, inside map[string]bool, musl bool) []string {
	allowed := manylinuxLibraries
	if musl {
		allowed = musllinuxLibraries
	}
	var found []string
	for _, file := range files {
		for _, library := range file.Needed {
			if !inside[library] && !slices.Contains(allowed, library) && !isLoader(library, musl) {
				found = append(found, library)
			}
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

func isLoader(library string, musl bool) bool {
	if musl {
		return isMusl(library)
	}
	return strings.HasPrefix(library, "ld-linux") || strings.HasPrefix(library, "ld64.so.")
}

// isMusl tells whether a library is musl itself, as Alpine and others name it.
func isMusl(library string) bool {
	return library == "libc.so" || strings.HasPrefix(library, "libc.musl-") || strings.HasPrefix(library, "ld-musl-")
}
