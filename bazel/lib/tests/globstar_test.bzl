"""Tests of globstar.bzl. That it matches what the patterns of the command line match is tested by
`go test ./internal/starlarktest`."""

load("//lib/private:globstar.bzl", "globstar", "matches_any")
load("//tests:asserts.bzl", "asserts")

def _check(pattern, matched, others, also_matched = []):
    """Checks a pattern; also_matched are those of others that match when there is no path separator."""
    for text in matched:
        asserts.equal(globstar(pattern, text), True, "%s, %s" % (pattern, text))
        asserts.equal(globstar(pattern, text, path_separator = None), True, "%s, %s" % (pattern, text))
    for text in others:
        asserts.equal(globstar(pattern, text), False, "%s, %s" % (pattern, text))
        asserts.equal(globstar(pattern, text, path_separator = None), text in also_matched, "%s, %s" % (pattern, text))

def test_literals():
    for path in ["a", "a/", "/a", "/a/", "a/b", "/a/b/", "", "a[1]=b\\.py"]:
        _check(path, [path], [path + "/", "b", "x" + path])

def test_star():
    """One star stays within a folder, and may stand for nothing."""
    _check("*", ["", "express"], ["@eslint/plugin", "/"], also_matched = ["@eslint/plugin", "/"])
    _check("eslint-*", ["eslint-plugin", "eslint-"], ["eslint", "-eslint", "@eslint/plugin"])
    _check("*plugin*", ["eslint-plugin-x"], ["express", "@eslint/plugin-x"], also_matched = ["@eslint/plugin-x"])
    _check("a*c", ["ac", "abc", "accc", "acacac", "a12c34c"], ["abcd", "a/c"], also_matched = ["a/c"])
    _check("*-positive", ["is-positive"], ["is-positive-not"])

def test_question_mark():
    _check("?", ["a", "b"], ["", "aa", "/"], also_matched = ["/"])
    _check("??", ["aa", "ab"], ["a", "/", "aaa"])
    _check("f?n*", ["fun", "fin", "funny"], ["fit", "bob", "f/n", "fun/ny"], also_matched = ["f/n", "fun/ny"])

def test_double_star():
    """Two stars and more cross folders, and may stand for nothing."""
    for pattern in ["**", "***", "*****"]:
        _check(pattern, ["", "express", "@eslint/plugin", "/"], [])
    _check("foo*/**", ["foo/", "foobar/", "foo/bar/baz"], ["foo", "bar/foo/"])
    _check("a/**/b", ["a//b", "a/x/b", "a/x/y/b"], ["a/b", "a/x/b/c"])
    _check("**a*", ["a", "xa", "x/a", "x/ay"], ["", "x"])
    _check("**/bin/*", ["x/bin/y", "/bin/y", "x/y/bin/"], ["bin/y", "x/bin/y/z"], also_matched = ["x/bin/y/z"])

def test_patterns_of_zips():
    """The patterns of the deck, on paths of a zip."""
    patterns = ["**.dist-info/**", "**/__pycache__/**", "**/bin/*", "ofiuco**/boto3**"]
    root = "ofiuco~~poetry~poetry/3.12/aarch64-unknown-linux-gnu/"
    for path, want in [
        (root + "boto3/boto3/session.py", True),
        (root + "shapely/shapely-2.0.4.dist-info/METADATA", True),
        (root + "shapely/bin/tool", True),
        (root + "shapely/shapely/bin/sub/tool", False),
        (root + "shapely/shapely/__pycache__/a.pyc", True),
        (root + "shapely/shapely/geos.py", False),
        ("_main/src/boto3_client.py", False),
    ]:
        asserts.equal(matches_any(path, patterns), want, path)

def test_matches_any():
    for text, patterns, path_separator, want in [
        ("src/test.py", ["**"], "/", True),
        ("src/test.py", ["src", "**.py"], "/", True),
        ("src/test.py", ["*"], "/", False),
        ("src/test.py", [], "/", False),
        ("", ["*"], "/", True),
        ("/", ["*"], "/", False),
        ("/", ["*"], None, True),
        ("", ["?**"], "/", False),
        ("/", ["?**"], "/", False),
        ("/", ["?**"], None, True),
    ]:
        asserts.equal(matches_any(text, patterns, path_separator), want, "%s, %s" % (patterns, text))

TESTS = [
    test_double_star,
    test_literals,
    test_matches_any,
    test_patterns_of_zips,
    test_question_mark,
    test_star,
]
