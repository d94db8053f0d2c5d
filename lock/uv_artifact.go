package lock

import (
	"net/url"
	"path"
	"strings"

	"github.com/ofiuco/ofiuco/internal/tomldoc"
)

// sourceText is a source as a uv.lock has it.
type sourceText struct{ kind, value, subdirectory string }

// source reads a source; equal ones are one value. It is nil when it is not valid.
func (r *uvReader) source(t tomldoc.Table) *Source {
	text := sourceText{subdirectory: t.String("subdirectory")}
	var v tomldoc.Value
	for _, text.kind = range []string{"registry", "url", "path", "directory", "editable", "virtual", "git"} {
		if v = t.Get(text.kind); v.Present() {
			break
		}
	}
	text.value = v.String()
	if s, known := r.sources[text]; known {
		return s
	}
	s := &Source{Subdirectory: r.insidePath(t.Get("subdirectory"))}
	switch {
	case text.value == "":
		r.fail(t.Line(), "a source of an unknown kind")
	case text.kind == "registry" && !strings.Contains(text.value, "://"):
		s.Kind, s.Path = FromFlat, r.localPath(v)
	case text.kind == "registry":
		s.Kind, s.URL, s.Name = FromIndex, text.value, r.indexName(text.value)
		r.webURL(v)
	case text.kind == "url":
		s.Kind, s.URL = FromURL, text.value
		r.webURL(v)
	case text.kind == "path":
		s.Kind, s.Path = FromPath, r.localPath(v)
	case text.kind == "git":
		r.gitSource(s, v)
	default:
		s.Kind, s.Path, s.Editable = FromDirectory, r.localPath(v), text.kind == "editable"
	}
	if r.stop() {
		return nil
	}
	r.sources[text] = s
	return s
}

// indexName is what pyproject.toml calls an index, "" when it does not name it.
func (r *uvReader) indexName(address string) string {
	for _, index := range r.pyproject.indexes {
		if strings.TrimSuffix(index.URL, "/") == strings.TrimSuffix(address, "/") {
			return index.Name
		}
	}
	return ""
}

// gitSource reads a source of the form
//
//	URL [ "?" ( "rev=" / "tag=" / "branch=" / "subdirectory=" ) value *( "&" … ) ] "#" commit
func (r *uvReader) gitSource(s *Source, v tomldoc.Value) {
	address, commit, _ := strings.Cut(v.String(), "#")
	repository, query, _ := strings.Cut(address, "?")
	s.Kind, s.URL, s.Commit = FromGit, repository, commit
	if !isCommit(commit) {
		r.fail(v.Line(), "a git source without a full commit, %q", redact(v.String()))
	}
	r.gitURL(v)
	values, err := url.ParseQuery(query)
	if err != nil {
		r.fail(v.Line(), "a git source with an invalid query, %q", redact(v.String()))
	}
	for key := range values {
		switch value := values.Get(key); key {
		case "rev", "tag", "branch":
			s.Reference = value
		case "subdirectory":
			s.Subdirectory = value
			if !isInside(value) {
				r.fail(v.Line(), "%q leads out of the source", value)
			}
		case "lfs":
		default:
			r.fail(v.Line(), "a git source with an unknown part, %q", key)
		}
	}
}

// isCommit says whether text is a full git commit, in SHA-1 or SHA-256.
func isCommit(text string) bool {
	return (len(text) == 40 || len(text) == 64) && strings.Trim(text, "0123456789abcdef") == ""
}

// isInside says whether a slash-separated path stays below where it starts.
func isInside(text string) bool {
	clean := path.Clean(text)
	return !path.IsAbs(clean) && clean != ".." && !strings.HasPrefix(clean, "../") && !strings.ContainsAny(text, "\\:")
}

// readArtifacts reads the wheels and the sdist of a package.
func (r *uvReader) readArtifacts(t tomldoc.Table, p *Package) {
	wheels, sdist := t.Get("wheels"), t.Get("sdist")
	p.Artifacts = make([]Artifact, 0, wheels.Len()+1)
	for w := range wheels.Tables() {
		w.Ignore("zstd")
		p.Artifacts = append(p.Artifacts, r.artifact(w, p, Wheel))
	}
	if sdist.Present() {
		p.Artifacts = append(p.Artifacts, r.artifact(sdist.Table(), p, Sdist))
	}
	switch p.Source.Kind {
	case FromGit:
		p.Artifacts = []Artifact{{Kind: Git, URL: p.Source.URL, Line: p.Line}}
	case FromDirectory:
		p.Artifacts = []Artifact{{Kind: Directory, Path: p.Source.Path, Line: p.Line}}
	case FromURL, FromPath:
		if len(p.Artifacts) != 1 {
			r.fail(p.Line, "%d files, not one", len(p.Artifacts))
		}
	default:
		if len(p.Artifacts) == 0 {
			r.fail(p.Line, "no files")
		}
	}
}

// artifact reads one file of a package. Files of a local flat index may come without a hash, as uv
// writes none for them.
func (r *uvReader) artifact(t tomldoc.Table, p *Package, kind ArtifactKind) Artifact {
	t.Ignore("upload-time", "upload_time")
	a := Artifact{Kind: kind, Line: t.Line(), Size: r.size(t.Get("size"))}
	address, local, file, hash := t.Get("url"), t.Get("path"), t.Get("filename"), t.Get("hash")
	switch {
	case p.Source.Kind == FromPath:
		a.Path, a.Filename = p.Source.Path, path.Base(p.Source.Path)
	case p.Source.Kind == FromURL && !address.Present():
		a.URL, a.Filename = p.Source.URL, urlFile(p.Source.URL)
	case address.Present():
		a.URL, a.Filename = address.String(), r.webFile(address)
	case local.Present() && p.Source.Kind == FromFlat:
		a.Path = path.Join(p.Source.Path, r.localPath(local))
		a.Filename = path.Base(a.Path)
	case file.Present():
		a.Filename = file.String()
	default:
		r.fail(t.Line(), "a file without a url")
	}
	if r.stop() {
		return a
	}
	r.checkFile(a, p)
	if hash.Present() {
		a.Hashes = r.hash(hash)
	} else if p.Source.Kind != FromFlat && p.Source.Kind != FromGit && p.Source.Kind != FromDirectory {
		r.fail(t.Line(), "%q has no sha256", a.Filename)
	}
	return a
}

// checkFile checks that a file can be the wheel or sdist of p that the lock takes it for.
func (r *uvReader) checkFile(a Artifact, p *Package) {
	if kind := archiveKind(a.Filename); kind != a.Kind {
		r.fail(a.Line, "%q is no %s", a.Filename, a.Kind)
	} else if p.Source.Kind == FromURL && a.Kind == Sdist {
		return // archives of code hosts are named after the commit or tag
	} else if reason := fileOf(a.Filename, p); reason != "" {
		r.fail(a.Line, "%s", reason)
	}
}

// webFile is the file name at the end of a URL that is to be fetched.
func (f *tomlFile) webFile(v tomldoc.Value) string {
	text := v.String()
	if rest, found := strings.CutPrefix(text, "https://"); found && isPlain(rest) {
		if slash := strings.LastIndexByte(rest, '/'); slash > 0 && rest[0] != '/' {
			return rest[slash+1:]
		}
	}
	f.webURL(v)
	return urlFile(text)
}

// isPlain says whether text has only characters that stand for themselves after a URL's scheme, as
// those of nearly all URLs do; such a URL needs no parsing.
func isPlain(text string) bool {
	for i := range len(text) {
		switch c := text[i]; {
		case c <= ' ', c >= 0x7f, c == '@', c == '%', c == '?', c == '#', c == '\\', c == ':', c == '[':
			return false
		}
	}
	return true
}
