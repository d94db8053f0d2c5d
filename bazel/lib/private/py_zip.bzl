"""Zips of Python programs and libraries with the packages of locks, such as AWS Lambda functions."""

load("//ofiuco:toolchain.bzl", "OFIUCO_TOOLCHAIN", "run_ofiuco")
load(":contents.bzl", "CONTENTS_ATTRS", "contents_of")

# What Python runs when it is given a zip.
_MAIN = "__main__.py"

def _declare_main(ctx, imports, contents):
    """The file that runs a program of the zip."""
    file = ctx.actions.declare_file("_ofiuco/%s.main.py" % ctx.label.name)
    ctx.actions.expand_template(
        template = ctx.file._main,
        output = file,
        substitutions = {'"%imports%"': json.encode(imports or [""]), '"%main%"': json.encode(contents.main), '"%module%"': json.encode(contents.module)},
    )
    return file

def _write_zip(ctx, output, json_file):
    flat = ctx.attr.layout == "flat"
    contents = contents_of(ctx, flat)
    files, inputs = contents.instructions["files"], contents.inputs
    imports = [] if flat else contents.imports
    if contents.module or contents.main and contents.main != _MAIN:
        main = _declare_main(ctx, imports, contents)
        files = files + [{"path": main.path, "name": _MAIN}]
        inputs = inputs + [main]
    run_ofiuco(
        ctx,
        "zip",
        dict(contents.instructions, output = output.path, files = files, shebang = ctx.attr.shebang),
        inputs = depset(inputs),
        outputs = [output],
        progress_message = "Zipping %s for %s" % (ctx.label, contents.environment.tag),
    )
    separator = ";" if contents.windows else ":"
    ctx.actions.write(json_file, json.encode({"environment": {"PYTHONPATH": separator.join(imports)}}))

def _seed_impl(ctx):
    output = ctx.actions.declare_file(ctx.label.name + ".zip")
    json_file = ctx.actions.declare_file(ctx.label.name + ".json")
    _write_zip(ctx, output, json_file)
    both = depset([output, json_file])
    return [
        DefaultInfo(files = both, runfiles = ctx.runfiles(transitive_files = both)),
        OutputGroupInfo(all_files = both, json = depset([json_file])),
    ]

def _named_impl(ctx):
    output = ctx.actions.declare_file(ctx.label.name)
    json_file = ctx.actions.declare_file(ctx.label.name + ".json")
    _write_zip(ctx, output, json_file)
    return [
        DefaultInfo(files = depset([output]), runfiles = ctx.runfiles(files = [output])),
        OutputGroupInfo(all = depset([output, json_file]), json = depset([json_file])),
    ]

_ATTRS = dict(CONTENTS_ATTRS, **{
    "layout": attr.string(
        default = "runfiles",
        doc = "\"runfiles\": files lie as under the runfiles' root, `<repository>/<path>`, and the JSON file says with which " +
              "PYTHONPATH they are imported. \"flat\": packages and files lie side by side at the root, as `ofiuco zip` " +
              "writes them, and need none.",
        values = ["flat", "runfiles"],
    ),
    "shebang": attr.string(doc = "First line of the zip, such as `#!/usr/bin/env python3`; none by default."),
    "_main": attr.label(allow_single_file = True, default = "//lib/private:zip_main.py"),
})

py_zip = rule(
    implementation = _seed_impl,
    doc = "Packs a Python target, for a platform, into `<name>.zip`. Beside it `<name>.json` has the PYTHONPATH that the zip's " +
          "files are imported with: `{\"environment\": {\"PYTHONPATH\": \"…\"}}`. A program gets a `__main__.py`, so that " +
          "`python <name>.zip` runs it. Output groups: `all_files`, `json`.",
    attrs = _ATTRS,
    toolchains = [OFIUCO_TOOLCHAIN],
)

py_zip_named = rule(
    implementation = _named_impl,
    doc = "Packs a Python target, for a platform, into a zip of exactly the name of the rule. It is `lib.py_zip`; the file with the " +
          "PYTHONPATH, `<name>.json`, is in the output groups `all` and `json` only.",
    attrs = _ATTRS,
    toolchains = [OFIUCO_TOOLCHAIN],
)
