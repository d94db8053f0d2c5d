package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ofiuco/ofiuco/interpreter"
	"github.com/ofiuco/ofiuco/target"
)

// TestVenvOfEachPython holds where an environment has its packages, and what its interpreter is called.
func TestVenvOfEachPython(t *testing.T) {
	x := newExecroot(t)
	x.fetch(entry("alpha", "1.0", x.wheel(alphaFile, alpha)), arm, "w")
	for tag, want := range map[string][]string{
		"cp312-manylinux_2_34_aarch64": {"lib/python3.12/site-packages/alpha/late.py", "bin/python3.12", "include/site/python3.12/alpha/alpha.h"},
		"cp313t-musllinux_1_2_x86_64":  {"lib/python3.13t/site-packages/alpha/late.py", "bin/python3.13t", "bin/python3.13"},
		"pp310-manylinux_2_28_x86_64":  {"lib/pypy3.10/site-packages/alpha/late.py", "bin/pypy3.10", "bin/pypy3"},
		"cp311-macosx_14_0_arm64":      {"lib/python3.11/site-packages/alpha/late.py", "bin/python3.11", "bin/activate", "share/alpha.txt"},
	} {
		output := "out/" + tag
		x.must("venv", object{"output": output, "target": object{"tag": tag, "python": ""}, "interpreter": "/bin/sh", "wheels": []object{{"dir": "w"}}, "prompt": ""})
		names := x.names(output)
		for _, name := range want {
			if !slices.Contains(names, name) {
				t.Errorf("the environment for %s lacks %s: %v", tag, name, names)
			}
		}
		if config := string(readFile(t, filepath.Join(x.dir, output, "pyvenv.cfg"))); !strings.Contains(config, "home = /bin\n") || !strings.Contains(config, "prompt = "+tag+"\n") {
			t.Errorf("pyvenv.cfg for %s is %q", tag, config)
		}
	}
}

// queriedPython is what the Python that runs here says of itself, and its target.
func queriedPython(t *testing.T) (interpreter.Info, target.Target) {
	t.Helper()
	path, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("there is no python3")
	}
	info, err := interpreter.Query(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	host, err := info.Target()
	if err != nil {
		t.Fatal(err)
	}
	return info, host
}

// TestVenvRuns makes an environment of the host's Python and runs its program, from where it was made and through links.
func TestVenvRuns(t *testing.T) {
	info, host := queriedPython(t)
	x := newExecroot(t)
	target := object{"tag": host.String(), "python": info.FullVersion}
	x.fetch(entry("alpha", "1.0", x.wheel(alphaFile, map[string]string{
		"alpha.py":                             "import sys\ndef main():\n    print(sys.prefix != sys.base_prefix, sys.prefix)\n",
		"alpha-1.0.dist-info/entry_points.txt": "[console_scripts]\nalpha = alpha:main\n",
	})), target, "w")
	x.must("venv", object{"output": "out/env", "target": target, "interpreter": info.BaseExecutable, "wheels": []object{{"dir": "w"}}, "prompt": "x"})
	x.handOn("out/env")
	for _, args := range [][]string{{"bin/python", "-c", "import alpha; alpha.main()"}, {"bin/alpha"}} {
		c := exec.Command(filepath.Join(x.dir, "out/env", args[0]), args[1:]...)
		c.Env = []string{"PATH=" + os.Getenv("PATH")}
		if out, err := c.CombinedOutput(); err != nil || !strings.HasPrefix(string(out), "True "+string(filepath.Separator)) {
			t.Errorf("%v: %v, %s", args, err, out)
		}
	}
}
