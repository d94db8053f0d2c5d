"""Cases for the packages of pypa/, with the answers of the `packaging` project.

    python cases.py KIND COUNT SEED

writes COUNT lines of JSON to stdout (of marker, a line of environments before them): first the edge cases of KIND and real ones (real.json, taken
from real lock files), then cases made at random, from grammars and by damaging texts. KIND is name,
version, order, specifiers, marker or requirement. The same arguments give the same lines.
"""

import json
import pathlib
import random
import re
import sys
import warnings

import packaging
from packaging import markers
from packaging.markers import InvalidMarker, Marker
from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import InvalidName, canonicalize_name
from packaging.version import InvalidVersion, Version

PINNED = "26.3"
REAL = json.loads(pathlib.Path(__file__).with_name("real.json").read_text())

# Characters that readers written in haste get wrong: other spaces, letters that fold to ASCII ones,
# digits of other scripts, controls.
ODD = list(" \t\n\r\x0b\x0c\x1c\x1f\x85\xa0\u2003\u2028\ufeff") + list("ſKİıé²٣１_-.") + ["\x00", "\x1b", "\U0001d7ce"]

rng = random.Random()
pick = rng.choice


def chance(p):
    return rng.random() < p


def damaged(text, alphabet):
    """text with one to three characters changed, doubled, dropped, moved or of the other case."""
    for _ in range(rng.randint(1, 3)):
        i = rng.randint(0, len(text))
        c = pick(ODD) if chance(0.25) else pick(alphabet)
        text = pick([
            text[:i] + c + text[i:],
            text[:i] + c + text[i + 1:],
            text[:i] + text[i + 1:],
            text[:i] + text[i:i + 1] + text[i:],
            text[:i] + text[i:i + 1].swapcase() + text[i + 1:],
            text[i:] + text[:i],
        ])
    return text


def space(p=0.2):
    return "".join(pick(" \t ") for _ in range(rng.randint(1, 2))) if chance(p) else ""


# Names


def a_name():
    text = "".join(pick("abczAXYZ019") + pick(["", "", "", "-", "_", ".", "--", "._-"]) for _ in range(rng.randint(1, 6)))
    return text if chance(0.4) else text.rstrip("-_.")


def names():
    edge = ["", "a", "A", "z", "Z", "0", "9", "-", "_", ".", "a-", "-a", "a_", "a.b", "a--b", "a-_.b", "Foo.Bar_baz", "é", "aé", "a b", "a\n", "ſ", "K", "İ"]
    for text in edge:
        yield name_case(text)
    while True:
        yield name_case(damaged(a_name(), "abZ9-_.") if chance(0.5) else a_name())


def name_case(text):
    try:
        canonicalize_name(text, validate=True)
        ok = True
    except InvalidName:
        ok = False
    return {"in": text, "ok": ok, "text": canonicalize_name(text)}


# Versions


def a_number():
    n = pick([0, 0, 1, 1, 2, 3, 9, 10, 11, 99, 100, 101, 999, 2024, 65536])
    if chance(0.03):
        n = rng.randint(10**18, 10 ** pick([19, 25, 102, 103, 104, 205]))
    return pick(["", "", "", "", "", "0", "00"]) + str(n)


def a_separator():
    return pick(["", "", ".", "-", "_"])


def a_release():
    return ".".join(a_number() for _ in range(pick([1, 2, 2, 3, 3, 3, 4, 6])))


def a_public():
    text = a_release()
    if chance(0.08):
        text = a_number() + "!" + text
    if chance(0.3):
        text += a_separator() + pick(["a", "b", "c", "rc", "alpha", "beta", "pre", "preview"]) + a_separator() + pick(["", a_number()])
    if chance(0.2):
        text += pick(["-" + a_number(), a_separator() + pick(["post", "rev", "r"]) + a_separator() + pick(["", a_number()])])
    if chance(0.2):
        text += a_separator() + "dev" + a_separator() + pick(["", a_number()])
    return text


def a_local():
    return "+" + pick("._-").join(pick([a_number(), "abc", "Ubuntu", "a1", "1a", "cu121", "g"]) for _ in range(rng.randint(1, 3)))


def a_version():
    if chance(0.1):
        return pick(REAL["versions"])
    text = a_public()
    if chance(0.15):
        text += a_local()
    if chance(0.1):
        text = pick("vV") + text
    if chance(0.1):
        text = "".join(pick([c.upper(), c]) for c in text)
    if chance(0.05):
        text = pick(ODD[:11]) + text + pick(ODD[:11])
    return text


def near(text):
    """A version in the neighbourhood of another: what bounds are about."""
    try:
        version = Version(text.replace(".*", ""))
    except InvalidVersion:
        return a_version()
    base = version.base_version
    release = list(version.release)
    pre = "".join(map(str, version.pre)) if version.pre else ""
    return pick([
        str(version), version.public, base, base + ".0", base + ".1", base + "a1", base + ".dev0", base + ".dev1", base + ".post0", base + ".post1",
        base + ".post1.dev0", base + "+local", base + pre, base + pre + ".post0", base + pre + ".post1+l", base + pre + ".dev1", version.public + "+local",
        version.public + "+1", base + "rc1.post1", ".".join(map(str, release[:-1] + [release[-1] + 1])), ".".join(map(str, release[:-1] + [release[-1] + 1])) + ".dev0",
        ".".join(map(str, release[:-1] + [max(0, release[-1] - 1)])), ".".join(map(str, release[:-1] or [0])), "1!" + base,
        str(version.epoch) + "!" + str(release[0] + 1), base + f".post{(version.post or 0) + 1}.dev0", base + pre + f".dev{(version.dev or 0) + 1}",
    ])


def versions():
    edge = ["", " ", ".", "1", "1.", ".1", "1..2", "v", "v1", "V1", "vv1", "1!", "!1", "1!2", "0!1", "00!01", "1.0a", "1.0a.", "1.0a-", "1.0a--1", "1.0a-1",
            "1.0a_-1", "1.0--1", "1.0-1", "1.0-01", "1.0-", "1.0-a", "1.0r", "1.0r-", "1.0rc", "1.0rev", "1.0c", "1.0pre", "1.0preview2", "1.0.post", "1.0post-1", "1.0post--1",
            "1.0.post1-1", "1.0dev", "1.0.dev.", "1.0dev-1", "1.0+", "1.0+a", "1.0+a.", "1.0+.a", "1.0+a..b", "1.0+A_b-C.01", "1.0+001", "1.0+1a", "1.0+zZ9", "1.0 +a", "1 .0", "1.0.*", "1.*",
            "1.0poſt1", "1.0+K", "1.0+é", "１.0", "٣", "\x1c1.0\x1f", "\xa01.0\u3000", "1.0\x00", "\ufeff1.0", "2013-05-21", "20.04.1~rc1", "1.0a1b1", "1.0a1.post1.dev1+l", "1.0.dev1.post1", "1e5"]
    for text in edge + REAL["versions"]:
        yield version_case(text)
    while True:
        text = a_version()
        yield version_case(damaged(text, "0123456789abcdeoprstv.-_+!* ") if chance(0.4) else text)


def version_case(text):
    try:
        v = Version(text)
    except InvalidVersion:
        return {"in": text, "ok": False}
    return {"in": text, "ok": True, "text": str(v), "epoch": str(v.epoch), "release": [str(n) for n in v.release], "base": v.base_version, "public": v.public,
            "local": v.local or "", "pre": v.is_prerelease, "post": v.is_postrelease, "dev": v.is_devrelease}


def a_valid_version():
    while True:
        text = a_version()
        try:
            return str(Version(text))
        except InvalidVersion:
            continue


def orders():
    while True:
        a = a_valid_version()
        b = near(a) if chance(0.6) else a_valid_version()
        try:
            x, y = Version(a), Version(b)
        except InvalidVersion:
            continue
        yield {"a": a, "b": b, "order": (x > y) - (x < y)}


# Specifiers

OPERATORS = ["==", "!=", "<=", ">=", "<", ">", "~=", "==="]


def a_specifier():
    operator = pick(OPERATORS)
    text = a_public()
    if operator in ("==", "!="):
        if chance(0.3):
            text = pick(["", "", "v", "1!"]) + a_release() + ".*"
        elif chance(0.2):
            text += a_local()
    elif chance(0.03):
        text += pick([".*", a_local()])
    if operator == "===" and chance(0.3):
        text = pick(["", "anything", "1.0_x", "ABC", "é", "*", "=1", "İ", "K", "1.0-alpha"])
    return space(0.1) + operator + pick(["", "", "", " ", "\n", "\x1c"]) + text + space(0.1)


def a_set():
    if chance(0.1):
        return pick(REAL["specifiers"])
    text = ",".join(a_specifier() for _ in range(pick([0, 1, 1, 1, 2, 2, 3])))
    return text + "," if chance(0.03) else text


def specifier_sets():
    edge = ["", " ", ",", ",,", "==1,", ",==1", "1.0", "=1.0", "== 1.0 , != 1.1", ">=1 <2", "==1.0a1.*", "!=2013-05-21", "==v1.*", ">=1.*", "~=1", "~=1.0.*", "~=1.0+l", ">=1+l", "<1.0+l",
            "===", "=== ", "===a b", "===a;b", "===;", "===a)b", "===1.0", "====1", "== =1", "===1.0,==1.0", "==1.0,==1.0.0", "~=1.0,~=1.0.0", "<1.0", "<1.0.dev0", "<1.0,<1.0.dev0", "<1.0.post1", ">1.0",
            ">1.0a1", ">1.0.dev1", ">1.0.post1", ">1.0rc1.post1", "<=1.0", "<0.dev0", "<0", "==1.0+l", "!=1.0+l", "==1.0.*", "!=1.0.*", "==1.9.*", "==99.*", "~=9.9", "~=1.99.0", "~=1!2.0",
            "~=1.4.5a4", "~=2.2.post3", ">=1.0poſt1", "~=1.0poſt1", "==1.0+K", "==1.0\x1c", "\x1c==1.0", "==\u30001.0", ">=1.0-ALPHA", "<=>1", "><1", "~1.0", "!1.0", ">=", "==*", "==.*", "==1.**"]
    for text in edge + REAL["specifiers"]:
        yield specifiers_case(text)
    while True:
        text = a_set()
        yield specifiers_case(damaged(text, "0123456789abcdeoprstv.-_+!*=<>~, ") if chance(0.3) else text)


def specifiers_case(text):
    try:
        specifiers = SpecifierSet(text)
        for specifier in specifiers:
            specifier.contains("1.0")
    except (InvalidSpecifier, AssertionError):  # the second of ~=1.0poſt1
        return {"in": text, "ok": False}
    named = [s.version for s in specifiers] or ["1.0"]
    asked = [near(pick(named)) for _ in range(6)] + [a_valid_version() for _ in range(2)]
    asked = [Version(v) for v in asked if is_version(v)]
    kept = list(specifiers.filter(asked))
    return {"in": text, "ok": True, "text": str(specifiers), "versions": [str(v) for v in asked], "contains": [specifiers.contains(v, prereleases=True) for v in asked],
            "filter": [str(v) for v in kept]}


def is_version(text):
    try:
        Version(text)
        return True
    except InvalidVersion:
        return False


# Markers

VARIABLES = ["python_version", "python_full_version", "os_name", "sys_platform", "platform_release", "platform_system", "platform_version", "platform_machine",
             "platform_python_implementation", "implementation_name", "implementation_version", "extra"]
SPELLINGS = VARIABLES + ["os.name", "sys.platform", "platform.version", "platform.machine", "platform.python_implementation", "python_implementation"]
SETS = ["extras", "dependency_groups"]


def environment(name, system, sys_platform, machine, release, version, full, implementation=("cpython", "CPython", None), extra="", extras=(), groups=()):
    return {"implementation_name": implementation[0], "implementation_version": implementation[2] or full, "os_name": name, "platform_machine": machine, "platform_release": release,
            "platform_system": system, "platform_version": version, "python_full_version": full, "platform_python_implementation": implementation[1],
            "python_version": ".".join(full.split(".")[:2]), "sys_platform": sys_platform, "extra": extra, "extras": sorted(extras), "dependency_groups": sorted(groups)}


ENVIRONMENTS = [
    environment("posix", "Linux", "linux", "aarch64", "", "", "3.12.4"),
    environment("posix", "Linux", "linux", "x86_64", "6.1.0-18-amd64", "#1 SMP Debian 6.1.76-1", "3.10.14", extra="security", extras=["security", "foo-bar"], groups=["dev"]),
    environment("nt", "Windows", "win32", "AMD64", "10", "10.0.19045", "3.8.10", extra="Foo_Bar", extras=["test"], groups=["dev", "docs-x"]),
    environment("posix", "Darwin", "darwin", "arm64", "23.4.0", "Darwin Kernel Version 23.4.0", "3.14.0rc2", extra="test"),
    environment("posix", "Linux", "linux", "x86_64", "5.10.0", "", "3.9.18+", ("pypy", "PyPy", "7.3.13"), extra="a..B", extras=["a-b"]),
]


def an_environment():
    env = dict(pick(ENVIRONMENTS))
    for _ in range(rng.randint(0, 3)):
        env[pick(VARIABLES)] = pick([a_version(), a_public(), a_name(), "", "+", "3.11.0+", "3.13", "linux2", "not a version", ",", "=1", "é"])
    env["extras"] = sorted({canonicalize_name(a_literal("extra")) for _ in range(rng.randint(0, 2))})
    env["dependency_groups"] = sorted({canonicalize_name(a_literal("extra")) for _ in range(rng.randint(0, 2))})
    return env


def a_literal(variable):
    if chance(0.05):
        return pick(["", " ", "=3.8", "==3", ">=3.8", "3.8,<4", "3.8 ", " 3.8", "3.*", "3.10.*", "os_name", "extra", "extras", "python_version", "no_variable", "a;b", "#", "İ", "ſ", "K", "a)b", "\\d"])
    if variable in ("extra", "extras", "dependency_groups"):
        return pick(["security", "Security", "foo-bar", "Foo_Bar", "foo..bar", "test", "dev", "docs-x", "Docs.X", "a-b", "A_B", a_name(), ""])
    if "version" in variable or variable == "platform_release":
        return pick(["3", "3.8", "3.9", "3.10", "3.10.14", "3.11.0a7", "3.12", "3.12.4", "3.12.*", "3.14.0rc2", "3.14", "3.9 3.10", "3.8.10", "5.10.0", "7.3.13", "10", near("3.12.4"), a_public(), a_version()])
    return pick(["posix", "nt", "linux", "linux darwin", "win32", "darwin", "Linux", "Windows", "aarch64", "arm64", "64", "x86_64", "AMD64", "cpython", "CPython", "PyPy", "pypy", "", "1.0", a_name()])


def quoted(text):
    if chance(0.03):
        text += pick(["\\n", "\\x41", "\\101", "\\'", '\\"', "\\\\", "\\q", "\\u00e9", "\\", "\\x4", "\\u12", "\\U00110000", "\\400", "\\\n", "\n", "\\8"])
    quote = pick("'\"")
    if quote in text:
        quote = "'" if quote == '"' else '"'
    return quote + text + quote


def a_comparison():
    variable = pick(SPELLINGS)
    if chance(0.12):
        variable = pick(SETS)
    left, right = variable, quoted(a_literal(variable))
    operator = pick(["==", "==", "==", "!=", "!=", "<=", ">=", ">=", "<", ">", "in", "in", "not in", "not  in"])
    if chance(0.05) or "version" in variable and chance(0.1):
        operator = pick(["~=", "==="])
    if variable in SETS and chance(0.9):
        left, operator, right = right, pick(["in", "not in"]), variable
    elif chance(0.2):
        left, right = right, left
    if chance(0.03):
        left, right = pick([(variable, pick(SPELLINGS + SETS)), (quoted(a_literal("extra")), quoted(a_literal("os_name")))])
    gap = " " if operator[0] in "in" else space(0.7)
    return left + gap + operator + (gap if chance(0.9) else "") + right


def a_marker(depth=0):
    if depth == 0 and chance(0.05):
        return pick(REAL["markers"])
    text = ""
    for i in range(pick([1, 1, 2, 2, 3] if depth else [1, 1, 1, 2, 2, 3, 4])):
        part = "(" + space() + a_marker(depth + 1) + space() + ")" if depth < 4 and chance(0.25) else a_comparison()
        text += (pick([" and ", " or ", "  and\t"]) if i else "") + part
    return space(0.05) + text + space(0.05)


def marker_texts():
    yield from ["", " ", "(", ")", "()", "os_name", "os_name ==", "== 'a'", "os_name == 'a", "os_name == 'a'and os_name == 'b'", "os_name=='a'or(os_name=='b')", "os_name == 'a' and", "(os_name == 'a'",
                "os_name == 'a')", "((os_name == 'a'))", "((os_name == 'a' or os_name == 'b'))", "(os_name == 'a') and os_name == 'b'", "os_name not\tin 'a'", "os_name notin 'a'", "os_name in'a'",
                "'a'in os_name", "os_name is 'a'", "os_name == a", "os_name >> 'a'", "os_name = 'a'", "os_name == '''a'''", "os_name == u'a'", "os_name == 'a' 'b'", "os_name == 'a'\n", "\nos_name == 'a'",
                "os_name == 'a' andé os_name == 'a'", "éos_name == 'a'", "os_nameé == 'a'", "os_name == 'a' and² os_name == 'a'", "platform.release == 'a'", "os_name.x == 'a'", "OS_NAME == 'a'",
                "python_version == '=3.12'", "python_version < '=3.12'", "python_version === 'os_name'", "python_version === os_name", "os_name == sys_platform", "'linux' == 'sys_platform'",
                "'linux' == 'sys.platform'", "'a' == 'b'", "'A' == 'extra'", "'Foo_Bar' in 'extras'", "extras == 'a'", "'a' == extras", "'a' != extras", "'a' ~= extras", "'a' === extras", "'a' < extras",
                "os_name ~= 'a'", "os_name === 'a'", "os_name < 'z'", "os_name <= 'posix'", "os_name == 'x' and os_name ~= 'a'", "os_name == 'posix' or os_name ~= 'a'", "os_name == '\\'", "os_name == 'a\nb'",
                "os_name == '\"' and os_name == \"'\"", "os_name == '\"\\x27'", "os_name == '\\\\n'", "os_name == '\\x5cn'", "os_name == 'a\\\nb'", "python_version in '3.9 3.10'", "'3.1' in python_version",
                "'3.8' <= python_version", "'3.12' ~= python_full_version", "platform_release >= '5'", "platform_version >= '5'", "implementation_version > '7.3'", "extra == 'Foo_Bar'", "extra != 'foo.bar'",
                "'Foo__Bar' == extra", "extra in 'foo-bar security'", "extra == ''", "'' in extras"]
    yield from ["(" * n + "os_name == 'posix'" + ")" * n for n in (1, 2, 50, 100)]
    yield from REAL["markers"]
    while True:
        text = a_marker()
        yield damaged(text, "()'\"=<>!~ andorint_.38\\") if chance(0.25) else text


def marker_cases():
    for text in marker_texts():
        if "\\N" not in text:  # named characters, which we refuse
            yield marker_case(text)


def marker_case(text):
    try:
        marker = Marker(text)
    except InvalidMarker:
        return {"in": text, "ok": False}
    try:
        printed = str(marker)
        if str(Marker(printed)) != printed or "\\" in printed:
            printed = None
    except (ValueError, InvalidMarker):
        printed = None  # packaging can't write it so that it reads the same
    odd = an_environment()
    asked = [*ENVIRONMENTS, odd]
    return {"in": text, "ok": True, "text": printed, "odd": odd, "answers": [answer(marker, env) for env in asked], "many": [answer_many(marker, env) for env in asked]}


def answer(marker, env):
    """true, false or null, which is an error."""
    try:
        return marker.evaluate({**env, "extras": set(env["extras"]), "dependency_groups": set(env["dependency_groups"])})
    except (KeyError, ValueError, AssertionError):
        return None


plain_operation = markers._eval_op
ANY_EXTRA = "the-extra"  # no case has it as a literal


def answer_many(marker, env):
    """The answer when `extra == "x"` asks for membership in the environment's extras."""
    def operation(lhs, op, rhs, *, key):
        operator = op.serialize()
        if key == "extra" and operator in ("==", "!="):
            literal = lhs if rhs == ANY_EXTRA else rhs
            return (literal in env["extras"]) == (operator == "==")
        return plain_operation(lhs, op, rhs, key=key)

    markers._eval_op = operation
    try:
        return answer(marker, {**env, "extra": ANY_EXTRA})
    finally:
        markers._eval_op = plain_operation


# Requirements


def a_requirement():
    if chance(0.1):
        return pick(REAL["requirements"])
    text = space(0.05) + a_name()
    if chance(0.3):
        text += space() + "[" + space() + ("," + space()).join(a_name() + space() for _ in range(rng.randint(0, 3))) + "]"
    if chance(0.2):
        text += space() + "@" + space() + pick(["https://example.com/a.whl", "git+https://u:p@example.com/a@v1", "file:///a", "a;b", "é"])
        return text + (pick([" ", "", "  "]) + ";" + a_marker() if chance(0.5) else space())
    specifiers = ("," + space()).join(a_specifier() for _ in range(pick([0, 1, 1, 2, 3])))
    if chance(0.03):
        specifiers += ","
    text += space(0.5) + ("(" + space() + specifiers + space() + ")" if chance(0.2) else specifiers)
    return text + (space() + ";" + space() + a_marker() if chance(0.5) else "")


def requirement_texts():
    yield from ["", " ", "a", "a ", " a", "a\n", "a_", "a-", "a.", "a[b_]", "-a", "1", "aé", "a[", "a[]", "a[ ]", "a[b]", "a[b,]", "a[,b]", "a[b c]", "a[b;c]", "a[b][c]", "a [b , c]", "a[B_c,b-C]",
                "a()", "a( )", "a(>=1)", "a (>=1", "a >=1)", "a(>=1,)", "a(,)", "a>=1,", "a>=1,,<2", "a,>=1", "a>=1 <2", "a>=1.*", "a==1.*", "a==1a1.*", "a~=1.*", "a>=1+l", "a==1+l", "a~=1", "a===",
                "a=== ;os_name=='a'", "a===1,>=2", "a===1, >=2", "a===b,c", "a===b)", "a(===b)", "a==\n1", "a==1\n", "a ==\x1c1", "a;", "a ;", "a; os_name=='a'", "a;os_name=='a';", "a os_name=='a'",
                "a@b", "a @b", "a@ b", "a @", "a@", "a @ b;os_name=='a'", "a @ b ;os_name=='a'", "a @ b ; os_name", "a @ b c", "a @ b ", "a[x]@b", "a>=1@b", "a>=1 ; extra == 'A_b'", "a 1.0", "a=1", "a<>1",
                "name==1.0; python_version >> '3'", "a @ b\n", "a>=1;((((os_name=='a'"]
    yield from REAL["requirements"]
    while True:
        text = a_requirement()
        yield damaged(text, "ab[](),;@=<>!~.*19 ") if chance(0.35) else text


def requirement_cases():
    for text in requirement_texts():
        if "\\N" not in text:
            yield requirement_case(text)


def requirement_case(text):
    try:
        r = Requirement(text)
        for specifier in r.specifier:
            specifier.contains("1.0")
    except (InvalidRequirement, AssertionError):
        return {"in": text, "ok": False}
    if any(re.search("_$", n) for n in [r.name, *r.extras]):
        return {"in": text, "ok": False}  # packaging's \b takes the "_" for a letter; PEP 508 doesn't
    try:
        marker = str(r.marker) if r.marker else ""
        if "\\" in marker or (r.marker and str(Marker(marker)) != marker):
            marker = None
    except (ValueError, InvalidMarker):
        marker = None
    name, extras = canonicalize_name(r.name), sorted({canonicalize_name(e) for e in r.extras})
    r.extras = set(extras)
    printed = None if marker is None else "".join(r._iter_parts(name))
    return {"in": text, "ok": True, "name": name, "extras": extras, "specifiers": str(r.specifier), "url": r.url or "", "marker": marker, "text": printed}


KINDS = {"name": names, "version": versions, "order": orders, "specifiers": specifier_sets, "marker": marker_cases, "requirement": requirement_cases}


def main(kind, count, seed):
    if packaging.__version__ != PINNED:
        sys.exit(f"packaging {packaging.__version__} answers, but {PINNED} is the oracle")
    warnings.simplefilter("ignore")
    rng.seed(f"{kind} {seed}")
    lines = KINDS[kind]()
    if kind == "marker":
        print(json.dumps({"environments": ENVIRONMENTS}, separators=(",", ":")))
    for _ in range(int(count)):
        print(json.dumps(next(lines), separators=(",", ":")))


if __name__ == "__main__":
    main(*sys.argv[1:])
