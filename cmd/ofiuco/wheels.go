package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/ofiuco/ofiuco/fetch"
	"github.com/ofiuco/ofiuco/index"
	"github.com/ofiuco/ofiuco/install"
	"github.com/ofiuco/ofiuco/internal/tomldoc"
	"github.com/ofiuco/ofiuco/lock"
	"github.com/ofiuco/ofiuco/pypa/name"
	"github.com/ofiuco/ofiuco/selection"
	"github.com/ofiuco/ofiuco/target"
	"github.com/ofiuco/ofiuco/tree"
	"github.com/ofiuco/ofiuco/wheel"
)

// openWheel is a taken package's wheel in the store, checked.
type openWheel struct {
	*fetch.Wheel
	taken *selection.Package
}

// openWheels are the wheels of an output. They are open until close.
type openWheels []openWheel

// openWheels brings the wheels that the output carries into the store, and opens and checks them. All that is wrong
// with any of them is said at once.
func (a *app) openWheels(ctx context.Context, l *lock.Lock, s *selection.Selection, dropped map[name.Name]bool, files *projectFiles, b *builds) (openWheels, error) {
	got, err := a.acquire(ctx, l, s, dropped, files, b)
	if err != nil {
		return nil, err
	}
	return got.open(ctx)
}

// open opens and checks the wheels of an acquisition.
func (q *acquisition) open(ctx context.Context) (openWheels, error) {
	allowed, err := q.files.allowed()
	if err != nil {
		return nil, err
	}
	all := make(openWheels, len(q.taken))
	errs := make([]error, len(q.taken))
	var group errgroup.Group
	group.SetLimit(q.app.workers())
	for i, p := range q.taken {
		group.Go(func() error {
			w, err := q.store.Wheel(ctx, q.results[i].SHA256, q.results[i].Filename)
			if err == nil {
				all[i] = openWheel{w, p}
				err = w.Refusal(allowed[p.Name]...)
			}
			if err != nil {
				errs[i] = aboutWheel(q.lock, p, err)
			}
			return nil
		})
	}
	_ = group.Wait() // the errors are in errs
	if err := errors.Join(errs...); err != nil {
		all.close()
		return nil, err
	}
	q.app.tellOddities(q.lock, all)
	return all, nil
}

// tellOddities warns, once for each wheel, of what was healed in it, and once of formats that are newer than what is
// known; with --verbose it tells of all that is odd.
func (a *app) tellOddities(l *lock.Lock, wheels openWheels) {
	warned := map[string]bool{}
	for _, w := range wheels {
		for _, oddity := range w.Oddities {
			key := oddity.Code
			switch {
			case a.verbose:
				a.note("%s: %s", w.Filename, oddity)
				continue
			case key == wheel.CodeUnlisted || key == wheel.CodeGhost || key == wheel.CodeTwice:
				key += " " + w.Filename
			case key != wheel.CodeVersion:
				continue
			}
			if !warned[key] {
				warned[key] = true
				a.warn(aboutWheel(l, w.taken, fmt.Errorf("%s: %s", w.Filename, oddity)))
			}
		}
	}
}

// aboutWheel puts the lock's line before what is wrong with a wheel.
func aboutWheel(l *lock.Lock, p *selection.Package, err error) error {
	var e *lock.Error
	if errors.As(err, &e) {
		return err
	}
	return &lock.Error{Path: l.Path, Line: p.Line, Package: packageLabel(p), Msg: err.Error(), Err: err}
}

func packageLabel(p *selection.Package) string { return p.Name.String() + " " + p.Version.String() }

// acquisition is the files of a Selection on their way into the store.
type acquisition struct {
	app     *app
	lock    *lock.Lock
	files   *projectFiles
	builds  *builds // nil: what is no wheel is fetched, and not built
	store   *fetch.Store
	target  target.Target
	taken   []*selection.Package
	results []fetch.Result // of taken; a directory or commit that is not built has none
}

// acquire brings the files of the packages that are not dropped into the store, and builds those that are no wheels.
func (a *app) acquire(ctx context.Context, l *lock.Lock, s *selection.Selection, dropped map[name.Name]bool, files *projectFiles, b *builds) (*acquisition, error) {
	dir, err := a.storeDir()
	if err != nil {
		return nil, err
	}
	store, err := fetch.OpenStore(dir)
	if err != nil {
		return nil, err
	}
	got := &acquisition{app: a, lock: l, files: files, builds: b, store: store, target: s.Target}
	for _, p := range s.Packages {
		if !dropped[p.Name] {
			got.taken = append(got.taken, p)
		}
	}
	return got, got.run(ctx)
}

func (q *acquisition) run(ctx context.Context) error {
	bar := q.app.newProgress()
	defer bar.stop()
	fetcher := q.app.fetcher(q.store, q.lock, q.files, bar)
	if err := nameFiles(ctx, fetcher, q.lock, q.taken); err != nil {
		return err
	}
	if q.builds != nil && q.builds.flags.none {
		if err := sourcesRefused(q.lock, q.target, q.taken); err != nil {
			return err
		}
	}
	if err := q.fetch(ctx, fetcher); err != nil || q.builds == nil {
		return err
	}
	return q.builds.buildSources(ctx, fetcher, q)
}

// fetch brings the wheels and sdists into the store.
func (q *acquisition) fetch(ctx context.Context, fetcher *fetch.Fetcher) error {
	var requests []fetch.Request
	var places []int
	for i, p := range q.taken {
		if p.Artifact.Kind != lock.Wheel && p.Artifact.Kind != lock.Sdist {
			continue
		}
		places = append(places, i)
		requests = append(requests, fetch.Request{
			Name: p.Name, Package: packageLabel(p), Artifact: p.Artifact, Source: p.Source,
			Lock: q.lock.Path, Line: p.Line, StrictSize: q.lock.Format == lock.Pylock,
		})
	}
	results, err := fetcher.Fetch(ctx, requests)
	if err != nil {
		return err
	}
	q.results = make([]fetch.Result, len(q.taken))
	for i, place := range places {
		q.results[place] = results[i]
	}
	return nil
}

// nameFiles asks the index for the files of packages of which the lock knows only digests, and ranks them.
func nameFiles(ctx context.Context, fetcher *fetch.Fetcher, l *lock.Lock, taken []*selection.Package) error {
	var wanted []fetch.Wanted
	var unnamed []*selection.Package
	for _, p := range taken {
		if len(p.Artifacts) == 0 && len(p.Hashes) > 0 {
			unnamed = append(unnamed, p)
			wanted = append(wanted, fetch.Wanted{Name: p.Name, Package: packageLabel(p), Source: p.Source, Hashes: p.Hashes, Lock: l.Path, Line: p.Line})
		}
	}
	if len(wanted) == 0 {
		return nil
	}
	listed, err := fetcher.Candidates(ctx, wanted)
	if err != nil {
		return err
	}
	var errs []error
	for i, p := range unnamed {
		artifacts, err := namedArtifacts(l, p, listed[i])
		if err == nil {
			err = p.Choose(l, artifacts)
		}
		if err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// namedArtifacts are the files of an index that can be the package's. It is an error when there are none.
func namedArtifacts(l *lock.Lock, p *selection.Package, files []index.File) ([]lock.Artifact, error) {
	var artifacts []lock.Artifact
	var other error
	for _, f := range files {
		if err := p.CheckFile(f.Filename); err != nil {
			other = err
			continue
		}
		kind := lock.Sdist
		if filepath.Ext(f.Filename) == ".whl" {
			kind = lock.Wheel
		}
		artifacts = append(artifacts, lock.Artifact{Kind: kind, Filename: f.Filename, URL: f.URL, Hashes: f.Hashes, Size: f.Size, Line: p.Line})
	}
	if len(artifacts) == 0 && other != nil {
		return nil, &lock.Error{
			Path: l.Path, Line: p.Line, Package: packageLabel(p), Err: other,
			Msg: other.Error() + ", though its hash is locked", Hint: "write the lock anew with the tool that made it",
		}
	}
	return artifacts, nil
}

// allowed reads [tool.ofiuco.allow] of pyproject.toml: by package, the codes of what its wheel may violate.
func (p *projectFiles) allowed() (map[name.Name][]string, error) {
	codes := map[name.Name][]string{}
	doc, err := p.pyprojectDocument()
	if doc == nil {
		return codes, err
	}
	for key, value := range doc.Root().Table("tool").Table("ofiuco").Table("allow").All() {
		wrong := &lock.Error{Path: p.pyprojectPath, Line: value.Line(), Hint: "what may be allowed: package = \"record\", \"bomb\" or \"binary\", or some with spaces between"}
		n, err := name.Parse(key)
		if err != nil {
			wrong.Msg = fmt.Sprintf("tool.ofiuco.allow: %v", err)
			return nil, wrong
		}
		for code := range strings.FieldsSeq(value.String()) {
			if code != allowBinary && !(wheel.Oddity{Code: code}).Violation() {
				wrong.Msg = fmt.Sprintf("tool.ofiuco.allow.%s: there is nothing to allow by the name of %q", n, code)
				return nil, wrong
			}
			codes[n] = append(codes[n], code)
		}
	}
	if err := doc.Err(); err != nil {
		return nil, p.pyprojectError(err)
	}
	return codes, nil
}

// pyprojectDocument parses pyproject.toml; nil when there is none.
func (p *projectFiles) pyprojectDocument() (*tomldoc.Document, error) {
	if p.pyproject == nil {
		return nil, nil
	}
	doc, err := tomldoc.Parse(p.pyproject)
	if err != nil {
		return nil, p.pyprojectError(err)
	}
	return doc, nil
}

// pyprojectError puts the path and line of pyproject.toml before what is wrong with it.
func (p *projectFiles) pyprojectError(err error) error {
	e := &lock.Error{Path: p.pyprojectPath, Msg: err.Error(), Err: err}
	var broken *tomldoc.Error
	if errors.As(err, &broken) {
		e.Line, e.Msg = broken.Line, broken.Msg
	}
	return e
}

func (ws openWheels) close() {
	for _, w := range ws {
		if w.Wheel != nil {
			_ = w.Close() // it was only read
		}
	}
}

// verify hashes all wheels again, as many at once as there are processors. It goes on after a damaged one, so that all
// of them are fetched anew together.
func (ws openWheels) verify(ctx context.Context, l *lock.Lock) error {
	errs := make([]error, len(ws))
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i, w := range ws {
		group.Go(func() error {
			if err := w.Verify(ctx); err != nil {
				errs[i] = aboutWheel(l, w.taken, err)
			}
			return nil
		})
	}
	_ = group.Wait() // the errors are in errs
	return errors.Join(errs...)
}

// trees are the wheels as they are installed for a target into one folder.
func (ws openWheels) trees(t target.Target) ([]tree.Tree, error) {
	options := install.Options{Scheme: install.Flat()}
	if r := t.Runtime(); r != nil {
		options.Interpreter = r.Interpreter
	}
	trees := make([]tree.Tree, len(ws))
	errs := make([]error, len(ws))
	var wait sync.WaitGroup
	for i, w := range ws {
		wait.Go(func() { trees[i], errs[i] = install.Tree(w.Wheel.Wheel, w, options) })
	}
	wait.Wait()
	return trees, errors.Join(errs...)
}
