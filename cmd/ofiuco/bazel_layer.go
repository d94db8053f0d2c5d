package main

import (
	"bufio"
	"context"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ofiuco/ofiuco/image"
	"github.com/ofiuco/ofiuco/internal/atomicfile"
	"github.com/ofiuco/ofiuco/tree"
)

// layerInstructions say what goes into a layer of an image.
type layerInstructions struct {
	Output string       `json:"output"` // compressed, unless it ends in .tar
	Target actionTarget `json:"target"`
	placedContent
}

func (a *app) bazelLayerCommand() *cobra.Command {
	return actionCommand("layer", "Write a layer of an OCI image of wheels and first-party files", a.writeLayer)
}

func (a *app) writeLayer(ctx context.Context, in *layerInstructions) error {
	write := image.WriteLayer
	if strings.HasSuffix(in.Output, ".tar") {
		write = image.WriteTar
	}
	return in.writeFile("the layer", in.Output, in.Target, func(out *atomicfile.File, whole tree.Tree) error {
		buffer := bufio.NewWriterSize(out, 1<<20)
		if err := write(ctx, buffer, whole); err != nil {
			return err
		}
		return buffer.Flush()
	})
}
