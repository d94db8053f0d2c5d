package wheel

import (
	"archive/zip"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ofiuco/ofiuco/internal/oracle"
)

// realWheels are wheels as they were published, about 66 MB. Many are odd, each in its own way; all must be
// accepted. Each is a name and version, then the platform if that matters.
var realWheels = []string{
	"selenium==4.1.0",            // RECORD's paths begin with "/"
	"furo==2022.6.21",            // hexadecimal digests
	"pydata-sphinx-theme==0.8.0", // hexadecimal digests
	"zeroconf==0.47.1 win_amd64", // members and rows twice
	"zeroconf==0.39.0",
	"setuptools==75.6.0", // other projects' .dist-info inside
	"wheel==0.45.1",
	"pip==24.3.1",
	"numpy==2.1.0",
	"pydantic-core==2.23.4",
	"shapely==2.0.6",
	"boto3==1.28.72",
	"botocore==1.31.72",
	"awslambdaric==2.2.1",
	"cryptography==43.0.3",
	"ruff==0.7.1",                // a binary in .data/scripts
	"jupyterlab-widgets==3.0.13", // .data/data
	"PyYAML==6.0.2",
	"zope.interface==7.1.1", // a dot in its name
	"ruamel.yaml==0.18.6",
	"protobuf==5.28.3",
	"Django==5.1.2",
	"black==24.10.0",
	"requests==2.32.3",
	"attrs==24.2.0",
	"six==1.16.0",
	"types-requests==2.32.0.20241016",
	"pywin32-ctypes==0.2.3",
}

var usualPlatforms = []string{"manylinux_2_28_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64", "manylinux1_x86_64"}

// downloadWheels downloads realWheels with pip into the tools' folder, where they stay.
func downloadWheels(t *testing.T) []string {
	t.Helper()
	python := oracle.Python(t)
	dir := filepath.Join(oracle.Dir(), "wheels", "check")
	var paths []string
	for _, wanted := range realWheels {
		pin, platform, _ := strings.Cut(wanted, " ")
		folder := filepath.Join(dir, strings.ReplaceAll(wanted, " ", "-"))
		if found, _ := filepath.Glob(filepath.Join(folder, "*.whl")); len(found) == 1 {
			paths = append(paths, found[0])
			continue
		}
		temporary := t.TempDir()
		args := []string{"-m", "pip", "download", "-q", "--disable-pip-version-check", "--no-deps", "--only-binary", ":all:", "-d", temporary}
		if platform != "" {
			args = append(args, "--python-version", "3.11", "--platform", platform)
		} else {
			args = append(args, "--python-version", "3.12")
			for _, usual := range usualPlatforms {
				args = append(args, "--platform", usual)
			}
		}
		if output, err := exec.Command(python, append(args, pin)...).CombinedOutput(); err != nil {
			text := fmt.Sprintf("downloading %s: %v\n%s", pin, err, output)
			if os.Getenv("CI") == "true" {
				t.Fatal(text)
			}
			t.Skip(text)
		}
		if err := os.MkdirAll(dir, 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.CopyFS(folder, os.DirFS(temporary)); err != nil {
			t.Fatal(err)
		}
		found, _ := filepath.Glob(filepath.Join(folder, "*.whl"))
		paths = append(paths, found...)
	}
	return paths
}

func openWheel(t testing.TB, path string) (*os.File, int64) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	return f, info.Size()
}

// TestRealWheels checks published wheels, and compares what is read of them with Python and archive/zip.
func TestRealWheels(t *testing.T) {
	if testing.Short() {
		t.Skip("reads and may download 66 MB")
	}
	paths := downloadWheels(t)
	type answer struct {
		Files       [][5]any    `json:"files"`
		Metadata    [][2]string `json:"metadata"`
		EntryPoints [][5]any    `json:"entry_points"`
	}
	answers := ask[answer](t, "wheel", paths)
	for i, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			f, size := openWheel(t, path)
			w, err := Check(f, size, filepath.Base(path))
			if err != nil {
				t.Fatal(err)
			}
			if err := w.Refusal(); err != nil {
				t.Error(err)
			}
			var files [][5]any
			seen := map[string]bool{}
			for _, file := range answers[i].Files {
				if name := file[0].(string); !seen[name] { // zeroconf's are there twice
					seen[name] = true
					files = append(files, file)
				}
			}
			if diff := cmp.Diff(fmt.Sprint(files), fmt.Sprint(entryRows(w))); diff != "" {
				t.Errorf("entries (-zipfile +Check):\n%s", diff)
			}
			text, err := w.ReadFile(f, w.DistInfo+"/METADATA")
			if err != nil {
				t.Fatal(err)
			}
			var fields [][2]string
			for _, h := range parseHeaders(string(text)) {
				fields = append(fields, [2]string{h.name, h.value})
			}
			if diff := cmp.Diff(answers[i].Metadata, fields); diff != "" {
				t.Errorf("METADATA (-email +parseHeaders):\n%s", diff)
			}
			points := make([][5]any, len(w.EntryPoints))
			for i, e := range w.EntryPoints {
				points[i] = [5]any{e.Group, e.Name, e.Module, e.Attr, e.Extras}
			}
			if diff := cmp.Diff(fmt.Sprint(answers[i].EntryPoints), fmt.Sprint(points)); diff != "" {
				t.Errorf("entry points (-importlib.metadata +Check):\n%s", diff)
			}
			checkOffsets(t, w, f, size)
			checkMarshal(t, w)
		})
	}
}

func entryRows(w *Wheel) [][5]any {
	rows := make([][5]any, len(w.Entries))
	for i, e := range w.Entries {
		method := 0
		if e.Deflated {
			method = 8
		}
		rows[i] = [5]any{e.Path, float64(e.Size), float64(e.CompressedSize), float64(e.CRC32), float64(method)}
	}
	return rows
}

// checkOffsets compares where streams are, and modes, with archive/zip.
func checkOffsets(t *testing.T, w *Wheel, f *os.File, size int64) {
	t.Helper()
	archive, err := zip.NewReader(f, size)
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range archive.File {
		e := w.Lookup(file.Name)
		if e == nil {
			if !strings.HasSuffix(file.Name, "/") {
				t.Errorf("%q is missing", file.Name)
			}
			continue
		}
		if offset, err := file.DataOffset(); err != nil || e.Offset != offset && !hasOddity(w, CodeTwice) {
			t.Errorf("%q is at %d, archive/zip says %d (%v)", e.Path, e.Offset, offset, err)
		}
		mode := file.ExternalAttrs >> 16
		if executable := mode&0o170000 == 0o100000 && mode&0o111 != 0; e.Executable != executable {
			t.Errorf("%q: executable is %v", e.Path, e.Executable)
		}
	}
}

func hasOddity(w *Wheel, code string) bool {
	for _, o := range w.Oddities {
		if o.Code == code {
			return true
		}
	}
	return false
}

func checkMarshal(t *testing.T, w *Wheel) {
	t.Helper()
	data, err := w.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	var read Wheel
	if err := read.UnmarshalBinary(data); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(&read, w) {
		t.Errorf("UnmarshalBinary: got %+v, want %+v", read, *w)
	}
}
