package main

import (
	"archive/tar"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/validate"
)

// base makes the examples' base of images an input.
func (x *execroot) base() string {
	x.Helper()
	for path, text := range x.tree(exampleBase()) {
		x.input("base/"+path, []byte(text[1:]))
	}
	return "base"
}

// image reads an image that an action wrote.
func (x *execroot) image(output string) v1.Image {
	x.Helper()
	index, err := layout.ImageIndexFromPath(filepath.Join(x.dir, output))
	if err != nil {
		x.Fatal(err)
	}
	manifest, err := index.IndexManifest()
	if err != nil || len(manifest.Manifests) != 1 {
		x.Fatalf("%v: %v", manifest, err)
	}
	image, err := index.Image(manifest.Manifests[0].Digest)
	if err == nil {
		err = validate.Image(image)
	}
	if err != nil {
		x.Fatal(err)
	}
	return image
}

// layers are the files of each layer, and their digests.
func layersOf(t testing.TB, image v1.Image) (files [][]string, digests []string) {
	t.Helper()
	layers, err := image.Layers()
	if err != nil {
		t.Fatal(err)
	}
	for _, layer := range layers {
		digest, err := layer.Digest()
		if err != nil {
			t.Fatal(err)
		}
		r, err := layer.Compressed()
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		unzipped, err := gzip.NewReader(r)
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for archive := tar.NewReader(unzipped); ; {
			header, err := archive.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			if header.Typeflag == tar.TypeReg {
				names = append(names, header.Name)
			}
		}
		files, digests = append(files, names), append(digests, digest.String())
	}
	return files, digests
}

// TestImageMovesTheLastLayer changes the code: the packages' layers stay, also where the image is made on another that has some of them.
func TestImageMovesTheLastLayer(t *testing.T) {
	x := newExecroot(t)
	x.fetch(entry("alpha", "1.0", x.wheel(alphaFile, alpha)), arm, "alpha")
	x.fetch(entry("beta", "2.0", x.wheel("beta-2.0-py3-none-any.whl", map[string]string{"beta/data": strings.Repeat("large", 1<<20)})), arm, "beta")
	instructions := func(output, base, code string) object {
		return object{
			"output": output, "base": base, "target": arm, "prefix": "app", "wheels": []object{{"dir": "alpha"}, {"dir": "beta"}}, "exclude": []string{"**.dist-info/**"},
			"files": []object{{"path": x.input(output+".py", []byte(code)), "name": "main.py"}}, "config": object{"entrypoint": []string{"python3", "/app/main.py"}},
		}
	}
	x.must("image", instructions("first", x.base(), "import alpha\n"))
	x.must("image", instructions("second", "base", "import beta\n"))
	files, digests := layersOf(t, x.image("first"))
	_, changed := layersOf(t, x.image("second"))
	if len(digests) != 3 || !slices.Equal(digests[:2], changed[:2]) || digests[2] == changed[2] {
		t.Errorf("the layers were %q and are %q", digests, changed)
	}
	if !slices.Equal(files[0], []string{"app/beta/data"}) || !slices.Contains(files[1], "app/alpha/__init__.py") || !slices.Equal(files[2], []string{"app/main.py"}) {
		t.Errorf("the layers hold %q", files)
	}
	x.handOn("first")
	x.must("image", instructions("third", "first", "import both\n"))
	_, stacked := layersOf(t, x.image("third"))
	if want := append(slices.Clone(digests), digests[0], digests[1]); len(stacked) != 6 || !slices.Equal(stacked[:5], want) {
		t.Errorf("on top of the first image the layers are %q", stacked)
	}
}

// TestImageFaults holds what each bad input ends in.
func TestImageFaults(t *testing.T) {
	instructions := func(x *execroot, changed object) object {
		all := object{
			"output": "out", "base": x.base(), "target": arm, "config": object{"cmd": []string{"x"}},
			"files": []object{{"path": x.input("main.py", []byte("x = 1\n")), "name": "main.py"}},
		}
		for key, value := range changed {
			all[key] = value
		}
		return all
	}
	for name, test := range map[string]struct {
		action  string
		changed object
		damage  string // file of the base
		want    []string
	}{
		"no layout":        {"image", object{"base": "wheels"}, "", []string{`reading the base "wheels": it is no OCI image layout: oci-layout: it is missing`}},
		"no such platform": {"image", object{"target": object{"tag": "cp312-manylinux_2_34_s390x"}}, "", []string{`reading the base "base": it has no image for linux/s390x, only for linux/amd64, linux/arm64`}},
		"Windows":          {"image", object{"target": object{"tag": "cp312-win_amd64"}}, "", []string{"an image is for Linux, and the target cp312-win_amd64 is not"}},
		"nothing to run":   {"image", object{"config": object{}}, "", []string{"writing the image: the image has nothing to run: its target is no program", "name an entrypoint or a cmd"}},
		"damaged base":     {"image", nil, "blobs/sha256/", []string{`reading the base "base": blobs/sha256/`, "its bytes have the digest sha256:"}},
		"damaged index":    {"image", nil, "index.json", []string{`reading the base "base": index.json: it is not the JSON of an image`}},
		"a collision": {"image", object{"wheels": []object{{"dir": "alpha"}}, "files": []object{{"path": "base/index.json", "name": "alpha/__init__.py"}}}, "",
			[]string{`alpha 1.0 and base/index.json bring different files to "alpha/__init__.py": leave one of them out with the attribute exclude`}},
		"tarball of an index": {"tarball", nil, "", []string{`reading the image "base": sha256:`, "is no image: its media type is"}},
		"tarball of nothing":  {"tarball", object{"image": "wheels"}, "", []string{`reading the image "wheels": it is no OCI image layout`}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x := newExecroot(t)
			x.fetch(entry("alpha", "1.0", x.wheel(alphaFile, alpha)), arm, "alpha")
			all := instructions(x, test.changed)
			if test.action == "tarball" {
				all = object{"image": "base", "output": "out.tar", "repo_tags": []string{}}
				for key, value := range test.changed {
					all[key] = value
				}
			}
			for path, text := range x.tree(filepath.Join(x.files, "base")) {
				if test.damage != "" && strings.HasPrefix(path, test.damage) {
					real := filepath.Join(x.files, "base", path)
					if err := errors.Join(os.Remove(real), os.WriteFile(real, []byte(strings.ToUpper(text[1:])), 0o444)); err != nil {
						t.Fatal(err)
					}
				}
			}
			before := x.tree(x.dir)
			wantFailure(t, name, x.run(test.action, all), statusInput, test.want...)
			if after := x.tree(x.dir); len(after) != len(before) {
				t.Errorf("of %d files there are %d", len(before), len(after))
			}
		})
	}
}

// TestPushArguments has a program of py_image_push find its instructions, from all the places that it is run at.
func TestPushArguments(t *testing.T) {
	dir := t.TempDir()
	writeFiles(t, dir, map[string]string{"bin/oci/_ofiuco/push.push.json": "{}", "bin/oci/image/oci-layout": "", "bin/oci/push.runfiles/_main/elsewhere/oci-layout": ""})
	program := filepath.Join(dir, "bin", "oci", "push")
	instructions := filepath.Join(dir, "bin", "oci", "_ofiuco", "push.push.json")
	for _, test := range []struct{ args, want []string }{
		{[]string{program, "--tag", "x"}, []string{"bazel", "push", instructions, "--program=" + program, "--tag", "x"}},
		{[]string{program + ".exe"}, []string{"bazel", "push", instructions, "--program=" + program + ".exe"}},
		{[]string{"push", "zip"}, []string{"zip"}},
		{[]string{filepath.Join(dir, "ofiuco"), "zip"}, []string{"zip"}},
	} {
		if got := pushArguments(test.args); !slices.Equal(got, test.want) {
			t.Errorf("of %q the arguments are %q, want %q", test.args, got, test.want)
		}
	}
	in := pushInstructions{Program: "oci/push", Workspace: "_main"}
	for image, want := range map[string]string{
		"oci/image": filepath.Join(dir, "bin", "oci", "image"), "elsewhere": program + ".runfiles/_main/elsewhere", "gone": "gone",
	} {
		if in.Image = image; in.imageFolder(program) != want {
			t.Errorf("%s is at %s, want %s", image, in.imageFolder(program), want)
		}
	}
	if in.Image = "oci/image"; in.imageFolder("") != filepath.FromSlash("oci/image") {
		t.Errorf("without a program it is at %s", in.imageFolder(""))
	}
}

// TestPushStatus has a registry that is not there end in the status of the network.
func TestPushStatus(t *testing.T) {
	in, err := json.Marshal(pushInstructions{Image: exampleBase(), Repository: "127.0.0.1:1/team/project"})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "push.json")
	if err := os.WriteFile(file, in, 0o666); err != nil {
		t.Fatal(err)
	}
	wantFailure(t, "no registry", finish(t, command("bazel", "push", file)), statusNetwork, "ofiuco: pushing to 127.0.0.1:1/team/project: ", "connection refused")
}
