package registry

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"

	ggcr "github.com/google/go-containerregistry/pkg/v1/remote/transport"

	"github.com/ofiuco/ofiuco/image"
)

// NetworkError is a push that came to nothing although it was tried again: a later one may succeed without anything being changed.
type NetworkError struct {
	Repository string
	Err        error
}

func (e *NetworkError) Error() string { return fmt.Sprintf("pushing to %s: %v", e.Repository, e.Err) }
func (e *NetworkError) Unwrap() error { return e.Err }

// explain says what to do about the error of a push.
func explain(repository string, err error) error {
	var plain *PlainHTTPError
	var dial *net.OpError
	var fault *image.FaultError
	var file *fs.PathError
	switch {
	case errors.As(err, &plain) && !errors.As(err, &dial): // https came through, and is not spoken there
		return fmt.Errorf("pushing to %s: %w", repository, err)
	case errors.As(err, &fault):
		return fmt.Errorf("pushing to %s: the image: %w", repository, fault)
	case errors.As(err, &file), errors.Is(err, context.Canceled):
		return fmt.Errorf("pushing to %s: %w", repository, err)
	}
	var answer *ggcr.Error
	if errors.As(err, &answer) {
		return explainAnswer(repository, answer)
	}
	var request *url.Error
	var network net.Error
	if errors.As(err, &request) || errors.As(err, &network) || errors.Is(err, io.ErrUnexpectedEOF) {
		return &NetworkError{repository, err}
	}
	return fmt.Errorf("pushing to %s: %w", repository, err)
}

func explainAnswer(repository string, answer *ggcr.Error) error {
	switch status := answer.StatusCode; {
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		return fmt.Errorf("pushing to %s: the registry refuses it: %w\nlog in as for docker or podman, or name a credential helper in "+
			"docker's config.json (docker-credential-ecr-login for ECR), and see that you may push there", repository, answer)
	case status == http.StatusNotFound:
		return fmt.Errorf("pushing to %s: the registry does not have it: %w\ncreate the repository first: not every registry does that by itself", repository, answer)
	case status == http.StatusTooManyRequests || status >= http.StatusInternalServerError || answer.Temporary():
		return &NetworkError{repository, answer}
	}
	return fmt.Errorf("pushing to %s: %w", repository, answer)
}
