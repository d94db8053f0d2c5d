"""The toolchain that holds the ofiuco binary, which all actions run."""

# As a string, since Bazel 4 takes no Label here.
OFIUCO_TOOLCHAIN = str(Label("//ofiuco:toolchain_type"))

def _ofiuco_toolchain_impl(ctx):
    return [platform_common.ToolchainInfo(ofiuco = ctx.executable.binary)]

ofiuco_toolchain = rule(
    implementation = _ofiuco_toolchain_impl,
    doc = "Declares an ofiuco binary, to be named by a `toolchain` of the type `@ofiuco//ofiuco:toolchain_type`.",
    attrs = {
        "binary": attr.label(
            doc = "The binary for the execution platform.",
            allow_single_file = True,
            cfg = "exec",
            executable = True,
            mandatory = True,
        ),
    },
)

def run_ofiuco(ctx, command, instructions, **kwargs):
    """Registers the action `ofiuco bazel COMMAND INSTRUCTIONS`.

    Args:
      ctx: a rule's context, whose rule names OFIUCO_TOOLCHAIN among its toolchains.
      command: the plumbing command: "fetch", "build", "install", "zip", "venv", "layer", "image", "tarball", "modules" or "script".
      instructions: dict of what the command is told; its paths are those of the inputs and outputs.
      **kwargs: passed to ctx.actions.run. `name` names the instructions' file; the default is the target's name.
    """
    name = kwargs.pop("name", ctx.label.name)
    file = ctx.actions.declare_file("_ofiuco/%s.%s.json" % (name, command))
    ctx.actions.write(file, json.encode(instructions))
    kwargs["inputs"] = depset([file], transitive = [kwargs.pop("inputs", depset())])
    if hasattr(ctx.label, "repo_name"):  # from Bazel 7.1 on
        # With --incompatible_auto_exec_groups an action says whose execution platform it runs on.
        kwargs["toolchain"] = OFIUCO_TOOLCHAIN
    ctx.actions.run(
        executable = ctx.toolchains[OFIUCO_TOOLCHAIN].ofiuco,
        arguments = ["bazel", command, file.path],
        mnemonic = "Ofiuco" + command.capitalize(),
        **kwargs
    )
