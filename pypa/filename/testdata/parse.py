"""Answers, for each file name of a JSON list, what packaging.utils makes of it, or null.

A wheel: [name, version, [build number, build suffix] or [], sorted tags]; an sdist: [name, version].
"""

import json
import sys

from packaging.utils import InvalidSdistFilename, InvalidWheelFilename, parse_sdist_filename, parse_wheel_filename


def wheel(filename):
    try:
        name, version, build, tags = parse_wheel_filename(filename)
    except InvalidWheelFilename:
        return None
    return [name, str(version), [str(part) for part in build], sorted([t.interpreter, t.abi, t.platform] for t in tags)]


def sdist(filename):
    try:
        name, version = parse_sdist_filename(filename)
    except InvalidSdistFilename:
        return None
    return [name, str(version)]


parse = {"wheel": wheel, "sdist": sdist}[sys.argv[1]]
json.dump([parse(filename) for filename in json.load(sys.stdin)], sys.stdout)
