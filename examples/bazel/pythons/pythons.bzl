"""Toolchains of the Pythons of this machine: those on PATH, and pyenv's. A project of its own takes rules_python's toolchains."""

VERSIONS = ["3.10", "3.11", "3.12"]

_TOOLCHAIN = """
py_runtime(
    name = "python{name}",
    interpreter_path = "{path}",
    python_version = "PY3",
)

py_runtime_pair(
    name = "pair{name}",
    py3_runtime = ":python{name}",
)

toolchain(
    name = "toolchain{name}",
    target_compatible_with = ["{constraint}"],
    toolchain = ":pair{name}",
    toolchain_type = "@bazel_tools//tools/python:toolchain_type",
)
"""

def _path_of(rctx, version):
    found = rctx.which("python" + version)
    if found and not str(found).endswith("/shims/python" + version):
        return str(found)
    root = rctx.os.environ.get("PYENV_ROOT") or rctx.os.environ.get("HOME", "") + "/.pyenv"
    versions = rctx.path(root + "/versions")
    for folder in versions.readdir() if versions.exists else []:
        if folder.basename.startswith(version + ".") and folder.get_child("bin").get_child("python3").exists:
            return str(folder.get_child("bin").get_child("python3"))
    return None

def _local_pythons_impl(rctx):
    text = 'load("@bazel_tools//tools/python:toolchain.bzl", "py_runtime_pair")\n'
    for version in VERSIONS:
        path = _path_of(rctx, version)
        if path:
            text += _TOOLCHAIN.format(
                constraint = str(Label("@ofiuco//platforms:python" + version)),
                name = version.replace(".", ""),
                path = path,
            )
    rctx.file("BUILD.bazel", text)

local_pythons = repository_rule(
    implementation = _local_pythons_impl,
    doc = "Finds Pythons, and declares a toolchain for each, for platforms with its constraint.",
    environ = ["HOME", "PATH", "PYENV_ROOT"],
    local = True,
)
