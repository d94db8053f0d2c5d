"""What poetry-core says of version constraints, for constraint_oracle_test.go.

Reads lines of JSON [constraint, [version, ...]]; writes for each a line of JSON: null when the
constraint is invalid, else {"allows": "0110...", "python": "01..."}: a digit for each version, and
one for each of the Pythons below for the marker that python = constraint becomes. Where poetry-core
fails in itself (an assertion), there is neither.
"""

import json
import sys
import warnings

from poetry.core.constraints.version import Version, parse_constraint
from poetry.core.packages.utils.utils import create_nested_marker
from poetry.core.version.markers import parse_marker

PYTHONS = ["2.7.18", "3.6.0", "3.6.15", "3.8.1", "3.9.0", "3.9.2", "3.10.14", "3.11.3", "3.12.0", "3.12.4", "3.14.0"]

warnings.simplefilter("ignore")


def digits(answers):
    return "".join("1" if answer else "0" for answer in answers)


def environment(full):
    return {"python_version": ".".join(full.split(".")[:2]), "python_full_version": full}


def answer(text, versions):
    try:
        constraint = parse_constraint(text)
    except ValueError:
        return None
    except AssertionError:
        return {}
    result = {"allows": digits(constraint.allows(Version.parse(v)) for v in versions)}
    try:
        marker = parse_marker(create_nested_marker("python_version", constraint))
        result["python"] = digits(marker.validate(environment(full)) for full in PYTHONS)
    except Exception:  # a constraint that nobody puts on Python, e.g. one that allows nothing
        pass
    return result


for line in sys.stdin:
    print(json.dumps(answer(*json.loads(line))))
