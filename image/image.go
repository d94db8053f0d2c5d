package image

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

const (
	pythonPath = "PYTHONPATH"
	// baseDigest is the annotation that the specification has for what an image was made on.
	baseDigest = "org.opencontainers.image.base.digest"
)

// Image is what the manifest and the config of an image say. The bytes of its layers are elsewhere.
type Image struct {
	Descriptor v1.Descriptor // of the manifest
	Manifest   v1.Manifest
	Config     v1.ConfigFile

	rawManifest, rawConfig []byte // of an image that New made
}

// Platform is what the image runs on.
func (i *Image) Platform() v1.Platform {
	return v1.Platform{OS: i.Config.OS, Architecture: i.Config.Architecture, Variant: i.Config.Variant}
}

// Config is how the program of an image is run. What is empty stays as it is in the base.
type Config struct {
	User         string            `json:"user"`
	WorkDir      string            `json:"workdir"`
	Env          map[string]string `json:"env"`
	PythonPath   []string          `json:"python_path"` // folders, before those of the base; Env goes before them
	Entrypoint   []string          `json:"entrypoint"`  // one of its own has no Cmd of the base
	Cmd          []string          `json:"cmd"`
	Labels       map[string]string `json:"labels"`
	ExposedPorts []string          `json:"exposed_ports"` // "8080", "53/udp"
}

// New is an image of layers on top of a base, which may be nil. All times are that of the layers' entries.
func New(base *Image, platform v1.Platform, layers []Layer, c Config) (*Image, error) {
	if base == nil {
		base = &Image{Config: v1.ConfigFile{OS: platform.OS, Architecture: platform.Architecture, Variant: platform.Variant}}
	}
	config := base.Config
	config.RootFS = v1.RootFS{Type: "layers", DiffIDs: slices.Clone(config.RootFS.DiffIDs)}
	config.Created, config.Author, config.Container, config.DockerVersion = v1.Time{Time: layerTime}, "", "", ""
	run, err := c.on(base.Config.Config)
	if err != nil {
		return nil, err
	}
	config.Config = run
	manifest := v1.Manifest{SchemaVersion: 2, MediaType: types.OCIManifestSchema1, Layers: []v1.Descriptor{}}
	if base.Descriptor.Size > 0 {
		manifest.Annotations = map[string]string{baseDigest: base.Descriptor.Digest.String()}
	}
	for _, layer := range base.Manifest.Layers {
		kind, err := layerType(layer.MediaType)
		if err != nil {
			return nil, err
		}
		manifest.Layers = append(manifest.Layers, v1.Descriptor{MediaType: kind, Size: layer.Size, Digest: layer.Digest, Annotations: layer.Annotations})
	}
	config.History = historyOf(&base.Config, len(layers))
	for _, layer := range layers {
		config.RootFS.DiffIDs = append(config.RootFS.DiffIDs, layer.DiffID)
		manifest.Layers = append(manifest.Layers, v1.Descriptor{MediaType: types.OCILayer, Size: layer.Size, Digest: layer.Digest})
	}
	image := &Image{Config: config}
	if image.rawConfig, err = json.Marshal(config); err != nil {
		return nil, err
	}
	manifest.Config = describe(image.rawConfig)
	manifest.Config.MediaType = types.OCIConfigJSON
	if image.rawManifest, err = json.Marshal(manifest); err != nil {
		return nil, err
	}
	image.Manifest, image.Descriptor = manifest, describe(image.rawManifest)
	image.Descriptor.MediaType, image.Descriptor.Platform = types.OCIManifestSchema1, &platform
	return image, nil
}

// historyOf is the base's history with an entry for each new layer. One that does not tell of each layer of the base gets none: readers
// count them.
func historyOf(base *v1.ConfigFile, added int) []v1.History {
	told := 0
	for _, entry := range base.History {
		if !entry.EmptyLayer {
			told++
		}
	}
	history := slices.Clone(base.History)
	if told != len(base.RootFS.DiffIDs) {
		return history
	}
	for range added {
		history = append(history, v1.History{Created: v1.Time{Time: layerTime}, CreatedBy: "ofiuco"})
	}
	return history
}

// on is how the program is run on top of a base.
func (c *Config) on(base v1.Config) (v1.Config, error) {
	run := base
	run.Image, run.Hostname = "", "" // of the container that the base was made in
	if run.WorkingDir = cmp.Or(c.WorkDir, base.WorkingDir); c.WorkDir != "" && !path.IsAbs(c.WorkDir) {
		return run, fmt.Errorf("the working folder %q is not absolute in the image", c.WorkDir)
	}
	run.User = cmp.Or(c.User, base.User)
	switch {
	case len(c.Entrypoint) > 0:
		run.Entrypoint, run.Cmd = c.Entrypoint, c.Cmd
	case len(c.Cmd) > 0:
		run.Cmd = c.Cmd
	}
	if len(run.Entrypoint) == 0 && len(run.Cmd) == 0 {
		return run, errors.New("the image has nothing to run: its target is no program, the base has no entrypoint, and none is given: " +
			"name an entrypoint or a cmd")
	}
	env, err := c.environment(base.Env)
	if err != nil {
		return run, err
	}
	run.Env = env
	run.Labels = merged(base.Labels, c.Labels)
	if len(c.ExposedPorts) > 0 {
		run.ExposedPorts = maps.Clone(base.ExposedPorts)
		if run.ExposedPorts == nil {
			run.ExposedPorts = map[string]struct{}{}
		}
	}
	for _, port := range c.ExposedPorts {
		if !strings.Contains(port, "/") {
			port += "/tcp"
		}
		run.ExposedPorts[port] = struct{}{}
	}
	return run, nil
}

// environment is the base's with the values of c in the places they have there, and the new ones behind, by their names.
func (c *Config) environment(base []string) ([]string, error) {
	values := maps.Clone(c.Env)
	if values == nil {
		values = map[string]string{}
	}
	for name := range values {
		if name == "" || strings.ContainsAny(name, "=\x00") {
			return nil, fmt.Errorf("%q is no name of an environment variable", name)
		}
	}
	var all []string
	_, given := values[pythonPath]
	if folders := c.PythonPath; len(folders) > 0 && !given {
		for _, entry := range base {
			if before, found := strings.CutPrefix(entry, pythonPath+"="); found && before != "" {
				folders = append(slices.Clone(folders), before)
			}
		}
		values[pythonPath] = strings.Join(folders, ":")
	}
	for _, entry := range base {
		name, _, _ := strings.Cut(entry, "=")
		if value, replaced := values[name]; replaced {
			entry = name + "=" + value
			delete(values, name)
		}
		all = append(all, entry)
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		all = append(all, name+"="+values[name])
	}
	return all, nil
}

// merged is a map with the entries of both, the second one's first.
func merged(base, over map[string]string) map[string]string {
	if len(over) == 0 {
		return base
	}
	all := maps.Clone(base)
	if all == nil {
		all = map[string]string{}
	}
	maps.Copy(all, over)
	return all
}
