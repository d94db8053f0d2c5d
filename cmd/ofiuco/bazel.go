package main

import "github.com/spf13/cobra"

// bazelCommand is what the rules of @ofiuco run; people need none of it.
func (a *app) bazelCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "bazel", Short: "What the Bazel rules run", Hidden: true, Args: noArguments, RunE: func(cmd *cobra.Command, _ []string) error {
		return usagef(cmd, "ofiuco bazel is run by the rules of @ofiuco, with a subcommand")
	}}
	cmd.AddCommand(
		a.bazelBuildfileCommand(), a.bazelFetchCommand(), a.bazelBuildCommand(), a.bazelInstallCommand(), a.bazelZipCommand(), a.bazelVenvCommand(),
		a.bazelLayerCommand(), a.bazelImageCommand(), a.bazelTarballCommand(), a.bazelPushCommand(), a.bazelModulesCommand(),
		a.bazelScriptCommand(), a.bazelCheckCommand(), a.bazelLockCommand(),
	)
	return cmd
}
