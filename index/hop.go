package index

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"
)

// hop sends one request and follows where it is sent, without credentials unless the place is theirs.
func (c *Client) hop(ctx context.Context, target *url.URL, header http.Header) (*http.Response, error) {
	first := target
	for range maxRedirects + 1 {
		resp, err := c.authorized(ctx, target, header, target == first)
		if err != nil {
			return nil, err
		}
		location := resp.Header.Get("Location")
		if !isRedirect(resp.StatusCode) || location == "" {
			return resp, nil
		}
		resp.Body.Close()
		if target, err = redirected(target, location); err != nil {
			return nil, err
		}
	}
	return nil, &policyError{errRedirects.Error()}
}

func isRedirect(status int) bool {
	switch status {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return true
	}
	return false
}

func redirected(from *url.URL, location string) (*url.URL, error) {
	to, err := from.Parse(location)
	switch {
	case err != nil:
		return nil, &policyError{"redirected to what is no URL"}
	case to.Scheme != "http" && to.Scheme != "https" || to.Host == "":
		return nil, &policyError{"redirected to " + redactURL(to) + ": only http and https are followed"}
	case from.Scheme == "https" && to.Scheme == "http":
		return nil, &policyError{"redirected from https to " + redactURL(to) + ", which is not encrypted"}
	}
	to.User = nil // a server doesn't hand out credentials
	return to, nil
}

// authorized sends one request with the credentials that belong to its URL; after a 401 it asks the keyring.
func (c *Client) authorized(ctx context.Context, u *url.URL, header http.Header, first bool) (*http.Response, error) {
	l, _ := c.credentials.find(u, first)
	resp, err := c.send(ctx, u, header, l)
	if err != nil || resp.StatusCode != http.StatusUnauthorized || l.password != "" {
		return resp, err
	}
	l, ok, err := c.credentials.askKeyring(ctx, u, l.user)
	if err != nil {
		resp.Body.Close()
		return nil, &policyError{err.Error()}
	}
	if !ok {
		return resp, nil
	}
	resp.Body.Close()
	return c.send(ctx, u, header, l)
}

func (c *Client) send(ctx context.Context, u *url.URL, header http.Header, l login) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, &policyError{"not a URL that can be asked for"}
	}
	request.Header = header.Clone()
	if c.userAgent != "" {
		request.Header.Set("User-Agent", c.userAgent)
	}
	if l != (login{}) {
		request.SetBasicAuth(l.user, l.password)
	}
	resp, err := c.http.Do(request)
	if err != nil {
		// A url.Error repeats the URL; ours are told once and redacted.
		if inner := (*url.Error)(nil); errors.As(err, &inner) {
			err = inner.Err
		}
		return nil, explainCertificate(err, time.Now())
	}
	return resp, nil
}
