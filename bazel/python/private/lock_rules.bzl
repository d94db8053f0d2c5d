"""Rules that have the project's own Poetry or uv write its lock, and tests that fail when the lock is stale.

The program of both is ofiuco itself, so that they need no shell. The macros give it its arguments.
"""

load("//ofiuco:toolchain.bzl", "OFIUCO_TOOLCHAIN")

_ATTRS = {
    "lock": attr.label(
        allow_single_file = [".lock"],
        doc = "The lock file. An empty file stands for one that is not written yet.",
        mandatory = True,
    ),
    "toml": attr.label(allow_single_file = [".toml"], doc = "The project's pyproject.toml.", mandatory = True),
}

def _program(ctx, command, instructions, files = []):
    """An executable that is ofiuco, beside the instructions that its arguments name; see lock_macro."""
    ofiuco = ctx.toolchains[OFIUCO_TOOLCHAIN].ofiuco
    program = ctx.actions.declare_file(ctx.label.name + (".exe" if ofiuco.extension == "exe" else ""))
    ctx.actions.symlink(output = program, target_file = ofiuco, is_executable = True)
    file = ctx.actions.declare_file("_ofiuco/%s.%s.json" % (ctx.label.name, command))
    ctx.actions.write(file, json.encode(instructions))
    return DefaultInfo(
        executable = program,
        files = depset([program]),
        runfiles = ctx.runfiles(files = [file, ctx.file.lock, ctx.file.toml] + files),
    )

def _lock_impl(ctx):
    for file in [ctx.file.lock, ctx.file.toml]:
        if not file.is_source or file.short_path.startswith("../"):
            fail("%s: %s must be a file of the main repository: only there can it be written" % (ctx.label, file.short_path))
    for kind in ["poetry", "uv"]:
        if ctx.file.lock.basename == kind + ".lock" and kind != ctx.attr.kind:
            fail("%s: %s does not write %s: take the rule for %s" % (ctx.label, ctx.attr.kind, ctx.file.lock.short_path, kind))
    tool = ctx.executable.tool
    info = _program(ctx, "lock", {
        "tool": ctx.attr.kind,
        "program": tool.short_path if tool else "",
        "pyproject": ctx.file.toml.short_path,
        "lock": ctx.file.lock.short_path,
        "versions": ctx.attr.versions,
    }, [tool] if tool else [])
    if not tool:
        return [info]
    return [DefaultInfo(
        executable = info.files.to_list()[0],
        runfiles = info.default_runfiles.merge(ctx.attr.tool[DefaultInfo].default_runfiles),
    )]

write_lock = rule(
    implementation = _lock_impl,
    doc = "Has the project's own tool write its lock, in the workspace, when it is run.",
    attrs = dict({
        "kind": attr.string(doc = "The tool.", mandatory = True, values = ["poetry", "uv"]),
        "tool": attr.label(
            allow_files = True,
            cfg = "exec",
            doc = "The tool's program; the default is the one in PATH.",
            executable = True,
        ),
        "versions": attr.string(
            doc = "What becomes of the versions in the lock: \"keep\" or \"newest\"; \"\" leaves it to the tool.",
            values = ["", "keep", "newest"],
        ),
    }, **_ATTRS),
    executable = True,
    toolchains = [OFIUCO_TOOLCHAIN],
)

def _lock_test_impl(ctx):
    return [_program(ctx, "check", {
        "lock": ctx.file.lock.short_path,
        "pyproject": ctx.file.toml.short_path,
        "target": ctx.attr.target,
    })]

lock_test = rule(
    implementation = _lock_test_impl,
    doc = "Fails when a lock was not made for pyproject.toml as it is now.",
    attrs = dict({"target": attr.string(doc = "The label of the target that writes the lock, for the message.")}, **_ATTRS),
    test = True,
    toolchains = [OFIUCO_TOOLCHAIN],
)

def _instructions_path(name, command):
    """Where _program puts the instructions, relative to the working directory of programs and tests."""
    package = native.package_name()
    return "%s_ofiuco/%s.%s.json" % (package + "/" if package else "", name, command)

def lock_macro(name, kind, toml, lock, versions, tool, **kwargs):
    """Declares the target that writes a lock, and its test.

    Args:
      name: of the target; the test's is `<name>_test`.
      kind: "poetry" or "uv".
      toml: label of pyproject.toml.
      lock: label of the lock.
      versions: see write_lock.
      tool: see write_lock.
      **kwargs: attributes that all targets have.
    """
    arguments = kwargs.pop("args", [])
    write_lock(
        name = name,
        args = ["bazel", "lock", _instructions_path(name, "lock")] + arguments,
        kind = kind,
        lock = lock,
        toml = toml,
        tool = tool,
        versions = versions,
        **kwargs
    )
    test = name + "_test"
    lock_test(
        name = test,
        size = "small",
        args = ["bazel", "check", _instructions_path(test, "check")],
        lock = lock,
        target = "//%s:%s" % (native.package_name(), name),
        toml = toml,
        **kwargs
    )
