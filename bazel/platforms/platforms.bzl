"""Constraints that say what Bazel's own platforms leave open, and ready platforms of AWS Lambda."""

load(":target.bzl", "AWS_LAMBDA", "AWS_LAMBDA_CPUS", "NEWEST_PATCH")

_FREE_THREADED = ["3.13t", "3.14t", "3.15t"]

# Of distributions: 2.17 RHEL 7, 2.26 Amazon Linux 2, 2.28 RHEL 8 and Debian 10, 2.31 Debian 11 and Ubuntu 20.04, 2.34 RHEL 9 and
# Amazon Linux 2023, 2.35 Ubuntu 22.04, 2.36 Debian 12, 2.39 Ubuntu 24.04 and RHEL 10, 2.41 Debian 13.
_GLIBC = ["2.17", "2.26", "2.28", "2.31", "2.34", "2.35", "2.36", "2.39", "2.41"]

_MACOS = ["10.%d" % minor for minor in range(9, 16)] + ["11", "12", "13", "14", "15", "26"]

# What each constraint value says of a target, by the name of its setting: (name of the value, value).
_CONSTRAINTS = {
    "python": [("python" + v, v) for v in list(NEWEST_PATCH) + _FREE_THREADED],
    "libc": [("libc_" + v, v) for v in ["glibc", "musl"]],
    "glibc": [("glibc_" + v.replace(".", "_"), v) for v in _GLIBC],
    "macos": [("macos_" + v.replace(".", "_"), v) for v in _MACOS],
    "runtime": [("aws_lambda", "aws_lambda")],
}

# Both spellings: before version 0.0.6 of the module platforms arm64 and aarch64 were two constraint values.
_BAZEL_CONSTRAINTS = {
    "@platforms//os:linux": "os=linux",
    "@platforms//os:macos": "os=macos",
    "@platforms//os:osx": "os=macos",
    "@platforms//os:windows": "os=windows",
    "@platforms//cpu:aarch64": "cpu=aarch64",
    "@platforms//cpu:arm64": "cpu=aarch64",
    "@platforms//cpu:armv7": "cpu=armv7l",
    "@platforms//cpu:riscv64": "cpu=riscv64",
    "@platforms//cpu:s390x": "cpu=s390x",
    "@platforms//cpu:x86_32": "cpu=i686",
    "@platforms//cpu:x86_64": "cpu=x86_64",
}

def constraint_facts():
    """What every constraint value says of a target, for target_environment.

    Returns:
      dict of label to "FACT=VALUE".
    """
    facts = dict(_BAZEL_CONSTRAINTS)
    for setting, values in _CONSTRAINTS.items():
        for name, value in values:
            facts["//platforms:" + name] = setting + "=" + value
    return facts

# buildifier: disable=unnamed-macro
def declare_platforms():
    """Declares the constraints, and a platform `aws_lambda_python3.12_arm64` for each runtime of AWS Lambda."""
    for setting, values in _CONSTRAINTS.items():
        native.constraint_setting(name = setting)
        for name, _ in values:
            native.constraint_value(name = name, constraint_setting = ":" + setting)

    # No platform has it. Bazel's own, @platforms//:incompatible, is not there before version 5.
    native.constraint_setting(name = "no_platform")
    native.constraint_value(name = "incompatible", constraint_setting = ":no_platform")
    for version, runtime in AWS_LAMBDA.items():
        for cpu, word in AWS_LAMBDA_CPUS.items():
            native.platform(
                name = "aws_lambda_python%s_%s" % (version, word),
                constraint_values = [
                    "@platforms//os:linux",
                    "@platforms//cpu:" + cpu,
                    ":aws_lambda",
                    ":glibc_" + runtime.glibc.replace(".", "_"),
                    ":libc_glibc",
                    ":python" + version,
                ],
            )
