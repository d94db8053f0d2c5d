"""Environment markers of PEP 508, evaluated.

A marker is `True`, `{"and": [markers]}`, `{"or": [markers]}`, or a comparison `[variable, operator, literal]`, with
`"reversed"` as a fourth element when the literal was the left operand. `ofiuco bazel buildfile` writes that form, and parse_marker
reads it from text. The Go package pypa/marker is the model; both answer the same vectors.

Errors are returned, as texts: the caller knows which package it speaks of.
"""

load("//python/private:marker_parser.bzl", "SETS", "VARIABLES", "normalized", _parse_marker = "parse_marker")
load("//python/private:version.bzl", "parse_specifier", "specifier_allows")

parse_marker = _parse_marker

_VERSIONS = ["implementation_version", "platform_release", "python_full_version", "python_version"]

def _compare_texts(left, operator, right):
    """The answer of a comparison that is not one of versions, None when it has none."""
    if operator in ["==", "<=", ">="]:
        return left == right
    if operator == "!=":
        return left != right
    if operator in ["<", ">"]:
        return False
    if operator == "in":
        return left in right
    if operator == "not in":
        return left not in right
    return None

def _compare_set(members, operator, literal):
    """The answer of a literal's comparison with a set: a text never equals one."""
    if operator in ["in", "not in"]:
        return (normalized(literal) in members) == (operator == "in")
    return _compare_texts("literal", operator, "set")

def _compare(comparison, environment):
    """The answer of a comparison, None when it has none."""
    variable, operator, literal = comparison[:3]
    is_reversed = len(comparison) > 3
    if variable not in VARIABLES:
        return None
    if variable in SETS:
        return _compare_set(environment.get(variable, []), operator, literal) if is_reversed else None
    value = environment.get(variable, "")
    if variable == "extra":
        if value == "*" and operator in ["==", "!="]:
            return operator == "=="
        value = normalized(value)
    if variable == "python_full_version" and value.endswith("+"):
        value += "local"
    left, right = (literal, value) if is_reversed else (value, literal)
    if variable in _VERSIONS and operator not in ["in", "not in"]:
        specifier = parse_specifier(operator + right)
        if specifier:
            return specifier_allows(specifier, left)
    return _compare_texts(left, operator, right)

def _flattened(marker):
    """The comparisons of a marker in postfix order, each "and" and "or" as (kind, number of its operands)."""
    flat, pending = [], [marker]
    for _ in range(_MAX_NODES):
        if not pending:
            break
        node = pending.pop()
        if type(node) == "dict":
            for kind, operands in node.items():
                flat.append((kind, len(operands)))
                pending.extend(operands)
        else:
            flat.append(node)
    return reversed(flat)

# More than any lock has in one marker.
_MAX_NODES = 100000

def evaluate_marker(marker, environment):
    """Evaluates a marker. Both sides of "and" and "or" always are, so that an error is never hidden.

    Args:
      marker: the parsed form.
      environment: dict of the variables' values, of PEP 751's sets lists. A missing variable is "". An `extra` of "*"
        equals every extra.

    Returns:
      (whether it holds, None), or (None, error).
    """
    stack = []
    for node in _flattened(marker):
        if type(node) == "tuple":
            kind, count = node
            operands = stack[len(stack) - count:]
            stack = stack[:len(stack) - count]
            stack.append(all(operands) if kind == "and" else any(operands))
        elif type(node) == "bool":
            stack.append(node)
        else:
            answer = _compare(node, environment)
            if answer == None:
                return None, "the marker's comparison %s has no answer" % json.encode(node)
            stack.append(answer)
    return stack[0], None
