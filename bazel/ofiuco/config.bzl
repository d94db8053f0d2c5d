"""The repository that tells the rules what this Bazel has built in, and what it loads from other rulesets."""

# Symbols that some Bazels have built in and others load from rules: parts of a .bzl file.
_PY_BUILT_IN = "PY_INFOS = [PyInfo]\n"
_PY_RULES = """\
load("@rules_python//python:py_info.bzl", "PyInfo")

PY_INFOS = [PyInfo]
"""
_PY_BOTH = """\
load("@rules_python//python:py_info.bzl", _RulesPyInfo = "PyInfo")

# rules_python may pass on the built-in one.
PY_INFOS = [PyInfo] if PyInfo == _RulesPyInfo else [_RulesPyInfo, PyInfo]
"""
_CC_BUILT_IN = """\
_TYPE = "@bazel_tools//tools/cpp:toolchain_type"
_ATTRS = {"_cc_toolchain": attr.label(default = "@ofiuco_config//:cc_toolchain")}
_TOOLCHAINS = []

def _find_toolchain(ctx):
    return ctx.attr._cc_toolchain[cc_common.CcToolchainInfo]

def _resolved_cc_toolchain_impl(ctx):
    return [ctx.toolchains[_TYPE]]

resolved_cc_toolchain = rule(implementation = _resolved_cc_toolchain_impl, toolchains = [_TYPE])
"""

# Before Bazel 5.3 no toolchain is optional, and only this flag has the platform decide on one of C: without it a rule that asks for
# one would not do where there is none, and with it one must.
_CC_BUILT_IN_TARGETS = """
load(":cc.bzl", "resolved_cc_toolchain")

config_setting(
    name = "cc_of_platform",
    values = {"incompatible_enable_cc_toolchain_resolution": "true"},
)

resolved_cc_toolchain(name = "resolved_cc_toolchain")

alias(
    name = "cc_toolchain",
    actual = select({
        ":cc_of_platform": ":resolved_cc_toolchain",
        "//conditions:default": "@bazel_tools//tools/cpp:current_cc_toolchain",
    }),
    visibility = ["//visibility:public"],
)
"""
_CC_BUILT_IN_OPTIONAL = """\
load("@bazel_tools//tools/cpp:toolchain_utils.bzl", "find_cpp_toolchain", "use_cpp_toolchain")

_ATTRS = {}
_TOOLCHAINS = use_cpp_toolchain(mandatory = False)

def _find_toolchain(ctx):
    return find_cpp_toolchain(ctx, mandatory = False)
"""
_CC_RULES = """\
load("@rules_cc//cc:find_cc_toolchain.bzl", "find_cc_toolchain", "use_cc_toolchain")
load("@rules_cc//cc/common:cc_common.bzl", "cc_common")
load("@rules_cc//cc/common:cc_info.bzl", "CcInfo")

_ATTRS = {}
_TOOLCHAINS = use_cc_toolchain(mandatory = False)

def _find_toolchain(ctx):
    return find_cc_toolchain(ctx, mandatory = False)
"""
_CC_SYMBOLS = """
CC = struct(attrs = _ATTRS, common = cc_common, find_toolchain = _find_toolchain, info = CcInfo, toolchains = _TOOLCHAINS)
"""

def _config_repository_impl(rctx):
    # A Bazel without a version is Debian's build of 4.2.
    major = rctx.attr.bazel_version.partition(".")[0]
    built_in = not major.isdigit() or int(major) < 8
    targets = ""
    if not built_in:
        python, cc = _PY_RULES, _CC_RULES
    else:
        python, cc = _PY_BOTH if rctx.attr.rules_python else _PY_BUILT_IN, _CC_BUILT_IN_OPTIONAL
        if not hasattr(config_common, "toolchain_type"):
            cc, targets = _CC_BUILT_IN, _CC_BUILT_IN_TARGETS
    rctx.file("BUILD.bazel", 'exports_files(["cc.bzl", "python.bzl"])\n' + targets)
    rctx.file("python.bzl", python)
    rctx.file("cc.bzl", cc + _CC_SYMBOLS)

ofiuco_config_repository = repository_rule(
    implementation = _config_repository_impl,
    doc = "Tells the rules what this Bazel has built in.",
    attrs = {
        "bazel_version": attr.string(doc = "Bazel's version; \"\" is that of a build from source."),
        "rules_python": attr.bool(doc = "Whether rules_python is there."),
    },
)
