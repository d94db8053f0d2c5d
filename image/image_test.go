package image_test

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/google/go-containerregistry/pkg/v1/validate"

	"github.com/ofiuco/ofiuco/image"
	"github.com/ofiuco/ofiuco/target"
	"github.com/ofiuco/ofiuco/tree"
)

// box is an OCI image layout in memory.
type box struct {
	testing.TB
	fstest.MapFS
}

func newBox(t testing.TB) box {
	return box{t, fstest.MapFS{"oci-layout": {Data: []byte(`{"imageLayoutVersion":"1.0.0"}`)}}}
}

// blob adds bytes, or a value as JSON.
func (b box) blob(kind types.MediaType, value any) v1.Descriptor {
	b.Helper()
	data, ok := value.([]byte)
	if !ok {
		var err error
		if data, err = json.Marshal(value); err != nil {
			b.Fatal(err)
		}
	}
	digest, size, err := v1.SHA256(bytes.NewReader(data))
	if err != nil {
		b.Fatal(err)
	}
	b.MapFS["blobs/sha256/"+digest.Hex] = &fstest.MapFile{Data: data}
	return v1.Descriptor{MediaType: kind, Digest: digest, Size: size}
}

// image adds an image with a layer for each text.
func (b box) image(config v1.ConfigFile, layers ...string) v1.Descriptor {
	b.Helper()
	manifest := v1.Manifest{SchemaVersion: 2, MediaType: types.OCIManifestSchema1, Layers: []v1.Descriptor{}}
	for _, text := range layers {
		whole, err := tree.New([]tree.File{{Path: "base/" + text, Content: tree.BytesContent([]byte(text))}})
		if err != nil {
			b.Fatal(err)
		}
		var data bytes.Buffer
		layer, err := image.NewLayer(b.Context(), &data, whole)
		if err != nil {
			b.Fatal(err)
		}
		config.RootFS.DiffIDs = append(config.RootFS.DiffIDs, layer.DiffID)
		manifest.Layers = append(manifest.Layers, b.blob(types.OCILayer, data.Bytes()))
	}
	manifest.Config = b.blob(types.OCIConfigJSON, config)
	return b.blob(types.OCIManifestSchema1, manifest)
}

// index names what the layout is for.
func (b box) index(manifests ...v1.Descriptor) box {
	b.Helper()
	data, err := json.Marshal(v1.IndexManifest{SchemaVersion: 2, MediaType: types.OCIImageIndex, Manifests: manifests})
	if err != nil {
		b.Fatal(err)
	}
	b.MapFS["index.json"] = &fstest.MapFile{Data: data}
	return b
}

func (b box) open() *image.Layout {
	b.Helper()
	l, err := image.OpenLayout(b.MapFS)
	if err != nil {
		b.Fatal(err)
	}
	return l
}

// write puts the files on the disk, for programs that read no other.
func (b box) write() string {
	b.Helper()
	dir := b.TempDir()
	if err := os.CopyFS(dir, b.MapFS); err != nil {
		b.Fatal(err)
	}
	return dir
}

// add adds files of a Tree.
func (b box) add(t tree.Tree) {
	b.Helper()
	for _, f := range t.Files() {
		data, err := f.Content.ReadAll()
		if err != nil {
			b.Fatal(err)
		}
		b.MapFS[f.Path] = &fstest.MapFile{Data: data}
	}
}

// single reads the one image of a layout with go-containerregistry.
func (b box) single() v1.Image {
	b.Helper()
	index, err := layout.ImageIndexFromPath(b.write())
	if err != nil {
		b.Fatal(err)
	}
	manifest, err := index.IndexManifest()
	if err != nil || len(manifest.Manifests) != 1 {
		b.Fatalf("%v: %v", manifest, err)
	}
	single, err := index.Image(manifest.Manifests[0].Digest)
	if err != nil {
		b.Fatal(err)
	}
	return single
}

var (
	amd64 = v1.Platform{OS: "linux", Architecture: "amd64"}
	arm64 = v1.Platform{OS: "linux", Architecture: "arm64"}
)

func configOf(p v1.Platform) v1.ConfigFile {
	return v1.ConfigFile{OS: p.OS, Architecture: p.Architecture, Variant: p.Variant, RootFS: v1.RootFS{Type: "layers"}}
}

// made is the layout of an image of the sample on top of a base, which may be nil.
func made(t testing.TB, base *image.Layout, c image.Config) box {
	t.Helper()
	b := newBox(t)
	whole, _ := sample(t)
	var data bytes.Buffer
	layer, err := image.NewLayer(t.Context(), &data, whole)
	if err != nil {
		t.Fatal(err)
	}
	b.MapFS[layer.BlobPath()] = &fstest.MapFile{Data: data.Bytes()}
	var from *image.Image
	if base != nil {
		if from, err = base.ForPlatform(arm64); err != nil {
			t.Fatal(err)
		}
		for _, d := range from.Manifest.Layers {
			file, err := base.BlobFile(d)
			if err != nil {
				t.Fatal(err)
			}
			whole, err := tree.New([]tree.File{file})
			if err != nil {
				t.Fatal(err)
			}
			b.add(whole)
		}
	}
	made, err := image.New(from, arm64, []image.Layer{layer}, c)
	if err != nil {
		t.Fatal(err)
	}
	files, err := made.Files()
	if err != nil {
		t.Fatal(err)
	}
	b.add(files)
	return b
}

// TestImage holds an image, alone and on top of a base, to what go-containerregistry knows of images, and a second one to the first one's bytes.
func TestImage(t *testing.T) {
	config := configOf(arm64)
	config.Config = v1.Config{Env: []string{"PATH=/bin"}, Entrypoint: []string{"/init"}, Cmd: []string{"serve"}, Labels: map[string]string{"a": "base", "b": "base"}}
	config.History = []v1.History{{CreatedBy: "debootstrap"}, {CreatedBy: "ENV", EmptyLayer: true}, {CreatedBy: "more"}}
	base := newBox(t)
	base.index(base.image(configOf(amd64), "amd64"), base.image(config, "first", "second"))
	c := image.Config{PythonPath: []string{"/app"}, Entrypoint: []string{"python3", "/app/a.py"}, Labels: map[string]string{"b": "own"}}
	for name, layers := range map[string]int{"alone": 1, "on a base": 3} {
		t.Run(name, func(t *testing.T) {
			from := base.open()
			if layers == 1 {
				from = nil
			}
			first := made(t, from, c)
			image := first.single()
			if err := validate.Image(image); err != nil {
				t.Error(err)
			}
			manifest, err := image.Manifest()
			if err != nil || len(manifest.Layers) != layers {
				t.Fatalf("%d layers: %v", len(manifest.Layers), err)
			}
			config, err := image.ConfigFile()
			if err != nil || config.Architecture != "arm64" || config.Created.Year() != 1980 {
				t.Errorf("%v: %v", config, err)
			}
			if layers == 3 && (len(config.History) != 4 || config.Config.Cmd != nil || config.Config.Labels["a"] != "base" || config.Config.Labels["b"] != "own") {
				t.Errorf("the config is %+v", config)
			}
			if diff := cmp.Diff(first.MapFS, made(t, from, c).MapFS); diff != "" {
				t.Errorf("a second image differs: %s", diff)
			}
		})
	}
}

// TestDockersNames has Docker's media types taken for the OCI ones: their bytes are the same.
func TestDockersNames(t *testing.T) {
	base := newBox(t)
	d := base.image(configOf(arm64), "first")
	manifest, err := base.index(d).open().ManifestOf(d)
	if err != nil {
		t.Fatal(err)
	}
	manifest.MediaType, manifest.Config.MediaType, manifest.Layers[0].MediaType = types.DockerManifestSchema2, types.DockerConfigJSON, types.DockerLayer
	nested := base.blob(types.DockerManifestList, v1.IndexManifest{SchemaVersion: 2, Manifests: []v1.Descriptor{base.blob(types.DockerManifestSchema2, manifest)}})
	image := made(t, base.index(nested).open(), image.Config{Cmd: []string{"x"}}).single()
	if err := validate.Image(image); err != nil {
		t.Error(err)
	}
	layers, err := image.Manifest()
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range append(layers.Layers, layers.Config) {
		if !strings.HasPrefix(string(d.MediaType), "application/vnd.oci.") {
			t.Errorf("%s has the media type %s", d.Digest, d.MediaType)
		}
	}
}

func TestConfig(t *testing.T) {
	base := v1.Config{
		User: "1", WorkingDir: "/srv", Entrypoint: []string{"/init"}, Cmd: []string{"serve"}, Hostname: "builder", Image: "sha256:0",
		Env: []string{"PATH=/bin", "PYTHONPATH=/opt", "LANG=C"}, ExposedPorts: map[string]struct{}{"80/tcp": {}},
	}
	for name, test := range map[string]struct {
		base v1.Config
		c    image.Config
		want v1.Config
		err  string
	}{
		"all of the base": {base, image.Config{}, v1.Config{
			User: "1", WorkingDir: "/srv", Entrypoint: []string{"/init"}, Cmd: []string{"serve"},
			Env: base.Env, ExposedPorts: base.ExposedPorts,
		}, ""},
		"all of its own": {base, image.Config{
			User: "2", WorkDir: "/work", Entrypoint: []string{"python3"}, ExposedPorts: []string{"8080", "53/udp"},
			Env: map[string]string{"B": "2", "A": "1", "PATH": "/usr/bin"}, PythonPath: []string{"/app", "/more"}, Labels: map[string]string{"x": "y"},
		}, v1.Config{
			User: "2", WorkingDir: "/work", Entrypoint: []string{"python3"}, Labels: map[string]string{"x": "y"},
			Env:          []string{"PATH=/usr/bin", "PYTHONPATH=/app:/more:/opt", "LANG=C", "A=1", "B=2"},
			ExposedPorts: map[string]struct{}{"80/tcp": {}, "8080/tcp": {}, "53/udp": {}},
		}, ""},
		"only a cmd": {v1.Config{Entrypoint: []string{"/init"}, Cmd: []string{"serve"}}, image.Config{Cmd: []string{"work"}}, v1.Config{
			Entrypoint: []string{"/init"}, Cmd: []string{"work"},
		}, ""},
		"a PYTHONPATH of its own": {base, image.Config{Env: map[string]string{"PYTHONPATH": "/only"}, PythonPath: []string{"/app"}}, v1.Config{
			User: "1", WorkingDir: "/srv", Entrypoint: []string{"/init"}, Cmd: []string{"serve"},
			Env: []string{"PATH=/bin", "PYTHONPATH=/only", "LANG=C"}, ExposedPorts: base.ExposedPorts,
		}, ""},
		"nothing to run":   {v1.Config{}, image.Config{}, v1.Config{}, "the image has nothing to run: its target is no program, the base has no entrypoint, and none is given: name an entrypoint or a cmd"},
		"a relative place": {base, image.Config{WorkDir: "app"}, v1.Config{}, `the working folder "app" is not absolute in the image`},
		"a bad name":       {base, image.Config{Env: map[string]string{"A=B": "x"}}, v1.Config{}, `"A=B" is no name of an environment variable`},
	} {
		t.Run(name, func(t *testing.T) {
			from := &image.Image{Config: configOf(amd64)}
			from.Config.Config = test.base
			got, err := image.New(from, amd64, nil, test.c)
			if said := text(err); said != test.err {
				t.Fatalf("the error is %q, want %q", said, test.err)
			}
			if err == nil {
				if diff := cmp.Diff(test.want, got.Config.Config); diff != "" {
					t.Error(diff)
				}
			}
		})
	}
	if len(base.ExposedPorts) != 1 || !slices.Equal(base.Env, []string{"PATH=/bin", "PYTHONPATH=/opt", "LANG=C"}) {
		t.Errorf("the base was changed: %+v", base)
	}
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// TestArchive reads a tarball as docker does, and as a layout.
func TestArchive(t *testing.T) {
	base := newBox(t)
	base.index(base.image(configOf(arm64), "twice", "twice"))
	layout := made(t, base.open(), image.Config{Cmd: []string{"x"}})
	files, err := layout.open().Archive([]string{"team/project", "index.example/app:v1"})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "image.tar")
	out, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	if err := image.WriteTar(t.Context(), out, files); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"team/project:latest", "index.example/app:v1"} {
		tag, err := name.NewTag(text)
		if err != nil {
			t.Fatal(err)
		}
		loaded, err := tarball.ImageFromPath(path, &tag)
		if err != nil {
			t.Fatal(err)
		}
		if err := validate.Image(loaded); err != nil {
			t.Error(err)
		}
	}
	unpacked := newBox(t)
	unpacked.add(files)
	index, err := unpacked.open().Index()
	if err != nil || len(index.Manifests) != 2 {
		t.Fatalf("%v: %v", index, err)
	}
	names := []string{}
	for _, d := range index.Manifests {
		names = append(names, d.Annotations["io.containerd.image.name"], d.Annotations["org.opencontainers.image.ref.name"])
	}
	if want := []string{strings.TrimPrefix(name.DefaultRegistry, "index.") + "/team/project:latest", "latest", "index.example/app:v1", "v1"}; !slices.Equal(names, want) {
		t.Errorf("the index has the names %q, want %q", names, want)
	}
	if _, err := layout.open().Archive([]string{"A B"}); err == nil || !strings.HasPrefix(err.Error(), `"A B" is no name of an image: `) {
		t.Errorf("of a wrong name the error is %v", err)
	}
}

func TestSplit(t *testing.T) {
	packageOf := func(name string, size int) tree.Tree {
		whole, err := tree.New([]tree.File{
			{Path: "app/" + name + "/data", Owner: name, Content: tree.BytesContent(bytes.Repeat([]byte(name[:1]), size))},
			{Path: "app/shared", Owner: name, Content: tree.BytesContent([]byte("the same"))},
		})
		if err != nil {
			t.Fatal(err)
		}
		return whole
	}
	own, err := tree.New([]tree.File{{Path: "app/main.py", Content: tree.BytesContent([]byte("main"))}})
	if err != nil {
		t.Fatal(err)
	}
	packages := []tree.Tree{packageOf("small", 1), packageOf("large", 2<<20), packageOf("tiny", 1), packageOf("huge", 3<<20)}
	for most, want := range map[int]string{
		100: "large/data | huge/data | shared small/data tiny/data | main.py",
		3:   "huge/data | large/data shared small/data tiny/data | main.py",
		-5:  "huge/data large/data shared small/data tiny/data | main.py",
	} {
		trees, err := image.Split(packages, own, most)
		if err != nil {
			t.Fatal(err)
		}
		var layers []string
		for _, part := range trees {
			var names []string
			for _, f := range part.Files() {
				names = append(names, strings.TrimPrefix(f.Path, "app/"))
			}
			layers = append(layers, strings.Join(names, " "))
		}
		if got := strings.Join(layers, " | "); got != want {
			t.Errorf("of at most %d layers the image has %s, want %s", most, got, want)
		}
	}
	clash, err := tree.New([]tree.File{{Path: "app/main.py", Owner: "clash 1.0", Content: tree.BytesContent([]byte("other"))}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := image.Split([]tree.Tree{clash}, own, 100); err == nil {
		t.Error("a collision is no error")
	}
}

func TestPlatformOf(t *testing.T) {
	for tag, want := range map[string]string{
		"cp312-manylinux_2_34_aarch64": "linux/arm64", "cp312-manylinux_2_34_x86_64": "linux/amd64", "cp313-musllinux_1_2_armv7l": "linux/arm/v7",
		"cp312-manylinux_2_17_i686": "linux/386", "cp312-manylinux_2_34_s390x": "linux/s390x",
		"cp312-win_amd64":         "an image is for Linux, and the target cp312-win_amd64 is not: name a platform of Linux",
		"cp312-macosx_14_0_arm64": "an image is for Linux, and the target cp312-macosx_14_0_arm64 is not: name a platform of Linux",
	} {
		parsed, err := target.Parse(tag)
		if err != nil {
			t.Fatal(err)
		}
		platform, err := image.PlatformOf(parsed)
		if got := platform.String() + text(err); got != want {
			t.Errorf("of %s: %s, want %s", tag, got, want)
		}
	}
}

// TestBlobsAreChecked reads a damaged blob: what was read before the fault is found out is not to be used.
func TestBlobsAreChecked(t *testing.T) {
	b := newBox(t)
	d := b.blob(types.OCILayer, []byte("a layer"))
	l := b.index(d).open()
	b.MapFS["blobs/sha256/"+d.Digest.Hex] = &fstest.MapFile{Data: []byte("a-layer")}
	r, err := l.Blob(d)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if _, err := io.ReadAll(r); err == nil || !strings.Contains(err.Error(), "its bytes have the digest sha256:") {
		t.Errorf("the error is %v", err)
	}
}
