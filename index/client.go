package index

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"net/url"
	"os"
	"time"

	"golang.org/x/net/http/httpproxy"

	"github.com/ofiuco/ofiuco/lock"
)

// The limits of a Client, where Options don't say otherwise.
const (
	defaultConnect  = 10 * time.Second
	defaultIdle     = 15 * time.Second
	defaultAttempts = 5
	maxRedirects    = 10
	// maxWait is the longest time between two attempts, whatever Retry-After asks for.
	maxWait = 30 * time.Second
)

// Options make a Client. Every zero value is a good one.
type Options struct {
	// Getenv reads the environment: proxies, netrc's place and credentials. Nil: os.Getenv.
	Getenv func(string) string
	// Indexes are those whose names the environment's credentials may bear.
	Indexes []lock.Index
	// UserAgent is sent with each request.
	UserAgent string

	// Connect limits the time for a connection with its TLS handshake, Idle the time that a server may
	// take to begin an answer or to go on with it. There is no limit on the whole.
	Connect, Idle time.Duration
	// Attempts is how often a request is tried in all, unless it gets ahead.
	Attempts int
	// RootCAs are trusted instead of the system's.
	RootCAs *x509.CertPool
	// Wait sleeps between attempts. Nil: a timer.
	Wait func(context.Context, time.Duration) error
}

// Client reads URLs over HTTP: an index's pages and the files they list. It is safe for concurrent use.
type Client struct {
	http        *http.Client
	credentials *credentials
	userAgent   string
	idle        time.Duration
	attempts    int
	wait        func(context.Context, time.Duration) error
	maxPage     int64 // bytes
}

// NewClient makes a Client.
func NewClient(o Options) *Client {
	if o.Getenv == nil {
		o.Getenv = os.Getenv
	}
	c := &Client{
		credentials: newCredentials(o.Getenv),
		userAgent:   o.UserAgent,
		idle:        orDuration(o.Idle, defaultIdle),
		attempts:    o.Attempts,
		wait:        o.Wait,
		maxPage:     maxPage,
	}
	for _, index := range o.Indexes {
		c.credentials.introduce(index.Name, index.URL)
	}
	if c.attempts <= 0 {
		c.attempts = defaultAttempts
	}
	if c.wait == nil {
		c.wait = sleep
	}
	connect := orDuration(o.Connect, defaultConnect)
	c.http = &http.Client{
		Transport: &http.Transport{
			Proxy:                  proxy(o.Getenv),
			DialContext:            (&net.Dialer{Timeout: connect, KeepAlive: 30 * time.Second}).DialContext,
			TLSClientConfig:        &tls.Config{RootCAs: o.RootCAs},
			TLSHandshakeTimeout:    connect,
			ResponseHeaderTimeout:  c.idle,
			MaxIdleConnsPerHost:    32,
			IdleConnTimeout:        90 * time.Second,
			MaxResponseHeaderBytes: 1 << 20,
			// A body's size is checked before it is unpacked.
			DisableCompression: true,
			ForceAttemptHTTP2:  true,
			// Less than the defaults (4 MiB and 1 GiB), since files go to the disk as they come.
			HTTP2: &http.HTTP2Config{MaxReceiveBufferPerStream: 1 << 20, MaxReceiveBufferPerConnection: 16 << 20},
		},
		// net/http would follow redirects with the credentials of another port or subdomain.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return c
}

func orDuration(d, otherwise time.Duration) time.Duration {
	if d > 0 {
		return d
	}
	return otherwise
}

// proxy reads the usual variables (http_proxy, HTTPS_PROXY, no_proxy, …) from getenv.
func proxy(getenv func(string) string) func(*http.Request) (*url.URL, error) {
	either := func(name, lower string) string {
		if value := getenv(lower); value != "" {
			return value
		}
		return getenv(name)
	}
	config := httpproxy.Config{
		HTTPProxy:  either("HTTP_PROXY", "http_proxy"),
		HTTPSProxy: either("HTTPS_PROXY", "https_proxy"),
		NoProxy:    either("NO_PROXY", "no_proxy"),
	}
	of := config.ProxyFunc()
	return func(r *http.Request) (*url.URL, error) { return of(r.URL) }
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
