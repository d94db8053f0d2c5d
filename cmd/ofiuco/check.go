package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ofiuco/ofiuco/lock"
	"github.com/ofiuco/ofiuco/selection"
)

const checkExample = `  ofiuco check --target aws-lambda-python3.12-arm64
  ofiuco check --target cp311-manylinux_2_28_x86_64 --target cp313-macosx_14_0_arm64 --target cp312-win_amd64 --json
  ofiuco check --binary-check function.zip --target aws-lambda-python3.12-arm64`

func (a *app) checkCommand() *cobra.Command {
	var targets targetFlags
	var choice choiceFlags
	var wheelsOnly bool
	var binaryCheck string
	var excludes []string
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Check that the lock has a file for every package on every target, offline",
		Long: `Check, before anything is downloaded, that the lock has exactly one version and one fitting file of every
package on every target. Reads only the lock and pyproject.toml. Exit status 1 when a target has a hole.

With --binary-check PATH it reads no lock, but checks what is there: that every library, extension module and program
(ELF, Mach-O, PE) in a zip, wheel, folder, virtual environment or image runs on the target: its machine, its C library
and versions of symbols, and the libraries it needs. Without --target that is the environment's Python, what the wheel's
name promises, or else this machine.`,
		Example: checkExample,
		Args:    noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if binaryCheck != "" {
				return a.checkBinaryPath(cmd, &targets, excludes, binaryCheck)
			}
			q, err := a.read(cmd, &targets, &choice)
			if err != nil {
				return err
			}
			q.options.WheelsOnly = wheelsOnly
			return a.printChecks(q)
		},
	}
	targets.register(cmd)
	choice.register(cmd)
	a.jsonFlag(cmd)
	cmd.Flags().StringVar(&binaryCheck, "binary-check", "", "check the libraries and programs in a zip, wheel, folder, environment or image, `PATH`")
	cmd.Flags().StringArrayVar(&excludes, "exclude", nil, "with --binary-check: pass over files whose path matches `GLOB` (* and ? don't cross /, ** does); may be repeated")
	cmd.Flags().BoolVar(&wheelsOnly, "wheels-only", false, "a package without a wheel is a hole, though it has an sdist")
	return cmd
}

// checkJSON is one target's line in `check --json`.
type checkJSON struct {
	Target   string   `json:"target"`
	OK       bool     `json:"ok"`
	Packages int      `json:"packages"`
	Sdists   []string `json:"sdists"`
	Errors   []string `json:"errors"`
}

// printChecks selects for a few targets at a time: their Selections are large, and only a line of each is needed.
func (a *app) printChecks(q question) error {
	var errs []error
	rows := make([]checkJSON, 0, len(q.targets))
	for some := range slices.Chunk(q.targets, a.workers()) {
		for _, r := range selection.Check(q.lock, some, q.options) {
			rows = append(rows, checkRow(r))
			errs = append(errs, r.Err)
		}
	}
	if a.json {
		if err := a.printJSON(rows); err != nil {
			return err
		}
		return errors.Join(errs...)
	}
	for _, row := range rows {
		switch {
		case !row.OK:
			fmt.Fprintf(a.stdout, "%s: no, problems: %d\n", row.Target, len(row.Errors))
		case len(row.Sdists) > 0:
			fmt.Fprintf(a.stdout, "%s: ok, %d packages, %d of them only as source: %s\n", row.Target, row.Packages, len(row.Sdists), strings.Join(row.Sdists, ", "))
		default:
			fmt.Fprintf(a.stdout, "%s: ok, %d packages\n", row.Target, row.Packages)
		}
	}
	return errors.Join(errs...)
}

func checkRow(r selection.Result) checkJSON {
	row := checkJSON{Target: r.Target.String(), OK: r.Err == nil, Sdists: []string{}, Errors: []string{}}
	if r.Err == nil {
		row.Packages, row.Sdists = len(r.Selection.Packages), sdists(r.Selection)
		return row
	}
	for _, part := range parts(r.Err) {
		row.Errors = append(row.Errors, part.Error())
	}
	return row
}

// sdists are the names of the packages that have to be built from source.
func sdists(s *selection.Selection) []string {
	names := []string{}
	for _, p := range s.Packages {
		if p.Artifact.Kind != lock.Wheel {
			names = append(names, p.Name.String())
		}
	}
	return names
}
