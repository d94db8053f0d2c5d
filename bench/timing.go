package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"syscall"
	"time"
)

// command is one thing to time: a shell line, and what brings back the state it starts from (not timed).
type command struct {
	name   string
	line   string
	before string
	dir    string
	env    []string
}

// figures are the runs of one command.
type figures struct {
	seconds []float64
	peak    float64 // MiB, of the largest process
}

// pairs runs a and b in turn, after one run of each that does not count.
func pairs(runs int, a, b command) (figures, figures, error) {
	var fa, fb figures
	for i := -1; i < runs; i++ {
		for _, one := range []struct {
			c command
			f *figures
		}{{a, &fa}, {b, &fb}} {
			seconds, peak, err := one.c.run()
			if err != nil {
				return fa, fb, err
			}
			if i >= 0 {
				one.f.seconds = append(one.f.seconds, seconds)
				one.f.peak = max(one.f.peak, peak)
			}
		}
	}
	return fa, fb, nil
}

func (c command) run() (seconds, peak float64, err error) {
	if c.before != "" {
		if _, _, err := (command{name: c.name + " (before)", line: c.before, dir: c.dir, env: c.env}).run(); err != nil {
			return 0, 0, err
		}
	}
	cmd := exec.Command("/bin/bash", "-c", c.line)
	cmd.Dir = c.dir
	cmd.Env = append(os.Environ(), c.env...)
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	start := time.Now()
	err = cmd.Run()
	seconds = time.Since(start).Seconds()
	if err != nil {
		return 0, 0, fmt.Errorf("%s: %w\n%s\n%s", c.name, err, c.line, output.Bytes())
	}
	usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	if ok {
		peak = float64(usage.Maxrss) / 1024
	}
	return seconds, peak, nil
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	if n := len(sorted); n%2 == 0 {
		return (sorted[n/2-1] + sorted[n/2]) / 2
	}
	return sorted[len(sorted)/2]
}

// medianRatio is the median of the ratios of runs that stood next to each other.
func medianRatio(above, below []float64) float64 {
	ratios := make([]float64, len(above))
	for i := range above {
		ratios[i] = above[i] / below[i]
	}
	return median(ratios)
}
