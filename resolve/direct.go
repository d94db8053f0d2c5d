package resolve

import (
	"fmt"
	"net/url"
	"path"
	"strings"

	"github.com/ofiuco/ofiuco/pypa/filename"
	"github.com/ofiuco/ofiuco/pypa/requirement"
)

// direct makes the wheel that a requirement names by URL the only candidate of its project.
func (c *catalog) direct(r requirement.Requirement) error {
	refuse := func(reason, hint string) error {
		return &Error{Msg: fmt.Sprintf("the build requirement %q %s", display(r), reason), Hint: hint}
	}
	u, err := url.Parse(r.URL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return refuse("is neither a release of an index nor an http or https URL", "name a version instead")
	}
	if u.User != nil {
		return refuse("has credentials in its URL, which the build lock would show", "leave them to the netrc file")
	}
	location, sha256 := splitURL(r.URL)
	if sha256 == "" {
		return refuse("is a URL without a hash", "append #sha256= and the file's digest to the URL")
	}
	file := path.Base(u.Path)
	wheel, err := filename.ParseWheel(file)
	if err != nil || wheel.Name != r.Name {
		return refuse(fmt.Sprintf("is not a wheel of %s, and what builds is not itself built", r.Name), "name the URL of a wheel")
	}
	if _, fits := c.target.Rank(wheel.Tags); !fits {
		return refuse(fmt.Sprintf("does not run on %s: %s", c.target, c.target.Why(wheel.Tags).Detail), "")
	}
	f := File{Filename: file, URL: location, SHA256: sha256}
	if other := c.projects[r.Name]; other != nil && other.candidates[0].wheel != f {
		return refuse("contradicts another URL or hash for the same project", "name one of them")
	}
	p := &project{name: r.Name, direct: f.URL}
	p.candidates = []*candidate{{project: p, version: wheel.Version, files: []File{f}, wheel: f}}
	c.projects[r.Name] = p
	return nil
}

// splitURL is a URL without its fragment, and the sha256 that the fragment has among its parts, in lower case; "" for none.
func splitURL(text string) (location, sha256 string) {
	location, fragment, _ := strings.Cut(text, "#")
	for part := range strings.SplitSeq(fragment, "&") {
		digest, found := strings.CutPrefix(part, "sha256=")
		digest = strings.ToLower(digest)
		if found && len(digest) == 64 && strings.Trim(digest, "0123456789abcdef") == "" {
			return location, digest
		}
	}
	return location, ""
}

// display is a requirement as messages show it: without what may be secret in a URL.
func display(r requirement.Requirement) string {
	if r.URL == "" {
		return r.String()
	}
	u, err := url.Parse(r.URL)
	if err != nil {
		return string(r.Name) + " @ a URL"
	}
	u.User, u.RawQuery, u.Fragment, u.RawFragment = nil, "", "", ""
	r.URL = u.String()
	return r.String()
}
