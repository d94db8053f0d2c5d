"""Which packages of locks a target needs, through the libraries and programs between."""

load("//python/private:providers.bzl", "OfiucoInfo")  # buildifier: disable=bzl-visibility

OfiucoContentsInfo = provider(
    doc = "What an output of a target is made of. Read by py_zip, py_venv, py_layer and py_image.",
    fields = {
        "main": "File: the program's first file; None when the target is none.",
        "packages": "depset of structs, as of OfiucoInfo.",
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
    """The file that a program runs: of a py_binary the one it names, else the one with its name, else its first one."""
    if ctx.rule.kind not in ["py_binary", "py_test"]:
        mains = [contents.main for contents in _contents_along(ctx, _STAND_INS) if contents.main]
        return mains[0] if mains else None
    main = getattr(ctx.rule.files, "main", None)
    if main:
        return main[0]
    sources = getattr(ctx.rule.files, "srcs", None) or [None]
    named = [file for file in sources if file and file.basename == ctx.rule.attr.name.rpartition("/")[2] + ".py"]
    return (named or sources)[0]

def _packages_aspect_impl(target, ctx):
    if OfiucoInfo in target:
        return [OfiucoContentsInfo(main = None, packages = target[OfiucoInfo].packages)]
    return [OfiucoContentsInfo(
        main = _main_of(ctx),
        packages = depset(transitive = [contents.packages for contents in _contents_along(ctx, _EDGES)]),
    )]

packages_aspect = aspect(
    implementation = _packages_aspect_impl,
    doc = "Collects the packages that a target needs at run time.",
    attr_aspects = _EDGES,
    provides = [OfiucoContentsInfo],
)
