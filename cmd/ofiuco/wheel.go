package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/ofiuco/ofiuco/build"
	"github.com/ofiuco/ofiuco/fetch"
	"github.com/ofiuco/ofiuco/internal/atomicfile"
	"github.com/ofiuco/ofiuco/internal/tomldoc"
	"github.com/ofiuco/ofiuco/lock"
	"github.com/ofiuco/ofiuco/pypa/filename"
	"github.com/ofiuco/ofiuco/pypa/name"
	"github.com/ofiuco/ofiuco/pypa/version"
	"github.com/ofiuco/ofiuco/target"
)

const wheelLong = `Build a wheel of a source tree or an sdist, through its own build backend (PEP 517), and print its path.

The backend runs in an environment of its own, with build requirements that ofiuco.build.lock pins by hash: what the
file lacks is resolved once and written there. It is in DIR, and for an SDIST in --project, else in the working folder. It runs without network where the host allows that, with a scrubbed
environment and a fixed clock, so that the same source gives the same wheel. Without a C compiler only pure packages
can be built; for a target that is not this machine a cross compiler is needed: one of the target's from the
distribution (aarch64-linux-gnu-gcc), or zig.

Settings for a package's build are in pyproject.toml: [tool.ofiuco.build.NAME] with requires, env, config-settings
and network.`

const wheelExample = `  # The project in this folder, to dist/
  ofiuco wheel

  # An sdist, for another platform
  ofiuco wheel --target cp311-manylinux_2_28_aarch64 -o wheels markupsafe-2.1.5.tar.gz`

// wheelFlags are what `ofiuco wheel` is asked.
type wheelFlags struct {
	targetFlags
	buildFlags
	out string
}

func (a *app) wheelCommand() *cobra.Command {
	var f wheelFlags
	cmd := &cobra.Command{
		Use:     "wheel [DIR|SDIST]",
		Short:   "Build a wheel from source",
		Long:    wheelLong,
		Example: wheelExample,
		Args:    atMostOne,
		RunE: func(cmd *cobra.Command, args []string) error {
			path := "."
			if len(args) > 0 {
				path = args[0]
			}
			t, err := f.one(cmd.Context(), cmd, a)
			if err != nil {
				return err
			}
			return a.buildWheel(cmd.Context(), &f, path, t)
		},
	}
	f.targetFlags.register(cmd)
	f.buildFlags.register(cmd)
	cmd.Flags().StringVarP(&f.out, "output", "o", "dist", "the folder to write the wheel to, `DIR`")
	a.jsonFlag(cmd)
	return cmd
}

// wheelJSON is what `wheel --json` prints.
type wheelJSON struct {
	Path     string `json:"path"`
	Filename string `json:"filename"`
	SHA256   string `json:"sha256"`
	Size     int64  `json:"size"`
}

func (a *app) buildWheel(ctx context.Context, f *wheelFlags, path string, t target.Target) error {
	dir, err := a.storeDir()
	if err != nil {
		return err
	}
	store, err := fetch.OpenStore(dir)
	if err != nil {
		return err
	}
	request, files, err := a.sourceRequest(ctx, store, path)
	if err != nil {
		return err
	}
	bar := a.newProgress()
	defer bar.stop()
	b := &builds{app: a, flags: &f.buildFlags, files: files}
	builder, err := b.open(store, a.fetcher(store, &lock.Lock{}, files, bar), t)
	if err != nil {
		return err
	}
	built, err := builder.Wheel(ctx, request)
	if err := errors.Join(err, b.finish(builder)); err != nil {
		return err
	}
	bar.stop()
	goal := filepath.Join(f.out, built.Filename)
	if err := copyOut(store.Path(built.SHA256), goal); err != nil {
		return fmt.Errorf("writing the wheel: %w", err)
	}
	if a.json {
		return a.printJSON(wheelJSON{Path: filepath.ToSlash(goal), Filename: built.Filename, SHA256: built.SHA256, Size: built.Size})
	}
	_, err = fmt.Fprintln(a.stdout, filepath.ToSlash(goal))
	return err
}

// sourceRequest is what to build: the source tree or sdist at path, and the project that its build lock is beside.
func (a *app) sourceRequest(ctx context.Context, store *fetch.Store, path string) (build.Request, *projectFiles, error) {
	info, err := os.Stat(path)
	if err != nil {
		return build.Request{}, nil, fmt.Errorf("reading the source: %w", err)
	}
	if info.IsDir() {
		return a.treeRequest(path)
	}
	archive := filepath.Base(path)
	parsed, err := filename.ParseSdist(archive)
	if err != nil {
		return build.Request{}, nil, fmt.Errorf("reading the source: %s is neither a folder nor an sdist: %w", filepath.ToSlash(path), err)
	}
	sum, err := store.Add(ctx, path)
	if err != nil {
		return build.Request{}, nil, err
	}
	size, _ := store.Has(sum)
	files := &projectFiles{dir: cmp.Or(a.project, ".")} // an sdist may lie anywhere, such as in a folder of downloads
	files.pyprojectPath = filepath.ToSlash(filepath.Join(files.dir, "pyproject.toml"))
	if files.pyproject, err = readInput(files.pyprojectPath); err != nil && !errors.Is(err, os.ErrNotExist) {
		return build.Request{}, nil, fmt.Errorf("reading the project: %w", err)
	}
	return build.Request{
		Name: parsed.Name, Version: parsed.Version, Package: parsed.Name.String() + " " + parsed.Version.String(), Artifact: lock.Artifact{Kind: lock.Sdist, Filename: archive},
		Archive: fetch.Result{Filename: archive, SHA256: sum, Path: store.Path(sum), Size: size},
		Source:  lock.Source{Kind: lock.FromPath, Path: filepath.ToSlash(path)}, Lock: filepath.ToSlash(path),
	}, files, nil
}

// treeRequest is the project in a folder. What its backend computes itself, be it the name, is not known before.
func (a *app) treeRequest(dir string) (build.Request, *projectFiles, error) {
	files := &projectFiles{dir: dir, pyprojectPath: filepath.ToSlash(filepath.Join(dir, "pyproject.toml"))}
	data, err := readInput(files.pyprojectPath)
	if err == nil {
		files.pyproject = data
	} else if !errors.Is(err, os.ErrNotExist) {
		return build.Request{}, nil, fmt.Errorf("reading the project: %w", err)
	}
	absolute, err := filepath.Abs(dir)
	if err != nil {
		return build.Request{}, nil, err
	}
	doc, err := files.pyprojectDocument()
	if err != nil {
		return build.Request{}, nil, err
	}
	n, v := projectIdentity(doc)
	request := projectRequest(n, v, absolute, files.pyprojectPath, 0)
	if n == "" {
		request.Package = filepath.Base(absolute)
	}
	return request, files, nil
}

// projectIdentity is the name and version that pyproject.toml tells, by [project] or [tool.poetry]; zero where it does not.
func projectIdentity(doc *tomldoc.Document) (n name.Name, v version.Version) {
	if doc == nil {
		return n, v
	}
	for _, t := range []tomldoc.Table{doc.Root().Table("project"), doc.Root().Table("tool").Table("poetry")} {
		if text := t.Get("name"); n == "" && text.Present() {
			n, _ = name.Parse(text.String()) // the backend says what is wrong with it
		}
		if text := t.Get("version"); v.IsZero() && text.Present() {
			v, _ = version.Parse(text.String())
		}
	}
	return n, v
}

// copyOut copies a file of the store to path, whose folder is made.
func copyOut(from, path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return err
	}
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := atomicfile.Create(path, 0o666)
	if err != nil {
		return err
	}
	defer out.Close()
	if _, err := io.Copy(out, in); err != nil {
		return err
	}
	return out.Commit()
}
