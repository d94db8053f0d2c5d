package registry

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"testing"

	ggcr "github.com/google/go-containerregistry/pkg/v1/remote/transport"
)

// TestExplainSortsStatuses has what the server may do better the next time be a fault of the network.
func TestExplainSortsStatuses(t *testing.T) {
	for err, want := range map[error]bool{
		&ggcr.Error{StatusCode: http.StatusServiceUnavailable}:    true,
		&ggcr.Error{StatusCode: http.StatusTooManyRequests}:       true,
		&ggcr.Error{StatusCode: http.StatusBadRequest}:            false,
		&ggcr.Error{StatusCode: http.StatusForbidden}:             false,
		&ggcr.Error{StatusCode: http.StatusNotFound}:              false,
		fmt.Errorf("reading the answer: %w", io.ErrUnexpectedEOF): true,
		errors.New("invalid character"):                           false,
	} {
		var network *NetworkError
		if got := explain("team/project", err); errors.As(got, &network) != want || !errors.Is(got, err) {
			t.Errorf("%v becomes %v", err, got)
		}
	}
}
