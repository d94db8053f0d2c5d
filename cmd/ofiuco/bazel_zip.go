package main

import (
	"context"
	"io"

	"github.com/spf13/cobra"

	"github.com/ofiuco/ofiuco/internal/atomicfile"
	"github.com/ofiuco/ofiuco/tree"
	"github.com/ofiuco/ofiuco/zipfile"
)

// zipInstructions say what goes into a zip.
type zipInstructions struct {
	Output string       `json:"output"`
	Target actionTarget `json:"target"`
	placedContent
	Shebang string `json:"shebang"` // first line of the file, "" for none
}

func (a *app) bazelZipCommand() *cobra.Command {
	return actionCommand("zip", "Write a zip of wheels and first-party files", a.zipContents)
}

func (a *app) zipContents(ctx context.Context, in *zipInstructions) error {
	return in.writeFile("the zip", in.Output, in.Target, func(out *atomicfile.File, whole tree.Tree) error {
		plan, err := zipfile.NewPlan(ctx, whole, a.workers())
		if err == nil {
			err = in.checkSize(plan)
		}
		if err != nil {
			return err
		}
		var to io.WriterAt = out
		if in.Shebang != "" {
			// Readers find a zip by its end, and so pass over what stands before it.
			line := in.Shebang + "\n"
			if _, err := out.WriteAt([]byte(line), 0); err != nil {
				return err
			}
			to = io.NewOffsetWriter(out, int64(len(line)))
		}
		return plan.WriteAt(ctx, to, a.workers(), nil)
	})
}

// checkSize refuses a zip that the target's runtime would not unpack.
func (in *zipInstructions) checkSize(plan *zipfile.Plan) error {
	t, err := in.Target.target()
	if err != nil || t.Runtime() == nil {
		return err
	}
	report := plan.Report(0)
	owners := make([]ownerSize, len(report.Owners))
	for i, o := range report.Owners {
		owners[i] = ownerSize{Name: o.Owner, Unzipped: o.Unzipped}
	}
	if err := tooLarge(report.Unzipped, t.Runtime(), owners); err != nil {
		err.Hint = "leave files out with exclude, put packages into a layer of AWS Lambda, or ship an image instead"
		return err
	}
	return nil
}
