package source

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/ofiuco/ofiuco/index"
)

const (
	// maxConfigs bounds how many settings are taken from GIT_CONFIG_COUNT.
	maxConfigs = 1000
	// maxOutput is how much of git's output is kept, in bytes: the paths of a large repository.
	maxOutput = 64 << 20
	// lastLines is how many of the lines that git said last a message shows.
	lastLines = 6
	// killDelay is how long git may go on after it was told to end.
	killDelay = 5 * time.Second
	// A server that sends less than one byte a second for a minute is given up.
	stallSeconds = "60"
)

// passed are the variables of the user's environment that git gets: those that say where programs, settings,
// credentials and proxies are. None says which repository is worked on, as those of a running hook would.
var passed = []string{
	"PATH", "HOME", "USER", "LOGNAME", "TMPDIR", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR", "XDG_CACHE_HOME", "DBUS_SESSION_BUS_ADDRESS",
	"SSH_AUTH_SOCK", "SSH_AGENT_PID", "SSH_ASKPASS", "GIT_ASKPASS", "GIT_SSH", "GIT_SSH_COMMAND", "GIT_SSH_VARIANT",
	"GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM", "GIT_EXEC_PATH", "GIT_PROXY_COMMAND", "GIT_SSL_CAINFO", "GIT_SSL_CAPATH",
	"GIT_SSL_CERT", "GIT_SSL_KEY", "SSL_CERT_FILE", "SSL_CERT_DIR", "CURL_CA_BUNDLE",
	"http_proxy", "https_proxy", "all_proxy", "no_proxy", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY",
	// Windows
	"SystemRoot", "SystemDrive", "ComSpec", "PATHEXT", "TEMP", "TMP", "USERPROFILE", "USERNAME", "HOMEDRIVE", "HOMEPATH",
	"APPDATA", "LOCALAPPDATA", "ProgramData", "ProgramFiles",
}

// settings are those that no user's configuration may change: what runs programs, and what makes the bytes of a
// checkout depend on the host.
var settings = []string{
	"core.hooksPath=" + os.DevNull, "core.fsmonitor=false", "core.attributesFile=" + os.DevNull, "core.excludesFile=" + os.DevNull,
	"core.autocrlf=false", "core.eol=lf", "core.safecrlf=false", "core.longpaths=true", "core.protectHFS=true", "core.protectNTFS=true",
	"init.templateDir=", "protocol.ext.allow=never", "submodule.recurse=false", "fetch.recurseSubmodules=false", "fetch.unpackLimit=1",
	"gc.auto=0", "maintenance.auto=false", "advice.detachedHead=false", "checkout.defaultRemote=", "log.showSignature=false",
	"filter.lfs.smudge=", "filter.lfs.process=", "filter.lfs.required=false",
	"http.lowSpeedLimit=1", "http.lowSpeedTime=" + stallSeconds,
}

// program is git.
type program struct {
	path   string
	getenv func(string) string
}

func findGit(getenv func(string) string) (*program, error) {
	for _, dir := range filepath.SplitList(getenv("PATH")) {
		if !filepath.IsAbs(dir) {
			continue
		}
		if found, err := exec.LookPath(filepath.Join(dir, "git")); err == nil {
			return &program{path: found, getenv: getenv}, nil
		}
	}
	return nil, &Error{
		Reason: "its commit can't be fetched: git is not installed",
		Hint:   "Install git (apt-get install git, dnf install git, brew install git, winget install Git.Git), or put its folder into PATH.",
	}
}

// environ is the environment of git; protocols are those that it may use, separated by colons.
func (g *program) environ(protocols string) []string {
	env := []string{
		"LC_ALL=C", "GIT_TERMINAL_PROMPT=0", "GCM_INTERACTIVE=never", "GIT_ALLOW_PROTOCOL=" + protocols, "GIT_OPTIONAL_LOCKS=0",
		"GIT_PROTOCOL_FROM_USER=0", "GIT_ADVICE=0",
	}
	pass := func(name string) {
		if value := g.getenv(name); value != "" {
			env = append(env, name+"="+value)
		}
	}
	for _, name := range passed {
		pass(name)
	}
	// Settings in the environment are the user's, as those in files are.
	if n, err := strconv.Atoi(g.getenv("GIT_CONFIG_COUNT")); err == nil && n > 0 && n <= maxConfigs {
		env = append(env, "GIT_CONFIG_COUNT="+strconv.Itoa(n))
		for i := range n {
			env = append(env, fmt.Sprintf("GIT_CONFIG_KEY_%d=%s", i, g.getenv(fmt.Sprintf("GIT_CONFIG_KEY_%d", i))),
				fmt.Sprintf("GIT_CONFIG_VALUE_%d=%s", i, g.getenv(fmt.Sprintf("GIT_CONFIG_VALUE_%d", i))))
		}
	}
	return env
}

// run runs git in dir and gives what it writes to its standard output. The error is a *gitError, or that of ctx.
func (g *program) run(ctx context.Context, dir, protocols string, args ...string) (string, error) {
	full := []string{"--no-pager"}
	for _, setting := range settings {
		full = append(full, "-c", setting)
	}
	cmd := exec.CommandContext(ctx, g.path, append(full, args...)...)
	cmd.Dir = dir
	cmd.Env = g.environ(protocols)
	cmd.WaitDelay = killDelay
	ownGroup(cmd)
	stdout, stderr := &kept{most: maxOutput}, &kept{most: 1 << 20}
	cmd.Stdout, cmd.Stderr = stdout, stderr
	err := cmd.Run()
	for len(args) > 2 && args[0] == "-c" {
		args = args[2:]
	}
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	if err != nil {
		return "", &gitError{command: args[0], said: lines(stderr.String()), err: err}
	}
	if stdout.cut {
		return "", &gitError{command: args[0], said: []string{"its output is too long"}, err: errors.New("more output than expected")}
	}
	return stdout.String(), nil
}

// kept keeps the beginning of what is written to it.
type kept struct {
	bytes.Buffer
	most int
	cut  bool
}

func (k *kept) Write(p []byte) (int, error) {
	room := k.most - k.Len()
	if len(p) > room {
		k.cut = true
		k.Buffer.Write(p[:room])
		return len(p), nil
	}
	return k.Buffer.Write(p)
}

// gitError is a git command that failed.
type gitError struct {
	command string
	said    []string // its last lines, without credentials
	err     error
}

func (e *gitError) Error() string {
	if len(e.said) == 0 {
		return fmt.Sprintf("git %s: %v", e.command, e.err)
	}
	return fmt.Sprintf("git %s: %s", e.command, e.said[len(e.said)-1])
}

func (e *gitError) Unwrap() error { return e.err }

func (e *gitError) says(parts ...string) bool {
	text := strings.Join(e.said, "\n")
	for _, part := range parts {
		if strings.Contains(text, part) {
			return true
		}
	}
	return false
}

// credentials are what stands before the host of a URL, in a text.
var credentials = regexp.MustCompile(`([a-zA-Z][a-zA-Z0-9+.-]*://)[^/\s'"]*@`)

// lines are the last lines of what git said, fit for a message.
func lines(said string) []string {
	var all []string
	for line := range strings.SplitSeq(strings.ReplaceAll(said, "\r", "\n"), "\n") {
		line = strings.Map(func(r rune) rune {
			if r < ' ' || r == 0x7f {
				return ' '
			}
			return r
		}, line)
		if line = strings.TrimSpace(credentials.ReplaceAllString(line, "$1")); line != "" {
			all = append(all, line)
		}
	}
	return all[max(0, len(all)-lastLines):]
}

// What git, its helper for HTTP and ssh say when the network is at fault, or the server for a while.
var troubles = []string{
	"Could not resolve", "Connection refused", "Connection timed out", "Operation timed out", "timed out after", "Connection reset",
	"Connection closed by", "Network is unreachable", "No route to host", "Failed to connect", "Couldn't connect", "Temporary failure in name resolution",
	"Name or service not known", "unable to look up", "Operation too slow", "early EOF", "unexpected disconnect", "RPC failed",
	"returned error: 429", "returned error: 500", "returned error: 502", "returned error: 503", "returned error: 504",
	"Empty reply from server", "TLS connection was non-properly terminated", "SSL_ERROR_SYSCALL",
}

// diskFull is what the system says, and git after it.
const diskFull = "No space left on device"

// explain makes an Error of a failed git command that asked a server.
func (e *gitError) explain(commit Commit, tries int, elapsed time.Duration) *Error {
	fault := &Error{
		Reason: fmt.Sprintf("commit %s can't be fetched: git %s failed", commit.Commit, e.command),
		Facts:  e.said,
		Hint:   "Try git fetch with this URL by hand: it must work without asking for anything.",
		Err:    e,
	}
	switch {
	case e.says(diskFull):
		fault.Hint, fault.Err = "", syscall.ENOSPC
	case e.says(troubles...):
		fault.Hint = "The network or the server is at fault: check the connection and the proxy (HTTPS_PROXY), or try again."
		fault.Err = &index.NetworkError{URL: index.Redact(commit.URL), Attempts: tries, Elapsed: elapsed, Err: e}
	case e.says("transport '", "not allowed"):
		fault.Hint = "ofiuco fetches git repositories by https, ssh, git and file URLs. Does url.<base>.insteadOf in git's configuration change this one?"
	case e.says("Permission denied (publickey", "Host key verification failed"):
		fault.Hint = "Is the key loaded (ssh-add -l), and is the host known (ssh -T to it once)? Nothing can be asked while ofiuco runs."
	case e.says("could not read Username", "could not read Password", "Authentication failed", "terminal prompts disabled"):
		fault.Hint = "git has no credentials for the server: set up a credential helper (git config credential.helper), or url.<base>.insteadOf to use ssh."
	case e.says("not found", "does not exist", "does not appear to be a git repository"):
		fault.Hint = "Is the URL right, and may you read the repository?"
	}
	return fault
}
