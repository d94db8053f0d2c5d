package lock

import (
	"path/filepath"
	"strings"
	"testing"
)

// testdata/pdm: "inherit" is a part of what PDM 2.29 wrote, the other two follow what its code writes.
func TestPDM(t *testing.T) {
	for _, folder := range []string{"inherit", "plain", "sources"} {
		t.Run(folder, func(t *testing.T) {
			folder := filepath.Join("testdata", "pdm", folder)
			l, err := Read(folderInput(t, folder, "pdm.lock"))
			if err != nil {
				t.Fatal(err)
			}
			golden(t, filepath.Join(folder, "want.txt"), dump(l))
		})
	}
}

func TestPDMRealLocks(t *testing.T) {
	for _, folder := range realLocks(t, "pdm.lock") {
		l, err := Read(folderInput(t, folder, "pdm.lock"))
		if err != nil {
			t.Error(err)
			continue
		}
		if len(l.Warnings) > 0 || len(l.Roots) == 0 {
			t.Errorf("%s: %d roots, warnings %v", folder, len(l.Roots), l.Warnings)
		}
		byName := l.byName()
		for _, p := range l.Packages {
			if len(byName[p.Name]) == 1 && p.Included == nil {
				t.Errorf("%s: %s is not included", folder, p.Name)
			}
			for _, d := range p.Dependencies {
				if d.Name == p.Name && len(d.Extras) == 0 {
					t.Errorf("%s: %s depends on itself", folder, p.Name)
				}
			}
		}
	}
}

func TestPDMWithoutPyproject(t *testing.T) {
	in := folderInput(t, filepath.Join("testdata", "pdm", "plain"), "pdm.lock")
	in.Pyproject = nil
	_, err := Read(in)
	wantError(t, err, "without the strategy inherit_metadata does not say what the project asks for")

	in = folderInput(t, filepath.Join("testdata", "pdm", "inherit"), "pdm.lock")
	in.Pyproject = nil
	l, err := Read(in)
	if err != nil {
		t.Fatal(err)
	}
	var roots []string
	for _, r := range l.Roots {
		roots = append(roots, r.Name.String()+":"+r.Group.String())
	}
	if got, want := strings.Join(roots, " "), "coverage:dev redis:"; got != want {
		t.Errorf("roots %s, want %s", got, want)
	}
}

func FuzzReadPDM(f *testing.F) {
	project := []byte("[project.optional-dependencies]\ntools = [\"alpha ; os_name == 'nt'\"]\n")
	for _, replaced := range []string{
		`groups = ["default", "tools"]`, "extras = [\"x\"]\ndependencies = [\"beta[y]>1 ; os_name == 'nt'\"]",
		"path = \"./lib\"\neditable = true", "git = \"https://h/r\"\nrevision = \"" + digest[:40] + "\"", "url = \"https://h/alpha-1.0-py3-none-any.whl\"",
	} {
		f.Add([]byte(strings.Replace(onePDM, `groups = ["default"]`+"\nfiles", replaced+"\nfiles", 1)), project)
		f.Add([]byte(strings.Replace(onePDM, `"inherit_metadata"`, "", 1)+replaced), project)
	}
	f.Add([]byte(strings.Replace(onePDM, `requires_python = ">=3.9"`, `platform = "macos_14_0_arm64"`, 1)), project)
	f.Fuzz(func(t *testing.T, data, pyproject []byte) {
		l, err := Read(Input{Path: "pdm.lock", Data: data, Pyproject: pyproject, PyprojectPath: "pyproject.toml"})
		checkRead(t, l, err)
	})
}
