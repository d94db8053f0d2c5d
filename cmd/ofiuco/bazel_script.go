package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ofiuco/ofiuco/install"
	"github.com/ofiuco/ofiuco/internal/atomicfile"
	"github.com/ofiuco/ofiuco/wheel"
)

// scriptInstructions say which program of a wheel is to be run.
type scriptInstructions struct {
	Wheel  string `json:"wheel"`  // folder that an action wrote
	Script string `json:"script"` // the program's name
	Output string `json:"output"` // file
}

func (a *app) bazelScriptCommand() *cobra.Command {
	return actionCommand("script", "Write the main file of a Python program that runs a program of a wheel", writeScript)
}

func writeScript(_ context.Context, in *scriptInstructions) error {
	w, err := openActionWheel(in.Wheel)
	if err != nil {
		return err
	}
	defer w.close()
	text, err := mainOf(w.Wheel, in.Script)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(in.Output), 0o777); err != nil {
		return fmt.Errorf("making the output: %w", err)
	}
	return atomicfile.WriteFile(in.Output, []byte(text), 0o666)
}

// mainOf is the text of a main file that runs a program of a wheel: an entry point, or a file of its scripts' folder.
func mainOf(w *wheel.Wheel, script string) (string, error) {
	var all []string
	for _, e := range w.EntryPoints {
		if e.Script() && e.Name == script {
			return install.ScriptBody(e), nil
		} else if e.Script() {
			all = append(all, e.Name)
		}
	}
	for _, entry := range w.Entries {
		if name, ok := strings.CutPrefix(entry.Path, w.DataDir+"/scripts/"); ok && w.DataDir != "" {
			if name == script {
				return strings.Replace(fileMain, `"%script%"`, fmt.Sprintf("%q", name), 1), nil
			}
			all = append(all, name)
		}
	}
	slices.Sort(all)
	if len(all) == 0 {
		return "", fmt.Errorf("%s %s has no programs, and so no %q", w.Name, w.Version, script)
	}
	return "", fmt.Errorf("%s %s has no program %q: name one that it has: %s", w.Name, w.Version, script, strings.Join(all, ", "))
}

// fileMain runs a file of a wheel's scripts' folder, which lies in the folder bin of where the package is imported from.
const fileMain = `# -*- coding: utf-8 -*-
import os
import runpy
import sys

SCRIPT = "%script%"


def main():
    for folder in sys.path:
        path = os.path.join(folder, "bin", SCRIPT)
        if os.path.isfile(path):
            with open(path, "rb") as file:
                line = file.readline(1024)
            if line.startswith(b"#!") and b"python" in line:
                sys.argv[0] = path
                return runpy.run_path(path, run_name="__main__")
            os.execv(path, [path] + sys.argv[1:])
    sys.exit(SCRIPT + ": there is no such program in the packages")


if __name__ == "__main__":
    main()
`
