// Command ofiuco turns a pyproject.toml and its lock file into what runs: AWS Lambda zips today,
// virtual environments and images next, for any Python version on any platform, from any host.
//
// It is the last step of the pipeline, and the only one that reads flags, prints and exits. Its rules:
//
//   - stdout carries the answer and nothing else; progress, notes and errors go to stderr.
//   - An error is one line that greps (file, line, package, what is wrong), then facts, then what to do.
//   - Exit status: 0 done, 1 the input is at fault, 2 wrong usage, 3 the network, 4 the disk.
//   - Nothing half-written: an output appears whole by rename, or the old one stays.
//   - No credential is ever printed, and no control character of an input reaches the terminal.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once, whatever it waits for
	os.Exit(run(ctx, pushArguments(os.Args)))
}
