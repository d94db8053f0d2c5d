package main

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ofiuco/ofiuco/lock"
	"github.com/ofiuco/ofiuco/target"
	"github.com/ofiuco/ofiuco/tree"
	"github.com/ofiuco/ofiuco/zipfile"
)

// zipReport is what `zip --report` writes.
type zipReport struct {
	Output   string `json:"output"`
	Target   string `json:"target"`
	Files    int    `json:"files"`
	Zipped   int64  `json:"zipped"`   // bytes of the zip
	Unzipped int64  `json:"unzipped"` // bytes of the files
	SHA256   string `json:"sha256"`   // hexadecimal
	// CodeSHA256 is the digest as AWS Lambda shows it, in base64.
	CodeSHA256 string       `json:"code_sha256"`
	Packages   []ownerSize  `json:"packages"` // largest first
	Sources    ownerSize    `json:"sources"`
	LeftOut    []leftOut    `json:"left_out"`
	Excluded   excludedSize `json:"excluded"` // by --exclude
	Limits     *limits      `json:"limits,omitempty"`
	Notes      []string     `json:"notes"`
}

// ownerSize is one package's part of a zip, in bytes.
type ownerSize struct {
	Name     string `json:"name"`
	Version  string `json:"version,omitempty"`
	Files    int    `json:"files"`
	Zipped   int64  `json:"zipped"`
	Unzipped int64  `json:"unzipped"`
}

// excludedSize is what --exclude left out, in bytes unzipped.
type excludedSize struct {
	Files    int   `json:"files"`
	Unzipped int64 `json:"unzipped"`
}

// limits are the runtime's, in bytes.
type limits struct {
	Zipped   int64 `json:"zipped"`
	Unzipped int64 `json:"unzipped"`
}

// largest is how many packages the short report and an error over a limit name.
const largest = 10

// checkLimits refuses a zip that the runtime would not unpack, and notes one that can't be uploaded directly.
func checkLimits(r *zipReport, runtime *target.Runtime) error {
	if runtime == nil {
		return nil
	}
	r.Limits = &limits{Zipped: runtime.MaxZipped, Unzipped: runtime.MaxUnzipped}
	if err := tooLarge(r.Unzipped, runtime, r.Packages); err != nil {
		err.Hint = "leave packages out with --exclude-package or files with --exclude, put packages into a layer with --only-group, or ship an image instead"
		return err
	}
	if r.Zipped > runtime.MaxZipped {
		r.Notes = append(r.Notes, fmt.Sprintf("%s is over the limit of %s for direct upload to %s: upload it through S3", megabytes(r.Zipped), megabytes(runtime.MaxZipped), runtime.Name))
	}
	return nil
}

// tooLarge is the error for a zip that the runtime would not unpack, nil for others. It names the largest packages.
func tooLarge(unzipped int64, runtime *target.Runtime, packages []ownerSize) *lock.Error {
	if unzipped <= runtime.MaxUnzipped {
		return nil
	}
	facts := []string{"the largest packages, unzipped:"}
	byUnzipped := slices.Clone(packages)
	slices.SortStableFunc(byUnzipped, func(a, b ownerSize) int { return cmp.Compare(b.Unzipped, a.Unzipped) })
	for _, p := range byUnzipped[:min(largest, len(byUnzipped))] {
		facts = append(facts, strings.TrimRight(fmt.Sprintf("%10s  %s %s", megabytes(p.Unzipped), p.Name, p.Version), " "))
	}
	return &lock.Error{
		Msg:   fmt.Sprintf("the output is too large for %s: %s unzipped, the limit is %s", runtime.Name, megabytes(unzipped), megabytes(runtime.MaxUnzipped)),
		Facts: facts,
	}
}

// printReport says on stderr what was written, in a few lines.
func (a *app) printReport(r *zipReport, again bool) {
	if a.quiet {
		return
	}
	did := "wrote"
	if again {
		did = "unchanged:"
	}
	fmt.Fprintf(a.stderr, "%s %s: %s (%s unzipped, %d files) for %s\n", did, printable(r.Output), megabytes(r.Zipped), megabytes(r.Unzipped), r.Files, r.Target)
	if again {
		return
	}
	var parts []string
	for _, p := range r.Packages[:min(largest, len(r.Packages))] {
		parts = append(parts, fmt.Sprintf("%s %s", p.Name, megabytes(p.Zipped)))
	}
	if more := len(r.Packages) - largest; more > 0 {
		parts = append(parts, fmt.Sprintf("%d more", more))
	}
	if len(parts) > 0 {
		fmt.Fprintf(a.stderr, "  packages: %s\n", strings.Join(parts, ", "))
	}
	if len(r.LeftOut) > 0 {
		parts = parts[:0]
		for _, l := range r.LeftOut {
			parts = append(parts, fmt.Sprintf("%s %s", l.Name, l.Locked))
		}
		fmt.Fprintf(a.stderr, "  left out: %s\n", strings.Join(parts, ", "))
	}
}

// newReport sums up a planned zip.
func newReport(out string, plan zipfile.Report, wheels openWheels, sources []tree.File, left *exclusion, excluded []tree.Tree, t target.Target) *zipReport {
	r := &zipReport{
		Output: filepath.ToSlash(out), Target: t.String(), Files: plan.Files, Zipped: plan.Zipped, Unzipped: plan.Unzipped,
		Packages: []ownerSize{}, Sources: ownerSize{Name: "sources"}, LeftOut: left.list, Notes: left.notes,
	}
	if r.LeftOut == nil {
		r.LeftOut = []leftOut{}
	}
	if r.Notes == nil {
		r.Notes = []string{}
	}
	first := map[string]bool{}
	for _, f := range sources {
		first[f.Owner] = true
	}
	versions := make(map[string]*openWheel, len(wheels))
	for i := range wheels {
		versions[packageLabel(wheels[i].taken)] = &wheels[i]
	}
	for _, o := range plan.Owners {
		size := ownerSize{Name: o.Owner, Files: o.Files, Zipped: o.Zipped, Unzipped: o.Unzipped}
		if first[o.Owner] {
			r.Sources.Files += o.Files
			r.Sources.Zipped += o.Zipped
			r.Sources.Unzipped += o.Unzipped
			continue
		}
		if w := versions[o.Owner]; w != nil {
			size.Name, size.Version = w.taken.Name.String(), w.taken.Version.String()
		}
		r.Packages = append(r.Packages, size)
	}
	slices.SortStableFunc(r.Packages, func(a, b ownerSize) int { return cmp.Compare(b.Zipped, a.Zipped) })
	for _, t := range excluded {
		r.Excluded.Files += t.Len()
		r.Excluded.Unzipped += t.Size()
	}
	return r
}
