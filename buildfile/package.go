package buildfile

import (
	"path"
	"slices"

	"github.com/ofiuco/ofiuco/lock"
	"github.com/ofiuco/ofiuco/pypa/filename"
	"github.com/ofiuco/ofiuco/pypa/tag"
)

// attributes are those of a package's target but its name and its edges.
func (h *hub) attributes(n *node) []argument {
	p := n.pkg
	constraint := p.Name.String()
	if v := versionText(p); v != "" {
		constraint += "==" + v
	}
	arguments := []argument{
		{"absent", h.absence()},
		{"constraint", text(constraint)},
		{"description", text(p.Description)},
		{"platforms", dict(h.options.Platforms)},
	}
	if !n.when.isAlways() {
		arguments = append(arguments, argument{"when", jsonLiteral(n.when.json())})
	}
	if h.isLibrary(p) {
		return append(arguments, argument{"is_library", boolean(true)}, argument{"may_build", boolean(false)})
	}
	arguments = append(arguments,
		argument{"data", h.data(p)},
		argument{"entry", jsonLiteral(jsonText(NewEntry(h.lock, p)))},
		argument{"files", fileHashes(p)},
	)
	if mayBuild(p) {
		return append(arguments, argument{"build_lock", text(h.options.BuildLock)})
	}
	return append(arguments, argument{"may_build", boolean(false)})
}

// isLibrary says whether a package is a folder that the project itself has, such as a member of its workspace, and libraries of
// Bazel are named for it: then these stand for it, and nothing is built.
func (h *hub) isLibrary(p *lock.Package) bool {
	return len(h.options.Deps[p.Name]) > 0 && slices.ContainsFunc(p.Artifacts, func(a lock.Artifact) bool { return a.Kind == lock.Directory })
}

// fileHashes are the files that the lock names, with the strongest agreed hash of each.
func fileHashes(p *lock.Package) dict {
	files := dict{}
	for _, a := range p.Artifacts {
		if a.Filename != "" && len(a.Hashes) > 0 {
			files[a.Filename] = a.Hashes[0].Algorithm + ":" + a.Hashes[0].Hex
		}
	}
	return files
}

// mayBuild says whether some target takes an artifact that is no wheel: none does where a wheel fits every Python 3.
func mayBuild(p *lock.Package) bool {
	if len(p.Artifacts) == 0 {
		return true
	}
	other := false
	for _, a := range p.Artifacts {
		if a.Kind != lock.Wheel {
			other = true
		} else if w, err := filename.ParseWheel(a.Filename); err == nil && slices.Contains(w.Tags, universal) {
			return false
		}
	}
	return other
}

var universal = tag.Tag{Interpreter: "py3", ABI: "none", Platform: "any"}

// data are the labels of the files that the lock names by path, and of those that were downloaded.
func (h *hub) data(p *lock.Package) list {
	var all []string
	for _, file := range h.options.Downloaded[p] {
		all = append(all, ":"+file)
	}
	for _, a := range p.Artifacts {
		if a.Path != "" && !path.IsAbs(a.Path) && a.Kind != lock.Directory { // of a folder no label tells
			all = append(all, Beside(h.options.LockLabel, a.Path))
		}
	}
	return labels(all)
}
