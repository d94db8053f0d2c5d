// Package index finds out where a file is: it asks package indexes by the simple repository API
// (PEP 503, 691, 700) and by flat lists of links, and it is the HTTP client for pages and files.
//
// In the pipeline it stands between Selection and fetch: a lock that gives only names and digests needs to
// learn URLs. Nothing that an index says is believed beyond that; the lock's digest decides. Rules:
//
//   - An entry of another project, of an unsafe name or of a scheme other than http and https is
//     passed over (entries of local pages may be local files).
//   - A package that its lock binds to an index is looked for there and nowhere else, and an explicit
//     index serves only what is bound to it: no other index can slip in a project of the same name.
//   - Credentials go only to the scheme, host and port they are for, also after a redirect, never from https
//     to http, and into no message.
//   - What passes by itself is tried again, within limits; the rest is an error that says whether the
//     network is at fault (*NetworkError) or the answer (*StatusError and others).
//   - A page, packed or not, has a size limit; a body may stall only for so long.
package index

import (
	"cmp"
	"fmt"
	"net/url"
	"strings"
	"unicode"

	"github.com/ofiuco/ofiuco/lock"
	"github.com/ofiuco/ofiuco/pypa/filename"
	"github.com/ofiuco/ofiuco/pypa/name"
)

// PyPI is the index where neither the lock nor the user names another.
const PyPI = "https://pypi.org/simple/"

// File is an entry of an index's page.
type File struct {
	Filename string
	// Project is whose file it is, by the file's name.
	Project name.Name
	// URL is absolute and has neither credentials nor a fragment; its scheme is http, https or file.
	URL string
	// Hashes are the strong ones (sha256, sha384, sha512) that the index gives, sha256 first.
	Hashes []lock.Hash
	Size   int64 // bytes; 0 when the index does not say (PEP 700)
	// RequiresPython is as the index spells it, "" when it does not say.
	RequiresPython string
	// Yanked says that its authors took it back (PEP 592); YankedReason why, if they said so.
	Yanked       bool
	YankedReason string
}

// Has says whether the file has the hash, as far as the index tells.
func (f File) Has(h lock.Hash) bool {
	for _, own := range f.Hashes {
		if own == h {
			return true
		}
	}
	return false
}

// hexDigits are the lengths of the digests that are strong enough.
var hexDigits = map[string]int{"sha256": 64, "sha384": 96, "sha512": 128}

// strongHash checks and normalizes a hash; weak, unknown and broken ones are not ok.
func strongHash(algorithm, hex string) (lock.Hash, bool) {
	h := lock.Hash{Algorithm: strings.ToLower(algorithm), Hex: strings.ToLower(hex)}
	if hexDigits[h.Algorithm] != len(h.Hex) || len(h.Hex) == 0 || strings.Trim(h.Hex, "0123456789abcdef") != "" {
		return lock.Hash{}, false
	}
	return h, true
}

// compareHashes sorts sha256 first.
func compareHashes(a, b lock.Hash) int {
	return cmp.Or(cmp.Compare(hexDigits[a.Algorithm], hexDigits[b.Algorithm]), cmp.Compare(a.Hex, b.Hex))
}

// projectOf is the project of a wheel or sdist by its file name; not ok for other and unsafe names.
func projectOf(file string) (name.Name, bool) {
	if strings.ContainsAny(file, `/\`) || strings.ContainsFunc(file, unicode.IsControl) {
		return "", false
	}
	if wheel, err := filename.ParseWheel(file); err == nil {
		return wheel.Name, true
	}
	if sdist, err := filename.ParseSdist(file); err == nil {
		return sdist.Name, true
	}
	return "", false
}

// page is what an index's answer is read with.
type page struct {
	base    *url.URL  // where it came from; a <base> replaces it
	project name.Name // whose files are wanted; "" for all (flat lists)
	keep    func(File) bool
	local   bool // links to local files are followed
	files   []File
}

// fileURL makes a page's link absolute. An entry with credentials loses them: those of the index count.
func (p *page) fileURL(link string) (*url.URL, bool) {
	u, err := p.base.Parse(strings.TrimSpace(link))
	if err != nil {
		return nil, false
	}
	u.User = nil
	switch u.Scheme {
	case "http", "https":
		return u, u.Host != ""
	case "file":
		return u, p.local && (u.Host == "" || u.Host == "localhost")
	}
	return nil, false
}

// add keeps an entry if it is one of the wanted project's files.
func (p *page) add(f File) {
	project, ok := projectOf(f.Filename)
	if !ok || p.project != "" && project != p.project {
		return
	}
	f.Project = project
	if p.keep != nil && !p.keep(f) {
		return
	}
	p.files = append(p.files, f)
}

// apiVersion checks the version of the simple repository API (PEP 629).
func apiVersion(version string) error {
	major, _, _ := strings.Cut(version, ".")
	if version == "" || major == "1" {
		return nil
	}
	return fmt.Errorf("the page is in version %.20q of the simple repository API; this ofiuco reads 1.x", version)
}
