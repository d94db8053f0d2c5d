"""Tests of version.bzl. The vectors of the Go package pypa/version are run by `go test ./internal/starlarktest`."""

load("//python/private:version.bzl", "parse_specifier", "parse_version", "specifier_allows")
load("//tests:asserts.bzl", "asserts")

# In the order of PEP 440.
_ORDERED = [
    "1.0.dev456",
    "1.0a1",
    "1.0a2.dev456",
    "1.0a12.dev456",
    "1.0a12",
    "1.0b1.dev456",
    "1.0b2",
    "1.0b2.post345.dev456",
    "1.0b2.post345",
    "1.0rc1.dev456",
    "1.0rc1",
    "1.0",
    "1.0+abc.5",
    "1.0+abc.7",
    "1.0+5",
    "1.0.post456.dev34",
    "1.0.post456",
    "1.1.dev1",
    "1.10",
    "1!0.5",
]

def test_order():
    keys = [parse_version(text).key for text in _ORDERED]
    asserts.equal(sorted(keys, reverse = True), list(reversed(keys)))

def test_spellings():
    for one, other in [
        ("1", "v1.0.0"),
        ("1.0-ALPHA.1", "1a1"),
        ("1.0_c2", "1.0rc2"),
        ("1.0-3", "1.0.post3"),
        ("1.0rev", "1.0.post0"),
        (" 1.0+ubuntu-1 ", "1.0+UBUNTU.01"),
        ("007!1", "7!1"),
    ]:
        asserts.equal(parse_version(one).key, parse_version(other).key, one)
    for text in ["", "v", "1.", "1..2", "1.0+", "1.0+a..b", "1.0x", "1.0-", "x1", "1!"]:
        asserts.equal(parse_version(text), None, text)

# What is in each of _COLUMNS' specifiers of 2.7.
_COLUMNS = ["<", "<=", ">", ">=", "~=", "===", "==", "!="]
_ALLOWED = {
    "1": ["<", "<=", "!="],
    "3": [">", ">=", "!="],
    "2.5": ["<", "<=", "!="],
    "2.7": ["<=", ">=", "~=", "===", "=="],
    "2.5.7": ["<", "<=", "!="],
    "2.7.1": [">", ">=", "~=", "!="],
    "2.10": [">", ">=", "~=", "!="],
    "2.7.post1": [">=", "~=", "!="],
    "2.7a1": ["<=", "!="],
    "2.7+local": ["<=", ">=", "~=", "=="],
    "no version": [],
}

def test_specifiers():
    for version, operators in _ALLOWED.items():
        for operator in _COLUMNS:
            asserts.equal(specifier_allows(parse_specifier(operator + "2.7"), version), operator in operators, version + operator)

def test_prefixes():
    for version, equal in [("3.10.14", True), ("3.10", True), ("3.1", False), ("3.11.0a1", False), ("3.10.0.dev1", True)]:
        asserts.equal(specifier_allows(parse_specifier("==3.10.*"), version), equal, version)
        asserts.equal(specifier_allows(parse_specifier("!= 3.10.*"), version), not equal, version)

def test_no_specifiers():
    for text in ["", "2.7", ">2.*", "~=2", "~=2.7+local", ">=2.7+local", "==2.7a1.*", "=== a b", "== x", ">=1,<2"]:
        asserts.equal(parse_specifier(text), None, text)

TESTS = [
    test_no_specifiers,
    test_order,
    test_prefixes,
    test_specifiers,
    test_spellings,
]
