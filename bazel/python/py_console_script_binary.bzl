"""The macro `py_console_script_binary`: a program of a package, such as ruff or pytest, as a target to run."""

load("//python/private:console_script.bzl", "console_script")

def py_console_script_binary(name, pkg, script = None, binary_rule = None, deps = [], **kwargs):
    """Declares a py_binary that runs a program which a package brings along, with the package and deps.

    Args:
      name: name of the target.
      pkg: label of the package, such as `@poetry//:ruff`.
      script: the program's name, an entry point or a file that is installed in `bin`; the default is name.
      binary_rule: the rule that makes the program; the default is Bazel's own py_binary. Where there is none, from Bazel 9 on, it
        must be given: the one of `@rules_python//python:defs.bzl`.
      deps: what the program also imports, such as its plug-ins.
      **kwargs: attributes of the py_binary.
    """
    binary = binary_rule or getattr(native, "py_binary", None)
    if not binary:
        fail("%s: this Bazel has no py_binary of its own: give binary_rule = py_binary of @rules_python//python:defs.bzl" % name)
    main = name + ".main.py"
    console_script(
        name = "_%s_main" % name,
        out = main,
        pkg = pkg,
        script = script or name,
        tags = ["manual"],
        visibility = ["//visibility:private"],
    )
    binary(
        name = name,
        srcs = [main],
        main = main,
        deps = [pkg] + deps,
        **kwargs
    )
