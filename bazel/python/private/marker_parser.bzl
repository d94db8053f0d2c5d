"""Environment markers of PEP 508, read from text into the form that marker.bzl evaluates.

`ofiuco bazel buildfile` writes that form, so that text is read here only from rules that were written by hand.
"""

load("//python/private:version.bzl", "OPERATORS")

VARIABLES = [
    "implementation_name",
    "implementation_version",
    "os_name",
    "platform_machine",
    "platform_python_implementation",
    "platform_release",
    "platform_system",
    "platform_version",
    "python_full_version",
    "python_version",
    "sys_platform",
    "extra",
    "extras",
    "dependency_groups",
]

# The old spellings.
_ALIASES = {
    "os.name": "os_name",
    "sys.platform": "sys_platform",
    "platform.version": "platform_version",
    "platform.machine": "platform_machine",
    "platform.python_implementation": "platform_python_implementation",
    "python_implementation": "platform_python_implementation",
}

SETS = ["extras", "dependency_groups"]
_MAX_DEPTH = 100
_WORD = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"

def normalized(name):
    """The name of an extra or a group, normalized (PEP 685).

    Args:
      name: the name.

    Returns:
      string.
    """
    words = name.lower().replace("_", "-").replace(".", "-").split("-")
    inner = [word for word in words[1:-1] if word]
    return "-".join(words[:1] + inner + words[1:][-1:])

_ESCAPES = {"\\": "\\", "'": "'", '"': '"', "a": "\007", "b": "\010", "f": "\014", "n": "\n", "r": "\r", "t": "\t", "v": "\013", "\n": "", "\r": ""}
_HEX_DIGITS = {"x": 2, "u": 4, "U": 8}

def _character(code):
    """The character of a code point, or None."""
    if code > 0x10ffff or (code >= 0xd800 and code < 0xe000):
        return None
    units = [code]
    if code > 0xffff:
        units = [0xd800 + (code - 0x10000) // 0x400, 0xdc00 + (code - 0x10000) % 0x400]
    text = ""
    for unit in units:
        text += "\\u" + "".join(["0123456789abcdef"[(unit >> shift) & 15] for shift in [12, 8, 4, 0]])
    return json.decode('"' + text + '"')

def _unescape(text):
    """The value and the length of the escape that text begins with, without its backslash; None when it has none."""
    first = text[:1]
    if first in _HEX_DIGITS:
        digits = text[1:1 + _HEX_DIGITS[first]]
        if len(digits) < _HEX_DIGITS[first] or digits.strip("0123456789abcdefABCDEF"):
            return None
        return _character(int(digits, 16)), 1 + len(digits)
    if first in "01234567":
        digits = text[:3]
        digits = digits[:len(digits) - len(digits.lstrip("01234567"))]
        return _character(int(digits, 8)), len(digits)
    if text.startswith("\r\n"):
        return "", 2
    if first in _ESCAPES:
        return _ESCAPES[first], 1

    # Python keeps the backslash of an escape that it doesn't know.
    return "\\", 0

def _unquoted(text):
    """The value of a Python string literal, given what stands between its quotes: (value, error)."""
    value, skip = "", 0
    for i in range(len(text)):
        if skip:
            skip -= 1
        elif text[i] in "\n\r\000":
            return None, "a quoted string contains an end of line or a NUL"
        elif text[i] != "\\":
            value += text[i]
        else:
            rest = text[i + 1:]
            escape = _unescape(rest) if rest and not rest.startswith("N") else None
            if not escape or escape[0] == None:
                return None, "a quoted string has an escape that is not supported or not complete"
            value += escape[0]
            skip = escape[1]
    return value, None

def _word_end(text):
    """The length of the word that text begins with."""
    for i in range(len(text)):
        if text[i] not in _WORD:
            return i
    return len(text)

def _cut_operand(text):
    """Cuts an operand off text: (variable or None, literal or None, rest, error)."""
    end = _word_end(text)
    word = text[:end]
    if word in ["os", "sys", "platform"] and text[end:].startswith("."):
        end += 1 + _word_end(text[end + 1:])
        word = text[:end]
    word = _ALIASES.get(word, word)
    if word in VARIABLES:
        return word, None, text[end:], None
    quote = text[:1]
    if quote not in ["'", '"']:
        return None, None, text, "expected a variable or a quoted string"
    end = text.find(quote, 1)
    if end < 0:
        return None, None, text, "this quote is never closed"
    value, error = _unquoted(text[1:end])
    rest = text if error else text[end + 1:]
    return None, value, rest, error

def _cut_operator(text):
    """Cuts an operator off text: (operator, rest, error)."""
    for operator in OPERATORS:
        if text.startswith(operator):
            return operator, text[len(operator):], None
    word = text[:_word_end(text)]
    if word == "in":
        return "in", text[2:], None
    if word == "not":
        rest = text[3:].lstrip(" \t")
        if len(rest) == len(text) - 3 or rest[:_word_end(rest)] != "in":
            return None, rest, 'expected "in" after "not"'
        return "not in", rest[2:], None
    return None, text, "expected one of <=, <, !=, ==, >=, >, ~=, ===, in, not in"

def _cut_comparison(text):
    """Cuts a comparison off text: (comparison, rest, error)."""
    left, left_literal, text, error = _cut_operand(text)
    if error:
        return None, text, error
    operator, text, error = _cut_operator(text.lstrip(" \t"))
    if error:
        return None, text, error
    right, right_literal, text, error = _cut_operand(text.lstrip(" \t"))
    if error:
        return None, text, error

    # The variable is the left operand when that is one: the name of a variable after it is a literal, and
    # a quoted name after a literal is a variable.
    if left:
        literal = right if right else right_literal
        if left == "extra" and not right:
            literal = normalized(literal)
        return [left, operator, literal], text, None
    literal = left_literal
    if right in ["extra"] + SETS:
        literal = normalized(literal)
    return [right if right else right_literal, operator, literal, "reversed"], text, None

def _joined(kind, markers):
    return markers[0] if len(markers) == 1 else {kind: markers}

def parse_marker(text):
    """Reads a marker.

    Args:
      text: the marker, as PEP 508 writes it.

    Returns:
      (marker, None), or (None, error).
    """

    # Each open parenthesis has an entry: the finished runs of comparisons between "or", the last one still open.
    stack = [[[]]]
    rest, expected, error = text, "operand", None
    for _ in range(len(text) + 1):
        rest = rest.lstrip(" \t")
        word = rest[:_word_end(rest)]
        if expected == "operand" and rest.startswith("("):
            rest = rest[1:]
            stack.append([[]])
            if len(stack) > _MAX_DEPTH + 1:
                error = "marker is nested too deeply"
        elif expected == "operand":
            comparison, rest, error = _cut_comparison(rest)
            stack[-1][-1].append(comparison)
            expected = "operator"
        elif not rest:
            break
        elif word == "and":
            rest, expected = rest[3:], "operand"
        elif word == "or":
            stack[-1].append([])
            rest, expected = rest[2:], "operand"
        elif rest.startswith(")") and len(stack) > 1:
            rest = rest[1:]
            group = stack.pop()
            stack[-1][-1].append(_joined("or", [_joined("and", run) for run in group]))
        else:
            error = 'expected "and", "or" or the end of the marker'
        if error:
            return None, "%s at character %d of %r" % (error, len(text) - len(rest) + 1, text)
    if len(stack) > 1:
        return None, "a parenthesis of %r is never closed" % text
    return _joined("or", [_joined("and", run) for run in stack[0]]), None
