package main

import (
	"bufio"
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ofiuco/ofiuco/image"
	"github.com/ofiuco/ofiuco/internal/atomicfile"
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
	t, err := in.Target.target()
	if err != nil {
		return err
	}
	whole, closeAll, err := in.tree(t)
	defer closeAll()
	if err != nil {
		return err
	}
	out, err := atomicfile.Create(in.Output, 0o666)
	if err != nil {
		return fmt.Errorf("writing the layer: %w", err)
	}
	defer out.Close()
	write := image.WriteLayer
	if strings.HasSuffix(in.Output, ".tar") {
		write = image.WriteTar
	}
	buffer := bufio.NewWriterSize(out, 1<<20)
	err = write(ctx, buffer, whole)
	if err == nil {
		err = buffer.Flush()
	}
	if err == nil {
		err = out.Commit()
	}
	if err != nil {
		return fmt.Errorf("writing the layer: %w", err)
	}
	return nil
}
