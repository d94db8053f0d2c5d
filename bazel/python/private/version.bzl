"""Versions and version specifiers of PEP 440, as far as environment markers ask for them.

A version is read into a struct of two keys, tuples that Starlark orders as PEP 440 orders versions:
`key`, and `public`, which is it without the local part; `family` is what a version shares with its
post-releases. The Go package pypa/version is the model; both answer the same vectors.
"""

_SPACE = " \t\n\r\013\014\034\035\036\037"
_SEPARATORS = [".", "-", "_"]

_ALPHA, _BETA, _CANDIDATE, _FINAL = 1, 2, 3, 4

# A word stands before those that it begins with.
_PRE_WORDS = [
    ("alpha", _ALPHA),
    ("a", _ALPHA),
    ("beta", _BETA),
    ("b", _BETA),
    ("preview", _CANDIDATE),
    ("pre", _CANDIDATE),
    ("c", _CANDIDATE),
    ("rc", _CANDIDATE),
]
_POST_WORDS = [("post", 0), ("rev", 0), ("r", 0)]
_DEV_WORDS = [("dev", 0)]

# An operator stands before those that it begins with.
OPERATORS = ["===", "==", "~=", "!=", "<=", ">=", "<", ">"]

def _cut_digits(text):
    """Cuts the ASCII digits that text begins with: (digits, rest)."""
    rest = text.lstrip("0123456789")
    return text[:len(text) - len(rest)], rest

def _number(digits):
    # int() reads any number of digits; none at all are 0.
    return int(digits.lstrip("0") or "0")

def _cut_separator(text):
    return text[1:] if text and text[0] in _SEPARATORS else text

def _cut_segment(text, words):
    """Cuts one segment such as ".post1" off text: (rank, number, rest), or None."""
    named = _cut_separator(text)
    for word, rank in words:
        if named.startswith(word):
            digits, rest = _cut_digits(_cut_separator(named[len(word):]))
            return rank, _number(digits), rest
    return None

def _cut_release(text):
    """Cuts epoch and release off text: (epoch, numbers, rest), or None."""
    text = text[1:] if text.startswith("v") else text
    digits, rest = _cut_digits(text)
    epoch = 0
    if digits and rest.startswith("!"):
        epoch = _number(digits)
        digits, rest = _cut_digits(rest[1:])
    if not digits:
        return None
    numbers = [_number(digits)]
    for _ in range(len(rest)):
        digits, after = _cut_digits(rest[1:])
        if not rest.startswith(".") or not digits:
            break
        numbers.append(_number(digits))
        rest = after
    return epoch, numbers, rest

def _local_key(text):
    """The key of a local version, None when it is none: words come before numbers."""
    key = []
    for word in text.replace("-", ".").replace("_", ".").split("."):
        if not word or word.strip("abcdefghijklmnopqrstuvwxyz0123456789"):
            return None
        key.append((1, _number(word)) if not word.strip("0123456789") else (0, word))
    return tuple(key)

def _trimmed(numbers):
    end = 0
    for i in range(len(numbers)):
        if numbers[i]:
            end = i + 1
    return tuple(numbers[:end])

def _keys(epoch, numbers, pre, post, dev, local):
    """The struct of a version whose segments are given, None for one that is not there."""
    rank = pre if pre else ((_FINAL, 0) if post != None or dev == None else (0, 0))
    family = (epoch, _trimmed(numbers), rank)
    public = family + (-1 if post == None else post, (1, 0) if dev == None else (0, dev))
    return struct(
        epoch = epoch,
        numbers = numbers,
        prerelease = pre != None or dev != None,
        post = post,
        dev = dev,
        pre = pre,
        local = local,
        family = family,
        public = public,
        key = public + (local,),
    )

def parse_version(text):
    """Reads a version in any spelling that PEP 440 allows.

    Args:
      text: the version, maybe with ASCII space around it.

    Returns:
      a struct, or None when text is no version.
    """
    released = _cut_release(text.strip(_SPACE).lower())
    if not released:
        return None
    epoch, numbers, rest = released
    pre, post, dev, local = None, None, None, ()
    segment = _cut_segment(rest, _PRE_WORDS)
    if segment:
        pre, rest = segment[:2], segment[2]
    digits, after = _cut_digits(rest[1:])
    segment = _cut_segment(rest, _POST_WORDS)
    if rest.startswith("-") and digits:
        post, rest = _number(digits), after
    elif segment:
        post, rest = segment[1:]
    segment = _cut_segment(rest, _DEV_WORDS)
    if segment:
        dev, rest = segment[1:]
    if rest.startswith("+"):
        local, rest = _local_key(rest[1:]), ""
    if rest or local == None:
        return None
    return _keys(epoch, numbers, pre, post, dev, local)

def _first_of(epoch, numbers):
    """The key of the first developmental release: what a prefix begins with."""
    return _keys(epoch, numbers, None, None, 0, ()).key

def _range_of(version, prefix):
    low = _first_of(version.epoch, prefix)
    return low, _first_of(version.epoch, prefix[:-1] + [prefix[-1] + 1])

def _in_range(low, high):
    return struct(kind = "range", low = low, high = high)

def parse_specifier(text):
    """Reads one version specifier, such as ">=1.2".

    Args:
      text: operator and version, maybe with ASCII space around each.

    Returns:
      a struct for specifier_allows, or None when text is no specifier.
    """
    text = text.strip(_SPACE)
    operator = ""
    for candidate in OPERATORS:
        if text.startswith(candidate):
            operator = candidate
            break
    written = text[len(operator):].strip(_SPACE)
    if operator == "===":
        for c in written.elems():
            if c in _SPACE or c in ";)":
                return None
        return struct(kind = "text", text = written.lower())
    wildcard = written.endswith(".*")
    stem = written[:-2] if wildcard else written
    version = parse_version(stem)
    if not operator or not version or stem != stem.strip(_SPACE):
        return None
    if operator in ["==", "!="]:
        return _parse_equality(version, wildcard, operator == "!=")
    if wildcard or version.local:
        return None
    if operator == "~=":
        if len(version.numbers) < 2:
            return None
        return _in_range(version.key, _range_of(version, version.numbers[:-1])[1])
    if operator == "<" and not version.prerelease:
        # The earliest pre-release of a final version bounds it, so that <1.0 excludes 1.0a1.
        version = _keys(version.epoch, version.numbers, None, version.post, 0, ())
    return struct(kind = operator, version = version)

def _parse_equality(version, wildcard, negated):
    if not wildcard:
        return struct(kind = "same", version = version, negated = negated)
    if version.prerelease or version.post != None or version.local:
        return None
    low, high = _range_of(version, version.numbers)
    return struct(kind = "prefix", low = low, high = high, negated = negated)

def specifier_allows(specifier, text):
    """Says whether a version, as it is written, is in a specifier; what is no version never is.

    Args:
      specifier: what parse_specifier gave.
      text: the version.

    Returns:
      whether it is.
    """
    kind = specifier.kind
    if kind == "text":
        return text.lower() == specifier.text
    version = parse_version(text)
    if not version:
        return False
    if kind in ["range", "prefix"]:
        inside = version.key >= specifier.low and version.key < specifier.high
        return inside != getattr(specifier, "negated", False)
    bound = specifier.version
    if kind == "same":
        equal = version.key == bound.key if bound.local else version.public == bound.public
        return equal != specifier.negated
    if kind == ">=":
        return version.key >= bound.key
    if kind == "<=":
        return version.public <= bound.public
    if kind == "<":
        return version.key < bound.key

    # Of >: a post-release or a local version of the bound is not after it, unless the bound is such a one.
    if bound.post != None or bound.dev != None:
        return version.public > bound.public
    return version.key > bound.key and version.family != bound.family
