package main

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ofiuco/ofiuco/internal/oracle"
)

// TestProgramsOfWheels runs each kind of program that a wheel may bring by the main file that the action writes.
func TestProgramsOfWheels(t *testing.T) {
	t.Parallel()
	python := oracle.Python(t)
	x := newExecroot(t)
	x.fetch(entry("alpha", "1.0", x.wheel("alpha-1.0-py3-none-any.whl", map[string]string{
		"alpha.py":                             "import sys\n\nclass Tool:\n    @staticmethod\n    def main():\n        print('entry', sys.argv[1:])\n        return 3\n",
		"alpha-1.0.data/scripts/alpha-file":    "#!python\nimport sys\nprint('file', __name__, sys.argv[1:])\n",
		"alpha-1.0.data/scripts/alpha-shell":   "#!/bin/sh\necho \"shell ['$1']\"\n",
		"alpha-1.0.dist-info/entry_points.txt": "[console_scripts]\nalpha = alpha:Tool.main\n[other]\nnone = alpha:Tool\n",
	})), arm, "w")
	x.must("install", object{"target": arm, "wheel": "w", "output": "site"})
	for script, want := range map[string]string{
		"alpha": "entry ['x']\nexit status 3", "alpha-file": "file __main__ ['x']\n", "alpha-shell": "shell ['x']\n",
	} {
		main := "main/run-" + script + ".py"
		x.must("script", object{"wheel": "w", "script": script, "output": main})
		cmd := exec.Command(python, filepath.Join(x.dir, main), "x")
		cmd.Env = []string{"PYTHONPATH=" + filepath.Join(x.dir, "site"), "PATH=/usr/bin:/bin"}
		out, err := cmd.CombinedOutput()
		if err != nil {
			out = append(out, err.Error()...)
		}
		if string(out) != want {
			t.Errorf("%s says %q, not %q", script, out, want)
		}
	}
	got := x.run("script", object{"wheel": "w", "script": "none", "output": "main/none.py"})
	wantFailure(t, "no such program", got, statusInput, `alpha 1.0 has no program "none": name one that it has: alpha, alpha-file, alpha-shell`)

	x.fetch(entry("beta", "1.0", x.wheel("beta-1.0-py3-none-any.whl", map[string]string{"beta.py": ""})), arm, "b")
	got = x.run("script", object{"wheel": "b", "script": "beta", "output": "main/beta.py"})
	wantFailure(t, "no program at all", got, statusInput, `beta 1.0 has no programs, and so no "beta"`)
	if names := x.names("main"); strings.Contains(strings.Join(names, " "), "beta") {
		t.Errorf("a refusal left %v", names)
	}
}
