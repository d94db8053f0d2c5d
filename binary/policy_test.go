package binary

import (
	"bufio"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// later are versions that an architecture has in auditwheel's policies before all others do; here they count from where all
// have them.
var later = map[string]bool{
	"ZLIB 1.2.7.1": true, "ZLIB 1.2.9": true, "ZLIB 1.2.12": true, "LIBATOMIC 1.0": true,
}

// oldestPolicy is the glibc 2 of an architecture's first policy where auditwheel begins later than packaging's tags do.
var oldestPolicy = map[string]int{"riscv64": 31}

// TestPolicies compares the baselines with auditwheel's policies, as testdata/policies.py wrote them.
func TestPolicies(t *testing.T) {
	file, err := os.Open("testdata/policies.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	compared, libraries := 0, 0
	for lines := bufio.NewScanner(file); lines.Scan(); {
		fields := strings.Fields(lines.Text())
		if fields[0] == "loongarch64" {
			continue // no target's
		}
		want, err := strconv.Atoi(fields[len(fields)-1])
		if err != nil {
			t.Fatal(err)
		}
		if fields[0] == "library" {
			since, ok := baselineLibrary(fields[1], Glibc)
			if want == 5 {
				want = 0 // all manylinux have it
			}
			if !ok || since != want {
				t.Errorf("%s: since %d, %v; auditwheel says %d", fields[1], since, ok, want)
			}
			libraries++
			continue
		}
		arch, set, number := fields[0], fields[1], fields[2]
		v := Version{Library: "lib.so"}
		v.Set, v.Number = splitVersion(set + "_" + number)
		got, ok := firstGlibc(v, arch)
		got = max(got, oldestPolicy[arch])
		if late := later[set+" "+number] && got > want; !late && (!ok || got != want) {
			t.Errorf("%s on %s: first glibc 2.%d, %v; auditwheel says 2.%d", v, arch, got, ok, want)
		}
		compared++
	}
	if compared < 500 || libraries != len(glibcLibraries) {
		t.Errorf("only %d versions and %d libraries compared", compared, libraries)
	}
}

func none(string) bool { return false }

func TestFloor(t *testing.T) {
	library := func(needed, of string, versions ...string) *File {
		f := &File{Format: ELF, Machines: []string{"x86_64"}, Needed: strings.Fields(needed)}
		for _, text := range versions {
			set, number := splitVersion(text)
			f.Versions = append(f.Versions, Version{of, set, number})
		}
		return f
	}
	arm := library("libc.so.6 ld-linux-aarch64.so.1", "libc.so.6", "GLIBC_2.17")
	arm.Machines = []string{"aarch64"}
	for _, test := range []struct {
		name  string
		files []*File
		libc  string
		want  Floor
	}{
		{"nothing", nil, Glibc, Floor{}},
		{"no library", []*File{library("", "")}, Glibc, Floor{Glibc: 5}},
		{"aarch64 begins later", []*File{arm}, Glibc, Floor{Glibc: 17}},
		{"two files", []*File{library("libc.so.6", "libc.so.6", "GLIBC_2.2.5", "GLIBC_2.28"), library("libc.so.6", "libc.so.6", "GLIBC_2.9")}, Glibc,
			Floor{Glibc: 28, Reason: "GLIBC_2.28 of libc.so.6"}},
		{"between policies", []*File{library("libc.so.6", "libc.so.6", "GLIBC_2.29")}, Glibc, Floor{Glibc: 29, Reason: "GLIBC_2.29 of libc.so.6"}},
		{"libstdc++", []*File{library("libstdc++.so.6", "libstdc++.so.6", "GLIBCXX_3.4.30", "CXXABI_1.3")}, Glibc,
			Floor{Glibc: 35, Reason: "GLIBCXX_3.4.30 of libstdc++.so.6"}},
		{"compact relocations", []*File{library("libc.so.6", "libc.so.6", "GLIBC_ABI_DT_RELR")}, Glibc,
			Floor{Glibc: 36, Reason: "GLIBC_ABI_DT_RELR of libc.so.6"}},
		{"a library's first glibc", []*File{library("libexpat.so.1", "")}, Glibc, Floor{Glibc: 12, Reason: "libexpat.so.1"}},
		{"elsewhere", []*File{library("libpq.so.5 libc.so.6 libpython3.12.so.1.0", "")}, Glibc,
			Floor{Glibc: 5, Foreign: []string{"libpq.so.5", "libpython3.12.so.1.0"}}},
		{"private", []*File{library("libc.so.6", "libc.so.6", "GLIBC_PRIVATE", "GLIBC_99.1")}, Glibc,
			Floor{Glibc: 5, Unknown: []string{"GLIBC_99.1", "GLIBC_PRIVATE"}}},
		{"shipped", []*File{library("libshipped.so", "libshipped.so", "GLIBCXX_3.4.99")}, Glibc, Floor{Glibc: 5}},
		{"a library without table", []*File{library("libGL.so.1", "libGL.so.1", "GL_4")}, Glibc, Floor{Glibc: 5}},
		{"musl", []*File{library("libc.musl-x86_64.so.1 libgcc_s.so.1", "libgcc_s.so.1", "GCC_3.0")}, Musl, Floor{Foreign: []string{"libgcc_s.so.1"}}},
	} {
		got := FloorOf(test.files, test.libc, func(library string) bool { return library == "libshipped.so" })
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}
