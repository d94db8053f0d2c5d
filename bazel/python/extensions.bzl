"""Module extensions: a hub repository for each lock file.

    poetry = use_extension("@ofiuco//python:extensions.bzl", "poetry")
    poetry.parse(name = "poetry", lock = "//:poetry.lock")
    use_repo(poetry, "poetry")
"""

load("//python/private:lock_parser.bzl", "LOCK_ATTRS", "parse_lock")

def _declare(mctx, tags_of):
    """Declares the repository of every tag, and gives the extension's metadata; tags_of gives a module's tags."""
    owners = {}
    for module in mctx.modules:
        for tag in tags_of(module):
            if tag.name in owners:
                fail("modules %s and %s both name a hub %r: give one of them another name, and use_repo it as %s = \"…\"" % (
                    owners[tag.name],
                    module.name,
                    tag.name,
                    tag.name,
                ))
            owners[tag.name] = module.name or "(root)"
            parse_lock(name = tag.name, hub = tag.name, **{attribute: getattr(tag, attribute) for attribute in LOCK_ATTRS})

    # The tags are all there is to it, so that MODULE.bazel.lock need not hold its answer. Bazel before 7.1 can't be told.
    return mctx.extension_metadata(reproducible = True) if hasattr(mctx, "watch") else None

def _parses(module):
    return module.tags.parse

def _locks(module):
    return module.tags.lock

def _poetry_impl(mctx):
    return _declare(mctx, _parses)

def _parse_impl(mctx):
    return _declare(mctx, _locks)

_TAG = tag_class(
    doc = "A lock file and the hub repository made of it.",
    attrs = dict({"name": attr.string(doc = "The repository's name, for use_repo.", mandatory = True)}, **LOCK_ATTRS),
)

poetry = module_extension(
    implementation = _poetry_impl,
    doc = "Lock files as hub repositories: `poetry.parse`.",
    tag_classes = {"parse": _TAG},
)

parse = module_extension(
    implementation = _parse_impl,
    doc = "The same as `poetry`, in the words that came with 0.6: `parse.lock`.",
    tag_classes = {"lock": _TAG},
)
