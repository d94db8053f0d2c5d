"""Tests of paths.bzl and prefix_lookup.bzl."""

load("//lib/private:paths.bzl", "flattened", "pathsep", "runfiles_path")
load("//lib/private:prefix_lookup.bzl", "prefix_lookup")
load("//tests:asserts.bzl", "asserts")

def test_prefix_lookup():
    """The longest prefix wins; the empty text is one of every text."""
    d = {"x": 2, "xxx": 1}
    for key, want in [
        ("", (None, None)),
        ("x", ("x", 2)),
        ("xx", ("x", 2)),
        ("xxx", ("xxx", 1)),
        ("xxxx", ("xxx", 1)),
        ("xxyxx", ("x", 2)),
        ("yxxx", (None, None)),
    ]:
        asserts.equal(prefix_lookup(d, key), want, key)
    asserts.equal(prefix_lookup(d, "y", 3), (None, 3))
    asserts.equal(prefix_lookup({"": 4}, "", 3), ("", 4))
    asserts.equal(prefix_lookup({"": 4, "y": None}, "yy", 3), ("y", None))

def test_pathsep():
    for ctx, want in [
        (struct(var = {"GENDIR": "bazel-out/k8-fastbuild/bin"}), ":"),
        (struct(var = {"GENDIR": "bazel-out/x64_windows-fastbuild/bin"}), ";"),
        (struct(os = struct(name = "windows 10")), ";"),
        (struct(os = struct(name = "mac os x")), ":"),
        (struct(os = struct(name = "linux")), ":"),
    ]:
        asserts.equal(pathsep(ctx), want, str(ctx))

def test_runfiles_path():
    for short_path, want in [
        ("src/a.py", "_main/src/a.py"),
        ("../poetry/3.12/x/idna", "poetry/3.12/x/idna"),
    ]:
        asserts.equal(runfiles_path(struct(short_path = short_path), "_main"), want)

def test_flattened():
    for path, roots, want in [
        ("_main/src/a.py", ["_main/src"], "a.py"),
        ("_main/src/a.py", [], "src/a.py"),
        ("_main/src/a.py", ["_main"], "src/a.py"),
        ("_main/srcs/a.py", ["_main/src"], "srcs/a.py"),
        ("_main/src/src/a.py", ["_main/src"], "src/a.py"),
        ("_main/src/lib/a.py", ["_main/src", "_main/src/lib", "_main"], "a.py"),
        ("poetry/3.12/idna", ["poetry/3.12/idna"], ""),
        ("other/src/a.py", ["_main/src"], "src/a.py"),
        ("other/src/a.py", ["_main/src", "other/src"], "a.py"),
    ]:
        asserts.equal(flattened(path, roots), want, path)

TESTS = [
    test_flattened,
    test_pathsep,
    test_prefix_lookup,
    test_runfiles_path,
]
