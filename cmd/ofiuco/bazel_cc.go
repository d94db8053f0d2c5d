package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ofiuco/ofiuco/build"
	"github.com/ofiuco/ofiuco/pypa/name"
	"github.com/ofiuco/ofiuco/target"
)

// ccTools are the tools of Bazel's C toolchain, and the libraries that a package is built with. Paths in them are relative to the
// working directory, or absolute.
type ccTools struct {
	CC        string   `json:"cc"`
	CXX       string   `json:"cxx"`
	AR        string   `json:"ar"`
	Strip     string   `json:"strip"`
	CFlags    []string `json:"cflags"`
	CXXFlags  []string `json:"cxxflags"`
	LDFlags   []string `json:"ldflags"`
	Libraries []string `json:"libraries"`
}

// apply has builds of a package use the tools, and the flags as backends understand them.
func (c *ccTools) apply(o *build.Options, project name.Name) error {
	dir, err := os.Getwd()
	if err != nil {
		return fmt.Errorf("finding the working directory: %w", err)
	}
	// What a compiler writes of the folder of one run, such as a header's __FILE__, would differ from the next one's.
	mapped := "-ffile-prefix-map=" + dir + "=."
	env := map[string]string{}
	for variable, flags := range map[string][]string{
		"CFLAGS": append(slices.Clone(c.CFlags), mapped), "CXXFLAGS": append(slices.Clone(c.CXXFlags), mapped),
		"LDFLAGS": append(linkWhole(c.Libraries, o.Target.OS()), c.LDFlags...), "AR": {c.AR}, "STRIP": {c.Strip},
	} {
		if text := strings.Join(absoluteFlags(flags, dir), " "); text != "" {
			env[variable] = text
		}
	}
	tools := absoluteFlags([]string{c.CC, c.CXX}, dir)
	o.CC, o.CXX = tools[0], tools[1]
	o.Settings = map[name.Name]build.Settings{project: {Env: env, Config: map[string][]string{}}}
	return nil
}

// linkWhole are the linker's flags for libraries. Backends put LDFLAGS before the objects that need a library, where a linker has not
// yet seen what they need of an archive; so it takes archives whole, and keeps their symbols to the extension module.
func linkWhole(libraries []string, os target.OS) []string {
	var archives, names, flags []string
	for _, path := range libraries {
		if ext := filepath.Ext(path); ext == ".a" || ext == ".lo" { // alwayslink makes the second one
			archives, names = append(archives, path), append(names, filepath.Base(path))
		} else {
			flags = append(flags, path)
		}
	}
	switch {
	case len(archives) == 0:
	case os == target.MacOS:
		for _, path := range archives {
			flags = append(flags, "-Wl,-force_load", path)
		}
	default:
		flags = append(append(flags, "-Wl,--whole-archive"), archives...)
		flags = append(flags, "-Wl,--no-whole-archive", "-Wl,--exclude-libs,"+strings.Join(names, ":"))
	}
	return flags
}

// pathFlags are what flags begin with that have a path in them, or that are followed by one.
var pathFlags = []string{"-I", "-L", "-B", "-F", "--sysroot=", "-iquote", "-isystem", "-idirafter", "-include"}

// absoluteFlags are flags for a compiler that runs in another folder than dir.
func absoluteFlags(flags []string, dir string) []string {
	all := make([]string, len(flags))
	for i, flag := range flags {
		// A word alone is a path when it looks like one: a library to link with.
		prefix, path, isPath := "", flag, strings.Contains(flag, "/")
		if i > 0 && slices.Contains(pathFlags, flags[i-1]) {
			isPath = true
		} else if at := slices.IndexFunc(pathFlags, func(start string) bool { return strings.HasPrefix(flag, start) }); at >= 0 {
			prefix, path, isPath = pathFlags[at], strings.TrimPrefix(flag, pathFlags[at]), true
		}
		all[i] = flag
		if !isPath || path == "" || filepath.IsAbs(path) {
			continue
		}
		absolute := filepath.Join(dir, path)
		if _, err := os.Stat(absolute); !errors.Is(err, fs.ErrNotExist) {
			all[i] = prefix + absolute
		}
	}
	return all
}
