package registry

import (
	"fmt"
	"net"
	"net/http"
	"path"
	"strings"
	"sync"
)

// PlainHTTPError is a request that was not sent, since all between here and there could read it.
type PlainHTTPError struct {
	Host string
}

func (e *PlainHTTPError) Error() string {
	return fmt.Sprintf("not sent: plain http is for registries on this machine, and %s needs https", e.Host)
}

// transport sends nothing in the clear to other machines, and tells of blobs that were sent.
type transport struct {
	inner    http.RoundTripper
	uploaded func(blob string, size int64)
	sizes    sync.Map // of uploads under way, by their paths
}

// RoundTrip implements http.RoundTripper.
func (t *transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Scheme != "https" && !isLoopback(r.URL.Hostname()) {
		return nil, &PlainHTTPError{r.URL.Host}
	}
	response, err := t.inner.RoundTrip(r)
	if err != nil || response.StatusCode >= 300 || t.uploaded == nil || !strings.Contains(r.URL.Path, "/blobs/uploads/") {
		return response, err
	}
	// A blob's bytes come by PATCH, and its digest by the PUT that ends the upload.
	upload := path.Base(r.URL.Path)
	switch digest := r.URL.Query().Get("digest"); {
	case r.Method == http.MethodPatch:
		t.sizes.Store(upload, r.ContentLength)
	case r.Method == http.MethodPut && digest != "":
		size, _ := t.sizes.LoadAndDelete(upload)
		n, _ := size.(int64)
		t.uploaded(digest, n)
	}
	return response, nil
}

// isLoopback tells a host that is this machine, by its address or the name that is kept for it (RFC 6761).
func isLoopback(host string) bool {
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
