package image_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/ofiuco/ofiuco/image"
)

func platform(t testing.TB, text string) v1.Platform {
	t.Helper()
	p, err := v1.ParsePlatform(text)
	if err != nil {
		t.Fatal(err)
	}
	return *p
}

func TestForPlatform(t *testing.T) {
	for name, test := range map[string]struct {
		there []string // by the index; with a "-" by the config alone
		want  string
		err   string
	}{
		"one":                {[]string{"linux/arm64"}, "linux/arm64", ""},
		"by its config":      {[]string{"-linux/amd64", "-linux/arm64"}, "linux/arm64", ""},
		"the variant of all": {[]string{"linux/amd64", "linux/arm64/v8"}, "linux/arm64", ""},
		"a variant":          {[]string{"linux/arm/v6", "linux/arm/v7"}, "linux/arm/v7", ""},
		"the usual variant":  {[]string{"linux/arm"}, "linux/arm/v7", ""},
		"a newer processor":  {[]string{"linux/amd64/v3"}, "linux/amd64", "it has no image for linux/amd64, only for linux/amd64/v3"},
		"another":            {[]string{"linux/s390x", "linux/amd64", "linux/amd64"}, "linux/arm64", "it has no image for linux/arm64, only for linux/amd64, linux/s390x"},
		"an attestation":     {[]string{"unknown/unknown", "linux/arm64"}, "linux/arm64", ""},
		"another system":     {[]string{"windows/amd64"}, "linux/amd64", "it has no image for linux/amd64, only for windows/amd64"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBox(t)
			var manifests []v1.Descriptor
			for _, text := range test.there {
				p := platform(t, strings.TrimPrefix(text, "-"))
				d := b.image(configOf(p), text)
				if !strings.HasPrefix(text, "-") {
					d.Platform = &p
				}
				manifests = append(manifests, d)
			}
			nested := b.blob(types.OCIImageIndex, v1.IndexManifest{SchemaVersion: 2, Manifests: manifests})
			signature := b.blob("application/vnd.example.signature", []byte("x"))
			for _, l := range []*image.Layout{b.index(manifests...).open(), b.index(signature, nested).open()} {
				found, err := l.ForPlatform(platform(t, test.want))
				if got := text(err); got != test.err {
					t.Fatalf("the error is %q, want %q", got, test.err)
				}
				if err == nil && found.Platform().Architecture != platform(t, test.want).Architecture {
					t.Errorf("it is for %s", found.Platform())
				}
			}
		})
	}
}

// TestWrongLayouts has each fault told in one line that names the place.
func TestWrongLayouts(t *testing.T) {
	for name, test := range map[string]struct {
		change func(b box, image v1.Descriptor)
		want   string // begins the error
	}{
		"no layout":   {func(b box, _ v1.Descriptor) { delete(b.MapFS, "oci-layout") }, "it is no OCI image layout: oci-layout: it is missing"},
		"version":     {func(b box, _ v1.Descriptor) { b.MapFS["oci-layout"].Data = []byte(`{"imageLayoutVersion":"2"}`) }, `oci-layout: it is of version "2", and only 1.0.0 is known`},
		"no index":    {func(b box, _ v1.Descriptor) { delete(b.MapFS, "index.json") }, "index.json: it is missing"},
		"a folder":    {func(b box, _ v1.Descriptor) { b.MapFS["index.json"].Mode = fs.ModeDir }, "index.json: it is no file"},
		"empty index": {func(b box, _ v1.Descriptor) { b.index() }, "index.json: it names no image"},
		"no JSON":     {func(b box, _ v1.Descriptor) { b.MapFS["index.json"].Data = []byte("<html>") }, "index.json: it is not the JSON of an image: "},
		"more JSON":   {func(b box, _ v1.Descriptor) { b.MapFS["index.json"].Data = append(b.MapFS["index.json"].Data, "{}"...) }, "index.json: it is not the JSON of an image: "},
		"huge index":  {func(b box, _ v1.Descriptor) { b.MapFS["index.json"].Data = make([]byte, 5<<20) }, "index.json: it is longer than 4194304 bytes"},
		"escape": {func(b box, _ v1.Descriptor) {
			b.MapFS["index.json"].Data = []byte(`{"manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:../../../etc/passwd","size":1}]}`)
		}, "index.json: it is not the JSON of an image: "},
		"SHA-512": {func(b box, d v1.Descriptor) {
			d.Digest = v1.Hash{Algorithm: "sha512", Hex: strings.Repeat("0", 128)}
			b.index(d)
		}, `the digest "sha512:0000`},
		"missing":       {func(b box, d v1.Descriptor) { delete(b.MapFS, "blobs/sha256/"+d.Digest.Hex) }, "blobs/sha256/"},
		"other size":    {func(b box, d v1.Descriptor) { d.Size--; b.index(d) }, "blobs/sha256/"},
		"less than no":  {func(b box, d v1.Descriptor) { d.Size = -1; b.index(d) }, "sha256:"},
		"huge manifest": {func(b box, d v1.Descriptor) { d.Size = 5 << 20; b.index(d) }, "sha256:"},
		"other bytes": {func(b box, d v1.Descriptor) {
			file := b.MapFS["blobs/sha256/"+d.Digest.Hex]
			file.Data = bytes.Replace(file.Data, []byte("layers"), []byte("Layers"), 1)
		}, "blobs/sha256/"},
		"no image":      {func(b box, d v1.Descriptor) { b.index(b.blob("text/plain", []byte("x"))) }, "it has no image, only other things"},
		"not its index": {func(b box, d v1.Descriptor) { b.index(b.blob(types.OCIImageIndex, []byte("[]"))) }, "sha256:"},
		"a helm chart": {func(b box, _ v1.Descriptor) {
			config := b.blob("application/vnd.cncf.helm.config.v1+json", []byte("{}"))
			b.index(b.blob(types.OCIManifestSchema1, v1.Manifest{SchemaVersion: 2, Config: config}))
		}, "sha256:"},
		"unknown layer": {func(b box, _ v1.Descriptor) {
			config := b.blob(types.OCIConfigJSON, v1.ConfigFile{})
			b.index(b.blob(types.OCIManifestSchema1, v1.Manifest{SchemaVersion: 2, Config: config, Layers: []v1.Descriptor{b.blob(types.DockerForeignLayer, []byte("x"))}}))
		}, "sha256:"},
		"fewer layers": {func(b box, _ v1.Descriptor) {
			config := configOf(amd64)
			config.RootFS.DiffIDs = []v1.Hash{{Algorithm: "sha256", Hex: strings.Repeat("0", 64)}}
			b.index(b.image(config))
		}, "sha256:"},
		"says another": {func(b box, d v1.Descriptor) { d.Platform = &amd64; b.index(b.image(configOf(arm64)), d) }, ""},
		"lies": {func(b box, _ v1.Descriptor) {
			d := b.image(configOf(arm64))
			d.Platform = &amd64
			b.index(d)
		}, "sha256:"},
		"deep": {func(b box, d v1.Descriptor) {
			for range 6 {
				d = b.blob(types.OCIImageIndex, v1.IndexManifest{SchemaVersion: 2, Manifests: []v1.Descriptor{d}})
			}
			b.index(d)
		}, "sha256:"},
		"wide": {func(b box, d v1.Descriptor) {
			for range 3 {
				many := v1.IndexManifest{SchemaVersion: 2}
				for range 2000 {
					many.Manifests = append(many.Manifests, d)
				}
				d = b.blob(types.OCIImageIndex, many)
			}
			b.index(d)
		}, "its indexes name more than 1000 things"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBox(t)
			d := b.image(configOf(amd64), "layer")
			test.change(b.index(d), d)
			l, err := image.OpenLayout(b.MapFS)
			if err == nil {
				_, err = l.ForPlatform(amd64)
			}
			if got := text(err); !strings.HasPrefix(got, test.want) || strings.Contains(got, "\n") || (got == "") != (test.want == "") {
				t.Errorf("the error is %q, want %q", got, test.want)
			}
		})
	}
}

func TestSingle(t *testing.T) {
	b := newBox(t)
	first, second := b.image(configOf(amd64)), b.image(configOf(arm64))
	if d, err := b.index(first).open().Single(); err != nil || d.Digest != first.Digest {
		t.Errorf("%v: %v", d, err)
	}
	_, err := b.index(first, second).open().Single()
	if got, want := text(err), "index.json: it names 2 images, and one is wanted, or an index of them"; got != want {
		t.Errorf("the error is %q, want %q", got, want)
	}
}

// FuzzLayout reads layouts whose index, manifest and config are any bytes, under their right digests: there is an image that can be
// built on, or an error.
func FuzzLayout(f *testing.F) {
	b := newBox(f)
	d := b.image(configOf(amd64), "layer")
	manifest, err := b.index(d).open().ManifestOf(d)
	if err != nil {
		f.Fatal(err)
	}
	config, err := b.open().Document(manifest.Config)
	if err != nil {
		f.Fatal(err)
	}
	layers, err := json.Marshal(manifest.Layers)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(d.MediaType), layers, config)
	f.Add("application/vnd.oci.image.index.v1+json", []byte(`[{"mediaType":"x","digest":"sha256:..","size":-1}]`), []byte("{}"))
	f.Fuzz(func(t *testing.T, kind string, layers, config []byte) {
		b := newBox(t)
		c := b.blob(types.OCIConfigJSON, config)
		said, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		manifest := b.blob(types.MediaType(kind), []byte(`{"schemaVersion":2,"config":`+string(said)+`,"layers":`+string(layers)+`,"manifests":`+string(layers)+`}`))
		l, err := image.OpenLayout(b.index(manifest).MapFS)
		if err != nil {
			return
		}
		found, err := l.ForPlatform(amd64)
		if err != nil {
			return
		}
		made, err := image.New(found, amd64, nil, image.Config{Cmd: []string{"x"}})
		if err != nil {
			t.Fatalf("an image that was read is no base: %v", err)
		}
		if _, err := made.Files(); err != nil {
			t.Fatal(err)
		}
		_, err = l.Archive([]string{"a/b"})
		var fault *image.FaultError
		if err != nil && !errors.As(err, &fault) && !strings.Contains(err.Error(), "digest") {
			t.Fatalf("an image that was read is no archive: %v", err)
		}
	})
}
