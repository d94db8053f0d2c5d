package buildfile

import (
	"cmp"
	"path"
	"slices"
	"strings"
)

// Beside is the label of a path that is relative to the folder of a label's file. A path that leads out of the label's
// package is taken for that of a file in a package of its own.
func Beside(label, relative string) string {
	repository, rest, _ := strings.Cut(label, "//")
	folder, target, _ := strings.Cut(rest, ":")
	inside := path.Join(path.Dir(target), relative)
	if inside != ".." && !strings.HasPrefix(inside, "../") {
		return repository + "//" + folder + ":" + inside
	}
	full := path.Join("/", folder, inside)
	return repository + "/" + path.Dir(full) + ":" + path.Base(full)
}

// labels are a list of labels as buildifier has them: short, sorted and each once.
func labels(texts []string) list {
	var short list
	for _, text := range texts {
		short = append(short, shortLabel(text))
	}
	slices.SortFunc(short, compareLabels)
	return slices.Compact(short)
}

// shortLabel leaves out a target that is named like the last folder.
func shortLabel(label string) string {
	repository, rest, isWhole := strings.Cut(label, "//")
	folder, target, isNamed := strings.Cut(rest, ":")
	switch {
	case !isWhole || !isNamed:
	case folder != "" && path.Base(folder) == target:
		return repository + "//" + folder
	case folder == "" && target != "" && repository == "@"+target:
		return repository
	}
	return label
}

// compareLabels orders labels as buildifier does: other words, own ones, those of the repository, those of others; then
// part by part.
func compareLabels(a, b string) int {
	if d := cmp.Compare(labelPhase(a), labelPhase(b)); d != 0 {
		return d
	}
	parts := func(label string) []string { return strings.Split(strings.ReplaceAll(label, ":", "."), ".") }
	if d := slices.Compare(parts(a), parts(b)); d != 0 {
		return d
	}
	return cmp.Compare(a, b)
}

func labelPhase(label string) int {
	switch {
	case strings.HasPrefix(label, ":"):
		return 1
	case strings.HasPrefix(label, "//"):
		return 2
	case strings.HasPrefix(label, "@"):
		return 3
	}
	return 0
}
