package sdist_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ofiuco/ofiuco/sdist"
)

// TestWheelErrors lets backends fail in each way that they can.
func TestWheelErrors(t *testing.T) {
	hook := "def build_wheel(folder, config_settings=None, metadata_directory=None):\n    "
	for name, test := range map[string]struct{ code, want, hint string }{
		"raises":             {hook + "raise ValueError('no\\nlines')", "building its wheel: ValueError: no", ""},
		"exits":              {hook + "import sys; sys.exit('error: command failed')", "building its wheel: error: command failed", ""},
		"exits well":         {hook + "import sys; sys.exit(0)", "building its wheel: its build backend ended with exit status 0", ""},
		"ends":               {hook + "import os; os._exit(0)", "building its wheel: its build backend backend: it gave no answer", ""},
		"ends badly":         {hook + "import os; os._exit(7)", "building its wheel: its build backend ended with exit status 7", ""},
		"is killed":          {hook + "import os; os.kill(os.getpid(), 9)", "building its wheel: its build backend was killed (signal 9)", "memory"},
		"crashes":            {hook + "import os; os.kill(os.getpid(), 11)", "building its wheel: its build backend ended with signal: segmentation fault", ""},
		"returns a number":   {hook + "return 1", `building its wheel: its build backend backend: it returned "1", which is of the wrong type`, ""},
		"returns nothing":    {hook + "pass", `its build backend backend says that it built "", which is not there`, ""},
		"returns much":       {hook + "return 'x' * (2 << 20)", "building its wheel: its build backend backend: its answer is not to be read", ""},
		"no file":            {hook + "return 'alpha-1.0-py3-none-any.whl'", `its build backend backend says that it built "alpha-1.0-py3-none-any.whl", which is not there`, ""},
		"elsewhere":          {hook + "return '../' + write_wheel(folder)", `its build backend backend says that it built "../alpha-1.0-py3-none-any.whl", which is not there`, ""},
		"a link":             {hook + "os.symlink(os.__file__, folder + '/alpha-1.0-py3-none-any.whl'); return 'alpha-1.0-py3-none-any.whl'", `its build backend backend built "alpha-1.0-py3-none-any.whl", which is no regular file`, ""},
		"two wheels":         {hook + "write_wheel(folder, version='2'); return write_wheel(folder)", "its build backend backend wrote 2 wheels instead of one", ""},
		"no wheel's name":    {hook + "return write_wheel(folder, filename='alpha.whl')", `its build backend backend built "alpha.whl", which is no name of a wheel: `, ""},
		"another project":    {hook + "return write_wheel(folder, name='beta')", "the source is of another project: it builds beta, not alpha", "Lock it again"},
		"an unknown project": {hook + "return write_wheel(folder, name='UNKNOWN')", "the source is of another project: it builds unknown, not alpha", "setuptools 61"},
		"another version":    {hook + "return write_wheel(folder, version='1.1')", "the source is of another version: it builds alpha 1.1, not 1.0", "Lock it again"},
		"no hook":            {"build_wheel = None", "its build backend backend has no build_wheel", ""},
		"no backend":         {"raise AttributeError('broken')", "building its wheel: its build backend backend can't be loaded: AttributeError: broken", ""},
		"no module":          {"import gamma.delta", `building its wheel: it imports the module "gamma", which its build requirements do not bring`, `[tool.ofiuco.build.alpha] requires = ["gamma"]`},
		"a renamed module":   {hook + "import yaml.nodes", `building its wheel: it imports the module "yaml", which its build requirements do not bring`, `requires = ["pyyaml"]`},
		"a full disk":        {hook + "raise OSError(28, os.strerror(28))", "building its wheel: no space is left on the disk", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := inTree(t, test.code+"\n")
			b.Version = version1
			got := failure(t, b)
			if got.Package != "alpha 1.0" || !strings.HasPrefix(got.Msg, test.want) || !strings.Contains(got.Hint, test.hint) {
				t.Errorf("got %q and the hint %q, want %q and %q", got.Msg, got.Hint, test.want, test.hint)
			}
			if errors.Is(got, syscall.ENOSPC) != (name == "a full disk") {
				t.Errorf("the cause is %v", got.Err)
			}
		})
	}
}

// TestBackendOutsideItsPath lets a module that is installed stand where the tree's should.
func TestBackendOutsideItsPath(t *testing.T) {
	b := inTree(t, "")
	b.System.Backend = "json"
	if got, want := failure(t, b).Msg, "building its wheel: its build backend json is not where backend-path says"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestMissingBackend(t *testing.T) {
	b := inTree(t, "")
	b.System = &sdist.System{Backend: "hatchling.build"}
	got := failure(t, b)
	if want := `building its wheel: its build backend hatchling.build can't be loaded: no build requirement brings the module "hatchling"`; got.Msg != want {
		t.Errorf("got %q, want %q", got.Msg, want)
	}
	if want := `[tool.ofiuco.build.alpha] requires = ["hatchling"]`; !strings.Contains(got.Hint, want) {
		t.Errorf("the hint is %q, want %q in it", got.Hint, want)
	}
}

func TestRequirements(t *testing.T) {
	b := inTree(t, "def get_requires_for_build_wheel(config_settings=None):\n    print('noise')\n    return ['wheel', 'cython>=3; python_version<\"4\"']\n")
	got, err := b.Requirements(t.Context())
	if want := []string{"wheel", `cython>=3; python_version<"4"`}; err != nil || !slices.Equal(got, want) {
		t.Errorf("got %q and %v, want %q", got, err, want)
	}
	b = inTree(t, "")
	if got, err := b.Requirements(t.Context()); err != nil || len(got) != 0 {
		t.Errorf("a backend without the hook: got %q and %v", got, err)
	}
	b = inTree(t, "def get_requires_for_build_wheel(config_settings=None):\n    return ['--index-url http://x']\n")
	if _, err := b.Requirements(t.Context()); err == nil || !strings.Contains(err.Error(), `asks for "--index-url http://x", which is no requirement`) {
		t.Errorf("got %v", err)
	}
	b = inTree(t, "def get_requires_for_build_editable(config_settings=None):\n    return ['editables']\n")
	b.Editable = true
	if got, err := b.Requirements(t.Context()); err != nil || !slices.Equal(got, []string{"editables"}) {
		t.Errorf("an editable build: got %q and %v", got, err)
	}
}

func TestEditable(t *testing.T) {
	b := inTree(t, "def build_editable(folder, config_settings=None, metadata_directory=None):\n"+
		"    return write_wheel(folder, files={'alpha.pth': os.getcwd()})\n")
	b.Editable = true
	if got := members(t, build(t, b))["alpha.pth"]; got != b.Dir {
		t.Errorf("the wheel points to %q, want %q", got, b.Dir)
	}
	b = inTree(t, "")
	b.Editable = true
	if got := failure(t, b); !strings.Contains(got.Msg, "has no build_editable") || !strings.Contains(got.Hint, "PEP 660") {
		t.Errorf("got %q and the hint %q", got.Msg, got.Hint)
	}
}

func TestSettings(t *testing.T) {
	show := "import json; print('settings', json.dumps(config_settings, sort_keys=True))"
	got := says(t, func(b *sdist.Build) {
		b.Settings = map[string][]string{"one": {"1"}, "two": {"1", "2"}, "--flag": {""}}
	}, show)
	if want := `settings {"--flag": "", "one": "1", "two": ["1", "2"]}`; !strings.Contains(got, want) {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := says(t, nil, show); !strings.Contains(got, "settings null") {
		t.Errorf("without settings: got %s", got)
	}
}

// TestOutput holds what a message shows of a backend's output.
func TestOutput(t *testing.T) {
	b := inTree(t, `
def build_wheel(folder, config_settings=None, metadata_directory=None):
    import subprocess, sys
    for i in range(100000):
        print("line", i)
    sys.stdout.write("x" * (1 << 20) + "\n\x1b[31mred\x1b[0m \x1b]0;title\x07on\rover\n")
    sys.stdout.flush()
    subprocess.run(["sh", "-c", "echo https://user:secret@example.com/ >&2; printf '\\377\\200end'"])
    sys.exit("stop")
`)
	got := failure(t, b)
	if len(got.Output) != 20 {
		t.Errorf("%d lines are shown", len(got.Output))
	}
	text := strings.Join(got.Output, "\n")
	if len(text) > 5000 || strings.ContainsAny(text, "\x1b\x07\r") || strings.Contains(text, "secret") {
		t.Errorf("the output is %q", text)
	}
	for _, want := range []string{"line 99999\n", "\nred on\nover\n", "\nhttps://example.com/\nend", "xxx…\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in the output %q", want, text)
		}
	}
}

func TestPlain(t *testing.T) {
	for line, want := range map[string]string{
		"a\tb":                                 "a b",
		"\x1b[1;31merror\x1b[K:\x1b[m x":       "error: x",
		"\x1b]8;;http://x\x1b\\link":           "link",
		"\x1b(Btext\x1b7":                      "text",
		"\x1b[":                                "[",
		"\u202egnp.exe\u200b":                  "gnp.exe",
		"\x9b31mred\xff":                       "31mred",
		"git+https://u:p@host/x and ssh://g@h": "git+https://host/x and ssh://h",
		"spaces   ":                            "spaces",
	} {
		if got := sdist.Plain(line); got != want {
			t.Errorf("%q: got %q, want %q", line, got, want)
		}
	}
}

func FuzzPlain(f *testing.F) {
	f.Add("\x1b[31mred\x1b[0m")
	f.Add("https://a:b@c")
	f.Fuzz(func(t *testing.T, line string) {
		got := sdist.Plain(line)
		if len(got) > 1000 || strings.ContainsFunc(got, func(r rune) bool { return r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 }) {
			t.Errorf("%q", got)
		}
	})
}

// TestCancel ends a backend that waits for a program that waits for ever.
func TestCancel(t *testing.T) {
	b := inTree(t, "def build_wheel(folder, config_settings=None, metadata_directory=None):\n"+
		"    import subprocess\n    print('started', flush=True)\n    subprocess.run(['sh', '-c', 'echo $$ > pid; echo started; sleep 1000'])\n")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	b.Output = writer(func(p []byte) {
		if strings.Count(string(p), "started") > 0 {
			if _, err := os.Stat(filepath.Join(b.Dir, "pid")); err == nil {
				cancel()
			}
		}
	})
	_, err := b.Wheel(ctx, t.TempDir())
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	text, err := os.ReadFile(filepath.Join(b.Dir, "pid"))
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	// A process that was killed, and is not yet reaped by init, is still there, but has no command any more.
	if line, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "cmdline")); err == nil && len(line) > 0 {
		t.Errorf("the program goes on: %q", line)
	}
}

// writer is an io.Writer.
type writer func([]byte)

func (w writer) Write(p []byte) (int, error) { w(p); return len(p), nil }

// TestVersionIsTold lets a backend see the versions that the lock knows, unless the tree is an sdist.
func TestVersionIsTold(t *testing.T) {
	show := "print(sorted((k, v) for k, v in os.environ.items() if 'VERSION' in k))"
	told := func(b *sdist.Build) { b.Version = version1 }
	got := says(t, told, show)
	for _, name := range []string{"SETUPTOOLS_SCM_PRETEND_VERSION", "SETUPTOOLS_SCM_PRETEND_VERSION_FOR_ALPHA", "PBR_VERSION", "PDM_BUILD_SCM_VERSION", "POETRY_DYNAMIC_VERSIONING_BYPASS"} {
		if !strings.Contains(got, "('"+name+"', '1.0')") {
			t.Errorf("%s is not told: %s", name, got)
		}
	}
	sdistTree := func(b *sdist.Build) { told(b); writeTree(t, b.Dir, map[string]string{"PKG-INFO": ""}) }
	if diff := cmp.Diff(says(t, nil, show), says(t, sdistTree, show)); diff != "" {
		t.Errorf("the tree of an sdist is told a version:\n%s", diff)
	}
}
