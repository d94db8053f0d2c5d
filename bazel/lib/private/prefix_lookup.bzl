"""Look-up by prefix."""

def prefix_lookup(d, key, default = None):
    """The entry of a dict whose key is the longest prefix of a text.

    Args:
      d: dict with strings as keys; "" is a prefix of every text.
      key: the text.
      default: the value when no key is a prefix.

    Returns:
      (key of the dict, its value), or (None, default).
    """
    found = None
    for prefix in d:
        if key.startswith(prefix) and (found == None or len(prefix) > len(found)):
            found = prefix
    return (None, default) if found == None else (found, d[found])
