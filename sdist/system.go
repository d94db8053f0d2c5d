package sdist

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/ofiuco/ofiuco/internal/tomldoc"
	"github.com/ofiuco/ofiuco/pypa/requirement"
)

const (
	// legacyBackend runs setup.py as `python setup.py` would, with its folder on sys.path (PEP 517).
	legacyBackend = "setuptools.build_meta:__legacy__"
	// legacyRequirement is the first setuptools with legacyBackend. The wheel package, which PEP 518 names too, is asked
	// for by the versions of setuptools that need it.
	legacyRequirement = "setuptools>=40.8.0"

	projectFile = "pyproject.toml"
	// maxProjectFile is the largest pyproject.toml that is read, in bytes.
	maxProjectFile = 8 << 20
)

// System is the [build-system] table of a source tree.
type System struct {
	Requires    []string // each a valid requirement
	Backend     string   // "setuptools.build_meta:__legacy__" where the tree says none
	BackendPath []string // folders in the tree, slash-separated
}

// ReadSystem reads the build system of the source tree in dir (PEP 517, 518): that of pyproject.toml, else that of a
// tree with a setup.py. The error is an *Error, which names no package, when the tree is at fault.
func ReadSystem(dir string) (*System, error) {
	data, err := readProject(dir)
	if errors.Is(err, os.ErrNotExist) {
		if _, err := os.Stat(filepath.Join(dir, "setup.py")); err != nil {
			return nil, &Error{
				Msg:  "the source has neither pyproject.toml nor setup.py, so that nothing says how to build it",
				Hint: "Is the project in a subdirectory of the source? Then the lock must name it.",
			}
		}
		return legacySystem(), nil
	}
	if err != nil {
		return nil, err
	}
	doc, err := tomldoc.Parse(data)
	if err != nil {
		return nil, projectError(err)
	}
	system, err := readSystem(doc)
	if err != nil {
		return nil, projectError(err)
	}
	for _, folder := range system.BackendPath {
		if err := inside(dir, folder); err != nil {
			line := doc.Root().Table("build-system").Get("backend-path").Line()
			return nil, projectError(&tomldoc.Error{Line: line, Msg: err.Error()})
		}
	}
	return system, nil
}

func readProject(dir string) ([]byte, error) {
	path := filepath.Join(dir, projectFile)
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, &Error{Msg: projectFile + " is no regular file"}
	}
	if info.Size() > maxProjectFile {
		return nil, &Error{Msg: fmt.Sprintf("%s has more than %d MiB", projectFile, maxProjectFile>>20)}
	}
	return os.ReadFile(path)
}

// projectError puts the file and the line before what is wrong with it.
func projectError(err error) error {
	var syntax *tomldoc.Error
	if !errors.As(err, &syntax) {
		return err
	}
	return &Error{
		Msg:  fmt.Sprintf("%s:%d: %s", projectFile, syntax.Line, syntax.Msg),
		Hint: "The source itself is broken: tell its maintainers, or choose another version.",
	}
}

func legacySystem() *System {
	return &System{Requires: []string{legacyRequirement}, Backend: legacyBackend}
}

// backendForm is an object reference (PEP 517): a module, and maybe an object in it.
var backendForm = regexp.MustCompile(`^[\pL_][\pL\pN_]*(\.[\pL_][\pL\pN_]*)*(:[\pL_][\pL\pN_]*(\.[\pL_][\pL\pN_]*)*)?$`)

// readSystem reads the table. Its errors are those of tomldoc.
func readSystem(doc *tomldoc.Document) (*System, error) {
	if !doc.Root().Has("build-system") {
		return legacySystem(), doc.Err()
	}
	table := doc.Root().Table("build-system")
	system := &System{Requires: table.Strings("requires"), Backend: table.String("build-backend"), BackendPath: table.Strings("backend-path")}
	if err := doc.Err(); err != nil {
		return nil, err
	}
	if !table.Has("requires") {
		return nil, &tomldoc.Error{Line: table.Line(), Msg: "build-system has no requires, which PEP 518 demands"}
	}
	setuptools := false
	for item := range table.Get("requires").Items() {
		parsed, err := requirement.Parse(item.String())
		if err != nil {
			return nil, &tomldoc.Error{Line: item.Line(), Msg: fmt.Sprintf("build-system.requires: %v", err)}
		}
		setuptools = setuptools || parsed.Name == "setuptools"
	}
	switch {
	case system.Backend == "" && len(system.BackendPath) > 0:
		return nil, &tomldoc.Error{Line: table.Get("backend-path").Line(), Msg: "build-system.backend-path needs a build-backend"}
	case system.Backend == "":
		system.Backend = legacyBackend
		if !setuptools {
			system.Requires = append(system.Requires, legacyRequirement)
		}
	case !backendForm.MatchString(system.Backend):
		return nil, &tomldoc.Error{
			Line: table.Get("build-backend").Line(), Msg: fmt.Sprintf("build-system.build-backend: %.200q names no Python object", system.Backend),
		}
	}
	return system, nil
}

// inside refuses a backend-path that is no folder of the tree, also through a link (PEP 517).
func inside(dir, folder string) error {
	refuse := func(reason string) error {
		return fmt.Errorf("build-system.backend-path: %.200q %s", folder, reason)
	}
	if strings.Contains(folder, `\`) || slices.Contains([]string{"", "/"}, folder) || !filepath.IsLocal(filepath.FromSlash(folder)) {
		return refuse("is not in the source")
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	info, err := root.Stat(filepath.FromSlash(folder))
	if err != nil {
		return refuse("is not a folder of the source")
	}
	if !info.IsDir() {
		return refuse("is no folder")
	}
	return nil
}
