"""Patterns of paths, as `exclude` of py_zip and of the command line take them."""

def _tokens(pattern):
    """A pattern's parts: a run of two stars or more is one, "**"."""
    tokens = []
    for symbol in pattern.elems():
        if symbol == "*" and tokens and tokens[-1] in ["*", "**"]:
            tokens[-1] = "**"
        else:
            tokens.append(symbol)
    return tokens

def _match(token, symbol, path_separator):
    """Whether a token can stand for a character."""
    if token == "**":
        return True
    if token == "*" or token == "?":
        return path_separator == None or symbol != path_separator
    return token == symbol

def globstar(pattern, text, path_separator = "/"):
    """Whether a pattern matches a whole text.

    `*` stands for any run of characters but the path separator, also for none, `?` for one such character, `**` for any run
    of characters. Every other character stands for itself.

    Args:
      pattern: the pattern.
      text: the text, such as a path.
      path_separator: what `*` and `?` do not match; None when they match everything.

    Returns:
      bool.
    """

    # States run in parallel: place i of the list tells whether the text up to i matches the tokens so far.
    matched = [True] + [False] * len(text)
    for token in _tokens(pattern):
        star = token == "*" or token == "**"
        following = [star and matched[0]]
        for index, symbol in enumerate(text.elems()):
            before = matched[index] or star and following[index]
            following.append(star and matched[index + 1] or before and _match(token, symbol, path_separator))
        matched = following
    return matched[-1]

def matches_any(text, patterns, path_separator = "/"):
    """Whether one of some patterns matches a whole text.

    Args:
      text: the text, such as a path.
      patterns: list of patterns, as globstar takes them.
      path_separator: as globstar takes it.

    Returns:
      bool.
    """
    for pattern in patterns:
        if pattern == "**" or globstar(pattern, text, path_separator):
            return True
    return False
