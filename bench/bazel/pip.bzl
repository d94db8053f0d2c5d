"""What ofiuco is timed beside: pip in repository rules, one for each package, as rules_python has it."""

def _package_impl(rctx):
    rctx.file("requirement.txt", rctx.attr.requirement + "\n")
    arguments = [
        str(rctx.attr.python),
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--no-cache-dir",
        "--no-compile",
        "--no-deps",
        "--no-index",
        "--only-binary=:all:",
        "--require-hashes",
        "--target=site",
        "--find-links=" + rctx.attr.wheels,
        "--requirement=requirement.txt",
    ]
    result = rctx.execute(arguments + rctx.attr.arguments.split(" "))
    if result.return_code:
        fail("pip install %s: %s" % (rctx.attr.requirement, result.stderr))
    rctx.file("BUILD.bazel", """\
py_library(
    name = "package",
    srcs = glob(["site/**/*.py"], allow_empty = True),
    data = glob(["site/**"], exclude = ["site/**/*.py", "site/**/* *"]),
    imports = ["site"],
    visibility = ["//visibility:public"],
)
""")

_package = repository_rule(
    implementation = _package_impl,
    attrs = {
        "arguments": attr.string(doc = "More arguments of pip."),
        "python": attr.string(doc = "The path of a Python that has pip."),
        "requirement": attr.string(doc = "A line of requirements.txt."),
        "wheels": attr.string(doc = "URL of a page of wheels."),
    },
)

def _hub_impl(rctx):
    rctx.file("BUILD.bazel", """\
py_library(
    name = "all",
    deps = {},
    visibility = ["//visibility:public"],
)
""".format(repr([str(label) for label in rctx.attr.packages])))

_hub = repository_rule(
    implementation = _hub_impl,
    attrs = {"packages": attr.label_list(doc = "The packages.")},
)

def _pip_impl(mctx):
    for module in mctx.modules:
        for tag in module.tags.install:
            packages = []
            for line in mctx.read(tag.requirements).splitlines():
                name = "%s_%s" % (tag.name, line.partition("==")[0])
                _package(name = name, arguments = tag.arguments, python = tag.python, requirement = line, wheels = tag.wheels)
                packages.append("@%s//:package" % name)
            _hub(name = tag.name, packages = packages)

pip = module_extension(
    implementation = _pip_impl,
    tag_classes = {
        "install": tag_class(attrs = {
            "arguments": attr.string(doc = "More arguments of pip."),
            "name": attr.string(doc = "The hub's name."),
            "python": attr.string(doc = "The path of a Python that has pip."),
            "requirements": attr.label(doc = "Pinned requirements with hashes, one a line."),
            "wheels": attr.string(doc = "URL of a page of wheels."),
        }),
    },
)

_ZIP = """\
import sys, zipfile
with zipfile.ZipFile(sys.argv[2], "w", zipfile.ZIP_DEFLATED) as archive:
    for line in open(sys.argv[1]):
        path, name = line.rstrip("\\n").split("\\t")
        archive.write(path, name)
"""

def _pip_zip_impl(ctx):
    output = ctx.actions.declare_file(ctx.label.name + ".zip")
    script = ctx.actions.declare_file(ctx.label.name + ".py")
    names = ctx.actions.declare_file(ctx.label.name + ".txt")
    files = ctx.attr.target[DefaultInfo].default_runfiles.files.to_list()
    ctx.actions.write(script, _ZIP)
    ctx.actions.write(names, "".join(["%s\t%s\n" % (file.path, file.short_path.partition("/site/")[2] or file.basename) for file in files]))
    ctx.actions.run_shell(
        command = '/usr/bin/python3 "$@"',
        arguments = [script.path, names.path, output.path],
        inputs = files + [script, names],
        outputs = [output],
    )
    return [DefaultInfo(files = depset([output]))]

pip_zip = rule(
    implementation = _pip_zip_impl,
    doc = "Packs a library as rules_pkg does: in Python, with zipfile.",
    attrs = {"target": attr.label(doc = "The library.", mandatory = True)},
)
