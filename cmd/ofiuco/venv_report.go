package main

import (
	"fmt"
	"path/filepath"

	"github.com/ofiuco/ofiuco/venv"
)

// venvReport is what `venv --json` prints.
type venvReport struct {
	Output   string   `json:"output"`
	Target   string   `json:"target"`
	Python   string   `json:"python"`    // path of the interpreter that the environment points to
	LinkMode string   `json:"link_mode"` // the one that was used
	Packages int      `json:"packages"`
	Files    int      `json:"files"`
	Added    []string `json:"added"`   // since the environment that was there before
	Removed  []string `json:"removed"` // since then
	Changed  bool     `json:"changed"` // not when there was nothing to do
}

func newVenvReport(j *venvJob, made *venv.Report) *venvReport {
	r := &venvReport{
		Output: filepath.ToSlash(j.dir), Target: j.target.String(), Python: j.python.Executable, LinkMode: string(made.Mode),
		Packages: made.Packages, Files: made.Files, Added: made.Added, Removed: made.Removed, Changed: true,
	}
	if r.Added == nil {
		r.Added = []string{}
	}
	if r.Removed == nil {
		r.Removed = []string{}
	}
	return r
}

// finish tells of the environment, new or still there.
func (j *venvJob) finish(r *venvReport, again bool) error {
	if again {
		r.Added, r.Removed, r.Changed = []string{}, []string{}, false
	}
	if !j.app.quiet {
		j.printReport(r)
	}
	if j.app.json {
		return j.app.printJSON(r)
	}
	return nil
}

// printReport says on stderr what was made, in a line.
func (j *venvJob) printReport(r *venvReport) {
	if !r.Changed {
		fmt.Fprintf(j.app.stderr, "unchanged: %s (%d packages, %s)\n", printable(j.shown()), r.Packages, r.Target)
		return
	}
	fmt.Fprintf(j.app.stderr, "made %s: %d packages for %s by %s (%s; %d added, %d removed)\n",
		printable(j.shown()), r.Packages, r.Target, printable(r.Python), r.LinkMode, len(r.Added), len(r.Removed))
	if j.app.verbose {
		for _, p := range r.Removed {
			fmt.Fprintf(j.app.stderr, "  - %s\n", printable(p))
		}
		for _, p := range r.Added {
			fmt.Fprintf(j.app.stderr, "  + %s\n", printable(p))
		}
	}
}

// shown is the environment's path as messages show it: relative where that is shorter.
func (j *venvJob) shown() string {
	here, err := filepath.Abs(".")
	if err != nil {
		return j.dir
	}
	if relative, err := filepath.Rel(here, j.dir); err == nil && filepath.IsLocal(relative) {
		return filepath.ToSlash(relative)
	}
	return filepath.ToSlash(j.dir)
}
