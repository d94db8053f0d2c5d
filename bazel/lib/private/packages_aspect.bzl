"""Which packages of locks a target needs, through the libraries and programs between."""

load("//python/private:providers.bzl", "OfiucoEnvironmentInfo", "OfiucoInfo")  # buildifier: disable=bzl-visibility
load("//python/private:py_info.bzl", "py_info_of")  # buildifier: disable=bzl-visibility

OfiucoContentsInfo = provider(
    doc = "What an output of a target is made of. Read by py_zip, py_venv, py_layer and py_image.",
    fields = {
        "environment": "OfiucoEnvironmentInfo: what the target is built for, whose configuration may be its own: rules_python's " +
                       "py_binary may choose another Python.",
        "packages": "depset of structs, as of OfiucoInfo.",
        "program": "struct: `label` of the program that the target is, `main` (File: its first file; None when there is none) and " +
                   "`module` (string: the module that is run in place of a file); None when the target is no program.",
    },
)

# Attributes of targets that stand for the target itself, in another configuration, say.
_STAND_INS = ["actual", "binary", "target"]
_EDGES = ["data", "deps", "exports", "runtime_deps", "src", "srcs"] + _STAND_INS

def _contents_along(ctx, edges):
    """The contents of the targets that attributes name."""
    found = []
    for edge in edges:
        value = getattr(ctx.rule.attr, edge, None)
        for dep in value if type(value) == "list" else [value]:
            if type(dep) == "Target" and OfiucoContentsInfo in dep:
                found.append(dep[OfiucoContentsInfo])
    return found

def _main_of(ctx):
    """The file that a program runs: the one it names, else the one with its name, else its first one."""
    main = getattr(ctx.rule.files, "main", None)
    if main:
        return main[0]
    sources = getattr(ctx.rule.files, "srcs", None) or [None]
    named = [file for file in sources if file and file.basename == ctx.rule.attr.name.rpartition("/")[2] + ".py"]
    return (named or sources)[0]

def _own_program(target, ctx):
    module = getattr(ctx.rule.attr, "main_module", "")
    return struct(label = target.label, main = None if module else _main_of(ctx), module = module)

def _packages_aspect_impl(target, ctx):
    environment = ctx.attr._environment[OfiucoEnvironmentInfo]
    if OfiucoInfo in target:
        return [OfiucoContentsInfo(environment = environment, packages = target[OfiucoInfo].packages, program = None)]
    program = _own_program(target, ctx) if ctx.rule.kind in ["py_binary", "py_test"] else None
    if not program:
        for contents in _contents_along(ctx, _STAND_INS):
            if contents.program:
                program, environment = contents.program, contents.environment
                break

    # Rules that are made of rules_python's, and others' rules for programs, have names of their own.
    if not program and target[DefaultInfo].files_to_run.executable and py_info_of(target):
        program = _own_program(target, ctx)
    return [OfiucoContentsInfo(
        environment = environment,
        packages = depset(transitive = [contents.packages for contents in _contents_along(ctx, _EDGES)]),
        program = program,
    )]

packages_aspect = aspect(
    implementation = _packages_aspect_impl,
    doc = "Collects the packages that a target needs at run time.",
    attr_aspects = _EDGES,
    attrs = {"_environment": attr.label(default = "//python/private:environment", providers = [OfiucoEnvironmentInfo])},
    provides = [OfiucoContentsInfo],
)
