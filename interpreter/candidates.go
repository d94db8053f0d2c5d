package interpreter

import (
	"context"
	"fmt"
	"iter"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"

	"github.com/ofiuco/ofiuco/pypa/version"
)

const onWindows = runtime.GOOS == "windows"

// candidates are the paths where interpreters may be that are worth asking, the likeliest first. They repeat themselves.
func (f *Finder) candidates(ctx context.Context, r *request) iter.Seq[string] {
	folders := f.folders()
	return func(yield func(string) bool) {
		offer := func(paths []string) bool {
			for _, path := range paths {
				if !yield(path) {
					return false
				}
			}
			return true
		}
		if f.Prefer != "" && (r.name == "" || r.isVersion) && !offer(f.preferred()) {
			return
		}
		if r.name != "" {
			if !offer(f.named(folders, r.name)) || !r.isVersion {
				return
			}
		}
		if active := f.getenv("VIRTUAL_ENV"); active != "" && !offer(executablesIn(active)) {
			return
		}
		for _, names := range r.names() {
			if !offer(f.named(folders, names...)) {
				return
			}
		}
		_ = offer(f.installed(r)) && offer(launched(ctx))
	}
}

// preferred are the interpreters of Prefer.
func (f *Finder) preferred() []string {
	if isExecutable(f.Prefer) {
		return []string{f.Prefer}
	}
	return executablesIn(f.Prefer)
}

// names are those of programs, in groups: for each folder of PATH all names of a group are looked for, before the next group is.
func (r *request) names() [][]string {
	prefix := "python"
	if r.pypy {
		prefix = "pypy"
	}
	var numbered [][]string
	for minor := newestMinor; minor >= oldestMinor; minor-- {
		if !r.mayBe(3, minor) {
			continue
		}
		group := []string{fmt.Sprintf("%s3.%d", prefix, minor)}
		if r.threaded {
			group = []string{group[0] + "t", group[0]} // which a free-threaded build may have, too
		}
		numbered = append(numbered, group)
	}
	plain := []string{prefix + "3", prefix}
	if r.isVersion && len(numbered) == 1 {
		return append(numbered, plain) // python3 is another Python more often than not
	}
	return append([][]string{plain}, numbered...)
}

// folders are those of PATH, and where Pythons are on a Mac whose PATH was not set up for them.
func (f *Finder) folders() []string {
	all := filepath.SplitList(f.getenv("PATH"))
	if runtime.GOOS == "darwin" {
		all = append(all, "/opt/homebrew/bin", "/usr/local/bin")
		frameworks, _ := filepath.Glob("/Library/Frameworks/Python.framework/Versions/3.*/bin")
		slices.Reverse(frameworks)
		all = append(all, frameworks...)
	}
	return slices.DeleteFunc(all, func(folder string) bool {
		// What is named relative to the working folder, as by an empty entry, is no one's choice. Windows' own aliases open
		// its shop where no Python is installed; py knows those that are.
		return !filepath.IsAbs(folder) || onWindows && strings.HasSuffix(strings.ToLower(folder), `microsoft\windowsapps`)
	})
}

// named are the programs of these names in folders. In place of pyenv's shims stands what they would start.
func (f *Finder) named(folders []string, names ...string) []string {
	var paths []string
	for _, folder := range folders {
		root, isShims := shimsOf(folder)
		for _, name := range names {
			if onWindows && !strings.HasSuffix(name, ".exe") {
				name += ".exe"
			}
			if isShims {
				paths = append(paths, f.behindShim(root, name)...)
			} else if path := filepath.Join(folder, name); isExecutable(path) {
				paths = append(paths, path)
			}
		}
	}
	return paths
}

// executablesIn are the interpreters of an environment's or an installation's folder.
func executablesIn(folder string) []string {
	names := []string{"bin/python", "bin/python3", "bin/pypy3"}
	if onWindows {
		names = []string{`Scripts\python.exe`, "python.exe", `bin\python.exe`}
	}
	var paths []string
	for _, name := range names {
		if path := filepath.Join(folder, name); isExecutable(path) {
			paths = append(paths, path)
		}
	}
	return paths
}

func isExecutable(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && (onWindows || info.Mode()&0o111 != 0)
}

// numberIn is a version in the name of an installation's folder: "3.12.1", "3.13.0t", "cpython-3.14.0rc2-linux-x86_64-gnu".
var numberIn = regexp.MustCompile(`^(?:[a-z]+-?)?(\d+\.\d+(?:\.\d+)?(?:(?:a|b|rc)\d+)?)(t|\+freethreaded)?`)

// installation is a folder that pyenv or uv made.
type installation struct {
	folder string
	order  [3]bool // whether it is no release, a pre-release or a free-threaded build: the last to be asked
	number version.Version
}

// installed are the interpreters that pyenv and uv have installed: first those that are what is asked for by the names of their
// folders, which are but a hint; of these releases first, and the newest first.
func (f *Finder) installed(r *request) []string {
	var all []installation
	for _, root := range []string{filepath.Join(f.pyenvRoot(), "versions"), f.uvFolder()} {
		entries, err := os.ReadDir(root)
		if err != nil {
			continue
		}
		for _, entry := range entries {
			i := installation{folder: filepath.Join(root, entry.Name())}
			found := numberIn.FindStringSubmatch(entry.Name())
			if found != nil {
				i.number, _ = version.Parse(found[1])
				i.order = [3]bool{!r.specifiers.Contains(i.number), i.number.IsPrerelease(), (found[2] != "") != r.threaded}
			} else {
				i.order[0] = true
			}
			all = append(all, i)
		}
	}
	slices.SortStableFunc(all, func(a, b installation) int {
		for i := range a.order {
			if a.order[i] != b.order[i] {
				if a.order[i] {
					return 1
				}
				return -1
			}
		}
		return b.number.Compare(a.number)
	})
	var paths []string
	for _, i := range all {
		paths = append(paths, executablesIn(i.folder)...)
	}
	return paths
}

// uvFolder is where uv installs Pythons.
func (f *Finder) uvFolder() string {
	if folder := f.getenv("UV_PYTHON_INSTALL_DIR"); folder != "" {
		return folder
	}
	if onWindows {
		return filepath.Join(f.getenv("APPDATA"), "uv", "data", "python")
	}
	data := f.getenv("XDG_DATA_HOME")
	if !filepath.IsAbs(data) { // as the XDG Base Directory Specification says
		data = filepath.Join(f.home(), ".local", "share")
	}
	return filepath.Join(data, "uv", "python")
}

func (f *Finder) home() string {
	if onWindows {
		return f.getenv("USERPROFILE")
	}
	return f.getenv("HOME")
}

// launched are the interpreters that the launcher of Windows knows from the registry (PEP 397, PEP 514).
func launched(ctx context.Context) []string {
	if !onWindows {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	out, err := exec.CommandContext(ctx, "py", "-0p").Output()
	if err != nil {
		return nil // there is no launcher
	}
	return launcherPaths(string(out))
}

// launcherPaths reads what py -0p prints: lines such as ` -V:3.12 *        C:\Python312\python.exe`. The
// one that py starts has a star, which older ones print at the end.
func launcherPaths(text string) []string {
	var paths []string
	for line := range strings.Lines(text) {
		if at := strings.Index(line, `:\`); at > 0 {
			paths = append(paths, strings.TrimSuffix(strings.TrimSpace(line[at-1:]), " *"))
		}
	}
	return paths
}
