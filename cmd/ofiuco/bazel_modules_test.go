package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestModules writes which wheel each kind of module comes of, as the generator of rules_python 1.x does.
func TestModules(t *testing.T) {
	t.Parallel()
	x := newExecroot(t)
	x.wheel("Big_Alpha-1.0-py3-none-any.whl", map[string]string{
		"alpha/__init__.py": "", "alpha/inner.py": "", "alpha/data.txt": "", "single.py": "", "_private.py": "", "bin.d/tool.py": "", "not-a-module.py": "",
		"space/alpha/__init__.py": "", "space/both.py": "", "same.py": "", "Big_Alpha-1.0.dist-info/hook.py": "",
		"Big_Alpha-1.0.data/purelib/spread/__init__.py": "", "Big_Alpha-1.0.data/scripts/run.py": "", "Big_Alpha-1.0.data/platlib/plat.py": "",
		"native.cpython-312-aarch64-linux-gnu.so": "", "deep/_speedups.abi3.so": "", "deep/window.cp312-win_amd64.pyd": "", "libssl.so.3": "",
	})
	beta := x.wheel("beta-1.0-py3-none-any.whl", map[string]string{"same.py": "# another\n", "space/beta.py": "", "alpha/plugin.py": ""})
	x.wheel("types_gamma-1.0-py3-none-any.whl", map[string]string{"gamma-stubs/__init__.pyi": "", "gamma.py": ""})
	wheels := []string{"wheels/Big_Alpha-1.0-py3-none-any.whl", "wheels/beta-1.0-py3-none-any.whl", "wheels/types_gamma-1.0-py3-none-any.whl"}

	want := map[string]string{
		"alpha": "big_alpha", "single": "big_alpha", "space.alpha": "big_alpha", "space.both": "big_alpha", "spread": "big_alpha", "plat": "big_alpha",
		"native": "big_alpha", "deep.window": "big_alpha", "same": "beta", "space.beta": "beta", "alpha.plugin": "beta", "gamma": "types_gamma",
	}
	usual := []string{`^_|(\._)+`}
	if diff := cmp.Diff(want, modules(x, wheels, usual, false)); diff != "" {
		t.Errorf("the usual modules: (-want +got)\n%s", diff)
	}

	// Without patterns there are private ones, too.
	want["_private"], want["deep._speedups"] = "big_alpha", "big_alpha"
	if diff := cmp.Diff(want, modules(x, wheels, []string{}, false)); diff != "" {
		t.Errorf("all modules: (-want +got)\n%s", diff)
	}
	delete(want, "gamma")
	want["types_gamma"] = "types_gamma"
	if diff := cmp.Diff(want, modules(x, wheels, []string{}, true)); diff != "" {
		t.Errorf("with stubs: (-want +got)\n%s", diff)
	}

	// A folder that an action wrote has one wheel.
	x.fetch(entry("beta", "1.0", beta), arm, "out/beta")
	want = map[string]string{"same": "beta", "space.beta": "beta", "alpha.plugin": "beta"}
	if diff := cmp.Diff(want, modules(x, []string{"out/beta"}, usual, false)); diff != "" {
		t.Errorf("a folder: (-want +got)\n%s", diff)
	}
}

func modules(x *execroot, wheels, excluded []string, withStubs bool) map[string]string {
	x.Helper()
	x.must("modules", object{"wheels": wheels, "exclude_patterns": excluded, "include_stub_packages": withStubs, "output": "out/modules.json"})
	data, err := os.ReadFile(filepath.Join(x.dir, "out", "modules.json"))
	if err != nil {
		x.Fatal(err)
	}
	var found map[string]string
	if err := json.Unmarshal(data, &found); err != nil {
		x.Fatal(err)
	}
	return found
}
