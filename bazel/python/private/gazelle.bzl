"""Which package a module comes of, for Gazelle."""

load("//ofiuco:toolchain.bzl", "OFIUCO_TOOLCHAIN", "run_ofiuco")

def _modules_mapping_impl(ctx):
    output = ctx.actions.declare_file(ctx.attr.modules_mapping_name)
    run_ofiuco(
        ctx,
        "modules",
        {
            "wheels": [wheel.path for wheel in ctx.files.wheels],
            "exclude_patterns": ctx.attr.exclude_patterns,
            "include_stub_packages": ctx.attr.include_stub_packages,
            "output": output.path,
        },
        inputs = depset(ctx.files.wheels),
        outputs = [output],
        progress_message = "Reading the modules of %s" % ctx.label,
    )
    return [DefaultInfo(files = depset([output]), runfiles = ctx.runfiles(files = [output]))]

modules_mapping = rule(
    implementation = _modules_mapping_impl,
    doc = "Writes as JSON which package a module comes of, for the `modules_mapping` of gazelle_python_manifest. The wheels are " +
          "those of the target platform: what is not there is not in it. Of packages that have the same module the last one counts.",
    attrs = {
        "exclude_patterns": attr.string_list(
            default = ["^_|(\\._)+"],
            doc = "Regular expressions (RE2) of modules that are left out, by any part of their dotted names.",
        ),
        "include_stub_packages": attr.bool(
            doc = "Whether packages of type stubs, `types_*`, `*_types`, `stubs_*` and `*_stubs`, are in it under their own names.",
        ),
        "modules_mapping_name": attr.string(default = "modules_mapping.json", doc = "The file's name."),
        "wheels": attr.label_list(
            allow_files = True,
            doc = "The wheels, such as `all_whl_requirements` of the hub's `requirements.bzl`.",
            mandatory = True,
        ),
    },
    toolchains = [OFIUCO_TOOLCHAIN],
)
