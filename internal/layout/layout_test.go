// Package layout holds the tests of the repository's own shape: which package may import which,
// what a pure package may not touch, and how long files may be.
package layout

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/ofiuco/ofiuco/"

// rows is DESIGN's order of the packages: a package imports only from rows above its own.
var rows = [][]string{
	{"pypa/name", "pypa/version", "pypa/tag", "tree"},
	{"pypa/marker", "pypa/filename"},
	{"pypa/requirement", "target"},
	{"lock", "binary"},
	{"selection", "buildfile", "index", "interpreter", "wheel"},
	{"locktool", "fetch", "install", "source", "resolve"},
	{"unpack", "buildlock", "toolchain"},
	{"venv", "zipfile", "image"},
	{"sdist", "registry"},
	{"build"},
	{"cmd/ofiuco"},
}

var pure = []string{
	"pypa/name", "pypa/version", "pypa/tag", "pypa/marker", "pypa/filename", "pypa/requirement",
	"target", "lock", "selection", "buildfile", "tree", "install", "zipfile", "image", "binary", "resolve", "buildlock",
}

// mayImport lists the packages allowed to use what else none may.
var mayImport = map[string][]string{
	"net/http": {"index", "fetch", "registry", "bench"},
	"os/exec":  {"locktool", "interpreter", "source", "sdist", "toolchain", "index", "bench"}, // index: keyring's command line
}

const (
	maxFileLines     = 500
	maxFunctionLines = 60
)

type source struct {
	dir, name string
	file      *ast.File
	set       *token.FileSet
}

// sources are the repository's Go files that are not tests.
func sources(t *testing.T) []source {
	t.Helper()
	root := filepath.Join("..", "..")
	var all []source
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "testdata" || strings.HasPrefix(d.Name(), ".") && p != root) {
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(p, ".go") || strings.HasSuffix(p, "_test.go") {
			return nil
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, p, nil, parser.ParseComments)
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(root, p)
		all = append(all, source{filepath.ToSlash(filepath.Dir(relative)), filepath.ToSlash(relative), file, set})
		return err
	})
	if err != nil || len(all) == 0 {
		t.Fatalf("reading the sources: %v (%d files)", err, len(all))
	}
	return all
}

func row(dir string) int {
	return slices.IndexFunc(rows, func(r []string) bool { return slices.Contains(r, dir) })
}

func TestImports(t *testing.T) {
	for _, s := range sources(t) {
		own := row(s.dir)
		if own < 0 && !strings.HasPrefix(s.dir, "internal/") && !strings.HasPrefix(s.dir, "bench") {
			t.Errorf("%s: package %s stands in no row of this test: place it", s.name, s.dir)
		}
		for _, spec := range s.file.Imports {
			imported, _ := strconv.Unquote(spec.Path.Value)
			if dir, ours := strings.CutPrefix(imported, module); ours && row(dir) >= own && own >= 0 && row(dir) >= 0 && !sameRow(s.dir, dir) {
				t.Errorf("%s imports %s, which is not above it", s.name, dir)
			}
			if slices.Contains(pure, s.dir) && slices.Contains([]string{"os", "net/http", "os/exec", "log"}, imported) {
				t.Errorf("%s imports %s, but package %s is pure", s.name, imported, s.dir)
			}
			if allowed, limited := mayImport[imported]; limited && !slices.Contains(allowed, s.dir) && !strings.HasPrefix(s.dir, "internal/") {
				t.Errorf("%s imports %s, which only %s may", s.name, imported, strings.Join(allowed, " and "))
			}
		}
	}
}

// sameRow lists the imports inside a row: DESIGN orders name before version.
func sameRow(from, to string) bool {
	return path.Dir(from) == "pypa" && to == "pypa/name"
}

func TestOnePackageComment(t *testing.T) {
	comments := map[string][]string{}
	for _, s := range sources(t) {
		if s.file.Doc != nil {
			comments[s.dir] = append(comments[s.dir], s.name)
		} else if _, ok := comments[s.dir]; !ok {
			comments[s.dir] = nil
		}
	}
	for dir, files := range comments {
		if len(files) != 1 {
			t.Errorf("package %s has %d package comments (%v), want one", dir, len(files), files)
		}
	}
}

func TestSizes(t *testing.T) {
	for _, s := range sources(t) {
		if lines := s.set.File(s.file.Pos()).LineCount(); lines > maxFileLines {
			t.Errorf("%s has %d lines, more than %d", s.name, lines, maxFileLines)
		}
		for _, decl := range s.file.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if !ok || fn.Body == nil || isSwitch(fn) {
				continue
			}
			first, last := s.set.Position(fn.Pos()).Line, s.set.Position(fn.End()).Line
			if last-first+1 > maxFunctionLines {
				t.Errorf("%s:%d: %s has %d lines, more than %d", s.name, first, fn.Name.Name, last-first+1, maxFunctionLines)
			}
		}
	}
}

// isSwitch holds for a function that is little more than one flat switch or table.
func isSwitch(fn *ast.FuncDecl) bool {
	if len(fn.Body.List) > 4 {
		return false
	}
	for _, statement := range fn.Body.List {
		switch s := statement.(type) {
		case *ast.SwitchStmt, *ast.TypeSwitchStmt:
			return true
		case *ast.ReturnStmt:
			for _, value := range s.Results {
				if _, table := value.(*ast.CompositeLit); table {
					return true
				}
			}
		}
	}
	return false
}

func TestExportedIsDocumented(t *testing.T) {
	for _, s := range sources(t) {
		if s.dir == "cmd/ofiuco" {
			continue
		}
		for _, decl := range s.file.Decls {
			switch d := decl.(type) {
			case *ast.FuncDecl:
				if d.Name.IsExported() && d.Doc == nil && exportedReceiver(d) && !wellKnown[d.Name.Name] {
					t.Errorf("%s: %s is exported and has no comment", s.name, d.Name.Name)
				}
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					if ts, ok := spec.(*ast.TypeSpec); ok && ts.Name.IsExported() && d.Doc == nil && ts.Doc == nil && ts.Comment == nil {
						t.Errorf("%s: type %s is exported and has no comment", s.name, ts.Name.Name)
					}
				}
			}
		}
	}
}

// wellKnown methods say nothing new in a comment.
var wellKnown = map[string]bool{"Error": true, "Unwrap": true, "String": true, "Close": true, "Read": true, "Write": true, "Len": true}

func exportedReceiver(fn *ast.FuncDecl) bool {
	if fn.Recv == nil {
		return true
	}
	kind := fn.Recv.List[0].Type
	if star, ok := kind.(*ast.StarExpr); ok {
		kind = star.X
	}
	ident, ok := kind.(*ast.Ident)
	return ok && ident.IsExported()
}
