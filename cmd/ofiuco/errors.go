package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"syscall"
	"unicode"

	"github.com/spf13/cobra"

	"github.com/ofiuco/ofiuco/fetch"
	"github.com/ofiuco/ofiuco/index"
	"github.com/ofiuco/ofiuco/lock"
	"github.com/ofiuco/ofiuco/registry"
)

// The exit statuses, so that CI can retry only the network.
const (
	statusDone = iota
	statusInput
	statusUsage
	statusNetwork
	statusDisk
	statusInterrupted = 130 // 128 + SIGINT, what a shell reports
)

var errInterrupted = errors.New("interrupted")

// diskErrors are the errors that the disk or its permissions are to blame for.
var diskErrors = []error{
	syscall.ENOSPC, syscall.EDQUOT, syscall.EROFS, syscall.EIO, syscall.EACCES, syscall.EPERM,
	syscall.EMFILE, syscall.ENFILE, syscall.EFBIG, fetch.ErrDamaged,
}

// usageError is a mistake on the command line.
type usageError struct {
	command string
	err     error
}

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

func usageOf(cmd *cobra.Command, err error) error {
	return &usageError{command: cmd.CommandPath(), err: err}
}

func usagef(cmd *cobra.Command, format string, args ...any) error {
	return usageOf(cmd, fmt.Errorf(format, args...))
}

// exitStatus is the worst of all parts of a joined error: wrong input can't be retried, whatever
// the network did beside it.
func exitStatus(err error) int {
	var usage *usageError
	if errors.As(err, &usage) {
		return statusUsage
	}
	if errors.Is(err, errInterrupted) {
		return statusInterrupted
	}
	status := statusDone
	for _, part := range parts(err) {
		switch s := partStatus(part); {
		case s == statusInput:
			return statusInput
		case s > status:
			status = s
		}
	}
	return status
}

func partStatus(err error) int {
	for _, disk := range diskErrors {
		if errors.Is(err, disk) {
			return statusDisk
		}
	}
	var network *index.NetworkError
	var push *registry.NetworkError
	if errors.As(err, &network) || errors.As(err, &push) || errors.Is(err, context.DeadlineExceeded) {
		return statusNetwork
	}
	return statusInput
}

// parts flattens what errors.Join put together.
func parts(err error) []error {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return []error{err}
	}
	var all []error
	for _, part := range joined.Unwrap() {
		all = append(all, parts(part)...)
	}
	return all
}

func printError(w io.Writer, err error) {
	var usage *usageError
	if errors.As(err, &usage) {
		fmt.Fprintf(w, "ofiuco: %s\n  %s --help shows how it is used\n", errorLine(usage.Error()), usage.command)
		return
	}
	for _, part := range parts(err) {
		printPart(w, "", part)
	}
}

// printPart prints an error, or with kind "warning: " what is not fatal: a line that greps, the facts, what to do.
func printPart(w io.Writer, kind string, err error) {
	text, rest, _ := strings.Cut(err.Error(), "\n")
	fmt.Fprintf(w, "ofiuco: %s%s\n", kind, errorLine(text))
	for line := range strings.Lines(rest) {
		fmt.Fprintf(w, "  %s\n", errorLine(strings.TrimRight(line, "\n")))
	}
	var e *lock.Error
	if !errors.As(err, &e) {
		return
	}
	for _, fact := range e.Facts {
		for line := range strings.Lines(fact) {
			fmt.Fprintf(w, "  %s\n", errorLine(strings.TrimRight(line, "\n")))
		}
	}
	if e.Hint != "" {
		fmt.Fprintf(w, "  %s\n", errorLine(e.Hint))
	}
}

// longestLine is how much of an error's line is printed, in bytes: names and markers in a lock may have megabytes.
const longestLine = 2000

// errorLine is a line of an error that is printable, without the rest of one that is too long.
func errorLine(s string) string {
	if len(s) > longestLine {
		s = strings.ToValidUTF8(s[:longestLine], "") + "…"
	}
	return printable(s)
}

// printable makes control characters visible, so that no input can drive the terminal.
func printable(s string) string {
	if !strings.ContainsFunc(s, isControl) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if isControl(r) {
			b.WriteString(strings.Trim(strconv.QuoteRune(r), "'"))
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// isControl holds for control characters, and for those of category Cf (such as the bidirectional
// overrides) that show text in another order than it is.
func isControl(r rune) bool {
	return r != '\t' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == unicode.ReplacementChar)
}

func quoted(s string) string { return strconv.Quote(s) }
