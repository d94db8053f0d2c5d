package selection

import (
	"bytes"
	"encoding/json"
	"net/url"

	"github.com/ofiuco/ofiuco/pypa/name"
)

// selectionJSON is the contract of `select --json`.
type selectionJSON struct {
	Target     string           `json:"target"`
	Packages   []packageJSON    `json:"packages"`
	PassedOver []passedOverJSON `json:"passed_over"`
}

type packageJSON struct {
	Name         name.Name    `json:"name"`
	Version      string       `json:"version"`
	Artifact     artifactJSON `json:"artifact"`
	Dependencies []name.Name  `json:"dependencies"`
	Extras       []name.Name  `json:"extras"`
}

type artifactJSON struct {
	Kind     string `json:"kind"`
	Filename string `json:"filename"`
	URL      string `json:"url"`
	Path     string `json:"path,omitempty"`
	Commit   string `json:"commit,omitempty"`
	SHA256   string `json:"sha256"`
	Size     int64  `json:"size"`
	// Hashes are there when the lock has no SHA-256 of the file, or knows no file names.
	Hashes []string `json:"hashes,omitempty"`
}

type passedOverJSON struct {
	Name    name.Name `json:"name"`
	Version string    `json:"version"`
	Reason  string    `json:"reason"`
}

// MarshalJSON writes the contract of `select --json`: packages by name, no credentials in URLs.
func (s *Selection) MarshalJSON() ([]byte, error) {
	out := selectionJSON{Target: s.Target.String(), Packages: []packageJSON{}, PassedOver: []passedOverJSON{}}
	for _, p := range s.Packages {
		out.Packages = append(out.Packages, packageJSON{
			Name: p.Name, Version: versionText(p), Artifact: artifactOf(p),
			Dependencies: notNil(p.Dependencies), Extras: notNil(p.Extras),
		})
	}
	for _, p := range s.PassedOver {
		v := ""
		if !p.Package.Version.IsZero() {
			v = p.Package.Version.String()
		}
		out.PassedOver = append(out.PassedOver, passedOverJSON{Name: p.Package.Name, Version: v, Reason: p.Reason.String()})
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(out)
	return b.Bytes(), err
}

func versionText(p *Package) string {
	if p.Version.IsZero() {
		return ""
	}
	return p.Version.String()
}

func artifactOf(p *Package) artifactJSON {
	a := artifactJSON{
		Kind: string(p.Artifact.Kind), Filename: p.Artifact.Filename, URL: redacted(p.Artifact.URL), Path: p.Artifact.Path,
		Commit: p.Source.Commit, SHA256: p.Artifact.SHA256(), Size: p.Artifact.Size,
	}
	hashes := p.Hashes
	if a.SHA256 == "" && len(hashes) == 0 {
		hashes = p.Artifact.Hashes
	}
	for _, h := range hashes {
		a.Hashes = append(a.Hashes, h.Algorithm+":"+h.Hex)
	}
	return a
}

// redacted is a URL without its user and password.
func redacted(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return ""
	}
	u.User = nil
	return u.String()
}

func notNil(names []name.Name) []name.Name {
	if names == nil {
		return []name.Name{}
	}
	return names
}
