"""The Pythons of this machine, for MODULE.bazel."""

load(":pythons.bzl", "local_pythons")

def _pythons_impl(_mctx):
    local_pythons(name = "pythons")

pythons = module_extension(implementation = _pythons_impl)
