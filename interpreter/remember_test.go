package interpreter_test

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/ofiuco/ofiuco/interpreter"
)

// TestAskedOnce counts the starts of an interpreter, by its path, by a link, by its name on PATH and by another Finder.
func TestAskedOnce(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "bin", "python3.12")
	fake(t, path, "3.12.4")
	finder := &interpreter.Finder{Getenv: environment("PATH", filepath.Dir(path)), Cache: filepath.Join(dir, "store", "interpreters")}
	first, err := finder.Query(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	again := *finder
	for _, query := range []func() (interpreter.Info, error){
		func() (interpreter.Info, error) { return again.Query(t.Context(), path) },
		func() (interpreter.Info, error) { return again.Query(t.Context(), "python3.12") },
		func() (interpreter.Info, error) { return again.Find(t.Context(), "3.12", nil) },
		func() (interpreter.Info, error) { return again.Find(t.Context(), "", nil) },
	} {
		if info, err := query(); err != nil || info != first {
			t.Errorf("got %+v, %v; want %+v", info, err, first)
		}
	}
	if n := starts(t, path); n != 1 {
		t.Errorf("it was started %d times", n)
	}
}

// TestAskedAgain changes what an answer depends on, or the answer.
func TestAskedAgain(t *testing.T) {
	for _, test := range []struct {
		what   string
		change func(t *testing.T, path, entry string)
		want   string
	}{
		{"nothing", func(*testing.T, string, string) {}, ""},
		{"another program of that name", func(t *testing.T, path, _ string) {
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
			fake(t, path, "3.12.5")
		}, "3.12.5"},
		{"the program rewritten, with its old time", func(t *testing.T, path, _ string) {
			info, err := os.Stat(path)
			if err != nil {
				t.Fatal(err)
			}
			fake(t, path, "3.12.6")
			if err := os.Chtimes(path, info.ModTime(), info.ModTime()); err != nil {
				t.Fatal(err)
			}
		}, "3.12.6"},
		{"a link to another program", func(t *testing.T, path, _ string) {
			fake(t, path+"-other", "3.12.7")
			if err := errors.Join(os.Remove(path), os.Symlink(path+"-other", path)); err != nil {
				t.Fatal(err)
			}
		}, "3.12.7"},
		{"it is an environment's now", func(t *testing.T, path, _ string) {
			write(t, filepath.Join(filepath.Dir(path), "pyvenv.cfg"), "home = /nowhere\n", 0o666)
		}, "3.12.4"},
		{"the answer damaged", func(t *testing.T, _, entry string) {
			text, err := os.ReadFile(entry)
			if err != nil {
				t.Fatal(err)
			}
			write(t, entry, strings.Replace(string(text), "3.12.4", "3.13.4", 1), 0o666)
		}, "3.12.4"},
		{"the answer cut", func(t *testing.T, _, entry string) {
			if err := os.Truncate(entry, 100); err != nil {
				t.Fatal(err)
			}
		}, "3.12.4"},
		{"the answer empty", func(t *testing.T, _, entry string) { write(t, entry, "", 0o666) }, "3.12.4"},
		{"the answer endless", func(t *testing.T, _, entry string) { write(t, entry, strings.Repeat("0", 1<<20), 0o666) }, "3.12.4"},
		{"the answer a folder", func(t *testing.T, _, entry string) {
			if err := errors.Join(os.Remove(entry), os.Mkdir(entry, 0o777)); err != nil {
				t.Fatal(err)
			}
		}, "3.12.4"},
	} {
		t.Run(test.what, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "bin", "python3.12")
			fake(t, path, "3.12.4")
			finder := &interpreter.Finder{Cache: filepath.Join(dir, "cache")}
			if _, err := finder.Query(t.Context(), path); err != nil {
				t.Fatal(err)
			}
			entries, err := filepath.Glob(filepath.Join(finder.Cache, "*"))
			if err != nil || len(entries) != 1 {
				t.Fatalf("the cache holds %q, %v", entries, err)
			}
			test.change(t, path, entries[0])
			before := starts(t, path) + starts(t, path+"-other")
			info, err := finder.Query(t.Context(), path)
			want := test.want
			if test.want == "" {
				want = "3.12.4"
			}
			if err != nil || info.FullVersion != want {
				t.Errorf("got %+v, %v; want %s", info, err, want)
			}
			if again := starts(t, path)+starts(t, path+"-other") > before; again != (test.want != "") {
				t.Errorf("that it was asked again is %t", again)
			}
		})
	}
}

// TestReadOnlyCache asks each time where nothing can be kept.
func TestReadOnlyCache(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "bin", "python")
	fake(t, path, "3.12.4")
	write(t, filepath.Join(dir, "cache"), "no folder", 0o666)
	finder := &interpreter.Finder{Cache: filepath.Join(dir, "cache")}
	for want := 1; want <= 2; want++ {
		if _, err := finder.Query(t.Context(), path); err != nil {
			t.Fatal(err)
		}
		if n := starts(t, path); n != want {
			t.Errorf("it was started %d times, want %d", n, want)
		}
	}
}

// TestShimIsAskedAgain holds that what a shim started is not remembered for the shim, but known by its own path.
func TestShimIsAskedAgain(t *testing.T) {
	dir := t.TempDir()
	for _, version := range []string{"3.12.4", "3.13.1"} {
		fake(t, filepath.Join(dir, version, "python"), version)
	}
	shim := filepath.Join(dir, "shim")
	program(t, shim, "exec '"+dir+"'/$(cat '"+dir+"/selected')/python \"$@\"\n")
	finder := &interpreter.Finder{Cache: filepath.Join(dir, "cache")}
	for _, version := range []string{"3.12.4", "3.13.1"} {
		write(t, filepath.Join(dir, "selected"), version, 0o666)
		info, err := finder.Query(t.Context(), shim)
		if err != nil || info.FullVersion != version || info.Executable != filepath.Join(dir, version, "python") {
			t.Errorf("got %+v, %v; want %s", info, err, version)
		}
	}
}

// TestEnvironmentIsItsBase holds that an environment is not asked itself where the interpreter that it links to is known, unless
// it has another library, or its home another program.
func TestEnvironmentIsItsBase(t *testing.T) {
	dir := t.TempDir()
	base, prefix := filepath.Join(dir, "base", "bin", "python3.12"), filepath.Join(dir, "env")
	fake(t, base, "3.12.4")
	python, config := filepath.Join(prefix, "bin", "python"), filepath.Join(prefix, "pyvenv.cfg")
	write(t, filepath.Join(prefix, "lib", "python3.12", "site-packages", "x.py"), "", 0o666)
	write(t, config, "Home = "+filepath.Dir(base)+"\n", 0o666)
	if err := errors.Join(os.Mkdir(filepath.Dir(python), 0o777), os.Symlink(base, python)); err != nil {
		t.Fatal(err)
	}
	finder := &interpreter.Finder{Cache: filepath.Join(dir, "cache")}
	for _, path := range []string{base, python, python} {
		info, err := finder.Query(t.Context(), path)
		if err != nil || info.Executable != path || info.BaseExecutable != base {
			t.Errorf("got %+v, %v", info, err)
		}
	}
	if n := starts(t, base); n != 1 {
		t.Errorf("started %d times", n)
	}
	for what, change := range map[string]error{
		"another home":    os.WriteFile(config, []byte("home = "+dir+"\n"), 0o666),
		"another library": errors.Join(os.WriteFile(config, []byte("home = "+filepath.Dir(base)+"\n"), 0o666), os.Rename(filepath.Join(prefix, "lib"), filepath.Join(prefix, "lib64"))),
	} {
		if change != nil {
			t.Fatal(change)
		}
		// The fake says that its executable is the environment's, so that it was asked as that.
		if info, err := finder.Query(t.Context(), python); err != nil || info.BaseExecutable != python {
			t.Errorf("%s: got %+v, %v", what, info, err)
		}
	}
}

// TestWhatIsNoPython bounds and quotes what programs say that are none.
func TestWhatIsNoPython(t *testing.T) {
	for _, test := range []struct{ script, want string }{
		{"echo first >&2; echo 'no \033module' >&2; exit 3", `exit status 3: "no \x1bmodule"`},
		{"exit 1", "it is no Python that works: exit status 1"},
		{"echo hello", `it is no Python: it answered "hello"`},
		{"", `it is no Python: it answered ""`},
		{"echo '{'", `it is no Python: it answered "{"`},
		{"echo '{}'", `it is no Python: it answered "{}"`},
		{`echo '{"python": "x", "full_version": "x", "library": "x", "implementation": "CPython"}'`, `it says that its version is "x"`},
		{`echo '{"executable": "\u1234"}'`, `it answered "{\"executable\": \"\\u1234\"}"`},
		{`echo '{"python": "3.7.1", "full_version": "3.7.1", "library": "x", "implementation": "CPython"}'`, "it is Python 3.7.1: Python 3.8 or newer is needed"},
		{`echo '{"python": "graalpy3.11.7", "full_version": "3.11.7", "library": "x", "implementation": "GraalVM"}'`, `it is "GraalVM": only CPython and PyPy are known here`},
		{"echo 'Unknown option: -I' >&2; echo usage >&2; exit 2", "it is Python 2 or as old: Python 3.8 or newer is needed"},
		{"yes", "it is no Python: it printed more than 64 KB"},
		{"yes >&2", "it is no Python: it printed more than 64 KB"},
		{"kill -9 $$", "it is no Python that works: signal: killed"},
	} {
		path := filepath.Join(t.TempDir(), "python3")
		program(t, path, test.script+"\n")
		if _, err := interpreter.Query(t.Context(), path); err == nil || !strings.HasPrefix(err.Error(), "asking "+path+" what it is: ") || !strings.HasSuffix(err.Error(), test.want) {
			t.Errorf("%s: got %v, want the end %s", test.script, err, test.want)
		}
	}
	path := filepath.Join(t.TempDir(), "python3")
	write(t, path, "\x7fELF\x00 but no more", 0o777)
	if _, err := interpreter.Query(t.Context(), path); err == nil || !strings.Contains(err.Error(), "it does not run: ") || strings.Count(err.Error(), path) != 1 {
		t.Errorf("got %v", err)
	}
}

// TestPythonThatPrints takes the answer where a .pth file or a wrapper printed something before it.
func TestPythonThatPrints(t *testing.T) {
	path := filepath.Join(t.TempDir(), "python3")
	fake(t, path, "3.12.4")
	wrapper := filepath.Join(t.TempDir(), "wrapper")
	program(t, wrapper, "echo '{\"a\": 1}'; echo hello\nexec '"+path+"' \"$@\"\n")
	if info, err := interpreter.Query(t.Context(), wrapper); err != nil || info.FullVersion != "3.12.4" {
		t.Errorf("got %+v, %v", info, err)
	}
}

// TestEnvironmentVariables starts an interpreter without those that change what it says.
func TestEnvironmentVariables(t *testing.T) {
	t.Setenv("PYTHONHOME", "/nowhere")
	t.Setenv("PYTHONPATH", t.TempDir())
	t.Setenv("PYTHONEXECUTABLE", "/nowhere/python")
	for _, python := range installed(t) {
		if strings.Contains(python, "/2.") || strings.Contains(python, "/3.6") || strings.Contains(python, "/3.7") {
			continue
		}
		if info, err := interpreter.Query(t.Context(), python); err != nil || !strings.HasPrefix(info.Executable, filepath.Dir(python)) {
			t.Errorf("%s: got %+v, %v", python, info, err)
		}
		return // one stands for all
	}
}

// TestPathsOfAnyBytes keeps a path that is no UTF-8.
func TestPathsOfAnyBytes(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("other systems' file names are text")
	}
	python := installed(t)[len(installed(t))-1]
	prefix := filepath.Join(t.TempDir(), "b\xe9 \xc3\xa9")
	link := filepath.Join(prefix, "bin", "python3")
	real, err := filepath.EvalSymlinks(python)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.MkdirAll(filepath.Dir(link), 0o777), os.Symlink(real, link)); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(prefix, "pyvenv.cfg"), "home = "+filepath.Dir(real)+"\n", 0o666)
	for _, locale := range []string{"C", "C.UTF-8", "en_US.ISO-8859-1"} {
		t.Setenv("LC_ALL", locale)
		finder := &interpreter.Finder{Cache: t.TempDir()}
		for range 2 {
			if info, err := finder.Query(t.Context(), link); err != nil || info.Executable != link || info.BaseExecutable != real {
				t.Errorf("%s: got %q, %v", locale, []string{info.Executable, info.BaseExecutable}, err)
			}
		}
	}
}

// TestHangs gives an interpreter up that does not answer, with what it started.
func TestHangs(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "python3")
	program(t, path, "sleep 1000 &\necho $! > '"+dir+"/child'\nsleep 1000\n")
	began := time.Now()
	if err := interpreter.AskWithin(t.Context(), path, 200*time.Millisecond); err == nil || err.Error() != "it gave no answer in 200ms" {
		t.Errorf("got %v", err)
	}
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("it took %s", took)
	}
	if _, err := os.Stat(filepath.Join(dir, "child")); err != nil {
		t.Skip("the machine is too slow to start a shell in that time")
	}
	if runtime.GOOS == "linux" {
		checkGone(t, filepath.Join(dir, "child"))
	}
}

// checkGone waits until the process whose number is in a file is none, or was killed and no one asked how it ended.
func checkGone(t *testing.T, path string) {
	t.Helper()
	number, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for range 1000 {
		state, err := os.ReadFile("/proc/" + strings.TrimSpace(string(number)) + "/stat")
		if errors.Is(err, os.ErrNotExist) || strings.Contains(string(state), ") Z ") {
			return
		}
		runtime.Gosched()
	}
	t.Errorf("process %s still runs", number)
}

func BenchmarkKnown(b *testing.B) {
	path := filepath.Join(b.TempDir(), "python3.12")
	fake(b, path, "3.12.4")
	finder := &interpreter.Finder{Getenv: environment("PATH", filepath.Dir(path)), Cache: b.TempDir()}
	for b.Loop() {
		if _, err := finder.Find(b.Context(), "", nil); err != nil {
			b.Fatal(err)
		}
	}
}
