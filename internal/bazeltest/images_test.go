package bazeltest_test

import (
	"archive/tar"
	"bytes"
	"debug/elf"
	"errors"
	"io"
	"log"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/validate"

	"github.com/ofiuco/ofiuco/internal/bazeltest"
)

// TestImages has both Bazels push the image of the deck, built for AWS Batch by the transition of the command that pushes it, to a
// registry on loopback. They push the same bytes.
func TestImages(t *testing.T) {
	needsLinux(t)
	workspace, binary := filepath.Join(bazeltest.Root(), "examples", "bazel"), bazeltest.Binary(t)
	var digests sync.Map
	onEach(t, func(t *testing.T, version string) {
		server := httptest.NewServer(registry.New(registry.Logger(log.New(io.Discard, "", 0))))
		defer server.Close()
		repository := strings.TrimPrefix(server.URL, "http://") + "/repo/project"
		b := bazeltest.New(t, version, workspace, binary)

		out, err := b.Run("run", host, "//oci:deploy", "--", "--repository", repository, "--tag", "by-"+version)
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		image := pulled(t, repository+":latest")
		digest, err := image.Digest()
		if err != nil || !strings.Contains(out, "\n"+repository+"@"+digest.String()+"\n") {
			t.Errorf("the reference of %s is not printed (%v):\n%s", digest, err, out)
		}
		digests.Store(version, digest.String())
		if again, err := pulled(t, repository+":by-"+version).Digest(); err != nil || again != digest {
			t.Errorf("the tag of the command line is for %s (%v)", again, err)
		}
		checkBatchImage(t, image)

		if out, err := b.Run("run", host, "//oci:worker_push", "--", "--repository", repository); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		if config, err := pulled(t, repository+":latest").ConfigFile(); err != nil || config.Architecture != "amd64" {
			t.Errorf("without the transition the image is for %s (%v)", config.Architecture, err)
		}
		checkOutputs(t, b)
	})
	four, _ := digests.Load("4")
	seven, there := digests.Load("7")
	if there && four != seven {
		t.Errorf("the Bazels push different images: %s and %s", four, seven)
	}
}

func pulled(t *testing.T, text string) v1.Image {
	t.Helper()
	reference, err := name.ParseReference(text)
	if err != nil {
		t.Fatal(err)
	}
	image, err := remote.Image(reference)
	if err != nil {
		t.Fatal(err)
	}
	return image
}

// checkBatchImage holds the pushed image against the platform of the transition: code for arm64 in the packages' layers, the sources in the
// last one alone.
func checkBatchImage(t *testing.T, image v1.Image) {
	t.Helper()
	if err := validate.Image(image); err != nil {
		t.Error(err)
	}
	config, err := image.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	if config.OS != "linux" || config.Architecture != "arm64" {
		t.Errorf("the image is for %s/%s", config.OS, config.Architecture)
	}
	if got, want := strings.Join(config.Config.Entrypoint, " "), "python3 -m oci.worker"; got != want {
		t.Errorf("the entrypoint is %s, want %s", got, want)
	}
	if want := []string{"PATH=/usr/local/bin:/usr/bin:/bin", "LANG=C.UTF-8", "PYTHONPATH=/app"}; !slices.Equal(config.Config.Env, want) {
		t.Errorf("the environment is %q, want %q", config.Config.Env, want)
	}
	if labels := config.Config.Labels; labels["team"] != "batch" || labels["base"] == "" {
		t.Errorf("the labels are %v", labels)
	}
	layers, err := image.Layers()
	if err != nil || len(layers) < 3 {
		t.Fatalf("%d layers: %v", len(layers), err)
	}
	machines := map[elf.Machine]int{}
	for i, layer := range layers {
		r, err := layer.Uncompressed()
		if err != nil {
			t.Fatal(err)
		}
		names := []string{}
		eachFile(t, r, func(name string, content []byte) {
			names = append(names, name)
			if file, err := elf.NewFile(bytes.NewReader(content)); err == nil {
				machines[file.Machine]++
			}
		})
		want := []string{"app/oci/work.py", "app/oci/worker.py"}
		if last := i == len(layers)-1; last != slices.Equal(names, want) {
			t.Errorf("layer %d of %d has %d files, such as %s", i+1, len(layers), len(names), names[0])
		}
	}
	if len(machines) != 1 || machines[elf.EM_AARCH64] == 0 {
		t.Errorf("the image has machine code for %v", machines)
	}
}

// eachFile gives the files of a tar.
func eachFile(t *testing.T, r io.ReadCloser, each func(name string, content []byte)) {
	t.Helper()
	defer r.Close()
	archive := tar.NewReader(r)
	for {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(archive)
		if err != nil {
			t.Fatal(err)
		}
		if header.Typeflag == tar.TypeReg {
			each(header.Name, content)
		}
	}
}

// written is the one image of a layout.
func written(t *testing.T, folder string) v1.Image {
	t.Helper()
	index, err := layout.ImageIndexFromPath(folder)
	if err != nil {
		t.Fatal(err)
	}
	manifest, err := index.IndexManifest()
	if err != nil || len(manifest.Manifests) != 1 {
		t.Fatalf("%v: %v", manifest, err)
	}
	image, err := index.Image(manifest.Manifests[0].Digest)
	if err == nil {
		err = validate.Image(image)
	}
	if err != nil {
		t.Fatal(err)
	}
	return image
}

// checkOutputs reads the folder and the tarballs of images with go-containerregistry.
func checkOutputs(t *testing.T, b *bazeltest.Bazel) {
	t.Helper()
	if out, err := b.Run("build", host, "//oci:x86_64", "//oci:worker_tarball", "//oci:upon", "--output_groups=+tarball"); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if config, err := written(t, b.Output("//oci:upon")).ConfigFile(); err != nil || len(config.Config.Entrypoint) != 1 || len(config.RootFS.DiffIDs) < 5 {
		t.Errorf("an image upon another is %+v (%v)", config, err)
	}
	image := written(t, b.Output("//oci:x86_64"))
	config, err := image.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	run := config.Config
	if entrypoint := run.Entrypoint; len(entrypoint) != 2 || entrypoint[0] != "python3" || !strings.HasSuffix(entrypoint[1], "/oci/worker.py") {
		t.Errorf("the entrypoint is %q", entrypoint)
	}
	if config.Architecture != "amd64" || run.User != "1000:1000" || run.WorkingDir != "/tmp" || !slices.Equal(run.Cmd, []string{`{"values": [4]}`}) || len(run.ExposedPorts) != 1 {
		t.Errorf("the config is %+v", config)
	}
	if !slices.ContainsFunc(run.Env, func(entry string) bool {
		return strings.HasPrefix(entry, "PYTHONPATH=/app/") && strings.Contains(entry, "numpy")
	}) {
		t.Errorf("the environment lacks the packages: %q", run.Env)
	}
	for path, tag := range map[string]string{"//oci:x86_64.tar": "repo/x86_64:latest", "//oci:worker_tarball.tar": "repo/project:latest"} {
		reference, err := name.NewTag(tag)
		if err != nil {
			t.Fatal(err)
		}
		loaded, err := tarball.ImageFromPath(b.Output(path), &reference)
		if err != nil {
			t.Fatal(err)
		}
		if err := validate.Image(loaded); err != nil {
			t.Errorf("%s: %v", path, err)
		}
		if info, err := os.Stat(b.Output(path)); err != nil || info.Size() == 0 {
			t.Errorf("%s: %v", path, err)
		}
	}
}
