package lock

import (
	"fmt"
	"path"
	"strings"

	"github.com/ofiuco/ofiuco/internal/tomldoc"
	"github.com/ofiuco/ofiuco/pypa/marker"
	"github.com/ofiuco/ofiuco/pypa/name"
	"github.com/ofiuco/ofiuco/pypa/version"
)

// setURL sets where a package comes from, by the URL of its requirement, and moves its hashes to the
// one file of it.
//
//	https://host/archive#sha256=digest&subdirectory=folder
//	git+https://host/repository@commit#subdirectory=folder
func (r *requirementsReader) setURL(p *Package, text string) (problem string) {
	if strings.HasPrefix(text, "git+") {
		return setGit(p, text)
	}
	address, fragment, _ := strings.Cut(text, "#")
	p.Source = Source{Kind: FromURL, URL: address}
	if !isWebURL(address) {
		return fmt.Sprintf("a URL that is not of http, https or git: %q", redact(address))
	}
	for part := range strings.SplitSeq(fragment, "&") {
		key, value, _ := strings.Cut(part, "=")
		switch {
		case key == "subdirectory" && isInside(value):
			p.Source.Subdirectory = value
		case isStrong(key):
			h, problem := newHash(key, value)
			if problem != "" {
				return problem
			}
			p.Hashes = append(p.Hashes, h)
		}
	}
	return setArchive(p, urlFile(address))
}

// setGit reads the URL of a repository.
func setGit(p *Package, text string) (problem string) {
	p.Source = *urlSource(text)
	p.Source.Commit = p.Source.Reference
	switch {
	case !isGitURL(p.Source.URL):
		return fmt.Sprintf("a repository whose URL is not of https, ssh, git or file: %q", redact(p.Source.URL))
	case !isCommit(p.Source.Commit):
		return fmt.Sprintf("a repository without a full commit: %q", redact(text))
	case p.Source.Subdirectory != "" && !isInside(p.Source.Subdirectory):
		return "a subdirectory that leads out of the repository"
	}
	p.Hashes = nil // pip has none for a repository either
	p.Artifacts = []Artifact{{Kind: Git, URL: p.Source.URL, Line: p.Line}}
	return ""
}

// setArchive makes the file that a package comes from, by URL or path, its artifact.
func setArchive(p *Package, file string) (problem string) {
	a := Artifact{Kind: archiveKind(file), Filename: file, URL: p.Source.URL, Path: p.Source.Path, Hashes: p.Hashes, Line: p.Line}
	if a.Kind == "" {
		a.Kind = Sdist // of a code host: "…/archive/main"
	}
	if p.Name == "" {
		p.Name = projectOf(a)
	}
	if p.Version = versionOf(a); a.Kind == Wheel {
		if problem := fileOf(file, p); problem != "" {
			return problem
		}
	}
	if len(a.Hashes) == 0 {
		return fmt.Sprintf("no sha256 for %q", file)
	}
	p.Artifacts, p.Hashes = []Artifact{a}, nil
	return ""
}

// projectOf is the project in a file's name, "" when there is none.
func projectOf(a Artifact) name.Name {
	end := strings.IndexByte(a.Filename, '-')
	if a.Kind == Sdist {
		end = strings.LastIndexByte(a.Filename, '-')
	}
	if end < 0 {
		return ""
	}
	n, err := name.Parse(a.Filename[:end])
	if err != nil {
		return ""
	}
	return n
}

// readLocation reads a line that is a URL or path without a name, with a marker perhaps.
func (r *requirementsReader) readLocation(asked string, p *Package, at place, editable bool) *Error {
	location, condition, _ := strings.Cut(asked, " ;")
	location = strings.TrimSpace(location)
	m, err := r.markers.parse(strings.TrimSpace(condition))
	if err != nil {
		e := r.wrong(at, requirementsHint, "%s", err)
		e.Facts, e.Err = markerFacts(err), err
		return e
	}
	p.Included = []Condition{{Marker: m}}
	var problem string
	switch file := path.Join(path.Dir(at.file), location); {
	case strings.Contains(location, "://"):
		_, p.Name = cutEgg(location)
		problem = r.setURL(p, location)
	case path.IsAbs(location) || !isInside(file):
		problem = fmt.Sprintf("a path outside of the lock's folder: %q", shortened(location))
	case archiveKind(file) != "":
		p.Source = Source{Kind: FromPath, Path: file}
		problem = setArchive(p, path.Base(file))
	case file == "." || file == "":
		return nil // the project itself, whose sources are not a package of the lock
	default:
		problem = r.setDirectory(p, file, editable)
	}
	if problem == "" && p.Name == "" {
		problem = fmt.Sprintf("the name of the project is missing before %q: write NAME @ URL", redact(location))
	}
	if problem != "" {
		return r.wrong(at, requirementsHint, "%s", problem)
	}
	r.add(p, Root{Dependency: Dependency{Marker: m, Version: p.Version, Source: &p.Source}})
	return nil
}

// cutEgg is a URL and the name that its fragment gives the project, "" for none.
func cutEgg(text string) (address string, project name.Name) {
	address, fragment, _ := strings.Cut(text, "#")
	for part := range strings.SplitSeq(fragment, "&") {
		if egg, found := strings.CutPrefix(part, "egg="); found {
			if n, err := name.Parse(egg); err == nil {
				return address, n
			}
		}
	}
	return address, ""
}

// setDirectory makes a folder the source of a package; its pyproject.toml tells its name.
func (r *requirementsReader) setDirectory(p *Package, folder string, editable bool) (problem string) {
	p.Source = Source{Kind: FromDirectory, Path: folder, Editable: editable}
	p.Artifacts, p.Hashes = []Artifact{{Kind: Directory, Path: folder, Line: p.Line}}, nil
	if r.in.Open == nil {
		return fmt.Sprintf("the folder %q cannot be read here", folder)
	}
	data, err := r.in.Open(path.Join(folder, "pyproject.toml"))
	if err != nil {
		return fmt.Sprintf("a folder without a pyproject.toml that names its project: %q", folder)
	}
	doc, err := tomldoc.Parse(data)
	if err != nil {
		return fmt.Sprintf("%q: %s", path.Join(folder, "pyproject.toml"), err)
	}
	project := doc.Root().Table("project")
	if p.Name, err = name.Parse(project.String("name")); err != nil {
		return fmt.Sprintf("%q does not name its project", path.Join(folder, "pyproject.toml"))
	}
	p.Version, _ = version.Parse(project.String("version")) // or it is dynamic
	return ""
}

// intern is the one marker of all that say the same.
func (ms *markers) intern(m *marker.Marker) *marker.Marker {
	if m == nil {
		return nil
	}
	same, err := ms.parse(m.String())
	if err != nil {
		return m
	}
	return same
}
