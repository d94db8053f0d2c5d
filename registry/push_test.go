package registry_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/google/go-containerregistry/pkg/name"
	server "github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/validate"

	"github.com/ofiuco/ofiuco/image"
	"github.com/ofiuco/ofiuco/registry"
)

// hub is a registry in memory that notes what it is asked.
type hub struct {
	*httptest.Server
	repository string

	mu       sync.Mutex
	requests []string
	answer   func(w http.ResponseWriter, r *http.Request) bool // instead of the registry
}

func newHub(t *testing.T) *hub {
	t.Helper()
	// Neither the user's credentials nor a proxy have a part in it.
	t.Setenv("DOCKER_CONFIG", t.TempDir())
	t.Setenv("HOME", t.TempDir())
	t.Setenv("XDG_RUNTIME_DIR", "")
	h := &hub{}
	inner := server.New(server.Logger(log.New(io.Discard, "", 0)))
	h.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.mu.Lock()
		h.requests = append(h.requests, r.Method+" "+r.URL.Path)
		h.mu.Unlock()
		if h.answer == nil || !h.answer(w, r) {
			inner.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(h.Close)
	h.repository = strings.TrimPrefix(h.URL, "http://") + "/team/project"
	return h
}

// sent are the requests since the last call that changed something.
func (h *hub) sent() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	changing := slices.DeleteFunc(h.requests, func(r string) bool { return strings.HasPrefix(r, "GET ") || strings.HasPrefix(r, "HEAD ") })
	h.requests = nil
	return changing
}

// written is a layout on the disk with what add adds.
func written(t *testing.T, add func(layout.Path) error) string {
	t.Helper()
	dir := t.TempDir()
	path, err := layout.Write(dir, empty.Index)
	if err != nil {
		t.Fatal(err)
	}
	if err := add(path); err != nil {
		t.Fatal(err)
	}
	return dir
}

func randomImage(t *testing.T) v1.Image {
	t.Helper()
	made, err := random.Image(1000, 3)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func open(t *testing.T, dir string) *image.Layout {
	t.Helper()
	l, err := image.OpenLayout(os.DirFS(dir))
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func single(t *testing.T) (string, v1.Image) {
	made := randomImage(t)
	return written(t, func(p layout.Path) error { return p.AppendImage(made) }), made
}

func TestPush(t *testing.T) {
	h := newHub(t)
	dir, made := single(t)
	var mu sync.Mutex
	var blobs []string
	bytes := int64(0)
	job := &registry.Push{Layout: open(t, dir), Repository: h.repository, Tags: []string{"latest", "v1"}, Uploaded: func(blob string, size int64) {
		mu.Lock()
		defer mu.Unlock()
		blobs, bytes = append(blobs, blob), bytes+size
	}}
	got, err := job.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	digest, err := made.Digest()
	if err != nil {
		t.Fatal(err)
	}
	if want := h.repository + "@" + digest.String(); got != want {
		t.Errorf("it pushed %s, want %s", got, want)
	}
	if len(blobs) != 4 || bytes < 3000 {
		t.Errorf("it told of %d blobs with %d bytes", len(blobs), bytes)
	}
	sent := h.sent()
	first := slices.IndexFunc(sent, func(r string) bool { return strings.Contains(r, "/manifests/") })
	if first < 0 || slices.ContainsFunc(sent[first:], func(r string) bool { return strings.Contains(r, "/blobs/") }) {
		t.Errorf("not all blobs came before the manifest: %q", sent)
	}
	for _, text := range []string{got, h.repository + ":latest", h.repository + ":v1"} {
		reference, err := name.ParseReference(text)
		if err != nil {
			t.Fatal(err)
		}
		pulled, err := remote.Image(reference)
		if err != nil {
			t.Fatal(err)
		}
		if err := validate.Image(pulled); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
	h.sent()
	if again, err := job.Run(t.Context()); err != nil || again != got {
		t.Errorf("a second push: %s, %v", again, err)
	}
	if sent := h.sent(); len(sent) > 0 || len(blobs) != 4 {
		t.Errorf("a second push sends %q", sent)
	}
}

func TestPushIndex(t *testing.T) {
	h := newHub(t)
	index, err := random.Index(100, 2, 2)
	if err != nil {
		t.Fatal(err)
	}
	outer := mutate.AppendManifests(empty.Index, mutate.IndexAddendum{Add: index}, mutate.IndexAddendum{Add: randomImage(t)})
	dir := written(t, func(p layout.Path) error { return p.AppendIndex(outer) })
	got, err := (&registry.Push{Layout: open(t, dir), Repository: h.repository}).Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	reference, err := name.ParseReference(got)
	if err != nil {
		t.Fatal(err)
	}
	pulled, err := remote.Index(reference)
	if err != nil {
		t.Fatal(err)
	}
	if err := validate.Index(pulled); err != nil {
		t.Error(err)
	}
}

// TestCredentials logs in with what docker's config.json says.
func TestCredentials(t *testing.T) {
	h := newHub(t)
	h.answer = func(w http.ResponseWriter, r *http.Request) bool {
		user, password, _ := r.BasicAuth()
		if user == "AWS" && password == "s3cret" {
			return false
		}
		w.Header().Set("WWW-Authenticate", `Basic realm="test"`)
		w.WriteHeader(http.StatusUnauthorized)
		fmt.Fprint(w, `{"errors":[{"code":"UNAUTHORIZED","message":"no basic auth credentials"}]}`)
		return true
	}
	dir, _ := single(t)
	job := &registry.Push{Layout: open(t, dir), Repository: h.repository}
	_, err := job.Run(t.Context())
	if got := fmt.Sprint(err); !strings.HasPrefix(got, "pushing to "+h.repository+": the registry refuses it: ") ||
		!strings.Contains(got, "401 Unauthorized") || !strings.Contains(got, "\nlog in as for docker or podman") {
		t.Errorf("the error is %v", err)
	}
	var network *registry.NetworkError
	if errors.As(err, &network) {
		t.Error("a refusal is taken for a fault of the network")
	}
	folder := t.TempDir()
	t.Setenv("DOCKER_CONFIG", folder)
	auth := base64.StdEncoding.EncodeToString([]byte("AWS:s3cret"))
	config := fmt.Sprintf(`{"auths":{%q:{"auth":%q}}}`, strings.TrimPrefix(h.URL, "http://"), auth)
	if err := os.WriteFile(filepath.Join(folder, "config.json"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := job.Run(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestFaults(t *testing.T) {
	refuse := func(status int, code string) func(http.ResponseWriter, *http.Request) bool {
		return func(w http.ResponseWriter, r *http.Request) bool {
			if r.Method != http.MethodPost {
				return false
			}
			w.WriteHeader(status)
			fmt.Fprintf(w, `{"errors":[{"code":%q,"message":"says the registry"}]}`, code)
			return true
		}
	}
	for name, test := range map[string]struct {
		answer  func(http.ResponseWriter, *http.Request) bool
		damage  func(layer string) error
		change  func(*registry.Push)
		want    string
		network bool
	}{
		"no repository": {answer: refuse(404, "NAME_UNKNOWN"), want: "NAME_UNKNOWN: says the registry\ncreate the repository first"},
		"denied":        {answer: refuse(403, "DENIED"), want: "the registry refuses it: "},
		"other":         {answer: refuse(400, "TAG_INVALID"), want: "TAG_INVALID: says the registry"},
		"missing layer": {damage: os.Remove, want: "the image: blobs/sha256/"},
		"short layer":   {damage: func(path string) error { return os.Truncate(path, 10) }, want: "the image: blobs/sha256/"},
		"bad layer": {damage: func(path string) error {
			data, err := os.ReadFile(path)
			if err == nil {
				data[len(data)-1]++
				err = os.WriteFile(path, data, 0o666)
			}
			return err
		}, want: "the image: blobs/sha256/"},
		"bad repository": {change: func(p *registry.Push) { p.Repository = "UPPER/case" }, want: `"UPPER/case" is no repository, which is written as `},
		"a tag in it":    {change: func(p *registry.Push) { p.Repository += ":latest" }, want: `without https:// and without a tag: `},
		"bad tag":        {change: func(p *registry.Push) { p.Tags = []string{"a b"} }, want: `"a b" is no tag of an image`},
		"another place":  {change: func(p *registry.Push) { p.Tags = []string{"a/b:c"} }, want: `"a/b:c" is no tag of an image`},
		"two images":     {change: func(p *registry.Push) { p.Layout = two(t) }, want: "index.json: it names 2 images"},
		"plain http": {change: func(p *registry.Push) {
			p.Repository, p.Transport = "10.0.0.1:5000/x", closed{errors.New("the server speaks no TLS")}
		}, want: "plain http is for registries on this machine, and 10.0.0.1:5000 needs https"},
		"unreachable without https": {change: func(p *registry.Push) {
			p.Repository, p.Transport = "10.0.0.1:5000/x", closed{&net.OpError{Op: "dial", Err: errors.New("no route")}}
		}, want: "dial: no route", network: true},
		"unreachable": {change: func(p *registry.Push) { p.Repository = unreachable(t) }, want: "connection refused", network: true},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHub(t)
			h.answer = test.answer
			dir, made := single(t)
			job := &registry.Push{Layout: open(t, dir), Repository: h.repository, Tags: []string{"latest"}}
			if test.change != nil {
				test.change(job)
			}
			if test.damage != nil {
				layers, err := made.Layers()
				if err != nil {
					t.Fatal(err)
				}
				digest, err := layers[1].Digest()
				if err != nil {
					t.Fatal(err)
				}
				if err := test.damage(filepath.Join(dir, "blobs", "sha256", digest.Hex)); err != nil {
					t.Fatal(err)
				}
			}
			got, err := job.Run(t.Context())
			if err == nil || got != "" || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("%q, and the error is %v, want %q", got, err, test.want)
			}
			var network *registry.NetworkError
			if errors.As(err, &network) != test.network {
				t.Errorf("a fault of the network: %t", !test.network)
			}
			if slices.ContainsFunc(h.sent(), func(r string) bool { return strings.Contains(r, "/manifests/") }) {
				t.Error("the manifest was sent nevertheless")
			}
		})
	}
}

// two is a layout with two images.
func two(t *testing.T) *image.Layout {
	return open(t, written(t, func(p layout.Path) error {
		return errors.Join(p.AppendImage(randomImage(t)), p.AppendImage(randomImage(t)))
	}))
}

// unreachable is a repository at a port that was free a moment ago.
func unreachable(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String() + "/team/project"
}

// closed is a network on which only https fails.
type closed struct{ err error }

func (c closed) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Scheme == "http" {
		panic("sent over plain http to " + r.URL.Host)
	}
	return nil, c.err
}

func TestInterrupted(t *testing.T) {
	h := newHub(t)
	dir, _ := single(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := (&registry.Push{Layout: open(t, dir), Repository: h.repository}).Run(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("the error is %v", err)
	}
}

// TestLayoutInMemory pushes what is no folder of the disk.
func TestLayoutInMemory(t *testing.T) {
	h := newHub(t)
	dir, _ := single(t)
	files := fstest.MapFS{}
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		relative, _ := filepath.Rel(dir, path)
		files[filepath.ToSlash(relative)] = &fstest.MapFile{Data: data}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	l, err := image.OpenLayout(files)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := (&registry.Push{Layout: l, Repository: h.repository}).Run(t.Context()); err != nil {
		t.Error(err)
	}
}
