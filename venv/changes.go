package venv

import (
	"slices"
	"strings"

	"github.com/ofiuco/ofiuco/pypa/name"
)

// distInfos are the names of the .dist-info folders of packages, sorted.
func distInfos(packages []*pkg) []string {
	all := make([]string, len(packages))
	for i, p := range packages {
		all[i] = p.Wheel.DistInfo
	}
	slices.Sort(all)
	return all
}

// compare tells which packages came and which went, by the sorted names of their .dist-info folders.
func compare(before, after []string) (added, removed []string) {
	return missing(before, after), missing(after, before)
}

// missing are the packages of others that one list lacks, as messages show them.
func missing(from, others []string) []string {
	var labels []string
	for _, distInfo := range others {
		if _, found := slices.BinarySearch(from, distInfo); !found {
			labels = append(labels, label(distInfo))
		}
	}
	slices.Sort(labels)
	return labels
}

// label is "numpy 2.1.0" of "numpy-2.1.0.dist-info".
func label(distInfo string) string {
	stem := strings.TrimSuffix(distInfo, distInfoSuffix)
	project, version, found := strings.Cut(stem, "-")
	if !found {
		return stem
	}
	return name.Normalize(project).String() + " " + version
}
