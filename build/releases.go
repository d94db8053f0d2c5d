package build

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/ofiuco/ofiuco/fetch"
	"github.com/ofiuco/ofiuco/index"
	"github.com/ofiuco/ofiuco/lock"
	"github.com/ofiuco/ofiuco/pypa/name"
	"github.com/ofiuco/ofiuco/resolve"
)

// releases are what the indexes offer. A wheel's requirements are read from the wheel itself, which most often is
// needed right after; it comes into the store verified by the index's digest, which then is the build lock's.
type releases struct {
	store   *fetch.Store
	fetcher *fetch.Fetcher
	pages   map[name.Name][]resolve.File
}

func newReleases(store *fetch.Store, fetcher *fetch.Fetcher) *releases {
	return &releases{store: store, fetcher: fetcher, pages: map[name.Name][]resolve.File{}}
}

// Files implements resolve.Releases.
func (r *releases) Files(ctx context.Context, project name.Name) ([]resolve.File, error) {
	if files, ok := r.pages[project]; ok {
		return files, nil
	}
	places, err := r.fetcher.Places.For(lock.Source{})
	if err != nil {
		return nil, err
	}
	asked := 0
	var files []resolve.File
	for _, place := range places {
		if r.fetcher.Offline && !place.Local() {
			continue
		}
		asked++
		listed, err := r.fetcher.Client.Files(ctx, place, project, nil)
		if err != nil {
			return nil, err
		}
		for _, f := range listed {
			file, err := releaseFile(f, place)
			if err != nil {
				return nil, err
			}
			files = append(files, file)
		}
		if len(files) > 0 {
			break // a project is of one index: no other can slip in a release
		}
	}
	if len(files) == 0 && asked < len(places) {
		return nil, fmt.Errorf("the build lock does not hold %s, and --offline forbids to ask the index for it", project)
	}
	r.pages[project] = files
	return files, nil
}

// releaseFile is an entry of an index's page, or a file of a folder, of which no page tells the digest.
func releaseFile(f index.File, place index.Place) (resolve.File, error) {
	file := resolve.File{Filename: f.Filename, URL: f.URL, Size: f.Size, RequiresPython: f.RequiresPython, Yanked: f.Yanked}
	if !index.IsPyPI(place.URL) && !place.Flat {
		file.Index = cmp.Or(place.Name, index.Redact(place.URL))
	}
	for _, h := range f.Hashes {
		if h.Algorithm == "sha256" {
			file.SHA256 = h.Hex
		}
	}
	path, err := index.LocalPath(f.URL)
	if err != nil || file.SHA256 != "" || filepath.Ext(path) != ".whl" {
		return file, nil
	}
	local, err := os.Open(path)
	if err != nil {
		return file, err
	}
	defer local.Close()
	h := sha256.New()
	file.Size, err = io.Copy(h, local)
	file.SHA256 = hex.EncodeToString(h.Sum(nil))
	return file, err
}

// Metadata implements resolve.Releases.
func (r *releases) Metadata(ctx context.Context, project name.Name, wheel resolve.File) (resolve.Metadata, error) {
	results, err := r.fetcher.Fetch(ctx, []fetch.Request{{Name: project, Package: project.String(), Artifact: wheelArtifact(wheel)}})
	if err != nil {
		return resolve.Metadata{}, err
	}
	opened, err := r.store.Wheel(ctx, results[0].SHA256, wheel.Filename)
	if err != nil {
		return resolve.Metadata{}, fmt.Errorf("%s: %w", wheel.Filename, err)
	}
	defer opened.Close()
	return resolve.Metadata{Requires: opened.Metadata.RequiresDist, RequiresPython: opened.Metadata.RequiresPython}, nil
}

// wheelArtifact is a wheel as a lock would name it.
func wheelArtifact(f resolve.File) lock.Artifact {
	return lock.Artifact{
		Kind: lock.Wheel, Filename: f.Filename, URL: f.URL, Size: f.Size,
		Hashes: []lock.Hash{{Algorithm: "sha256", Hex: f.SHA256}},
	}
}
