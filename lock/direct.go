package lock

import "path"

// artifacts are those of a package, of which files are locked with their hashes: the files
// themselves for an index, one archive for a URL or path, and a source tree for the rest.
func (f *tomlFile) artifacts(p *Package, files []Artifact) []Artifact {
	switch p.Source.Kind {
	case FromGit:
		return []Artifact{{Kind: Git, URL: p.Source.URL, Line: p.Line}}
	case FromDirectory:
		return []Artifact{{Kind: Directory, Path: p.Source.Path, Line: p.Line}}
	case FromURL, FromPath:
		return []Artifact{f.direct(p, files)}
	}
	return files
}

// direct is the one artifact of a package that comes by URL or path. An sdist's name says nothing
// here (".../archive/main.zip"), but a wheel's must be the package's. Poetry 1.1 and earlier lock a
// URL without a hash, which is left to the selection to refuse.
func (f *tomlFile) direct(p *Package, files []Artifact) Artifact {
	a := Artifact{URL: p.Source.URL, Path: p.Source.Path, Filename: path.Base(p.Source.Path), Line: p.Line}
	if p.Source.Kind == FromURL {
		a.Filename = urlFile(p.Source.URL)
	}
	a.Kind = archiveKind(a.Filename)
	if a.Kind == Wheel {
		if reason := fileOf(a.Filename, p); reason != "" {
			f.fail(p.Line, "%s", reason)
		}
	} else if a.Kind == "" && p.Source.Kind == FromURL {
		a.Kind = Sdist // so Poetry takes it
	} else if a.Kind == "" {
		f.fail(p.Line, "%q is neither a wheel nor an sdist", a.Filename)
	}
	for _, file := range files {
		if file.Filename != a.Filename && a.Kind == Wheel {
			f.fail(file.Line, "%q is not the file of the source, %q", file.Filename, a.Filename)
		}
		a.Hashes, a.Line = file.Hashes, file.Line
	}
	return a
}
