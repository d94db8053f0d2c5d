package venv_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ofiuco/ofiuco/interpreter"
	"github.com/ofiuco/ofiuco/venv"
)

// hostPython is the first Python 3 of PATH.
func hostPython(t testing.TB) interpreter.Info {
	t.Helper()
	path, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("there is no python3")
	}
	info, err := interpreter.Query(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	return info
}

// python runs a program by the environment's interpreter.
func python(t testing.TB, dir string, args ...string) string {
	t.Helper()
	cmd := exec.Command(venv.Python(dir, false), args...)
	cmd.Dir = t.TempDir()
	cmd.Env = append(os.Environ(), "PYTHONDONTWRITEBYTECODE=")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("python %q: %v\n%s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

// some are packages that need everything an environment can do.
func some(t testing.TB, store string) []venv.Package {
	return []venv.Package{
		unpacked(t, store, "alpha", "1.0", files{
			"alpha/__init__.py": "VALUE = 1\n", "alpha/cli.py": "def main():\n    print('alpha runs')\n", "alpha/data/x.txt": "x",
			"alpha-1.0.dist-info/entry_points.txt": "[console_scripts]\nalpha-run = alpha.cli:main\n[gui_scripts]\nalpha-gui = alpha.cli:main\n",
		}),
		unpacked(t, store, "beta", "2.0", files{
			"beta.py": "VALUE = 2\n", "shared/beta.py": "B = 1\n", "shared/same.txt": "same", "shared/deep/beta/__init__.py": "",
			"beta-2.0.data/data/share/beta.txt": "data", "beta-2.0.data/headers/beta.h": "// h", "beta-2.0.data/purelib/shared/late.py": "L = 1\n",
			"beta-2.0.data/scripts/beta-script": "#!python\nprint('beta runs')\n", "beta-2.0.data/scripts/beta-sh": "#!/bin/sh\necho beta sh\n",
		}),
		unpacked(t, store, "Gam_ma", "3.0", files{
			"gamma/__init__.py": "VALUE = 3\n", "shared/gamma.py": "G = 1\n", "shared/same.txt": "same", "shared/deep/gamma/__init__.py": "",
			"gamma.pth": "import sys; sys.gamma_pth = True\n",
		}),
	}
}

var modes = []venv.Mode{venv.Symlink, venv.Hardlink, venv.Copy}

func TestMake(t *testing.T) {
	info := hostPython(t)
	store := t.TempDir()
	packages := some(t, store)
	for _, mode := range modes {
		t.Run(string(mode), func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "env")
			o := venv.Options{Dir: dir, Interpreter: info, Packages: packages, Mode: mode, Inputs: "one"}
			report, err := venv.Make(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			want := []string{"alpha 1.0", "beta 2.0", "gam-ma 3.0"}
			if report.Mode != mode || report.Packages != 3 || !slices.Equal(report.Added, want) || report.Removed != nil || report.Notes != nil {
				t.Errorf("got %+v", report)
			}
			program := "import alpha, beta, gamma, shared.beta, shared.gamma, shared.late, shared.deep.beta, shared.deep.gamma, sys\n" +
				"assert sys.gamma_pth and sys.prefix != sys.base_prefix\nprint(sys.prefix, alpha.VALUE + beta.VALUE + gamma.VALUE)"
			if got := python(t, dir, "-c", program); got != dir+" 6" {
				t.Errorf("got %q", got)
			}
			for script, said := range map[string]string{"alpha-run": "alpha runs", "alpha-gui": "alpha runs", "beta-script": "beta runs", "beta-sh": "beta sh"} {
				if out, err := exec.Command(filepath.Join(dir, "bin", script)).CombinedOutput(); err != nil || string(out) != said+"\n" {
					t.Errorf("%s: %v, %q", script, err, out)
				}
			}
			for _, path := range []string{"share/beta.txt", "include/site/" + info.Library + "/beta/beta.h"} {
				if _, err := os.Stat(filepath.Join(dir, path)); err != nil {
					t.Error(err)
				}
			}
			again, current := venv.Current(dir, "one")
			if !current {
				t.Fatal("a new environment is not current")
			}
			if diff := cmp.Diff(&venv.Report{Mode: mode, Packages: 3, Files: report.Files}, again); diff != "" {
				t.Error(diff)
			}
			if _, current := venv.Current(dir, "two"); current {
				t.Error("it is current for other inputs")
			}
		})
	}
}
