package lock

import "github.com/ofiuco/ofiuco/internal/tomldoc"

// readSource reads [package.source]; without it a package is from PyPI, whatever other indexes the
// project names.
func (r *poetryReader) readSource(t tomldoc.Table) Source {
	develop := t.Bool("develop")
	if !t.Has("source") {
		return Source{Kind: FromIndex}
	}
	s := t.Table("source")
	kind, url, reference := s.Get("type"), s.Get("url"), s.String("reference")
	commit, subdirectory := s.Get("resolved_reference"), s.Get("subdirectory")
	if !url.Present() {
		r.fail(s.Line(), "a source without a url")
		return Source{}
	}
	source := Source{URL: url.String(), Subdirectory: r.insidePath(subdirectory)}
	switch kind.String() {
	case "legacy":
		source.Kind, source.Name = FromIndex, reference
		r.webURL(url)
	case "url":
		source.Kind = FromURL
		r.webURL(url)
	case "git":
		source.Kind, source.Reference, source.Commit, source.Editable = FromGit, reference, commit.String(), develop
		r.gitURL(url)
		r.commit(s, commit)
	case "file":
		source.Kind, source.URL, source.Path = FromPath, "", r.localPath(url)
	case "directory":
		source.Kind, source.URL, source.Path, source.Editable = FromDirectory, "", r.localPath(url), develop
	default:
		r.fail(s.Line(), "unknown type of source %q", kind.String())
	}
	return source
}

// readArtifacts reads the files of a package, from wherever its version of the format has them.
func (r *poetryReader) readArtifacts(t tomldoc.Table, p *Package) {
	files := t.Get("files")
	if !files.Present() {
		files = r.files[p.Name]
	}
	var artifacts []Artifact
	for item := range files.Tables() {
		if a, ok := r.readFile(item, p); ok {
			artifacts = append(artifacts, a)
		}
	}
	for item := range r.hashes[p.Name].Items() {
		h, problem := newHash("sha256", item.String())
		if problem != "" {
			r.fail(item.Line(), "%s", problem)
		}
		p.Hashes = append(p.Hashes, h)
	}
	p.Artifacts = r.artifacts(p, artifacts)
	if len(p.Artifacts) == 0 && len(p.Hashes) == 0 {
		r.fail(p.Line, "no files")
	}
}

// readFile reads one {file, hash}. Files of the name's other versions, which [metadata.files] mixes,
// are passed over, and so are files that nothing installs today, such as .exe and .egg.
func (r *poetryReader) readFile(t tomldoc.Table, p *Package) (a Artifact, ok bool) {
	file, hash := t.Get("file"), t.Get("hash")
	t.Ignore("url", "size", "upload-time")
	a = Artifact{Filename: file.String(), Line: file.Line()}
	if !file.Present() {
		r.fail(t.Line(), "a file without a name")
		return a, false
	}
	a.Hashes = r.fileHash(hash, a)
	a.Kind = archiveKind(a.Filename)
	if p.Source.Kind == FromIndex {
		if reason := fileOf(a.Filename, p); reason != "" {
			for _, other := range r.byName[p.Name] {
				if r.files != nil && fileOf(a.Filename, other) == "" {
					return a, false
				}
			}
			r.fail(a.Line, "%s", reason)
		}
	}
	return a, a.Kind != "" || p.Source.Kind != FromIndex
}
