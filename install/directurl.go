package install

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/url"
	"strings"
)

// DirectURL is where a project came from, when that was no index (PEP 610; the specification "Recording
// the direct URL origin"). One of Archive, VCS and Directory is set.
type DirectURL struct {
	// URL may hold credentials: none of it, of a query and of a fragment is written. The path of a
	// folder of this host makes RECORD another one on every host: leave it out of outputs that must
	// not differ.
	URL          string
	Archive      *Archive
	VCS          *VCS
	Directory    *Directory
	Subdirectory string // of the project in the archive or repository
}

// Archive is a wheel or an sdist.
type Archive struct {
	Hashes map[string]string `json:"hashes,omitempty"` // hexadecimal digests, by algorithm
}

// VCS is a commit of a repository.
type VCS struct {
	VCS               string `json:"vcs"` // "git"
	RequestedRevision string `json:"requested_revision,omitempty"`
	CommitID          string `json:"commit_id"`
}

// Directory is a folder.
type Directory struct {
	Editable bool `json:"editable,omitempty"`
}

// encode is direct_url.json.
func (d *DirectURL) encode() ([]byte, error) {
	address, err := withoutSecrets(d.URL)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	err = encoder.Encode(struct {
		URL          string     `json:"url"`
		Archive      *Archive   `json:"archive_info,omitempty"`
		VCS          *VCS       `json:"vcs_info,omitempty"`
		Directory    *Directory `json:"dir_info,omitempty"`
		Subdirectory string     `json:"subdirectory,omitempty"`
	}{address, d.Archive, d.VCS, d.Directory, d.Subdirectory})
	return b.Bytes(), err
}

// withoutSecrets is a URL without credentials, query and fragment. The user of ssh stays: it is no
// secret, and nobody gets in without it. "git@host:path" becomes ssh://git@host/path.
func withoutSecrets(address string) (string, error) {
	if before, after, found := strings.Cut(address, ":"); found && strings.Contains(before, "@") && !strings.Contains(before, "/") {
		address = "ssh://" + before + "/" + strings.TrimPrefix(after, "/")
	}
	u, err := url.Parse(address)
	if err != nil || u.Scheme == "" || u.Opaque != "" {
		return "", errors.New("the direct URL is none that direct_url.json can hold") // and not shown: it may hold credentials
	}
	user := u.User
	u.User = nil
	if user != nil && strings.HasSuffix(u.Scheme, "ssh") {
		u.User = url.User(user.Username())
	}
	u.RawQuery, u.ForceQuery = "", false
	u.Fragment, u.RawFragment = "", ""
	return u.String(), nil
}
