package image_test

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ofiuco/ofiuco/image"
	"github.com/ofiuco/ofiuco/internal/oracle"
	"github.com/ofiuco/ofiuco/tree"
)

// sections are files inside a zip, by their names.
func sections(t testing.TB, method uint16, files map[string]string) map[string]tree.Content {
	t.Helper()
	var archive bytes.Buffer
	w := zip.NewWriter(&archive)
	for name, text := range files {
		member, err := w.CreateHeader(&zip.FileHeader{Name: name, Method: method})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(member, text); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	source := bytes.NewReader(archive.Bytes())
	r, err := zip.NewReader(source, source.Size())
	if err != nil {
		t.Fatal(err)
	}
	contents := map[string]tree.Content{}
	for _, f := range r.File {
		offset, err := f.DataOffset()
		if err != nil {
			t.Fatal(err)
		}
		contents[f.Name] = tree.Content{Size: int64(f.UncompressedSize64), Section: &tree.Section{
			Source: source, Offset: offset, CompressedSize: int64(f.CompressedSize64), Deflated: method == zip.Deflate, CRC32: f.CRC32,
		}}
	}
	return contents
}

// sample is a Tree of all kinds of content and of paths, and what it holds.
func sample(t testing.TB) (tree.Tree, map[string]string) {
	t.Helper()
	long := strings.Repeat("folder/", 30) + strings.Repeat("n", 120)
	want := map[string]string{
		"app/a.py":            "A = 1\n",
		"app/a-b/c":           strings.Repeat("between a folder and its files ", 100),
		"app/a/deflated":      strings.Repeat("deflated", 1000),
		"app/a/empty":         "",
		"app/a/stored":        strings.Repeat("stored", 100),
		"app/bin/run":         "#!/bin/sh\n",
		"app/a=b c/ü/ß.txt":   "names may hold anything",
		long:                  "long",
		"zz/block":            strings.Repeat("x", 512),
		"zz/deflated-in-root": "d",
	}
	deflated := sections(t, zip.Deflate, want)
	stored := sections(t, zip.Store, want)
	var files []tree.File
	for path, text := range want {
		f := tree.File{Path: path, Owner: "sample 1.0", Executable: path == "app/bin/run", Content: tree.BytesContent([]byte(text))}
		switch {
		case strings.Contains(path, "deflated"):
			f.Content = deflated[path]
		case strings.Contains(path, "stored"):
			f.Content = stored[path]
		case strings.HasSuffix(path, ".txt"):
			f.Content = tree.Content{Size: int64(len(text)), Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil }}
		}
		files = append(files, f)
	}
	whole, err := tree.New(files)
	if err != nil {
		t.Fatal(err)
	}
	return whole, want
}

func layer(t testing.TB, whole tree.Tree) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := image.WriteLayer(t.Context(), &out, whole); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestLayerHoldsTheTree(t *testing.T) {
	whole, want := sample(t)
	compressed := layer(t, whole)
	unzipped, err := gzip.NewReader(bytes.NewReader(compressed))
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(unzipped)
	if err != nil {
		t.Fatal(err)
	}
	var plain bytes.Buffer
	if err := image.WriteTar(t.Context(), &plain, whole); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, plain.Bytes()) {
		t.Error("the layer without its compression is not the plain one")
	}
	if !bytes.Equal(compressed, layer(t, whole)) {
		t.Error("a second layer of the same Tree has other bytes")
	}
	folders, before := map[string]bool{}, ""
	for r := tar.NewReader(bytes.NewReader(got)); ; {
		h, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if h.Name <= before {
			t.Errorf("%q stands after %q", h.Name, before)
		}
		before = h.Name
		parent := h.Name[:strings.LastIndexByte(strings.TrimSuffix(h.Name, "/"), '/')+1]
		if parent != "" && !folders[parent] {
			t.Errorf("%q comes before its folder", h.Name)
		}
		mode := int64(0o644)
		if h.Typeflag == tar.TypeDir {
			mode, folders[h.Name] = 0o755, true
		} else if text := string(text); text != want[h.Name] {
			t.Errorf("%q holds %.40q, want %.40q", h.Name, text, want[h.Name])
		}
		if h.Name == "app/bin/run" {
			mode = 0o755
		}
		if h.Mode != mode || h.Uid != 0 || h.Gid != 0 || h.Uname != "" || h.Gname != "" || !h.ModTime.Equal(time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)) {
			t.Errorf("%q has the header %+v", h.Name, h)
		}
		delete(want, h.Name)
	}
	if len(want) > 0 {
		t.Errorf("the layer lacks %v", want)
	}
}

// TestLayerCopiesStreams holds that a wheel's deflate stream is in the layer as it is.
func TestLayerCopiesStreams(t *testing.T) {
	whole, _ := sample(t)
	f, _ := whole.Lookup("app/a/deflated")
	stream := make([]byte, f.Content.Section.CompressedSize)
	if _, err := f.Content.Section.Source.ReadAt(stream, f.Content.Section.Offset); err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(layer(t, whole), stream) {
		t.Error("the stream was made anew")
	}
}

// TestLayerBytes holds the bytes: another sum is another layer for everyone who has one.
func TestLayerBytes(t *testing.T) {
	whole, err := tree.New([]tree.File{
		{Path: "app/main.py", Content: tree.BytesContent([]byte("print('hello')\n"))},
		{Path: "app/run", Executable: true, Content: tree.BytesContent([]byte("#!/bin/sh\n"))},
	})
	if err != nil {
		t.Fatal(err)
	}
	const want = "8a4801efcf2fec4aaf411acb7907f05b649a9bb96c51dddb7b7ab922b52f1b78"
	sum := sha256.Sum256(layer(t, whole))
	if got := hex.EncodeToString(sum[:]); got != want {
		t.Errorf("the layer's SHA-256 is %s, want %s", got, want)
	}
}

func TestEmptyLayer(t *testing.T) {
	r, err := gzip.NewReader(bytes.NewReader(layer(t, tree.Tree{})))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tar.NewReader(r).Next(); err != io.EOF {
		t.Errorf("an empty layer's first entry: %v", err)
	}
}

func TestLayerNamesWhatItCannotRead(t *testing.T) {
	broken := errors.New("broken")
	cut := sections(t, zip.Deflate, map[string]string{"x": strings.Repeat("x", 100)})["x"]
	cut.Section.CompressedSize += 1 << 20
	for name, content := range map[string]tree.Content{
		"open":  {Size: 3, Open: func() (io.ReadCloser, error) { return nil, broken }},
		"short": {Size: 3, Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("x")), nil }},
		"cut":   cut,
	} {
		t.Run(name, func(t *testing.T) {
			whole, err := tree.New([]tree.File{{Path: "a/b.py", Owner: "alpha 1.0", Content: content}})
			if err != nil {
				t.Fatal(err)
			}
			err = image.WriteLayer(t.Context(), io.Discard, whole)
			if err == nil || !strings.HasPrefix(err.Error(), `alpha 1.0: writing "a/b.py": `) {
				t.Errorf("the error is %v", err)
			}
		})
	}
	whole, _ := sample(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := image.WriteLayer(ctx, io.Discard, whole); !errors.Is(err, context.Canceled) {
		t.Errorf("after an interruption the error is %v", err)
	}
}

// TestTarReads compares with what GNU tar, or the host's, unpacks.
func TestTarReads(t *testing.T) {
	program := oracle.Program(t, "tar")
	whole, want := sample(t)
	dir := t.TempDir()
	file := filepath.Join(dir, "layer.tar.gz")
	if err := os.WriteFile(file, layer(t, whole), 0o666); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(dir, "out")
	if err := os.Mkdir(out, 0o777); err != nil {
		t.Fatal(err)
	}
	if said, err := exec.Command(program, "-xzf", file, "-C", out).CombinedOutput(); err != nil || len(said) > 0 {
		t.Fatalf("tar: %v\n%s", err, said)
	}
	found := 0
	err := fs.WalkDir(os.DirFS(out), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		found++
		text, err := os.ReadFile(filepath.Join(out, path))
		if err == nil && string(text) != want[path] {
			err = fmt.Errorf("%q holds %.40q", path, text)
		}
		return err
	})
	if err != nil || found != len(want) {
		t.Errorf("%d of %d files: %v", found, len(want), err)
	}
}
