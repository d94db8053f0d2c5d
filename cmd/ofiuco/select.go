package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/ofiuco/ofiuco/lock"
	"github.com/ofiuco/ofiuco/pypa/name"
	"github.com/ofiuco/ofiuco/selection"
	"github.com/ofiuco/ofiuco/target"
)

const selectExample = `  ofiuco select --target cp312-manylinux_2_34_aarch64
  ofiuco select --python 3.12.4 --platform linux/arm64 --extra email --json
  ofiuco select --target aws-lambda-python3.12-arm64 --explain shapely`

func (a *app) selectCommand() *cobra.Command {
	var targets targetFlags
	var choice choiceFlags
	var explain string
	cmd := &cobra.Command{
		Use:   "select",
		Short: "Show what is taken from the lock for a target, from where, and why",
		Long: `Show the packages that a target takes from the lock, and the file of each. With --explain, show for one
package what brought it in, its files from best to worst, and one reason for each file passed over.
Reads only the lock and pyproject.toml: no network, no Python (but to ask the host's when no target is named).`,
		Example: selectExample,
		Args:    noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			selections, err := a.selections(cmd, &targets, &choice)
			if err != nil {
				return err
			}
			switch {
			case explain != "":
				return a.explain(cmd, selections, explain)
			case a.json:
				return a.printSelectionsJSON(selections)
			}
			return a.printSelections(selections)
		},
	}
	targets.register(cmd)
	choice.register(cmd)
	a.jsonFlag(cmd)
	cmd.Flags().StringVar(&explain, "explain", "", "say why package `NAME` is in (or not) and why this file of it")
	return cmd
}

// selections reads the project and selects for each target. Notes are shown once.
func (a *app) selections(cmd *cobra.Command, targets *targetFlags, choice *choiceFlags) ([]*selection.Selection, error) {
	q, err := a.read(cmd, targets, choice)
	if err != nil {
		return nil, err
	}
	return a.selectAll(q.lock, q.targets, q.options)
}

func (a *app) selectAll(l *lock.Lock, targets []target.Target, options selection.Options) ([]*selection.Selection, error) {
	var selections []*selection.Selection
	var errs []error
	noted := map[string]bool{}
	for _, result := range selection.Check(l, targets, options) {
		if result.Err != nil {
			errs = append(errs, result.Err)
			continue
		}
		for _, note := range result.Selection.Notes {
			if !noted[note] {
				noted[note] = true
				a.note("%s", note)
			}
		}
		selections = append(selections, result.Selection)
	}
	return selections, errors.Join(errs...)
}

func (a *app) printSelections(selections []*selection.Selection) error {
	out := bufio.NewWriter(a.stdout) // a tabwriter writes every cell by itself
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for i, s := range selections {
		if len(selections) > 1 {
			if i > 0 {
				fmt.Fprintln(w)
			}
			fmt.Fprintf(w, "# %s\n", s.Target)
		}
		for _, p := range s.Packages {
			fmt.Fprintf(w, "%s\t%s\t%s\n", p.Name, p.Version, artifactLabel(p.Artifact))
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return out.Flush()
}

// artifactLabel is the file's name, or what stands in its place.
func artifactLabel(artifact lock.Artifact) string {
	switch {
	case artifact.Filename != "":
		return printable(artifact.Filename)
	case artifact.Path != "":
		return printable(string(artifact.Kind) + " " + artifact.Path)
	}
	return string(artifact.Kind)
}

// printSelectionsJSON prints one object for one target, and an array for several.
func (a *app) printSelectionsJSON(selections []*selection.Selection) error {
	if len(selections) == 1 {
		return a.printJSON(selections[0])
	}
	all := make([]json.Marshaler, len(selections))
	for i, s := range selections {
		all[i] = s
	}
	return a.printJSON(all)
}

func (a *app) explain(cmd *cobra.Command, selections []*selection.Selection, text string) error {
	wanted, err := name.Parse(text)
	if err != nil {
		return usagef(cmd, "--explain %q: %w", text, err)
	}
	for i, s := range selections {
		if i > 0 {
			fmt.Fprintln(a.stdout)
		}
		if err := a.explainOne(s, wanted); err != nil {
			return err
		}
	}
	return nil
}

func (a *app) explainOne(s *selection.Selection, wanted name.Name) error {
	known := false
	for _, p := range s.Packages {
		if p.Name == wanted {
			known = true
			a.explainTaken(s, p)
		}
	}
	for _, p := range s.PassedOver {
		if p.Package.Name == wanted {
			known = true
			fmt.Fprintf(a.stdout, "%s %s is not taken for %s: %s\n", p.Package.Name, p.Package.Version, s.Target, printable(p.Reason.String()))
		}
	}
	if !known {
		return fmt.Errorf("the lock holds no package %q", wanted)
	}
	return nil
}

func (a *app) explainTaken(s *selection.Selection, p *selection.Package) {
	fmt.Fprintf(a.stdout, "%s %s is taken for %s\n", p.Name, p.Version, s.Target)
	fmt.Fprintln(a.stdout, "\nbrought in by")
	for _, step := range p.Because {
		fmt.Fprintf(a.stdout, "  %s\n", printable(stepText(step)))
	}
	if others := len(p.Requirements); others > 1 {
		fmt.Fprintln(a.stdout, "\nasked for by")
		for _, step := range p.Requirements {
			fmt.Fprintf(a.stdout, "  %s\n", printable(stepText(step)))
		}
	}
	fmt.Fprintln(a.stdout, "\nfiles, best first")
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	for _, c := range p.Candidates() {
		fmt.Fprintf(w, "  %s\t%s\n", artifactLabel(c.Artifact), printable(c.Reason.String()))
	}
	_ = w.Flush()
}

// stepText is an edge as a sentence: "web -> fastapi[standard] >=0.115 ; marker (group dev, poetry.lock:12)".
func stepText(step selection.Step) string {
	text := step.From + " -> " + step.To
	if c := step.Constraint.String(); c != "" && c != "*" {
		text += " " + c
	}
	if step.Marker != "" {
		text += " ; " + step.Marker
	}
	if step.Group != "" {
		text += fmt.Sprintf(" (group %s)", step.Group)
	}
	if step.Extra != "" {
		text += fmt.Sprintf(" (extra %s)", step.Extra)
	}
	return text
}
