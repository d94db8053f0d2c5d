"""Environment markers (PEP 508) for other rules: `evaluate(parse('python_version >= "3.11"'), environment)`."""

load("//python/private:marker.bzl", "evaluate_marker", "parse_marker")

def parse(text, environment = None):
    """Reads a marker; fails on text that is none.

    Args:
      text: the marker, as PEP 508 writes it.
      environment: dict of values that evaluate takes when it is given none itself.

    Returns:
      what evaluate takes.
    """
    marker, error = parse_marker(text)
    if error:
        fail(error)
    return struct(marker = marker, environment = environment or {})

def evaluate(marker, environment = None):
    """Evaluates a marker; fails on a comparison that has no answer, such as `os_name ~= "posix"`.

    Args:
      marker: what parse gave, the text of a marker, or the parsed form that hub repositories hold.
      environment: dict of values: {"python_version": "3.12", …}. A missing variable is "".

    Returns:
      whether the marker holds.
    """
    if type(marker) == "string":
        marker = parse(marker)
    if type(marker) == "struct":
        environment = marker.environment if environment == None else environment
        marker = marker.marker
    holds, error = evaluate_marker(marker, environment or {})
    if error:
        fail(error)
    return holds
