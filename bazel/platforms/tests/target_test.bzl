"""Tests of target.bzl. That tables and answers are those of the Go package target is tested by
`go test ./internal/starlarktest`."""

load("//platforms:target.bzl", "overridden", "python_from_path", "target_of")
load("//tests:asserts.bzl", "asserts")

def _facts(python = "3.12", os = "linux", cpu = "x86_64", libc = "", glibc = "", macos = "", runtime = ""):
    return struct(python = python, os = os, cpu = cpu, libc = libc, glibc = glibc, macos = macos, runtime = runtime)

def test_python_from_path():
    for path, want in [
        ("/opt/versions/3.12.1/bin/python3", "3.12.1"),
        ("/usr/bin/python3.11", "3.11"),
        ("/usr/bin/python3", ""),
        ("external/rules_python~~python~python_3_12_x86_64-unknown-linux-gnu/bin/python3", "3.12"),
        ("external/python_3_13_64/bin/python3.13", "3.13"),
        ("/opt/python3.13t/bin/python", "3.13t"),
        ("/srv/release-13.10/bin/python3", ""),
        ("/opt/3.99/bin/python", ""),
        ("/home/u/3.12/envs/3.11.4/bin/python", "3.11.4"),
        ("/opt/3.10.13/bin/python3.10", "3.10.13"),
    ]:
        asserts.equal(python_from_path(path), want, path)

def test_tags():
    for facts, tag, triple, machine in [
        (_facts(), "cp312-manylinux_2_28_x86_64", "x86_64-unknown-linux-gnu", "x86_64"),
        (_facts(cpu = "aarch64", glibc = "2.34"), "cp312-manylinux_2_34_aarch64", "aarch64-unknown-linux-gnu", "aarch64"),
        (_facts(libc = "musl", python = "3.13t"), "cp313t-musllinux_1_2_x86_64", "x86_64-unknown-linux-musl", "x86_64"),
        (_facts(cpu = "riscv64"), "cp312-manylinux_2_39_riscv64", "riscv64gc-unknown-linux-gnu", "riscv64"),
        (_facts(cpu = "armv7l"), "cp312-manylinux_2_28_armv7l", "armv7-unknown-linux-gnueabihf", "armv7l"),
        (_facts(os = "macos", cpu = "aarch64", macos = "14"), "cp312-macosx_14_0_arm64", "aarch64-apple-darwin", "arm64"),
        (_facts(os = "windows"), "cp312-win_amd64", "x86_64-pc-windows-msvc", "AMD64"),
        (_facts(cpu = "aarch64", runtime = "aws_lambda"), "aws-lambda-python3.12-arm64", "aarch64-unknown-linux-gnu", "aarch64"),
    ]:
        target, error = target_of(facts)
        asserts.equal(error, None, tag)
        asserts.equal((target.tag, target.triple, target.marker_env["platform_machine"]), (tag, triple, machine))

def test_versions():
    for python, version, full, environment in [
        ("3.12.4", "3.12", "3.12.4", "3.12.4"),
        ("3.13t", "3.13t", "", "3.13.18"),
        ("3.13.0rc1", "3.13", "3.13.0rc1", "3.13.0rc1"),
    ]:
        target, error = target_of(_facts(python = python))
        asserts.equal(error, None, python)
        asserts.equal((target.version, target.python, target.marker_env["python_full_version"]), (version, full, environment))

def test_unknown_targets():
    for facts, want in [
        (_facts(python = "2.7"), "Python \"2.7\" is not known: want 3.8 to 3.15, with a third number or not, or 3.13t to 3.15t"),
        (_facts(python = "3.12t"), "Python \"3.12t\" is not known: want 3.8 to 3.15, with a third number or not, or 3.13t to 3.15t"),
        (_facts(os = "", cpu = ""), "no Python packages are made for operating system \"unknown\" on processor \"unknown\": name both by constraints of @platforms//os and @platforms//cpu"),
        (_facts(os = "macos", cpu = "riscv64"), "no Python packages are made for operating system \"macos\" on processor \"riscv64\""),
        (_facts(python = "3.9", runtime = "aws_lambda"), "AWS Lambda has no runtime for Python 3.9 on linux x86_64"),
    ]:
        asserts.equal(target_of(facts), (None, want))

def test_overridden():
    """The words of the attribute `platforms` replace what the target says."""
    target, _ = target_of(_facts(python = "3.12.4"))
    words = {"platform_machine": "arm64", "platform_tags": ["linux_aarch64", "manylinux_2_17_aarch64"], "sys_platform": "other"}
    changed = overridden(target, words)
    asserts.equal((changed.tag, changed.python), ("cp312-manylinux_2_17_aarch64", "3.12.4"))
    asserts.equal(changed.marker_env["sys_platform"], "other")
    asserts.equal(changed.marker_env["os_name"], "posix")
    older = overridden(target, {"python_version": "3.11"})
    asserts.equal((older.tag, older.python, older.version), ("cp311-manylinux_2_28_x86_64", "", "3.11"))

TESTS = [
    test_overridden,
    test_python_from_path,
    test_tags,
    test_unknown_targets,
    test_versions,
]
