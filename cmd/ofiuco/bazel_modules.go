package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ofiuco/ofiuco/internal/atomicfile"
	"github.com/ofiuco/ofiuco/wheel"
)

// modulesInstructions say of which wheels it is to be written what they let a program import.
type modulesInstructions struct {
	Wheels          []string `json:"wheels"` // folders that actions wrote, and wheels
	ExcludePatterns []string `json:"exclude_patterns"`
	StubPackages    bool     `json:"include_stub_packages"`
	Output          string   `json:"output"` // file
}

func (a *app) bazelModulesCommand() *cobra.Command {
	return actionCommand("modules", "Write as JSON which wheel a module comes of, for Gazelle", writeModules)
}

// writeModules writes what Gazelle's Python plugin reads.
func writeModules(_ context.Context, in *modulesInstructions) error {
	mapping := moduleMapping{}
	excluded, err := compilePatterns(in.ExcludePatterns)
	if err != nil {
		return err
	}
	for _, path := range in.Wheels {
		w, err := openWheelOrFolder(path)
		if err != nil {
			return err
		}
		mapping.add(w.Wheel, excluded, in.StubPackages)
		w.close()
	}
	data, err := json.MarshalIndent(mapping, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(in.Output), 0o777); err != nil {
		return fmt.Errorf("making the output: %w", err)
	}
	return atomicfile.WriteFile(in.Output, append(data, '\n'), 0o666)
}

func compilePatterns(texts []string) ([]*regexp.Regexp, error) {
	patterns := make([]*regexp.Regexp, 0, len(texts))
	for _, text := range texts {
		pattern, err := regexp.Compile(text)
		if err != nil {
			return nil, fmt.Errorf("exclude_patterns: %q: %w: the syntax is RE2's, which has no look-around", text, err)
		}
		patterns = append(patterns, pattern)
	}
	return patterns, nil
}

// openWheelOrFolder opens the wheel of a folder that an action wrote, or one that is a file.
func openWheelOrFolder(path string) (*actionWheel, error) {
	if filepath.Ext(path) != ".whl" {
		return openActionWheel(path)
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("opening the wheel: %w", err)
	}
	w := &actionWheel{ReaderAt: file, file: file}
	if w.Wheel, err = checkWheel(file, filepath.Base(path)); err != nil {
		w.close()
		return nil, err
	}
	return w, nil
}

// moduleMapping gives of each module, by its dotted name, the distribution it comes of, spelled as in a wheel's name. Of
// distributions that have the same module the last one counts, as with rules_python.
type moduleMapping map[string]string

// add adds what a wheel has.
func (m moduleMapping) add(w *wheel.Wheel, excluded []*regexp.Regexp, withStubs bool) {
	distribution := strings.ReplaceAll(w.Name.String(), "-", "_")
	if withStubs && isStubs(distribution) {
		m[distribution] = distribution
		return
	}
	modules := map[string]bool{}
	for _, entry := range w.Entries {
		module := moduleOf(w, entry.Path)
		isExcluded := func(pattern *regexp.Regexp) bool { return pattern.MatchString(module) }
		if module != "" && !slices.ContainsFunc(excluded, isExcluded) {
			modules[module] = true
		}
	}
	for module := range modules {
		if !hasPackageOf(modules, module) {
			m[module] = distribution
		}
	}
}

// hasPackageOf tells whether one of the packages that a module is in is there, too, and stands for it.
func hasPackageOf(modules map[string]bool, module string) bool {
	for dot := strings.LastIndexByte(module, '.'); dot >= 0; dot = strings.LastIndexByte(module, '.') {
		module = module[:dot]
		if modules[module] {
			return true
		}
	}
	return false
}

// isStubs tells distributions of type stubs by their names. What they have is named as in the distribution they are for, which is
// the one that is to be depended on for it.
func isStubs(distribution string) bool {
	return strings.HasSuffix(distribution, "_stubs") || strings.HasSuffix(distribution, "_types") ||
		strings.HasPrefix(distribution, "types_") || strings.HasPrefix(distribution, "stubs_")
}

// moduleOf is the dotted name of the module that a file of a wheel is, "" when none can be imported from it. Of a package that is
// its folder's name.
func moduleOf(w *wheel.Wheel, file string) string {
	if strings.HasPrefix(file, w.DistInfo+"/") {
		return ""
	}
	if rest, ok := strings.CutPrefix(file, w.DataDir+"/"); ok && w.DataDir != "" {
		key, inside, _ := strings.Cut(rest, "/")
		if key != "purelib" && key != "platlib" {
			return ""
		}
		file = inside
	}
	dir, base := path.Split(file)
	stem, _, _ := strings.Cut(base, ".") // of x.cpython-312-x86_64-linux-gnu.so, too
	switch path.Ext(base) {
	case ".py":
		stem = strings.TrimSuffix(base, ".py")
	case ".so", ".pyd":
	default:
		return ""
	}
	parts := strings.Split(dir+stem, "/")
	if len(parts) > 1 && stem == "__init__" {
		parts = parts[:len(parts)-1]
	}
	for _, part := range parts {
		if !isIdentifier(part) {
			return ""
		}
	}
	return strings.Join(parts, ".")
}

// isIdentifier tells what an import statement can name, beyond ASCII too generously.
func isIdentifier(word string) bool {
	for i, r := range word {
		letter := r == '_' || 'a' <= r|0x20 && r|0x20 <= 'z' || r >= 0x80
		if !letter && (i == 0 || r < '0' || '9' < r) {
			return false
		}
	}
	return word != ""
}
