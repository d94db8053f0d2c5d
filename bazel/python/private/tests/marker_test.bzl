"""Tests of marker.bzl. The vectors of the Go package pypa/marker are run by `go test ./internal/starlarktest`."""

load("//python:markers.bzl", "evaluate", "parse")
load("//python/private:marker.bzl", "evaluate_marker", "parse_marker")
load("//tests:asserts.bzl", "asserts")

_LAMBDA = {
    "implementation_name": "cpython",
    "implementation_version": "3.10.14",
    "os_name": "posix",
    "platform_machine": "aarch64",
    "platform_python_implementation": "CPython",
    "platform_release": "",
    "platform_system": "Linux",
    "platform_version": "",
    "python_full_version": "3.10.14",
    "python_version": "3.10",
    "sys_platform": "linux",
}

def test_parsed_form():
    for text, want in [
        ("platform_system == 'Windows'", ["platform_system", "==", "Windows"]),
        ('"3" <= python_version', ["python_version", "<=", "3", "reversed"]),
        ("os.name not  in 'a'", ["os_name", "not in", "a"]),
        ("os_name=='a' and os_name=='b' or os_name=='c' ", {"or": [
            {"and": [["os_name", "==", "a"], ["os_name", "==", "b"]]},
            ["os_name", "==", "c"],
        ]}),
        ("os_name=='a' and (os_name=='b' or os_name=='c')", {"and": [
            ["os_name", "==", "a"],
            {"or": [["os_name", "==", "b"], ["os_name", "==", "c"]]},
        ]}),
        ("((os_name=='a'))", ["os_name", "==", "a"]),
        ("extra == 'Foo_.Bar'", ["extra", "==", "foo-bar"]),
        ("'a\\x41\\u0042\\n\\\\' == os_name", ["os_name", "==", "aAB\n\\", "reversed"]),
    ]:
        asserts.equal(parse_marker(text), (want, None), text)

def test_syntax_errors():
    for text, want in [
        ("", "expected a variable or a quoted string at character 1 of \"\""),
        ("os_name = 'x'", "expected one of <=, <, !=, ==, >=, >, ~=, ===, in, not in at character 9 of \"os_name = 'x'\""),
        ("os_name == 'x", "this quote is never closed at character 12 of \"os_name == 'x\""),
        ("os_name not 'x'", "expected \"in\" after \"not\" at character 13 of \"os_name not 'x'\""),
        ("os_name == 'x' @", "expected \"and\", \"or\" or the end of the marker at character 16 of \"os_name == 'x' @\""),
        ("(os_name == 'x'", "a parenthesis of \"(os_name == 'x'\" is never closed"),
        ("os_name == 'x')", "expected \"and\", \"or\" or the end of the marker at character 15 of \"os_name == 'x')\""),
    ]:
        asserts.equal(parse_marker(text), (None, want), text)
    asserts.equal(parse_marker("(" * 100 + "os_name == ''" + ")" * 100), (["os_name", "==", ""], None))
    asserts.equal(parse_marker("(" * 101 + "os_name == ''" + ")" * 101)[0], None)

# What the first ofiuco got wrong: it did not stop at the first number that differs, and it knew neither "in" nor all variables.
def test_versions_compare_whole():
    for text, want in [
        ('python_full_version < "3.11.3"', True),
        ('python_full_version >= "3.11.0a7"', False),
        ('python_full_version == "3.10"', False),
        ('python_full_version ~= "3.8.1"', False),
        ('python_version > "3"', True),
        ('python_version < "3.9"', False),
        ('sys_platform in "linux darwin"', True),
        ('"64" in platform_machine', True),
        ('python_version in "3.9 3.10"', True),
        ('platform_release == "" and platform_version == ""', True),
        ('implementation_version >= "3.10"', True),
        ('platform_machine == "aarch64" or platform_machine == "ppc64le"', True),
        ('"3.8" <= python_version', True),
        ('os_name < "z"', False),
        ('os_name <= "posix"', True),
    ]:
        asserts.equal(evaluate(text, _LAMBDA), want, text)

def test_extras():
    """An extra equals the one of the environment, and every one is equal to "*"."""
    marker = 'extra == "server"'
    for extra, want in [("all", False), ("Server", True), ("*", True)]:
        asserts.equal(evaluate(parse(marker, {"extra": extra})), want, extra)
    asserts.equal(evaluate(marker), False)
    asserts.equal(evaluate('"Dev" in dependency_groups', {"dependency_groups": ["dev"]}), True)

def test_no_answer():
    for marker in [
        ["os_name", "~=", "posix"],
        ["os_name", "===", "posix"],
        ["b", "==", "a", "reversed"],
        ["extras", "==", "a"],
        # Both sides are evaluated, so that an error is never hidden.
        {"or": [["os_name", "==", "posix"], ["os_name", "~=", "1"]]},
    ]:
        answer, error = evaluate_marker(marker, _LAMBDA)
        asserts.equal(answer, None, marker)
        asserts.equal("has no answer" in error, True, error)

def test_joins():
    """"and" and "or" of the parsed form are those of Starlark."""
    for a in [True, False]:
        for b in [True, False]:
            for c in [True, False]:
                asserts.equal(evaluate({"and": [a, {"or": [b, c]}]}), a and (b or c))
                asserts.equal(evaluate({"or": [a, {"and": [b, c]}]}), a or (b and c))

TESTS = [
    test_extras,
    test_joins,
    test_no_answer,
    test_parsed_form,
    test_syntax_errors,
    test_versions_compare_whole,
]
