package main

import (
	"context"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/ofiuco/ofiuco/buildfile"
	"github.com/ofiuco/ofiuco/lock"
	"github.com/ofiuco/ofiuco/pypa/name"
)

// buildfileInstructions are what a hub is made of. Paths are absolute, or relative to the working directory.
type buildfileInstructions struct {
	Lock           string              `json:"lock"`
	LockLabel      string              `json:"lock_label"`
	Pyproject      string              `json:"pyproject"` // "" when there is none
	Output         string              `json:"output"`    // folder
	Hub            string              `json:"hub"`
	Rules          string              `json:"rules"` // the ruleset's repository, "@@ofiuco~"
	GenerateExtras bool                `json:"generate_extras"`
	Platforms      map[string]string   `json:"platforms"`
	Deps           map[string][]string `json:"deps"`
	BuildFiles     map[string]string   `json:"build_files"`
	BuildLock      string              `json:"build_lock"` // in the hub; "" when there is none
	Downloader     []string            `json:"downloader"` // targets
	Absent         string              `json:"absent"`
}

func (a *app) bazelBuildfileCommand() *cobra.Command {
	return actionCommand("buildfile", "Write a hub's BUILD files from a lock; needs no network, unless files for Bazel's downloader are asked for", a.writeHub)
}

// hubHeapLimit is as heapLimit, for a text that is several times as large as the lock.
const hubHeapLimit = 512 << 20 // bytes

// writeHub reads the lock and writes the hub's files.
func (a *app) writeHub(ctx context.Context, in *buildfileInstructions) error {
	debug.SetMemoryLimit(hubHeapLimit)
	l, err := a.readHubLock(in)
	if err != nil {
		return err
	}
	o := buildfile.Options{
		Hub: in.Hub, Rules: in.Rules, LockLabel: mainLabel(in.LockLabel), Extras: in.GenerateExtras, Platforms: in.Platforms,
		Deps: map[name.Name][]string{}, BuildFiles: in.BuildFiles,
	}
	if in.Absent != "empty" {
		o.Absent = in.Absent
	}
	if in.BuildLock != "" {
		o.BuildLock = ":" + in.BuildLock
	}
	for text, labels := range in.Deps {
		project, err := name.Parse(text)
		if err != nil {
			return fmt.Errorf("deps: %w", err)
		}
		o.Deps[project] = append(o.Deps[project], labels...)
	}
	var found downloads
	if len(in.Downloader) > 0 {
		if found, err = a.downloadsFor(ctx, l, in.Downloader); err != nil {
			return err
		}
	}
	o.Downloaded = found.paths()
	files, err := buildfile.Files(l, o)
	if err != nil {
		return err
	}
	if len(in.Downloader) > 0 {
		list, err := found.file()
		if err != nil {
			return err
		}
		files = append(files, list)
	}
	return writeHubFiles(in.Output, files, a.workers())
}

// readHubLock reads the lock as the package of its label shows it, so that no message and no action depends on where the
// workspace lies.
func (a *app) readHubLock(in *buildfileInstructions) (*lock.Lock, error) {
	files := &projectFiles{dir: filepath.Dir(in.Lock), lock: labelPath(in.LockLabel, in.Lock), included: map[string][]byte{}}
	var err error
	if files.lockData, err = readInput(in.Lock); err != nil {
		return nil, fmt.Errorf("reading the lock: %w", err)
	}
	if in.Pyproject != "" {
		files.pyprojectPath = path.Join(path.Dir(files.lock), filepath.Base(in.Pyproject))
		if files.pyproject, err = readInput(in.Pyproject); err != nil {
			return nil, fmt.Errorf("reading the project: %w", err)
		}
	}
	return files.parse(a)
}

// mainLabel is a label as it is written in another repository: one without a repository is the main one's.
func mainLabel(label string) string {
	if strings.HasPrefix(label, "//") {
		return "@" + label
	}
	return label
}

// labelPath is the file of a label as messages show it: of the main repository its path in the workspace.
func labelPath(label, file string) string {
	rest, isMain := strings.CutPrefix(strings.TrimLeft(label, "@"), "//")
	if !isMain || rest == "" {
		return filepath.ToSlash(filepath.Base(file))
	}
	return strings.TrimPrefix(strings.Replace(rest, ":", "/", 1), "/")
}

// writeHubFiles writes files at once: a big lock has thousands, each in a folder of its own, and making these takes the longest.
func writeHubFiles(dir string, files []buildfile.File, workers int) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return fmt.Errorf("writing the hub: %w", err)
	}
	defer root.Close()
	var group errgroup.Group
	group.SetLimit(workers)
	for _, f := range files {
		group.Go(func() error {
			if err := root.MkdirAll(path.Dir(f.Path), 0o755); err != nil {
				return fmt.Errorf("writing the hub: %w", err)
			}
			if err := root.WriteFile(f.Path, f.Data, 0o644); err != nil {
				return fmt.Errorf("writing the hub: %w", err)
			}
			return nil
		})
	}
	return group.Wait()
}
