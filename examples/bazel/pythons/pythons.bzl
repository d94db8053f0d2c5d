"""Toolchains of the Pythons of this machine, and their headers: those on PATH, and pyenv's. A project of its own takes rules_python's
toolchains, whose Pythons are files that Bazel hands on, as one of those here is."""

VERSIONS = ["3.10", "3.11", "3.12"]
_DEFAULT_VERSION = "3.12"

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

config_setting(
    name = "is_python{name}",
    constraint_values = ["{constraint}"],
)

cc_library(
    name = "headers{name}",
    hdrs = glob(["include{name}/**"], allow_empty = True),
    includes = ["include{name}"],
)
"""

# For platforms that name no Python, such as Bazel's own for this machine. Its name comes last.
_DEFAULT_TOOLCHAIN = """
toolchain(
    name = "toolchain_default",
    toolchain = ":pair{name}",
    toolchain_type = "@bazel_tools//tools/python:toolchain_type",
)
"""

# A Python of files, as those of rules_python are, for platforms that ask for it. Its name comes first in the list of toolchains.
_FILES_TOOLCHAIN = """
py_runtime(
    name = "python_of_files",
    files = glob(
        ["files/bin/python3*", "files/lib/**"],
        allow_empty = True,
        exclude = ["**/* *", "**/__pycache__/**", "files/lib/python*/site-packages/**", "files/lib/python*/test/**"],
    ),
    interpreter = "files/bin/python{version}",
    python_version = "PY3",
)

py_runtime_pair(
    name = "pair_of_files",
    py3_runtime = ":python_of_files",
)

toolchain(
    name = "files_toolchain",
    target_compatible_with = ["{constraint}", "{files}"],
    toolchain = ":pair_of_files",
    toolchain_type = "@bazel_tools//tools/python:toolchain_type",
)
"""

_HEADERS = """
alias(
    name = "headers",
    actual = select({choices}),
    visibility = ["//visibility:public"],
)
"""

def _path_of(rctx, version):
    found = rctx.which("python" + version)
    if found and not str(found).endswith("/shims/python" + version):
        return found
    root = rctx.os.environ.get("PYENV_ROOT") or rctx.os.environ.get("HOME", "") + "/.pyenv"
    versions = rctx.path(root + "/versions")
    for folder in versions.readdir() if versions.exists else []:
        if folder.basename.startswith(version + ".") and folder.get_child("bin").get_child("python3").exists:
            return folder.get_child("bin").get_child("python3")
    return None

def _local_pythons_impl(rctx):
    text = 'load("@bazel_tools//tools/python:toolchain.bzl", "py_runtime_pair")\n'
    choices = {}
    for version in VERSIONS:
        path = _path_of(rctx, version)
        if not path:
            continue
        name = version.replace(".", "")
        text += _TOOLCHAIN.format(
            constraint = str(Label("@ofiuco//platforms:python" + version)),
            name = name,
            path = path,
        )
        headers = path.dirname.dirname.get_child("include").get_child("python" + version)
        if headers.exists:
            rctx.symlink(headers, "include" + name)
        choices[":is_python" + name] = ":headers" + name
        if version == _DEFAULT_VERSION:
            text += _DEFAULT_TOOLCHAIN.format(name = name)
            choices["//conditions:default"] = ":headers" + name
        if version == _DEFAULT_VERSION and headers.exists:
            rctx.symlink(path.dirname.dirname, "files")
            files = str(Label("//pythons:python_of_files"))
            text += _FILES_TOOLCHAIN.format(
                constraint = str(Label("@ofiuco//platforms:python" + version)),
                # In another repository, Bazel 4 takes a label without one for that repository's.
                files = "@" + files if files.startswith("//") else files,
                version = version,
            )
    rctx.file("BUILD.bazel", text + _HEADERS.format(choices = choices))

local_pythons = repository_rule(
    implementation = _local_pythons_impl,
    doc = "Finds Pythons, and declares a toolchain for each, for platforms with its constraint. `:headers` are those of the platform's.",
    environ = ["HOME", "PATH", "PYENV_ROOT"],
    local = True,
)
