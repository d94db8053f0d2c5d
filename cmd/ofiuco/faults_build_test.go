package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ofiuco/ofiuco/internal/indextest"
	"github.com/ofiuco/ofiuco/internal/oracle"
)

// yard is a project whose pylock.toml names an sdist of pkg 1.0, which its own backend builds.
type yard struct {
	t       *testing.T
	dir     string // holds all but the store
	project string
	files   string // folder, which stands for an index
	store   string
	env     string
	mark    string // a file of a backend that ran
}

// yardBackend builds pkg 1.0 after it did what behave.py says: build(out) may return the name of another wheel.
const yardBackend = `
import base64, hashlib, os, zipfile

def wheel(out, project="pkg", version="1.0", files={}):
    info = "%s-%s.dist-info/" % (project, version)
    files = dict({
        project + "/__init__.py": "VALUE = 1\n",
        info + "METADATA": "Metadata-Version: 2.1\nName: %s\nVersion: %s\n" % (project, version),
        info + "WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }, **files)
    record = ""
    name = "%s-%s-py3-none-any.whl" % (project, version)
    with zipfile.ZipFile(os.path.join(out, name), "w") as archive:
        for path, text in files.items():
            digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("=")
            record += "%s,sha256=%s,%d\n" % (path, digest, len(text.encode()))
            archive.writestr(path, text)
        archive.writestr(info + "RECORD", record + info + "RECORD,,\n")
    return name

behaviour = {"wheel": wheel}
exec(open("behave.py").read(), behaviour)

def build_wheel(out, config_settings=None, metadata_directory=None):
    return behaviour["build"](out) or wheel(out)
`

// member is a member of a tar.
type tarMember struct {
	tar.Header
	content string
}

// yardTree are the members of the sdist of pkg 1.0, whose backend behaves as told.
func yardTree(behave string) []tarMember {
	var members []tarMember
	for name, text := range sorted(map[string]string{
		"pyproject.toml": "[build-system]\nrequires = []\nbuild-backend = \"backend\"\nbackend-path = [\".\"]\n[project]\nname = \"pkg\"\nversion = \"1.0\"\n",
		"PKG-INFO":       "Metadata-Version: 2.1\nName: pkg\nVersion: 1.0\n",
		"backend.py":     yardBackend,
		"behave.py":      behave,
	}) {
		members = append(members, regular("pkg-1.0/"+name, text))
	}
	return members
}

func regular(name, text string) tarMember {
	return tarMember{tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o644, Size: int64(len(text))}, text}
}

// special is a member without bytes of its own.
func special(kind byte, name, target string) tarMember {
	return tarMember{tar.Header{Typeflag: kind, Name: name, Linkname: target, Mode: 0o644}, ""}
}

func packTar(t testing.TB, members []tarMember) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, m := range members {
		if err := w.WriteHeader(&m.Header); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(m.content)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// extension is a header of pax records about the member after it.
func extension(t testing.TB, record string) []byte {
	t.Helper()
	data := packTar(t, []tarMember{regular("records", record)})[:1024]
	data[156] = tar.TypeXHeader
	copy(data[148:156], "        ")
	sum := 0
	for _, c := range data[:512] {
		sum += int(c)
	}
	copy(data[148:156], fmt.Sprintf("%06o\x00 ", sum))
	return data
}

func packGzip(data []byte) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write(data) // a bytes.Buffer never fails
	_ = w.Close()
	return b.Bytes()
}

func newYard(t *testing.T, sdist []byte) *yard {
	t.Helper()
	if hostPython() == "" {
		oracle.Missing(t, "python3")
	}
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	y := &yard{t: t, dir: dir, project: at("project"), files: at("files"), store: t.TempDir(), env: at("env"), mark: filepath.Join(t.TempDir(), "mark")}
	y.lockSdist(sdist)
	return y
}

const yardLine = ":4: pkg 1.0: " // what a message about the sdist says after the lock's path

// lockSdist has the lock name an sdist.
func (y *yard) lockSdist(sdist []byte) {
	y.t.Helper()
	writeFiles(y.t, y.files, map[string]string{"pkg-1.0.tar.gz": string(sdist)})
	writeFiles(y.t, y.project, map[string]string{"pylock.toml": fmt.Sprintf("lock-version = \"1.0\"\ncreated-by = \"test\"\n\n"+
		"[[packages]]\nname = \"pkg\"\nversion = \"1.0\"\nsdist = {name = \"pkg-1.0.tar.gz\", url = \"https://index.invalid/pkg-1.0.tar.gz\", hashes = {sha256 = %q}}\n",
		indextest.Digest(sdist))})
}

// sdist is one whose backend behaves as told; MARK stands for the path of y.mark.
func (y *yard) behave(python string) {
	y.t.Helper()
	y.lockSdist(packGzip(packTar(y.t, yardTree(strings.ReplaceAll(python, "MARK", fmt.Sprintf("%q", y.mark))))))
}

// venv is a run that builds pkg for an environment.
func (y *yard) venv(more ...string) *exec.Cmd {
	return command(append([]string{
		"venv", "--project", y.project, "--lock", filepath.Join(y.project, "pylock.toml"), "--offline", "--find-links", y.files,
		"--python", hostPython(), "--cache-dir", y.store, y.env,
	}, more...)...)
}

// wantNothing fails the test when a run that failed has left something.
func (y *yard) wantNothing(what string) {
	y.t.Helper()
	if left := temporaries(y.t, y.store, y.dir); len(left) > 0 {
		y.t.Errorf("%s: %v is left", what, left)
	}
	for _, path := range []string{y.env, filepath.Join(y.project, "dist"), filepath.Join(y.dir, "outside"), "/outside"} {
		if fileExists(path) {
			y.t.Errorf("%s: %s is there", what, path)
		}
	}
	if wheels, err := filepath.Glob(filepath.Join(y.store, "u", "*")); err != nil || len(wheels) > 0 {
		y.t.Errorf("%s: the store has %v, error %v", what, wheels, err)
	}
}

// TestBuildHostileSdists gives archives to every command that builds. None of them is unpacked to its end, no backend runs, and
// nothing is left.
func TestBuildHostileSdists(t *testing.T) {
	t.Parallel()
	const behave = "raise SystemExit('the backend ran')"
	with := func(more ...tarMember) []byte { return packTar(t, append(yardTree(behave), more...)) }
	rename := func(top string) []byte {
		members := yardTree(behave)
		for i := range members {
			members[i].Name = strings.Replace(members[i].Name, "pkg-1.0", top, 1)
		}
		return packGzip(packTar(t, members))
	}
	pax := func(record string) []byte { // before a member of the size 6
		return packGzip(slices.Concat(extension(t, record), with(regular("pkg-1.0/long.py", "X = 1\n"))))
	}
	sound := with()
	store := t.TempDir() // for all, so that Python is asked once
	badSum := packGzip(sound)
	badSum[len(badSum)-6] ^= 1
	for _, c := range []struct {
		name  string
		sdist []byte
		words string
	}{
		{"climb", packGzip(with(regular("pkg-1.0/../../outside", "X"))), "pkg-1.0/../../outside"},
		{"absolute", packGzip(with(regular("/outside", "X"))), "/outside"},
		{"link out", packGzip(with(special(tar.TypeSymlink, "pkg-1.0/link", "../../../outside"))), "pkg-1.0/link"},
		{"absolute link", packGzip(with(special(tar.TypeSymlink, "pkg-1.0/link", "/etc/passwd"))), "/etc/passwd"},
		{"through a link", packGzip(with(special(tar.TypeSymlink, "pkg-1.0/link", "."), regular("pkg-1.0/link/outside", "X"))), "pkg-1.0/link/outside"},
		{"over a link", packGzip(with(special(tar.TypeSymlink, "pkg-1.0/link", "backend.py"), regular("pkg-1.0/link", "X"))), "pkg-1.0/link"},
		{"hard link out", packGzip(with(special(tar.TypeLink, "pkg-1.0/link", "/etc/passwd"))), "/etc/passwd"},
		{"device", packGzip(with(special(tar.TypeChar, "pkg-1.0/null", ""))), "device"},
		{"fifo", packGzip(with(special(tar.TypeFifo, "pkg-1.0/pipe", ""))), "pipe"},
		{"pax_path", pax("19 path=../outside\n"), "../outside"},
		{"pax_size", pax("10 size=1\n"), "two sizes"},
		{"control characters", packGzip(with(regular("pkg-1.0/\x1b[31m", "X"))), `\x1b[31m`},
		{"top_name", rename("other-1.0"), "other-1.0"},
		{"top_version", rename("pkg-2.0"), "pkg-2.0"},
		{"no top", packGzip(with(regular("outside", "X"))), "one folder"},
		{"trailing in the tar", packGzip(append(bytes.Clone(sound), "trailing"...)), "after its end"},
		{"trailing after gzip", append(packGzip(sound), "trailing"...), "pkg-1.0.tar.gz"},
		{"crc", badSum, "checksum"},
		{"cut", packGzip(sound)[:300], "pkg-1.0.tar.gz"},
		{"empty", nil, "pkg-1.0.tar.gz"},
		{"no archive", []byte("<html>"), "pkg-1.0.tar.gz"},
		{"bomb", packGzip(with(regular("pkg-1.0/zeros", strings.Repeat("\x00", 65<<20)))), "64 MiB"},
	} {
		t.Run(c.name, func(t *testing.T) {
			y := newYard(t, c.sdist)
			y.store = store
			got := finish(t, y.venv())
			wantFailure(t, c.name, got, statusInput, "pylock.toml"+yardLine, "pkg-1.0.tar.gz", c.words)
			if strings.ContainsRune(got.stderr, '\x1b') || strings.Contains(got.stderr, "the backend ran") {
				t.Errorf("an escape code is printed, or the backend ran: %q", got.stderr)
			}
			y.wantNothing(c.name)
			if c.name != "climb" && c.name != "top_name" {
				return
			}
			for _, run := range []*exec.Cmd{
				command("zip", "--project", y.project, "--target", "cp311-manylinux_2_28_x86_64", "--build-python", hostPython(),
					"--offline", "--find-links", y.files, "--cache-dir", y.store, "-o", filepath.Join(y.dir, "outside")),
				command("wheel", "--build-python", hostPython(), "--offline", "--cache-dir", y.store, "-o", filepath.Join(y.project, "dist"), filepath.Join(y.files, "pkg-1.0.tar.gz")),
			} {
				wantFailure(t, c.name+", "+run.Args[1], finish(t, run), statusInput, "pkg 1.0", c.words)
				y.wantNothing(c.name + ", " + run.Args[1])
			}
		})
	}
}

// TestBuildOfAnother has a source that builds what the lock does not name, or no wheel that may be installed.
func TestBuildOfAnother(t *testing.T) {
	t.Parallel()
	store := t.TempDir() // for all, so that Python is asked once
	for _, c := range []struct{ name, behave, words string }{
		{"another project", `return wheel(out, project="other")`, "other"},
		{"another version", `return wheel(out, version="2.0")`, "2.0"},
		{"no wheel", `return "pkg-1.0-py3-none-any.whl"`, "pkg-1.0-py3-none-any.whl"},
		{"a path", `wheel(out); return "../raw/pkg-1.0-py3-none-any.whl"`, "../raw"},
		{"a number", `return 7`, "7"},
		{"two wheels", `wheel(out, version="2.0"); return wheel(out)`, "2 wheels"},
		{"no zip", `open(out + "/pkg-1.0-py3-none-any.whl", "w").write("no zip"); return "pkg-1.0-py3-none-any.whl"`, "pkg-1.0-py3-none-any.whl"},
		{"a climbing member", `return wheel(out, files={"../outside": "X"})`, "../outside"},
		{"a script python", `return wheel(out, files={"pkg-1.0.data/scripts/python": "X"})`, "python"},
		{"a link", `import os; os.symlink("/etc/passwd", out + "/pkg-1.0-py3-none-any.whl"); return "pkg-1.0-py3-none-any.whl"`, "no regular file"},
		{"METADATA of another", `return wheel(out, files={"pkg-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: other\nVersion: 1.0\n"})`, "other"},
	} {
		t.Run(c.name, func(t *testing.T) {
			y := newYard(t, nil)
			y.store = store
			y.behave("def build(out):\n    " + c.behave)
			wantFailure(t, c.name, finish(t, y.venv()), statusInput, "pylock.toml"+yardLine, c.words)
			y.wantNothing(c.name)
		})
	}
}
