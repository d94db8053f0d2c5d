package tag

import (
	"slices"
	"strconv"
)

// legacyGlibc are the names of manylinux from before PEP 600, by the minor version of glibc 2 that
// they stand for (PEP 599, 571, 513).
var legacyGlibc = map[int]string{17: "manylinux2014", 12: "manylinux2010", 5: "manylinux1"}

// OldestGlibc is the minor version of the oldest glibc 2 that manylinux knows on an architecture:
// CentOS 5's on x86, CentOS 7's elsewhere.
func OldestGlibc(arch string) int {
	if arch == "x86_64" || arch == "i686" {
		return 5
	}
	return 17
}

// Glibc lists the platform tags of Linux with glibc 2.minor on arch ("x86_64", "aarch64", …), best first.
func Glibc(minor int, arch string) []string {
	oldest := OldestGlibc(arch)
	platforms := make([]string, 0, max(0, minor-oldest)+5)
	platforms = append(platforms, "linux_"+arch)
	for ; minor >= oldest; minor-- {
		platforms = append(platforms, "manylinux_2_"+strconv.Itoa(minor)+"_"+arch)
		if legacy, ok := legacyGlibc[minor]; ok {
			platforms = append(platforms, legacy+"_"+arch)
		}
	}
	return platforms
}

// Musl lists the platform tags of Linux with musl 1.minor on arch, best first.
func Musl(minor int, arch string) []string {
	platforms := make([]string, 0, minor+2)
	platforms = append(platforms, "linux_"+arch)
	for ; minor >= 0; minor-- {
		platforms = append(platforms, "musllinux_1_"+strconv.Itoa(minor)+"_"+arch)
	}
	return platforms
}

// MacOS lists the platform tags of macOS major.minor on arch ("arm64" or "x86_64"), best first.
//
// From macOS 11 on only the major version counts. Arm64 starts with 11; older tags on it are those of
// universal2 binaries whose x86_64 half runs on an older macOS.
func MacOS(major, minor int, arch string) []string {
	var platforms []string
	add := func(major, minor int, formats ...string) {
		prefix := "macosx_" + strconv.Itoa(major) + "_" + strconv.Itoa(minor) + "_"
		for _, format := range formats {
			platforms = append(platforms, prefix+format)
		}
	}
	formats := []string{"arm64", "universal2"}
	legacy := []string{"universal2"}
	if arch == "x86_64" {
		formats = []string{"x86_64", "intel", "fat64", "fat3", "universal2", "universal"}
		legacy = formats
	}
	newestLegacy := 16 // how macOS 11 shows itself to programs built for an older one
	if major == 10 {
		newestLegacy = minor
	}
	for ; major > 10; major-- {
		add(major, 0, formats...)
	}
	for minor := newestLegacy; minor >= 4; minor-- {
		add(10, minor, legacy...)
	}
	return slices.Clip(platforms)
}
