package index

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os/exec"
	"slices"
	"strings"
	"sync"
)

type keyringAnswer struct {
	once  sync.Once
	login login
	err   error
}

// askKeyring asks the keyring's command line for the login of an origin, once for each user ("": any).
func (c *credentials) askKeyring(ctx context.Context, u *url.URL, user string) (login, bool, error) {
	if c.keyring == nil {
		return login{}, false, nil
	}
	at := origin(u)
	c.mu.Lock()
	answer := c.asked[at+" "+user]
	if answer == nil {
		answer = &keyringAnswer{}
		c.asked[at+" "+user] = answer
	}
	c.mu.Unlock()
	answer.once.Do(func() {
		// Keyrings hold an index under its URL or under its host alone.
		for _, service := range c.servicesAt(u) {
			if answer.login, answer.err = c.keyring(ctx, service, user); answer.err != nil || answer.login.password != "" {
				break
			}
		}
		if answer.err == nil && answer.login.password != "" {
			c.replace(user, grant{answer.login, at, ""})
		}
	})
	return answer.login, answer.err == nil && answer.login.password != "", answer.err
}

func (c *credentials) servicesAt(u *url.URL) []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Concat(c.services[origin(u)], []string{u.Host})
}

// replace gives an origin's grants the keyring's login where they had only a user, and were refused.
func (c *credentials) replace(user string, g grant) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, old := range c.grants {
		if old.origin == g.origin && old.login == (login{user: user}) {
			c.grants[i].login = g.login
		}
	}
	c.grants = append(c.grants, g)
}

// runKeyring runs "keyring get SERVICE USER". A status other than 0 says that it knows no such login.
func runKeyring(ctx context.Context, service, user string) (login, error) {
	args := []string{"get", "--", service, user}
	if user == "" {
		args = []string{"--mode", "creds", "get", "--", service} // prints the user, too
	}
	out, err := exec.CommandContext(ctx, "keyring", args...).Output()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		return login{}, nil
	}
	if err != nil {
		return login{}, fmt.Errorf("running keyring, as OFIUCO_KEYRING_PROVIDER asks: %w", err)
	}
	text := strings.TrimRight(string(out), "\r\n")
	if user == "" {
		user, text, _ = strings.Cut(text, "\n")
	}
	return login{strings.TrimSpace(user), text}, nil
}
