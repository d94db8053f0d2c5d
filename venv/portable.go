package venv

import (
	_ "embed"
	"path"
	"path/filepath"
	"strings"

	"github.com/ofiuco/ofiuco/install"
	"github.com/ofiuco/ofiuco/interpreter"
	"github.com/ofiuco/ofiuco/tree"
)

// PortableInterpreter is the install.Options.Interpreter of packages for a portable environment.
const PortableInterpreter = "./python"

// Portable is an environment whose folder may be moved, and which is the same wherever it is made: an output of Bazel, which is made
// in one folder, cached, and used in another. It is for Unix only.
//
// No file of it holds its path: scripts find the interpreter beside them, and activate the folder that it is in. There is no
// activate for csh, which doesn't tell where a script is, nor a link lib64, behind which Bazel would see every file twice.
// Nor is the interpreter a link: caches hand on a copy of what an absolute link leads to, which may not find its libraries,
// and remote execution refuses it. A small program of bash stands for it, which starts it by the environment's name.
type Portable struct {
	// Interpreter has what is known of the environment's Python: Executable, Python, FullVersion, Implementation and Library.
	//
	// An Executable that is relative is one that is built along with the environment. It is slash-separated, and found in a
	// folder above the environment, by its path or by what of it follows "external/" (in runfiles).
	Interpreter interpreter.Info
	Prompt      string // that activate shows
	Creator     string // the program that makes the environment, as pyvenv.cfg names it; may be ""
}

// Link is a symbolic link of an environment to a file beside it.
type Link struct {
	Path   string // in the environment, slash-separated
	Target string
}

// launcher starts an interpreter by its path, and seeker one that is in a folder above.
var (
	//go:embed launcher.sh
	launcher string
	//go:embed seeker.sh
	seeker string
)

// homePath undoes, at the start of an interpreter, what seeker has set, so that no other Python that it starts is
// misled.
const homePath = "import os; os.environ.pop('PYTHONHOME', None)\n"

// Tree is the environment with packages, which are installed by Scheme for PortableInterpreter, and the links that no Tree holds.
// The error is a *tree.CollisionError when two of them contradict each other.
func (p *Portable) Tree(packages ...tree.Tree) (tree.Tree, []Link, error) {
	o := Options{Interpreter: p.Interpreter, Prompt: p.Prompt, Creator: p.Creator}
	if err := o.checkTexts(); err != nil {
		return tree.Tree{}, nil, err
	}
	scheme := p.Scheme()
	b := &builder{options: o, dir: p.Prompt, executable: p.Interpreter.Executable, scheme: scheme, portable: true}
	own := map[string]string{}
	for _, name := range b.activateNames() {
		text, err := b.activate(name)
		if err != nil {
			return tree.Tree{}, nil, err
		}
		own[path.Join(scheme.Scripts, name)] = text
	}
	python := path.Join(scheme.Scripts, "python")
	if filepath.IsAbs(p.Interpreter.Executable) {
		own[python] = strings.ReplaceAll(launcher, "@PYTHON@", quotes[""](p.Interpreter.Executable))
	} else {
		own[python] = strings.ReplaceAll(seeker, "@PATHS@", p.places())
		own[path.Join(scheme.Purelib, "_ofiuco.pth")] = homePath
		b.executable = ""
	}
	own[configFile] = b.config()
	var links []Link
	for _, name := range names(p.Interpreter) {
		links = append(links, Link{path.Join(scheme.Scripts, name), "python"})
	}
	var files []tree.File
	for name, text := range own {
		files = append(files, tree.File{Path: name, Owner: environmentOwner, Executable: name == python, Content: tree.BytesContent([]byte(text))})
	}
	environment, err := tree.New(files)
	if err != nil {
		return tree.Tree{}, nil, err
	}
	whole, err := tree.Merge(append(packages, environment)...)
	return whole, links, err
}

// Scheme is where the environment has the parts of wheels.
func (p *Portable) Scheme() install.Scheme { return install.Venv(p.Interpreter.Library, false) }

// places are the paths, quoted, at which a folder above has an interpreter that is built along.
func (p *Portable) places() string {
	executable := path.Clean(p.Interpreter.Executable)
	return quotes[""](executable) + " " + quotes[""](strings.TrimPrefix(executable, "external/"))
}
