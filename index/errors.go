package index

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"
)

// NetworkError is a request that came to nothing although it was tried again: a later run may succeed
// without anything being changed.
type NetworkError struct {
	URL      string // without credentials
	Attempts int
	Elapsed  time.Duration // all attempts and the waiting between them
	Err      error
}

func (e *NetworkError) Error() string {
	tries := "1 try"
	if e.Attempts != 1 {
		tries = fmt.Sprintf("%d tries", e.Attempts)
	}
	return fmt.Sprintf("reading %s: %v (%s in %.1f s)", e.URL, e.Err, tries, e.Elapsed.Seconds())
}

func (e *NetworkError) Unwrap() error { return e.Err }

// StatusError is a response whose status is not the hoped-for one.
type StatusError struct {
	URL    string // without credentials
	Status int
	// Netrc is why the netrc file could not be read, nil if it could or there is none.
	Netrc error
}

func (e *StatusError) Error() string {
	text := fmt.Sprintf("%s answered %d %s", e.URL, e.Status, http.StatusText(e.Status))
	switch e.Status {
	case http.StatusUnauthorized, http.StatusForbidden:
		if e.Netrc != nil {
			return fmt.Sprintf("%s: the netrc file can't be used: %v", text, e.Netrc)
		}
		return text + ": check the credentials (netrc, or OFIUCO_INDEX_<NAME>_USERNAME and _PASSWORD)"
	case http.StatusProxyAuthRequired:
		return text + ": put the proxy's credentials into HTTPS_PROXY"
	}
	return text
}

// transient holds for the answers that another try may change.
func (e *StatusError) transient() bool {
	switch e.Status {
	case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests,
		http.StatusInternalServerError, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return false
}

// Why a request went wrong.
var (
	errRedirects = errors.New("more than 10 redirects")
	errStalled   = errors.New("no data came in time")
	errTooLong   = errors.New("the body is longer than allowed")
	errPart      = errors.New("the server sent another part than was asked for")
	errCut       = errors.New("the body ended early")
)

// policyError is a request that must not be made; another try would be no better.
type policyError struct{ msg string }

func (e *policyError) Error() string { return e.msg }

// sinkError is an error of what is done with a body, not of the network.
type sinkError struct{ err error }

func (e *sinkError) Error() string { return e.err.Error() }
func (e *sinkError) Unwrap() error { return e.err }

// explainCertificate adds the clock to a certificate's error, since a wrong one is a common cause.
func explainCertificate(err error, now time.Time) error {
	var invalid x509.CertificateInvalidError
	if errors.As(err, &invalid) && invalid.Reason == x509.Expired {
		return fmt.Errorf("%w; the clock is %s: is it right?", err, now.UTC().Format("2006-01-02 15:04 UTC"))
	}
	return err
}

func isCertificate(err error) bool {
	var invalid x509.CertificateInvalidError
	var authority x509.UnknownAuthorityError
	var host x509.HostnameError
	return errors.As(err, &invalid) || errors.As(err, &authority) || errors.As(err, &host)
}

// Redact is a URL as it may be shown: without user and password, and without its query, where tokens
// hide, too.
func Redact(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		// Not a URL; whatever stands before an @ might still be a password.
		if _, after, found := cutLast(raw, "@"); found {
			raw = "…@" + after
		}
		raw, _, _ = strings.Cut(raw, "?")
		return raw
	}
	return redactURL(u)
}

func redactURL(u *url.URL) string {
	shown := *u
	shown.User, shown.Fragment, shown.RawFragment = nil, "", ""
	query := ""
	if shown.RawQuery != "" {
		shown.RawQuery, query = "", "?…"
	}
	if shown.Opaque != "" {
		shown.Opaque = "…"
	}
	return embedded.ReplaceAllString(shown.String(), "//") + query
}

// embedded finds the credentials of a URL inside another one's path, as some proxies have it.
var embedded = regexp.MustCompile(`//[^/]*@`)

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}
