package interpreter

import (
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ofiuco/ofiuco/pypa/version"
)

// versionFile is where pyenv and uv keep which Python a folder, and what is below it, wants.
const versionFile = ".python-version"

// maxVersionFile bounds what is read of one.
const maxVersionFile = 64 << 10

// pyenvRoot is pyenv's folder.
func (f *Finder) pyenvRoot() string {
	if root := f.getenv("PYENV_ROOT"); root != "" {
		return root
	}
	return filepath.Join(f.home(), ".pyenv")
}

// shimsOf is the pyenv whose shims a folder of PATH has.
func shimsOf(folder string) (root string, ok bool) {
	root = filepath.Dir(folder)
	if filepath.Base(folder) != "shims" {
		return "", false
	}
	info, err := os.Stat(filepath.Join(root, "versions"))
	return root, err == nil && info.IsDir()
}

// behindShim are the programs that a shim of pyenv would start, found as pyenv finds them: a shim takes as long as four
// Pythons, and its answer could not be remembered, since it depends on where it is asked.
func (f *Finder) behindShim(root, name string) []string {
	var paths []string
	for _, selected := range f.pyenvSelected(root) {
		folder := filepath.Join(root, "versions", selected)
		if _, err := os.Stat(folder); err != nil {
			folder = newestOf(root, selected)
		}
		if path := filepath.Join(folder, "bin", name); folder != "" && isExecutable(path) {
			paths = append(paths, path)
		}
	}
	return paths
}

// pyenvSelected are the versions that PYENV_VERSION selects, else the working folder's .python-version, else the user's.
func (f *Finder) pyenvSelected(root string) []string {
	words := strings.FieldsFunc(f.getenv("PYENV_VERSION"), func(r rune) bool { return r == ':' })
	if len(words) == 0 {
		dir := f.getenv("PYENV_DIR")
		if dir == "" {
			dir, _ = os.Getwd()
		}
		words, _ = readVersions(dir)
	}
	if len(words) == 0 {
		words = versionsOf(filepath.Join(root, "version"))
	}
	var selected []string
	for _, word := range words {
		// A name with a separator would lead out of the folder of versions.
		if word = strings.TrimPrefix(word, "python-"); word != "system" && filepath.IsLocal(word) && !strings.ContainsAny(word, `/\`) {
			selected = append(selected, word)
		}
	}
	return selected
}

// newestOf is pyenv's newest installation of a version that is named in part, "3.12"; "" for none.
func newestOf(root, prefix string) string {
	entries, _ := os.ReadDir(filepath.Join(root, "versions"))
	var numbers []version.Version
	for _, entry := range entries {
		if number, err := version.Parse(entry.Name()); err == nil && strings.HasPrefix(entry.Name(), prefix+".") {
			numbers = append(numbers, number)
		}
	}
	if len(numbers) == 0 {
		return ""
	}
	return filepath.Join(root, "versions", slices.MaxFunc(numbers, version.Version.Compare).String())
}

// pins are the requests of the nearest .python-version in the project's folder or above. Words that name no version, such as
// those of pyenv's environments, ask for nothing.
func (f *Finder) pins() []*request {
	dir, err := filepath.Abs(f.Dir)
	if err != nil || f.Dir == "" {
		return nil
	}
	words, path := readVersions(dir)
	var pins []*request
	for _, word := range words {
		r, err := parseRequest(word)
		if err == nil && !r.isAny() {
			r.origin = path
			pins = append(pins, r)
		}
	}
	return pins
}

// readVersions reads the nearest .python-version of a folder or those above it that has a word.
func readVersions(dir string) (words []string, path string) {
	for dir != "" {
		path = filepath.Join(dir, versionFile)
		if words = versionsOf(path); len(words) > 0 {
			return words, path
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			break
		}
		dir = parent
	}
	return nil, ""
}

// versionsOf are the words of a file of versions, one a line, but for comments; none when there is no such file.
func versionsOf(path string) []string {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() {
		return nil
	}
	file, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, maxVersionFile))
	if err != nil {
		return nil
	}
	var words []string
	for line := range strings.Lines(string(data)) {
		line, _, _ = strings.Cut(line, "#")
		words = append(words, strings.Fields(line)...)
	}
	return words
}
