// Package install makes a Tree of a wheel, as an installer lays it out.
//
// It stands between wheel and the outputs: Wheel × Scheme -> Tree. The files and the rows of RECORD are
// those that PyPA's installer 1.1.0 writes for the same Scheme; tests compare them. (It leaves a script without
// the executable bit that the archive does not give it; uv does not, nor does this package.) Its rules (PEP 376,
// 427, 610; the specifications "Recording installed projects" and "Entry points"):
//
//   - The wheel's root goes to purelib or platlib, as WHEEL says. What is in the .data folder goes to
//     the folder of its key: purelib, platlib, headers, scripts, data.
//   - In scripts, a first line that begins with "#!python" becomes the Interpreter's.
//   - Each entry point of console_scripts and gui_scripts becomes a script.
//   - A file is executable when the wheel says so, or it is a script.
//   - INSTALLER is "ofiuco", and RECORD lists what is installed, in the order of the paths within
//     their folders of the Scheme. direct_url.json is written where there is a DirectURL. The wheel's own
//     files of these names, and REQUESTED, are left out: they tell of another installation.
//   - Files in __pycache__ are left out, too: they would shadow the sources they were not made of.
//   - No file replaces what a virtual environment is made of: its interpreter, pyvenv.cfg, activate.
//   - A file that nobody rewrites keeps its stream inside the wheel: nothing is unpacked but scripts.
//
// Where two keys of a Scheme are one folder, rows of RECORD are clean ("x.py"); installer writes "./x.py".
// On Windows, where scripts need a launcher that is a program of its own, an entry point becomes
// NAME-script.py (of gui_scripts: NAME-script.pyw), to be run by the interpreter: a Tree holds nothing
// that is not first-party or of a wheel.
package install

import (
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/ofiuco/ofiuco/tree"
	"github.com/ofiuco/ofiuco/wheel"
)

// Options are what an installation depends on besides the wheel.
type Options struct {
	Scheme Scheme
	// Interpreter is the absolute path, on the target, of the Python that runs scripts. When it is
	// "", they run the first python3 (on Windows, python.exe) that PATH has. One that begins with "./" is in
	// the scripts' own folder, wherever that is moved to; on Windows there is no such.
	Interpreter string
	// DirectURL is where the wheel or its source came from, unless that was an index.
	DirectURL *DirectURL
}

// The files of .dist-info that an installer writes, or leaves to another.
const (
	recordFile    = "RECORD"
	installerFile = "INSTALLER"
	requestedFile = "REQUESTED"
	directURLFile = "direct_url.json"
)

// Tree is the installation of a wheel that archive reads. Its files' contents are sections of archive, so
// that it must stay open as long as they are read. The Owner of all is the project and its version,
// such as "numpy 2.1.0". The error names the wheel's file and what is wrong with it.
func Tree(w *wheel.Wheel, archive io.ReaderAt, options Options) (tree.Tree, error) {
	i := newInstallation(w, options)
	i.archive = archive
	i.files = make([]tree.File, 0, len(w.Entries)+len(w.EntryPoints)+3)
	made, err := i.run()
	if err != nil {
		return tree.Tree{}, fmt.Errorf("%s: installing %s: %w", i.owner, w.Filename, err)
	}
	return made, nil
}

// installation gathers the files of one wheel.
type installation struct {
	wheel   *wheel.Wheel
	archive io.ReaderAt
	options Options
	owner   string
	root    key // of what is outside the .data folder
	files   []tree.File
	rows    []row
}

func newInstallation(w *wheel.Wheel, options Options) *installation {
	i := &installation{
		wheel: w, options: options,
		owner: fmt.Sprintf("%s %s", w.Name, w.Version),
		root:  keyPlatlib,
		rows:  make([]row, 0, len(w.Entries)+len(w.EntryPoints)+3),
	}
	if w.RootIsPurelib {
		i.root = keyPurelib
	}
	return i
}

func (i *installation) run() (tree.Tree, error) {
	if err := i.addEntryPoints(); err != nil {
		return tree.Tree{}, err
	}
	for n := range i.wheel.Entries {
		if err := i.addEntry(&i.wheel.Entries[n]); err != nil {
			return tree.Tree{}, err
		}
	}
	if err := i.addMetadata(); err != nil {
		return tree.Tree{}, err
	}
	return tree.New(i.files)
}

// addEntry adds a file of the wheel.
func (i *installation) addEntry(e *wheel.Entry) error {
	if !i.keeps(e.Path) {
		return nil
	}
	k, within, err := i.place(e.Path)
	if err != nil {
		return err
	}
	content := e.Content(i.archive)
	if k == keyScripts {
		if content, err = i.rewriteShebang(content); err != nil {
			return fmt.Errorf("reading %q: %w", e.Path, err)
		}
	}
	// An archive that was made on Windows has no executable bits (PEP 427, "Installing a wheel").
	return i.add(k, within, content, e.Executable || k == keyScripts)
}

// keeps tells whether a file of the wheel is installed.
func (i *installation) keeps(file string) bool {
	return !i.replaced(file) && !isBytecode(file)
}

// isBytecode tells whether a file is in a __pycache__ folder.
func isBytecode(file string) bool {
	const folder = "__pycache__/"
	at := strings.Index(file, folder)
	return at == 0 || at > 0 && file[at-1] == '/' || at > 0 && strings.Contains(file, "/"+folder)
}

// below is the path of a file within a folder that it is in. It is asked for every file of a wheel.
func below(folder, file string) (string, bool) {
	if len(file) <= len(folder) || file[len(folder)] != '/' || file[:len(folder)] != folder {
		return "", false
	}
	return file[len(folder)+1:], true
}

// replaced tells whether a file of the wheel gives way to that of the installation.
func (i *installation) replaced(file string) bool {
	name, inside := below(i.wheel.DistInfo, file)
	if !inside {
		return false
	}
	switch name {
	case recordFile, installerFile, requestedFile, directURLFile:
		return true
	}
	return false
}

// place finds the key of a wheel's file and its path in the folder of that key.
func (i *installation) place(file string) (key, string, error) {
	inside, isData := below(i.wheel.DataDir, file)
	if i.wheel.DataDir == "" || !isData {
		return i.root, file, nil
	}
	word, within, _ := strings.Cut(inside, "/")
	switch k := key(word); k {
	case keyPurelib, keyPlatlib, keyHeaders, keyScripts, keyData:
		if within != "" {
			return k, within, nil
		}
	}
	return "", "", fmt.Errorf("%q is of no folder of an installation scheme", file)
}

// addMetadata adds what the installation writes to .dist-info. RECORD lists itself without a digest.
func (i *installation) addMetadata() error {
	if err := i.add(i.root, i.distInfo(installerFile), tree.BytesContent([]byte("ofiuco\n")), false); err != nil {
		return err
	}
	if i.options.DirectURL != nil {
		text, err := i.options.DirectURL.encode()
		if err != nil {
			return err
		}
		if err := i.add(i.root, i.distInfo(directURLFile), tree.BytesContent(text), false); err != nil {
			return err
		}
	}
	record := row{key: i.root, path: i.distInfo(recordFile)}
	text := i.renderRecord(append(i.rows, record))
	return i.put(record, tree.BytesContent(text), false)
}

func (i *installation) distInfo(name string) string { return path.Join(i.wheel.DistInfo, name) }

// add adds a file with its row of RECORD.
func (i *installation) add(k key, within string, content tree.Content, executable bool) error {
	r := row{key: k, path: within, size: content.Size, sha256: content.SHA256}
	i.rows = append(i.rows, r)
	return i.put(r, content, executable)
}

// put adds a file without a row.
func (i *installation) put(r row, content tree.Content, executable bool) error {
	full, err := i.fullPath(r)
	if err != nil {
		return err
	}
	i.files = append(i.files, tree.File{Path: full, Executable: executable, Owner: i.owner, Content: content})
	return nil
}

// fullPath is the path of a row's file in the Tree.
func (i *installation) fullPath(r row) (string, error) {
	if err := tree.CheckPath(r.path); err != nil {
		return "", err
	}
	full := r.path
	if folder := i.folder(r.key); folder != "" {
		full = folder + "/" + r.path
	}
	if i.options.Scheme.reserves(full) {
		return "", fmt.Errorf("%q would replace a file of the virtual environment", full)
	}
	return full, nil
}

// folder is where files of a key go: a clean path, "" for the root of the Tree.
func (i *installation) folder(k key) string {
	s := &i.options.Scheme
	switch k {
	case keyPurelib:
		return s.Purelib
	case keyPlatlib:
		return s.Platlib
	case keyHeaders:
		return path.Join(s.Headers, string(i.wheel.Name))
	case keyScripts:
		return s.Scripts
	default:
		return s.Data
	}
}
