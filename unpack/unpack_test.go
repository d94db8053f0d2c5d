package unpack_test

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ofiuco/ofiuco/fetch"
	"github.com/ofiuco/ofiuco/install"
	"github.com/ofiuco/ofiuco/internal/oracle"
	"github.com/ofiuco/ofiuco/unpack"
)

// member is a file of a wheel.
type member struct {
	text       string
	executable bool
}

// makeWheel writes a wheel with a RECORD, and gives its path.
func makeWheel(t *testing.T, filename string, members map[string]member) string {
	t.Helper()
	parts := strings.Split(strings.TrimSuffix(filename, ".whl"), "-")
	info := parts[0] + "-" + parts[1] + ".dist-info/"
	members = maps.Clone(members)
	members[info+"METADATA"] = member{text: fmt.Sprintf("Metadata-Version: 2.1\nName: %s\nVersion: %s\n", parts[0], parts[1])}
	members[info+"WHEEL"] = member{text: "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: " + strings.Join(parts[2:], "-") + "\n"}
	var record strings.Builder
	paths := slices.Sorted(maps.Keys(members))
	for _, path := range paths {
		sum := sha256.Sum256([]byte(members[path].text))
		fmt.Fprintf(&record, "%s,sha256=%s,%d\n", path, base64.RawURLEncoding.EncodeToString(sum[:]), len(members[path].text))
	}
	fmt.Fprintf(&record, "%sRECORD,,\n", info)
	members[info+"RECORD"] = member{text: record.String()}
	var archive bytes.Buffer
	z := zip.NewWriter(&archive)
	for _, path := range append(paths, info+"RECORD") {
		header := &zip.FileHeader{Name: path, Method: zip.Deflate}
		header.SetMode(0o644)
		if members[path].executable {
			header.SetMode(0o755)
		}
		w, err := z.CreateHeader(header)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(members[path].text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), filename)
	if err := os.WriteFile(file, archive.Bytes(), 0o666); err != nil {
		t.Fatal(err)
	}
	return file
}

var plain = map[string]member{
	"alpha/__init__.py": {text: "VALUE = 1\n"}, "alpha/data/table.txt": {text: "1 2 3\n"}, "alpha/sub/deep/mod.py": {text: strings.Repeat("x = 1\n", 30000)},
	"alpha/tool.sh": {text: "#!/bin/sh\n", executable: true}, "alpha/__pycache__/old.cpython-312.pyc": {text: "junk"}, "beta.py": {text: ""},
	"alpha-1.0.dist-info/licenses/LICENSE": {text: "free\n"},
}

const plainName = "alpha-1.0-py3-none-any.whl"

// stored puts a wheel into a store of its own.
func stored(t *testing.T, file string) (*fetch.Store, unpack.Request) {
	t.Helper()
	files, err := fetch.OpenStore(filepath.Join(t.TempDir(), "store"))
	if err != nil {
		t.Fatal(err)
	}
	// The test's folder is removed by code that does not expect read-only folders.
	t.Cleanup(func() { makeWritable(files.Dir()) })
	sum, err := files.Add(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	return files, unpack.Request{SHA256: sum, Filename: filepath.Base(file)}
}

func makeWritable(dir string) {
	_ = filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() {
			_ = os.Chmod(path, 0o755)
		}
		return nil
	})
}

func get(t *testing.T, files *fetch.Store, r unpack.Request) *unpack.Wheel {
	t.Helper()
	w, err := unpack.Open(files).Wheel(t.Context(), r.SHA256, r.Filename)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func TestLayout(t *testing.T) {
	files, request := stored(t, makeWheel(t, plainName, plain))
	w := get(t, files, request)
	var got []string
	err := filepath.WalkDir(w.Dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(w.Dir, path)
		got = append(got, fmt.Sprintf("%s %s", info.Mode(), filepath.ToSlash(relative)))
		if bytecode := entry.Name() == "__pycache__"; !bytecode && !info.ModTime().Equal(time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)) {
			t.Errorf("%s has the time %s", relative, info.ModTime())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"drwxr-xr-x .", "dr-xr-xr-x alpha", "-r--r--r-- alpha/__init__.py", "drwxr-xr-x alpha/__pycache__", "dr-xr-xr-x alpha/data",
		"-r--r--r-- alpha/data/table.txt", "dr-xr-xr-x alpha/sub", "dr-xr-xr-x alpha/sub/deep", "drwxr-xr-x alpha/sub/deep/__pycache__",
		"-r--r--r-- alpha/sub/deep/mod.py", "-r-xr-xr-x alpha/tool.sh", "dr-xr-xr-x alpha-1.0.dist-info", "-r--r--r-- alpha-1.0.dist-info/INSTALLER",
		"-r--r--r-- alpha-1.0.dist-info/METADATA", "-r--r--r-- alpha-1.0.dist-info/RECORD", "-r--r--r-- alpha-1.0.dist-info/WHEEL",
		"dr-xr-xr-x alpha-1.0.dist-info/licenses", "-r--r--r-- alpha-1.0.dist-info/licenses/LICENSE", "-r--r--r-- beta.py",
		"drwxr-xr-x __pycache__",
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if !w.SelfContained || len(w.Anchored) != 0 {
		t.Errorf("self-contained %v, anchored %v", w.SelfContained, w.Anchored)
	}
	// Every file is that of the installation into one folder.
	opened, err := files.Wheel(t.Context(), request.SHA256, request.Filename)
	if err != nil {
		t.Fatal(err)
	}
	defer opened.Close()
	installed, err := install.Tree(opened.Wheel, opened, install.Options{Scheme: install.Venv("python3", false)})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range installed.Files() {
		want, err := f.Content.ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		path := strings.TrimPrefix(f.Path, "lib/python3/site-packages/")
		if text, err := os.ReadFile(filepath.Join(w.Dir, path)); err != nil || !bytes.Equal(text, want) {
			t.Errorf("%s: got %.100q, %v; want %.100q", path, text, err, want)
		}
	}
}

func TestScriptsAreNoPartOfTheStore(t *testing.T) {
	members := maps.Clone(plain)
	members["alpha-1.0.dist-info/entry_points.txt"] = member{text: "[console_scripts]\nrun = alpha:main\n"}
	files, request := stored(t, makeWheel(t, plainName, members))
	w := get(t, files, request)
	if w.SelfContained {
		t.Error("a wheel with a script calls its .dist-info self-contained")
	}
	if _, err := os.Stat(filepath.Join(w.Dir, "alpha-1.0.dist-info", "INSTALLER")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("INSTALLER is there: %v", err)
	}
}

// TestDamageIsMended changes an unpacked wheel in every way, and takes it again.
func TestDamageIsMended(t *testing.T) {
	files, request := stored(t, makeWheel(t, plainName, plain))
	first := get(t, files, request)
	sound := digestOf(t, first.Dir)
	in := func(path string) string { return filepath.Join(first.Dir, path) }
	for name, damage := range map[string]func() error{
		"rewritten":        func() error { return rewrite(in("alpha/__init__.py"), "VALUE = 2\n") },
		"cut":              func() error { return rewrite(in("alpha/sub/deep/mod.py"), "x") },
		"removed":          func() error { return os.Remove(in("alpha/data/table.txt")) },
		"added":            func() error { return os.WriteFile(in("alpha/data/more.txt"), nil, 0o666) },
		"added at the top": func() error { return os.WriteFile(in("gamma.py"), nil, 0o666) },
		"a link":           func() error { return errors.Join(os.Remove(in("beta.py")), os.Symlink("/etc/hostname", in("beta.py"))) },
		"not executable":   func() error { return os.Chmod(in("alpha/tool.sh"), 0o444) },
		"RECORD":           func() error { return rewrite(in("alpha-1.0.dist-info/RECORD"), "") },
		"INSTALLER":        func() error { return rewrite(in("alpha-1.0.dist-info/INSTALLER"), "ofiucO\n") },
		"a folder is gone": func() error { return os.RemoveAll(in("alpha/sub")) },
		"all is gone":      func() error { return os.RemoveAll(first.Dir) },
		"no facts":         func() error { return os.Remove(first.Dir + ".record") },
		"damaged facts":    func() error { return rewrite(first.Dir+".record", "{}") },
	} {
		if err := damage(); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		again := get(t, files, request)
		if got := digestOf(t, again.Dir); got != sound {
			t.Errorf("%s: the unpacked wheel is\n%s\nwant\n%s", name, got, sound)
		}
	}
	// Bytecode comes and goes.
	if err := os.WriteFile(in("alpha/__pycache__/x.pyc"), nil, 0o666); err != nil {
		t.Fatal(err)
	}
	get(t, files, request)
	if _, err := os.Stat(in("alpha/__pycache__/x.pyc")); err != nil {
		t.Errorf("a wheel with bytecode was unpacked again: %v", err)
	}
}

func rewrite(path, text string) error {
	return errors.Join(os.Chmod(path, 0o644), os.WriteFile(path, []byte(text), 0o644), os.Chmod(path, 0o444))
}

// digestOf lists the files of a folder with their modes and digests.
func digestOf(t *testing.T, dir string) string {
	t.Helper()
	var list strings.Builder
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		fmt.Fprintf(&list, "%s %x %s\n", info.Mode(), sha256.Sum256(text), strings.TrimPrefix(path, dir))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return list.String()
}

func TestTheBlobDecides(t *testing.T) {
	files, request := stored(t, makeWheel(t, plainName, plain))
	trees := unpack.Open(files)
	if _, err := trees.Wheel(t.Context(), strings.Repeat("0", 64), plainName); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a wheel that the store has not: %v", err)
	}
	blob := files.Path(request.SHA256)
	text, err := os.ReadFile(blob)
	if err != nil {
		t.Fatal(err)
	}
	text[len(text)/2] ^= 1
	if err := rewrite(blob, string(text)); err != nil {
		t.Fatal(err)
	}
	if _, err := trees.Wheel(t.Context(), request.SHA256, plainName); !errors.Is(err, fetch.ErrDamaged) {
		t.Errorf("a damaged wheel: %v", err)
	}
	if entries, err := os.ReadDir(filepath.Join(files.Dir(), "u")); err != nil || len(entries) > 0 {
		t.Errorf("a damaged wheel left %v, %v", entries, err)
	}
	// A wheel whose RECORD lies is refused after its files were written: nothing of them stays.
	lying := makeWheel(t, plainName, plain)
	text, err = os.ReadFile(lying)
	if err != nil {
		t.Fatal(err)
	}
	files, request = stored(t, lying)
	if err := os.WriteFile(lying, append(text, 0), 0o666); err != nil {
		t.Fatal(err)
	}
	sum, err := files.Add(t.Context(), lying)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := unpack.Open(files).Wheel(t.Context(), sum, plainName); err == nil {
		t.Error("a wheel with a byte too many was unpacked")
	}
	if entries, err := os.ReadDir(filepath.Join(files.Dir(), "u")); err != nil || len(entries) > 0 {
		t.Errorf("a wheel that was refused left %v, %v", entries, err)
	}
}

// TestManyAtOnce unpacks one wheel by several stores of one folder.
func TestManyAtOnce(t *testing.T) {
	files, request := stored(t, makeWheel(t, plainName, plain))
	want := digestOf(t, get(t, files, request).Dir)
	for range oracle.Cases(t, 5, 50) {
		dir := get(t, files, request).Dir
		makeWritable(dir)
		if err := os.RemoveAll(filepath.Join(dir, "alpha")); err != nil {
			t.Fatal(err)
		}
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				wheels, errs := unpack.Open(files).Wheels(t.Context(), []unpack.Request{request, request}, 2)
				if err := errors.Join(errs...); err != nil || wheels[0].Dir != dir {
					t.Errorf("got %v, %v", wheels, err)
				}
			})
		}
		all.Wait()
		if got := digestOf(t, dir); got != want {
			t.Fatalf("the unpacked wheel is\n%s\nwant\n%s", got, want)
		}
	}
	entries, err := os.ReadDir(filepath.Join(files.Dir(), "u"))
	if err != nil || len(entries) != 2 {
		t.Errorf("the store's folder holds %v, %v", entries, err)
	}
}

// TestAnchors compiles libraries that look for others in the wheel and out of it.
func TestAnchors(t *testing.T) {
	gcc := oracle.Program(t, "gcc")
	for name, test := range map[string]struct {
		runPath string
		want    []string
	}{
		"none": {"", nil}, "within": {"$ORIGIN/../alpha.libs", nil}, "its own folder": {"$ORIGIN", nil}, "absolute": {"/usr/lib", nil},
		"another wheel": {"$ORIGIN/../other/lib", []string{"alpha/x.so"}}, "braces": {"${ORIGIN}/../../lib", []string{"alpha/x.so"}}, "second": {"$ORIGIN:$ORIGIN/../nvidia/lib", []string{"alpha/x.so"}},
	} {
		out := filepath.Join(t.TempDir(), "x.so")
		args := []string{"-shared", "-o", out, "-x", "c", os.DevNull, "-nostdlib"}
		if test.runPath != "" {
			args = append(args, "-Wl,-rpath,"+test.runPath)
		}
		if text, err := exec.Command(gcc, args...).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		library, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		files, request := stored(t, makeWheel(t, "alpha-1.0-cp312-cp312-linux_x86_64.whl", map[string]member{
			"alpha/x.so": {text: string(library)}, "alpha/__init__.py": {}, "alpha.libs/y.so": {text: "none"}, "beta/z.py": {},
		}))
		if w := get(t, files, request); !slices.Equal(w.Anchored, test.want) {
			t.Errorf("%s: anchored %v, want %v", name, w.Anchored, test.want)
		}
	}
}

func TestMaintenance(t *testing.T) {
	files, request := stored(t, makeWheel(t, plainName, plain))
	trees := unpack.Open(files)
	w := get(t, files, request)
	env := t.TempDir()
	trees.Register(env, []string{w.Dir})
	if held, err := trees.Size(t.Context()); err != nil || held.Files != 10 {
		t.Errorf("held %+v, %v", held, err)
	}
	// The environment is not there: nothing is kept for it.
	if err := os.WriteFile(filepath.Join(env, "pyvenv.cfg"), nil, 0o666); err != nil {
		t.Fatal(err)
	}
	if removed, kept, err := trees.Clean(t.Context()); err != nil || kept != 1 || removed.Files != 0 {
		t.Errorf("removed %+v, kept %d, %v", removed, kept, err)
	}
	if checked, damaged, err := trees.Verify(t.Context()); err != nil || checked.Files != 10 || len(damaged) != 0 {
		t.Errorf("checked %+v, %v, %v", checked, damaged, err)
	}
	// A byte that changed without a trace in size and time is found by its digest.
	path := filepath.Join(w.Dir, "alpha", "__init__.py")
	if err := rewrite(path, "VALUE = 7\n"); err != nil {
		t.Fatal(err)
	}
	past := time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)
	if err := os.Chtimes(path, past, past); err != nil {
		t.Fatal(err)
	}
	if _, damaged, err := trees.Verify(t.Context()); err != nil || !slices.Equal(damaged, []string{w.Dir}) {
		t.Errorf("damaged: %v, %v", damaged, err)
	}
	get(t, files, request)
	if err := os.Remove(filepath.Join(env, "pyvenv.cfg")); err != nil {
		t.Fatal(err)
	}
	if removed, err := trees.Prune(t.Context(), 0); err != nil || removed.Files != 0 {
		t.Errorf("pruned %+v, %v", removed, err)
	}
	if removed, err := trees.Prune(t.Context(), time.Nanosecond); err != nil || removed.Files != 10 {
		t.Errorf("pruned %+v, %v", removed, err)
	}
}
