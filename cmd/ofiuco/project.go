package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ofiuco/ofiuco/lock"
	"github.com/ofiuco/ofiuco/pypa/name"
	"github.com/ofiuco/ofiuco/selection"
	"github.com/ofiuco/ofiuco/target"
)

// lockNames are looked for beside pyproject.toml. requirements.txt counts only when there is none
// of the others: tools write it beside their lock.
var lockNames = []string{"poetry.lock", "uv.lock", "pdm.lock", "pylock.toml"}

// projectFiles are the bytes that everything is decided from.
type projectFiles struct {
	dir       string // of the lock
	lock      string // path as messages show it
	lockData  []byte
	pyproject []byte // nil when there is none
	// pyprojectPath is that of pyproject.toml as messages show it.
	pyprojectPath string
	// included are the files that the lock named (-r and -c), by path.
	included map[string][]byte
}

// lockedProject is a project whose lock is read when it is needed.
type lockedProject struct {
	app   *app
	files *projectFiles
	lock  *lock.Lock // nil until it is needed
}

// readLock reads the lock, once.
func (p *lockedProject) readLock() (err error) {
	if p.lock == nil {
		p.lock, err = p.files.parse(p.app)
	}
	return err
}

// addTo adds the project's files to the inputs of an output. A lock that names further files (-r, -c) has them read here, so
// that a change in one of them counts.
func (p *lockedProject) addTo(in *inputs) error {
	in.addBytes(p.files.lockData)
	in.addBytes(p.files.pyproject)
	if filepath.Ext(p.files.lock) != ".txt" {
		return nil
	}
	if err := p.readLock(); err != nil {
		return err
	}
	for _, path := range slices.Sorted(maps.Keys(p.files.included)) {
		in.add(path)
		in.addBytes(p.files.included[path])
	}
	return nil
}

// readProject finds and reads the lock and pyproject.toml.
func (a *app) readProject(cmd *cobra.Command) (*projectFiles, error) {
	path, read := a.lockFile, readNamed
	if path == "" {
		read = readInput
		dir, err := a.projectDir(cmd)
		if err != nil {
			return nil, err
		}
		if path, err = findLock(cmd, dir); err != nil {
			return nil, err
		}
	}
	p := &projectFiles{lock: filepath.ToSlash(path), dir: filepath.Dir(path), included: map[string][]byte{}}
	var err error
	if p.lockData, err = read(path); err != nil {
		return nil, fmt.Errorf("reading the lock: %w", err)
	}
	pyproject := filepath.Join(p.dir, "pyproject.toml")
	if a.project != "" {
		pyproject = filepath.Join(a.project, "pyproject.toml")
	}
	p.pyprojectPath = filepath.ToSlash(pyproject)
	if p.pyproject, err = readInput(pyproject); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("reading the project: %w", err)
	}
	return p, nil
}

// maxInput is the largest lock or pyproject.toml that is read, in bytes. The largest real ones have a few MB.
const maxInput = 64 << 20

// readInput reads a file of the project whole. One that is a pipe or a device might never end.
func readInput(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if err := checkInput(path, info); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
}

// readNamed reads the file of --lock, which may be a pipe: who names one waits for it.
func readNamed(path string) ([]byte, error) {
	if info, err := os.Stat(path); err != nil || info.Mode()&fs.ModeNamedPipe == 0 {
		return readInput(path)
	}
	pipe, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer pipe.Close()
	data, err := io.ReadAll(io.LimitReader(pipe, maxInput+1))
	if err == nil && len(data) > maxInput {
		err = fmt.Errorf("%s brings more than %d bytes, which can't be a lock", path, maxInput)
	}
	return data, err
}

func checkInput(path string, info fs.FileInfo) error {
	switch {
	case info.IsDir():
		return fmt.Errorf("%s is a folder", path)
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s is no regular file (%s)", path, info.Mode().Type())
	case info.Size() > maxInput:
		return fmt.Errorf("%s has %d bytes: more than %d can't be a lock's", path, info.Size(), maxInput)
	}
	return nil
}

// readIncluded reads a file that the lock includes. No link may lead out of the lock's folder.
func readIncluded(dir, path string) ([]byte, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	path = filepath.FromSlash(path)
	info, err := root.Stat(path)
	if err != nil {
		return nil, err
	}
	if err := checkInput(path, info); err != nil {
		return nil, err
	}
	return root.ReadFile(path)
}

// projectDir is --project, else the nearest folder upwards with a pyproject.toml, else this one.
func (a *app) projectDir(cmd *cobra.Command) (string, error) {
	if a.project != "" {
		if !isFolder(a.project) {
			return "", usagef(cmd, "--project %q is not a folder", a.project)
		}
		return a.project, nil
	}
	here, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for dir, shown := here, "."; ; dir, shown = filepath.Dir(dir), filepath.Join("..", shown) {
		if _, err := os.Stat(filepath.Join(dir, "pyproject.toml")); err == nil {
			return shown, nil
		}
		if dir == filepath.Dir(dir) {
			return ".", nil
		}
	}
}

func findLock(cmd *cobra.Command, dir string) (string, error) {
	var found []string
	for _, n := range lockNames {
		if _, err := os.Lstat(filepath.Join(dir, n)); err == nil { // a link to nothing is worth its own message
			found = append(found, n)
		}
	}
	if len(found) == 0 {
		if path := filepath.Join(dir, "requirements.txt"); fileExists(path) {
			return path, nil
		}
		return "", fmt.Errorf("%s holds no lock file (%s or requirements.txt): write one with your project's tool (poetry lock, uv lock, pdm lock), or name one with --lock",
			dir, strings.Join(lockNames, ", "))
	}
	if len(found) > 1 {
		return "", usagef(cmd, "%s holds %s: say with --lock which one counts", dir, strings.Join(found, " and "))
	}
	return filepath.Join(dir, found[0]), nil
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

func fileExists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// parse reads the lock and shows its warnings.
func (p *projectFiles) parse(a *app) (*lock.Lock, error) {
	l, err := lock.Read(lock.Input{
		Path:          p.lock,
		Data:          p.lockData,
		Pyproject:     p.pyproject,
		PyprojectPath: p.pyprojectPath,
		Open: func(path string) ([]byte, error) {
			data, err := readIncluded(p.dir, path)
			if err == nil {
				p.included[path] = data
			}
			return data, err
		},
	})
	if err != nil {
		return nil, err
	}
	for _, w := range l.Warnings {
		a.warn(w)
	}
	return l, nil
}

func (a *app) warn(err error) {
	if !a.quiet {
		printPart(a.stderr, "warning: ", err)
	}
}

func (a *app) note(format string, args ...any) {
	if !a.quiet {
		fmt.Fprintf(a.stderr, "ofiuco: note: %s\n", printable(fmt.Sprintf(format, args...)))
	}
}

// choiceFlags choose extras and groups.
type choiceFlags struct {
	extras, groups, onlyGroups []string
	allExtras, noDefaultGroups bool
}

func (f *choiceFlags) register(cmd *cobra.Command) {
	cmd.Flags().StringArrayVar(&f.extras, "extra", nil, "with this extra of the project, `NAME`; may be repeated")
	cmd.Flags().BoolVar(&f.allExtras, "all-extras", false, "with all extras of the project")
	cmd.Flags().StringArrayVar(&f.groups, "group", nil, "with this dependency group, `NAME`; may be repeated")
	cmd.Flags().StringArrayVar(&f.onlyGroups, "only-group", nil, "nothing but this dependency group, `NAME`; may be repeated")
	cmd.Flags().BoolVar(&f.noDefaultGroups, "no-default-groups", false, "without the groups that are on by default (such as dev)")
}

func (f *choiceFlags) options(cmd *cobra.Command) (selection.Options, error) {
	o := selection.Options{AllExtras: f.allExtras, NoDefaultGroups: f.noDefaultGroups}
	for _, list := range []struct {
		flag string
		from []string
		to   *[]name.Name
	}{{"--extra", f.extras, &o.Extras}, {"--group", f.groups, &o.Groups}, {"--only-group", f.onlyGroups, &o.OnlyGroups}} {
		for _, text := range list.from {
			n, err := name.Parse(text)
			if err != nil {
				return o, usagef(cmd, "%s %q: %w", list.flag, text, err)
			}
			*list.to = append(*list.to, n)
		}
	}
	return o, nil
}

// question is what a command asks of a project.
type question struct {
	files   *projectFiles
	lock    *lock.Lock
	targets []target.Target
	options selection.Options
}

// read understands the flags that say what is asked, and reads the project.
func (a *app) read(cmd *cobra.Command, targets *targetFlags, choice *choiceFlags) (q question, err error) {
	if q.options, err = choice.options(cmd); err != nil {
		return q, err
	}
	if q.targets, err = targets.resolve(cmd.Context(), cmd, a); err != nil {
		return q, err
	}
	if q.files, err = a.readProject(cmd); err != nil {
		return q, err
	}
	q.lock, err = q.files.parse(a)
	return q, err
}
