package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/ofiuco/ofiuco/internal/oracle"
)

// mayDiffer are the files of site-packages and bin that differ between the installers, by their base names, and why.
var mayDiffer = map[string]string{
	"INSTALLER":        "holds the installer's name",
	"REQUESTED":        "uv writes it for all packages, pip for those on its command line, ofiuco for none: a lock does not say who asked",
	"direct_url.json":  "uv writes it for files that a lock names by path, and leaves out the hash",
	"uv_cache.json":    "uv's own",
	"uv_build.json":    "uv's own",
	"_virtualenv.py":   "virtualenv's patch of distutils, which old uvs write",
	"_virtualenv.pth":  "loads it",
	"easy-install.pth": "setuptools'",
}

// scaffold are the files of an environment that belong to no package: each tool has its own activate scripts.
var scaffold = regexp.MustCompile(`^(\.gitignore|\.lock|\.ofiuco|CACHEDIR\.TAG|pyvenv\.cfg|bin/((de)?activate[._a-z0-9]*|Activate\.ps1|pydoc\.bat|python[0-9.t]*|pip[0-9.]*)|share/man/man1/ipython\.1)$`)

// installedFile is a file of an environment.
type installedFile struct {
	data       []byte // the digest, or the bytes of RECORD and of scripts, without the environment's own path
	executable bool
}

// installedFiles are all files that packages have in an environment, by their paths. Links are followed.
func installedFiles(t *testing.T, prefix string) map[string]installedFile {
	t.Helper()
	all := map[string]installedFile{}
	var walk func(string)
	walk = func(folder string) {
		entries, err := os.ReadDir(filepath.Join(prefix, folder))
		if err != nil {
			t.Fatal(err)
		}
		for _, entry := range entries {
			name := path.Join(folder, entry.Name())
			if entry.Name() == "__pycache__" || name == "lib64" || scaffold.MatchString(name) {
				continue
			}
			full := filepath.Join(prefix, name)
			info, err := os.Stat(full)
			switch {
			case err != nil:
				t.Fatal(err)
			case info.IsDir():
				walk(name)
			default:
				all[name] = installedFile{contentOf(t, full, prefix), info.Mode()&0o111 != 0}
			}
		}
	}
	walk("")
	return all
}

// contentOf is what an installedFile has as its data.
func contentOf(t *testing.T, file, prefix string) []byte {
	t.Helper()
	switch {
	case filepath.Dir(file) == filepath.Join(prefix, "bin"):
		return bytes.ReplaceAll(readFile(t, file), []byte(prefix), []byte("PREFIX"))
	case filepath.Base(file) == "RECORD":
		return readFile(t, file)
	case filepath.Base(file) == "WHEEL": // uv ends that of a wheel it built with an empty line
		return bytes.TrimRight(readFile(t, file), "\n")
	}
	open, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer open.Close()
	digest := sha256.New() // environments have gigabytes
	if _, err := io.Copy(digest, open); err != nil {
		t.Fatal(err)
	}
	return digest.Sum(nil)
}

// differences are those between an environment of ours and a tool's that no one named.
func differences(t *testing.T, ours, theirs string) []string {
	t.Helper()
	got, want := installedFiles(t, ours), installedFiles(t, theirs)
	var all []string
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if _, there := got[name]; !there && mayDiffer[path.Base(name)] == "" {
			all = append(all, name+": is missing")
		}
	}
	for _, name := range slices.Sorted(maps.Keys(got)) {
		file, there := want[name]
		if mayDiffer[path.Base(name)] != "" {
			continue
		}
		switch {
		case !there:
			all = append(all, name+": is too much")
		case got[name].executable != file.executable && path.Base(name) != "RECORD": // uv keeps the bit of the archive's
			all = append(all, fmt.Sprintf("%s: that it is executable is %t", name, got[name].executable))
		case !sameInstalled(t, name, got[name].data, file.data):
			all = append(all, name+": has other bytes")
		}
	}
	return all
}

// sameInstalled compares files as far as the specifications tell what is in them.
func sameInstalled(t *testing.T, name string, ours, theirs []byte) bool {
	if bytes.Equal(ours, theirs) {
		return true
	}
	switch {
	case path.Base(name) == "RECORD":
		return slices.Equal(recordRows(t, name, ours), recordRows(t, name, theirs))
	case path.Dir(name) == "bin":
		call := entryCall(ours)
		return call != "" && call == entryCall(theirs)
	}
	return false
}

// recordRows are the sorted rows of a RECORD, but for files that may differ. Of scripts only the path counts: each tool writes its
// own, with the environment's path in it. So it does of WHEEL, whose content is compared.
func recordRows(t *testing.T, name string, data []byte) []string {
	t.Helper()
	rows, err := csv.NewReader(bytes.NewReader(data)).ReadAll()
	if err != nil {
		t.Errorf("%s: %v", name, err)
	}
	var all []string
	for _, row := range rows {
		switch {
		case mayDiffer[path.Base(row[0])] != "" || strings.Contains(row[0], "__pycache__/"):
		case path.Base(row[0]) == "WHEEL" || strings.HasPrefix(path.Clean(path.Join(path.Dir(path.Dir(name)), row[0])), "bin/"):
			all = append(all, row[0])
		default:
			all = append(all, strings.Join(row, ","))
		}
	}
	slices.Sort(all)
	return all
}

var entryPoint = regexp.MustCompile(`(?s)^(#!PREFIX/bin/python)[0-9.]*\n.*\n(from \S+ import \S+)\n.*\n    sys\.exit\(([\w.]+)\(\)\)\n$`)

// entryCall is what the script of an entry point runs, and by which interpreter.
func entryCall(script []byte) string {
	found := entryPoint.FindSubmatch(script)
	if found == nil {
		return ""
	}
	return string(bytes.Join(found[1:], []byte(" ")))
}

// environmentOf makes an environment of ours; args are added to the command.
func environmentOf(t *testing.T, store, dir string, args ...string) {
	t.Helper()
	run := command(append([]string{"venv", "-q", "--cache-dir", store, dir}, args...)...)
	if got := finish(t, run); got.status != statusDone {
		t.Fatalf("ofiuco %s: %s", strings.Join(args, " "), got)
	}
}

// tool runs another program in a folder.
func tool(t *testing.T, dir string, env []string, name string, args ...string) []byte {
	t.Helper()
	c := exec.Command(name, args...)
	c.Dir, c.Env = dir, append(os.Environ(), env...)
	var stderr bytes.Buffer
	c.Stderr = &stderr
	out, err := c.Output()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s%s", name, strings.Join(args, " "), err, out, &stderr)
	}
	return out
}

// uvEnvironment makes an environment by uv: of uv.lock by uv sync, of other files by uv pip sync.
func uvEnvironment(t *testing.T, project, lockFile, python, dir string, args ...string) {
	t.Helper()
	uv := oracle.Tool(t, "uv")
	if filepath.Base(lockFile) == "uv.lock" {
		env := []string{"UV_PROJECT_ENVIRONMENT=" + dir}
		tool(t, project, env, uv, append([]string{"sync", "-q", "--frozen", "--python", python}, args...)...)
		return
	}
	tool(t, project, nil, uv, "venv", "-q", "--python", python, dir)
	if filepath.Base(lockFile) == "requirements.txt" {
		args = append(args, "--require-hashes")
	}
	tool(t, project, nil, uv, append([]string{"pip", "sync", "-q", "--python", filepath.Join(dir, "bin", "python"), lockFile}, args...)...)
}

// pipEnvironment makes an environment by pip, of a requirements.txt with hashes.
func pipEnvironment(t *testing.T, requirements, python, dir string, args ...string) {
	t.Helper()
	tool(t, "", nil, python, "-m", "venv", "--without-pip", dir)
	pip := []string{"-m", "pip", "--python", filepath.Join(dir, "bin", "python"), "install", "-q", "--no-deps", "--require-hashes", "--no-compile", "-r", requirements}
	tool(t, "", []string{"PIP_DISABLE_PIP_VERSION_CHECK=1", "PIP_FIND_LINKS="}, oracle.Python(t), append(pip, args...)...)
}

// distribution is a package as pip and importlib.metadata see it.
type distribution struct{ Name, Version string }

// checkAgreement holds that pip finds nothing amiss in an environment, and lists the same packages as importlib.metadata does.
func checkAgreement(t *testing.T, dir string) {
	t.Helper()
	python := filepath.Join(dir, "bin", "python")
	if out, err := exec.Command(oracle.Python(t), "-m", "pip", "--python", python, "check").CombinedOutput(); err != nil {
		t.Errorf("pip check: %v\n%s", err, out)
	}
	var listed, found []distribution
	out := tool(t, dir, nil, oracle.Python(t), "-m", "pip", "--python", python, "list", "--format", "json", "--disable-pip-version-check")
	if err := json.Unmarshal(out, &listed); err != nil {
		t.Fatal(err)
	}
	out = tool(t, dir, nil, python, "-c", "import importlib.metadata as m, json; print(json.dumps([{'name': d.metadata['Name'], 'version': d.version} for d in m.distributions()]))")
	if err := json.Unmarshal(out, &found); err != nil {
		t.Fatal(err)
	}
	canonical := strings.NewReplacer("_", "-", ".", "-")
	for _, list := range [][]distribution{listed, found} {
		for i := range list {
			list[i].Name = canonical.Replace(strings.ToLower(list[i].Name))
		}
		slices.SortFunc(list, func(a, b distribution) int { return strings.Compare(a.Name, b.Name) })
	}
	if !slices.Equal(listed, found) {
		t.Errorf("pip lists %v, importlib.metadata %v", listed, found)
	}
}

// checkImports imports every top-level module of both environments, and names those that one of them can't.
func checkImports(t *testing.T, ours, theirs string) {
	t.Helper()
	var ends [2]map[string]string
	for i, dir := range []string{ours, theirs} {
		out := tool(t, t.TempDir(), nil, filepath.Join(dir, "bin", "python"), "-c", string(readFile(t, filepath.Join("testdata", "imports.py"))))
		if err := json.Unmarshal(out, &ends[i]); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	failed := 0
	for _, name := range slices.Sorted(maps.Keys(ends[1])) {
		if ends[0][name] != ends[1][name] {
			t.Errorf("import %s: %q, in the other environment %q", name, ends[0][name], ends[1][name])
		} else if ends[0][name] != "" {
			failed++
			t.Logf("import %s: %s, in both", name, ends[0][name])
		}
	}
	if len(ends[0]) != len(ends[1]) || len(ends[0]) == 0 {
		t.Errorf("%d modules, in the other environment %d", len(ends[0]), len(ends[1]))
	}
	t.Logf("%d modules, of which %d are not to be imported by themselves", len(ends[0]), failed)
}
