package tree

import (
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Twins are the groups of paths that are one on a disk which folds case or Unicode's normal forms,
// as those of macOS and Windows do: they differ by case or by composition, or one is a file where
// the folded other has a folder. Groups and the paths in them are sorted. Zips, layers and Linux
// hold them all; an output on such a disk must refuse them.
func (t Tree) Twins() [][]string {
	keys := make([]folded, 0, len(t.files))
	for i := range t.files {
		keys = append(keys, folded{fold(t.files[i].Path), t.files[i].Path})
	}
	slices.SortFunc(keys, func(a, b folded) int { return ComparePaths(a.key, b.key) })
	var groups [][]string
	for start := 0; start < len(keys); {
		end := start + 1
		for end < len(keys) && keys[end].key == keys[start].key {
			end++
		}
		group := []string{}
		for _, twin := range keys[start:end] {
			group = append(group, twin.path)
		}
		// In this order what lies under a folder follows its name at once.
		if end < len(keys) && strings.HasPrefix(keys[end].key, keys[start].key+"/") {
			group = append(group, keys[end].path)
		}
		if len(group) > 1 {
			slices.Sort(group)
			groups = append(groups, group)
		}
		start = end
	}
	slices.SortFunc(groups, slices.Compare)
	return groups
}

type folded struct{ key, path string }

// fold is the caseless, composed form of a path (Unicode Standard, D145).
func fold(path string) string {
	ascii := true
	for i := range len(path) {
		ascii = ascii && path[i] < utf8.RuneSelf
	}
	if ascii {
		return strings.ToLower(path)
	}
	return norm.NFC.String(cases.Fold().String(norm.NFD.String(path)))
}

// ComparePaths orders paths as strings in which "/" comes before every other byte, so that what is in a folder follows the
// folder's own name at once.
func ComparePaths(a, b string) int {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			switch {
			case a[i] == '/':
				return -1
			case b[i] == '/':
				return 1
			}
			return int(a[i]) - int(b[i])
		}
	}
	return len(a) - len(b)
}
