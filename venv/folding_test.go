package venv_test

import (
	"strings"
	"testing"

	"github.com/ofiuco/ofiuco/venv"
)

// TestFoldingDisk: where a disk takes names for one, files must not meet, and folders are shared.
func TestFoldingDisk(t *testing.T) {
	store := t.TempDir()
	one := unpacked(t, store, "one", "1.0", files{"Pkg/one.py": "1", "top.py": "1"})
	for _, test := range []struct {
		members files
		want    string
	}{
		{files{"pkg/ONE.py": "2"}, `"lib/python3.12/site-packages/Pkg/one.py" of one 1.0 and "lib/python3.12/site-packages/pkg/ONE.py" of two 1.0 are one file`},
		{files{"Top.py": "1"}, `"lib/python3.12/site-packages/Top.py" of two 1.0 and "lib/python3.12/site-packages/top.py" of one 1.0 are one file`},
		{files{"two-1.0.data/scripts/Run": "#!/bin/sh\n", "two-1.0.dist-info/entry_points.txt": "[console_scripts]\nrun = pkg:main\n"},
			`"bin/Run" of two 1.0 and "bin/run" of two 1.0 are one file`},
	} {
		o := venv.Options{Dir: t.TempDir(), Interpreter: noPython(t), Packages: []venv.Package{one, unpacked(t, store, "two", "1.0", test.members)}}
		if _, _, err := venv.PlanFolded(o); err == nil || !strings.HasPrefix(err.Error(), test.want) {
			t.Errorf("got %v, want %s", err, test.want)
		}
	}
	o := venv.Options{Dir: t.TempDir(), Interpreter: noPython(t), Packages: []venv.Package{one, unpacked(t, store, "two", "1.0", files{"pkg/two.py": "2"})}}
	folders, links, err := venv.PlanFolded(o)
	if err != nil || folders != 1 || links != 2 { // Pkg, and two .dist-info
		t.Errorf("got %d folders, %d links, %v", folders, links, err)
	}
}
