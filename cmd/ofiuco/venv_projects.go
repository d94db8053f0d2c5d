package main

import (
	"context"
	"errors"
	"net/url"
	"path/filepath"

	"github.com/ofiuco/ofiuco/build"
	"github.com/ofiuco/ofiuco/install"
	"github.com/ofiuco/ofiuco/lock"
	"github.com/ofiuco/ofiuco/pypa/name"
	"github.com/ofiuco/ofiuco/pypa/version"
	"github.com/ofiuco/ofiuco/selection"
)

// projects builds what the lock is of: the project, where it is a package.
func (j *venvJob) projects(ctx context.Context, got *acquisition) (planned []plannedWheel, err error) {
	if j.flags.noProject || len(j.options.OnlyGroups) > 0 {
		return nil, nil
	}
	requests, err := j.files.ownPackages(j.lock)
	if err != nil || len(requests) == 0 {
		return nil, err
	}
	bar := j.app.newProgress()
	defer bar.stop()
	builder, err := got.builds.open(got.store, j.app.fetcher(got.store, j.lock, j.files, bar), got.target)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, got.builds.finish(builder)) }()
	for _, r := range requests {
		r.Editable = !j.flags.noEditable
		result, err := got.builds.build(ctx, builder, r)
		if err != nil {
			return nil, err
		}
		planned = append(planned, plannedWheel{
			Package: r.Package, Lock: r.Lock, Line: r.Line, SHA256: result.SHA256, Filename: result.Filename,
			DirectURL: j.directoryURL(r.Source, r.Editable),
		})
	}
	return planned, nil
}

// ownPackages are the project and the members of its workspace that are packages: by uv.lock those that it calls
// editable, by Poetry's pyproject.toml unless it says package-mode = false, by PDM's where it has a build system.
func (p *projectFiles) ownPackages(l *lock.Lock) ([]build.Request, error) {
	var requests []build.Request
	switch l.Format {
	case lock.UV:
		for _, own := range l.Packages {
			if own.Project && own.Source.Editable {
				requests = append(requests, projectRequest(own.Name, own.Version, own.Source.Path, l.Path, own.Line))
			}
		}
	case lock.Poetry, lock.PDM:
		doc, err := p.pyprojectDocument()
		if err != nil || doc == nil || l.Project == "" {
			return nil, err
		}
		root := doc.Root()
		isPackage := root.Has("build-system")
		if mode := root.Table("tool").Table("poetry").Get("package-mode"); l.Format == lock.Poetry && mode.Present() {
			isPackage = mode.Bool()
		}
		if mode := root.Table("tool").Table("pdm").Get("distribution"); l.Format == lock.PDM && mode.Present() {
			isPackage = mode.Bool()
		}
		if isPackage {
			_, number := projectIdentity(doc)
			requests = append(requests, projectRequest(l.Project, number, ".", p.pyprojectPath, 0))
		}
		if err := doc.Err(); err != nil {
			return nil, p.pyprojectError(err)
		}
	}
	return requests, nil
}

func projectRequest(n name.Name, v version.Version, path, file string, line int) build.Request {
	label := n.String()
	if !v.IsZero() {
		label += " " + v.String()
	}
	return build.Request{
		Name: n, Version: v, Package: label, Artifact: lock.Artifact{Kind: lock.Directory},
		Source: lock.Source{Kind: lock.FromDirectory, Path: path}, Lock: file, Line: line,
	}
}

// directURL is where a package came from, nil when that was an index (PEP 610).
func (j *venvJob) directURL(p *selection.Package) *install.DirectURL {
	s := p.Source
	switch s.Kind {
	case lock.FromGit:
		return &install.DirectURL{
			URL: s.URL, Subdirectory: s.Subdirectory,
			VCS: &install.VCS{VCS: "git", RequestedRevision: s.Reference, CommitID: s.Commit},
		}
	case lock.FromDirectory:
		return j.directoryURL(s, s.Editable && !j.flags.noEditable)
	case lock.FromURL, lock.FromPath:
		address := s.URL
		if s.Kind == lock.FromPath {
			address = j.fileURL(s.Path)
		}
		archive := &install.Archive{Hashes: map[string]string{}}
		for _, h := range p.Artifact.Hashes {
			archive.Hashes[h.Algorithm] = h.Hex
		}
		return &install.DirectURL{URL: address, Archive: archive, Subdirectory: s.Subdirectory}
	}
	return nil
}

func (j *venvJob) directoryURL(s lock.Source, editable bool) *install.DirectURL {
	return &install.DirectURL{URL: j.fileURL(s.Path), Directory: &install.Directory{Editable: editable}, Subdirectory: s.Subdirectory}
}

// fileURL is the file URL of a path in the lock.
func (j *venvJob) fileURL(path string) string {
	path = filepath.FromSlash(path)
	if !filepath.IsAbs(path) {
		path = filepath.Join(j.files.dir, path)
	}
	if absolute, err := filepath.Abs(path); err == nil {
		path = absolute
	}
	slashed := filepath.ToSlash(path)
	if slashed[0] != '/' {
		slashed = "/" + slashed // a drive letter
	}
	return (&url.URL{Scheme: "file", Path: slashed}).String()
}
