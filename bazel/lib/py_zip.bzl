"""Zips of Python programs and libraries with the packages of locks, such as AWS Lambda functions."""

load("@ofiuco_config//:python.bzl", "PY_INFOS")
load("//lib/private:contents.bzl", "first_party")
load("//lib/private:packages_aspect.bzl", "OfiucoContentsInfo", "packages_aspect")
load("//lib/private:paths.bzl", "runfiles_path", "stripped")
load("//lib/private:transition.bzl", "PLATFORM_ATTRS", "platform_transition")
load("//ofiuco:toolchain.bzl", "OFIUCO_TOOLCHAIN", "run_ofiuco")
load("//python/private:environment.bzl", "environment_of")  # buildifier: disable=bzl-visibility
load("//python/private:providers.bzl", "OfiucoEnvironmentInfo")  # buildifier: disable=bzl-visibility

# What `python file.zip` runs: the program's first file, with the import paths that Bazel gives it.
_MAIN = """import os, runpy, sys

here = os.path.dirname(os.path.abspath(__file__))
sys.path[:1] = [here + "/" + path for path in {imports}]
runpy.run_path(here + "/" + {main}, run_name="__main__")
"""

def _imports_of(target, workspace):
    """The entries of sys.path of a target, relative to the runfiles' root."""
    for info in PY_INFOS:
        if info in target:
            return [workspace] + target[info].imports.to_list()
    return [workspace]

def _py_zip_impl(ctx, output, json_file):
    target = ctx.attr.target[0] if type(ctx.attr.target) == "list" else ctx.attr.target
    environment = environment_of(ctx)
    info = ctx.attr._environment
    runtime = (info[0] if type(info) == "list" else info)[OfiucoEnvironmentInfo].runtime
    contents = target[OfiucoContentsInfo]
    packages = contents.packages.to_list()
    flat = ctx.attr.layout == "flat"
    prefix = ctx.attr.strip_prefix or target.label.package

    files, inputs = [], [package.wheel for package in packages]
    for file in first_party(target, packages, runtime):
        name = runfiles_path(file, ctx.workspace_name)
        entry = {"path": file.path, "name": stripped(name, ctx.workspace_name, prefix) if flat else name}
        if not file.is_source:
            entry["executable"] = False  # Bazel makes all that it builds executable.
        files.append(entry)
        inputs.append(file)
    imports = [] if flat else _imports_of(target, ctx.workspace_name)
    if contents.main:
        name = runfiles_path(contents.main, ctx.workspace_name)
        main = ctx.actions.declare_file("_ofiuco/%s.main.py" % ctx.label.name)
        ctx.actions.write(main, _MAIN.format(
            imports = json.encode(imports or [""]),
            main = json.encode(stripped(name, ctx.workspace_name, prefix) if flat else name),
        ))
        files.append({"path": main.path, "name": "__main__.py", "executable": False})
        inputs.append(main)
    run_ofiuco(
        ctx,
        "zip",
        {
            "output": output.path,
            "target": {"tag": environment.tag, "python": environment.python},
            "wheels": [{"dir": package.wheel.path, "prefix": "" if flat else package.prefix} for package in packages],
            "files": files,
            "exclude": ctx.attr.exclude,
            "shebang": ctx.attr.shebang,
        },
        inputs = depset(inputs),
        outputs = [output],
        progress_message = "Zipping %s for %s" % (ctx.label, environment.tag),
    )
    ctx.actions.write(json_file, json.encode({"environment": {"PYTHONPATH": ":".join(imports)}}))

def _seed_impl(ctx):
    output = ctx.actions.declare_file(ctx.label.name + ".zip")
    json_file = ctx.actions.declare_file(ctx.label.name + ".json")
    _py_zip_impl(ctx, output, json_file)
    return [
        DefaultInfo(files = depset([output, json_file])),
        OutputGroupInfo(all_files = depset([output, json_file])),
    ]

def _named_impl(ctx):
    output = ctx.actions.declare_file(ctx.label.name)
    json_file = ctx.actions.declare_file(ctx.label.name + ".json")
    _py_zip_impl(ctx, output, json_file)
    return [
        DefaultInfo(files = depset([output])),
        OutputGroupInfo(all = depset([output, json_file]), json = depset([json_file])),
    ]

_ATTRS = dict(PLATFORM_ATTRS, **{
    "exclude": attr.string_list(
        doc = "Patterns of paths in the zip that are left out, as whole texts: `*` and `?` do not cross `/`, `**` does.",
    ),
    "layout": attr.string(
        default = "runfiles",
        doc = "\"runfiles\": files lie as under the runfiles' root, `<repository>/<path>`, and the JSON file says with which " +
              "PYTHONPATH they are imported. \"flat\": packages and files lie side by side at the root, as `ofiuco zip` " +
              "writes them, and need none.",
        values = ["flat", "runfiles"],
    ),
    "shebang": attr.string(doc = "First line of the zip, such as `#!/usr/bin/env python3`; none by default."),
    "strip_prefix": attr.string(
        doc = "With layout \"flat\": the folder of the main repository whose contents go to the root; the default is the " +
              "package of the target.",
    ),
    "target": attr.label(
        aspects = [packages_aspect],
        cfg = platform_transition,
        doc = "The library or program to pack, with all that it depends on.",
        mandatory = True,
    ),
})

py_zip = rule(
    implementation = _seed_impl,
    doc = "Packs a Python target into `<name>.zip`. `<name>.json` beside it has the PYTHONPATH.",
    attrs = _ATTRS,
    toolchains = [OFIUCO_TOOLCHAIN],
)

py_zip_named = rule(
    implementation = _named_impl,
    doc = "Packs a Python target into a zip of exactly the name of the rule. The JSON file with the PYTHONPATH is in the output group `json`.",
    attrs = _ATTRS,
    toolchains = [OFIUCO_TOOLCHAIN],
)
