package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"path"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/ofiuco/ofiuco/buildfile"
	"github.com/ofiuco/ofiuco/index"
	"github.com/ofiuco/ofiuco/lock"
	"github.com/ofiuco/ofiuco/selection"
	"github.com/ofiuco/ofiuco/target"
)

// download is a file for Bazel's downloader.
type download struct {
	URLs   []string `json:"urls"`
	SHA256 string   `json:"sha256"`
	Path   string   `json:"path"` // in the hub
}

// downloads are the files that packages have, for all targets together.
type downloads map[*lock.Package][]download

// downloadsFor finds where the files are that targets take. A lock that does not say asks for its indexes, which is the only
// time that a hub needs the network; what no index can be asked for is left to the action that fetches.
func (a *app) downloadsFor(ctx context.Context, l *lock.Lock, names []string) (downloads, error) {
	taken, err := takenBy(l, names)
	if err != nil {
		return nil, err
	}
	client := index.NewClient(index.Options{Getenv: a.getenv, Indexes: l.Indexes, UserAgent: "ofiuco/" + release})
	places := index.Places{Indexes: l.Indexes, Default: a.indexURL}
	found := downloads{}
	var mu sync.Mutex
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(8)
	for p, artifacts := range taken {
		group.Go(func() error {
			wanted, err := locate(ctx, client, places, p, artifacts)
			if err != nil {
				return &lock.Error{Path: l.Path, Line: p.Line, Package: p.Name.String(), Msg: err.Error(), Err: err}
			}
			mu.Lock()
			defer mu.Unlock()
			found[p] = wanted
			return nil
		})
	}
	return found, group.Wait()
}

// takenBy are the files that targets take of each package.
func takenBy(l *lock.Lock, names []string) (map[*lock.Package][]lock.Artifact, error) {
	targets := make([]target.Target, len(names))
	for i, text := range names {
		var err error
		if targets[i], err = target.Parse(text); err != nil {
			return nil, fmt.Errorf("downloader: %w", err)
		}
	}
	taken := map[*lock.Package][]lock.Artifact{}
	var errs []error
	extras, groups := buildfile.Asked(l)
	for _, result := range selection.Check(l, targets, selection.Options{Extras: extras, Groups: groups, NoDefaultGroups: true}) {
		if result.Err != nil {
			errs = append(errs, result.Err)
			continue
		}
		for _, p := range result.Selection.Packages {
			artifact := p.Artifact
			isSame := func(other lock.Artifact) bool { return other.SHA256() == artifact.SHA256() }
			if artifact.SHA256() != "" && artifact.Path == "" && !slices.ContainsFunc(taken[p.Package], isSame) {
				taken[p.Package] = append(taken[p.Package], artifact)
			}
		}
	}
	return taken, errors.Join(errs...)
}

// locate finds the URLs of a package's files.
func locate(ctx context.Context, client *index.Client, places index.Places, p *lock.Package, artifacts []lock.Artifact) ([]download, error) {
	var all []download
	var listed []index.File
	for _, artifact := range artifacts {
		where := artifact.URL
		if where == "" && listed == nil {
			at, err := places.For(p.Source)
			if err != nil {
				return nil, err
			}
			for _, place := range at {
				files, err := client.Files(ctx, place, p.Name, nil)
				if err != nil {
					return nil, err
				}
				listed = append(listed, files...)
			}
		}
		for _, file := range listed {
			if where == "" && file.Filename == artifact.Filename {
				where = file.URL
			}
		}
		u, err := url.Parse(where)
		if err != nil || u.Scheme != "https" && u.Scheme != "http" {
			continue
		}
		u.User, u.Fragment, u.RawFragment = nil, "", ""
		all = append(all, download{[]string{u.String()}, artifact.SHA256(), path.Join("downloads", artifact.SHA256(), artifact.Filename)})
	}
	return all, nil
}

// paths are where the files will be in the hub.
func (d downloads) paths() map[*lock.Package][]string {
	all := make(map[*lock.Package][]string, len(d))
	for p, wanted := range d {
		for _, one := range wanted {
			all[p] = append(all[p], one.Path)
		}
	}
	return all
}

// file is the list that the repository rule reads, sorted by path.
func (d downloads) file() (buildfile.File, error) {
	all := []download{}
	for _, wanted := range d {
		all = append(all, wanted...)
	}
	slices.SortFunc(all, func(a, b download) int { return strings.Compare(a.Path, b.Path) })
	data, err := json.MarshalIndent(all, "", " ")
	return buildfile.File{Path: "downloads.json", Data: append(data, '\n')}, err
}
