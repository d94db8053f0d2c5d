"""Which packages of locks a target needs, through the libraries and programs between."""

load("//python/private:providers.bzl", "OfiucoInfo")  # buildifier: disable=bzl-visibility

OfiucoContentsInfo = provider(
    doc = "What an output of a target is made of. Read by py_zip, py_venv and py_layer.",
    fields = {
        "main": "File: the program's first file; None when the target is none.",
        "packages": "depset of structs, as of OfiucoInfo.",
    },
)

_EDGES = ["deps", "data", "actual", "target", "srcs"]

def _main_of(ctx):
    """The file that a py_binary runs: the one it names, else the one with its name, else its only one."""
    main = getattr(ctx.rule.files, "main", None) or []
    if not main:
        sources = getattr(ctx.rule.files, "srcs", None) or []
        main = [file for file in sources if file.basename == ctx.rule.attr.name.rpartition("/")[2] + ".py"] or sources
    return main[0] if main else None

def _packages_aspect_impl(target, ctx):
    found = []
    if OfiucoInfo in target:
        found.append(target[OfiucoInfo].packages)
    else:
        for edge in _EDGES:
            deps = getattr(ctx.rule.attr, edge, None)
            for dep in deps if type(deps) == "list" else [deps]:
                if type(dep) == "Target" and OfiucoContentsInfo in dep:
                    found.append(dep[OfiucoContentsInfo].packages)
    executable = ctx.rule.kind in ["py_binary", "py_test"]
    return [OfiucoContentsInfo(
        main = _main_of(ctx) if executable else None,
        packages = depset(transitive = found),
    )]

packages_aspect = aspect(
    implementation = _packages_aspect_impl,
    doc = "Collects the packages that a target needs at run time.",
    attr_aspects = _EDGES,
    provides = [OfiucoContentsInfo],
)
