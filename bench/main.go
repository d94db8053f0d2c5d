// Command bench times ofiuco beside its peers, in turn, on the machine it runs on, and prints the table
// of docs/performance.md. It needs the tools that tools/install.sh installs, zip, and PyPI the first time.
//
// Every figure is a median of whole-process runs; every ratio is the median of the ratios of pairs run one
// after the other, which holds on a machine whose speed drifts. Each run of a pair starts from the same state.
//
//	go run ./bench [-n RUNS] [-work DIR] [-only REGEXP]
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
)

func main() {
	runs := flag.Int("n", 7, "runs of each command")
	work := flag.String("work", "", "keep wheels, locks and caches here (default: a temporary folder)")
	only := flag.String("only", "", "only the rows whose name matches")
	flag.Parse()
	if err := bench(*runs, *work, *only); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func bench(runs int, work, only string) error {
	pattern, err := regexp.Compile(only)
	if err != nil {
		return err
	}
	if work == "" {
		if work, err = os.MkdirTemp("", "ofiuco-bench-"); err != nil {
			return err
		}
		defer os.RemoveAll(work)
	}
	if work, err = filepath.Abs(work); err != nil {
		return err
	}
	s, err := prepare(work, pattern)
	if err != nil {
		return fmt.Errorf("preparing: %w", err)
	}
	fmt.Printf("%s/%s, %d processors, %d runs each; %s\n\n", runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runs, s.versions())
	fmt.Println("| job | ofiuco s | peer | peer s | peer / ofiuco | MiB | peer MiB |")
	fmt.Println("|---|---|---|---|---|---|---|")
	for _, row := range s.rows() {
		if !pattern.MatchString(row.job) {
			continue
		}
		for _, peer := range row.peers {
			fmt.Fprintf(os.Stderr, "%s / %s\n", row.job, peer.name)
			a, b, err := pairs(runs, row.ours, peer)
			if err != nil {
				return fmt.Errorf("%s: %w", row.job, err)
			}
			fmt.Printf("| %s | %.4f | %s | %.4f | **%.2f** | %.0f | %.0f |\n",
				row.job, median(a.seconds), peer.name, median(b.seconds), medianRatio(b.seconds, a.seconds), a.peak, b.peak)
		}
	}
	fmt.Println()
	return s.facts(os.Stdout, pattern)
}
