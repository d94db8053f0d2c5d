package main

import "github.com/spf13/cobra"

// bazelCommand is what the rules of @ofiuco run; people need none of it.
func (a *app) bazelCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "bazel", Short: "What the Bazel rules run", Hidden: true, Args: noArguments}
	cmd.AddCommand(a.bazelBuildfileCommand(), a.bazelFetchCommand(), a.bazelInstallCommand(), a.bazelZipCommand())
	return cmd
}
