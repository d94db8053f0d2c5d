package main

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/ofiuco/ofiuco/internal/indextest"
	"github.com/ofiuco/ofiuco/internal/oracle"
	"github.com/ofiuco/ofiuco/interpreter"
	"github.com/ofiuco/ofiuco/pypa/version"
)

// executable gives members of a wheel the executable bit.
func executable(t *testing.T, wheel []byte, names ...string) []byte {
	t.Helper()
	reader, err := zip.NewReader(bytes.NewReader(wheel), int64(len(wheel)))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	writer := zip.NewWriter(&out)
	for _, member := range reader.File {
		header := &zip.FileHeader{Name: member.Name, Method: zip.Deflate}
		header.SetMode(0o644)
		if slices.Contains(names, member.Name) {
			header.SetMode(0o755)
		}
		to, err := writer.CreateHeader(header)
		if err != nil {
			t.Fatal(err)
		}
		from, err := member.Open()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(to, from); err != nil {
			t.Fatal(err)
		}
	}
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// likeWheels have all that a wheel can put into an environment.
func likeWheels(t *testing.T) map[string][]byte {
	const alpha, beta, gamma = "alpha-1.0-py3-none-any.whl", "beta-2.0-py3-none-any.whl", "gamma_ray-3.0+local.1-py2.py3-none-any.whl"
	return map[string][]byte{
		alpha: executable(t, buildWheel(alpha, map[string]string{
			"alpha/__init__.py": "VALUE = 1\n", "alpha/cli.py": "class Main:\n    @staticmethod\n    def run():\n        print('alpha runs')\n\ndef gui():\n    pass\n",
			"alpha/tool.sh": "#!/bin/sh\necho tool\n", "alpha/data/é and space.txt": "é\n", "alpha/empty.py": "",
			"alpha-1.0.dist-info/entry_points.txt":          "[console_scripts]\nalpha-run = alpha.cli:Main.run\nalpha-extra = alpha.cli:gui [fast]\n[gui_scripts]\nalpha-window=alpha.cli:gui\n[alpha.plugins]\nx = alpha\n",
			"alpha-1.0.dist-info/METADATA":                  "Metadata-Version: 2.4\nName: alpha\nVersion: 1.0\nRequires-Dist: beta\nProvides-Extra: fast\nRequires-Dist: gamma-ray; extra == 'fast'\nLicense-File: deep/LICENSE\n",
			"alpha-1.0.dist-info/licenses/deep/LICENSE":     "free\n",
			"alpha-1.0.data/purelib/alpha_pure/__init__.py": "", "alpha-1.0.data/platlib/alpha_plat.py": "",
		}), "alpha/tool.sh"),
		beta: executable(t, buildWheel(beta, map[string]string{
			"beta/__init__.py": "", "shared/beta.py": "B = 1\n", "shared/deep/beta.py": "", "beta.pth": "import sys; sys.beta_was_here = True\n",
			"beta-2.0.data/scripts/beta-script": "#!python\nprint('beta runs')\n", "beta-2.0.data/scripts/beta.sh": "#!/bin/sh\necho beta\n", "beta-2.0.data/scripts/beta-window": "#!pythonw\n",
			"beta-2.0.data/headers/beta/beta.h": "int beta;\n", "beta-2.0.data/data/share/beta/beta.txt": "data\n", "beta-2.0.data/data/etc/run": "#!/bin/sh\n",
			"beta-2.0.dist-info/top_level.txt": "beta\nshared\n",
		}), "beta-2.0.data/scripts/beta-script", "beta-2.0.data/scripts/beta.sh", "beta-2.0.data/data/etc/run"),
		gamma: buildWheel(gamma, map[string]string{"gamma_ray.py": "VALUE = 3\n", "shared/gamma.py": "G = 1\n", "shared/deep/gamma.py": "", "docs/index.txt": "docs\n"}),
	}
}

// TestEnvironmentsAreUVsAndPips holds environments against those of uv and pip, for the locks that uv writes of a project
// whose wheels have all that wheels can have.
func TestEnvironmentsAreUVsAndPips(t *testing.T) {
	uv, dir := oracle.Tool(t, "uv"), t.TempDir()
	finder := &interpreter.Finder{}
	info, err := finder.Query(t.Context(), oracle.Python(t))
	if err != nil {
		t.Fatal(err)
	}
	index := indextest.New(t, indextest.Options{})
	for name, data := range likeWheels(t) {
		index.Add(name, data)
	}
	python, project, store := info.BaseExecutable, filepath.Join(dir, "project"), filepath.Join(dir, "store")
	writeFiles(t, project, map[string]string{
		"pyproject.toml": "[project]\nname = \"like\"\nversion = \"1\"\nrequires-python = \">=3.8\"\ndependencies = [\"alpha[fast]\"]\n",
	})
	t.Setenv("UV_CACHE_DIR", filepath.Join(dir, "uv"))
	t.Setenv("no_proxy", "127.0.0.1")
	tool(t, project, nil, uv, "lock", "-q", "--python", python, "--index-url", index.URL)
	for _, name := range []string{"pylock.toml", "requirements.txt"} {
		tool(t, project, nil, uv, "export", "-q", "--frozen", "--no-emit-project", "-o", name)
	}
	ours := func(t *testing.T, lockFile, mode string) string {
		dir := filepath.Join(t.TempDir(), "ours")
		environmentOf(t, store, dir, "--project", project, "--lock", lockFile, "--python", python, "--index-url", index.URL, "--link-mode", mode)
		return dir
	}
	t.Run("pip", func(t *testing.T) {
		lockFile, theirs := filepath.Join(project, "requirements.txt"), filepath.Join(t.TempDir(), "pip")
		pipEnvironment(t, lockFile, python, theirs, "--index-url", index.URL)
		for _, difference := range differences(t, ours(t, lockFile, "copy"), theirs) {
			// pip keeps the bits of the archive; uv makes scripts executable, as ofiuco does.
			if difference != "bin/beta-window: that it is executable is true" {
				t.Error(difference)
			}
		}
	})
	locks := []string{"uv.lock", "pylock.toml", "requirements.txt"}
	for _, name := range locks[:oracle.Cases(t, 1, len(locks))] {
		t.Run("uv of "+name, func(t *testing.T) {
			lockFile, theirs := filepath.Join(project, name), filepath.Join(t.TempDir(), "theirs")
			uvEnvironment(t, project, lockFile, python, theirs, "--index-url", index.URL)
			for _, mode := range []string{"symlink", "hardlink", "copy"} {
				ours := ours(t, lockFile, mode)
				for _, difference := range differences(t, ours, theirs) {
					t.Errorf("%s: %s", mode, difference)
				}
				if mode == "symlink" {
					checkAgreement(t, ours)
					checkImports(t, ours, theirs)
				}
			}
		})
	}
}

// TestEnvironmentsOfProjects holds environments of real projects against those of uv and pip, for each lock that a folder of
// OFIUCO_PROJECTS has and each Python that it allows. It needs the network, and for torch 20 GB on the disk; OFIUCO_CACHE_DIR
// keeps what is fetched. OFIUCO_PYTHONS are the minor versions that are tried: "3.10 3.13".
func TestEnvironmentsOfProjects(t *testing.T) {
	projects, _ := filepath.Glob(filepath.Join(os.Getenv("OFIUCO_PROJECTS"), "*", "pyproject.toml"))
	if os.Getenv("OFIUCO_PROJECTS") == "" {
		t.Skip("OFIUCO_PROJECTS names no folder of projects")
	}
	for _, file := range projects {
		for _, minor := range pythonsOf(t, readFile(t, file)) {
			t.Run(filepath.Base(filepath.Dir(file))+" of "+minor, func(t *testing.T) { compareProject(t, filepath.Dir(file), minor) })
		}
	}
}

// pythonsOf are the Python versions that a project allows.
func pythonsOf(t *testing.T, pyproject []byte) []string {
	t.Helper()
	found := regexp.MustCompile(`(?m)^requires-python = "(.*)"$`).FindSubmatch(pyproject)
	if found == nil {
		t.Fatal("the project says no requires-python")
	}
	requires, err := version.ParseSpecifiers(string(found[1]))
	if err != nil {
		t.Fatal(err)
	}
	wanted := []string{"3.10", "3.11", "3.12", "3.13"}
	if text := os.Getenv("OFIUCO_PYTHONS"); text != "" {
		wanted = strings.Fields(text)
	}
	return slices.DeleteFunc(wanted, func(minor string) bool { return !requires.Contains(version.MustParse(minor + ".1")) })
}

// compareProject makes the environments of a project's locks for a Python, in a copy of its folder.
func compareProject(t *testing.T, folder, minor string) {
	info, err := (&interpreter.Finder{}).Find(t.Context(), minor, nil)
	if err != nil {
		t.Skip(err)
	}
	python, project, compared := info.BaseExecutable, t.TempDir(), 0
	for _, name := range []string{"pyproject.toml", "uv.lock", "pylock.toml", "requirements.txt", "poetry.lock", "pdm.lock"} {
		data, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			continue
		}
		writeFiles(t, project, map[string]string{name: string(data)})
		if name == "pyproject.toml" {
			continue
		}
		lockFile, theirFile := filepath.Join(project, name), filepath.Join(project, name)
		ours, theirs := filepath.Join(t.TempDir(), "ours"), filepath.Join(t.TempDir(), "theirs")
		args := []string{"--project", project, "--lock", lockFile, "--python", python}
		if got := finish(t, command(append([]string{"venv", "-q", ours}, args...)...)); got.status != statusDone {
			t.Errorf("%s: %s", name, got)
			continue
		}
		if name == "poetry.lock" || name == "pdm.lock" {
			theirFile = filepath.Join(project, "requirements.txt")
			writeFiles(t, project, map[string]string{"requirements.txt": requirementsOf(t, project, lockFile, info.Python)})
		}
		uvEnvironment(t, project, theirFile, python, theirs)
		for _, difference := range differences(t, ours, theirs) {
			t.Errorf("%s: %s", name, difference)
		}
		if compared++; compared == 1 {
			checkAgreement(t, ours)
			checkImports(t, ours, theirs)
		}
		if name == "requirements.txt" {
			byPip := filepath.Join(t.TempDir(), "pip")
			pipEnvironment(t, theirFile, python, byPip)
			for _, difference := range differences(t, ours, byPip) {
				t.Errorf("pip: %s", difference)
			}
		}
		for _, dir := range []string{ours, theirs} {
			_ = os.RemoveAll(dir) // there are many, and some have gigabytes
		}
	}
	if compared == 0 {
		t.Errorf("%s has no lock", folder)
	}
}

// requirementsOf are the packages that are taken of a lock, as requirements with the hash of each one's file.
func requirementsOf(t *testing.T, project, lockFile, python string) string {
	t.Helper()
	got := finish(t, command("select", "--json", "--project", project, "--lock", lockFile, "--python", python))
	var selected struct {
		Packages []struct {
			Name, Version string
			Artifact      struct{ SHA256 string }
		}
	}
	if err := json.Unmarshal([]byte(got.stdout), &selected); err != nil {
		t.Fatalf("%v: %s", err, got)
	}
	var text strings.Builder
	for _, p := range selected.Packages {
		fmt.Fprintf(&text, "%s==%s --hash=sha256:%s\n", p.Name, p.Version, p.Artifact.SHA256)
	}
	return text.String()
}
