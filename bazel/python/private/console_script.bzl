"""Programs of packages, as programs of Bazel."""

load("//ofiuco:toolchain.bzl", "OFIUCO_TOOLCHAIN", "run_ofiuco")
load(":providers.bzl", "OfiucoPackageInfo")

def _console_script_impl(ctx):
    package = ctx.attr.pkg[OfiucoPackageInfo]
    if not package.wheel:
        fail("%s: %s is not there on this platform, or is a library of Bazel: it has no programs" % (ctx.label, package.name))
    run_ofiuco(
        ctx,
        "script",
        {"wheel": package.wheel.path, "script": ctx.attr.script, "output": ctx.outputs.out.path},
        inputs = depset([package.wheel]),
        outputs = [ctx.outputs.out],
        progress_message = "Writing what runs %s of %s" % (ctx.attr.script, package.name),
    )

console_script = rule(
    implementation = _console_script_impl,
    doc = "Writes the main file of a program that runs a program of a package.",
    attrs = {
        "out": attr.output(doc = "The file.", mandatory = True),
        "pkg": attr.label(doc = "The package.", mandatory = True, providers = [OfiucoPackageInfo]),
        "script": attr.string(doc = "The program's name.", mandatory = True),
    },
    toolchains = [OFIUCO_TOOLCHAIN],
)
