"""The environment of a configuration: its Python, its platform, and so what markers hold and which wheels fit.

A rule that needs it has the attribute of ENVIRONMENT_ATTRS, and calls environment_of. A rule with a transition on the targets it
packs takes theirs, which the aspect of packages_aspect.bzl finds.
"""

load("//platforms:string_flag.bzl", "StringFlagInfo")
load("//platforms:target.bzl", "python_from_path", "target_of")
load("//python/private:providers.bzl", "OfiucoEnvironmentInfo")

PYTHON_TOOLCHAIN = "@bazel_tools//tools/python:toolchain_type"

ENVIRONMENT_ATTRS = {
    "_environment": attr.label(
        default = "//python/private:environment",
        providers = [OfiucoEnvironmentInfo],
    ),
}

def known_environment(ctx, info):
    """What an environment says; fails when it is not known, saying what to do.

    Args:
      ctx: context of the rule that needs it.
      info: OfiucoEnvironmentInfo.

    Returns:
      struct(tag, python, version, triple, marker_env), as target_of of target.bzl gives it.
    """
    if info.error:
        fail("%s: %s" % (ctx.label, info.error))
    return info.target

def environment_of(ctx):
    """The environment of a rule's configuration; fails when it is not known, saying what to do.

    Args:
      ctx: context of a rule with the attribute of ENVIRONMENT_ATTRS.

    Returns:
      struct(tag, python, version, triple, marker_env), as target_of of target.bzl gives it.
    """
    return known_environment(ctx, ctx.attr._environment[OfiucoEnvironmentInfo])

def interpreter_of(ctx):
    """The path of the target's interpreter in a rule's configuration, "" when there is none.

    Args:
      ctx: context of a rule with the attribute of ENVIRONMENT_ATTRS.

    Returns:
      string.
    """
    return ctx.attr._environment[OfiucoEnvironmentInfo].interpreter

def _toolchain_runtime(ctx):
    toolchain = ctx.toolchains[PYTHON_TOOLCHAIN]
    return toolchain.py3_runtime if toolchain else None

def _interpreter(runtime):
    """The path of a runtime's interpreter."""
    if not runtime:
        return ""
    return runtime.interpreter_path or runtime.interpreter.path

# Letters of pre-releases, by sys.version_info.releaselevel.
_RELEASE_LEVELS = {"alpha": "a", "beta": "b", "candidate": "rc"}

def _runtime_python(runtime):
    """The version of a runtime, "" when it does not tell."""
    if not runtime:
        return ""
    info = getattr(runtime, "interpreter_version_info", None)
    if not info or getattr(info, "minor", None) == None:
        return python_from_path(_interpreter(runtime))
    version = "%s.%s" % (info.major, info.minor)
    if getattr(info, "micro", None) != None:
        version += ".%s" % info.micro
        level = _RELEASE_LEVELS.get(getattr(info, "releaselevel", None) or "")
        if level:
            version += "%s%s" % (level, info.serial)
    return version + getattr(runtime, "abi_flags", "")[:1].replace("d", "")

def _python(ctx, constrained, runtime):
    """The Python: of the flag, else of the platform, else of the toolchain, whose full version is kept when it agrees."""
    asked = ctx.attr._python_flag[StringFlagInfo].value or constrained
    known = _runtime_python(runtime)
    free_threaded = asked.endswith("t")
    if not asked or (known.startswith(asked.rstrip("t") + ".") and known.endswith("t") == free_threaded):
        return known
    return asked

_NO_PYTHON = ("the platform %s has no Python toolchain that tells its version: register a Python toolchain for the target platform, or " +
              "name the Python by a constraint such as @ofiuco//platforms:python3.12 or by --@ofiuco//python:version=3.12")

def _is_glibc(text):
    """Whether a text is a version of glibc."""
    major, _, minor = text.partition(".")
    return major == "2" and minor.isdigit()

def _target_environment_impl(ctx):
    facts = {}
    for constraint, fact in ctx.attr.constraints.items():
        if ctx.target_platform_has_constraint(constraint[platform_common.ConstraintValueInfo]):
            key, _, value = fact.partition("=")
            facts[key] = value
    runtime = _toolchain_runtime(ctx)
    asked = struct(
        python = _python(ctx, facts.get("python", ""), None if "runtime" in facts else runtime),
        os = facts.get("os", ""),
        cpu = facts.get("cpu", ""),
        libc = facts.get("libc", ""),
        glibc = ctx.attr._glibc_flag[StringFlagInfo].value or facts.get("glibc", ""),
        macos = facts.get("macos", ""),
        runtime = facts.get("runtime", ""),
    )
    platform = ctx.fragments.platform.platform
    target, error = None, _NO_PYTHON % platform
    if asked.glibc and not _is_glibc(asked.glibc):
        error = "the platform %s: glibc %r is none: say its version, such as --@ofiuco//platforms:glibc_version=2.34" % (platform, asked.glibc)
    elif asked.python:
        target, error = target_of(asked)
        error = "the platform %s: %s" % (platform, error) if error else None
    if target:
        # Of a package's extras each is a target of its own; all extras of the project count as asked for.
        target.marker_env["extra"] = "*"
    return [OfiucoEnvironmentInfo(
        target = target,
        error = error,
        interpreter = _interpreter(runtime),
        runtime = runtime,
        cpu = asked.cpu,
        os = asked.os,
    )]

# Before Bazel 5.3 a toolchain can't be optional, but a Python that tells no version is always there.
_toolchain_type = getattr(config_common, "toolchain_type", None)

target_environment = rule(
    implementation = _target_environment_impl,
    doc = "Finds what the configuration builds for, once for all packages.",
    attrs = {
        "constraints": attr.label_keyed_string_dict(
            doc = "What each constraint value says of the platform, `FACT=VALUE`; the facts are those of target_of in target.bzl.",
            providers = [platform_common.ConstraintValueInfo],
        ),
        "_glibc_flag": attr.label(default = "//platforms:glibc_version", providers = [StringFlagInfo]),
        "_python_flag": attr.label(default = "//python:version", providers = [StringFlagInfo]),
    },
    fragments = ["platform"],
    provides = [OfiucoEnvironmentInfo],
    toolchains = [_toolchain_type(PYTHON_TOOLCHAIN, mandatory = False) if _toolchain_type else PYTHON_TOOLCHAIN],
)
