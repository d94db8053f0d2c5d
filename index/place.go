package index

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ofiuco/ofiuco/lock"
	"github.com/ofiuco/ofiuco/pypa/name"
)

// Place is where files are looked for: an index, or a flat list of links or files of many projects.
type Place struct {
	Name string // as the project calls it, "" when it does not
	// URL is http, https or file, or a folder's path (flat places only). It may hold credentials:
	// print String.
	URL  string
	Flat bool
}

// String is the place as messages show it.
func (p Place) String() string {
	if isFolder(p.URL) {
		return p.URL
	}
	return Redact(p.URL)
}

// Places says where to look for packages.
type Places struct {
	Indexes []lock.Index // those that the project names
	// Default replaces the default index (--index-url); "" is the project's, else PyPI.
	Default string
	// FindLinks are folders and pages that are looked through first, for every package.
	FindLinks []string
	// Dir is the folder that relative paths of lock.Index and lock.Source are relative to.
	Dir string
}

// For lists where the packages of a source may be looked for, in order.
func (p Places) For(source lock.Source) ([]Place, error) {
	var places []Place
	for _, link := range p.FindLinks {
		places = append(places, Place{URL: link, Flat: true})
	}
	if !p.isDefault(source) {
		bound, err := p.bound(source)
		return append(places, bound), err
	}
	places = append(places, p.defaultPlace())
	for _, index := range p.Indexes {
		if !index.Explicit && !index.Default {
			places = append(places, p.place(index))
		}
	}
	return slices.Compact(places), nil
}

// isDefault holds for the source of packages that are bound to no index. A lock that spells PyPI out means
// the default index, too.
func (p Places) isDefault(source lock.Source) bool {
	if source.Kind != lock.FromIndex && source.Kind != "" {
		return false
	}
	if source.URL != "" {
		return IsPyPI(source.URL) && p.indexNamed(source.Name) == nil
	}
	return source.Name == "" || strings.EqualFold(source.Name, "pypi") && p.indexNamed(source.Name) == nil
}

// IsPyPI holds for the spellings of PyPI's own index.
func IsPyPI(index string) bool {
	return strings.EqualFold(strings.TrimRight(index, "/"), strings.TrimRight(PyPI, "/"))
}

func (p Places) indexNamed(name string) *lock.Index {
	for i, index := range p.Indexes {
		if name != "" && strings.EqualFold(index.Name, name) {
			return &p.Indexes[i]
		}
	}
	return nil
}

func (p Places) defaultPlace() Place {
	if p.Default != "" {
		return Place{URL: p.Default}
	}
	for _, index := range p.Indexes {
		if index.Default {
			return p.place(index)
		}
	}
	return Place{URL: PyPI}
}

func (p Places) place(index lock.Index) Place {
	return Place{Name: index.Name, URL: p.rooted(index.URL), Flat: index.Flat}
}

// bound is the only place for a source's packages.
func (p Places) bound(source lock.Source) (Place, error) {
	named := p.indexNamed(source.Name)
	switch {
	case source.Kind == lock.FromFlat:
		return Place{Name: source.Name, URL: p.rooted(source.URL + source.Path), Flat: true}, nil
	case source.URL != "":
		place := Place{Name: source.Name, URL: p.rooted(source.URL)}
		// The project's spelling may hold the credentials that a lock leaves out.
		if named != nil && Redact(named.URL) == Redact(source.URL) {
			place = p.place(*named)
		}
		return place, nil
	case named != nil:
		return p.place(*named), nil
	}
	return Place{}, fmt.Errorf("its index %q is named neither in the lock nor in pyproject.toml", source.Name)
}

// rooted makes a relative path absolute and leaves URLs as they are.
func (p Places) rooted(location string) string {
	if !isFolder(location) || filepath.IsAbs(location) {
		return location
	}
	return filepath.Join(p.Dir, filepath.FromSlash(location))
}

// isFolder tells a path from a URL.
func isFolder(location string) bool {
	scheme, _, found := strings.Cut(location, ":")
	return !found || len(scheme) == 1 || strings.ContainsAny(scheme, `/\.`) // C:\ is a drive
}

// accept asks for JSON before HTML.
const accept = "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.01"

// Files lists the files of a project (of all projects for "" and a flat place) that an index has and keep wants
// (nil: all); none when it does not know the project.
func (c *Client) Files(ctx context.Context, place Place, project name.Name, keep func(File) bool) ([]File, error) {
	c.credentials.introduce(place.Name, place.URL)
	if isFolder(place.URL) {
		return listFolder(place.URL, page{project: project, keep: keep})
	}
	u, err := url.Parse(place.URL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" && u.Scheme != "file" {
		return nil, fmt.Errorf("the index %q is not an http, https or file URL", place.String())
	}
	if !place.Flat {
		u = u.JoinPath(string(project), "/")
	}
	if u.Scheme == "file" {
		return readLocal(u, page{project: project, keep: keep})
	}
	var files []File
	header := http.Header{"Accept": {accept}, "Accept-Encoding": {"gzip"}}
	err = c.Get(ctx, Request{URL: u.String(), Header: header, Limit: c.maxPage}, func(r *Response) error {
		var err error
		files, err = readPage(r, page{project: project, keep: keep}, c.maxPage)
		return err
	})
	var status *StatusError
	if errors.As(err, &status) && (status.Status == http.StatusNotFound || status.Status == http.StatusGone) && !place.Flat {
		return nil, nil
	}
	return files, err
}

// listFolder lists the wheels and sdists of a folder. They have no hashes: who takes one computes it.
func listFolder(dir string, p page) ([]File, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("reading a --find-links folder: %w", err)
	}
	absolute, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	for _, entry := range entries {
		if !entry.IsDir() {
			p.add(File{Filename: entry.Name(), URL: fileURL(filepath.Join(absolute, entry.Name())).String()})
		}
	}
	return p.files, nil
}

func fileURL(path string) *url.URL {
	path = filepath.ToSlash(path)
	if !strings.HasPrefix(path, "/") {
		path = "/" + path // a drive
	}
	return &url.URL{Scheme: "file", Path: path}
}

// LocalPath is the path that a file URL stands for.
func LocalPath(raw string) (string, error) {
	u, err := url.Parse(raw)
	if err != nil || u.Scheme != "file" || u.Host != "" && u.Host != "localhost" || u.Path == "" {
		return "", fmt.Errorf("%q is not the URL of a local file", Redact(raw))
	}
	path := u.Path
	if len(path) > 2 && path[0] == '/' && path[2] == ':' {
		path = path[1:]
	}
	return filepath.FromSlash(path), nil
}

// readLocal reads a page from a local mirror: a folder's index.html, a page's file, or else the folder's files.
func readLocal(u *url.URL, p page) ([]File, error) {
	path, err := LocalPath(u.String())
	if err != nil {
		return nil, err
	}
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading an index: %w", err)
	}
	if info.IsDir() {
		folder := path
		path = filepath.Join(path, "index.html")
		if _, err := os.Stat(path); err != nil {
			return listFolder(folder, p)
		}
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("reading an index: %w", err)
	}
	defer f.Close()
	p.base, p.local = u, true
	if _, err := p.readHTML(io.LimitReader(f, maxPage)); err != nil {
		return nil, fmt.Errorf("reading %s: %w", path, err)
	}
	return p.files, nil
}

// Local says whether the place can be read without the network.
func (p Place) Local() bool {
	return isFolder(p.URL) || strings.HasPrefix(strings.ToLower(p.URL), "file:")
}
