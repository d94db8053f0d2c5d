package main

import (
	"archive/zip"
	"bytes"
	"io"
	"path/filepath"
	"slices"
	"testing"

	"github.com/ofiuco/ofiuco/internal/indextest"
	"github.com/ofiuco/ofiuco/internal/oracle"
	"github.com/ofiuco/ofiuco/interpreter"
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
		}), "beta-2.0.data/scripts/beta.sh", "beta-2.0.data/data/etc/run"),
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
	for _, name := range []string{"uv.lock", "pylock.toml", "requirements.txt"} {
		t.Run(name, func(t *testing.T) {
			lockFile, theirs := filepath.Join(project, name), filepath.Join(t.TempDir(), "theirs")
			uvEnvironment(t, project, lockFile, python, theirs, "--index-url", index.URL)
			for _, mode := range []string{"symlink", "hardlink", "copy"} {
				ours := filepath.Join(t.TempDir(), "ours")
				environmentOf(t, store, ours, "--project", project, "--lock", lockFile, "--python", python, "--index-url", index.URL, "--link-mode", mode)
				for _, difference := range differences(t, ours, theirs) {
					t.Errorf("%s: %s", mode, difference)
				}
				if mode == "symlink" {
					checkAgreement(t, ours)
					checkImports(t, ours, theirs)
				}
			}
			if name == "requirements.txt" {
				byPip, ours := filepath.Join(t.TempDir(), "pip"), filepath.Join(t.TempDir(), "ours")
				pipEnvironment(t, lockFile, python, byPip, "--index-url", index.URL)
				environmentOf(t, store, ours, "--project", project, "--lock", lockFile, "--python", python, "--index-url", index.URL)
				for _, difference := range differences(t, ours, byPip) {
					t.Errorf("pip: %s", difference)
				}
			}
		})
	}
}
