package toolchain

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ofiuco/ofiuco/target"
)

// isZig tells zig's command line from a compiler's.
func isZig(words []string) bool {
	name := strings.TrimSuffix(filepath.Base(words[0]), ".exe")
	return name == "zig" || name == "python-zig" || slices.Contains(words, "ziglang")
}

// findZig is the command of zig: that of PATH, else that of the package ziglang of a Python. It is "" when there is none.
func (f *finder) findZig(ctx context.Context) string {
	if path, err := exec.LookPath("zig"); err == nil {
		return path
	}
	pythons := []string{f.Build.Executable}
	if venv := f.getenv("VIRTUAL_ENV"); venv != "" {
		pythons = append(pythons, filepath.Join(venv, "bin", "python"))
	}
	for _, python := range pythons {
		const where = "import os, ziglang; print(os.path.join(os.path.dirname(ziglang.__file__), 'zig'))"
		out, err := exec.CommandContext(ctx, python, "-I", "-c", where).Output()
		if err != nil {
			continue
		}
		path := strings.TrimSpace(string(out))
		if _, err := exec.LookPath(path); err == nil && !strings.Contains(path, " ") {
			return path
		}
	}
	return ""
}

// probeZig completes zig's command line by the target, unless it names one.
func (f *finder) probeZig(ctx context.Context, words []string, cxx string) (*compiler, error) {
	words = slices.DeleteFunc(words, func(w string) bool { return w == "cc" })
	command := slices.IndexFunc(words, func(w string) bool { return strings.HasPrefix(w, "-target") || strings.HasPrefix(w, "--target") })
	var arguments []string
	if command >= 0 {
		words, arguments = words[:command], words[command:]
	} else if f.Target.OS() == target.Linux {
		arguments = []string{"-target", platformOf(f.Target).zigTarget()}
	}
	version, err := f.ask(ctx, words, "version")
	if err != nil {
		return nil, err
	}
	c := &compiler{name: "zig " + version, zig: true, cxx: cxx}
	c.cc = strings.Join(slices.Concat(words, []string{"cc"}, arguments), " ")
	if cxx == "" {
		c.cxx = strings.Join(slices.Concat(words, []string{"c++"}, arguments), " ")
	}
	f.versions = append(f.versions, c.name)
	return c, nil
}

// zigCache is the folder in which zig keeps the C libraries that it compiles at their first use: the user's, since a
// build's own would be empty each time.
func (f *finder) zigCache() (string, error) {
	if dir := f.getenv("ZIG_GLOBAL_CACHE_DIR"); dir != "" {
		return dir, nil
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("finding zig's cache: %w", err)
	}
	return filepath.Join(dir, "zig"), nil
}
