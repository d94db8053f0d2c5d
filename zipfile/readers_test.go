package zipfile

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ofiuco/ofiuco/internal/oracle"
	"github.com/ofiuco/ofiuco/tree"
)

// readByPython prints what Python's zipfile finds in a zip, after it tested all of it.
const readByPython = `
import hashlib, json, sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as z:
    assert z.testzip() is None, z.testzip()
    json.dump([{
        "name": i.filename, "time": i.date_time, "mode": oct(i.external_attr >> 16), "system": i.create_system,
        "utf8": bool(i.flag_bits & 0x800), "other flags": i.flag_bits & ~0x800, "extra": len(i.extra),
        "sha256": hashlib.sha256(z.read(i)).hexdigest(),
    } for i in z.infolist()], sys.stdout)
`

func TestPythonReadsWhatIsWritten(t *testing.T) {
	made, contents := sample(t)
	out, err := exec.Command(oracle.Python(t), "-c", readByPython, writeTemp(t, render(t, made, 2))).Output()
	if err != nil {
		t.Fatal(err)
	}
	var want []any
	for _, f := range made.Files() {
		mode := "0o100644"
		if f.Executable {
			mode = "0o100755"
		}
		sum := sha256.Sum256(contents[f.Path])
		want = append(want, map[string]any{
			"name": f.Path, "time": []any{1980.0, 1.0, 1.0, 0.0, 0.0, 0.0}, "mode": mode, "system": 3.0,
			"utf8":        strings.IndexFunc(f.Path, func(r rune) bool { return r > 0x7f }) >= 0,
			"other flags": 0.0, "extra": 0.0, "sha256": hex.EncodeToString(sum[:]),
		})
	}
	var got []any
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestUnzipReadsWhatIsWritten(t *testing.T) {
	unzip, zipinfo := oracle.Program(t, "unzip"), oracle.Program(t, "zipinfo")
	made, _ := sample(t)
	file := writeTemp(t, render(t, made, 2))
	if out, err := exec.Command(unzip, "-t", file).CombinedOutput(); err != nil || !bytes.Contains(out, []byte("No errors detected")) {
		t.Errorf("%v\n%s", err, out)
	}
	out, err := exec.Command(zipinfo, file).Output()
	if err != nil {
		t.Fatal(err)
	}
	listed := 0
	for line := range strings.Lines(string(out)) {
		if !strings.Contains(line, "80-Jan-01 00:00") {
			continue
		}
		listed++
		want := "-rw-r--r--  2.0 unx "
		if strings.HasSuffix(line, " bin/tool\n") {
			want = "-rwxr-xr-x  2.0 unx "
		}
		if !strings.HasPrefix(line, want) {
			t.Errorf("got %q, want %s…", line, want)
		}
	}
	if listed != made.Len() {
		t.Errorf("%d entries of 1980, want %d:\n%s", listed, made.Len(), out)
	}
}

// Zip64 by count is read by others, too.
func TestOthersReadManyEntries(t *testing.T) {
	var files []tree.File
	for i := range 66_000 {
		files = append(files, tree.File{Path: fmt.Sprintf("d/%06d", i)})
	}
	files[65_999].Content = tree.BytesContent([]byte("*"))
	file := writeTemp(t, render(t, newTree(t, files...), 2))
	count := "import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); print(len(z.infolist()), ord(z.read('d/065999')))"
	out, err := exec.Command(oracle.Python(t), "-c", count, file).Output()
	if want := fmt.Sprintf("66000 %d\n", '*'); err != nil || string(out) != want {
		t.Errorf("Python: %q, %v, want %q", out, err, want)
	}
	if out, err := exec.Command(oracle.Program(t, "unzip"), "-tqq", file).CombinedOutput(); err != nil {
		t.Errorf("unzip: %v\n%.500s", err, out)
	}
}

// Bug 12 of the original: modes were 0600 and 0700, a name with "=" crashed the zipper, and patterns did
// not reach into packages.
func TestZipperBugsOfTheOriginal(t *testing.T) {
	tool := tree.File{Path: "bin/tool", Content: tree.BytesContent([]byte("#!")), Executable: true}
	made := newTree(t, tool,
		tree.File{Path: "app/a=b=c.txt", Content: tree.BytesContent([]byte("x"))},
		tree.File{Path: "six-1.17.0.dist-info/licenses/LICENSE", Content: tree.BytesContent([]byte("MIT"))})
	kept, _ := made.Exclude(tree.CompilePatterns([]string{"**.dist-info/**"}))
	out, err := exec.Command(oracle.Python(t), "-c", readByPython, writeTemp(t, render(t, kept, 2))).Output()
	if err != nil {
		t.Fatal(err)
	}
	var got []struct{ Name, Mode string }
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatal(err)
	}
	if want := []struct{ Name, Mode string }{{"app/a=b=c.txt", "0o100644"}, {"bin/tool", "0o100755"}}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
