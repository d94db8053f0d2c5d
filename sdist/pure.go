package sdist

import (
	"io/fs"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// maxLooked bounds how many entries of a tree are looked at.
const maxLooked = 20_000

// compiling is what a backend says that compiles an extension module; it may go on without the module where that fails, as
// setuptools does with those that are optional.
var compiling = regexp.MustCompile(`^building '[^']+' extension|falling back to pure|extension could not be compiled|^(?:warning: )?.*fatal error: `)

// notePure notes that a wheel is pure although there was something to compile: what went wrong was swallowed, and
// the package is slower than it should be.
func (b *Build) notePure(wheel string) error {
	if !strings.HasSuffix(wheel, "-none-any.whl") || b.Editable {
		return nil
	}
	if slices.ContainsFunc(b.said, compiling.MatchString) {
		why, found := b.recognize(b.said)
		if !found {
			why.msg = "its backend went on after a compiler failed"
		}
		text := "it was built without its extension modules: " + why.msg
		if why.hint != "" {
			text += ". " + why.hint
		}
		b.note("%s", text)
		return nil
	}
	source, err := extensionSource(b.Dir)
	if err == nil && source != "" {
		b.note("it was built without extension modules, although its source has %q", source)
	}
	return err
}

// skipped are folders whose sources belong to no extension module of the package.
var skipped = []string{"test", "tests", "testing", "testdata", "doc", "docs", "example", "examples", "benchmarks", "templates", "node_modules", "build"}

// extensionSource finds a source of an extension module: Cargo.toml, Cython, or C in a folder of Python modules. It is ""
// where there is none.
func extensionSource(dir string) (string, error) {
	var modules, sources []string // slash-separated
	looked := 0
	err := filepath.WalkDir(dir, func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if looked++; looked > maxLooked {
			return fs.SkipAll
		}
		relative, err := filepath.Rel(dir, file)
		if err != nil {
			return err
		}
		relative = filepath.ToSlash(relative)
		name := d.Name()
		switch {
		case d.IsDir() && relative != "." && (strings.HasPrefix(name, ".") || slices.Contains(skipped, name)):
			return fs.SkipDir
		case name == "__init__.py":
			modules = append(modules, path.Dir(relative))
		case name == "Cargo.toml" && strings.Count(relative, "/") < 2, slices.Contains([]string{".pyx", ".c", ".cc", ".cpp", ".cxx"}, path.Ext(name)):
			sources = append(sources, relative)
		}
		return nil
	})
	for _, source := range sources {
		ext := path.Ext(source)
		if ext == ".toml" || ext == ".pyx" || slices.Contains(modules, path.Dir(source)) {
			return source, err
		}
	}
	return "", err
}
