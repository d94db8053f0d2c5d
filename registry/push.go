// Package registry pushes the images of a layout to a container registry (the OCI distribution specification).
//
// It is an end of the pipeline, after image: layout -> registry. Its rules:
//
//   - Blobs go first and the manifest last, so that a registry never has an image without its layers. What is there already is
//     not sent again.
//   - Who one is comes of the user's own files, as for docker and podman: config.json and its credential helpers, auth.json.
//   - Nothing goes over plain http, unless to this machine itself.
//   - What may be temporary is tried again, and a NetworkError in the end.
package registry

import (
	"context"
	"fmt"
	"net/http"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/ofiuco/ofiuco/image"
)

// Push says what is pushed where.
type Push struct {
	Layout     *image.Layout
	Repository string   // such as "registry.example/team/project"
	Tags       []string // without any, only the digest names the image
	Jobs       int      // blobs at once; 0 leaves it to the package
	UserAgent  string

	Transport http.RoundTripper             // nil is the default one
	Keychain  authn.Keychain                // nil is the user's own
	Uploaded  func(blob string, size int64) // is told of each blob that was sent, from several goroutines; may be nil
}

// Run pushes, and gives the reference of what was pushed by its digest.
func (p *Push) Run(ctx context.Context) (reference string, err error) {
	repository, err := name.NewRepository(p.Repository)
	if err != nil {
		return "", fmt.Errorf("%q is no repository, which is written as registry/path, without https:// and without a tag: %w", p.Repository, err)
	}
	tags := make([]name.Tag, len(p.Tags))
	for i, tag := range p.Tags {
		if tags[i], err = name.NewTag(p.Repository + ":" + tag); err != nil || tags[i].Context() != repository {
			return "", fmt.Errorf("%q is no tag of an image: it has letters, digits, _, . and -, and 128 of them at most", tag)
		}
	}
	descriptor, err := p.Layout.Single()
	if err != nil {
		return "", err
	}
	what, err := source(p.Layout, descriptor)
	if err != nil {
		return "", err
	}
	pusher, err := remote.NewPusher(p.options()...)
	if err != nil {
		return "", err
	}
	byDigest := repository.Digest(descriptor.Digest.String())
	if err := pusher.Push(ctx, byDigest, what); err != nil {
		return "", explain(p.Repository, err)
	}
	for _, tag := range tags {
		if err := pusher.Push(ctx, tag, what); err != nil {
			return "", explain(tag.String(), err)
		}
	}
	return p.Repository + "@" + descriptor.Digest.String(), nil
}

func (p *Push) options() []remote.Option {
	wire := &transport{inner: p.Transport, uploaded: p.Uploaded}
	if wire.inner == nil {
		wire.inner = remote.DefaultTransport
	}
	keychain := p.Keychain
	if keychain == nil {
		keychain = authn.DefaultKeychain
	}
	options := []remote.Option{remote.WithTransport(wire), remote.WithAuthFromKeychain(keychain)}
	if p.UserAgent != "" {
		options = append(options, remote.WithUserAgent(p.UserAgent))
	}
	if p.Jobs > 0 {
		options = append(options, remote.WithJobs(p.Jobs))
	}
	return options
}
