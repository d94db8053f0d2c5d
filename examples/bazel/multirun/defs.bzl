"""A stand-in for rules_multirun, with as much of it as the examples use. A project has the real one: `bazel_dep(name = "rules_multirun", …)`."""

def _quoted(text):
    return "'" + text.replace("'", "'\\''") + "'"

def _command_impl(ctx):
    executable = ctx.attr.command[0][DefaultInfo].files_to_run.executable
    script = ctx.actions.declare_file(ctx.label.name + ".bash")
    words = ["exec", _quoted("./" + executable.short_path)] + [_quoted(argument) for argument in ctx.attr.arguments] + ['"$@"']
    ctx.actions.write(script, "#!/usr/bin/env bash\n" + " ".join(words) + "\n", is_executable = True)
    runfiles = ctx.runfiles(files = [executable]).merge(ctx.attr.command[0][DefaultInfo].default_runfiles)
    return [DefaultInfo(executable = script, files = depset([script]), runfiles = runfiles)]

def command_with_transition(cfg):
    """A rule that runs another target's program, built in another configuration.

    Args:
      cfg: the transition to that configuration.

    Returns:
      rule, with the attributes `command` and `arguments`.
    """
    return rule(
        implementation = _command_impl,
        attrs = {
            "arguments": attr.string_list(),
            "command": attr.label(cfg = cfg, mandatory = True),
            "_allowlist_function_transition": attr.label(default = "@bazel_tools//tools/allowlists/function_transition_allowlist"),
        },
        executable = True,
    )
